"""MCAP bytes → records: framing, checksums, and the difference between a file cut short and a damaged one.

A whole file ends with MCAP's magic. One that does not was cut: its last record is not there in full, and everything
before it is good. In a whole file a record that does not fit is damage.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, NamedTuple, TypeVar

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, DataEnd, Footer, Metadata

from runtime.errors import SessionError
from streams.archive.layout import MAX_RECORD_BYTES

MAGIC = b"\x89MCAP0\r\n"

_HEAD = struct.Struct("<BQ")  # opcode, length
_MESSAGE = struct.Struct("<HIQQ")  # channel, sequence, log time, publish time
_FOOTER_BYTES = _HEAD.size + 20

R = TypeVar("R")


class Record(NamedTuple):
    """A record as it lies in the file; `offset` is its first byte's."""

    offset: int
    opcode: int
    content: bytes


class Message(NamedTuple):
    """A message of a chunk."""

    channel_id: int
    sequence: int
    log_time: int
    data: bytes


class CutError(SessionError):
    """The file ends within a record, and nothing follows.

    Attributes:
        offset: The first byte of that record.
    """

    def __init__(self, name: str, offset: int) -> None:
        self.offset = offset
        super().__init__(f"{name}: it was cut short within the record at byte {offset}")


def damaged(name: str, offset: int, problem: object) -> SessionError:
    """Return the error for a file that is not what it was."""
    return SessionError(f"{name}: damaged at byte {offset}: {problem}")


def is_whole(file: IO[bytes]) -> bool:
    """Return whether the file ends as a finished one does; leaves it at its start."""
    size = file.seek(0, 2)
    file.seek(max(0, size - len(MAGIC)))
    ends = file.read()
    file.seek(0)
    return size > len(MAGIC) and ends == MAGIC


def read_records(file: IO[bytes], name: str) -> Iterator[Record]:
    """Yield the records up to the end of data, in order; what follows it only repeats.

    Raises:
        CutError: The file was cut short.
        SessionError: It is damaged or no MCAP file.
    """
    whole = is_whole(file)
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(len(MAGIC))
    if magic != MAGIC[: len(magic)]:
        raise SessionError(f"{name}: no MCAP file, it begins with {magic!r}")
    offset, crc = len(MAGIC), zlib.crc32(magic)
    while True:
        head = file.read(_HEAD.size)
        opcode, length = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, size)
        if offset + _HEAD.size + length > size:
            if whole:
                raise damaged(name, offset, f"a record of {length} bytes goes beyond the file's {size}")
            raise CutError(name, offset)
        if not opcode or length > MAX_RECORD_BYTES:
            raise damaged(name, offset, f"a record of kind {opcode} with {length} bytes")
        record = Record(offset, opcode, file.read(length))
        if opcode == Opcode.DATA_END:
            if (wanted := parse(DataEnd, record, name).data_section_crc) not in (0, crc):
                raise damaged(name, offset, f"what comes before it has CRC {crc:08x}, it should be {wanted:08x}")
            yield record
            return
        if opcode == Opcode.FOOTER:
            raise damaged(name, offset, "the file ends before its data does")
        yield record
        crc = zlib.crc32(record.content, zlib.crc32(head, crc))
        offset += _HEAD.size + length


def read_summary(file: IO[bytes], name: str) -> Iterator[Record]:
    """Yield the records of a whole file's summary.

    Raises:
        SessionError: It was cut short, is damaged, or has no summary.
    """
    if not is_whole(file):
        raise SessionError(f"{name}: cut short or no MCAP file; `runtime archive import` saves what is there")
    end = file.seek(0, 2) - len(MAGIC) - _FOOTER_BYTES
    file.seek(max(0, end))
    head = file.read(_HEAD.size)
    if end < len(MAGIC) or _HEAD.unpack(head) != (Opcode.FOOTER, 20):
        raise damaged(name, end, "it should be the footer")
    content = file.read(20)
    footer = parse(Footer, Record(end, Opcode.FOOTER, content), name)
    if not len(MAGIC) <= footer.summary_start < end:
        raise damaged(name, end, f"the footer names a summary at byte {footer.summary_start}")
    file.seek(footer.summary_start)
    summary = file.read(end - footer.summary_start)
    if zlib.crc32(summary + head + content[:16]) != footer.summary_crc:
        raise damaged(name, footer.summary_start, "the summary does not have the CRC that the footer names")
    for opcode, at, stop in _spans(summary, name, footer.summary_start):
        yield Record(footer.summary_start, opcode, summary[at:stop])


def read_at(file: IO[bytes], offset: int, name: str) -> Record:
    """Return the record at an offset of a whole file.

    Raises:
        SessionError: There is none.
    """
    file.seek(offset)
    head = file.read(_HEAD.size)
    opcode, length = _HEAD.unpack(head) if len(head) == _HEAD.size else (0, 0)
    content = file.read(length) if length <= MAX_RECORD_BYTES else b""
    if len(content) != length:
        raise damaged(name, offset, f"a record of kind {opcode} with {length} bytes")
    return Record(offset, opcode, content)


def parse(kind: type[R], record: Record, name: str) -> R:
    """Return a record as one of mcap.records.

    Raises:
        SessionError: It is damaged.
    """
    reader: Any = kind
    try:
        parsed: R = reader.read(ReadDataStream(BytesIO(record.content)))
    except (McapError, struct.error, UnicodeDecodeError, OverflowError) as error:
        raise damaged(name, record.offset, f"no {kind.__name__}: {error!r}") from error
    return parsed


def parse_metadata(record: Record, name: str) -> tuple[str, dict[str, str]]:
    """Return a metadata record's name and map."""
    metadata = parse(Metadata, record, name)
    return metadata.name, metadata.metadata


def open_chunk(record: Record, name: str) -> Iterator[Message | Channel]:
    """Yield a chunk's channels and messages.

    Raises:
        SessionError: It is damaged, or compressed in another way than this program knows.
    """
    data = _unpacked(parse(Chunk, record, name), record, name)
    for opcode, at, end in _spans(data, name, record.offset):
        if opcode == Opcode.MESSAGE:
            if end - at < _MESSAGE.size:
                raise damaged(name, record.offset, f"a message of {end - at} bytes")
            channel_id, sequence, log_time, _ = _MESSAGE.unpack_from(data, at)
            yield Message(channel_id, sequence, log_time, data[at + _MESSAGE.size : end])
        elif opcode == Opcode.CHANNEL:
            yield parse(Channel, Record(record.offset, opcode, data[at:end]), name)


def _unpacked(chunk: Chunk, record: Record, name: str) -> bytes:
    data = chunk.data
    if chunk.compression not in ("", "zstd"):
        raise SessionError(f"{name}: chunk at byte {record.offset}: compression {chunk.compression!r} is unknown")
    if chunk.compression:
        try:
            size = zstandard.frame_content_size(data)
            if size != chunk.uncompressed_size or size > MAX_RECORD_BYTES:
                raise damaged(name, record.offset, f"a chunk that would unpack to {size} bytes")
            data = zstandard.ZstdDecompressor().decompress(data)
        except zstandard.ZstdError as error:
            raise damaged(name, record.offset, f"a chunk that does not unpack: {error}") from error
    if zlib.crc32(data) != chunk.uncompressed_crc:
        raise damaged(name, record.offset, f"a chunk whose contents do not have CRC {chunk.uncompressed_crc:08x}")
    return data


def _spans(data: bytes, name: str, offset: int) -> Iterator[tuple[int, int, int]]:
    """Yield (opcode, begin, end) of the contents of records laid end to end; `offset` is where they lie in the file."""
    at = 0
    while at < len(data):
        begin = at + _HEAD.size
        opcode, length = _HEAD.unpack_from(data, at) if begin <= len(data) else (0, 0)
        at = begin + length
        if at > len(data):
            raise damaged(name, offset, "it ends within a record")
        yield opcode, begin, at
