"""Joining two stores, and stores as lines of JSON.

The rule, property by property: what only one knows is kept; of counts the larger, of latches either's "true"; of
anything else what the newer record says, and of equally new ones the larger value. So merging a store with itself, or
twice with the same, changes nothing, and A into B knows what B into A does. Counts are not added: two sessions that
began from the same knowledge would count what they share twice.
"""

from collections.abc import Iterable, Iterator
from typing import IO, TypeVar

import msgspec

from agents.knowledge.errors import StoreError
from agents.knowledge.schema import COUNT, LATCH, VERSION, check, prop_type
from agents.knowledge.store import BATCH, GraphStore, Record

T = TypeVar("T")


class Header(msgspec.Struct, frozen=True):
    """The first line of an export."""

    game: str
    schema: int
    format: str = "framewire-knowledge"


def combined(mine: Record, theirs: Record) -> Record:
    """Return what two records of one thing know together."""
    newer, older = (mine, theirs) if (mine.at_ns, mine.writer) >= (theirs.at_ns, theirs.writer) else (theirs, mine)
    props = {**older.props, **newer.props}
    for name in mine.props.keys() & theirs.props.keys():
        kind, pair = prop_type(mine.kind, name), (newer.props[name], older.props[name])
        if kind in (COUNT, LATCH):
            props[name] = max(pair)
        elif mine.at_ns == theirs.at_ns:
            props[name] = max(pair, key=lambda value: (type(value).__name__, value))
    return Record(newer.kind, newer.key, newer.to, dict(sorted(props.items())), newer.at_ns, newer.writer)


def merge(into: GraphStore, other: Iterable[Record]) -> int:
    """Merge records into a store; return how many nodes and relations changed.

    Raises:
        FactError: A record does not follow the schema; what came before it is in.
    """
    there = {(record.kind, record.key, record.to): record for record in into.records()}
    changed = []
    for record in other:
        check(record.fact)
        mine = there.get((record.kind, record.key, record.to))
        joined = combined(mine, record) if mine else record
        if mine is None or joined.props != mine.props or joined.at_ns != mine.at_ns:
            changed.append(joined)
    for first in range(0, len(changed), BATCH):
        into.put(changed[first : first + BATCH])
    return len(changed)


def write_lines(store: GraphStore, out: IO[bytes], labels: Iterable[str] = ()) -> int:
    """Write a store as lines of JSON, all of it or the nodes of some labels; return how many records."""
    wanted = frozenset(labels)
    out.write(msgspec.json.encode(Header(store.game, VERSION)) + b"\n")
    count = 0
    for record in store.records():
        if not wanted or record.kind in wanted:
            out.write(msgspec.json.encode(record) + b"\n")
            count += 1
    return count


def read_header(line: bytes, name: str) -> Header:
    """Return what the first line of an export says; `name` is what errors call it.

    Raises:
        StoreError: It is none, or of another schema.
    """
    header = _line(line, Header, name, 1)
    if header.schema != VERSION:
        raise StoreError(f"{name}: has schema {header.schema}, this program reads {VERSION}")
    return header


def read_records(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    """Yield the records of an export, from its second line on; `name` is what errors call it.

    Raises:
        StoreError: A line is damaged.
    """
    for number, line in enumerate(lines, 2):
        yield _line(line, Record, name, number)


def _line(line: bytes, wanted: type[T], name: str, number: int) -> T:
    try:
        return msgspec.json.decode(line, type=wanted)
    except msgspec.DecodeError as error:
        raise StoreError(f"{name}:{number}: is no line of an export of knowledge: {error}") from error
