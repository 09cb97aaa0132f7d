"""Todos by rules."""

import pytest

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place
from agents.knowledge.schema import check
from agents.quests.todos import RULES, Rule, TodoManager, health_share
from runtime.wire import Fact, Scalar

MARLO = Fact("NPC", "npc:1:3:3", {"name": "MARLO"})
KEY = Fact("Item", "item:1:5:5", {"name": "key"})
HERE = Place(1, 4, 4)


def test_the_rules_are_those_of_the_source() -> None:
    """C12.4: type, action and priority."""
    assert [(rule.type, rule.action, rule.priority) for rule in RULES[:3]] == [
        ("urgent", "find_healing", 9),
        ("social", "interact_with_npc", 5),
        ("collection", "collect_item", 6),
    ]


@pytest.mark.parametrize(
    ("state", "share"),
    [
        ({"player.hp": 3, "player.max_hp": 12}, 0.25),
        ({"health": 19}, 0.19),  # the source's own 20, where the most is not known
        ({}, 1.0),
        ({"player.hp": 0, "player.max_hp": 0}, 1.0),
    ],
)
def test_health_is_a_share_of_the_most(state: dict[str, Scalar], share: float) -> None:
    assert health_share(state) == share


def test_low_health_strangers_and_things_in_sight_are_todos_in_order_of_priority() -> None:
    todos = TodoManager()
    changed = todos.update({"player.hp": 1, "player.max_hp": 12}, Facts([MARLO, KEY]))
    for fact in changed:
        check(fact)
    assert [(todo.action, todo.description, todo.priority) for todo in todos.open(HERE)] == [
        ("find_healing", "health is low: find healing", 9),
        ("rest", "rest before going on", 7),
        ("collect_item", "collect key", 6),
        ("interact_with_npc", "talk to MARLO", 5),
    ]
    assert todos.open(HERE)[2].place == (1, 5, 5)
    assert {fact.props["status"] for fact in changed} == {"pending"}


def test_of_equal_todos_the_nearest_is_first_and_those_of_this_area() -> None:
    todos = TodoManager()
    names = ("npc:2:4:4", "npc:1:9:9", "npc:1:4:5")
    todos.update({}, Facts([Fact("NPC", key) for key in names]))
    assert [todo.target for todo in todos.open(HERE)] == ["npc:1:4:5", "npc:1:9:9", "npc:2:4:4"]


def test_a_todo_is_published_once_and_once_more_when_it_is_done() -> None:
    todos, facts = TodoManager(), Facts([MARLO, KEY])
    assert len(todos.update({}, facts)) == 2
    assert todos.update({}, facts) == ()
    facts.add([Fact("NPC", "npc:1:3:3", {"met": True}), Fact("Item", "item:1:5:5", {"taken": True})])
    done = todos.update({"player.hp": 1, "player.max_hp": 12}, facts)
    assert [(fact.key, fact.props["status"]) for fact in done] == [
        ("todo:find_healing", "pending"),
        ("todo:rest", "pending"),
        ("todo:interact_with_npc:npc:1:3:3", "done"),
        ("todo:collect_item:item:1:5:5", "done"),
    ]
    assert [todo.action for todo in todos.open(HERE)] == ["find_healing", "rest"]


def test_who_harms_is_nobody_to_talk_to() -> None:
    todos = TodoManager()
    todos.update({}, Facts([Fact("NPC", "npc:1:3:3", {"hostile": True}), Fact("NPC", "npc:1:4:3")]))
    assert [todo.target for todo in todos.open(HERE)] == ["npc:1:4:3"]


def test_gold_that_came_since_the_last_shop_is_to_be_spent() -> None:
    todos = TodoManager()

    def actions(gold: int, context: int = 1) -> list[str]:
        todos.update({"player.gold": gold, "context": context}, Facts())
        return [todo.action for todo in todos.open(HERE)]

    assert actions(29) == []
    assert actions(30) == ["buy_supplies"]
    assert actions(12, context=6) == []
    assert actions(41) == []
    assert actions(42) == ["buy_supplies"]


def test_what_was_locked_is_come_back_to_when_the_game_has_come_on() -> None:
    mill = Fact(
        "NPC", "npc:7:22:9", {"role": "sign", "name": "MILL", "text": "The door is locked.", "talked": 4, "met": True}
    )
    sign = Fact("NPC", "npc:7:8:7", {"role": "sign", "name": "SIGN", "text": "West: the inn", "talked": 4, "met": True})
    facts, todos = Facts([mill, sign, Fact("Player", "player:emberwood", {"progress": 4})]), TodoManager()
    assert todos.update({}, facts) == ()
    facts.add([Fact("Player", "player:emberwood", {"progress": 5})])
    for fact in todos.update({}, facts):
        check(fact)
    assert [(todo.action, todo.description, todo.place) for todo in todos.open(HERE)] == [
        ("come_back", "come back to MILL: it may give way now", (7, 22, 9))
    ]
    facts.add([Fact("NPC", "npc:7:22:9", {"talked": 5})])
    assert [fact.props["status"] for fact in todos.update({}, facts)] == ["done"]


def test_another_rule_is_another_line_of_data() -> None:
    rule = Rule("Door", "exploration", "open_door", 4, "open {name}", until="locked")
    todos = TodoManager([rule])
    todos.update({}, Facts([Fact("Door", "door:1:2:2"), Fact("Door", "door:1:3:3", {"locked": True})]))
    assert [(todo.description, todo.target) for todo in todos.open(HERE)] == [("open the door", "door:1:2:2")]
