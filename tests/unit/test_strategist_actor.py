"""The strategist in whole sessions on a bus in memory: when it thinks, what it puts out, and what failures cost."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from agents.knowledge.schema import check
from agents.strategist.actor import Strategist
from agents.strategist.plan import Thought
from agents.strategist.tools import CALLED
from runtime import wire
from runtime.actor import make
from runtime.errors import UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.metrics import Metrics
from runtime.subjects import subject
from tests.minds_source import Failing, Heavy, Model, Walker
from tests.stage import SESSION, Stage

#: The scripted game counts frames at 0x02000000: its second byte is an "area" that changes each 256 frames.
GAME = """
[game]
name = "square"
console = "gba"

[[watch]]
name = "area"
address = 0x02000001
type = "u8"

[[watch]]
name = "player.x"
address = 0x02000004
type = "u8"

[[watch]]
name = "player.y"
address = 0x02000006
type = "u8"

[[area]]
id = 1
name = "meadow"

[[objective]]
name = "see the meadow"
when = "area < 2"
area = "meadow"
x = 3
y = 4
"""

WALKER, MODEL, HEAVY, FAILING = (f"tests.minds_source:{mind.__name__}" for mind in (Walker, Model, Heavy, Failing))


def strategist(**config: Any) -> Strategist:
    made = make(Strategist, {"mind": WALKER, "fallback": WALKER, **config}, "strategist")
    assert isinstance(made, Strategist)
    return made


def play(folder: Path, actor: Strategist, frames: int, *others: Any, clock: Any = "lockstep", **options: Any) -> Stage:
    stage = Stage(folder, clock, game_toml=GAME, frames=frames, wait_for=("strategist",), **options)
    loop = ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate))
    stage.play(loop.run, *(lambda other=other: other(stage) for other in others))
    return stage


def test_the_rules_think_once_a_second_and_a_plan_is_published_when_it_changes(tmp_path: Path) -> None:
    actor = strategist()
    stage = play(tmp_path, actor, 481)
    walker = actor._mind.mind
    assert isinstance(walker, Walker)
    thoughts = [(told.frame_index, told.trigger) for told in walker.told]
    assert thoughts == [
        *((0, "stale"), (60, "clock"), (120, "clock"), (180, "clock"), (240, "clock")),
        *((258, "new_area"), (318, "clock"), (378, "clock"), (438, "clock")),
    ]
    plans = stage.of("plan")
    assert [(plan.frame_index, plan.area, plan.waypoints[0].x, plan.model) for plan in plans] == [
        (0, 0, 5, ""),
        (258, 1, 5, ""),
    ]
    assert walker.told[-1].plan == Thought(strategy="goto", area=1, cell=(5, 5))


def test_paused_the_game_stands_while_there_is_thinking_and_goes_on_after(tmp_path: Path) -> None:
    actor = strategist(mind=MODEL, think="pause")
    stage = play(tmp_path, actor, 481)
    assert (
        stage.names().count("control.pause") == stage.names().count("control.resume") == 2
    )  # at first, and a new area
    assert [plan.goal for plan in stage.of("plan")] == ["thought 1", "thought 2"]
    begun = [event for event in stage.of("event") if event.name == "think.begun"]
    assert [event.facts for event in begun] == [
        {"why": "stale", "mind": "model 1", "paused": True},
        {"why": "new_area", "mind": "model 1", "paused": True},
    ]
    assert len(stage.of("state")) == 481
    model = actor._mind.mind
    assert isinstance(model, Model)
    assert [told.objectives for told in model.told] == [("see the meadow",)] * 2
    assert model.told[0].spatial
    assert model.told[0].overlay is not None
    assert [len(told.frames) for told in model.told] == [1, 4]


def test_two_runs_in_lockstep_are_the_same(tmp_path: Path) -> None:
    def run(**config: Any) -> list[Any]:
        stage = play(tmp_path, strategist(mind=MODEL, options={"confidence": 0.5}, seed=3, **config), 400)
        kept = [payload for kind, payload in stage.heard if kind in ("plan", "event")]
        return [(type(p), *(getattr(p, name, "") for name in ("frame_index", "name", "goal"))) for p in kept]

    assert run() == run()
    assert run(think="pause") == run(think="pause")


@pytest.mark.parametrize("kind", ["timeout", "unreachable", "status", "invalid", "truncated", "bug"])
@pytest.mark.parametrize("think", ["background", "pause"])
def test_a_mind_that_fails_costs_a_counted_fallback(tmp_path: Path, think: str, kind: str) -> None:
    actor = strategist(mind=FAILING, options={"how": kind}, think=think)
    stage = play(tmp_path, actor, 241)
    assert {plan.model for plan in stage.of("plan")} == {""}
    failed = [event.facts for event in stage.of("event") if event.name == "think.failed"]
    counted = "error" if kind == "bug" else kind
    assert {facts["kind"] for facts in failed} == {counted}
    figures = actor.measures()
    assert figures["failures"] == figures[f"failures.{counted}"] == figures["fallbacks"] == len(failed) >= 1
    names = Counter(stage.names())
    assert names["think.begun"] == names["think.ended"]
    assert names["control.pause"] == names["control.resume"]
    assert len(stage.of("state")) == 241


def test_a_mind_that_fails_again_and_again_is_asked_ever_more_rarely(tmp_path: Path) -> None:
    Failing.asked = 0
    stage = play(tmp_path, strategist(mind=FAILING), 1801)
    failed = [event.frame_index for event in stage.of("event") if event.name == "think.failed"]
    assert failed == [0, 60, 180, 438, 948]  # thoughts come each 60 frames, and from frame 258 on (a new area) anew
    assert Failing.asked == 5


@pytest.mark.parametrize("think", ["background", "pause"])
def test_a_mind_that_hangs_is_dropped_after_its_limit_and_never_runs_twice_at_once(tmp_path: Path, think: str) -> None:
    Failing.asked = 0
    Failing.release.clear()
    actor = strategist(mind=FAILING, options={"how": "hang"}, limit_s=0.05, think=think, every_frames=6)
    try:
        stage = play(tmp_path, actor, 241)
    finally:
        Failing.release.set()
    assert Failing.asked == 1
    kinds = {event.facts["kind"] for event in stage.of("event") if event.name == "think.failed"}
    assert "timeout" in kinds
    assert kinds <= {"timeout", "busy"}
    assert {plan.model for plan in stage.of("plan")} == {""}
    assert len(stage.of("state")) == 241


def test_beside_a_free_game_a_slow_mind_works_in_a_thread_and_its_thought_is_taken_at_a_later_tick(
    tmp_path: Path,
) -> None:
    async def stop_when_planned(stage: Stage) -> None:
        await stage.until(lambda: len(stage.of("plan")) >= 2)
        await stage.control("stop")

    stage = play(tmp_path, strategist(mind=MODEL), 0, stop_when_planned, clock="free")
    assert [plan.goal for plan in stage.of("plan")][:2] == ["thought 1", "thought 2"]
    names = [name for name in stage.names() if name.startswith("think.")]
    assert names[:4] == ["think.begun", "think.ended", "think.begun", "think.ended"]


def test_an_unsure_thought_gives_way_to_the_rules_or_to_exploring(tmp_path: Path) -> None:
    actor = strategist(mind=MODEL, options={"confidence": 0.3}, exploration_rate=0.5, seed=1)
    stage = play(tmp_path, actor, 1801)
    models = [(plan.model, plan.strategy) for plan in stage.of("plan")]
    assert set(models) == {("", "goto"), ("", "explore")}
    figures = actor.measures()
    assert figures["unsure.rules"] + figures["unsure.explore"] == figures["thoughts"] > 30
    assert figures["tokens.prompt"] == 100 * figures["thoughts"]


def test_a_plan_that_has_run_out_or_failed_is_thought_over_at_once(tmp_path: Path) -> None:
    async def fail_at_20(stage: Stage) -> None:
        await stage.until(lambda: stage.bridge.frame_index >= 70)
        event = wire.Event(
            source="tactic", frame_index=70, sent_ns=0, name="plan.failed", facts={"plan_id": "strategist-1"}
        )
        await stage.bus.publish(subject(SESSION, "in.event", "tactic"), wire.encode(event))

    actor = strategist(mind=MODEL, every_frames=100_000)
    stage = play(tmp_path, actor, 241, fail_at_20)
    model = actor._mind.mind
    assert isinstance(model, Model)
    assert [told.trigger for told in model.told] == ["stale", "stale"]
    assert 70 < model.told[1].frame_index < 90
    actor = strategist(mind=MODEL, options={"valid_frames": 90}, every_frames=100_000)
    stage = play(tmp_path, actor, 241)
    assert [plan.frame_index for plan in stage.of("plan")] == [0, 90, 180]


def test_a_tool_is_called_and_answered_over_the_bus_and_the_answer_is_in_the_next_prompt(tmp_path: Path) -> None:
    options = {"tool": "state_analysis", "arguments": {"prefix": "player."}}
    actor = strategist(mind=MODEL, options=options)
    stage = play(tmp_path, actor, 121)
    tools = [event for event in stage.of("event") if event.name.startswith("tool.")]
    assert [(event.name, event.facts["call"]) for event in tools] == [
        ("tool.called", "strategist-0-0"),
        ("tool.answered", "strategist-0-0"),
    ]
    assert stage.of("plan")[0].tool_calls == (wire.ToolCall("state_analysis", {"prefix": "player."}),)
    model = actor._mind.mind
    assert isinstance(model, Model)
    assert [told.answers != () for told in model.told] == [False, True, False]
    assert '"player.x": 112' in model.told[1].answers[0].result


def test_anybody_may_call_a_tool_and_presses_are_played_as_a_plan(tmp_path: Path) -> None:
    async def call(stage: Stage) -> None:
        await stage.until(lambda: stage.bridge.frame_index >= 10)
        for number, (tool, arguments) in enumerate(
            [("button_press", '{"actions": "<btn_A>"}'), ("planning", '{"area": 1}'), ("dance", "{}")]
        ):
            facts: dict[str, wire.Scalar] = {"call": f"me-{number}", "tool": tool, "arguments": arguments}
            event = wire.Event(source="me", frame_index=10, sent_ns=0, name=CALLED, facts=facts)
            await stage.bus.publish(subject(SESSION, "in.event", "me"), wire.encode(event))

    stage = play(tmp_path, strategist(), 61, call)
    answers = {event.facts["call"]: event.facts for event in stage.of("event") if event.name == "tool.answered"}
    assert answers["me-0"]["result"] == '{"presses": 1}'
    assert "missing required field" in str(answers["me-1"]["error"])
    assert "no tool 'dance'; there are button_press" in str(answers["me-2"]["error"])
    (pressed,) = [plan for plan in stage.of("plan") if plan.actions]
    assert (pressed.actions, pressed.reason, pressed.strategy) == ("<btn_A>", "asked by me", "use")


def test_a_strategist_that_is_started_into_a_game_paused_by_the_one_before_it_resumes_it(tmp_path: Path) -> None:
    async def late(stage: Stage) -> None:
        await stage.reaches(5)
        await stage.control("pause")
        actor = strategist(think="pause", called="second")
        await ActorLoop(actor, stage.bus, LoopOptions("second", SESSION, actor.rate)).run()

    stage = play(tmp_path, strategist(), 61, late)
    assert stage.names()[:2] == ["control.pause", "control.resume"]
    assert {state.frame_index for state in stage.of("state")} == set(range(61))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"mind": "chess"}, "'chess' is no import path"),
        ({"mind": "agents.confidence:ConfidenceGate"}, "mind agents.confidence:ConfidenceGate"),
        ({"mind": MODEL, "options": {"mood": 1}}, "unknown config mood; allowed are confidence"),
        ({"mind": MODEL, "fallback": MODEL}, "is a slow mind"),
        ({"think": "sometimes"}, "config think"),
        ({"limit_s": 0.0}, "limit_s 0.0"),
    ],
)
def test_a_wrong_config_is_refused(config: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        strategist(**config)
    assert says in str(refused.value)


def test_asyncio_goes_on_while_a_mind_thinks_beside_the_game(tmp_path: Path) -> None:
    ticks = 0

    async def count(stage: Stage) -> None:
        nonlocal ticks
        while not stage.of("plan"):
            ticks += 1
            await asyncio.sleep(0)
        Failing.release.set()
        await stage.control("stop")

    Failing.release.clear()
    actor = strategist(mind=FAILING, options={"how": "hang"}, limit_s=0.1)
    stage = play(tmp_path, actor, 0, count, clock="free")
    assert ticks > 10
    assert len(stage.of("state")) > 6


def test_what_it_counts_is_in_the_metrics(tmp_path: Path) -> None:
    metrics = Metrics("s", "strategist")
    stage = Stage(tmp_path, game_toml=GAME, frames=61, wait_for=("strategist",))
    actor = strategist(mind=MODEL)
    stage.play(ActorLoop(actor, stage.bus, LoopOptions("strategist", SESSION, actor.rate), metrics).run)
    page = generate_latest(metrics._registry).decode()
    labels = 'process="strategist",session="s"'
    assert f'framewire_actor_figure{{name="thoughts",{labels}}} 2.0' in page
    assert f'framewire_actor_figure{{name="tokens.prompt",{labels}}} 200.0' in page


def test_what_a_model_wants_remembered_is_known_to_all_and_comes_back_in_its_prompts(tmp_path: Path) -> None:
    actor = strategist(mind=MODEL)
    stage = play(tmp_path, actor, 121)
    (fact,) = stage.of("learnt")[0].facts
    assert (fact.kind, fact.key, fact.props["goal"]) == (
        "Experience",
        "experience:the-cave-is-dark:0",
        "the cave is dark",
    )
    check(fact)
    assert len(stage.of("learnt")) == 1
    model = actor._mind.mind
    assert isinstance(model, Model)
    assert [told.memories for told in model.told[:2]] == [(), ("the cave is dark",)]


def test_a_model_is_loaded_once_when_a_session_has_begun_and_the_rules_answer_meanwhile(tmp_path: Path) -> None:
    Heavy.loads = 0
    Heavy.release.clear()

    async def load(stage: Stage) -> None:
        await stage.until(lambda: len(stage.of("plan")) >= 1)
        Heavy.release.set()
        await stage.until(lambda: any(plan.model == "model 1" for plan in stage.of("plan")))
        await stage.control("stop")

    actor = strategist(mind=HEAVY)
    assert Heavy.loads == 0
    stage = play(tmp_path, actor, 0, load, clock="free")
    assert stage.of("plan")[0].model == ""
    assert Heavy.loads == 1


def test_a_lockstep_game_waits_for_its_model_and_one_that_cannot_be_loaded_ends_the_actor(tmp_path: Path) -> None:
    Heavy.release.set()
    stage = play(tmp_path, strategist(mind=HEAVY), 61)
    assert {plan.model for plan in stage.of("plan")} == {"model 1"}
    thinking = strategist(mind=HEAVY, options={"fails": True})._mind
    thinking.load()
    with pytest.raises(UsageError, match="no such model"):
        thinking.loaded(30)
