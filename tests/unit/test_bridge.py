"""A whole session in one process: the bridge, a scripted emulator, a bus in memory and a clock that does not wait."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.clock import ClockMode
from runtime.discovery import discover
from runtime.errors import BusError, ControlError
from runtime.frame_codec import KEY_INTERVAL, FrameDecoder
from runtime.memory_codec import MemoryDecoder
from runtime.subjects import RECORDED
from tests.stage import GAME_TOML, SESSION, Stage


def test_a_session_runs_as_many_frames_as_asked_and_says_that_it_ended(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=25)
    stage.play()
    assert [state.frame_index for state in stage.of("state")] == list(range(25))
    assert [state.values["frame"] for state in stage.of("state")] == list(range(1, 26))
    assert stage.names() == ["session.ended"]
    assert stage.of("event")[0].facts == {"frames": 25}
    assert stage.heard[-1][0] == "event"
    assert stage.bridge.frame_index == 24


def test_each_frames_messages_come_in_the_tables_order(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=7)
    stage.play()
    kinds = [kind for kind, _ in stage.heard if kind != "health"]
    slow = ["view", "memory10", "state10"]
    frame = ["input", "frame", "memory", "state"]
    assert kinds == ["savestate", *frame, *slow, *(frame * 5), *frame, *slow, "trace", "event"]


@pytest.mark.parametrize("clock", ["realtime", "free", "lockstep"])
def test_every_clock_runs_the_same_game(tmp_path: Path, clock: ClockMode) -> None:
    stage = Stage(tmp_path, clock, frames=100)
    stage.play()
    hashes = [frame.pixels_hash for frame in stage.of("frame")]
    reference = Stage(tmp_path, "free", frames=100)
    reference.play()
    assert hashes == [frame.pixels_hash for frame in reference.of("frame")]
    assert len(set(hashes)) == 32, "the picture moves"


def test_realtime_keeps_the_consoles_rate_and_misses_nothing_on_a_clock_that_waits(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", frames=600)
    stage.play()
    sent = np.array([state.sent_ns for state in stage.of("state")])
    assert sent[-1] - sent[0] == pytest.approx(599 / stage.backend.console.rate_hz * 1e9, abs=2)
    assert stage.bridge.missed == 0


def test_free_and_lockstep_never_wait_for_the_clock(tmp_path: Path) -> None:
    clocks: tuple[ClockMode, ...] = ("free", "lockstep")
    for clock in clocks:
        stage = Stage(tmp_path, clock, frames=10)
        stage.play()
        assert stage.clock.time_ns == 1_000_000_000


def test_in_lockstep_a_frame_waits_for_the_answer_of_everyone_due(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("fast", "slow"))

    async def others() -> None:
        await stage.join("fast", 1)
        await stage.settled()
        assert stage.bridge.frame_index == -1, "it waits for slow to join"
        await stage.join("slow", 2)
        for frame, due in enumerate([("fast", "slow"), ("fast",), ("slow", "fast"), ("fast",)]):
            for actor in due:
                await stage.settled()
                assert stage.bridge.frame_index == frame
                await stage.act(actor, frame)
        await stage.settled()
        assert stage.bridge.frame_index == 4
        stage.bridge.stop()

    stage.play(others)


def test_buttons_are_held_from_the_next_frame_on_with_their_cause(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("a",), frames=6)

    async def others() -> None:
        await stage.join("a", 1)
        for frame in range(5):
            await stage.settled()
            await stage.act("a", frame, *(("RIGHT", "A") if frame in (1, 2) else ()))

    stage.play(others)
    inputs = stage.of("input")
    assert [held.buttons for held in inputs] == [(), (), ("A", "RIGHT"), ("A", "RIGHT"), (), ()]
    assert [state.values["held"] for state in stage.of("state")] == [0, 0, 2, 2, 0, 0]
    assert [state.values["x"] for state in stage.of("state")] == [112, 112, 114, 116, 116, 116]
    assert inputs[2].causes == (wire.Cause(actor="a", buttons=("RIGHT", "A"), observed_frame=1, reason="told to"),)
    assert inputs[0].causes == ()


def test_an_unknown_button_does_not_stop_a_lockstep_game(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("a",), frames=3)

    async def others() -> None:
        await stage.join("a", 1)
        for frame in range(2):
            await stage.settled()
            await stage.act("a", frame, "TURBO")

    stage.play(others)
    assert [held.buttons for held in stage.of("input")] == [(), (), ()]


def test_a_missing_actor_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("here", "gone"), wait_s=30)

    async def others() -> None:
        await stage.join("here", 1)
        stage.clock.time_ns += 31_000_000_000
        await stage.join("somebody", 1)

    with pytest.raises(ExceptionGroup) as caught:
        stage.play(others)
    assert caught.group_contains(BusError, match="gone did not join within 30 s")
    assert stage.names() == ["session.ended"]


def test_an_actor_that_joins_a_running_game_begins_with_a_whole_picture_and_image(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")
    joined: list[int] = []

    async def others() -> None:
        await stage.reaches(20)
        joined.append((await stage.join("late", 1)).frame_index)
        await stage.settled()
        stage.bridge.stop()

    stage.play(others)
    pictures, memory = FrameDecoder(), MemoryDecoder()
    frames = [frame for frame in stage.of("frame") if frame.frame_index > joined[0]]
    diffs = [diff for diff in stage.of("memory") if diff.frame_index > joined[0]]
    assert len(frames) > 3
    assert pictures.decode(frames[0]) is not None
    assert memory.apply(diffs[0])


def test_who_only_asks_what_the_session_is_does_not_become_a_member(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=0)

    async def others() -> None:
        welcome = await stage.join("curious", -1)
        assert (welcome.session, welcome.origin, welcome.clock, welcome.recorded) == ("s", "live", "lockstep", True)
        assert (welcome.width, welcome.height, welcome.pixel_format, welcome.console) == (240, 160, "gba565", "gba")
        assert (welcome.game, welcome.game_toml, welcome.regions) == ("square", GAME_TOML, stage.backend.regions)
        await stage.settled()
        assert stage.bridge.frame_index > 2, "nobody has to answer"
        (found,) = await discover(stage.bus, 0.01)
        assert found.session == "s"
        stage.bridge.stop()

    stage.play(others)


def test_the_session_ends_with_the_episode_that_was_asked_for(tmp_path: Path) -> None:
    for until, frames in (("success", 14), ("episode", 14), ("failure", 1000)):
        stage = Stage(tmp_path, "free", until=until)

        async def others(stage: Stage = stage) -> None:
            await stage.act("a", -1, "RIGHT", hold=40)

        stage.play(others)
        outcomes = [name for name in stage.names() if name.startswith("episode")]
        assert stage.bridge.frame_index + 1 == pytest.approx(frames, abs=10)  # a free game lets messages in every 8
        assert outcomes == (["episode.success"] if until != "failure" else ["episode.success", "episode.failure"])


# --- control ---------------------------------------------------------------------------------------------------------


def controlled(stage: Stage, script: Callable[[], Awaitable[None]]) -> None:
    """Run a free game, pause it, follow the script, stop it."""

    async def others() -> None:
        await stage.reaches(5)
        await stage.control("pause")
        await script()
        await stage.control("stop")

    stage.play(others)


def test_pause_stops_before_the_next_frame_and_resume_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        at = stage.bridge.frame_index
        assert (await stage.control("pause")).paused
        await stage.settled()
        assert stage.bridge.frame_index == at
        reply = await stage.control("resume")
        assert (reply.paused, reply.error) == (False, "")
        await stage.settled()
        assert stage.bridge.frame_index > at

    controlled(stage, script)
    operations = [name.removeprefix("control.") for name in stage.names() if name.startswith("control.")]
    assert operations == ["pause", "pause", "resume", "stop"]
    assert [s.frame_index for s in stage.of("state")] == list(range(stage.bridge.frame_index + 1))


@pytest.mark.parametrize("frames", [1, 7])
def test_step_emulates_so_many_frames_then_answers_and_stays_paused(tmp_path: Path, frames: int) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        at = stage.bridge.frame_index
        reply = await stage.control("step", frames=frames)
        assert (reply.frame_index, reply.paused) == (at + frames, True)
        await stage.settled()
        assert stage.bridge.frame_index == at + frames

    controlled(stage, script)


def test_a_second_step_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "lockstep")

    async def script() -> None:
        await stage.join("silent", 1)
        at = stage.bridge.frame_index
        first = asyncio.ensure_future(stage.control("step", frames=2))
        await stage.settled()
        with pytest.raises(ControlError, match="a step of 1 more frames is under way"):
            await stage.control("step", frames=1)
        await stage.act("silent", at + 1)
        assert (await first).frame_index == at + 2
        await stage.act("silent", at + 2)

    controlled(stage, script)


def test_load_goes_back_to_what_was_saved_and_frames_count_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")
    marks: dict[str, int] = {}

    async def script() -> None:
        await stage.act("a", stage.bridge.frame_index, "RIGHT")
        await stage.control("step", frames=3)
        await stage.control("save", slot="here")
        marks["saved"] = stage.bridge.frame_index
        await stage.control("step", frames=5)
        await stage.control("load", slot="here")
        marks["loaded"] = stage.bridge.frame_index
        await stage.control("step", frames=5)

    controlled(stage, script)
    states = {state.frame_index: state.values for state in stage.of("state")}
    saved, loaded = marks["saved"], marks["loaded"]
    assert loaded == saved + 5
    for i in range(1, 6):
        assert states[loaded + i]["frame"] == states[saved + i]["frame"]
    assert states[saved + 5]["x"] > states[saved]["x"]
    assert states[loaded + 5]["x"] == states[saved]["x"], "loading releases every button"
    assert {"control.save", "control.load"} <= set(stage.names())
    assert [event.facts for event in stage.of("event") if event.name == "control.load"] == [{"slot": "here"}]
    jumps = [s for s in stage.of("savestate") if s.reason == "jump"]
    assert [s.frame_index for s in jumps] == [loaded + 1]
    after = {frame.frame_index: frame for frame in stage.of("frame")}[loaded + 1]
    assert after.key


def test_reset_begins_the_game_anew(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")
    marks: dict[str, int] = {}

    async def script() -> None:
        await stage.control("reset")
        marks["reset"] = stage.bridge.frame_index
        await stage.control("step", frames=2)

    controlled(stage, script)
    states = {state.frame_index: state.values for state in stage.of("state")}
    assert states[marks["reset"]]["frame"] > 2
    assert [states[marks["reset"] + i]["frame"] for i in (1, 2)] == [1, 2]
    assert "control.reset" in stage.names()


def test_the_clock_can_be_changed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        reply = await stage.control("set_clock", clock="realtime")
        assert reply.clock == "realtime"
        assert (await stage.join("x", -1)).clock == "realtime"
        before = stage.clock.time_ns
        await stage.control("step", frames=61)
        assert stage.clock.time_ns - before == pytest.approx(60 / stage.backend.console.rate_hz * 1e9, abs=2)

    controlled(stage, script)


def test_leaving_lockstep_no_longer_waits_for_the_silent(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "lockstep", wait_for=("silent",))

    async def others() -> None:
        await stage.join("silent", 1)
        await stage.settled()
        assert stage.bridge.frame_index == 0
        await stage.control("set_clock", clock="free")
        await stage.settled()
        assert stage.bridge.frame_index > 2
        await stage.control("stop")

    stage.play(others)


def test_a_paused_game_shows_its_last_frame_again_when_asked_to_refresh(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        at = stage.bridge.frame_index
        stage.heard.clear()
        await stage.control("refresh")
        await stage.settled()
        assert stage.bridge.frame_index == at
        again = dict(stage.heard)
        raw = FrameDecoder().decode(again["frame"])  # type: ignore[arg-type]  # it is a frame
        assert raw is not None
        assert np.array_equal(raw, stage.backend.frame())
        assert MemoryDecoder().apply(again["memory"])  # type: ignore[arg-type]  # it is memory
        assert {"state", "view", "memory10", "state10"} <= set(again)
        await stage.control("step", frames=1)
        assert stage.of("frame")[-1].key
        assert stage.of("memory")[-1].whole

    controlled(stage, script)
    frames = [index for index, _, _ in stage.recorder.kept]
    assert len(frames[:-1]) == len(set(frames[:-1])), "what is shown again is not recorded again"


@pytest.mark.parametrize(
    ("op", "arguments", "problem"),
    [
        ("jump", {}, "no operation 'jump'; there are pause"),
        ("step", {"frames": 0}, "step 0: allowed are 1 or more frames"),
        ("save", {"slot": "../x"}, "slot '../x': allowed are"),
        ("load", {"slot": "nothing"}, "session 's' has no slot 'nothing'; there are none"),
        ("set_clock", {"clock": "warp"}, "clock 'warp': allowed are realtime, free, lockstep"),
    ],
)
def test_a_bad_request_is_refused_and_the_game_goes_on(
    tmp_path: Path, op: str, arguments: dict[str, Any], problem: str
) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        with pytest.raises(ControlError) as caught:
            await stage.control(op, **arguments)
        assert problem in str(caught.value)
        at = stage.bridge.frame_index
        assert (await stage.control("step", frames=1)).frame_index == at + 1

    controlled(stage, script)
    assert stage.names().count(f"control.{op}") == (op == "step"), "the good step is told, what was refused is not"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rom_sha256": "f" * 64}, "the savestate is of the ROM fff"),
        ({"core": "mGBA 1"}, "the savestate is of the core 'mGBA 1', this one is 'scripted 1'"),
        ({"data": b"x"}, "is damaged"),
    ],
)
def test_a_state_of_another_rom_or_core_is_refused_and_changes_nothing(
    tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    stage = Stage(tmp_path, "free")

    async def script() -> None:
        await stage.control("save", slot="mine")
        mine = await stage.slots.load(SESSION, "mine")
        await stage.slots.save(SESSION, "other", msgspec.structs.replace(mine, **change))
        before = stage.backend.save_state()
        with pytest.raises(ControlError, match=problem):
            await stage.control("load", slot="other")
        assert stage.backend.save_state() == before

    controlled(stage, script)
    assert [s.reason for s in stage.of("savestate")] == ["start"]


# --- recording -------------------------------------------------------------------------------------------------------


def test_the_recorder_gets_every_frame_once_in_order_with_its_keys(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=2 * KEY_INTERVAL + 10)
    stage.play()
    *frames, ended = stage.recorder.kept
    assert [index for index, _, _ in frames] == list(range(2 * KEY_INTERVAL + 10))
    assert [index for index, _, key in frames if key] == [0, KEY_INTERVAL, 2 * KEY_INTERVAL]
    for index, payloads, key in frames:
        each_frame = [(kind, data) for kind, data in payloads if kind not in ("savestate", "trace")]
        assert [kind for kind, _ in each_frame] == ["input", "frame", "memory", "state"]
        decoded = {kind: wire.decode_any(data) for kind, data in each_frame}
        assert {getattr(payload, "frame_index", index) for payload in decoded.values()} == {index}
        frame, memory = decoded["frame"], decoded["memory"]
        assert isinstance(frame, wire.Frame)
        assert isinstance(memory, wire.MemoryDiff)
        assert frame.key == memory.whole == key
    assert [kind for kind, _ in ended[1]] == ["trace", "event"]
    assert wire.decode(wire.Event, ended[1][1][1]).name == "session.ended"
    assert (ended[0], ended[2]) == (frames[-1][0], False)
    assert stage.recorder.closed == 1


def test_what_is_recorded_is_what_was_published(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=70)

    async def others() -> None:
        await stage.act("a", 3, "UP")
        plan = wire.Plan(actor="p", frame_index=2, sent_ns=0, plan_id="p-1", goal="up")
        await stage.bus.publish("fw.s.in.plan.p", wire.encode(plan))

    stage.play(others)
    recorded = [(kind, wire.decode_any(data)) for _, payloads, _ in stage.recorder.kept for kind, data in payloads]
    assert recorded == [(kind, payload) for kind, payload in stage.heard if kind in RECORDED]
    assert "plan" in dict(recorded)


def test_savestates_come_at_the_start_and_every_ten_seconds(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=2 * 600 + 1)
    stage.play()
    assert [(s.frame_index, s.reason) for s in stage.of("savestate")] == [
        (0, "start"),
        (600, "periodic"),
        (2 * 600, "periodic"),
    ]


def test_a_session_that_never_had_a_frame_closes_its_recording(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.bridge.stop()
    stage.play()
    assert (stage.recorder.kept, stage.recorder.closed) == ([], 1)


def test_without_a_connection_the_game_goes_on_and_the_frames_unseen_become_a_gap(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=100)
    cut: dict[str, int] = {}

    async def others() -> None:
        await stage.reaches(10)
        stage.bus.connected = False
        cut["first"] = stage.bridge.frame_index + 1
        await stage.reaches(30)
        cut["last"] = stage.bridge.frame_index
        stage.bus.connected = True

    stage.play(others)
    (gap,) = stage.of("gap")
    assert (gap.kind, gap.source, gap.first_frame, gap.last_frame) == ("live", "bridge", cut["first"], cut["last"])
    assert gap.count == cut["last"] - cut["first"] + 1
    seen = [state.frame_index for state in stage.of("state")]
    assert seen == [i for i in range(100) if not cut["first"] <= i <= cut["last"]]
    frames = {frame.frame_index: frame for frame in stage.of("frame")}
    keys = [i for i in (cut["last"] + 1, cut["last"] + 2) if frames[i].key]
    assert keys, "live readers can go on at once"
    assert [index for index, _, _ in stage.recorder.kept[:-1]] == list(range(100)), "the recording lacks nothing"


# --- health ----------------------------------------------------------------------------------------------------------


def test_the_bridge_reports_its_health(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=3)
    stage.play()
    health = stage.of("health")[0]
    assert (health.process, health.valid, health.wanted_hz, health.dropped) == ("bridge", True, 0.0, 0)
    assert health.frame_index == 0
