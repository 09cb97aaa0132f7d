"""The journal: frames that are not stored yet, in local files that outlive their process.

`<state>/journal/<session>/` holds a file for each group, `00000012.group`, a `lock` that the writer holds as long as it
lives, and `last`, the index of the last frame recorded (i64 LE, memory-mapped). A group's file is deleted when the
store has acknowledged its last chunk. A file is a sequence of entries `u32 LE length, u32 LE CRC-32, bytes`: first the
MessagePack array `[session, group number, key]`, then for each frame `[frame_index, [[kind, payload], …]]`. Each entry
is one `write`, so what a killed process leaves ends with at most one entry cut off. Nothing is forced to disk: a power
cut may take the last seconds, a killed process takes nothing.
"""

import contextlib
import fcntl
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import msgspec
import structlog

from runtime.errors import SessionError
from streams.chunks import Group, Record

log = structlog.get_logger()

_HEAD = struct.Struct("<II")
_LAST = struct.Struct("<q")
_SUFFIX = ".group"

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
        self._file = -1  # of the open group
        self._number = -1
        self._last: mmap.mmap | None = None
        self._broken = False

    def begin(self, session: str, group: Group) -> None:
        """Begin a group's file."""
        self._number, self._broken = group.number, False
        try:
            self._file = os.open(self._path(group.number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._write(_encoder.encode((session, group.number, group.key)))
        except OSError as error:
            self._give_up(error)

    def append(self, frame_index: int, payloads: Sequence[tuple[str, bytes]]) -> None:
        """Keep a frame of the open group; a disk that does not take it costs only the journal's protection."""
        if self._last is None:
            self._last = _map_last(self.folder)
        if self._last is not None:
            _LAST.pack_into(self._last, 0, frame_index)
        if not self._broken:
            try:
                self._write(_encoder.encode((frame_index, payloads)))
            except OSError as error:
                self._give_up(error)

    def end(self) -> bool:
        """End the open group's file; return whether it holds the whole group."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        return not self._broken

    def save(self, session: str, group: Group) -> bool:
        """Write a whole group that is in no file yet; return whether the disk took it."""
        by_frame: dict[int, list[tuple[str, bytes]]] = {}
        for kind, records in group.records.items():
            for record in records:
                by_frame.setdefault(record.frame_index, []).append((kind, record.data))
        self.begin(session, group)
        for frame_index in sorted(by_frame):
            if not self._broken:
                with contextlib.suppress(OSError):
                    self._write(_encoder.encode((frame_index, by_frame[frame_index])))
                    continue
                self._broken = True
        return self.end()

    def read(self, number: int) -> Group | None:
        """Return a group from its file; None when it is not whole any more."""
        found = _read_group(self._path(number))
        return found.group if found else None

    def done(self, number: int) -> None:
        """Forget a group: it is stored."""
        self._path(number).unlink(missing_ok=True)

    def close(self, *, remove: bool) -> None:
        """Let go; `remove` deletes the journal, which holds nothing that is not stored."""
        self.end()
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
        paths = sorted(self.folder.glob(f"*{_SUFFIX}"))
        return [found for path in paths if (found := _read_group(path)) is not None]

    @property
    def last_frame(self) -> int:
        """The last frame that the writer before this one recorded; -1 when unknown."""
        try:
            return int(_LAST.unpack((self.folder / "last").read_bytes())[0])
        except (OSError, struct.error):
            return -1

    def _write(self, entry: bytes) -> None:
        data = _HEAD.pack(len(entry), zlib.crc32(entry)) + entry
        if os.write(self._file, data) != len(data):
            raise OSError("the disk took a part only")

    def _give_up(self, error: OSError) -> None:
        """Go on without this group's file: what it lacks must not be taken for the whole."""
        log.warning("journal.failed", session=self.folder.name, group=self._number, error=str(error))
        self._broken = True
        with contextlib.suppress(OSError):
            self._path(self._number).unlink(missing_ok=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08}{_SUFFIX}"


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


def _read_group(path: Path) -> Journaled | None:
    """Return a group up to its last whole entry; None without any frame."""
    try:
        entries = _split(path.read_bytes())
        session, number, key = _openings.decode(next(entries))
        group: Group | None = None
        for entry in entries:
            frame_index, payloads = _entries.decode(entry)
            if group is None:
                group = Group(number, frame_index, frame_index, key, {})
            group.last_frame = frame_index
            for kind, data in payloads:
                group.records.setdefault(kind, []).append(Record(frame_index, data))
    except (OSError, StopIteration, msgspec.DecodeError):
        return None
    return Journaled(session, group) if group else None


def _split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        entry = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(entry) != length or zlib.crc32(entry) != checksum:
            return
        yield entry
        at += _HEAD.size + length
