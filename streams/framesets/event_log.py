"""The 12-column event log: one line for each word of memory that changed, with the keys held.

    timestamp,region,frame,address,prev_val,curr_val,freq,pc,key_history,current_keys,frame_set_id,chunk_id

timestamp is in milliseconds since 1970 UTC; region is iwram or ewram (our own logs of other consoles: theirs); address,
prev_val, curr_val and pc are 8 upper-case hexadecimal digits, the values as little-endian words; freq counts changes of
the address in a window of 100 frames; key_history holds key states joined by " | ", newest last, a state and
current_keys hold keys joined by "+", or `None`. A field with a comma or a quote is quoted as in RFC 4180.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from runtime.errors import UsageError
from runtime.wire import Region
from streams.framesets.layout import GBA_REGIONS

COLUMNS = (
    "timestamp",
    "region",
    "frame",
    "address",
    "prev_val",
    "curr_val",
    "freq",
    "pc",
    "key_history",
    "current_keys",
    "frame_set_id",
    "chunk_id",
)
HEADER = ",".join(COLUMNS)

#: The published collector's chunks are floor(size / 5), so it writes a sixth for the remainder.
MAX_CHUNK_ID = 5

_HEX = re.compile(r"[0-9A-Fa-f]{1,8}")
_COUNT = re.compile(r"[0-9]{1,18}")


class EventRow(NamedTuple):
    """One line of the log."""

    timestamp: int  # ms
    region: str
    frame: int
    address: int
    prev_val: int
    curr_val: int
    freq: int
    pc: int
    key_history: str
    current_keys: str
    frame_set_id: int
    chunk_id: int


class LineError(ValueError):
    """A line is no row of the log; the message says what was seen and what is allowed."""


class EventLog:
    """Reads a log file line by line; iterate as often as needed.

    A header is skipped. CRLF is taken as LF. A last line that a killed collector cut off is left out.

    Attributes:
        rows: Rows read by the last iteration.
        line: The line read last, from 1.
        bad: Lines left out because of `skip_bad`.
        cut: Whether the last line was cut off.
    """

    def __init__(self, path: Path, *, skip_bad: bool = False, regions: Sequence[Region] = GBA_REGIONS) -> None:
        self.path, self.rows, self.bad, self.line, self.cut = path, 0, 0, 0, False
        self._skip_bad = skip_bad
        self._spans = {region.name: (region.address, region.address + region.size) for region in regions}

    def __iter__(self) -> Iterator[EventRow]:
        """Yield the rows.

        Raises:
            UsageError: The file cannot be read, or a line is bad and bad ones are not to be skipped.
        """
        self.rows = self.bad = self.line = 0
        self.cut = False
        try:
            with self.path.open("rb") as file:
                yield from self._rows(file)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be read: {error.strerror}") from error

    def sha256(self) -> str:
        """Return the file's hash, lower-case hex."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _rows(self, lines: Iterable[bytes]) -> Iterator[EventRow]:
        for number, line in enumerate(lines, start=1):
            self.line = number
            try:
                row = self._row(line, first=number == 1)
            except LineError as error:
                if not line.endswith(b"\n"):
                    self.cut = True
                elif self._skip_bad:
                    self.bad += 1
                else:
                    raise UsageError(f"{self.path}:{number}: {error}; --skip-bad leaves such lines out") from error
                continue
            if row:
                self.rows += 1
                yield row

    def _row(self, line: bytes, *, first: bool) -> EventRow | None:
        try:
            text = line.decode("utf-8-sig" if first else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise LineError(f"it is no UTF-8: {error}") from error
        if not text or (first and text.replace(" ", "").lower() == HEADER):
            return None
        row = parse(text)
        span = self._spans.get(row.region)
        if span is None:
            raise LineError(f"region {row.region!r}: allowed are {', '.join(self._spans)}")
        if not span[0] <= row.address < span[1]:
            raise LineError(
                f"address {row.address:08X}: {row.region} has {span[0]:08X} to {span[1] - 1:08X}, both included"
            )
        return row


def parse(text: str) -> EventRow:
    """Return the row that a line holds, its end of line removed.

    Raises:
        LineError: It holds none.
    """
    try:
        fields = next(csv.reader((text,), strict=True)) if '"' in text else text.split(",")
    except csv.Error as error:
        raise LineError(f"its quotes do not pair: {error}") from error
    if len(fields) != len(COLUMNS):
        raise LineError(f"it has {len(fields)} columns; wanted are the {len(COLUMNS)} of {HEADER}")
    timestamp, region, frame, address, prev_val, curr_val, freq, pc, key_history, current_keys, set_id, chunk = fields
    row = EventRow(
        _count("timestamp", timestamp),
        region.strip(),
        _count("frame", frame),
        _hex("address", address),
        _hex("prev_val", prev_val),
        _hex("curr_val", curr_val),
        _count("freq", freq),
        _hex("pc", pc),
        key_history,
        current_keys,
        _count("frame_set_id", set_id),
        _count("chunk_id", chunk),
    )
    if row.chunk_id > MAX_CHUNK_ID:
        raise LineError(f"chunk_id {row.chunk_id}: allowed are 0 to {MAX_CHUNK_ID}")
    return row


def line_of(row: EventRow) -> str:
    """Return a row as a line, with its end of line."""
    return (
        f"{row.timestamp},{row.region},{row.frame},{row.address:08X},{row.prev_val:08X},{row.curr_val:08X},{row.freq},"
        f"{row.pc:08X},{quoted(row.key_history)},{quoted(row.current_keys)},{row.frame_set_id},{row.chunk_id}\n"
    )


def quoted(text: str) -> str:
    """Return a field's text as it stands in a line."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"') else text


def _count(column: str, text: str) -> int:
    text = text.strip()
    if not _COUNT.fullmatch(text):
        raise LineError(f"{column} {text!r}: allowed is a whole number, 0 or more")
    return int(text)


def _hex(column: str, text: str) -> int:
    text = text.strip()
    if not _HEX.fullmatch(text):
        raise LineError(f"{column} {text!r}: allowed are 1 to 8 hexadecimal digits")
    return int(text, 16)
