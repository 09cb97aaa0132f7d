"""The default store: one SQLite file, write-ahead log, so that commands read while a session writes."""

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from agents.knowledge.errors import StoreError
from agents.knowledge.facts import Edge, Node
from agents.knowledge.paths import Path as KeyPath
from agents.knowledge.paths import shortest
from agents.knowledge.store import ONE_TARGET, Record, check_placed, check_property, prepared, told
from runtime.wire import Fact, Scalar

#: How long a write waits for another program's; a batch takes some 20 ms.
_BUSY_S = 2.0

#: SQLite takes 32766 parameters in one statement; keys are asked for in groups.
_KEYS = 500

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS node (
    key TEXT PRIMARY KEY, label TEXT NOT NULL, area INTEGER, x INTEGER, y INTEGER,
    props TEXT NOT NULL, at_ns INTEGER NOT NULL, writer TEXT NOT NULL, revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS node_place ON node (label, area, x, y);
CREATE INDEX IF NOT EXISTS node_revision ON node (revision);
CREATE TABLE IF NOT EXISTS relation (
    kind TEXT NOT NULL, key TEXT NOT NULL, target TEXT NOT NULL,
    props TEXT NOT NULL, at_ns INTEGER NOT NULL, writer TEXT NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (key, kind, target)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS relation_back ON relation (target, kind);
CREATE INDEX IF NOT EXISTS relation_revision ON relation (revision);
"""

#: json_patch merges property by property; what changes nothing is not written, so that its revision stays.
_MERGE_NODE = """
INSERT INTO node VALUES (:key, :label, :area, :x, :y, :props, :at_ns, :writer, :revision)
ON CONFLICT (key) DO UPDATE SET
    props = json_patch(props, excluded.props), at_ns = excluded.at_ns, writer = excluded.writer,
    area = coalesce(excluded.area, area), x = coalesce(excluded.x, x), y = coalesce(excluded.y, y),
    revision = excluded.revision
WHERE json_patch(props, excluded.props) <> props
"""

_MERGE_RELATION = """
INSERT INTO relation VALUES (:kind, :key, :target, :props, :at_ns, :writer, :revision)
ON CONFLICT (key, kind, target) DO UPDATE SET
    props = json_patch(props, excluded.props), at_ns = excluded.at_ns, writer = excluded.writer,
    revision = excluded.revision
WHERE json_patch(props, excluded.props) <> props
"""

_PUT_NODE = "INSERT OR REPLACE INTO node VALUES (:key, :label, :area, :x, :y, :props, :at_ns, :writer, :revision)"
_PUT_RELATION = "INSERT OR REPLACE INTO relation VALUES (:kind, :key, :target, :props, :at_ns, :writer, :revision)"

_decode = msgspec.json.Decoder(dict[str, Scalar]).decode


class SqliteStore:
    """See GraphStore. For one thread."""

    def __init__(self, path: Path, game: str, writer: str = "") -> None:
        """Open the file, or make it.

        Raises:
            StoreError: It cannot be opened, or is something else.
        """
        self.game, self._writer, self._path = game, writer, path
        with self._using("opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            try:
                self._begin(game)
            except BaseException:
                self._database.close()
                raise
        self._inode = path.stat().st_ino

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
        with self._writing() as revision:
            before = self._database.total_changes
            self._database.executemany(
                _MERGE_NODE, [self._node_row(fact, at_ns, self._writer, revision) for fact in nodes]
            )
            self._database.executemany(
                _MERGE_RELATION, [self._relation_row(fact, at_ns, self._writer, revision) for fact in relations]
            )
            changed = self._database.total_changes - before
            self._database.executemany(
                "DELETE FROM relation WHERE key = ? AND kind = ? AND target <> ?",
                [(fact.key, fact.kind, fact.to) for fact in relations if fact.kind in ONE_TARGET],
            )
            return changed

    def put(self, records: Sequence[Record]) -> None:
        """See GraphStore."""
        with self._writing() as revision:
            self._database.executemany(
                _PUT_NODE,
                [self._node_row(each.fact, each.at_ns, each.writer, revision) for each in records if not each.to],
            )
            self._database.executemany(
                _PUT_RELATION,
                [self._relation_row(each.fact, each.at_ns, each.writer, revision) for each in records if each.to],
            )

    def node(self, key: str) -> Node | None:
        """See GraphStore."""
        rows = self._read("SELECT label, key, props FROM node WHERE key = ?", (key,))
        return _node(rows[0]) if rows else None

    def nodes(self, label: str, where: Mapping[str, Scalar] | None = None, limit: int = 0) -> list[Node]:
        """See GraphStore."""
        check_property(label, "")
        conditions, values = ["label = ?"], (label, *(where or {}).values())
        for name in where or ():
            check_property(label, name)
            conditions.append(f"json_extract(props, '$.{name}') IS ?")
        query = f"SELECT label, key, props FROM node WHERE {' AND '.join(conditions)} ORDER BY key LIMIT ?"  # noqa: S608 - names are the schema's
        return [_node(row) for row in self._read(query, (*values, limit or -1))]

    def neighbours(self, key: str, relation: str = "", *, back: bool = False) -> list[Edge]:
        """See GraphStore."""
        end, other = ("target", "key") if back else ("key", "target")
        query = (
            f"SELECT kind, key, target, props FROM relation WHERE {end} = ? AND ? IN ('', kind) ORDER BY kind, {other}"  # noqa: S608
        )
        return [Edge(kind, start, to, _decode(props)) for kind, start, to, props in self._read(query, (key, relation))]

    def nearest(self, label: str, area: int, x: int, y: int, limit: int = 1) -> list[Node]:
        """See GraphStore."""
        check_placed(label)
        query = """
            SELECT label, key, props FROM node WHERE label = ? AND area = ?
            ORDER BY (x - ?) * (x - ?) + (y - ?) * (y - ?), key LIMIT ?
        """
        return [_node(row) for row in self._read(query, (label, area, x, x, y, y, limit))]

    def path(self, relation: str, start: str, goal: str, most: int = 64) -> KeyPath:
        """See GraphStore."""
        return shortest(lambda keys: self._steps(relation, keys), start, goal, most)

    def delete(self, keys: Sequence[str]) -> int:
        """See GraphStore."""
        one = [(key,) for key in keys]
        with self._writing():
            self._database.executemany("DELETE FROM relation WHERE key = ?", one)
            self._database.executemany("DELETE FROM relation WHERE target = ?", one)
            return self._database.executemany("DELETE FROM node WHERE key = ?", one).rowcount if one else 0

    def retain(self, label: str, newest: int) -> int:
        """See GraphStore."""
        query = "SELECT key FROM node WHERE label = ? ORDER BY at_ns DESC, revision DESC, key LIMIT -1 OFFSET ?"
        return self.delete([key for (key,) in self._read(query, (label, newest))])

    def counts(self) -> dict[str, int]:
        """See GraphStore."""
        nodes = self._read("SELECT label, count(*) FROM node GROUP BY label ORDER BY label")
        return dict(nodes) | dict(self._read("SELECT kind, count(*) FROM relation GROUP BY kind ORDER BY kind"))

    def revision(self) -> int:
        """See GraphStore."""
        return int(self.meta("revision") or 0)

    def records(self, after: int = 0, not_by: str = "") -> Iterator[Record]:
        """See GraphStore."""
        chosen = "revision > ? AND (? = '' OR writer <> ?)"
        values = (after, not_by, not_by)
        query = f"SELECT label, key, '', props, at_ns, writer FROM node WHERE {chosen} ORDER BY key"  # noqa: S608
        for kind, key, to, props, at_ns, writer in self._read(query, values):
            yield Record(kind, key, to, _decode(props), at_ns, writer)
        query = (
            f"SELECT kind, key, target, props, at_ns, writer FROM relation WHERE {chosen} ORDER BY kind, key, target"  # noqa: S608
        )
        for kind, key, to, props, at_ns, writer in self._read(query, values):
            yield Record(kind, key, to, _decode(props), at_ns, writer)

    def facts(self, labels: Iterable[str] = ()) -> Iterator[Fact]:
        """See GraphStore."""
        return told(self.records(), labels)

    def meta(self, name: str) -> str:
        """See GraphStore."""
        rows = self._read("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def set_meta(self, name: str, value: str) -> None:
        """See GraphStore."""
        with self._using("written"):
            self._database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def vacuum(self) -> int:
        """See GraphStore."""
        before = self._path.stat().st_size
        with self._using("vacuumed"):
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._database.execute("ANALYZE")
        return max(before - self._path.stat().st_size, 0)

    def close(self) -> None:
        """See GraphStore."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()

    def _begin(self, game: str) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        # With a write-ahead log a power cut may lose the last second, never damage the file.
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)
        there = self.meta("game")
        if not there and not game:
            raise StoreError(f"store {self._path}: is empty, and nobody says of which game it is to be")
        if there and game and there != game:
            raise StoreError(f"store {self._path}: holds knowledge of {there!r}, not of {game!r}")
        self.game = there or game
        for name, value in (("identity", uuid.uuid4().hex), ("game", self.game), ("revision", "0")):
            self._database.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[int]:
        """Hold a transaction; yields its revision. A file that was removed or replaced meanwhile is an error."""
        with self._using("written"):
            if self._path.stat().st_ino != self._inode:
                raise StoreError(f"store {self._path}: was replaced by another file")
            self._database.execute("BEGIN IMMEDIATE")
            try:
                revision = self.revision() + 1
                yield revision
                self._database.execute("UPDATE meta SET value = ? WHERE name = 'revision'", (str(revision),))
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._using("read"):
            return self._database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _using(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"store {self._path}: cannot be {what}: {error}") from error

    def _steps(self, relation: str, keys: list[str]) -> Iterator[tuple[str, str]]:
        for first in range(0, len(keys), _KEYS):
            some = keys[first : first + _KEYS]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, target FROM relation WHERE key IN ({marks}) AND kind = ?"  # noqa: S608
            yield from self._read(query, (*some, relation))

    @staticmethod
    def _node_row(fact: Fact, at_ns: int, writer: str, revision: int) -> dict[str, Any]:
        place = Node(fact.kind, fact.key, fact.props).place
        area, x, y = place if place.area >= 0 else (None, None, None)
        return {
            **{"key": fact.key, "label": fact.kind, "area": area, "x": x, "y": y, "props": _encode(fact.props)},
            **{"at_ns": at_ns, "writer": writer, "revision": revision},
        }

    @staticmethod
    def _relation_row(fact: Fact, at_ns: int, writer: str, revision: int) -> dict[str, Any]:
        return {
            **{"kind": fact.kind, "key": fact.key, "target": fact.to, "props": _encode(fact.props)},
            **{"at_ns": at_ns, "writer": writer, "revision": revision},
        }


def _encode(props: Mapping[str, Scalar]) -> str:
    return msgspec.json.encode(props).decode()


def _node(row: tuple[str, str, str]) -> Node:
    label, key, props = row
    return Node(label, key, _decode(props))
