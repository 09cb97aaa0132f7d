"""Chunks: how recorded payloads lie in a store.

A recording is cut into groups of about 60 frames. A group is one `wire.Chunk` for each kind that occurs in it, more
when one would be larger than the store takes. All chunks of a group name the group's number, its first and last frame,
and whether a reader may begin at it (`key`), so any one chunk says where in the recording it lies. `Chunk.data` holds
pairs `[frame - first_frame, payload bytes]`: the frame with which the payload was published, then the payload byte for
byte. `Chunk.packing` says how: "columns" as `streams.packing` describes, "zstd" a MessagePack array in one zstd frame,
for what columns cannot hold; older recordings also have "", such an array as it is.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import zstandard

from runtime import wire
from runtime.errors import WireError
from runtime.subjects import RECORDED
from streams.packing import pack_columns, unpack_columns

#: Kinds whose pixels and states are compressed already; to do it again costs time and saves nothing.
COMPRESSED = frozenset({"frame", "savestate"})

#: Bounds what a damaged chunk can make us allocate; a group is cut at 256 KiB of any kind (streams.recorder).
_MAX_UNPACKED_BYTES = 1 << 28

_LEVEL = 3
_Pairs = list[tuple[int, bytes]]
_pairs = msgspec.msgpack.Decoder(_Pairs)


class Record(NamedTuple):
    """One payload's bytes, and the frame with which it was published."""

    frame_index: int
    data: bytes


@dataclass
class Group:
    """What is written together: each kind's records in publishing order."""

    number: int
    first_frame: int
    last_frame: int
    key: bool
    records: dict[str, list[Record]]

    @property
    def count(self) -> int:
        """Payloads."""
        return sum(len(records) for records in self.records.values())

    @property
    def payload_bytes(self) -> int:
        """Bytes of all payloads."""
        return sum(len(record.data) for records in self.records.values() for record in records)


def pack(group: Group, max_bytes: int) -> tuple[list[tuple[str, bytes]], int]:
    """Return (kind, encoded chunk) in the order of subjects.TABLE, and the number of payloads that fit into none.

    No chunk is larger than `max_bytes`; for each payload that is, a gap comes last. Equal groups give equal chunks.
    """
    gaps: list[Record] = []
    return list(pack_each(group, max_bytes, gaps)), len(gaps)


def pack_each(group: Group, max_bytes: int, gaps: list[Record]) -> Iterator[tuple[str, bytes]]:
    """Pack chunk by chunk, as `pack`, for who has other work meanwhile; `gaps` takes one for each that does not fit."""
    for kind in RECORDED:
        for chunk in _pack_kind(group, kind, group.records.get(kind, ()), max_bytes, gaps):
            yield kind, chunk
    for chunk in _pack_kind(group, "gap", gaps, max_bytes, []):
        yield "gap", chunk


def unpack(chunk: wire.Chunk) -> list[Record]:
    """Return the chunk's records.

    Raises:
        WireError: It is damaged.
    """
    try:
        pairs = _unpacked(chunk)
    except (WireError, zstandard.ZstdError, msgspec.DecodeError) as error:
        raise WireError(f"{_name(chunk)}: it is damaged: {error}") from error
    span = chunk.last_frame - chunk.first_frame
    if len(pairs) != chunk.count or any(not 0 <= offset <= span for offset, _ in pairs):
        raise WireError(
            f"{_name(chunk)}: it names {chunk.count} payloads of frames {chunk.first_frame} to {chunk.last_frame}, "
            f"it holds {len(pairs)} at other frames or another number of them"
        )
    first = chunk.first_frame
    return [Record(first + offset, payload) for offset, payload in pairs]


def gap_of(group: Group, sent_ns: int, reason: str) -> Group:
    """Return what stands in a recording for a group that could not be written: one Gap for each kind."""
    gaps = [
        Record(group.last_frame, wire.encode(_gap(kind, records, sent_ns, reason)))
        for kind, records in group.records.items()
        if records
    ]
    return Group(group.number, group.first_frame, group.last_frame, False, {"gap": gaps})


async def seek(read: Callable[[int], Awaitable[wire.Chunk]], last_position: int, frame_index: int) -> int:
    """Return the position, from 1, of the first chunk to read in order to decode `frame_index`.

    Args:
        read: Returns the chunk at a position.
        last_position: The number of chunks, at least 1.
        frame_index: The frame wanted.
    """
    low, high = 1, last_position
    while low < high:  # the first chunk that reaches the frame
        middle = (low + high) // 2
        if (await read(middle)).last_frame < frame_index:
            low = middle + 1
        else:
            high = middle
    chunk = await read(low)
    while low > 1 and not (chunk.key and chunk.first_frame <= frame_index):
        low -= 1
        chunk = await read(low)
    while low > 1 and (await read(low - 1)).group == chunk.group:
        low -= 1
    return low


def _pack_kind(
    group: Group, kind: str, records: Sequence[Record], max_bytes: int, gaps: list[Record]
) -> Iterator[bytes]:
    if not records:
        return
    chunk = wire.encode(_chunk(group, kind, records))
    if len(chunk) <= max_bytes:
        yield chunk
    elif len(records) > 1:
        half = len(records) // 2
        yield from _pack_kind(group, kind, records[:half], max_bytes, gaps)
        yield from _pack_kind(group, kind, records[half:], max_bytes, gaps)
    else:
        reason = f"{len(chunk)} bytes, the server takes at most {max_bytes}"
        gaps.append(Record(records[0].frame_index, wire.encode(_gap(kind, records, 0, reason))))


def _chunk(group: Group, kind: str, records: Sequence[Record]) -> wire.Chunk:
    packing, data = _packed(kind, [(frame_index - group.first_frame, data) for frame_index, data in records])
    return wire.Chunk(
        kind=kind,
        group=group.number,
        first_frame=group.first_frame,
        last_frame=group.last_frame,
        count=len(records),
        key=group.key,
        packing=packing,
        data=data,
    )


def _packed(kind: str, pairs: _Pairs) -> tuple[str, bytes]:
    """Return the packing that suits these pairs, and their bytes in it."""
    columns = pack_columns(pairs, compressed=kind in COMPRESSED)
    if columns is not None:
        return "columns", columns
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    return "zstd", compressor.compress(msgspec.msgpack.encode(pairs))


def _gap(kind: str, records: Sequence[Record], sent_ns: int, reason: str) -> wire.Gap:
    return wire.Gap(
        source=RECORDER,
        sent_ns=sent_ns,
        kind=kind,
        first_frame=records[0].frame_index,
        last_frame=records[-1].frame_index,
        count=len(records),
        reason=reason,
    )


def _unpacked(chunk: wire.Chunk) -> _Pairs:
    if chunk.packing == "columns":
        return unpack_columns(chunk.data)
    if chunk.packing not in ("", "zstd"):
        raise WireError(f"packing {chunk.packing!r} is unknown; known are 'columns', 'zstd' and ''")
    return _pairs.decode(_unzip(chunk.data) if chunk.packing else chunk.data)


def _unzip(data: bytes) -> bytes:
    size = zstandard.frame_content_size(data)  # what decompress will allocate
    if not 0 <= size <= _MAX_UNPACKED_BYTES:
        raise WireError(f"it would unpack to {size} bytes; allowed are {_MAX_UNPACKED_BYTES}")
    return zstandard.ZstdDecompressor().decompress(data)


def _name(chunk: wire.Chunk) -> str:
    return f"{chunk.kind} chunk of group {chunk.group}"


#: The `source` of gaps that say what the recording itself lacks; gaps of others say what a reader missed.
RECORDER = "recorder"
