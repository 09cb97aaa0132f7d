"""The journal: frames that are not stored yet, in local files that outlive their process.

`<state>/journal/<session>/` holds slots, `0.slot`, `1.slot` …, a `lock` that the writer holds as long as it lives, and
`last`, the index of the last frame recorded (i64 LE, memory-mapped). A slot holds one group; when the store has
acknowledged the group's last chunk, its first entry is cleared and the next group is written over it: creating and
deleting a file for each group would cost the file system, and frames their time, many times more.

A slot is a sequence of entries `u32 LE length, u32 LE CRC-32, bytes`: first the MessagePack array `[session, group
number, key]`, then for each frame `[frame_index, [[kind, payload], …]]`. The CRC of a frame's entry begins at the group
number, so what an older group left behind it is none. Each entry is one write, so what a killed process leaves ends
with at most one entry cut off. Nothing is forced to disk: a power cut may take the last seconds, a killed process
nothing.
"""

import contextlib
import fcntl
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import structlog

from runtime.errors import SessionError
from streams.chunks import Group, Record

log = structlog.get_logger()

_HEAD = struct.Struct("<II")
_LAST = struct.Struct("<q")
_SUFFIX = ".slot"

_Opening = tuple[str, int, bool]
_Entry = tuple[int, list[tuple[str, bytes]]]
_openings = msgspec.msgpack.Decoder(_Opening)
_entries = msgspec.msgpack.Decoder(_Entry)
_encoder = msgspec.msgpack.Encoder()


class Journaled(NamedTuple):
    """A group as a killed writer left it, and the stored session that it belongs to."""

    session: str
    group: Group


class Journal:
    """The writer's side. Use from one process; the lock keeps others off."""

    def __init__(self, folder: Path) -> None:
        """Take the journal of a session.

        Raises:
            SessionError: Another process records this session.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder)
        if self._lock is None:
            raise SessionError(f"session {folder.name!r} is being recorded by another process")
        self._slots: dict[int, _Slot] = {}  # by group
        self._free: list[_Slot] = []
        self._count = len(list(folder.glob(f"*{_SUFFIX}")))
        self._slot: _Slot | None = None  # of the open group
        self._last: mmap.mmap | None = None

    def begin(self, session: str, group: Group) -> None:
        """Begin a group; a disk that does not take it costs only the journal's protection."""
        try:
            self._slot = self._free.pop() if self._free else self._new_slot()
        except OSError as error:
            self._slot = None
            log.warning("journal.failed", session=self.folder.name, group=group.number, error=str(error))
            return
        self._slots[group.number] = self._slot
        self._slot.number, self._slot.end = group.number, 0
        self._write(_encoder.encode((session, group.number, group.key)), 0)

    def append(self, frame_index: int, payloads: Sequence[tuple[str, bytes]]) -> None:
        """Keep a frame of the open group."""
        if self._last is None:
            self._last = _map_last(self.folder)
        if self._last is not None:
            _LAST.pack_into(self._last, 0, frame_index)
        if self._slot is not None:
            self._write(_encoder.encode((frame_index, payloads)), self._slot.number)

    def end(self) -> bool:
        """End the open group; return whether its slot holds it whole."""
        whole, self._slot = self._slot is not None, None
        return whole

    def save(self, session: str, group: Group) -> bool:
        """Write a whole group that is in no slot yet; return whether the disk took it."""
        by_frame: dict[int, list[tuple[str, bytes]]] = {}
        for kind, records in group.records.items():
            for record in records:
                by_frame.setdefault(record.frame_index, []).append((kind, record.data))
        self.begin(session, group)
        for frame_index in sorted(by_frame):
            if self._slot is not None:
                self._write(_encoder.encode((frame_index, by_frame[frame_index])), group.number)
        return self.end()

    def read(self, number: int) -> Group | None:
        """Return a group from its slot; None when it is not whole any more."""
        slot = self._slots.get(number)
        found = _read_slot(slot.path) if slot else None
        return found.group if found else None

    def done(self, number: int) -> None:
        """Forget a group: it is stored."""
        slot = self._slots.pop(number, None)
        if slot is not None:
            self._clear(slot)
            self._free.append(slot)

    def forget(self) -> None:
        """Forget what the writer before this one left: it is stored."""
        for path in self.folder.glob(f"*{_SUFFIX}"):
            path.unlink()

    def close(self, *, remove: bool) -> None:
        """Let go; `remove` deletes the journal, which holds nothing that is not stored."""
        self.end()
        for slot in (*self._slots.values(), *self._free):
            os.close(slot.file)
        self._slots, self._free = {}, []
        if self._last is not None:
            self._last.close()
            self._last = None
        if remove:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def left(self) -> list[Journaled]:
        """Return what the writer before this one left, in order."""
        found = (_read_slot(path) for path in self.folder.glob(f"*{_SUFFIX}"))
        return sorted((left for left in found if left is not None), key=lambda left: left.group.number)

    @property
    def last_frame(self) -> int:
        """The last frame that the writer before this one recorded; -1 when unknown."""
        try:
            return int(_LAST.unpack((self.folder / "last").read_bytes())[0])
        except (OSError, struct.error):
            return -1

    def _new_slot(self) -> "_Slot":
        path = self.folder / f"{self._count}{_SUFFIX}"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._count += 1
        return _Slot(path, file)

    def _write(self, entry: bytes, seed: int) -> None:
        """Write an entry behind the last; give the slot up when the disk does not take it."""
        slot = self._slot
        assert slot is not None
        data = _HEAD.pack(len(entry), zlib.crc32(entry, seed)) + entry
        try:
            if os.pwrite(slot.file, data, slot.end) != len(data):
                raise OSError("the disk took a part only")  # noqa: TRY301 - as if it had taken nothing
        except OSError as error:
            log.warning("journal.failed", session=self.folder.name, group=slot.number, error=str(error))
            self._slot = None  # what the group lacks must not be taken for the whole
            self.done(slot.number)
            return
        slot.end += len(data)

    def _clear(self, slot: "_Slot") -> None:
        """Make a slot's first entry none."""
        try:
            os.pwrite(slot.file, bytes(_HEAD.size), 0)
        except OSError:  # a disk that is full to the last block, and a slot that never was written
            with contextlib.suppress(OSError):
                os.ftruncate(slot.file, 0)


@dataclass
class _Slot:
    path: Path
    file: int  # descriptor
    number: int = -1  # the group it holds
    end: int = 0  # byte behind its last entry


def is_free(folder: Path) -> bool:
    """Return whether no process writes this journal."""
    lock = _locked(folder)
    if lock is not None:
        lock.close()
    return lock is not None


def _locked(folder: Path) -> IO[bytes] | None:
    path = folder / "lock"
    try:
        lock = path.open("ab")
    except OSError:  # who had it has just deleted the journal
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(lock.fileno()).st_ino:
            raise FileNotFoundError(path)
    except OSError:
        lock.close()
        return None
    return lock


def _map_last(folder: Path) -> mmap.mmap | None:
    """Map `last`; None when the disk has no room for 8 bytes."""
    path = folder / "last"
    try:
        if not path.exists() or path.stat().st_size != _LAST.size:
            path.write_bytes(_LAST.pack(-1))
        with path.open("r+b") as file:
            return mmap.mmap(file.fileno(), _LAST.size)
    except OSError as error:
        log.warning("journal.failed", session=folder.name, error=str(error))
        return None


def _read_slot(path: Path) -> Journaled | None:
    """Return a group up to its last whole entry; None without any frame."""
    try:
        data = path.read_bytes()
        opening, at = _entry(data, 0, 0)
        session, number, key = _openings.decode(opening)
        group: Group | None = None
        while at < len(data):
            try:
                entry, at = _entry(data, at, number)
            except EOFError:
                break
            frame_index, payloads = _entries.decode(entry)
            if group is None:
                group = Group(number, frame_index, frame_index, key, {})
            group.last_frame = frame_index
            for kind, payload in payloads:
                group.records.setdefault(kind, []).append(Record(frame_index, payload))
    except (OSError, EOFError, msgspec.DecodeError):
        return None
    return Journaled(session, group) if group else None


def _entry(data: bytes, at: int, seed: int) -> tuple[bytes, int]:
    """Return the entry at a byte, and where the next begins.

    Raises:
        EOFError: There is none, or it is cut off.
    """
    begin = at + _HEAD.size
    if begin > len(data):
        raise EOFError
    length, checksum = _HEAD.unpack_from(data, at)
    entry = data[begin : begin + length]
    if not length or len(entry) != length or zlib.crc32(entry, seed) != checksum:
        raise EOFError
    return entry, begin + length
