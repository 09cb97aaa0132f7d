"""The loop runs actors against a whole session in one process: rates, answers, outputs, messages and the end."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agents.explorer import Explorer
from agents.starter import Starter
from runtime import wire
from runtime.actor import Actor, Intend, Learn, Output, Outputs, Press, Report
from runtime.clock import Rate
from runtime.errors import BusError, UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.metrics import Metrics
from runtime.observation import Observation
from tests.stage import SESSION, Stage


@dataclass
class Noting:
    """Notes what it sees; answers with what it was given."""

    output: Callable[[Observation], Outputs] = lambda seen: None
    seen: list[int] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    note: Callable[[Observation], Any] = lambda seen: None
    closed: int = 0

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "plan", "event", "input", "frame", "memory")
    writes: ClassVar[tuple[str, ...]] = ("action", "plan", "event")

    def act(self, seen: Observation) -> Outputs:
        self.seen.append(seen.frame_index)
        self.notes.append(self.note(seen))
        return self.output(seen)

    def close(self) -> None:
        self.closed += 1


class Mute(Noting):
    writes: ClassVar[tuple[str, ...]] = ()


class Simple(Noting):
    reads: ClassVar[tuple[str, ...]] = ("state",)


class Listening(Noting):
    rate: ClassVar[Rate] = "message"
    reads: ClassVar[tuple[str, ...]] = ("state", "input", "plan")


def loop(stage: Stage, actor: Actor, name: str, rate: Rate | None = None, **options: Any) -> ActorLoop:
    return ActorLoop(actor, stage.bus, LoopOptions(name, SESSION, actor.rate if rate is None else rate, **options))


def turns(stage: Stage) -> list[tuple[str, int]]:
    """Return who answered which frame, and the frames, in the order in which it happened."""
    happened = []
    for kind, payload in stage.heard:
        if isinstance(payload, wire.Action):
            happened.append((payload.actor, payload.frame_index))
        elif isinstance(payload, wire.State) and kind == "state":
            happened.append(("frame", payload.frame_index))
    return happened


def test_in_lockstep_every_actor_answers_every_frame_it_is_due_on_and_no_other(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=181, wait_for=("fast", "tenth", "second"))
    fast, tenth, second = Noting(), Noting(), Noting()
    stage.play(
        loop(stage, fast, "fast", "frame").run,
        loop(stage, tenth, "tenth", 10).run,
        loop(stage, second, "second", 1).run,
    )
    assert fast.seen == list(range(181))
    assert tenth.seen == list(range(0, 181, 6))
    assert second.seen == [0, 60, 120, 180]
    assert [fast.closed, tenth.closed, second.closed] == [1, 1, 1]
    answered: dict[int, list[str]] = {}
    for who, frame in turns(stage):
        if who == "frame":
            if frame:
                due = [
                    "fast",
                    *(["tenth"] if (frame - 1) % 6 == 0 else []),
                    *(["second"] if (frame - 1) % 60 == 0 else []),
                ]
                assert sorted(answered[frame - 1]) == sorted(due), "the next frame came before every answer"
            answered[frame] = []
        else:
            answered[frame].append(who)


@pytest.mark.parametrize("rate", ["frame", 30, 10, 1])
def test_what_an_actor_sees_is_of_the_frame_it_acts_on(tmp_path: Path, rate: Rate) -> None:
    stage = Stage(tmp_path, frames=130, wait_for=("a",))

    def note(seen: Observation) -> Any:
        ewram = seen.memory("ewram")
        at = int.from_bytes(bytes(ewram[:4]), "little"), int(ewram[4]), int(ewram[8])
        assert seen.raw[72, int(ewram[4]) + int(ewram[5]) * 256] & 0xF800 == 0xF800
        return seen.state["frame"] == at[0] == seen.frame_index + 1, at[2] == len(seen.held)

    actor = Noting(output=lambda seen: Press("RIGHT"), note=note)
    stage.play(loop(stage, actor, "a", rate).run)
    assert set(actor.notes) == {(True, True)}
    assert len(actor.notes) > 2


def test_a_press_is_held_and_its_cause_is_recorded(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=20, wait_for=("a",))

    def output(seen: Observation) -> Outputs:
        return Press("A", "LEFT", plan_id="p-1", model="cnn 1", reason="why") if seen.frame_index == 6 else None

    stage.play(loop(stage, Noting(output=output), "a", 10, hold_frames=4).run)
    held = [i.frame_index for i in stage.of("input") if i.buttons]
    assert held == [7, 8, 9, 10]
    (cause,) = stage.of("input")[8].causes
    assert cause == wire.Cause(
        actor="a", buttons=("A", "LEFT"), observed_frame=6, plan_id="p-1", model="cnn 1", reason="why"
    )


class Sourced(Simple):
    sources: ClassVar[tuple[str, ...]] = ("plan", "guess")


def test_actions_are_counted_by_the_sources_that_an_actor_declares(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=10, wait_for=("a",))
    reasons = ["plan: go", "guess", "plan: stay", "else: what", ""]
    actor = Sourced(output=lambda seen: Press(reason=reasons[seen.frame_index % 5]))
    metrics = Metrics(SESSION, "a")
    stage.play(ActorLoop(actor, stage.bus, LoopOptions("a", SESSION, "frame"), metrics).run)
    value = metrics._registry.get_sample_value
    counted = {
        source: value("framewire_decisions_total", {"session": SESSION, "process": "a", "source": source})
        for source in ("plan", "guess", "else", "")
    }
    assert counted == {"plan": 4, "guess": 2, "else": None, "": None}


def test_no_opinion_lets_go_of_the_press_before_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=6, wait_for=("a",))
    stage.play(loop(stage, Noting(output=lambda seen: Press("A") if seen.frame_index == 1 else None), "a").run)
    assert [i.frame_index for i in stage.of("input") if i.buttons] == [2]


def test_plans_and_events_come_before_the_answer_and_join_the_next_frame(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=5, wait_for=("planner", "reader"))

    def output(seen: Observation) -> Outputs:
        if seen.frame_index != 2:
            return None
        return [
            Press("B"),
            Intend("go", area=3, waypoints=(wire.Waypoint(1, 2),), parent_id="x", confidence=0.5, reason="r"),
            Report("found", {"what": "door"}),
        ]

    reader = Noting(note=lambda seen: ([p.goal for p in seen.plans.values()], [e.name for e in seen.events]))
    stage.play(loop(stage, Noting(output=output), "planner").run, loop(stage, reader, "reader").run)
    of_planner = [kind for kind, payload in stage.heard if kind.startswith("in.") and kind != "in.join"
                  and getattr(payload, "actor", getattr(payload, "source", "")) == "planner"
                  and getattr(payload, "frame_index", -1) == 2]  # fmt: skip
    assert of_planner == ["in.plan", "in.event", "in.action"]
    (plan,) = stage.of("plan")
    assert (plan.actor, plan.frame_index, plan.plan_id, plan.goal) == ("planner", 2, "planner-1", "go")
    assert (plan.area, plan.waypoints, plan.parent_id, plan.confidence, plan.reason) == (
        3, (wire.Waypoint(1, 2),), "x", 0.5, "r",
    )  # fmt: skip
    found = next(event for event in stage.of("event") if event.name == "found")
    assert (found.source, found.facts) == ("planner", {"what": "door"})
    kinds = [kind for kind, payload in stage.heard if kind in ("plan", "event", "state")]
    assert kinds == ["state"] * 3 + ["plan", "event"] + ["state"] * 2 + ["event"]
    assert reader.notes == [([], []), ([], []), ([], []), (["go"], ["found"]), (["go"], [])]


def test_a_plan_says_all_that_it_was_given(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=3, wait_for=("planner",))
    call = wire.ToolCall("memory_search", {"query": "ember"})
    intend = Intend(
        "heal", strategy="heal", actions="A*2", fallback="B", tool_calls=(call,), model="tiny 1", valid_frames=90
    )
    stage.play(loop(stage, Noting(output=lambda seen: intend if seen.frame_index == 1 else None), "planner").run)
    (plan,) = stage.of("plan")
    assert (plan.strategy, plan.actions, plan.fallback) == ("heal", "A*2", "B")
    assert (plan.tool_calls, plan.model, plan.valid_frames) == ((call,), "tiny 1", 90)


class Scholar(Noting):
    reads: ClassVar[tuple[str, ...]] = ("state", "learnt")
    writes: ClassVar[tuple[str, ...]] = ("action", "learnt")


def test_what_is_learnt_is_seen_by_everybody_from_the_next_frame_on_and_by_slow_readers_whole(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=70, wait_for=("fast", "tenth", "second"))

    def fact(actor: str, frame: int) -> wire.Fact:
        return wire.Fact("Tile", f"tile:1:{frame}:0", {"by": actor})

    def learning(actor: str) -> Callable[[Observation], Outputs]:
        return lambda seen: [Learn((fact(actor, seen.frame_index),))] if seen.frame_index < 60 else Learn(())

    def note(seen: Observation) -> list[tuple[str, int]]:
        for each in seen.learnt:
            assert each.facts in ((fact(each.actor, each.frame_index),), ())
        return [(each.actor, each.frame_index) for each in seen.learnt]

    fast, tenth, second = (Scholar(output=learning(name), note=note) for name in ("fast", "tenth", "second"))
    stage.play(
        loop(stage, fast, "fast", "frame").run,
        loop(stage, tenth, "tenth", 10).run,
        loop(stage, second, "second", 1).run,
    )
    everything = [
        (actor, frame)
        for frame in range(69)
        for actor, every in (("fast", 1), ("second", 60), ("tenth", 6))
        if frame % every == 0
    ]
    for scholar, every in ((fast, 1), (tenth, 6), (second, 60)):
        last = 69 - 69 % every
        assert [each for note in scholar.notes for each in note] == [each for each in everything if each[1] < last]
    assert fast.notes[:3] == [[], everything[:3], everything[3:4]]


def test_an_unknown_button_is_refused_but_answered_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=4, wait_for=("a",))
    stage.play(loop(stage, Noting(output=lambda seen: Press("TURBO")), "a").run)
    assert [i.buttons for i in stage.of("input")] == [()] * 4
    assert [action.buttons for action in stage.of("in.action")][:3] == [("TURBO",)] * 3


def test_a_kind_that_the_actor_did_not_declare_is_an_error_that_names_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("mute",))
    mute = Mute(output=lambda seen: Press("A"))

    async def ends() -> None:
        with pytest.raises(UsageError, match="actor mute wrote action, which its `writes` lacks; there: nothing"):
            await loop(stage, mute, "mute").run()
        stage.bridge.stop()

    stage.play(ends)
    assert mute.closed == 1
    assert stage.of("input")[-1].buttons == ()


def test_an_actor_that_writes_nothing_answers_all_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=5, wait_for=("mute",))
    mute = Mute()
    stage.play(loop(stage, mute, "mute").run)
    assert mute.seen[:4] == [0, 1, 2, 3]


def test_a_frame_that_is_shown_again_gets_the_same_answer_without_asking_the_actor(tmp_path: Path) -> None:
    stage = Stage(tmp_path, frames=8, wait_for=("a", "silent"))
    calls: list[int] = []

    def output(seen: Observation) -> Outputs:
        calls.append(seen.frame_index)
        return [Press("A", reason=f"call {len(calls)}"), Intend(f"goal {len(calls)}")]

    async def silent() -> None:
        await stage.join("silent", 1)
        for frame in range(7):
            await stage.settled()
            assert stage.bridge.frame_index == frame
            if frame == 3:
                await stage.control("refresh")  # the lockstep bridge shows frame 3 again
                await stage.settled()
                assert stage.bridge.frame_index == 3
            await stage.act("silent", frame)

    stage.play(loop(stage, Noting(output=output), "a").run, silent)
    assert calls[:7] == [0, 1, 2, 3, 4, 5, 6]
    answers = [action for action in stage.of("in.action") if action.actor == "a" and action.frame_index == 3]
    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert [plan.goal for plan in stage.of("in.plan")][:7] == [f"goal {i}" for i in range(1, 8)]


def test_an_actor_on_messages_gets_every_message_from_the_first_frame_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "free", frames=200, wait_for=("ear",))
    ear = Listening(note=lambda seen: seen.message)
    planner = Noting(output=lambda seen: Intend(str(seen.frame_index)) if seen.frame_index in (50, 51) else None)
    stage.play(loop(stage, ear, "ear").run, loop(stage, planner, "planner").run)
    wanted = [payload for kind, payload in stage.heard if kind in ("state", "input", "plan")]
    assert ear.notes == wanted
    assert len(wanted) >= 400
    assert ear.closed == 1


def test_an_actor_on_messages_may_act_and_does_not_hold_up_a_lockstep_game(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "lockstep", frames=30, wait_for=("ear",))

    def output(seen: Observation) -> Outputs:
        return Press("DOWN") if isinstance(seen.message, wire.State) and seen.frame_index == 5 else None

    ear = Listening(output=output)
    stage.play(loop(stage, ear, "ear", hold_frames=3).run)
    assert [action.frame_index for action in stage.of("in.action")] == [5]
    assert any(i.buttons == ("DOWN",) for i in stage.of("input"))


def test_a_slow_actor_takes_the_newest_frame_and_reports_those_it_missed_as_a_gap(tmp_path: Path) -> None:
    stage = Stage(tmp_path, wait_for=("a",))
    actor = Simple()

    async def burst() -> None:
        await stage.reaches(3)
        await stage.control("pause")
        await stage.settled()
        for frame in range(1000, 1005):  # at once, as after a pause of the actor's process
            await stage.send("state", wire.State(frame_index=frame, sent_ns=0, values={}))
        await stage.settled()
        await stage.control("stop")

    stage.play(loop(stage, actor, "a").run, burst)
    assert actor.seen[-1] == 1004
    assert not {1000, 1001, 1002, 1003} & set(actor.seen)
    (gap,) = stage.of("in.gap")
    assert (gap.source, gap.kind, gap.first_frame, gap.last_frame, gap.count) == ("a", "state", 1000, 1003, 4)
    assert [health.dropped for health in stage.of("health") if health.process == "a"][-1] == 4


def test_stop_ends_an_actor_that_waits_for_its_session() -> None:
    async def main() -> None:
        running = ActorLoop(Noting(), MemoryBus(), LoopOptions("a", SESSION, "frame"))
        asyncio.get_running_loop().call_soon(running.stop)
        await running.run()

    asyncio.run(main())


def test_a_session_that_is_not_there_is_a_bus_error() -> None:
    async def main() -> None:
        actor = Noting()
        with pytest.raises(BusError, match=r"fw\.s\.in\.join: nobody listens"):
            await ActorLoop(actor, MemoryBus(), LoopOptions("a", SESSION, "frame", join_s=0)).run()
        assert actor.seen == []

    asyncio.run(main())


def test_the_generic_actors_play_a_game_without_a_description(tmp_path: Path) -> None:
    def played(folder: Path) -> tuple[list[int], list[tuple[str, ...]]]:
        stage = Stage(folder, frames=600, wait_for=("starter", "explorer"))
        stage.play(loop(stage, Starter(), "starter", priority=1).run, loop(stage, Explorer(), "explorer").run)
        return [f.pixels_hash for f in stage.of("frame")], [i.buttons for i in stage.of("input")]

    first = played(tmp_path / "1")
    assert first == played(tmp_path / "2"), "the same frames give the same buttons"
    assert len({button for buttons in first[1] for button in buttons}) > 3, "several buttons were tried"


def test_an_actor_that_fails_right_after_it_spoke_ends_the_others_with_its_error(tmp_path: Path) -> None:
    """The bridge, woken by its words at the moment at which it is told to end, went on waiting for its answer."""

    def output(seen: Observation) -> Iterator[Output]:
        if seen.frame_index == 7:
            yield Report("last.words")
            raise ZeroDivisionError("on purpose")

    stage = Stage(tmp_path, frames=20, wait_for=("a",))
    with pytest.raises(ExceptionGroup) as caught:
        stage.play(loop(stage, Noting(output=output), "a").run)
    assert [repr(error) for error in caught.value.exceptions] == ["ZeroDivisionError('on purpose')"]
    assert stage.bridge.frame_index == 7
