"""A bridge whose emulator runs ahead of the frames shown: what is held is recorded as held, requests find it there."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.clock import ClockMode
from runtime.errors import EmulatorError
from runtime.frame_codec import FrameDecoder
from runtime.memory_codec import MemoryDecoder
from runtime.memory_image import NO_CHANGES, Changes, MemoryImage
from runtime.picture_image import PictureImage, Places
from runtime.pixels import Raw
from tests.stage import ListRecorder, Stage


class Ahead(ScriptedBackend):
    """The scripted emulator, which emulates at once whatever it is asked for. Nothing but `take` may find it ahead."""

    def __init__(self, prefetch: int = 8, fails_at: int = -1) -> None:
        self.prefetch = prefetch
        self.longest = 0  # the most frames that were under way at once
        self._fails_at = fails_at
        self._waiting: deque[tuple[Raw, Places | None, Changes]] = deque()
        super().__init__()
        self.image, self._seen, self._emulated = MemoryImage(self.regions), PictureImage(), MemoryImage(self.regions)
        self._shown: Raw = self._picture.copy()
        self._units: Places | None = None
        self._changes = NO_CHANGES

    def ask(self, held: Sequence[frozenset[str]]) -> None:
        assert held
        for buttons in held:
            super().step(buttons)
            told = self._seen.take(self._picture), self._emulated.take(self._memory)
            self._waiting.append((self._picture.copy(), *told))
        self.longest = max(self.longest, len(self._waiting))
        assert len(self._waiting) <= self.prefetch

    def take(self) -> None:
        if self._frame - len(self._waiting) == self._fails_at:
            raise EmulatorError("the emulator (process 1) died with exit status -9")
        self._shown, self._units, self._changes = self._waiting.popleft()
        self.image.put(self._changes)

    def changes(self) -> tuple[Places | None, Changes]:
        return self._units, self._changes

    def frame(self) -> Raw:
        return self._shown

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        raise AssertionError("the bridge asks and takes")

    def save_state(self) -> bytes:
        assert not self._waiting, "a state is of the frame shown"
        return super().save_state()

    def load_state(self, state: bytes) -> None:
        assert not self._waiting
        super().load_state(state)
        self._seen.forget()

    def reset(self) -> None:
        if hasattr(self, "_changes"):
            assert not self._waiting
            self._seen.forget()
        super().reset()


def played_again(stage: Stage) -> list[dict[str, wire.Scalar]]:
    """Return what a fresh emulator gives for the recorded inputs."""
    emulator = ScriptedBackend()
    values: list[dict[str, wire.Scalar]] = []
    for held in stage.of("input"):
        emulator.step(frozenset(held.buttons))
        ewram = emulator.memory()["ewram"]
        x = int(ewram[4]) | int(ewram[5]) << 8
        values.append({"frame": int(ewram[0]) | int(ewram[1]) << 8, "x": x, "held": int(ewram[8])})
    return values


def test_frames_and_messages_are_those_of_an_emulator_that_is_never_ahead(tmp_path: Path) -> None:
    ahead, reference = (Stage(tmp_path, "free", backend=backend, frames=130) for backend in (Ahead(), None))
    for stage in (ahead, reference):
        stage.play()
    assert isinstance(ahead.backend, Ahead)
    assert ahead.backend.longest == 8
    kinds = ("input", "frame", "memory", "state", "view", "memory10", "state10", "savestate", "event")
    told = [[(kind, payload) for kind, payload in stage.heard if kind in kinds] for stage in (ahead, reference)]
    assert told[0] == told[1]
    assert len([1 for kind, _ in told[0] if kind == "frame"]) == 130


def test_what_is_sent_can_be_decoded_to_what_the_emulator_showed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(), frames=70)
    stage.play()
    emulator, pictures, memory = ScriptedBackend(), FrameDecoder(), MemoryDecoder()
    for frame, diff in zip(stage.of("frame"), stage.of("memory"), strict=True):
        emulator.step(frozenset())
        picture = pictures.decode(frame)
        assert picture is not None
        assert picture.tolist() == emulator.frame().tolist()
        assert memory.apply(diff)
        assert memory.region("ewram").tobytes() == emulator.memory()["ewram"].tobytes()


def test_inputs_are_recorded_as_they_were_held_however_late_an_action_came(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(), frames=400)

    async def others() -> None:
        for frame, button in ((20, "RIGHT"), (90, "LEFT"), (200, "RIGHT")):
            await stage.reaches(frame)
            await stage.act("a", frame, button, hold=40)

    stage.play(others)
    inputs = stage.of("input")
    assert [held.frame_index for held in inputs] == list(range(400))
    assert played_again(stage) == [state.values for state in stage.of("state")]
    pressed = [held.frame_index for held in inputs if held.buttons == ("LEFT",)]
    assert pressed
    assert all(held.causes[0].observed_frame < held.frame_index for held in inputs if held.buttons)


def test_a_pause_finds_the_emulator_at_the_frame_shown_and_steps_hold_what_is_pressed_meanwhile(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead())

    async def others() -> None:
        await stage.reaches(50)
        paused = await stage.control("pause")
        assert isinstance(stage.backend, Ahead)
        assert stage.backend._frame == paused.frame_index + 1
        await stage.act("a", paused.frame_index, "RIGHT")
        stepped = await stage.control("step", frames=3)
        assert stepped.frame_index == paused.frame_index + 3
        assert stage.backend._frame == stepped.frame_index + 1
        await stage.control("stop")
        last = [held.buttons for held in stage.of("input")][-3:]
        assert last == [("RIGHT",)] * 3

    stage.play(others)
    assert played_again(stage) == [state.values for state in stage.of("state")]


def test_save_load_and_reset_are_of_the_frame_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead())
    marks: dict[str, int] = {}

    async def others() -> None:
        await stage.reaches(40)
        marks["saved"] = (await stage.control("save", slot="here")).frame_index
        await stage.reaches(marks["saved"] + 60)
        marks["loaded"] = (await stage.control("load", slot="here")).frame_index
        await stage.reaches(marks["loaded"] + 30)
        marks["reset"] = (await stage.control("reset")).frame_index
        await stage.reaches(marks["reset"] + 30)
        stage.bridge.stop()

    stage.play(others)
    counted = [state.values["frame"] for state in stage.of("state")]
    assert counted[marks["loaded"] + 1] == counted[marks["saved"]] + 1
    assert counted[marks["reset"] + 1] == 1
    jumps = [state.frame_index for state in stage.of("savestate") if state.reason == "jump"]
    assert jumps == [marks["loaded"] + 1, marks["reset"] + 1]


def test_an_actor_that_joins_is_welcomed_at_the_frame_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead())

    async def others() -> None:
        await stage.reaches(30)
        await stage.join("a", 1)
        stage.bridge.stop()

    under_way = []
    welcome = stage.bridge._welcome

    def noted() -> wire.Welcome:
        under_way.append(stage.bridge._stepper.under_way)
        return welcome()

    stage.bridge._welcome = noted  # type: ignore[method-assign]
    stage.play(others)
    assert under_way == [False]


@pytest.mark.parametrize("frames", [1, 3, 8, 9, 601])
def test_no_frame_is_emulated_beyond_the_last(tmp_path: Path, frames: int) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(), frames=frames)
    stage.play()
    assert isinstance(stage.backend, Ahead)
    assert stage.backend._frame == frames
    assert len(stage.of("state")) == frames


def test_savestates_are_where_they_are_without_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(), frames=1300)
    stage.play()
    assert [(state.frame_index, state.reason) for state in stage.of("savestate")] == [
        (0, "start"), (600, "periodic"), (1200, "periodic"),
    ]  # fmt: skip


def test_a_recording_that_begins_its_next_part_gets_its_savestate(tmp_path: Path) -> None:
    class Splitting(ListRecorder):
        """Wants to begin the next part from frame 100 on."""

        def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
            super().record(frame_index, payloads, key=key)
            begun = any(kind == "savestate" for kind, _ in payloads)
            self.wants_savestate = frame_index >= 100 and not (begun or self.begun)
            self.begun = self.begun or (begun and frame_index > 100)

        begun = False

    stage = Stage(tmp_path, "free", backend=Ahead(), frames=200)
    stage.recorder = stage.bridge._tape._recorder = Splitting()
    stage.play()
    split = [state.frame_index for state in stage.of("savestate")][1]
    assert 101 <= split <= 108
    frames = {frame.frame_index: frame for frame in stage.of("frame")}
    assert frames[split].key


@pytest.mark.parametrize("clock", ["realtime", "lockstep"])
def test_only_a_free_clock_lets_the_emulator_run_ahead(tmp_path: Path, clock: ClockMode) -> None:
    stage = Stage(tmp_path, clock, backend=Ahead(), frames=50)
    stage.play()
    assert isinstance(stage.backend, Ahead)
    assert stage.backend.longest == 1


def test_a_clock_set_to_lockstep_ends_it_and_one_set_to_free_begins_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead())

    async def others() -> None:
        await stage.reaches(30)
        await stage.control("set_clock", clock="realtime")
        assert isinstance(stage.backend, Ahead)
        stage.backend.longest = 0
        await stage.reaches(stage.bridge.frame_index + 10)
        assert stage.backend.longest == 1
        await stage.control("set_clock", clock="free")
        await stage.reaches(stage.bridge.frame_index + 20)
        assert stage.backend.longest == 8
        stage.bridge.stop()

    stage.play(others)


def test_an_episodes_end_ends_the_session_at_its_frame(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(), until="failure")
    stage.play()
    assert stage.of("state")[-1].values["frame"] == 1000
    assert stage.names() == ["episode.failure", "session.ended"]
    assert stage.bridge.frame_index == 999


def test_an_emulator_that_is_gone_ends_the_session_with_what_was_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead(fails_at=20))
    with pytest.raises(ExceptionGroup) as raised:
        stage.play()
    assert raised.group_contains(EmulatorError, match="died with exit status -9")
    assert stage.bridge.frame_index == 19
    assert stage.recorder.closed == 1


def test_a_request_waits_for_no_more_than_what_is_under_way(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", backend=Ahead())

    async def others() -> None:
        await stage.reaches(10)
        for _ in range(20):
            asked_at = stage.bridge.frame_index
            done = await stage.control("refresh")
            assert done.frame_index <= asked_at + 2 * 8, "what goes out together before it is heard, and what is ahead"
        stage.bridge.stop()

    stage.play(others)
