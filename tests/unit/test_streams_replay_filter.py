"""What of a recording is replayed and where: kinds, frames, subjects, and moments as people type them."""

import asyncio
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ManualClock
from runtime.errors import UsageError
from runtime.frame_codec import FrameDecoder
from runtime.memory_bus import MemoryBus
from runtime.memory_codec import MemoryDecoder
from runtime.subjects import BY_KIND, PUBLISHED, session_id
from streams.moments import first_frame, last_frame, seconds_of
from streams.replay import Replay, ReplayOptions
from streams.replay_filter import chosen_kinds, passes, remapped
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.streams_source import held_on, meta_of, play, record

FRAMES = list(play(ScriptedBackend(), 200))
META = meta_of(ScriptedBackend(), "s")


async def opened() -> Session:
    store = MemoryStore()
    await record(store, "s", FRAMES)
    return await open_session(store, "s")


def replayed(**options: Any) -> list[tuple[str, Any]]:
    """Return (subject, payload) of all that a replay sends."""
    sent: list[tuple[str, Any]] = []

    async def main() -> None:
        bus = MemoryBus()

        def take(message: Message) -> None:
            sent.append((message.subject, wire.decode_any(message.data)))

        for pattern in ("fw.again.*", "camera.>"):
            await bus.subscribe(pattern, take)
        settings = ReplayOptions(session_id("again"), rate=0.0, look_s=0.0, **options)
        await Replay(await opened(), bus, settings, ManualClock()).run()
        await asyncio.sleep(0)

    asyncio.run(main())
    return sent


def kinds_of(sent: list[tuple[str, Any]]) -> set[str]:
    return {name.removeprefix("fw.again.") for name, _ in sent}


@pytest.mark.parametrize(
    ("only", "without", "there"),
    [
        ("frame,state", "", {"frame", "state", "event"}),
        ("view", "", {"view", "event"}),
        ("", "frame,memory,view,memory10", {"savestate", "plan", "learnt", "event", "input", "state", "state10"}),
        ("frame, memory10", "frame", {"memory10", "event"}),
    ],
)
def test_only_the_chosen_kinds_go_out_and_always_the_end(only: str, without: str, there: set[str]) -> None:
    sent = replayed(kinds=chosen_kinds(only, without))
    assert kinds_of(sent) == there
    assert sent[-1][1].name == "session.ended"


@pytest.mark.parametrize(("only", "without"), [("sound", ""), ("", "in.action"), ("frame", "frame"), ("hash", "")])
def test_kinds_that_a_replay_does_not_publish_are_refused(only: str, without: str) -> None:
    with pytest.raises(UsageError, match=r"a replay publishes|nothing is left"):
        chosen_kinds(only, without)


def test_frames_are_chosen_by_a_condition_and_each_can_be_shown() -> None:
    condition = "player.x > 120 and frame_index % 7 < 3 and 'RIGHT' in buttons"
    sent = replayed(passes=passes(condition, META))
    backend, video, memory, wanted = ScriptedBackend(), FrameDecoder(), MemoryDecoder(), []
    frames = {frame.frame_index: frame for _, frame in sent if isinstance(frame, wire.Frame)}
    diffs = [diff for name, diff in sent if name.endswith(".memory")]
    indices = [state.frame_index for name, state in sent if name.endswith(".state")]
    shown = iter([frame for name, frame in sent if name.endswith(".frame")])
    for i in range(200):
        backend.step(frozenset(held_on(i)))
        x = int.from_bytes(backend.memory()["ewram"][4:6].tobytes(), "little")
        if x > 120 and i % 7 < 3 and "RIGHT" in held_on(i):
            wanted.append(i)
            assert np.array_equal(video.decode(next(shown)), backend.frame())  # type: ignore[arg-type]  # never None
            assert memory.apply(diffs[len(wanted) - 1])
            assert np.array_equal(memory.region("ewram"), backend.memory()["ewram"])
    assert indices == wanted
    assert 10 < len(wanted) < 190
    assert set(frames) == set(wanted)


def test_a_condition_over_what_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match=r"uses player\.y; known are buttons, frame, frame_index, player\.x"):
        passes("player.y > 2", META)
    passes("anything == 1", msgspec.structs.replace(META, game_toml=""))


def test_a_kind_goes_to_another_subject() -> None:
    sent = replayed(kinds=("frame", "state"), remap=remapped(["frame:=camera.front.left"]), end=9)
    assert {name for name, _ in sent} == {"camera.front.left", "fw.again.state", "fw.again.event"}
    assert len([payload for name, payload in sent if name.startswith("camera")]) == 10


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (["frame=camera"], "look like KIND:=SUBJECT"),
        (["sound:=x"], "allowed is one rule for each of savestate, plan"),
        (["in.action:=x"], "allowed is one rule"),
        (["frame:=a", "frame:=b"], "allowed is one rule"),
        (["frame:=a b"], "is no subject"),
        (["frame:=a.*"], "is no subject"),
        (["frame:=a.>"], "is no subject"),
        (["frame:=a..b"], "is no subject"),
        (["frame:="], "is no subject"),
        (["frame:=" + "a" * 300], "is no subject"),
        (["frame:=fw.quest.rec.frame"], "have other owners"),
        (["frame:=fw.other.frame"], "have other owners"),
        (["frame:=$JS.API.INFO"], "have other owners"),
        (["frame:=_INBOX.x"], "have other owners"),
    ],
)
def test_subjects_that_are_no_place_for_a_kind_are_refused(rules: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        remapped(rules)
    assert said in str(caught.value)


def test_what_is_published_keeps_its_bytes_but_for_the_time() -> None:
    sent = replayed()
    for kind in ("savestate", "plan", "input", "frame", "memory", "state"):
        wanted = [data for _, payloads, _ in FRAMES for there, data in payloads if there == kind]
        got = [payload for name, payload in sent if name == f"fw.again.{kind}"]
        times = [wire.decode(BY_KIND[kind].payload, data).sent_ns for data in wanted]  # type: ignore[attr-defined]  # all these have it
        again = [wire.encode(msgspec.structs.replace(p, sent_ns=t)) for p, t in zip(got, times, strict=True)]
        assert again == wanted, kind
    assert kinds_of(sent) <= set(PUBLISHED)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("0", 0, 0),
        ("75", 75, 75),
        ("1s", 60, 59),
        ("0.5s", 30, 29),
        ("0:01", 60, 59),
        ("0:02.5", 150, 149),
        ("0:00:02", 120, 119),
    ],
)
def test_a_moment_is_a_frame_or_a_time(text: str, first: int, last: int) -> None:
    async def main() -> None:
        session = await opened()
        assert first_frame(text, session) == first
        assert last_frame(text, session) == last

    asyncio.run(main())


def test_times_in_seconds() -> None:
    assert [seconds_of(text) for text in ("12.5s", "1:02", "1:02:03.5", "90:00", "12", "x", "1:2:3:4")] == [
        12.5,
        62.0,
        3723.5,
        5400.0,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "1:", "1m", "1:02s", "1e3s"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    async def main() -> None:
        session = await opened()
        with pytest.raises(UsageError, match=r"allowed are a frame's number and times like 12\.5s, 1:02"):
            first_frame(text, session)

    asyncio.run(main())


def test_no_frame_lies_before_the_beginning() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="no frame of session 's' lies before it"):
            last_frame("0s", await opened())

    asyncio.run(main())
