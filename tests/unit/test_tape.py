"""The bridge's side of recording: which kinds are kept, when a savestate is due, when the last seconds are kept."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.capture import Capture
from runtime.errors import ControlError
from runtime.memory_codec import MemoryEncoder
from runtime.session_meta import STORES
from runtime.tape import Tape, TapeOptions
from tests.stage import ListRecorder, Stage


def event(name: str) -> wire.Event:
    return wire.Event(source="bridge", frame_index=0, sent_ns=0, name=name)


def test_only_chosen_kinds_reach_the_recorder() -> None:
    recorder = ListRecorder()
    Tape(recorder, TapeOptions(("input",))).record(3, [("input", b"a"), ("frame", b"b"), ("view", b"c")], key=True)
    assert recorder.kept == [(3, [("input", b"a")], True)]


def test_hashes_are_made_only_where_they_are_recorded() -> None:
    backend = ScriptedBackend()
    capture = Capture(backend, None)
    tape = Tape(ListRecorder(), TapeOptions(STORES["inputs"]))
    for index in (0, 1, 60):
        payloads, _ = capture.frame(index, 0)
        hashes = tape.hashes(index, payloads, capture.memory)
        frame = next(payload for _, payload in payloads if isinstance(payload, wire.Frame))
        assert hashes
        assert (hashes.pixels_hash, hashes.memory_hash != 0) == (frame.pixels_hash, index % 60 == 0)
    assert Tape(ListRecorder(), TapeOptions()).hashes(0, payloads, capture.memory) is None
    assert Tape(None, TapeOptions(STORES["inputs"])).hashes(0, payloads, capture.memory) is None


def test_memory_is_hashed_as_it_lies_in_a_whole_image() -> None:
    backend = ScriptedBackend()
    capture = Capture(backend, None)
    payloads, _ = capture.frame(0, 0)
    hashes = Tape(ListRecorder(), TapeOptions(STORES["inputs"])).hashes(0, payloads, capture.memory)
    encoder = MemoryEncoder(backend.regions)
    encoder.encode(0, backend.memory(), 0)
    assert np.array_equal(encoder.image, capture.memory)
    assert hashes


def test_savestates_are_due_by_count_and_where_the_next_part_waits() -> None:
    recorder = ListRecorder()
    tape = Tape(recorder, TapeOptions())
    assert [index for index in range(0, 1300) if tape.wants_savestate(index)] == [0, 600, 1200]
    recorder.wants_savestate = True
    assert tape.wants_savestate(17)


def test_a_rule_keeps_when_it_begins_to_hold() -> None:
    tape = Tape(ListRecorder(), TapeOptions(keep_when="hp < 3"))
    kept = [bool(tape.reason_to_keep({"hp": hp}, [])) for hp in (5, 2, 1, 4, 2)]
    assert kept == [False, True, False, False, True]
    assert tape.reason_to_keep({}, []) == ""


def test_an_event_keeps_whenever_it_comes() -> None:
    tape = Tape(ListRecorder(), TapeOptions(keep_on=("episode.failure",)))
    assert tape.reason_to_keep({}, [event("other")]) == ""
    assert tape.reason_to_keep({}, [event("episode.failure")]) == "episode.failure"


def test_nothing_can_be_kept_of_what_nobody_records() -> None:
    with pytest.raises(ControlError, match="not recorded"):
        Tape(None, TapeOptions()).keep("")


def test_the_bridge_keeps_when_asked_and_says_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=40)

    async def ask() -> None:
        await stage.reaches(5)
        await stage.control("keep")

    stage.play(ask)
    assert stage.recorder.reasons == ["asked to"]
    (kept,) = [event for event in stage.of("event") if event.name == "session.kept"]
    assert kept.facts == {"session": "s-k1", "reason": "asked to"}


def test_the_bridge_keeps_by_a_rule(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=40, tape=TapeOptions(keep_when="frame == 20"))
    stage.play()
    assert stage.recorder.reasons == ["frame == 20"]


def test_a_frame_is_recorded_before_anybody_sees_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=30)
    seen: list[tuple[int, int]] = []

    async def watch() -> None:
        await stage.bus.subscribe("fw.s.state", lambda message: seen.append((len(stage.recorder.kept), len(seen))))
        await asyncio.sleep(0)

    asyncio.run(watch())
    stage.play()
    assert len(seen) == 30
    assert all(recorded > shown for recorded, shown in seen)
