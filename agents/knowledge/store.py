"""The graph store: typed operations on what is known, for the librarian, commands and evaluations. Never for actors.

    with open_store("sqlite", game="emberwood") as store:
        store.upsert([Fact("NPC", "npc:1:10:6", {"name": "Rowan"})])
    facts = remembered("sqlite", game="emberwood")     # the whole view again, after a restart

`agents.knowledge.sqlite_store` is the default; `neo4j_store` needs `pip install 'framewire[knowledge]'`.
Both keep one contract (tests/server/test_knowledge_stores.py):

- a fact is merged into what is there, the last one wins property by property; one that changes nothing leaves no trace;
- a relation makes the ends it lacks, with what their keys say;
- what keys and properties say as relations (schema, `derived`) is written beside each node;
- each write that changes something has a higher revision than all before it, across all writers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from agents.knowledge.errors import FactError, StoreError
from agents.knowledge.facts import Edge, Facts, Node
from agents.knowledge.paths import Path as KeyPath
from agents.knowledge.schema import LABELS, RELATIONS, check, complete, derived, label_of
from runtime.config import state_folder
from runtime.errors import UsageError
from runtime.wire import Fact, Scalar

#: Facts written in one transaction; a thousand take 12 ms in SQLite (tests/bench/bench_knowledge.py).
BATCH = 1000

#: Labels whose nodes lie somewhere, so that one can ask for the nearest.
PLACED = ("Tile", "NPC", "Item", "Door", "Player", "Quest", "Objective", "Todo", "Experience", "Recipe")


#: Derived relations of which a node has one: another look or area takes the place of the one before.
ONE_TARGET = ("OF_KIND", "LOCATED_IN")

_BOLT = ("neo4j://", "neo4j+s://", "neo4j+ssc://", "bolt://", "bolt+s://", "bolt+ssc://")


class Record(msgspec.Struct, frozen=True):
    """A stored fact with when and by whom it was changed last.

    Attributes:
        kind: As in Fact, as the next three.
        key: See kind.
        to: See kind.
        props: See kind.
        at_ns: When, wall clock, ns since 1970.
        writer: Who wrote it.
    """

    kind: str
    key: str
    to: str = ""
    props: dict[str, Scalar] = {}
    at_ns: int = 0
    writer: str = ""

    @property
    def fact(self) -> Fact:
        """Without when and by whom."""
        return Fact(self.kind, self.key, self.props, self.to)


class GraphStore(Protocol):
    """What is known of one game, on disk or on a server. Calls block, and raise StoreError when it cannot be used."""

    game: str

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def identity(self) -> str:
        """A name that another store, and this one made anew, does not have."""

    def upsert(self, facts: Sequence[Fact]) -> int:
        """Merge facts, in their order, in one transaction; return how many nodes and relations changed.

        Raises:
            FactError: One does not follow the schema; nothing was written.
        """

    def put(self, records: Sequence[Record]) -> None:
        """Replace nodes and relations by these, with their `at_ns` and `writer`: for imports and merges."""

    def node(self, key: str) -> Node | None:
        """Return a node."""

    def nodes(self, label: str, where: Mapping[str, Scalar] | None = None, limit: int = 0) -> list[Node]:
        """Return a label's nodes with these properties, by key; a limit of 0 is none."""

    def neighbours(self, key: str, relation: str = "", *, back: bool = False) -> list[Edge]:
        """Return the relations that begin (`back`: end) at a node, by kind and key."""

    def nearest(self, label: str, area: int, x: int, y: int, limit: int = 1) -> list[Node]:
        """Return the nodes of a label in an area nearest to a cell, by distance, then key."""

    def path(self, relation: str, start: str, goal: str, most: int = 64) -> KeyPath:
        """Return the keys of a shortest way over a relation of at most so many steps; empty when there is none."""

    def delete(self, keys: Sequence[str]) -> int:
        """Remove nodes and their relations; return how many nodes there were."""

    def retain(self, label: str, newest: int) -> int:
        """Remove all but the newest nodes of a label; return how many."""

    def counts(self) -> dict[str, int]:
        """Return how many there are of each label and relation."""

    def revision(self) -> int:
        """Return the revision of the newest write."""

    def records(self, after: int = 0, not_by: str = "") -> Iterator[Record]:
        """Yield what changed after a revision and was not written by somebody: nodes by key, then relations."""

    def facts(self, labels: Iterable[str] = ()) -> Iterator[Fact]:
        """Yield what is to be told when a session begins: nodes (of these labels), and relations no key says."""

    def meta(self, name: str) -> str:
        """Return a value kept beside the graph; empty when there is none."""

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value beside the graph."""

    def vacuum(self) -> int:
        """Give back unused space; return how many bytes, 0 where the store does so by itself."""

    def close(self) -> None:
        """Disconnect."""


def open_store(url: str, *, game: str, writer: str = "", create: bool = True) -> GraphStore:
    """Open a store and bring it up to the present schema.

    Args:
        url: "sqlite" for `knowledge/<game>.db` in the state folder (.framewire); a path that ends in .db; or a Bolt
            URL (neo4j://, bolt://, with +s for TLS, as `neo4j://user:password@host:7687/database`).
        game: Whose knowledge; empty for that of the game which a file says, or a URL that ends in `?game=NAME`.
        writer: Who writes; what a session wrote itself it need not read again.
        create: Make it when there is none; else that is an error.

    Raises:
        UsageError: No store looks like that, or what it needs is not installed.
        StoreError: It cannot be used.
    """
    from agents.knowledge.migrations import migrate  # noqa: PLC0415 - it needs the protocol

    store = _open(url, game, writer, create)
    try:
        migrate(store)
    except BaseException:
        store.close()
        raise
    return store


def check_url(url: str) -> None:
    """Check that a store's URL looks like one.

    Raises:
        UsageError: It does not.
    """
    if url != "sqlite" and not url.endswith(".db") and not url.startswith(_BOLT):
        raise UsageError(f"store {url!r}: allowed are sqlite, a path that ends in .db, neo4j://… and bolt://…")


def remembered(url: str, *, game: str = "") -> Facts:
    """Return everything that a store knows, with what a new game has back; for evaluations and notebooks.

    Raises:
        StoreError: There is no such store, or it cannot be used.
    """
    with open_store(url, game=game, create=False) as store:
        return Facts(store.facts())


def default_path(game: str) -> Path:
    """Return where a game's knowledge lies when nothing else is said."""
    return state_folder() / "knowledge" / f"{game}.db"


def prepared(facts: Sequence[Fact], game: str) -> tuple[list[Fact], list[Fact]]:
    """Return what a write consists of: nodes, with what their keys say and all ends of relations; then relations.

    Several facts of one thing are one.

    Raises:
        FactError: A fact does not follow the schema.
    """
    nodes: dict[str, dict[str, Scalar]] = {}
    relations: dict[tuple[str, str, str], dict[str, Scalar]] = {}
    for fact in facts:
        check(fact)
        if fact.to:
            for end in (fact.key, fact.to):
                nodes.setdefault(end, complete(end, {}))
            relations.setdefault((fact.kind, fact.key, fact.to), {}).update(fact.props)
        else:
            nodes.setdefault(fact.key, {}).update(complete(fact.key, fact.props))
    waiting = list(nodes)
    for key in waiting:
        for said in derived(key, nodes[key], game):
            for end in (said.key, said.to):
                if end not in nodes:
                    nodes[end] = complete(end, {})
                    waiting.append(end)
            relations.setdefault((said.kind, said.key, said.to), {})
    return (
        [Fact(label_of(key), key, props) for key, props in nodes.items()],
        [Fact(kind, key, props, to) for (kind, key, to), props in relations.items()],
    )


def told(records: Iterable[Record], labels: Iterable[str] = ()) -> Iterator[Fact]:
    """Yield of records what is to be told: nodes of these labels, or all and the relations that nothing else says."""
    wanted = frozenset(labels)
    for record in records:
        if (record.kind in wanted) if wanted else not (record.to and RELATIONS[record.kind].derived):
            yield record.fact


def check_property(label: str, name: str) -> None:
    """Check that there is a label, and that it may have a property, before their names become part of a query.

    Raises:
        FactError: There is no such label or property.
    """
    if label not in LABELS:
        raise FactError(label, "*", f"no label {label!r}; there are {', '.join(LABELS)}")
    if name and name not in LABELS[label].props:
        raise FactError(label, "*", f"no property {name!r}; there are {', '.join(LABELS[label].props)}")


def check_placed(label: str) -> None:
    """Check that nodes of a label lie somewhere.

    Raises:
        UsageError: They do not.
    """
    if label not in PLACED:
        raise UsageError(f"no place is known of {label!r}; allowed are {', '.join(PLACED)}")


def _open(url: str, game: str, writer: str, create: bool) -> GraphStore:
    check_url(url)
    if url.startswith(_BOLT):
        try:
            from agents.knowledge.neo4j_store import Neo4jStore  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise UsageError(f"store {url.partition(':')[0]}: needs pip install 'framewire[knowledge]'") from error
        return Neo4jStore(url, game, writer)
    from agents.knowledge.sqlite_store import SqliteStore  # noqa: PLC0415 - it needs the protocol

    path = default_path(game) if url == "sqlite" else Path(url)
    if not create and not path.is_file():
        raise StoreError(f"store {path}: there is no such file")
    return SqliteStore(path, game, writer)
