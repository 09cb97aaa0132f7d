"""On every frame: emergency, plan, rule, pattern, exploration, going on, nothing; each press says which it was."""

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.reflex import SOURCES, Reflex, source_of
from runtime.actor import make
from runtime.errors import UsageError
from runtime.wire import Fact
from tests.reflex_source import DOWN, RIGHT, UP, Player, event, plan, tile


def test_a_title_and_a_dialogue_are_tapped_through() -> None:
    player = Player()
    player.context("title")
    assert [press.buttons for press in player.run(8)] == [("START",)] * 4 + [()] * 4
    player.context("dialogue")
    press = player.see()
    assert (press.buttons, press.reason, press.plan_id) == (("A",), "rule: dialogue", "")


def test_a_plan_is_walked_and_named() -> None:
    player = Player()
    player.plan = plan("tactic-3", (6, 5), (6, 6), goal="to the well", model="rules")
    press = player.see()
    assert press.buttons == ("RIGHT",)
    assert (press.reason, press.plan_id, press.model) == ("plan: to the well", "tactic-3", "rules")


def test_arriving_is_told_once() -> None:
    player = Player()
    player.plan = plan("p", (6, 5))
    player.see()
    player.state["player.x"] = 6
    assert player.see().buttons == ()
    player.run(40)
    assert player.told("plan.") == [("plan.arrived", {"plan_id": "p", "x": 6, "y": 5})]


def test_actions_are_played_once_after_the_way_and_told_once() -> None:
    player = Player()
    player.plan = plan("p", (6, 5), strategy="interact", actions="<btn_up><btn_A>")
    assert player.see().buttons == ("RIGHT",)
    player.state["player.x"] = 6
    held = [press.buttons for press in player.run(60)]
    assert [buttons for buttons, _ in groupby(held) if buttons] == [("UP",), ("A",)]
    assert player.told() == [
        ("plan.done", {"plan_id": "p", "frames": 20, "presses": 2}),
        ("reflex.miss", {"why": "over", "context": "overworld", "area": 1}),
    ]


def test_a_change_of_context_stops_actions_for_good() -> None:
    player = Player()
    player.context("battle")
    player.plan = plan("p", strategy="fight", actions="<btn_A><btn_down><btn_A>")
    player.run(10)
    player.context("overworld")
    player.run(3)
    player.context("battle")
    assert all(press.buttons == () for press in player.run(20))
    assert player.told("plan.") == [("plan.stopped", {"plan_id": "p", "step": 2, "why": "context"})]


def test_actions_without_a_strategy_hold_where_they_begin() -> None:
    player = Player()
    player.context("menu")
    player.plan = plan("p", actions="<btn_A><btn_A><btn_A>")
    player.run(5)
    player.context("dialogue")
    assert player.see().reason == "rule: dialogue"
    assert player.told("plan.") == [("plan.stopped", {"plan_id": "p", "step": 1, "why": "context"})]


def test_a_purchase_goes_through_shop_and_dialogue() -> None:
    player = Player()
    player.plan = plan("p", strategy="buy", actions="<btn_A><btn_A><btn_A>")
    sources = []
    for context in ("overworld", "dialogue", "shop"):
        player.context(context)
        sources += [press.reason for press in player.run(8)]
    assert set(sources) == {"plan: go"}
    player.run(8)
    assert [name for name, _ in player.told("plan.")] == ["plan.done"]


def test_a_new_plan_replaces_actions() -> None:
    player = Player()
    player.plan = plan("p", strategy="interact", actions="<btn_A><btn_A>")
    player.run(3)
    player.plan = plan("q", (5, 6))
    assert player.see().plan_id == "q"
    assert player.told() == [("plan.stopped", {"plan_id": "p", "step": 1, "why": "replaced"})]


def test_the_way_goes_on_after_a_battle() -> None:
    player = Player()
    player.plan = plan("walk", (5, 9))
    assert player.see().plan_id == "walk"
    player.context("battle")
    player.plan = plan("fight", strategy="fight", actions="<btn_A>")
    assert {press.plan_id for press in player.run(9)} == {"fight"}
    player.context("overworld")
    assert player.see().plan_id == "walk"


def test_an_unreadable_text_is_refused_and_the_fallback_played() -> None:
    player = Player()
    player.plan = plan("p", actions="<btn_C>", fallback="<btn_B>")
    held = [press.buttons for press in player.run(9)]
    assert [buttons for buttons, _ in groupby(held) if buttons] == [("B",)]
    (refused, facts), (done, how) = player.told("plan.")
    assert (refused, done) == ("plan.refused", "plan.done")
    assert "no button 'c'" in str(facts["why"])
    assert how["fallback"] is True


def test_a_text_that_cannot_be_read_is_refused_once() -> None:
    player = Player()
    player.plan = plan("p", actions="<btn_C>")
    assert all(press.buttons == () for press in player.run(20))
    assert [name for name, _ in player.told("plan.")] == ["plan.refused"]


def test_being_stuck_is_told_and_then_the_fallback_played() -> None:
    player = Player()
    player.plan = plan("p", (6, 5), fallback="<btn_B>")
    held = [buttons for buttons, _ in groupby(press.buttons for press in player.run(110))]
    assert held[:3] == [("RIGHT",), ("B",), ()]
    stuck = [facts for name, facts in player.told() if name == "plan.stuck"]
    assert stuck == [{"plan_id": "p", "x": 5, "y": 5, "frames": 45}]


def test_a_way_that_is_given_up_leads_back() -> None:
    player = Player()
    player.plan = plan("p", (8, 5))
    player.see()
    player.state["player.x"] = 6
    pressed = player.run(120)
    assert pressed[80].reason == "plan: go"
    assert pressed[-1].reason == "pattern: wall_collision → backtrack"
    assert pressed[-1].buttons == ("LEFT",)


def test_a_plan_for_another_area_is_missed_once() -> None:
    player = Player()
    player.plan = plan("p", (6, 5), area=2)
    pressed = player.run(25)
    assert {press.reason for press in pressed} == {"default: no plan: area"}
    assert player.told() == [("reflex.miss", {"why": "area", "context": "overworld", "area": 1})]


def test_a_stale_way_is_harmless_stale_actions_are_not() -> None:
    player = Player()
    player.plan = plan("p", (9, 5), valid_frames=5)
    assert player.run(10)[-1].reason == "plan: go"
    assert player.told() == [("reflex.miss", {"why": "stale", "context": "overworld", "area": 1})]
    player = Player()
    player.plan = plan("p", actions="<btn_A><btn_A><btn_A>", valid_frames=5)
    assert [source_of(press.reason) for press in player.run(8)] == ["plan"] * 5 + ["default"] * 3
    assert ("plan.stopped", {"plan_id": "p", "step": 1, "why": "stale"}) in player.told()


def test_the_last_action_goes_on_for_a_while_where_it_was_made() -> None:
    player = Player()
    player.plan = plan("p", (9, 5), area=1)
    player.see()
    player.plan = plan("q", (9, 5), area=2)
    pressed = player.run(14)
    assert [press.reason.split(":")[0] for press in pressed] == ["continue"] * 12 + ["default"] * 2
    assert pressed[0].buttons == ("RIGHT",)
    assert pressed[0].plan_id == "p"


def test_nothing_goes_on_in_another_area() -> None:
    player = Player()
    player.plan = plan("p", (9, 5), area=1)
    player.see()
    player.state["area"] = 2
    assert player.see().reason == "default: no plan: area"


def test_no_plan_is_missed_in_a_transition() -> None:
    player = Player()
    player.context("transition")
    assert {press.reason for press in player.run(40)} == {"default: transition"}
    assert player.told() == []


def test_after_a_transition_missing_begins_anew() -> None:
    player = Player()
    player.run(11)
    player.context("transition")
    player.run(60)
    player.context("overworld")
    player.run(11)
    assert player.told() == []
    player.run(2)
    assert [facts["why"] for _, facts in player.told()] == ["empty"]


def test_while_the_strategist_thinks_a_miss_leads_to_safe_exploration() -> None:
    player = Player()
    assert source_of(player.see((), event("think.begun", 0)).reason) == "explore"
    assert source_of(player.see((), event("think.ended", 1)).reason) == "default"


def test_a_thought_without_an_end_counts_for_two_seconds() -> None:
    player = Player()
    player.see((), event("think.begun", 0))
    sources = [source_of(press.reason) for press in player.run(125)]
    assert sources[:120] == ["explore"] * 120
    assert "explore" not in sources[120:]


@pytest.mark.parametrize(
    ("kind", "name", "buttons"),
    [
        ("obstacle_wall", "obstacle_ahead → turn_around", ("UP",)),
        ("walkable_path", "open_path → move_forward", ("DOWN",)),
        ("interactive_npc", "interactive → interact", ("A",)),
    ],
)
def test_safe_exploration_keeps_its_order(kind: str, name: str, buttons: tuple[str, ...]) -> None:
    player = Player()
    player.state["player.facing"] = DOWN
    press = player.see([tile(5, 6, kind)], event("think.begun", 0))
    assert (press.reason, press.buttons) == (f"explore: {name}", buttons)


def test_an_unsure_plan_gives_way_while_the_strategist_thinks() -> None:
    player = Player()
    player.plan = plan("p", (9, 5), confidence=0.5)
    assert player.see().reason == "plan: go"
    assert source_of(player.see((), event("think.begun", 1)).reason) == "explore"
    assert player.see((), event("think.ended", 2)).reason == "plan: go"
    assert ("reflex.miss", {"why": "unsure", "context": "overworld", "area": 1}) in player.told()


def test_without_facts_and_plans_it_stands_and_then_feels_its_way() -> None:
    player = Player()
    sources = [source_of(press.reason) for press in player.run(100)]
    assert sources == ["default"] * 90 + ["pattern"] * 10


def test_a_menu_or_a_battle_that_nobody_steers_is_ended() -> None:
    for context, button in (("menu", "B"), ("shop", "B"), ("battle", "A")):
        player = Player()
        player.context(context)
        assert {press.buttons for press in player.run(60)} == {()}
        assert (button,) in [press.buttons for press in player.run(8)]


def test_counts_are_told_every_ten_seconds() -> None:
    player = Player()
    player.plan = plan("p", (9, 5))
    player.run(1200)
    told = [report.facts for report in player.reports if report.name == "reflex.stats"]
    assert len(told) == 2
    assert sum(int(told[1][f"from.{source}"]) for source in SOURCES) == 1200
    assert told[1]["cache.hits"] == told[1]["from.plan"]


facts = st.builds(
    tile,
    st.integers(3, 7),
    st.integers(3, 7),
    st.sampled_from(["obstacle_wall", "walkable_path", "interactive_npc", "interactive_door", ""]),
    hurt=st.integers(0, 1),
)
people = st.builds(
    lambda x, y, hostile: Fact("NPC", f"npc:1:{x}:{y}", {"hostile": hostile}),
    st.integers(3, 7),
    st.integers(3, 7),
    st.booleans(),
)
items = st.builds(lambda x, y: Fact("Item", f"item:1:{x}:{y}", {}), st.integers(3, 7), st.integers(3, 7))
plans = st.none() | st.builds(
    plan,
    st.sampled_from("pqrs"),
    st.tuples(st.integers(3, 7), st.integers(3, 7)),
    strategy=st.sampled_from(["", "goto", "fight", "buy", "use", "wait", "sing"]),
    actions=st.sampled_from(["", "<btn_A>", "<seq><btn_up><btn_left_A></seq>", "<btn_C>"]),
    fallback=st.sampled_from(["", "<btn_B>", "rubbish"]),
    valid_frames=st.integers(0, 20),
    confidence=st.sampled_from([0.2, 1.0]),
    area=st.sampled_from([-1, 1, 2]),
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "context": st.integers(0, 11),
        "area": st.integers(0, 2),
        "player.x": st.integers(3, 7),
        "player.y": st.integers(3, 7),
        "player.facing": st.integers(0, 4),
        "player.moving": st.integers(0, 1),
        "player.hp": st.integers(0, 12),
        "player.max_hp": st.integers(0, 10),
    },
)
steps = st.tuples(changes, plans, st.lists(facts | people | items, max_size=3), st.integers(1, 40), st.booleans())


@given(st.lists(steps, max_size=8))
def test_whatever_is_seen_every_press_is_one_of_the_pads_and_names_its_source(script: list[Any]) -> None:
    player = Player()
    for change, wanted, learnt, frames, thinks in script:
        player.state |= change
        player.plan = wanted
        thought = [event("think.begun", player.frame_index)] if thinks else []
        for press in (player.see(learnt, *thought), *player.run(frames)):
            assert source_of(press.reason)
            assert set(press.buttons) <= set(player.senses.welcome.buttons)
            assert not {"UP", "DOWN"} <= set(press.buttons)
            assert not {"LEFT", "RIGHT"} <= set(press.buttons)
    runs = sum(1 for _ in groupby(wanted.plan_id for _, wanted, *_ in script if wanted))
    ends = [facts["plan_id"] for name, facts in player.told() if name in {"plan.done", "plan.stopped"}]
    assert len(ends) <= runs


def test_a_player_without_a_position_does_no_harm() -> None:
    player = Player()
    player.plan = plan("p", (9, 5))
    del player.state["player.x"], player.state["player.facing"], player.state["player.hp"]
    assert {press.reason for press in player.run(30)} == {"default: no position"}
    player.plan = None
    assert {source_of(press.reason) for press in player.run(200)} <= {"default", "pattern"}


def test_two_runs_are_equal() -> None:
    def run() -> list[tuple[tuple[str, ...], str]]:
        player, pressed = Player(Reflex(seed=3)), []
        for i in range(400):
            player.state["player.x"] = 5 + i // 50
            player.state["player.facing"] = (DOWN, UP, RIGHT)[i // 70 % 3]
            press = player.see([tile(5 + i // 50, 6, "obstacle_wall")] if i % 50 == 0 else ())
            pressed.append((press.buttons, press.reason))
        return pressed

    assert run() == run()


def test_a_replay_that_goes_back_begins_anew() -> None:
    player = Player()
    player.plan = plan("p", actions="<btn_A>")
    first = [press.buttons for press in player.run(12)]
    player.frame_index = 0
    assert [press.buttons for press in player.run(12)] == first


def test_it_sheds_looking_ahead_and_then_looking_around() -> None:
    player = Player()
    player.shed = frozenset({"predictor"})
    player.plan = plan("p", (9, 5))
    assert {press.reason for press in player.run(60)} == {"plan: go"}
    player.run(540)
    facts = next(report.facts for report in player.reports if report.name == "reflex.stats")
    assert facts["predict.asked"] == 0
    player = Player()
    player.shed = frozenset(Reflex.sheds)
    thinks = event("think.begun", 0)
    assert "random" in player.see([tile(5, 6, "obstacle_wall")], thinks).reason
    player.shed = frozenset()
    assert player.see().reason == "explore: obstacle_ahead → turn_around"


def test_every_reason_names_its_source() -> None:
    assert source_of("plan: go") == "plan"
    assert source_of("something: else") == ""
    assert source_of("") == ""


def test_bad_config_is_told() -> None:
    with pytest.raises(UsageError, match="unknown config speed"):
        make(Reflex, {"speed": 3}, "reflex")
