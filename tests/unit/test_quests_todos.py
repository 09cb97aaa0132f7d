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
    assert [(rule.type, rule.action, rule.priority) for rule in RULES] == [
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
        ("collect_item", "collect key", 6),
        ("interact_with_npc", "talk to MARLO", 5),
    ]
    assert todos.open(HERE)[1].place == (1, 5, 5)
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
        ("todo:interact_with_npc:npc:1:3:3", "done"),
        ("todo:collect_item:item:1:5:5", "done"),
    ]
    assert [todo.action for todo in todos.open(HERE)] == ["find_healing"]


def test_another_rule_is_another_line_of_data() -> None:
    rule = Rule("Door", "exploration", "open_door", 4, "open {name}", until="locked")
    todos = TodoManager([rule])
    todos.update({}, Facts([Fact("Door", "door:1:2:2"), Fact("Door", "door:1:3:3", {"locked": True})]))
    assert [(todo.description, todo.target) for todo in todos.open(HERE)] == [("open the door", "door:1:2:2")]
