"""Why a button was pressed: the chain of plans as it was seen then, and what was known when each was made."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agents.explanation import Explanation, explain
from runtime import wire
from runtime.actor import Actor, Intend, Learn, Outputs, Press
from runtime.clock import Rate
from runtime.errors import SessionError, UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.wire import Fact, Waypoint
from streams.session import open_session
from streams.store import MemoryStore
from tests.stage import GAME_TOML, SESSION, Stage
from tests.streams_source import Frame, meta_of, record, without


@dataclass
class Scripted:
    """Does what a table says, by frame."""

    script: Callable[[Observation], Outputs]

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "plan")
    writes: ClassVar[tuple[str, ...]] = ("action", "plan", "learnt")

    def act(self, seen: Observation) -> Outputs:
        return self.script(seen)


def strategist(seen: Observation) -> Outputs:
    if seen.frame_index == 10:
        goal = Waypoint(5, 2, ("A",))
        return Intend("talk", area=3, waypoints=(goal,), strategy="interact", reason="a quest", model="rules 1")
    return Intend("wait", area=9) if seen.frame_index == 30 else None


def tactic(seen: Observation) -> Outputs:
    plan = seen.plans.get("strategist")
    if plan and seen.frame_index == 12:
        way = (Waypoint(1, 2), Waypoint(5, 2, ("LEFT",)))
        return Intend("talk", area=3, waypoints=way, parent_id=plan.plan_id, valid_frames=10, confidence=0.5)
    return None


def reflex(seen: Observation) -> Outputs:
    plan = seen.plans.get("tactic")
    if seen.frame_index >= 50:
        return Press("B", plan_id="gone-7", reason="plan: lost")
    return Press("RIGHT", "A", plan_id=plan.plan_id if plan else "", model="cnn 2", reason="plan: talk")


def scholar(seen: Observation) -> Outputs:
    facts = {
        4: Fact("NPC", "npc:3:5:2", {"name": "Elder"}),
        5: Fact("Tile", "tile:3:5:2", {"look": "00ff"}),
        6: Fact("TileKind", "kind:00ff", {"walked": 3}),
        7: Fact("LEADS_TO", "tile:3:5:3", {}, "area:4"),
        8: Fact("Area", "area:3", {"visits": 1}),
        11: Fact("NPC", "npc:3:5:2", {"text": "Come back later."}),
        20: Fact("NPC", "npc:3:5:2", {"name": "Nobody"}),
    }
    return Learn((facts[seen.frame_index],)) if seen.frame_index in facts else None


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Frame]:
    """Return 60 frames as a recorder got them."""
    actors: dict[str, Actor] = {
        name: Scripted(script)
        for name, script in (("strategist", strategist), ("tactic", tactic), ("reflex", reflex), ("scholar", scholar))
    }
    stage = Stage(tmp_path_factory.mktemp("why"), "lockstep", frames=60, wait_for=tuple(actors))
    stage.play(*(ActorLoop(a, stage.bus, LoopOptions(name, SESSION, a.rate)).run for name, a in actors.items()))
    return stage.recorder.kept[:60]


def explained(frames: list[Frame], frame_index: int, button: str = "") -> Explanation:
    async def main() -> Explanation:
        store = MemoryStore()
        await record(store, "s", frames, meta=meta_of(Stage(Path()).backend, "s", game_toml=GAME_TOML))
        return await explain(await open_session(store, "s"), frame_index, button)

    return asyncio.run(main())


def test_a_button_is_traced_to_the_first_plan_with_its_age(frames: list[Frame]) -> None:
    found = explained(frames, 18, "A")
    (answer,) = found.answers
    assert (found.buttons, answer.cause.actor, answer.cause.buttons) == (("A", "RIGHT"), "reflex", ("RIGHT", "A"))
    assert (answer.cause.model, answer.cause.observed_frame, answer.age_frames) == ("cnn 2", 17, 1)
    assert answer.age_ms == pytest.approx(16.7, abs=0.1)
    mine, first = answer.plans
    assert (mine.plan.actor, mine.plan.frame_index, mine.age_frames, mine.run_out) == ("tactic", 12, 6, False)
    assert (first.plan.actor, first.plan.strategy, first.plan.reason) == ("strategist", "interact", "a quest")
    assert (first.plan.model, first.age_frames) == ("rules 1", 8)
    assert first.age_ms == pytest.approx(133.9, abs=0.1)
    assert answer.missing == ""


def test_what_was_known_is_as_it_was_when_each_plan_was_made(frames: list[Frame]) -> None:
    mine, first = explained(frames, 40).answers[0].plans
    knew = {(known.key, known.kind): known for known in first.knew}
    assert list(knew)[:3] == [("npc:3:5:2", "NPC"), ("tile:3:5:2", "Tile"), ("kind:00ff", "TileKind")]
    assert knew["npc:3:5:2", "NPC"].props["name"] == "Elder"
    assert "text" not in knew["npc:3:5:2", "NPC"].props, "learnt after the strategist had planned"
    assert (knew["npc:3:5:2", "NPC"].by, knew["npc:3:5:2", "NPC"].frame_index) == ("scholar", 4)
    assert knew["tile:3:5:3", "LEADS_TO"].to == "area:4"
    assert knew["area:3", "Area"].props["visits"] == 1
    later = next(known for known in mine.knew if known.key == "npc:3:5:2")
    assert (later.props["name"], later.props["text"]) == ("Elder", "Come back later.")
    assert later.frame_index == 11


def test_a_plan_that_ran_out_says_so(frames: list[Frame]) -> None:
    runs_out = [explained(frames, frame).answers[0].plans[0].run_out for frame in (22, 23)]
    assert runs_out == [False, True]


def test_a_plan_is_that_of_its_time_when_an_actor_counts_anew(frames: list[Frame]) -> None:
    """The strategist's second plan has another number; a restarted one would begin at 1 again."""
    again = wire.encode(wire.Plan(actor="strategist", frame_index=30, sent_ns=0, plan_id="strategist-1", goal="again"))
    changed = [
        (i, [("plan", again), *(p for p in payloads if p[0] != "plan")] if i == 31 else payloads, key)
        for i, payloads, key in frames
    ]
    assert explained(changed, 45).answers[0].plans[1].plan.goal == "talk"


def test_what_followed_no_plan_or_one_that_is_not_there_says_so(frames: list[Frame]) -> None:
    assert explained(frames, 5).answers[0].plans == ()
    assert explained(frames, 5).answers[0].missing == ""
    lost = explained(frames, 55).answers[0]
    assert (lost.plans, lost.missing) == ((), "gone-7")
    assert explained(frames, 0).answers == ()


@pytest.mark.parametrize(
    ("frame", "button", "problem"),
    [
        (60, "", "frame 60: session 's' has frames 0 to 59"),
        (18, "B", "B was not held during frame 18 of 's'; held were A, RIGHT"),
        (0, "A", "A was not held during frame 0 of 's'; held were none"),
    ],
)
def test_what_is_not_there_is_an_error(frames: list[Frame], frame: int, button: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        explained(frames, frame, button)
    assert problem in str(caught.value)


def test_a_frame_whose_input_is_lacking_is_an_error(frames: list[Frame]) -> None:
    with pytest.raises(SessionError, match="lacks the input of frame 25: "):
        explained(without(frames, 20, 29), 25)


def test_plans_that_serve_each_other_in_a_circle_end(frames: list[Frame]) -> None:
    def plan(name: str, parent: str) -> Any:
        made = wire.Plan(actor=name, frame_index=1, sent_ns=0, plan_id=f"{name}-1", goal="", parent_id=parent)
        return "plan", wire.encode(made)

    changed = [
        (i, [plan("tactic", "loop-1"), plan("loop", "tactic-1"), *payloads] if i == 2 else payloads, key)
        for i, payloads, key in frames
        if i < 12
    ]
    held = wire.Input(
        frame_index=11,
        sent_ns=0,
        buttons=("A",),
        causes=(wire.Cause(actor="reflex", buttons=("A",), observed_frame=10, plan_id="tactic-1"),),
    )
    changed[11] = (11, [("input", wire.encode(held)), *(p for p in changed[11][1] if p[0] != "input")], changed[11][2])
    answer = explained(changed, 11).answers[0]
    assert [link.plan.actor for link in answer.plans] == ["tactic"]
    assert answer.missing == "loop-1", "made on the same frame: neither could be seen when the other was made"
