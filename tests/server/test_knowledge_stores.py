"""All stores keep one contract. "arcadedb_stand_in" is the neo4j driver on a server that is not Neo4j."""

import contextlib
import io
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.knowledge.errors import FactError, StoreError
from agents.knowledge.facts import Facts
from agents.knowledge.merging import merge, read_header, read_records, write_lines
from agents.knowledge.migrations import migrate
from agents.knowledge.schema import RELATIONS, VERSION, complete
from agents.knowledge.store import GraphStore, Record, open_store
from runtime.errors import UsageError
from runtime.wire import Fact, Scalar
from tests.arcadedb import arcadedb

KINDS = ["sqlite", "arcadedb_stand_in", *(["neo4j"] if os.environ.get("NEO4J_URI") else [])]

_games = itertools.count()

#: Fresh stores on one server are told apart by their game.
_RUN = os.getpid()


class Opener:
    """Makes stores of one kind; each game is one of its own."""

    def __init__(self, kind: str, folder: Path, url: str) -> None:
        self.kind, self._folder, self._url = kind, folder, url

    def new_game(self) -> str:
        return f"game-{_RUN}-{next(_games)}"

    def open(self, game: str, writer: str = "me") -> GraphStore:
        return open_store(self._url or str(self._folder / f"{game}.db"), game=game, writer=writer)

    @contextlib.contextmanager
    def fresh(self) -> Iterator[GraphStore]:
        with self.open(self.new_game()) as store:
            yield store


@pytest.fixture(scope="module", params=KINDS)
def opener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    folder = tmp_path_factory.mktemp("stores")
    if request.param == "arcadedb_stand_in":
        with arcadedb(folder / "arcadedb") as url:
            yield Opener(request.param, folder, url)
    else:
        yield Opener(request.param, folder, os.environ["NEO4J_URI"] if request.param == "neo4j" else "")


@pytest.fixture
def store(opener: Opener) -> Iterator[GraphStore]:
    with opener.fresh() as store:
        yield store


def tile(x: int, y: int = 0, area: int = 1, **props: Scalar) -> Fact:
    return Fact("Tile", f"tile:{area}:{x}:{y}", props)


ROWAN = Fact("NPC", "npc:1:10:6", {"name": "ROWAN", "met": True, "talks": 2})
DOOR = Fact("LEADS_TO", "tile:1:23:9", {"press": "RIGHT"}, "tile:2:0:8")


def test_a_node_is_as_it_was_written(store: GraphStore) -> None:
    store.upsert(
        [Fact("NPC", "npc:1:10:6", {"name": 'Élise "\\ 日本\n', "met": True, "talks": 2**62, "confidence": 0.1})]
    )
    node = store.node("npc:1:10:6")
    assert node is not None
    expected = {"area": 1, "x": 10, "y": 6, "name": 'Élise "\\ 日本\n', "met": True, "talks": 2**62, "confidence": 0.1}
    assert node.props == expected
    assert {name: type(value) for name, value in node.props.items()} == {n: type(v) for n, v in expected.items()}
    assert (node.kind, node.place) == ("NPC", (1, 10, 6))
    assert store.node("npc:1:10:7") is None


def test_facts_merge_and_the_last_wins(store: GraphStore) -> None:
    assert store.upsert([tile(3, type="floor", walked=1), tile(3, type="grass")]) > 0
    store.upsert([tile(3, walked=5)])
    node = store.node("tile:1:3:0")
    assert node is not None
    assert node.props == {"area": 1, "x": 3, "y": 0, "type": "grass", "walked": 5}


def test_what_changes_nothing_leaves_no_trace(store: GraphStore) -> None:
    store.upsert([ROWAN, DOOR])
    revision = store.revision()
    assert store.upsert([ROWAN, DOOR, Fact("NPC", "npc:1:10:6", {"met": True})]) == 0
    assert list(store.records(after=revision)) == []


def test_a_bad_fact_is_refused_and_nothing_of_its_batch_is_written(store: GraphStore) -> None:
    for bad in (
        Fact("Dragon", "dragon:1"),
        Fact("NPC", "npc:1:10", {}),
        Fact("NPC", "npc:1:10:6", {"nose": 1}),
        Fact("NPC", "npc:1:10:6", {"talks": "two"}),
        Fact("NPC", "npc:1:10:6", {"x": 11}),
        Fact("LEADS_TO", "npc:1:10:6", {}, "area:2"),
        Fact("NPC", "npc:1:10:6", {"confidence": float("nan")}),
    ):
        with pytest.raises(FactError):
            store.upsert([tile(1), bad])
    assert store.counts() == {}


def test_relations_make_the_ends_they_lack(store: GraphStore) -> None:
    store.upsert([DOOR])
    there = store.node("tile:2:0:8")
    assert there is not None
    assert there.props == {"area": 2, "x": 0, "y": 8}
    assert [(e.kind, e.key, e.to, e.props) for e in store.neighbours("tile:1:23:9", "LEADS_TO")] == [
        ("LEADS_TO", "tile:1:23:9", "tile:2:0:8", {"press": "RIGHT"})
    ]
    assert [e.key for e in store.neighbours("tile:2:0:8", "LEADS_TO", back=True)] == ["tile:1:23:9"]
    assert store.neighbours("tile:2:0:8", "LEADS_TO") == []


def test_what_keys_say_becomes_relations_that_need_not_be_told(store: GraphStore) -> None:
    store.upsert([ROWAN, tile(3, look="00ff"), Fact("Objective", "objective:main:0", {"target_area": 1})])
    assert {e.to for e in store.neighbours("npc:1:10:6", "LOCATED_IN")} == {"area:1"}
    assert {e.to for e in store.neighbours("area:1", "CONTAINS_TILE")} == {"tile:1:3:0"}
    assert {e.to for e in store.neighbours("tile:1:3:0", "OF_KIND")} == {"kind:00ff"}
    assert {e.to for e in store.neighbours("quest:main", "HAS_OBJECTIVE")} == {"objective:main:0"}
    assert {e.to for e in store.neighbours(f"game:{store.game}", "HAS_QUEST")} == {"quest:main"}
    assert not [fact for fact in store.facts() if fact.to]
    store.upsert([tile(3, look="ff00")])
    assert {e.to for e in store.neighbours("tile:1:3:0", "OF_KIND")} == {"kind:ff00"}


def test_a_store_gives_the_whole_view_back(store: GraphStore) -> None:
    told = [ROWAN, DOOR, tile(3, type="floor"), Fact("Item", "item:1:2:3", {"name": "key", "taken": False})]
    store.upsert(told)
    view, before = Facts(store.facts()), Facts(told)
    for node in before.nodes():
        again = view.node(node.key)
        assert again is not None
        assert again.props == node.props
    assert [edge.to for edge in view.edges("LEADS_TO")] == ["tile:2:0:8"]
    assert {fact.kind for fact in store.facts(["NPC"])} == {"NPC"}


def test_nodes_of_a_label_by_property(store: GraphStore) -> None:
    store.upsert([tile(x, type="floor" if x % 2 else "wall", hazard=x == 3) for x in range(6)])
    assert [node.number("x") for node in store.nodes("Tile", {"type": "floor"})] == [1, 3, 5]
    assert [node.number("x") for node in store.nodes("Tile", {"type": "floor", "hazard": True})] == [3]
    assert [node.key for node in store.nodes("Tile", limit=2)] == ["tile:1:0:0", "tile:1:1:0"]
    with pytest.raises(FactError):
        store.nodes("Tile", {"type) OR (1": 1})
    with pytest.raises(FactError):
        store.nodes("Dragon")


def test_the_nearest(store: GraphStore) -> None:
    store.upsert([tile(x, y) for x in range(6) for y in range(6)] + [tile(2, 2, area=9)])
    assert [node.key for node in store.nearest("Tile", 1, 2, 2, 5)] == [
        *("tile:1:2:2", "tile:1:1:2", "tile:1:2:1", "tile:1:2:3", "tile:1:3:2"),
    ]
    assert [node.key for node in store.nearest("Tile", 9, 0, 0, 5)] == ["tile:9:2:2"]
    store.upsert([Fact("Objective", "objective:main:0", {"target_area": 9, "target_x": 1, "target_y": 1})])
    assert [node.key for node in store.nearest("Objective", 9, 0, 0)] == ["objective:main:0"]
    store.upsert([ROWAN, Fact("NPC", "npc:1:0:0", {"at_x": 11, "at_y": 11})])  # who was first seen at 0, 0
    assert [node.key for node in store.nearest("NPC", 1, 11, 9, 2)] == ["npc:1:0:0", "npc:1:10:6"]
    with pytest.raises(UsageError):
        store.nearest("TileKind", 1, 0, 0)


def test_the_shortest_path_over_a_relation(store: GraphStore) -> None:
    ways = [(1, 2), (2, 3), (3, 4), (1, 5), (5, 4), (6, 1)]
    store.upsert([Fact("LEADS_TO", f"area:{a}", {}, f"area:{b}") for a, b in ways])
    assert store.path("LEADS_TO", "area:1", "area:4") == ("area:1", "area:5", "area:4")
    assert store.path("LEADS_TO", "area:1", "area:1") == ("area:1",)
    assert store.path("LEADS_TO", "area:4", "area:1") == ()
    assert store.path("LEADS_TO", "area:1", "area:4", most=1) == ()


def test_delete_takes_the_relations_with_it(store: GraphStore) -> None:
    store.upsert([ROWAN, DOOR])
    assert store.delete(["tile:2:0:8", "npc:1:10:6", "npc:9:9:9"]) == 2
    assert store.node("tile:2:0:8") is None
    assert store.neighbours("tile:1:23:9", "LEADS_TO") == []
    assert store.counts() == {"Area": 2, "Tile": 1, "CONTAINS_TILE": 1}
    assert store.delete([]) == 0


def test_retain_keeps_the_newest(store: GraphStore) -> None:
    for i in range(5):
        store.upsert([Fact("Experience", f"experience:{i}", {"tried": 1})])
    store.upsert([Fact("Experience", "experience:0", {"tried": 2})])
    assert store.retain("Experience", 2) == 3
    assert [node.key for node in store.nodes("Experience")] == ["experience:0", "experience:4"]


def test_two_writers_see_what_the_other_wrote(opener: Opener) -> None:
    game = opener.new_game()
    with opener.open(game, "one") as one, opener.open(game, "two") as two:
        assert one.identity == two.identity != ""
        one.upsert([ROWAN])
        seen = one.revision()
        two.upsert([tile(1), Fact("NPC", "npc:1:10:6", {"talks": 3})])
        news = list(one.records(after=seen, not_by="one"))
        assert {(record.key, record.writer) for record in news if not record.to} == {
            ("tile:1:1:0", "two"),
            ("npc:1:10:6", "two"),
        }
        assert list(two.records(after=seen, not_by="two")) == []
        assert two.revision() > seen


def test_a_store_is_kept_and_its_games_apart(opener: Opener) -> None:
    game = opener.new_game()
    with opener.open(game) as store:
        store.upsert([ROWAN])
        identity = store.identity
    with opener.open(game) as store:
        assert store.node("npc:1:10:6") is not None
        assert store.identity == identity
    with opener.fresh() as other:
        assert other.counts() == {}
        assert other.identity != identity


def test_an_export_is_imported_without_loss(opener: Opener) -> None:
    with opener.fresh() as store, opener.fresh() as copy:
        store.upsert(
            [ROWAN, DOOR, tile(3, look="00ff"), Fact("Recipe", "recipe:x", {"actions": "<btn_A>", "confidence": 1.0})]
        )
        lines = io.BytesIO()
        assert write_lines(store, lines) == len(list(store.records()))
        lines.seek(0)
        assert read_header(lines.readline(), "export").game == store.game
        merge(copy, read_records(lines, "export"))
        assert list(copy.records()) == list(store.records())
        again = io.BytesIO()
        write_lines(copy, again)
        assert again.getvalue().splitlines()[1:] == lines.getvalue().splitlines()[1:]


def test_a_newer_schema_is_refused_and_an_older_one_migrated(opener: Opener) -> None:
    game = opener.new_game()
    with opener.open(game) as store:
        store.upsert([ROWAN, tile(1), DOOR])

        def migration(record: Record) -> list[Record]:
            if record.kind == "NPC":
                return [
                    Record(record.kind, record.key, "", {**complete(record.key, {}), "role": "elder"}, record.at_ns)
                ]
            return [] if record.key == "tile:1:1:0" or record.to == "tile:1:1:0" else [record]

        assert migrate(store, {VERSION: migration}, VERSION + 1) == 1
        assert migrate(store, {VERSION: migration}, VERSION + 1) == 0
        npc = store.node("npc:1:10:6")
        assert npc is not None
        assert npc.props == {"area": 1, "x": 10, "y": 6, "role": "elder"}
        assert store.node("tile:1:1:0") is None
        assert [edge.to for edge in store.neighbours("tile:1:23:9", "LEADS_TO")] == ["tile:2:0:8"]
    with pytest.raises(StoreError, match="upgrade"):
        opener.open(game)


PROPS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.text(max_size=8).filter(lambda text: "\0" not in text),
        "walked": st.integers(0, 2**63 - 1),
        "confidence": st.floats(allow_nan=False, allow_infinity=False),
        "hazard": st.booleans(),
    },
)
FACTS = st.lists(
    st.one_of(
        st.builds(lambda x, props: tile(x, **props), st.integers(0, 3), PROPS),
        st.builds(
            lambda x, to, used: Fact("LEADS_TO", f"tile:1:{x}:0", {"used": used}, f"tile:1:{to}:0"),
            *(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9)),
        ),
    ),
    max_size=8,
)


def content(store: GraphStore) -> dict[tuple[str, str, str], dict[str, Scalar]]:
    return {(record.kind, record.key, record.to): record.props for record in store.records()}


def told(facts: list[Fact]) -> dict[tuple[str, str, str], dict[str, Scalar]]:
    return {(fact.kind, fact.key, fact.to): fact.props for fact in Facts(facts).export()}


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(FACTS, max_size=3))
def test_upserts_in_batches_are_the_fold_of_their_facts(opener: Opener, batches: list[list[Fact]]) -> None:
    with opener.fresh() as store:
        for batch in batches:
            store.upsert(batch)
        stored = {key: props for key, props in content(store).items() if not (key[2] and RELATIONS[key[0]].derived)}
        stored = {key: props for key, props in stored.items() if key[0] != "Area"}
        assert stored == told([fact for batch in batches for fact in batch])
        before = list(store.records())
        for batch in batches[-1:]:
            store.upsert(batch)
        assert list(store.records()) == before


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=FACTS, two=FACTS)
def test_merging_is_the_same_either_way_and_again_changes_nothing(
    opener: Opener, one: list[Fact], two: list[Fact]
) -> None:
    with opener.fresh() as a, opener.fresh() as b, opener.fresh() as ab, opener.fresh() as ba:
        a.upsert(one)
        b.upsert(two)
        for into, sources in ((ab, (a, b)), (ba, (b, a))):
            for source in sources:
                merge(into, source.records())
        assert list(ab.records()) == list(ba.records())
        assert merge(ab, a.records()) == merge(ab, b.records()) == merge(ab, ab.records()) == 0
        for key, props in (*content(a).items(), *content(b).items()):
            assert props.keys() <= content(ab)[key].keys()
