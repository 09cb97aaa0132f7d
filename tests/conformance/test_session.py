"""Through a real bridge on a bus in memory, by a clock that tests move: what people and actors can ask of a session."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runtime.backend import Backend
from runtime.clock import ClockMode
from runtime.errors import ControlError
from runtime.frame_codec import FrameDecoder
from runtime.memory_codec import MemoryDecoder
from tests.conformance.conftest import Ask
from tests.conformance.playing import Playing, those
from tests.conformance.subject import Subject
from tests.roms.pad import PADS
from tests.stage import Stage


def stage_of(subject: Subject, backend: Backend, folder: Path, clock: ClockMode, **options: Any) -> Stage:
    """Start the game, and a bridge for it."""
    at = subject.address or PADS[subject.console].address
    watches = "".join(
        f'[[watch]]\nname = "{name}"\naddress = {at + offset}\ntype = "{kind}"\n'
        for name, offset, kind in (("frame", 4, "u16le"), ("held", 6, "u16le"), ("a", 8, "u16le"), ("x", 28, "u8"))
    )
    toml = f'[game]\nname = "pad"\nconsole = "{subject.console}"\n{watches}'
    Playing(subject, backend).boot()
    return Stage(folder, clock, backend=backend, game_toml=toml, **options)


def run(
    subject: Subject, folder: Path, clock: ClockMode, other: Callable[[Stage], Coroutine[Any, Any, Any]], **options: Any
) -> tuple[Stage, dict[str, Any]]:
    """Run a session beside what `other` does; return the stage and what it told."""
    told: dict[str, Any] = {}
    with subject.open() as backend:
        stage = stage_of(subject, backend, folder, clock, **options)

        async def beside() -> None:
            try:
                told.update(await other(stage) or {})
            finally:
                stage.bridge.stop()

        stage.play(beside)
        told["states"] = [(state.frame_index, dict(state.values)) for state in stage.of("state")]
    return stage, told


def paused_and_stepped(subject: Subject, folder: Path) -> dict[str, Any]:
    async def other(stage: Stage) -> dict[str, Any]:
        await stage.reaches(3)
        paused = await stage.control("pause")
        await stage.settled()
        still = stage.bridge.frame_index
        stepped = await stage.control("step", frames=5)
        await stage.settled()
        after = stage.bridge.frame_index
        resumed = await stage.control("resume")
        await stage.reaches(after + 10)
        return {
            "paused": (paused.paused, paused.frame_index, still),
            "stepped": (stepped.paused, stepped.frame_index, after),
            "resumed": resumed.paused,
        }

    return run(subject, folder, "free", other)[1]


@those(steps=True)
def test_pause_step_and_resume(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(paused_and_stepped, subject, tmp_path)
    is_paused, at, still = told["paused"]
    assert is_paused
    assert at == still, "a paused game stays where it is"
    assert told["stepped"] == (True, at + 5, at + 5)
    assert told["resumed"] is False
    frames = {index: values["frame"] for index, values in told["states"]}
    assert frames[at + 5] == frames[at] + 5
    assert len({frame - index for index, frame in frames.items()}) == 1, "one frame of the game for each of the session"


def saved_and_loaded(subject: Subject, folder: Path) -> dict[str, Any]:
    async def other(stage: Stage) -> dict[str, Any]:
        await stage.reaches(5)
        saved = await stage.control("save", slot="here")
        await stage.reaches(saved.frame_index + 10)
        loaded = await stage.control("load", slot="here")
        await stage.reaches(loaded.frame_index + 5)
        try:
            await stage.control("load", slot="elsewhere")
        except ControlError as error:
            return {"saved": saved.frame_index, "loaded": loaded.frame_index, "error": str(error)}
        return {}

    stage, told = run(subject, folder, "free" if subject.capabilities.steps else "realtime", other)
    told["names"] = stage.names()
    return told


@those(savestates=True)
def test_save_and_load_by_slot(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(saved_and_loaded, subject, tmp_path)
    frames = {index: values["frame"] for index, values in told["states"]}
    before, after = frames[told["saved"]], frames[told["loaded"] + 1]
    if subject.capabilities.steps:
        assert after == before + 1, "the game goes on from the state, the session's frames count on"
    else:
        assert after < frames[told["loaded"]]
    assert told["error"] == "session 's' has no slot 'elsewhere'; there are here"
    assert [name for name in told["names"] if name.startswith("control.")] == ["control.save", "control.load"]


def refused(subject: Subject, folder: Path, ops: list[str]) -> dict[str, Any]:
    async def other(stage: Stage) -> dict[str, Any]:
        await stage.reaches(2)
        told = {}
        for op in ops:
            try:
                await stage.control(op, slot="here", frames=2, clock="realtime")
            except ControlError as error:
                told[op] = str(error)
        await stage.reaches(stage.bridge.frame_index + 5)
        return told

    return run(subject, folder, "free" if subject.capabilities.steps else "realtime", other)[1]


@those(savestates=False)
def test_without_savestates_slots_are_refused_and_the_game_goes_on(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(refused, subject, tmp_path, ["save", "load"])
    assert told["save"] == "save: this emulator has no savestates"
    assert told["load"] == "load: this emulator has no savestates"


@those(reset=False)
def test_without_reset_it_is_refused_and_the_game_goes_on(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    assert ask(refused, subject, tmp_path, ["reset"])["reset"] == "reset: this emulator cannot be reset from here"


@those(steps=False)
def test_at_its_own_speed_pausing_is_refused_and_the_game_goes_on(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(refused, subject, tmp_path, ["pause", "step", "set_clock"])
    for op in ("pause", "step", "set_clock"):
        assert told[op] == f"{op}: this emulator runs at its own speed and does not wait for us"


def reset(subject: Subject, folder: Path) -> dict[str, Any]:
    async def other(stage: Stage) -> dict[str, Any]:
        await stage.reaches(40 if subject.capabilities.steps else 180)  # one that does not wait may skip a second
        done = await stage.control("reset")
        await stage.reaches(done.frame_index + 15)
        return {"reset": done.frame_index}

    return run(subject, folder, "free" if subject.capabilities.steps else "realtime", other)[1]


@those(reset=True)
def test_reset(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(reset, subject, tmp_path)
    frames = {index: values["frame"] for index, values in told["states"]}
    assert frames[told["reset"]] >= 40
    after = min(frame for index, frame in frames.items() if index > told["reset"])
    assert after < (40 if subject.capabilities.steps else frames[told["reset"]])


def in_realtime(subject: Subject, folder: Path) -> dict[str, Any]:
    with subject.open() as backend:
        stage = stage_of(subject, backend, folder, "realtime", frames=121)
        stage.play()
        sent = [state.sent_ns for state in stage.of("state")]
        return {"sent_ns": sent, "rate_hz": backend.console.rate_hz, "missed": stage.bridge.missed}


@those(steps=True)
def test_realtime_keeps_the_consoles_rate(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(in_realtime, subject, tmp_path)
    assert told["sent_ns"][-1] - told["sent_ns"][0] == pytest.approx(120 / told["rate_hz"] * 1e9, abs=2)
    assert told["missed"] == 0


def held_through_the_bridge(subject: Subject, folder: Path) -> dict[str, Any]:
    async def other(stage: Stage) -> dict[str, Any]:
        await stage.join("a", 1)
        for frame in range(20):
            await stage.reaches(frame)
            await stage.act("a", frame, *(("RIGHT", "A") if 4 <= frame < 10 else ()))
        await stage.reaches(20)
        return {}

    stage, told = run(subject, folder, "lockstep", other, wait_for=("a",))
    told["inputs"] = [held.buttons for held in stage.of("input")]
    return told


@those(steps=True, exact_input=True)
def test_what_an_actor_presses_is_held_on_exactly_those_frames(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    told = ask(held_through_the_bridge, subject, tmp_path)
    assert told["inputs"][:20] == [(("A", "RIGHT") if 5 <= frame < 11 else ()) for frame in range(20)]
    values = dict(told["states"])
    assert [values[frame]["a"] - values[4]["a"] for frame in range(4, 14)] == [0, 1, 2, 3, 4, 5, 6, 6, 6, 6]
    assert values[12]["x"] == values[4]["x"] + 6


def published_and_kept(subject: Subject, folder: Path) -> dict[str, bool]:
    """Compare what readers decode with what the backend shows at the session's end."""
    with subject.open() as backend:
        stage = stage_of(subject, backend, folder, "free" if subject.capabilities.steps else "realtime", frames=130)
        stage.play()
        frames, memory = FrameDecoder(), MemoryDecoder()
        pictures = [frames.decode(frame) for frame in stage.of("frame")]
        for diff in stage.of("memory"):
            memory.apply(diff)
        last = pictures[-1]
        assert last is not None
        return {
            "picture": np.array_equal(last, backend.frame()),
            "memory": all(
                np.array_equal(memory.region(name), part.reshape(-1)) for name, part in backend.memory().items()
            ),
        }


@those()
def test_readers_get_the_picture_and_the_memory_of_the_emulator(ask: Ask, subject: Subject, tmp_path: Path) -> None:
    assert ask(published_and_kept, subject, tmp_path) == {"picture": True, "memory": True}
