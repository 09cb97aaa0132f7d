"""What may be known: keys, properties, relations, and what errors say."""

import re

import pytest

from agents.knowledge.errors import FactError
from agents.knowledge.keys import Place, place_of, slug
from agents.knowledge.neo4j_store import RESERVED
from agents.knowledge.schema import (
    COUNT,
    FLAG,
    FLOAT,
    INT,
    LABELS,
    LATCH,
    OF_ONE_GAME,
    RELATIONS,
    TEXT,
    allowed,
    check,
    complete,
    derived,
    label_of,
    outlasting,
)
from runtime.wire import Fact


def test_everything_that_the_source_asks_for_is_there() -> None:
    """C11.1 and C11.2, flat as R7 has it, and C11.4."""
    wanted = {
        "Game": {"id", "title"},
        "Player": {"game_id", "level", "health"},
        "Area": {"id", "name", "x1", "y1", "x2", "y2", "discovered"},
        "Tile": {"x", "y", "type", "game_id"},
        "Quest": {"id", "type", "status", "priority"},
        "Objective": {"description", "target_x", "target_y", "completion_criteria", "status"},
    }
    assert {"NPC", "Item", "Experience", "Recipe"} <= LABELS.keys()
    for label, props in wanted.items():
        assert props <= LABELS[label].props.keys()
    assert {"HAS_OBJECTIVE", "LOCATED_IN", "CONTAINS_TILE", "HAS_QUEST", "LEADS_TO"} <= RELATIONS.keys()


def test_the_tables_agree_with_themselves() -> None:
    assert len({label.prefix for label in LABELS.values()}) == len(LABELS)
    for props in [label.props for label in LABELS.values()] + [relation.props for relation in RELATIONS.values()]:
        assert set(props.values()) <= {INT, FLOAT, TEXT, FLAG, COUNT, LATCH}
        assert props.keys().isdisjoint(RESERVED)
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in props)  # they become part of queries
    for label, names in OF_ONE_GAME.items():
        assert set(names) <= LABELS[label].props.keys()
    for relation in RELATIONS.values():
        assert {*relation.sources, *relation.targets} <= LABELS.keys()


@pytest.mark.parametrize(
    ("fact", "problem"),
    [
        (Fact("Dragon", "dragon:1"), "there are Game"),
        (Fact("NPC", "tile:1:2:3"), "must begin with 'npc'"),
        (Fact("NPC", "npc:1:2"), "area:x:y"),
        (Fact("NPC", "npc:a:b:c"), "area:x:y"),
        (Fact("NPC", "npc 1"), "is no key"),
        (Fact("Area", "area:north"), "whole number"),
        (Fact("Objective", "objective:main"), "quest:index"),
        (Fact("NPC", "npc:1:2:3", {"nose": 1}), "no property 'nose'"),
        (Fact("NPC", "npc:1:2:3", {"name": 1}), "wanted str, got int"),
        (Fact("NPC", "npc:1:2:3", {"met": 1}), "wanted latch, got int"),
        (Fact("NPC", "npc:1:2:3", {"talks": True}), "wanted count, got bool"),
        (Fact("NPC", "npc:1:2:3", {"talks": -1}), "0 or more"),
        (Fact("NPC", "npc:1:2:3", {"talks": 2**64}), "64 bits"),
        (Fact("NPC", "npc:1:2:3", {"confidence": float("inf")}), "finite"),
        (Fact("NPC", "npc:1:2:3", {"text": "x" * 5000}), "4000"),
        (Fact("NPC", "npc:1:2:3", {"x": 9}), "the key says 2"),
        (Fact("EATS", "npc:1:2:3", {}, "item:1:2:3"), "there are HAS_OBJECTIVE"),
        (Fact("LEADS_TO", "npc:1:2:3", {}, "area:1"), "begins at npc:1:2:3; allowed are Tile"),
        (Fact("LEADS_TO", "tile:1:2:3", {}, "npc:1:2:3"), "ends at npc:1:2:3; allowed are Tile"),
        (Fact("LEADS_TO", "tile:1:2:3", {"colour": "red"}, "area:1"), "no property 'colour'"),
    ],
)
def test_a_fact_that_does_not_follow_it_is_an_error_that_says_what_would(fact: Fact, problem: str) -> None:
    with pytest.raises(FactError, match=re.escape(problem)) as raised:
        check(fact)
    assert (raised.value.kind, raised.value.exit_status) in {(fact.kind, 2), ("node", 2), ("NPC", 2)}


@pytest.mark.parametrize(
    "fact",
    [
        Fact("Tile", "tile:3:-1:7", {"type": "walkable_grass", "walked": 3, "confidence": 1}),
        Fact("TileKind", "kind:00f3", {"look": "00ff", "blocked": 2}),
        Fact("Objective", "objective:a-b:0", {"target_area": 1, "target_x": 2, "target_y": 3}),
        Fact("LEADS_TO", "tile:1:23:9", {"press": "RIGHT", "one_way": True}, "tile:2:0:8"),
        Fact("LEADS_TO", "area:1", {}, "area:2"),
        Fact("OPENS", "item:1:2:3", {}, "door:4:5:6"),
    ],
)
def test_facts_that_follow_it(fact: Fact) -> None:
    check(fact)


def test_a_key_says_where_a_thing_is() -> None:
    assert complete("tile:3:12:7", {"type": "x"}) == {"area": 3, "x": 12, "y": 7, "type": "x"}
    assert complete("objective:a:b:2", {}) == {"quest": "a:b", "index": 2}
    assert (place_of("npc:3:12:7"), place_of("area:3"), place_of("quest:x")) == ((3, 12, 7), (3, -1, -1), Place())
    assert label_of("kind:00ff") == "TileKind"
    assert slug("Élder Rowan's  KEY!") == "lder-rowan-s-key"
    assert slug("!!") == "unnamed"


def test_what_keys_and_properties_say_as_relations() -> None:
    assert list(derived("npc:1:2:3", complete("npc:1:2:3", {}), "g")) == [Fact("LOCATED_IN", "npc:1:2:3", {}, "area:1")]
    assert [fact.kind for fact in derived("tile:1:2:3", complete("tile:1:2:3", {"look": "ff"}), "g")] == [
        *("CONTAINS_TILE", "OF_KIND"),
    ]
    assert [fact.key for fact in derived("quest:a", {"id": "a"}, "g")] == ["game:g"]


def test_what_a_new_game_has_back_is_not_told() -> None:
    item = Fact("Item", "item:1:2:3", {"name": "key", "taken": True})
    assert outlasting(item) == Fact("Item", "item:1:2:3", {"name": "key"})
    tile = Fact("Tile", "tile:1:2:3", {"walked": 1})
    assert outlasting(tile) is tile
    assert allowed(Fact("NPC", "npc:1:2:3", {"nose": 1, "name": "A"})) == Fact("NPC", "npc:1:2:3", {"name": "A"})
