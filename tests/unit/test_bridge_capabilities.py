"""The bridge with emulators that are other programs, run ahead, lack something, or are gone."""

import threading
from pathlib import Path

import pytest

from runtime import wire
from runtime.backend import Capabilities
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import ControlError, EmulatorError
from runtime.memory_codec import MemoryDecoder
from tests.stage import Stage


class Elsewhere(ScriptedBackend):
    """An emulator in another program: its calls wait in a thread, and `close` ends the wait."""

    capabilities = Capabilities(remote=True)

    def __init__(self, gone_at: int = -1, silent_at: int = -1) -> None:
        self.threads: set[int] = set()
        self._gone_at, self._silent_at = gone_at, silent_at
        self._closed = threading.Event()
        super().__init__()

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        self.threads.add(threading.get_ident())
        if self._frame == self._gone_at:
            raise EmulatorError("127.0.0.1:1: the emulator closed the connection")
        if self._frame == self._silent_at:
            assert self._closed.wait(30)
            raise EmulatorError("closed while waiting")
        super().step(buttons, frames)

    def close(self) -> None:
        self._closed.set()


class Ahead(ScriptedBackend):
    """An emulator that does not wait: every tenth step finds it three frames on."""

    capabilities = Capabilities(steps=False, deterministic=False, savestates=False, reset=False)

    @property
    def skipped(self) -> int:  # type: ignore[override]  # a class variable there, for it is always 0
        return 3 if self._frame % 10 == 0 else 0


def test_another_programs_frames_are_waited_for_in_a_thread(tmp_path: Path) -> None:
    stage = Stage(tmp_path, backend=Elsewhere(), frames=20)
    stage.play()
    reference = Stage(tmp_path, frames=20)
    reference.play()
    assert [frame.pixels_hash for frame in stage.of("frame")] == [frame.pixels_hash for frame in reference.of("frame")]
    assert isinstance(stage.backend, Elsewhere)
    assert threading.get_ident() not in stage.backend.threads


def test_an_emulator_that_is_gone_ends_the_session_in_order_with_its_error(tmp_path: Path) -> None:
    stage = Stage(tmp_path, backend=Elsewhere(gone_at=7))
    with pytest.raises(ExceptionGroup) as raised:
        stage.play()
    assert raised.group_contains(EmulatorError, match="closed the connection")
    assert stage.bridge.frame_index == 6
    assert stage.recorder.closed == 1
    assert len(stage.recorder.kept) == 8, "seven frames, and the session's end"


def test_a_session_whose_emulator_is_silent_can_be_ended(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Elsewhere(silent_at=5))

    async def end() -> None:
        await stage.reaches(4)
        stage.bridge.stop()

    stage.play(end)
    assert stage.bridge.frame_index == 4
    assert stage.recorder.closed == 1


def test_frames_that_an_emulator_made_alone_are_gaps(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", backend=Ahead(), frames=40)
    stage.play()
    seen = [frame.frame_index for frame in stage.of("frame")]
    gaps = stage.of("gap")
    assert [(gap.first_frame, gap.last_frame, gap.count) for gap in gaps] == [(9, 11, 3), (22, 24, 3), (35, 37, 3)]
    missing = {index for gap in gaps for index in range(gap.first_frame, gap.last_frame + 1)}
    assert sorted([*seen, *missing]) == list(range(seen[-1] + 1))
    memory = MemoryDecoder()
    assert all(memory.apply(diff) for diff in stage.of("memory")), "a whole image follows each gap"


def test_an_emulator_that_does_not_wait_is_followed_at_its_own_pace(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", backend=Ahead(), frames=40)
    stage.play()
    assert stage.clock.time_ns == 1_000_000_000, "nobody slept until a deadline"


def test_an_emulator_without_savestates_is_recorded_without(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", backend=Ahead(), frames=10)
    stage.play()
    assert stage.of("savestate") == []


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (wire.Control(op="save", slot="a"), "save: this emulator has no savestates"),
        (wire.Control(op="reset"), "reset: this emulator cannot be reset"),
        (wire.Control(op="pause"), "pause: this emulator runs at its own speed"),
        (wire.Control(op="step", frames=1), "step: this emulator runs at its own speed"),
    ],
    ids=lambda value: value.op if isinstance(value, wire.Control) else "",
)
def test_what_an_emulator_lacks_is_refused(tmp_path: Path, request_: wire.Control, problem: str) -> None:
    stage = Stage(tmp_path, "realtime", backend=Ahead(), frames=200)

    async def ask() -> None:
        await stage.reaches(3)
        with pytest.raises(ControlError, match=problem):
            await stage.control(request_.op, frames=request_.frames, slot=request_.slot)

    stage.play(ask)
