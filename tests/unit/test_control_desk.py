"""Live play never waits for the store of slots; speed follows; who asked is told; actors control, too."""

import asyncio
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from runtime import wire
from runtime.actor import Output, Press, Request
from runtime.backend import pack_state
from runtime.clock import ClockMode, Rate
from runtime.errors import ControlError
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.slots import MemorySlots, SlotFacts
from runtime.subjects import SessionId
from tests.stage import SESSION, PatientClock, Stage


class SlowSlots(MemorySlots):
    """A store that stands still until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes = asyncio.Event()
        self.asked: list[str] = []

    async def save(self, session: SessionId, slot: str, state: wire.Savestate) -> None:
        self.asked.append(f"save {slot}")
        await self.goes.wait()
        await super().save(session, slot, state)

    async def load(self, session: SessionId, slot: str) -> wire.Savestate:
        self.asked.append(f"load {slot}")
        await self.goes.wait()
        return await super().load(session, slot)


class BrokenSlots(MemorySlots):
    """A store that is not there."""

    async def save(self, session: SessionId, slot: str, state: wire.Savestate) -> None:
        raise ControlError(f"slot {slot!r} is not saved: no connection to the NATS server")

    async def list(self, session: str = "") -> Sequence[SlotFacts]:
        raise ControlError("no connection to the NATS server")


def facts_of(stage: Stage, name: str) -> list[dict[str, Any]]:
    return [event.facts for event in stage.of("event") if event.name == name]


def test_a_running_game_goes_on_while_a_slot_is_stored_and_fetched(tmp_path: Path) -> None:
    slots = SlowSlots()
    stage = Stage(tmp_path, "realtime", slots=slots)
    marks: dict[str, int] = {}

    async def others() -> None:
        await stage.reaches(10)
        saving = asyncio.create_task(stage.control("save", slot="a"))
        await stage.until(lambda: bool(slots.asked))
        marks["saved"] = stage.bridge.frame_index
        await stage.reaches(marks["saved"] + 30)
        loading = asyncio.create_task(stage.control("load", slot="a"))
        await stage.reaches(marks["saved"] + 60)
        assert not saving.done()
        assert slots.asked == ["save a"], "the load comes after the save"
        slots.goes.set()
        await saving
        marks["loaded"] = (await loading).frame_index
        await stage.reaches(marks["loaded"] + 20)
        stage.bridge.stop()

    stage.play(others)
    states = {state.frame_index: state.values["frame"] for state in stage.of("state")}
    assert list(states) == list(range(stage.bridge.frame_index + 1))
    kept = next(s for s in stage.of("savestate") if s.reason == "jump")
    assert kept.frame_index == marks["loaded"] + 1
    saved_at = states[marks["loaded"] + 1]
    assert marks["saved"] <= saved_at <= marks["saved"] + 2, "the state is of when it was asked for"


def test_in_lockstep_and_in_a_pause_the_game_waits_for_the_store(tmp_path: Path) -> None:
    slots = SlowSlots()
    stage = Stage(tmp_path, "free", slots=slots)

    async def others() -> None:
        await stage.reaches(5)
        await stage.control("pause")
        at = stage.bridge.frame_index
        saving = asyncio.create_task(stage.control("save", slot="a"))
        stepping = asyncio.create_task(stage.control("step", frames=3))
        await stage.settled()
        assert stage.bridge.frame_index == at
        slots.goes.set()
        assert (await saving).frame_index == at
        assert (await stepping).frame_index == at + 3
        slots.goes.clear()
        await stage.control("set_clock", clock="lockstep")
        await stage.control("resume")
        loading = asyncio.create_task(stage.control("load", slot="a"))
        await stage.until(lambda: slots.asked == ["save a", "load a"])
        at = stage.bridge.frame_index
        await stage.settled()
        assert stage.bridge.frame_index == at
        slots.goes.set()
        assert (await loading).frame_index == at
        stage.bridge.stop()

    stage.play(others)


def test_a_store_that_is_away_is_an_answer_and_the_game_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", slots=BrokenSlots())

    async def others() -> None:
        await stage.reaches(5)
        with pytest.raises(ControlError, match="slot 'a' is not saved: no connection"):
            await stage.control("save", slot="a")
        await stage.reaches(stage.bridge.frame_index + 5)
        stage.bridge.stop()

    stage.play(others)
    assert "control.save" not in stage.names()


def test_too_many_slots_at_once_are_refused(tmp_path: Path) -> None:
    slots = SlowSlots()
    stage = Stage(tmp_path, "free", slots=slots)

    async def others() -> None:
        await stage.reaches(5)
        saving = [asyncio.create_task(stage.control("save", slot=f"s{i}")) for i in range(8)]
        await stage.until(lambda: bool(slots.asked))
        with pytest.raises(ControlError, match="8 slots are on their way to or from the store"):
            await stage.control("save", slot="one-more")
        slots.goes.set()
        await asyncio.gather(*saving)
        stage.bridge.stop()

    stage.play(others)
    assert [facts["slot"] for facts in facts_of(stage, "control.save")] == [f"s{i}" for i in range(8)]


def test_what_is_being_stored_at_the_end_is_stored(tmp_path: Path) -> None:
    slots = SlowSlots()
    stage = Stage(tmp_path, "free", slots=slots)

    async def others() -> None:
        await stage.reaches(5)
        saving = asyncio.create_task(stage.control("save", slot="last"))
        await stage.until(lambda: bool(slots.asked))
        await stage.control("stop")
        slots.goes.set()
        await saving

    stage.play(others)
    assert [facts.slot for facts in asyncio.run(_listed(slots))] == ["last"]


def test_a_state_that_comes_after_the_end_is_an_answer(tmp_path: Path) -> None:
    slots = SlowSlots()
    stage = Stage(tmp_path, "free", slots=slots)

    async def others() -> None:
        await stage.reaches(5)
        await MemorySlots.save(slots, SESSION, "a", pack_state(stage.backend, 0, 0, "slot"))
        loading = asyncio.create_task(stage.control("load", slot="a"))
        await stage.until(lambda: bool(slots.asked))
        await stage.control("stop")
        slots.goes.set()
        with pytest.raises(ControlError, match="the session has ended"):
            await loading

    stage.play(others)


async def _listed(slots: MemorySlots) -> Sequence[SlotFacts]:
    return await slots.list()


def test_another_sessions_slot_is_loaded_by_its_full_name(tmp_path: Path) -> None:
    slots = MemorySlots()
    first = Stage(tmp_path, "free", slots=slots)

    async def save() -> None:
        await first.reaches(30)
        await first.control("pause")
        await first.control("save", slot="deep")
        await first.control("stop")

    first.play(save)
    state = asyncio.run(slots.load(SESSION, "deep"))
    asyncio.run(slots.save(SessionId("other"), "deep", state))
    second = Stage(tmp_path, "free", slots=slots)

    async def load() -> None:
        await second.reaches(3)
        with pytest.raises(ControlError, match="session 'third' has no slot 'deep'; there are none"):
            await second.control("load", slot="third/deep")
        await second.control("pause")
        reply = await second.control("load", slot="other/deep", by="tester")
        await second.control("step", frames=1)
        values = {s.frame_index: s.values for s in second.of("state")}[reply.frame_index + 1]
        assert values["frame"] == state.frame_index + 1
        second.bridge.stop()

    second.play(load)
    assert facts_of(second, "control.load") == [{"slot": "other/deep", "by": "tester"}]


def test_speed_is_times_the_consoles_rate_and_0_is_as_fast_as_it_goes(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime")
    period_ns = 1e9 / stage.backend.console.rate_hz

    async def span(frames: int) -> float:
        """Return how long frames take, in periods of the console."""
        before, at = stage.clock.time_ns, stage.bridge.frame_index
        await stage.reaches(at + frames)
        return (stage.clock.time_ns - before) / period_ns

    async def others() -> None:
        await stage.reaches(5)
        assert await span(60) == pytest.approx(60, abs=2)
        reply = await stage.control("set_rate", rate=4, by="tester")
        assert (reply.clock, reply.speed) == ("realtime", 4.0)
        assert await span(60) == pytest.approx(15, abs=2)
        reply = await stage.control("set_rate", rate=0.5)
        assert await span(10) == pytest.approx(20, abs=4)
        welcome = await stage.join("x", -1)
        assert (welcome.clock, welcome.speed) == ("realtime", 0.5)
        reply = await stage.control("set_rate", rate=0)
        assert (reply.clock, reply.speed) == ("free", 0.0)
        before = stage.clock.time_ns
        await stage.reaches(stage.bridge.frame_index + 50)
        assert stage.clock.time_ns == before
        assert (await stage.control("set_rate", rate=2)).clock == "realtime"
        reply = await stage.control("set_clock", clock="realtime")
        assert (reply.clock, reply.speed) == ("realtime", 1.0)
        reply = await stage.control("set_clock", clock="lockstep")
        assert (reply.clock, reply.speed) == ("lockstep", 0.0)
        with pytest.raises(ControlError, match="set_rate: in lockstep the actors set the pace"):
            await stage.control("set_rate", rate=2)
        stage.bridge.stop()

    stage.play(others)
    assert facts_of(stage, "control.set_rate")[0] == {"rate": 4.0, "by": "tester"}
    assert facts_of(stage, "control.set_clock")[-1] == {"clock": "lockstep"}


def test_health_wants_the_rate_that_was_asked_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime")

    async def others() -> None:
        await stage.reaches(2)
        await stage.control("pause")
        await stage.control("set_rate", rate=3)
        await stage.control("resume")
        stage.bridge._health._due_ns = 0  # the next report now, not in a second
        await stage.reaches(stage.bridge.frame_index + 3)
        stage.bridge.stop()

    stage.play(others)
    assert stage.of("health")[-1].wanted_hz == pytest.approx(3 * stage.backend.console.rate_hz)


class Commander:
    """Controls the game by a script: requests by the frame on which they are made."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "event")
    writes: ClassVar[tuple[str, ...]] = ("action", "control")

    def __init__(self, script: dict[int, list[Request]]) -> None:
        self.script = script
        self.heard: list[str] = []

    def act(self, seen: Observation) -> Iterator[Output]:
        self.heard += [event.name for event in seen.events]
        yield from self.script.pop(seen.frame_index, ())
        yield Press("RIGHT")


def commanding(stage: Stage, actor: Commander) -> Any:
    return ActorLoop(actor, stage.bus, LoopOptions("boss", SESSION, "frame")).run


def test_an_actor_controls_the_game_and_the_session_says_that_it_did(tmp_path: Path) -> None:
    def played(folder: Path) -> tuple[list[Any], list[int]]:
        stage = Stage(folder, frames=60, wait_for=("boss",))
        script = {
            10: [Request("save", slot="here")],
            20: [Request("load", slot="here")],
            30: [Request("reset")],
            40: [Request("load", slot="nowhere"), Request("jump")],
            45: [Request("step", frames=2), Request("pause"), Request("resume")],
        }
        stage.play(commanding(stage, actor := Commander(script)))
        assert not actor.script
        assert "control.load" in actor.heard
        told = [(e.name, e.frame_index, e.facts) for e in stage.of("event") if e.name.startswith("control.")]
        return told, [int(s.values["frame"]) for s in stage.of("state")]

    told, frames = played(tmp_path / "1")
    assert told[:3] == [
        ("control.save", 10, {"slot": "here", "by": "boss"}),
        ("control.load", 20, {"slot": "here", "by": "boss"}),
        ("control.reset", 30, {"by": "boss"}),
    ]
    refused = [facts for name, _, facts in told if name == "control.refused"]
    assert [(facts["op"], facts["by"]) for facts in refused] == [("load", "boss"), ("jump", "boss")]
    assert refused[0]["error"] == "session 's' has no slot 'nowhere'; there are here"
    assert {("control.step", 45), ("control.pause", 45), ("control.resume", 45)} <= {(n, f) for n, f, _ in told}
    assert frames[:31] == [*range(1, 22), *range(12, 22)]
    assert frames[31:] == list(range(1, 30))
    assert played(tmp_path / "2") == (told, frames), "in lockstep every run is the same"


@pytest.mark.parametrize("clock", ["realtime", "free", "lockstep"])
def test_a_generator_gets_the_answer_and_no_frame_runs_between_that_of_a_pause_and_its_resume(
    tmp_path: Path, clock: ClockMode
) -> None:
    """The way of C10.2: pause, think, resume. Thinking here takes 30 requests, each of many turns of the loop."""
    stage = Stage(tmp_path, clock, wait_for=("boss",))
    replies: list[Any] = []
    stood: list[tuple[int, int]] = []  # the last frame published and those emulated, while it thought

    class Thinker(Commander):
        def act(self, seen: Observation) -> Generator[Output, wire.ControlReply | None]:
            if seen.frame_index > 5 and not replies:
                replies.append((yield Request("pause")))
                for _ in range(30):
                    stood.append((stage.bridge.frame_index, len(stage.of("state"))))
                    yield Request("refresh")
                replies.append((yield Request("load", slot="nowhere")))
                replies.append((yield Request("step", frames=0)))
                replies.append((yield Press("A")))
                replies.append((yield Request("resume")))

    async def end() -> None:
        await stage.reaches(40)
        stage.bridge.stop()

    stage.play(commanding(stage, Thinker({})), end)
    paused, refused, nobody_waits, of_a_press, resumed = replies
    assert (paused.paused, paused.error, paused.frame_index) == (True, "", stood[0][0])
    assert len({frame for frame, _ in stood}) == 1, "a frame was played while it thought"
    assert (refused.paused, refused.error) == (True, "session 's' has no slot 'nowhere'; there are none")
    assert (nobody_waits, of_a_press) == (None, None)
    assert (resumed.paused, resumed.error) == (False, "")
    told = [n for n in stage.names() if n.startswith("control.")]
    assert sorted(told) == ["control.pause", "control.refused", "control.refused", "control.resume"]


def test_a_pause_in_real_time_stands_at_the_frame_that_it_was_asked_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "realtime", wait_for=("boss",), manual_clock=PatientClock())
    stood: list[tuple[int, int]] = []

    class Thinker(Commander):
        def act(self, seen: Observation) -> Generator[Output, wire.ControlReply | None]:
            if seen.frame_index % 10 == 5:
                reply = yield Request("pause")
                stood.append((seen.frame_index, reply.frame_index if reply else -1))
                yield Request("resume")

    async def end() -> None:
        await stage.reaches(40)
        stage.bridge.stop()

    stage.play(commanding(stage, Thinker({})), end)
    assert stood[:4] == [(5, 5), (15, 15), (25, 25), (35, 35)]


def test_an_actor_whose_request_nobody_answers_is_told_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.loop._REPLY_S", 0.01)
    stage = Stage(tmp_path, frames=5, wait_for=("boss",))
    replies: list[Any] = []

    class Asking(Commander):
        def act(self, seen: Observation) -> Generator[Output, wire.ControlReply | None]:
            if seen.frame_index == 2:
                stage.bridge._inbox.controls = deque(maxlen=0)  # requests get lost
                replies.append((yield Request("pause")))
            yield Press("RIGHT")

    stage.play(commanding(stage, Asking({})))
    assert [(reply.frame_index, reply.error) for reply in replies] == [(2, "fw.s.in.control: no answer within 0.01 s")]
    assert facts_of(stage, "control.refused") == [
        {"op": "pause", "by": "boss", "error": "fw.s.in.control: no answer within 0.01 s"}
    ]
    assert stage.of("input")[-1].buttons == ("RIGHT",)
