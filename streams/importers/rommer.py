"""Data of the rommer collector → a session: an event log, and one picture for each frame set.

A set becomes 5 frames, set `s` the frames `5 s` to `5 s + 4`, so that ids stay what they were. A row of a chunked scan
belongs to the frame of its chunk (the published collector's sixth chunk, of at most 8 bytes, to the last one); a log
whose frames are `5 s` to `5 s + 4` in every set, as ours are, keeps them. Each of the five shows the set's picture,
which was taken at its end. Memory is rebuilt from the rows: a byte has the value of the last row that wrote it, before
the first such row the previous value that row names, and 0 where no row says anything. On a frame without rows the keys
are taken to be held on. The rows themselves are kept, as text in events: `streams.framesets.trace` gives them back.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import xxhash
from numpy.typing import NDArray

from runtime import wire
from runtime.console import CONSOLES
from runtime.errors import FramewireError, SessionError, UsageError
from runtime.pixels import Raw
from runtime.session_meta import SessionMeta
from streams.chunks import RECORDER
from streams.framesets.event_log import EventLog, EventRow, line_of
from streams.framesets.keys import USUAL, GameConfig, held_keys
from streams.framesets.layout import FRAMES_PER_SET, GBA_REGIONS, Layout
from streams.framesets.trace import ROWS_EVENT
from streams.importers.pictures import Framing, PictureError, load, picture_size
from streams.importers.recording import IMPORT, Recording, imported_meta, recording
from streams.session import open_session
from streams.store import SessionStore

#: Rows in one event, so that no payload comes near the server's limit of 1 MiB.
_ROWS_IN_EVENT = 1000

_GBA = CONSOLES["gba"]
_AS_IS = Framing()


@dataclass(frozen=True)
class Source:
    """What is imported.

    Attributes:
        csv: The event log.
        snapshots: The folder with `<frame_set_id>.png`.
        config: How keys map to buttons.
        skip_bad: Leave bad lines out instead of giving up.
    """

    csv: Path
    snapshots: Path
    config: GameConfig = USUAL
    skip_bad: bool = False


@dataclass
class Imported:
    """What came of it.

    Attributes:
        session: The session.
        frames: Frames recorded.
        rows: Rows of the log.
        bad: Lines left out.
        cut: Whether the log's last line was cut off, and left out.
        pictures: Files whose picture is in the session.
        lacking: By frame set, why it has no picture.
        unused: Pictures of no frame set in the log.
        unknown_keys: Keys that are no button, by the rows that have them.
    """

    session: str
    frames: int = 0
    rows: int = 0
    bad: int = 0
    cut: bool = False
    pictures: list[Path] = field(default_factory=list)
    lacking: dict[int, str] = field(default_factory=dict)
    unused: int = 0
    unknown_keys: Counter[str] = field(default_factory=Counter)


async def import_rommer(
    store: SessionStore, source: Source, name: str, on_frame: Callable[[], object] = lambda: None
) -> Imported:
    """Record old data as session `name`, then read it back and compare. The log is read twice, a frame set at a time.

    Raises:
        UsageError: The data cannot be read, or a line or picture is not as it must be; nothing is stored then.
        SessionError: The name is taken, or what was stored is not what was read.
        BusError: The store cannot be reached.
    """
    survey = _Survey(source)
    imported = Imported(name, unused=survey.unused)
    proof = xxhash.xxh3_64()
    async with recording(store, survey.meta(name)) as into:
        log = EventLog(source.csv, skip_bad=source.skip_bad)
        await _record(into, survey, log, imported, proof, on_frame)
    imported.frames, imported.rows, imported.bad, imported.cut = into.frames, log.rows, log.bad, log.cut
    try:
        await _check(store, name, proof.intdigest())
    except FramewireError:
        await store.remove(name)
        raise
    return imported


def clean_up(source: Source, imported: Imported) -> list[str]:
    """Remove the pictures that are in the session, and their folder when it is empty then.

    Returns:
        What else lies in the folder, by name; it stays.
    """
    for path in imported.pictures:
        path.unlink()
    left = sorted(path.name for path in source.snapshots.iterdir())
    if not left:
        shutil.rmtree(source.snapshots)
    return left


class _Survey:
    """The first reading: which frame sets there are, what memory was at the beginning, and that all can be read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.memory = _Memory()
        self.timestamp = -1
        known = _Memory.known()
        first = last = -1
        self._by_frame, by_chunk = True, True  # whether frames are 5 s + 0 … 4, and whether they follow the chunks
        log = EventLog(source.csv, skip_bad=source.skip_bad)
        for set_id, rows in _sets(log):
            self.memory.begin(rows, known)
            offsets = [row.frame - set_id * FRAMES_PER_SET for row in rows]
            self._by_frame = self._by_frame and min(offsets) >= 0 and max(offsets) < FRAMES_PER_SET
            by_chunk = by_chunk and all(row.chunk_id == at for row, at in zip(rows, offsets, strict=True))
            if first < 0:
                first, self.timestamp = set_id, rows[0].timestamp
            last = set_id
        if first < 0:
            raise UsageError(f"{source.csv}: it has no rows, so there is nothing to import")
        self.pictures, self.unused = _pictures(source.snapshots, first - 1, last + 1)
        self.first = min(first, *self.pictures) if self.pictures else first
        self.last = max(last, *self.pictures) if self.pictures else last
        self.size = _common_size(self.pictures.values())
        self.scan = "full" if self._by_frame and not by_chunk else "chunked"
        self.facts: dict[str, wire.Scalar] = {
            "csv": source.csv.name,
            "csv_sha256": log.sha256(),
            "rows": log.rows,
            "bad_lines": log.bad,
            "cut_off": log.cut,
        }

    def meta(self, name: str) -> SessionMeta:
        """Return the session's metadata."""
        try:
            created = datetime.fromtimestamp(self.timestamp / 1000, UTC).isoformat(timespec="milliseconds")
        except (ValueError, OverflowError, OSError) as error:
            raise UsageError(f"{self.source.csv}: timestamp {self.timestamp} ms is no time: {error}") from error
        return imported_meta(
            name,
            created=created,
            game=self.source.config.game or "rommer",
            console=_GBA.name,
            size=self.size or (_GBA.width, _GBA.height),
            rate_hz=_GBA.rate_hz,
            buttons=_GBA.buttons,
            regions=GBA_REGIONS,
            scan=self.scan,
            origin="rommer",
            kinds=("event", "gap", "input", "frame", "memory", "state"),
            first_frame=self.first * FRAMES_PER_SET,
        )

    def frames(self, rows: Sequence[EventRow]) -> list[list[EventRow]]:
        """Return a set's rows by frame."""
        frames: list[list[EventRow]] = [[] for _ in range(FRAMES_PER_SET)]
        for row in rows:
            offset = row.frame % FRAMES_PER_SET if self._by_frame else min(row.chunk_id, FRAMES_PER_SET - 1)
            frames[offset].append(row)
        return frames


class _Memory:
    """IWRAM and EWRAM, as far as the log tells."""

    def __init__(self) -> None:
        layout = Layout(GBA_REGIONS)
        self._image = np.zeros(layout.image_bytes, dtype=np.uint8)
        starts = {part.name: part.first * 4 for part in layout.parts}
        self._shift = {region.name: starts[region.name] - region.address for region in GBA_REGIONS}
        self._end = {region.name: starts[region.name] + region.size for region in GBA_REGIONS}
        self._views = {r.name: self._image[starts[r.name] : starts[r.name] + r.size] for r in GBA_REGIONS}

    @staticmethod
    def known() -> NDArray[np.bool_]:
        """Return an empty record of which bytes are known, for `begin`."""
        return np.zeros(Layout(GBA_REGIONS).image_bytes, dtype=bool)

    @property
    def regions(self) -> dict[str, NDArray[np.uint8]]:
        """Each region's bytes."""
        return self._views

    def begin(self, rows: Sequence[EventRow], known: NDArray[np.bool_]) -> None:
        """Take the values that bytes had before their first row; `known` says which are taken already."""
        where, values = self._bytes(rows[::-1], [row.prev_val for row in reversed(rows)])  # so that the first row wins
        new = ~known[where]
        self._image[where[new]] = values[new]
        known[where] = True

    def apply(self, rows: Sequence[EventRow]) -> None:
        """Write the values that the rows name."""
        where, values = self._bytes(rows, [row.curr_val for row in rows])
        self._image[where] = values

    def _bytes(self, rows: Sequence[EventRow], words: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return where each byte of the rows' words lies, and its value; a word may begin at any address.

        The published collector's last word of a region runs past it; those bytes are none of the region's.
        """
        starts = np.array([row.address + self._shift[row.region] for row in rows], dtype=np.int64)
        ends = np.array([self._end[row.region] for row in rows], dtype=np.int64)
        where = starts[:, None] + np.arange(4)
        values = np.array(words, dtype="<u4").view(np.uint8).reshape(-1, 4)
        inside = where < ends[:, None]
        return where[inside], values[inside]


async def _record(
    into: Recording,
    survey: _Survey,
    log: EventLog,
    imported: Imported,
    proof: xxhash.xxh3_64,
    on_frame: Callable[[], object],
) -> None:
    keys = _Keys(survey.source.config, imported.unknown_keys)
    sets = _sets(log)
    ahead = next(sets, None)
    for set_id in range(survey.first, survey.last + 1):
        of_set: list[EventRow] = []
        if ahead and ahead[0] == set_id:
            of_set, ahead = ahead[1], next(sets, None)
        raw = _picture(survey.pictures.get(set_id), set_id, imported)
        for offset, rows in enumerate(survey.frames(of_set)):
            frame_index = set_id * FRAMES_PER_SET + offset
            survey.memory.apply(rows)
            sent_ns = into.sent_ns(frame_index)
            events = list(_events(rows, frame_index, sent_ns))
            if not into.frames:
                events.insert(0, _event("import.rommer", frame_index, sent_ns, survey.facts))
            gaps = [_gap(set_id, imported.lacking[set_id], sent_ns)] if raw is None and offset == 0 else []
            pixels_hash = await into.add(
                frame_index,
                raw=raw,
                memory=survey.memory.regions,
                held=keys.input(rows, frame_index, sent_ns),
                events=events,
                gaps=gaps,
            )
            _add_to(proof, frame_index, pixels_hash, events)
            on_frame()


class _Keys:
    """What is held, from the rows' current_keys."""

    def __init__(self, config: GameConfig, unknown: Counter[str]) -> None:
        self._config, self._unknown = config, unknown
        self._held: tuple[str, ...] = ()

    def input(self, rows: Sequence[EventRow], frame_index: int, sent_ns: int) -> wire.Input:
        """Return the buttons held on a frame."""
        reason = "" if rows else "held on: the log has no row of this frame"
        if rows:
            self._held = self._buttons(rows[-1].current_keys, len(rows))
        cause = wire.Cause(actor="player", buttons=self._held, observed_frame=frame_index - 1, reason=reason)
        causes = (cause,) if self._held else ()
        return wire.Input(frame_index=frame_index, sent_ns=sent_ns, buttons=self._held, causes=causes)

    def _buttons(self, text: str, rows: int) -> tuple[str, ...]:
        held = set()
        for key in held_keys(text):
            button = self._config.buttons.get(key.lower())
            if button:
                held.add(button)
            else:
                self._unknown[key] += rows
        return tuple(button for button in _GBA.buttons if button in held)


def _sets(log: EventLog) -> Iterator[tuple[int, list[EventRow]]]:
    """Yield each frame set of a log with its rows.

    Raises:
        UsageError: The log cannot be read, or its frame sets are not in order.
    """
    before = -1
    for set_id, rows in groupby(log, key=lambda row: row.frame_set_id):
        if set_id < before:
            raise UsageError(
                f"{log.path}:{log.line}: frame_set_id {set_id} comes after {before}: a log has them in order; "
                "logs of several runs must be imported one by one"
            )
        before = set_id
        yield set_id, list(rows)


def _pictures(folder: Path, first: int, last: int) -> tuple[dict[int, Path], int]:
    """Return the pictures of the frame sets from first to last, and how many there are of others."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: no folder")
    numbered = {int(path.stem): path for path in folder.glob("*.png") if path.stem.isascii() and path.stem.isdigit()}
    found = {set_id: path for set_id, path in sorted(numbered.items()) if first <= set_id <= last}
    return found, len(numbered) - len(found)


def _common_size(paths: Iterable[Path]) -> tuple[int, int] | None:
    """Return the pictures' size; None when there is none that can be read."""
    size: tuple[int, int] | None = None
    for path in paths:
        try:
            seen = picture_size(path)
        except PictureError:  # it becomes a gap
            continue
        if size and seen != size:
            raise UsageError(f"{path}: {seen[0]}x{seen[1]} pixels, others have {size[0]}x{size[1]}: all must be alike")
        size = _AS_IS.result(*seen, str(path))
    return size


def _picture(path: Path | None, set_id: int, imported: Imported) -> Raw | None:
    if path is None:
        imported.lacking[set_id] = f"there is no {set_id}.png"
        return None
    try:
        raw = load(path, _AS_IS)
    except PictureError as error:
        imported.lacking[set_id] = f"{path.name} cannot be read: {error.__cause__}"
        return None
    imported.pictures.append(path)
    return raw


def _events(rows: Sequence[EventRow], frame_index: int, sent_ns: int) -> Iterator[wire.Event]:
    for at in range(0, len(rows), _ROWS_IN_EVENT):
        text = "".join(map(line_of, rows[at : at + _ROWS_IN_EVENT]))
        yield _event(ROWS_EVENT, frame_index, sent_ns, {"rows": text})


def _event(name: str, frame_index: int, sent_ns: int, facts: dict[str, wire.Scalar]) -> wire.Event:
    return wire.Event(source=IMPORT, frame_index=frame_index, sent_ns=sent_ns, name=name, facts=facts)


def _gap(set_id: int, reason: str, sent_ns: int) -> wire.Gap:
    first = set_id * FRAMES_PER_SET
    return wire.Gap(
        source=RECORDER,
        sent_ns=sent_ns,
        kind="frame",
        first_frame=first,
        last_frame=first + FRAMES_PER_SET - 1,
        count=FRAMES_PER_SET,
        reason=reason,
    )


def _add_to(proof: xxhash.xxh3_64, frame_index: int, pixels_hash: int, events: Sequence[wire.Event]) -> None:
    """Add a frame to the hash by which what was stored is compared with what was read."""
    rows = "".join(str(event.facts["rows"]) for event in events if event.name == ROWS_EVENT)
    proof.update(f"{frame_index} {pixels_hash} {rows}".encode())


async def _check(store: SessionStore, name: str, wanted: int) -> None:
    """Read everything back, decode it, and compare its hash."""
    proof = xxhash.xxh3_64()
    session = await open_session(store, name)
    async for tick in session.ticks():
        pixels_hash = tick.video_message.pixels_hash if tick.frame is not None and tick.video_message else 0
        tick.memory_image()
        _add_to(proof, tick.frame_index, pixels_hash, tick.events)
    if proof.intdigest() != wanted:
        raise SessionError(f"session {name!r}: what was stored is not what was read; it is removed again")
