"""`McapStore`: an archive as a store of one session, to read without importing it.

Groups become chunks again: one for each kind, in the order of subjects.TABLE, counted from 1 through all groups. Where
a group lies is known from the metadata "framewire.groups" and MCAP's chunk index, so one frame costs the MCAP chunks of
its group and not the file.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import AsyncGenerator, Collection, Iterator
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import IO

import msgspec
from mcap.opcode import Opcode
from mcap.records import Channel, ChunkIndex, MetadataIndex

from runtime import wire
from runtime.errors import SessionError, WireError
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from streams.archive.layout import (
    ANNOTATIONS_METADATA,
    GROUPS_METADATA,
    SESSION_METADATA,
    GroupEntry,
    Start,
    acts_from_text,
    is_sealed,
    start_from_text,
    topics,
)
from streams.archive.reading import open_archive
from streams.archive.records import Message, damaged, open_chunk, parse, parse_metadata, read_at, read_summary
from streams.archive.schemas import codec
from streams.store import StoredSession, no_chunk, no_session

#: Opened MCAP chunks kept, for the kinds of one group lie in the same.
_KEPT_CHUNKS = 4

_entries = msgspec.json.Decoder(list[GroupEntry])


@dataclass(frozen=True)
class _Summary:
    channels: dict[int, tuple[str, bool]]  # of records: (kind, whether it holds wire bytes)
    chunks: list[ChunkIndex]  # those with records, in order of log time
    start: Start
    entries: list[GroupEntry]
    acts: list[wire.Annotation]


class McapStore:
    """Reads one whole archive. Every method that would change it raises SessionError."""

    max_chunk_bytes = 1 << 20

    def __init__(self, path: Path) -> None:
        """Read the file's indexes.

        Raises:
            SessionError: It cannot be read, was cut short, is damaged, or is no archive of ours.
        """
        self._path = path
        with open_archive(path) as file:
            self._summary = _read(file, str(path))
            self._file_bytes = file.seek(0, 2)
        self._ends = list(accumulate(len(_kinds(entry)) for entry in self._summary.entries))
        self._opened: OrderedDict[int, list[Message]] = OrderedDict()

    @property
    def start(self) -> Start:
        """What the archive says of its session."""
        return self._summary.start

    @property
    def payloads(self) -> dict[str, int]:
        """How many payloads of each kind it holds."""
        return {
            kind: count for kind in RECORDED if (count := sum(e.counts.get(kind, 0) for e in self._summary.entries))
        }

    async def create(self, meta: SessionMeta) -> None:
        """See SessionStore."""
        raise self._read_only()

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        """See SessionStore."""
        raise self._read_only()

    async def complete(self, session: str) -> None:
        """See SessionStore."""
        raise self._read_only()

    async def remove(self, session: str) -> None:
        """See SessionStore."""
        raise self._read_only()

    async def annotate(self, session: str, act: wire.Annotation) -> None:
        """See SessionStore."""
        raise self._read_only()

    async def annotations(self, session: str, start: int = 1) -> list[tuple[int, wire.Annotation]]:
        """See SessionStore."""
        self._check(session)
        return [(position, act) for position, act in enumerate(self._summary.acts, 1) if position >= start]

    async def describe(self, session: str) -> StoredSession:
        """See SessionStore."""
        self._check(session)
        return StoredSession(self.start.meta, self.start.status, self._last_position, self._file_bytes)

    async def sessions(self) -> list[StoredSession]:
        """See SessionStore."""
        return [await self.describe(self.start.meta.session)]

    async def read(self, session: str, position: int) -> wire.Chunk:
        """See SessionStore."""
        self._check(session)
        if not 1 <= position <= self._last_position:
            raise no_chunk(session, position, self._last_position)
        return self._chunk(*self._at(position))

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """See SessionStore."""
        self._check(session)
        for position in range(start, self._last_position + 1):
            entry, kind = self._at(position)
            if kind in kinds:
                yield self._chunk(entry, kind)

    @property
    def _last_position(self) -> int:
        return self._ends[-1] if self._ends else 0

    def _check(self, session: str) -> None:
        if session != self.start.meta.session:
            raise no_session(session, [self.start.meta.session])

    def _read_only(self) -> SessionError:
        return SessionError(
            f"{self._path}: an archive can only be read; `runtime archive import` makes a session of it"
        )

    def _at(self, position: int) -> tuple[GroupEntry, str]:
        i = bisect_right(self._ends, position - 1)
        entry = self._summary.entries[i]
        kinds = _kinds(entry)
        return entry, kinds[position - 1 - (self._ends[i] - len(kinds))]

    def _chunk(self, entry: GroupEntry, kind: str) -> wire.Chunk:
        pairs = [(sequence - entry.first_frame, data) for sequence, data in self._records(entry, kind)]
        if len(pairs) != entry.counts[kind]:
            raise WireError(
                f"{self._path}: group {entry.group} has {len(pairs)} payloads of {kind}, its index says "
                f"{entry.counts[kind]}"
            )
        return wire.Chunk(
            kind=kind,
            group=entry.group,
            first_frame=entry.first_frame,
            last_frame=entry.last_frame,
            count=len(pairs),
            key=entry.key,
            packing="",
            data=msgspec.msgpack.encode(pairs),
        )

    def _records(self, entry: GroupEntry, kind: str) -> Iterator[tuple[int, bytes]]:
        """Yield (frame, wire bytes) of one kind of one group."""
        for index in self._indexes(entry):
            for message in self._messages(index):
                found, raw = self._summary.channels.get(message.channel_id, ("", False))
                if found == kind and entry.first_log_ns <= message.log_time <= entry.last_log_ns:
                    yield message.sequence, message.data if raw else codec(kind).to_wire(message.data)

    def _indexes(self, entry: GroupEntry) -> Iterator[ChunkIndex]:
        """Yield the MCAP chunks that hold a group's records."""
        chunks = self._summary.chunks
        first = bisect_right(chunks, entry.first_log_ns, key=attrgetter("message_start_time"))
        for index in chunks[max(0, first - 1) :]:
            if index.message_start_time > entry.last_log_ns:
                break
            yield index

    def _messages(self, index: ChunkIndex) -> list[Message]:
        """Return an MCAP chunk's messages.

        Raises:
            WireError: It is damaged.
        """
        offset = index.chunk_start_offset
        if offset not in self._opened:
            try:
                with open_archive(self._path) as file:
                    record = read_at(file, offset, str(self._path))
                items = list(open_chunk(record, str(self._path)))
            except SessionError as error:
                raise WireError(str(error)) from error
            self._opened[offset] = [item for item in items if isinstance(item, Message)]
            if len(self._opened) > _KEPT_CHUNKS:
                self._opened.popitem(last=False)
        self._opened.move_to_end(offset)
        return self._opened[offset]


def _kinds(entry: GroupEntry) -> list[str]:
    return [kind for kind in RECORDED if entry.counts.get(kind)]


def _read(file: IO[bytes], name: str) -> _Summary:
    topic_names: dict[int, str] = {}
    chunks: list[ChunkIndex] = []
    metadata: dict[str, int] = {}
    for record in read_summary(file, name):
        if record.opcode == Opcode.CHANNEL:
            channel = parse(Channel, record, name)
            topic_names[channel.id] = channel.topic
        elif record.opcode == Opcode.CHUNK_INDEX:
            chunks.append(parse(ChunkIndex, record, name))
        elif record.opcode == Opcode.METADATA_INDEX:
            index = parse(MetadataIndex, record, name)
            metadata[index.name] = index.offset
    try:
        start = start_from_text(_metadata(file, metadata, SESSION_METADATA, name))
        groups = _metadata(file, metadata, GROUPS_METADATA, name)
        if not is_sealed(groups):
            raise damaged(name, metadata[GROUPS_METADATA], "the list of groups does not have the hash it names")
        entries = _entries.decode(groups["groups"])
        acts: list[wire.Annotation] = []
        if ANNOTATIONS_METADATA in metadata:
            acts = acts_from_text(_metadata(file, metadata, ANNOTATIONS_METADATA, name), name)
    except msgspec.DecodeError as error:
        raise damaged(name, metadata.get(SESSION_METADATA, 0), error) from error
    known = topics(start.meta.session)
    channels = {number: known[topic] for number, topic in topic_names.items() if topic in known}
    records = [c for c in chunks if not c.message_index_offsets or channels.keys() & c.message_index_offsets.keys()]
    return _Summary(channels, sorted(records, key=attrgetter("message_start_time")), start, entries, acts)


def _metadata(file: IO[bytes], offsets: dict[str, int], wanted: str, name: str) -> dict[str, str]:
    if wanted not in offsets:
        raise SessionError(f"{name}: no archive of a session: it has no metadata {wanted!r}")
    return parse_metadata(read_at(file, offsets[wanted], name), name)[1]
