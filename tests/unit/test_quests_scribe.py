"""What is said and done becomes facts: quests, todos, places, plans and what came of them."""

import pytest

from agents.knowledge.chronicle import Chronicle
from agents.knowledge.facts import Facts
from agents.knowledge.schema import check
from agents.quests.scribe import Scribe
from runtime.game import Game, parse_game
from runtime.wire import Event, Fact, Plan, Scalar

GAME = """
[game]
name = "tale"
title = "A Tale"
console = "gba"

[[watch]]
name = "area"
address = 0x02000000
type = "u8"
values = { 0 = "none", 1 = "village", 2 = "cave" }

[[watch]]
name = "player.facing"
address = 0x02000001
type = "u8"
values = { 0 = "down", 1 = "up", 2 = "left", 3 = "right" }
"""

OVERWORLD, GAME_OVER = 1, 9

ROWAN = Fact("NPC", "npc:1:5:4")


@pytest.fixture
def game() -> Game:
    return parse_game(GAME, "game.toml")


def state(context: int = OVERWORLD, **values: Scalar) -> dict[str, Scalar]:
    """Return a state: in the village at 5, 5, looking up."""
    place = {"area": 1, "player.x": 5, "player.y": 5, "player.facing": 1, "context": context}
    return place | {name.replace("_", "."): value for name, value in values.items()}


def of(facts: list[Fact], *labels: str) -> list[Fact]:
    return [fact for fact in facts if fact.kind in labels]


def said(text: str, key: str = ROWAN.key, name: str = "ROWAN") -> Fact:
    return Fact("NPC", key, {"text": text, "name": name, "met": True, "talks": 1})


def test_a_sign_points_to_places_which_are_quests_until_one_is_there(game: Game) -> None:
    scribe = Scribe(game, "tale")
    scribe.fold([said("North: the cave South: the lake", "npc:1:5:4", "SIGN")])
    first = scribe.write(0, state(), (), ())
    assert {fact.props["name"] for fact in of(first, "Quest")} == {"see cave", "see lake"}
    arrived = scribe.write(240, state(area=2), (), ())
    assert [fact.props["status"] for fact in of(arrived, "Quest")] == ["completed"]


def test_what_is_asked_for_is_a_quest_and_strangers_are_todos(game: Game) -> None:
    scribe = Scribe(game, "tale")
    scribe.fold([ROWAN, Fact("NPC", "npc:1:9:9")])
    written = scribe.write(0, state(), (), ())
    scribe.fold([said("Bring me three herbs.")])
    written += scribe.write(120, state(), (), ())
    for fact in written:
        check(fact)
    assert [fact.props["giver"] for fact in of(written, "Quest")] == ["npc:1:5:4"]
    assert next(fact for fact in written if fact.kind == "GIVES_QUEST").key == "npc:1:5:4"
    todos = [(fact.props["target"], fact.props["status"]) for fact in of(written, "Todo")]
    assert todos == [("npc:1:5:4", "pending"), ("npc:1:9:9", "pending"), ("npc:1:5:4", "done")]


def test_places_the_game_and_the_player_are_written_down_when_they_change(game: Game) -> None:
    scribe = Scribe(game, "tale")
    first = scribe.write(0, state(player_level=1, player_hp=9), (), ())
    assert of(first, "Area") == [Fact("Area", "area:1", {"discovered": True, "visits": 1, "name": "village"})]
    assert of(first, "Game") == [Fact("Game", "game:tale", {"title": "A Tale"})]
    assert of(first, "Player") == [Fact("Player", "player:tale", {"level": 1, "health": 9})]
    assert scribe.write(6, state(player_level=1, player_hp=9), (), ()) == []
    assert scribe.write(66, state(player_level=1, player_hp=9), (), ()) == []
    away = scribe.write(132, state(area=2, player_level=2, player_hp=9), (), ())
    assert [fact.key for fact in away] == ["area:2", "player:tale"]
    back = scribe.write(140, state(player_level=2, player_hp=9), (), ())
    assert [fact.props["visits"] for fact in back] == [2]


def test_a_game_without_a_description_has_places() -> None:
    scribe = Scribe(None, "thing")
    assert [fact.key for fact in scribe.write(0, {"area": 3}, (), ())] == ["area:3"]
    assert scribe.write(6, {}, (), ()) == []


def plan(number: int, frame: int, parent: str = "", **fields: str) -> Plan:
    return Plan(
        actor="s", frame_index=frame, sent_ns=0, plan_id=f"s-{number}", area=1, parent_id=parent,
        goal=fields.get("goal", "light the shrine"), strategy="goto", actions=fields.get("actions", ""),
    )  # fmt: skip


def event(name: str, number: int, **facts: Scalar) -> Event:
    return Event(source="tactic", frame_index=0, sent_ns=0, name=name, facts={"plan_id": f"s-{number}", **facts})


def test_what_came_of_plans_is_counted_by_goal_and_what_worked_is_a_recipe() -> None:
    chronicle, facts = Chronicle(), Facts()

    def look(frame: int, plans: list[Plan], events: list[Event]) -> list[Fact]:
        written = list(chronicle.look(frame, plans, events, {**state(), "player.hp": 9}, facts))
        for fact in written:
            check(fact)
        facts.add(written)
        return written

    assert look(0, [plan(1, 0), plan(7, 0, parent="s-1")], []) == []
    [failed] = look(60, [plan(1, 0)], [event("plan.failed", 1, why="no way")])
    assert (failed.kind, failed.key) == ("Experience", "experience:goto-light-the-shrine:1")
    assert {name: failed.props[name] for name in ("outcome", "tried", "succeeded", "failed", "frames", "reason")} == {
        **{"outcome": "failed", "tried": 1, "succeeded": 0, "failed": 1, "frames": 60, "reason": "no way"},
    }
    look(100, [plan(2, 100, actions="<btn_A>")], [])
    experience, recipe = look(160, [], [event("plan.done", 2), event("plan.done", 99), event("plan.done", 7)])
    assert (experience.props["tried"], experience.props["succeeded"], experience.props["failed"]) == (2, 1, 1)
    assert (recipe.key, recipe.props["actions"], recipe.props["worked"]) == (
        "recipe:goto-light-the-shrine",
        "<btn_A>",
        1,
    )
    assert look(170, [], [event("plan.done", 2)]) == []


def test_a_game_over_is_what_came_of_the_last_plan() -> None:
    chronicle, facts = Chronicle(), Facts()
    list(chronicle.look(0, [plan(1, 0, goal="beat the king")], [], state(), facts))
    [died] = chronicle.look(60, [], [], state(GAME_OVER), facts)
    assert (died.props["outcome"], died.props["failed"]) == ("died", 1)
    assert list(chronicle.look(66, [], [], state(GAME_OVER), facts)) == []
