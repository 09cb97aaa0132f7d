"""One emulated frame becomes payloads that agree with each other."""

import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.capture import Capture
from runtime.clock import SLOW_EVERY
from runtime.frame_codec import KEY_INTERVAL, FrameDecoder
from runtime.game import parse_game
from runtime.memory_codec import MemoryDecoder

GAME = parse_game(
    """
[game]
name = "square"
console = "gba"

[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"

[[watch]]
name = "x"
address = 0x02000004
type = "u16le"

[episode]
success = "x >= 120 and x < 130"
failure = "x == 0"
""",
    "game.toml",
)


class Captured:
    """A scripted emulator that holds RIGHT, and what its frames became."""

    def __init__(self) -> None:
        self.backend = ScriptedBackend()
        self.capture = Capture(self.backend, GAME)
        self.frame_index = -1

    def next(self) -> tuple[dict[str, wire.Payload], list[str]]:
        self.frame_index += 1
        self.backend.step(frozenset({"RIGHT"}))
        payloads, events = self.capture.frame(self.frame_index, 1000 + self.frame_index)
        assert len(dict(payloads)) == len(payloads)
        return dict(payloads), [event.name for event in events]


def of(payloads: dict[str, wire.Payload], kind: str) -> wire.Frame | wire.MemoryDiff | wire.State:
    payload = payloads[kind]
    assert isinstance(payload, (wire.Frame, wire.MemoryDiff, wire.State))
    return payload


def frame_in(payloads: dict[str, wire.Payload], kind: str = "frame") -> wire.Frame:
    payload = payloads[kind]
    assert isinstance(payload, wire.Frame)
    return payload


def memory_in(payloads: dict[str, wire.Payload], kind: str = "memory") -> wire.MemoryDiff:
    payload = payloads[kind]
    assert isinstance(payload, wire.MemoryDiff)
    return payload


def test_state_comes_after_what_it_closes() -> None:
    captured = Captured()
    captured.next()
    captured.backend.step(frozenset())
    payloads, _ = captured.capture.frame(6, 0)
    assert [kind for kind, _ in payloads] == ["frame", "memory", "state", "view", "memory10", "state10"]


def test_every_payload_names_the_frame_and_its_time() -> None:
    captured = Captured()
    for _ in range(3):
        payloads, _ = captured.next()
        for kind in payloads:
            assert (of(payloads, kind).frame_index, of(payloads, kind).sent_ns) == (
                captured.frame_index,
                1000 + captured.frame_index,
            )


def test_key_frames_have_a_whole_memory_image_also_when_forced() -> None:
    captured = Captured()
    keys = []
    for i in range(2 * KEY_INTERVAL + 5):
        if i in (7, 100):
            captured.capture.force_key()
        next_is_key = captured.capture.next_is_key
        payloads, _ = captured.next()
        assert frame_in(payloads).key == memory_in(payloads).whole == next_is_key
        if next_is_key:
            keys.append(i)
    assert keys == [0, 7, 7 + KEY_INTERVAL, 100]


def test_pixels_memory_and_state_are_the_emulators() -> None:
    captured = Captured()
    frames, memory = FrameDecoder(), MemoryDecoder()
    for _ in range(70):
        payloads, _ = captured.next()
        raw = frames.decode(frame_in(payloads))
        assert raw is not None
        assert np.array_equal(raw, captured.backend.frame())
        assert memory.apply(memory_in(payloads))
        for name, data in captured.backend.memory().items():
            assert np.array_equal(memory.region(name), data)
        state = payloads["state"]
        assert isinstance(state, wire.State)
        assert state.values["frame"] == captured.frame_index + 1


def test_slow_readers_get_every_sixth_frame_whole() -> None:
    captured = Captured()
    memory = MemoryDecoder()
    seen = []
    for _ in range(40):
        payloads, _ = captured.next()
        assert ("view" in payloads) == ("memory10" in payloads) == ("state10" in payloads)
        if "view" in payloads:
            seen.append(captured.frame_index)
            raw = FrameDecoder().decode(frame_in(payloads, "view"))
            assert raw is not None, "each stands alone"
            assert np.array_equal(raw, captured.backend.frame())
            assert memory.apply(memory_in(payloads, "memory10"))
            assert np.array_equal(memory.region("ewram"), captured.backend.memory()["ewram"])
            assert payloads["state10"] == payloads["state"]
    assert seen == list(range(0, 40, SLOW_EVERY))


def test_the_last_frame_again_is_one_to_begin_with_and_so_is_the_next() -> None:
    captured = Captured()
    for _ in range(10):
        captured.next()
    again = dict(captured.capture.again(9, 5))
    frames, memory = FrameDecoder(), MemoryDecoder()
    raw = frames.decode(frame_in(again))
    assert raw is not None
    assert np.array_equal(raw, captured.backend.frame())
    assert memory.apply(memory_in(again))
    state = again["state"]
    assert isinstance(state, wire.State)
    assert state.values["frame"] == 10
    payloads, _ = captured.next()
    assert frame_in(payloads).key
    assert memory_in(payloads).whole
    assert frames.decode(frame_in(payloads)) is not None


def test_an_episode_ends_once_when_its_condition_begins_to_hold() -> None:
    captured = Captured()
    events = {i: names for i in range(300) if (names := captured.next()[1])}
    xs = [112 + 2 * (i + 1) for i in range(300)]
    success = [i for i, x in enumerate(xs) if 120 <= x % 224 < 122]
    failure = [i for i, x in enumerate(xs) if x % 224 == 0]
    assert [i for i, names in events.items() if names == ["episode.success"]] == success
    assert [i for i, names in events.items() if names == ["episode.failure"]] == failure


def test_without_a_description_the_state_is_empty() -> None:
    backend = ScriptedBackend()
    payloads, events = Capture(backend, None).frame(0, 0)
    state = dict(payloads)["state"]
    assert isinstance(state, wire.State)
    assert (state.values, events) == ({}, [])


@pytest.mark.parametrize(
    "kinds", [{"view", "state"}, {"memory10", "memory"}, {"frame", "state10"}, {"state"}, {"view", "memory"}]
)
def test_kinds_that_nobody_gets_are_not_made_and_the_others_are_as_ever(kinds: set[str]) -> None:
    whole, part = Captured(), Captured()
    part.capture = Capture(part.backend, GAME, kinds=frozenset(kinds))
    memory, memory_part = MemoryDecoder(), MemoryDecoder()
    video = FrameDecoder()
    for i in range(2 * KEY_INTERVAL + 7):
        payloads, events = whole.next()
        made, same_events = part.next()
        assert events == same_events
        assert not {"frame", "memory", "view", "memory10"} & made.keys() - kinds
        assert kinds & payloads.keys() <= made.keys()
        assert of(made, "state") == of(payloads, "state")
        for kind in {"view", "frame"} & kinds & made.keys():
            raw = (FrameDecoder() if kind == "view" else video).decode(frame_in(made, kind))
            assert raw is not None
            assert np.array_equal(raw, part.backend.frame())
        if "memory" in kinds:
            applied = [memory.apply(payloads["memory"]), memory_part.apply(made["memory"])]  # type: ignore[arg-type]
            assert applied == [True, True]
            assert np.array_equal(memory.image, memory_part.image), i
