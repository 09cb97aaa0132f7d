"""A store on a Neo4j server, or another that speaks Bolt and openCypher, through the `neo4j` driver.

Nodes carry their label and, flat, their properties (R7) with six more: `uid` ("<game>/<key>", unique), `key`, `game`,
`at_ns`, `writer`, `revision`. Several games share a database. A write is UNWIND and MERGE of batches, in one
transaction that takes its revision from the node `:KnowledgeStore` first, so that writers wait for each other there.
"""

import contextlib
import time
import urllib.parse
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from agents.knowledge.errors import StoreError
from agents.knowledge.facts import Edge, Node
from agents.knowledge.paths import Path
from agents.knowledge.schema import LABELS, RELATIONS, VERSION, label_of
from agents.knowledge.store import ONE_TARGET, PLACED, Record, check_placed, check_property, prepared, told
from runtime.errors import UsageError
from runtime.wire import Fact, Scalar

#: How long to try to reach the server.
LIMIT_S = 5.0

#: How long to repeat a transaction that another one disturbed; whoever needs longer tries again by himself.
_RETRY_S = 1.0

#: Says that a database has the constraints of this schema.
_PREPARED = f"prepared/{VERSION}"

#: What a node or relation has besides what is known of it.
RESERVED = ("uid", "key", "game", "at_ns", "writer", "revision")

#: A row is written when it is new or says something else; then it takes this write's revision.
_CHANGED = (
    "WHERE it.revision IS NULL OR any(name IN keys(row.props) WHERE it[name] IS NULL OR it[name] <> row.props[name])"
)
_STAMP = "it.at_ns = row.at_ns, it.writer = row.writer, it.revision = $revision"


T = TypeVar("T")


class Neo4jStore:
    """See GraphStore. For one thread."""

    def __init__(self, url: str, game: str, writer: str = "") -> None:
        """Connect, and make the constraints and indexes.

        Args:
            url: `neo4j://user:password@host:7687/database`; also bolt://, and +s or +ssc for TLS.
            game: Whose knowledge.
            writer: Who writes.

        Raises:
            UsageError: The URL is none.
            StoreError: No server answers there in time, or it does not let us in.
        """
        parts = urllib.parse.urlsplit(url)
        self.game = game or "".join(urllib.parse.parse_qs(parts.query).get("game", []))
        self._writer = writer
        if not parts.hostname or not self.game:
            name = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
            raise UsageError(f"store {name}: allowed is neo4j://user:password@host:7687/database?game=NAME")
        self._database = parts.path.strip("/") or None
        self._name = f"{parts.scheme}://{parts.hostname}:{parts.port or 7687}"
        auth = (
            (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
            if parts.username
            else None
        )
        self._driver = neo4j.GraphDatabase.driver(
            self._name,
            auth=auth,
            connection_timeout=LIMIT_S,
            connection_acquisition_timeout=LIMIT_S,
            max_transaction_retry_time=_RETRY_S,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
        )
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def identity(self) -> str:
        """See GraphStore."""
        return self.meta("identity")

    def upsert(self, facts: Sequence[Fact]) -> int:
        """See GraphStore."""
        nodes, relations = prepared(facts, self.game)
        at_ns = time.time_ns()
        return self._write(
            [Record(fact.kind, fact.key, fact.to, fact.props, at_ns, self._writer) for fact in (*nodes, *relations)],
            f"WITH it, row {_CHANGED} SET it += row.props, {_STAMP}",
        )

    def put(self, records: Sequence[Record]) -> None:
        """See GraphStore."""
        self._write(records, f"SET it = row.props, {_STAMP}")

    def node(self, key: str) -> Node | None:
        """See GraphStore."""
        rows = self._read(f"MATCH (n:{label_of(key)} {{uid: $uid}}) RETURN n", uid=self._uid(key))
        return _node(rows[0]["n"]) if rows else None

    def nodes(self, label: str, where: Mapping[str, Scalar] | None = None, limit: int = 0) -> list[Node]:
        """See GraphStore."""
        conditions = ["n.game = $game"]
        for name in where or ():
            check_property(label, name)
            conditions.append(f"n.{name} = $where.{name}")
        query = f"MATCH (n:{_known_label(label)}) WHERE {' AND '.join(conditions)} RETURN n ORDER BY n.key"
        limited = f"{query} LIMIT $limit" if limit else query
        return [_node(row["n"]) for row in self._read(limited, where=dict(where or {}), limit=limit)]

    def neighbours(self, key: str, relation: str = "", *, back: bool = False) -> list[Edge]:
        """See GraphStore."""
        kind = f":{_known_relation(relation)}" if relation else ""
        arrow = f"<-[r{kind}]-" if back else f"-[r{kind}]->"
        query = f"MATCH (n:{label_of(key)} {{uid: $uid}}){arrow}(other) RETURN type(r) AS kind, other.key AS other, r"
        rows = sorted(self._read(query, uid=self._uid(key)), key=lambda row: (row["kind"], row["other"]))
        if back:
            return [Edge(row["kind"], row["other"], key, _props(row["r"])) for row in rows]
        return [Edge(row["kind"], key, row["other"], _props(row["r"])) for row in rows]

    def nearest(self, label: str, area: int, x: int, y: int, limit: int = 1) -> list[Node]:
        """See GraphStore."""
        check_placed(label)
        query = f"""
            MATCH (n:{label}) WHERE n.game = $game AND coalesce(n.target_area, n.area) = $area
            WITH n, coalesce(n.at_x, n.target_x, n.x) - $x AS dx, coalesce(n.at_y, n.target_y, n.y) - $y AS dy
            RETURN n ORDER BY dx * dx + dy * dy, n.key LIMIT $limit
        """
        return [_node(row["n"]) for row in self._read(query, area=area, x=x, y=y, limit=limit)]

    def path(self, relation: str, start: str, goal: str, most: int = 64) -> Path:
        """See GraphStore."""
        if start == goal:
            return (start,)
        query = f"""
            MATCH (a:{label_of(start)} {{uid: $start}}), (b:{label_of(goal)} {{uid: $goal}})
            MATCH p = shortestPath((a)-[:{_known_relation(relation)}*1..{int(most)}]->(b))
            RETURN [n IN nodes(p) | n.key] AS keys
        """
        rows = self._read(query, start=self._uid(start), goal=self._uid(goal))
        return tuple(rows[0]["keys"]) if rows else ()

    def delete(self, keys: Sequence[str]) -> int:
        """See GraphStore."""

        def work(transaction: neo4j.ManagedTransaction) -> int:
            count = 0
            for label, uids in _grouped((label_of(key), self._uid(key)) for key in keys):
                query = f"UNWIND $uids AS uid MATCH (n:{label} {{uid: uid}}) DETACH DELETE n RETURN count(*) AS count"
                count += _rows(transaction, query, uids=uids)[0]["count"]
            return count

        return self._do(lambda session: session.execute_write(work))

    def retain(self, label: str, newest: int) -> int:
        """See GraphStore."""
        query = f"""
            MATCH (n:{_known_label(label)} {{game: $game}})
            RETURN n.key AS key ORDER BY n.at_ns DESC, n.revision DESC, key SKIP $newest
        """
        return self.delete([row["key"] for row in self._read(query, newest=newest)])

    def counts(self) -> dict[str, int]:
        """See GraphStore."""
        nodes = self._read("MATCH (n {game: $game}) RETURN labels(n)[0] AS name, count(*) AS count ORDER BY name")
        relations = self._read("MATCH ({game: $game})-[r]->() RETURN type(r) AS name, count(*) AS count ORDER BY name")
        return {row["name"]: row["count"] for row in (*nodes, *relations) if row["name"] != "KnowledgeStore"}

    def revision(self) -> int:
        """See GraphStore."""
        return int(self.meta("revision") or 0)

    def records(self, after: int = 0, not_by: str = "") -> Iterator[Record]:
        """See GraphStore."""
        chosen = "it.revision > $after AND ($not_by = '' OR it.writer <> $not_by)"
        nodes = []
        for label in LABELS:
            query = f"MATCH (it:{label} {{game: $game}}) WHERE {chosen} RETURN it"
            nodes += [row["it"] for row in self._read(query, after=after, not_by=not_by)]
        for it in sorted(nodes, key=lambda it: str(it["key"])):
            yield Record(label_of(it["key"]), it["key"], "", _props(it), it["at_ns"], it["writer"])
        for kind in sorted(RELATIONS):
            query = f"""
                MATCH (a {{game: $game}})-[it:{kind}]->(b) WHERE {chosen}
                RETURN a.key AS key, b.key AS target, it ORDER BY key, target
            """
            for row in self._read(query, after=after, not_by=not_by):
                it = row["it"]
                yield Record(kind, row["key"], row["target"], _props(it), it["at_ns"], it["writer"])

    def facts(self, labels: Iterable[str] = ()) -> Iterator[Fact]:
        """See GraphStore."""
        return told(self.records(), labels)

    def meta(self, name: str) -> str:
        """See GraphStore."""
        rows = self._read("MATCH (m:KnowledgeStore {uid: $game}) RETURN m", game=self.game)
        return str(rows[0]["m"].get(name, "")) if rows else ""

    def set_meta(self, name: str, value: str) -> None:
        """See GraphStore."""

        def work(transaction: neo4j.ManagedTransaction) -> None:
            query = "MERGE (m:KnowledgeStore {uid: $game}) SET m += $values"
            _rows(transaction, query, game=self.game, values={name: value})

        self._do(lambda session: session.execute_write(work))

    def vacuum(self) -> int:
        """See GraphStore."""
        return 0

    def close(self) -> None:
        """See GraphStore."""
        with contextlib.suppress(Neo4jError, DriverError, OSError):
            self._driver.close()

    def _prepare(self) -> None:
        """Make constraints and indexes, once for a database: a dozen statements take a server seconds."""
        if not self._read("MATCH (m:KnowledgeStore {uid: $uid}) RETURN m", uid=_PREPARED):
            self._constrain()
            self._read("MERGE (m:KnowledgeStore {uid: $uid}) RETURN m", uid=_PREPARED)
        if not self.identity:
            self.set_meta("identity", uuid.uuid4().hex)

    def _constrain(self) -> None:
        for label in ("KnowledgeStore", *LABELS):
            name = f"framewire_{label.lower()}"
            query = f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.uid IS UNIQUE"
            self._read(query)
            if label in PLACED:
                self._read(f"CREATE INDEX {name}_place IF NOT EXISTS FOR (n:{label}) ON (n.game, n.area)")

    def _write(self, records: Sequence[Record], action: str) -> int:
        """Carry out an action on each record's node or relation, `it`, in one transaction; return how many changed."""
        nodes = _grouped((record.kind, self._row(record)) for record in records if not record.to)
        relations = _grouped(
            ((record.kind, label_of(record.key), label_of(record.to)), self._row(record))
            for record in records
            if record.to
        )

        def work(transaction: neo4j.ManagedTransaction) -> int:
            query = """
                MERGE (m:KnowledgeStore {uid: $game}) SET m.locked = true SET m.revision = coalesce(m.revision, 0) + 1
                RETURN m.revision AS revision
            """
            revision = _rows(transaction, query, game=self.game)[0]["revision"]
            changed = 0
            for label, rows in nodes:
                query = f"""
                    UNWIND $rows AS row MERGE (it:{label} {{uid: row.uid}})
                    {action}, it.uid = row.uid, it.key = row.key, it.game = $game RETURN count(it) AS count
                """
                changed += _rows(transaction, query, rows=rows, revision=revision, game=self.game)[0]["count"]
            for (kind, begins, ends), rows in relations:
                query = f"""
                    UNWIND $rows AS row MATCH (a:{begins} {{uid: row.uid}}) MATCH (b:{ends} {{uid: row.target}})
                    MERGE (a)-[it:{kind}]->(b) {action} RETURN count(it) AS count
                """
                changed += _rows(transaction, query, rows=rows, revision=revision)[0]["count"]
                if kind in ONE_TARGET:
                    query = f"""
                        UNWIND $rows AS row MATCH (a:{begins} {{uid: row.uid}})-[other:{kind}]->(b)
                        WHERE b.uid <> row.target DELETE other
                    """
                    _rows(transaction, query, rows=rows)
            return changed

        return self._do(lambda session: session.execute_write(work))

    def _row(self, record: Record) -> dict[str, Any]:
        return {
            **{"uid": self._uid(record.key), "key": record.key, "target": self._uid(record.to)},
            **{"props": record.props, "at_ns": record.at_ns, "writer": record.writer},
        }

    def _uid(self, key: str) -> str:
        return f"{self.game}/{key}"

    def _read(self, query: str, **values: Any) -> list[neo4j.Record]:
        return self._do(lambda session: list(session.run(query, {"game": self.game, **values})))

    def _do(self, work: Callable[[neo4j.Session], T]) -> T:
        try:
            with self._driver.session(database=self._database) as session:
                return work(session)
        except (Neo4jError, DriverError, OSError) as error:
            raise StoreError(f"store {self._name}: {error}") from error


def _rows(transaction: neo4j.ManagedTransaction, query: str, **values: Any) -> list[neo4j.Record]:
    # The query's variable parts are labels and relations of the schema, and whole numbers.
    return list(transaction.run(query, values))


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, list[Any]]]:
    groups: dict[Any, list[Any]] = {}
    for group, item in pairs:
        groups.setdefault(group, []).append(item)
    return list(groups.items())


def _props(entity: Mapping[str, Any]) -> dict[str, Scalar]:
    return {name: value for name, value in entity.items() if name not in RESERVED}


def _node(entity: Any) -> Node:
    return Node(label_of(entity["key"]), entity["key"], _props(entity))


def _known_label(label: str) -> str:
    check_property(label, "")
    return label


def _known_relation(relation: str) -> str:
    if relation not in RELATIONS:
        raise UsageError(f"no relation {relation!r}; there are {', '.join(RELATIONS)}")
    return relation
