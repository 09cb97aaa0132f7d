"""The fold in memory and the answers from it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.knowledge import Facts, KnowledgeView, Place, Query, Situation
from agents.knowledge.merging import combined
from agents.knowledge.paths import shortest
from agents.knowledge.phrases import phrase
from agents.knowledge.store import Record
from runtime.errors import UsageError
from runtime.wire import Fact, Learnt, Scalar

WORLD = [
    Fact("Area", "area:1", {"name": "village"}),
    Fact("NPC", "npc:1:10:6", {"name": "ELDER ROWAN", "text": "Go east and find an ember in the cave!", "met": True}),
    Fact("NPC", "npc:1:3:3", {"name": "MARLO"}),
    Fact("NPC", "npc:2:1:1", {"name": "WARDEN MAREN", "text": "The iron key opens the gate."}),
    Fact("Item", "item:1:12:6", {"name": "potion"}),
    Fact("Item", "item:1:13:6", {"name": "tonic", "taken": True}),
    Fact("Item", "item:3:5:2", {"name": "iron key"}),
    Fact("Door", "door:2:9:9", {"name": "gate", "locked": True, "needs": "iron key"}),
    Fact("LEADS_TO", "tile:1:23:9", {"press": "RIGHT"}, "tile:2:0:8"),
    Fact("Quest", "quest:ember", {"name": "light the wood", "type": "main_story", "status": "active"}),
    Fact("Objective", "objective:ember:0", {"description": "take the ember", "status": "active", "target_area": 3}),
    Fact("Objective", "objective:ember:1", {"description": "ask the elder", "status": "completed", "target_area": 1}),
    Fact("Todo", "todo:find_healing", {"description": "find healing", "priority": 9, "status": "pending"}),
    Fact("Experience", "experience:cave", {"goal": "cross the brambles in the cave", "tried": 3, "succeeded": 1}),
    Fact("Recipe", "recipe:gate", {"situation": "a locked gate", "strategy": "use key", "tried": 2, "worked": 2}),
    *(Fact("Tile", f"tile:1:{x}:{y}", {"type": "walkable_grass"}) for x in range(5) for y in range(5)),
]

HERE = Place(1, 11, 6)


@pytest.fixture
def view() -> KnowledgeView:
    return KnowledgeView(Facts(WORLD))


def test_messages_fold_in_their_order_and_the_last_wins() -> None:
    facts = Facts()
    changes: tuple[dict[str, Scalar], ...] = ({"type": "a", "walked": 1}, {"type": "b"}, {"walked": 5})
    for index, props in enumerate(changes):
        facts.fold(Learnt(actor="x", frame_index=index, sent_ns=0, facts=(Fact("Tile", "tile:1:2:3", props),)))
    node = facts.node("tile:1:2:3")
    assert node is not None
    assert node.props == {"area": 1, "x": 2, "y": 3, "type": "b", "walked": 5}
    assert (facts.changes, node.changed, len(facts)) == (3, 3, 1)


def test_what_a_message_holds_is_not_changed_by_later_ones() -> None:
    fact = Fact("Tile", "tile:1:2:3", {"type": "a"})
    Facts([fact, Fact("Tile", "tile:1:2:3", {"type": "b"})])
    assert fact.props == {"type": "a"}


def test_a_fact_about_no_thing_is_passed_over_and_counted() -> None:
    facts = Facts([Fact("Dragon", "dragon:1"), Fact("NPC", "npc:x"), Fact("NPC", "npc:1:2:3", {"x": 5})])
    assert (len(facts), facts.refused) == (0, 3)


def test_indexes(view: KnowledgeView) -> None:
    facts = view.facts
    assert [node.key for node in facts.label("NPC", {"met": True})] == ["npc:1:10:6"]
    assert [node.key for node in facts.of_area(1, "Item")] == ["item:1:12:6", "item:1:13:6"]
    assert [node.key for node in facts.nearest("NPC", 1, 4, 4, 2)] == ["npc:1:3:3", "npc:1:10:6"]
    assert [edge.to for edge in facts.neighbours("tile:1:23:9", "LEADS_TO")] == ["tile:2:0:8"]
    assert [edge.key for edge in facts.neighbours("tile:2:0:8", back=True)] == ["tile:1:23:9"]
    assert facts.path("LEADS_TO", "tile:1:23:9", "tile:2:0:8") == ("tile:1:23:9", "tile:2:0:8")
    assert facts.counts()["Tile"] == 27
    assert "npc:1:3:3" in facts


def test_who_walks_about_is_where_he_was_seen_last() -> None:
    facts = Facts([Fact("NPC", "npc:1:9:9", {"at_x": 2, "at_y": 3}), Fact("NPC", "npc:1:5:5")])
    assert [node.key for node in facts.nearest("NPC", 1, 2, 2, 1)] == ["npc:1:9:9"]


def test_a_thing_that_moves_to_another_area_is_there_and_no_longer_here() -> None:
    facts = Facts([Fact("Player", "player:g", {"area": 1, "x": 1, "y": 1}), Fact("Player", "player:g", {"area": 2})])
    assert facts.of_area(1, "Player") == []
    assert [node.place for node in facts.of_area(2, "Player")] == [(2, 1, 1)]


def test_an_export_gives_the_same_knowledge(view: KnowledgeView) -> None:
    again = Facts(view.facts.export())
    assert [(node.key, node.props) for node in again.nodes()] == [(n.key, n.props) for n in view.facts.nodes()]
    assert again.edges("LEADS_TO") == view.facts.edges("LEADS_TO")


def test_instant_knowledge_by_topic(view: KnowledgeView) -> None:
    assert [node.key for node in view.get_instant_knowledge("npc", HERE)] == ["npc:1:10:6", "npc:1:3:3"]
    assert [node.key for node in view.get_instant_knowledge("item", HERE, 1)] == ["item:1:12:6"]
    assert [node.key for node in view.get_instant_knowledge("item", Place())] == [
        *("item:1:12:6", "item:1:13:6", "item:3:5:2"),
    ]
    assert view.get_instant_knowledge("spatial", Place(1, 2, 2), 3)[1].key == "tile:1:2:2"
    quests = {node.key for node in view.get_instant_knowledge("quest", HERE)}
    assert quests == {"quest:ember", "objective:ember:0", "todo:find_healing"}
    with pytest.raises(UsageError, match="spatial, quest, npc, item"):
        view.get_instant_knowledge("weather", HERE)  # type: ignore[arg-type]  # what is tested


def test_memories_by_type(view: KnowledgeView) -> None:
    def best(kind: str, text: str) -> str:
        return view.recall(Query(kind, text=text, place=HERE), 1)[0].node.key

    assert best("semantic", "who knows of the iron key?") in {"npc:2:1:1", "item:3:5:2", "door:2:9:9"}
    assert best("semantic", "where is the ember") == "npc:1:10:6"
    assert best("procedural", "a locked gate") == "recipe:gate"
    assert best("episodic", "") == "experience:cave"
    assert best("strategic", "healing") == "todo:find_healing"
    with pytest.raises(UsageError, match="episodic"):
        view.recall(Query("olfactory"))
    several = view.recall_all([Query("episodic", priority=1.0), Query("strategic", text="healing", priority=2.0)])
    assert [found.node.kind for found in several][:1] == ["Todo"]
    assert len({found.node.key for found in several}) == len(several)


def test_what_matters_is_near_wanted_and_not_over(view: KnowledgeView) -> None:
    found = view.relevant(Situation(HERE, goal="open the iron gate"), 20)
    keys = [each.node.key for each in found]
    assert keys.index("door:2:9:9") < keys.index("npc:1:3:3")
    assert {"item:1:13:6", "objective:ember:1"}.isdisjoint(keys)
    assert found == sorted(found, key=lambda each: (-each.score, each.node.key))
    assert view.relevant(Situation(HERE), 3) == view.relevant(Situation(HERE), 3)
    assert [each.text for each in view.search("warden")] == [
        "WARDEN MAREN at area 2 (1,1) says: The iron key opens the gate."
    ]


def test_every_label_has_a_sentence(view: KnowledgeView) -> None:
    said = {node.kind: phrase(node) for node in view.facts.nodes()}
    assert said["Door"] == "door at area 2 (9,9), locked, needs iron key"
    assert said["Objective"] == "completed: ask the elder at area 1"
    assert said["Recipe"] == "when a locked gate: use key worked 2 of 2 times"
    assert said["Experience"] == "tried cross the brambles in the cave: 1 of 3 times it worked"
    assert said["Todo"] == "todo, pending, priority 9: find healing"
    assert said["Quest"] == "quest light the wood (main_story, active)"
    assert said["Area"] == "area 1 village" or said["Area"].startswith("area ")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20), st.integers(0, 5), st.integers(0, 5))
def test_the_shortest_way_is_one_and_none_is_shorter(ways: list[tuple[int, int]], start: int, goal: int) -> None:
    steps = {(f"n{a}", f"n{b}") for a, b in ways}
    path = shortest(lambda keys: [step for step in steps if step[0] in keys], f"n{start}", f"n{goal}", 10)
    reached, distance = {f"n{start}"}, 0
    while f"n{goal}" not in reached and distance < 10:
        reached |= {b for a, b in steps if a in reached}
        distance += 1
    assert len(path) == (distance + 1 if f"n{goal}" in reached else 0)
    assert set(itertools.pairwise(path)) <= steps
    assert not path or (path[0], path[-1]) == (f"n{start}", f"n{goal}")


RECORDS = st.builds(
    lambda props, at_ns, writer: Record("Tile", "tile:1:2:3", "", props, at_ns, writer),
    st.fixed_dictionaries(
        {},
        optional={
            "walked": st.integers(0, 9),
            "type": st.sampled_from(["floor", "wall", ""]),
            "confidence": st.sampled_from([0, 0.5, 1.0]),
            "spoke": st.booleans(),
        },
    ),
    st.integers(0, 3),
    st.sampled_from(["a", "b"]),
)


@given(RECORDS, RECORDS)
def test_two_records_know_the_same_together_either_way_and_once_is_enough(one: Record, two: Record) -> None:
    joined = combined(one, two)
    assert joined == combined(two, one)
    assert combined(joined, two) == joined == combined(joined, one)
    assert joined.props.keys() == one.props.keys() | two.props.keys()
    counts = [int(record.props["walked"]) for record in (one, two) if "walked" in record.props]
    assert joined.props.get("walked") == (max(counts) if counts else None)
    assert bool(joined.props.get("spoke")) == any(record.props.get("spoke") for record in (one, two))
    newer = one if one.at_ns > two.at_ns else two
    if one.at_ns != two.at_ns and "type" in newer.props:
        assert joined.props["type"] == newer.props["type"]
