"""Reading a recording: its metadata, what it lacks, and its frames one by one in bounded memory."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime import wire
from runtime.errors import SessionError, UsageError
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from streams.chunks import RECORDER, seek, unpack
from streams.rebuild import NEEDED, REBUILT, Rebuild
from streams.store import SessionStore, StoredSession
from streams.ticks import Memory, Tick, Video

#: Kinds with one payload for every frame; where one is missing, the recording has a hole.
EVERY_FRAME = ("input", "hash", "frame", "memory", "state")

#: Turns of the event loop in which nested generators that nobody holds any more get closed.
_TURNS = 8

_NOT_REBUILT = "no recorded savestate and inputs lead to it"


@dataclass(frozen=True)
class Hole:
    """Frames, first to last inclusive, of which the recording lacks a kind."""

    kind: str
    first_frame: int
    last_frame: int
    reason: str

    @property
    def frames(self) -> int:
        """How many frames it spans."""
        return self.last_frame - self.first_frame + 1


class Session:
    """One recorded session, as it was when it was opened."""

    def __init__(
        self,
        store: SessionStore,
        stored: StoredSession,
        first_frame: int,
        last_frame: int,
        *,
        rom: Path | None = None,
        core: str = "",
    ) -> None:
        """Use `open_session`."""
        self._store, self._stored = store, stored
        self.first_frame, self.last_frame = first_frame, last_frame
        self._rom, self._core = rom, core

    @property
    def meta(self) -> SessionMeta:
        """What the session is."""
        return self._stored.meta

    @property
    def stored(self) -> StoredSession:
        """How it lies in the store."""
        return self._stored

    @property
    def name(self) -> str:
        """The session's name."""
        return self._stored.name

    @property
    def frame_count(self) -> int:
        """Frames from the first to the last, holes included."""
        return self.last_frame - self.first_frame + 1

    @property
    def seconds(self) -> float:
        """The session's length in emulated time."""
        return self.frame_count / self.meta.rate_hz

    async def ticks(
        self,
        kinds: Collection[str] = RECORDED,
        *,
        start: int | None = None,
        end: int | None = None,
        holes: "HoleFinder | None" = None,
    ) -> AsyncGenerator[Tick, None]:
        """Iterate over the frames from `start` to `end`, inclusive; only `kinds` are fetched.

        Of a session that keeps inputs only, `frame`, `memory` and `state` are emulated again when they are among the
        kinds, and `hash` is then left out: it was checked. Frames to which no inputs lead lack them.

        Close it (`contextlib.aclosing`) when leaving early. `holes`, if given, is told what is read.

        Raises:
            UsageError: A kind is not recorded, or the range lies outside the recording.
            WireError: A chunk is damaged.
            BusError: The store cannot be reached.
            RomError: Frames are emulated again, and the ROM is not here.
            CoreError: Frames are emulated again, and the core is not here or is another one.
            SessionError: Frames are emulated again and came out otherwise, or this process does so already.
        """
        if unknown := sorted(set(kinds) - set(RECORDED)):
            raise UsageError(f"{', '.join(unknown)}: not recorded; recorded are {', '.join(RECORDED)}")
        first, last = self.span(start, end)
        position = 1 if start is None else await seek(self._read, self._stored.chunks, first)
        if holes:
            holes.begin(self.meta.first_frame if start is None else first)
        rebuilds = self.meta.store == "inputs" and not REBUILT.isdisjoint(kinds)
        if holes and rebuilds:
            holes.rebuild()
        reading = self._rebuilt(kinds, position, first, last) if rebuilds else self._stored_ticks(kinds, position, last)
        async with contextlib.aclosing(reading) as ticks:
            async for tick in ticks:
                if tick.frame_index >= first:
                    if holes:
                        holes.see(tick)
                    yield tick
        if holes:
            holes.end(last)

    def span(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Return the first and last frame of a range, of which None stands for the recording's own.

        Raises:
            UsageError: It lies outside the recording.
        """
        first = self.first_frame if start is None else start
        last = self.last_frame if end is None else end
        if not self.first_frame <= first <= last <= self.last_frame:
            raise UsageError(
                f"frames {first} to {last}: session {self.name!r} has frames {self.first_frame} to {self.last_frame}"
            )
        return first, last

    async def annotations(self) -> list[wire.Annotation]:
        """Return its acts of labelling, in order (streams.annotations).

        Raises:
            BusError: The store cannot be reached.
            WireError: An act is damaged.
        """
        return [act for _, act in await self._store.annotations(self.name)]

    async def find_holes(self, kinds: Collection[str] = ("input",)) -> list[Hole]:
        """Read through the recording and return what it lacks of these kinds, by frame.

        Raises:
            WireError: A chunk is damaged.
            BusError: The store cannot be reached.
        """
        there = {kind for kind in kinds if self.meta.keeps(kind)}
        finder = HoleFinder(there)
        async for _ in self.ticks({*there, "gap"}, holes=finder):
            pass
        return finder.found

    async def _read(self, position: int) -> wire.Chunk:
        return await self._store.read(self.name, position)

    async def _stored_ticks(self, kinds: Collection[str], position: int, last: int) -> AsyncGenerator[Tick, None]:
        """Yield what lies in the store from a chunk on, up to a frame."""
        video, memory = Video(), Memory()
        chunks = self._store.chunks(self.name, kinds, position)
        async with contextlib.aclosing(_frames(chunks)) as frames:
            async for frame_index, payloads in frames:
                if frame_index > last:
                    break
                yield Tick(frame_index, payloads, video, memory)

    async def _rebuilt(
        self, kinds: Collection[str], position: int, first: int, last: int
    ) -> AsyncGenerator[Tick, None]:
        """Yield the same with frames, memory and state emulated again from frame `first` on."""
        for _ in range(_TURNS):  # an iteration that was dropped unclosed is closed by the event loop
            if not Rebuild.busy():
                break
            await asyncio.sleep(0)
        with Rebuild(self.meta, kinds, first, self._rom, self._core) as rebuild:
            reading = self._stored_ticks({*NEEDED, *kinds} - REBUILT, position, last)
            async with contextlib.aclosing(reading) as ticks:
                async for tick in ticks:
                    for rebuilt in rebuild.take(tick):
                        yield rebuilt


class HoleFinder:
    """Notes the frames that each kind lacks, as ticks go by; the reason is the recorder's, where it knew."""

    def __init__(self, kinds: Collection[str] = EVERY_FRAME) -> None:
        self._next = {kind: 0 for kind in EVERY_FRAME if kind in kinds}
        self._known: list[wire.Gap] = []
        self._rebuilt = False
        self.found: list[Hole] = []

    def rebuild(self) -> None:
        """Learn that frames, memory and state are emulated again."""
        self._rebuilt = True

    def begin(self, frame_index: int) -> None:
        """Count from here, not from frame 0."""
        self._next = dict.fromkeys(self._next, frame_index)

    def see(self, tick: Tick) -> None:
        """Take the next frame."""
        self._known += [gap for gap in tick.gaps if gap.source == RECORDER]
        for kind, _ in tick.payloads:
            wanted = self._next.get(kind)
            if wanted is not None and tick.frame_index >= wanted:
                self._note(kind, wanted, tick.frame_index - 1)
                self._next[kind] = tick.frame_index + 1

    def unusable(self, kind: str, frame_index: int, reason: str) -> None:
        """Take a frame whose payload is there and of no use."""
        for i, hole in enumerate(self.found):
            if (hole.kind, hole.last_frame, hole.reason) == (kind, frame_index - 1, reason):
                self.found[i] = Hole(kind, hole.first_frame, frame_index, reason)
                return
        self.found.append(Hole(kind, frame_index, frame_index, reason))

    def end(self, last_frame: int) -> None:
        """Take the last frame that was asked for."""
        for kind, wanted in self._next.items():
            self._note(kind, wanted, last_frame)
            self._next[kind] = last_frame + 1

    def _note(self, kind: str, first: int, last: int) -> None:
        if first > last:
            return
        reasons = (g.reason for g in self._known if g.kind == kind and g.first_frame <= last and g.last_frame >= first)
        unknown = _NOT_REBUILT if self._rebuilt and kind in REBUILT else "never written"
        self.found.append(Hole(kind, first, last, next(reasons, unknown)))


async def open_session(store: SessionStore, name: str, rom: Path | None = None, core: str = "") -> Session:
    """Open a recorded session for reading.

    Args:
        store: Where it is.
        name: Its name.
        rom: The ROM to emulate it again with, if that becomes necessary; None for the one it was recorded from.
        core: The libretro core for that, by name or path; empty for the console's.

    Raises:
        SessionError: There is none of this name, or it has no frames.
        BusError: The store cannot be reached.
    """
    stored = await store.describe(name)
    try:
        first, last = await store.read(name, 1), await store.read(name, stored.chunks)
    except SessionError as error:
        text = f"session {name!r} has no frames: it was ended or killed before the first was written"
        raise SessionError(text) from error
    return Session(store, stored, first.first_frame, last.last_frame, rom=rom, core=core)


async def _frames(
    chunks: AsyncGenerator[wire.Chunk, None],
) -> AsyncGenerator[tuple[int, list[tuple[str, bytes]]], None]:
    """Yield (frame, payloads); what was recorded in two goes for one frame is one."""
    held: tuple[int, list[tuple[str, bytes]]] | None = None
    async with contextlib.aclosing(_groups(chunks)) as groups:
        async for group in groups:
            for frame_index, payloads in _by_frame(group):
                if held and held[0] == frame_index:
                    held[1].extend(payloads)
                    continue
                if held:
                    yield held
                held = frame_index, payloads
    if held:
        yield held


async def _groups(chunks: AsyncGenerator[wire.Chunk, None]) -> AsyncGenerator[list[wire.Chunk], None]:
    """Yield the chunks that were written together."""
    group: list[wire.Chunk] = []
    async with contextlib.aclosing(chunks):
        async for chunk in chunks:
            if group and chunk.group != group[0].group:
                yield group
                group = []
            group.append(chunk)
    if group:
        yield group


def _by_frame(group: Sequence[wire.Chunk]) -> list[tuple[int, list[tuple[str, bytes]]]]:
    """Return each frame's payloads, in the order of frames and, within one, of the chunks."""
    frames: dict[int, list[tuple[str, bytes]]] = {}
    for chunk in group:
        kind = chunk.kind
        for frame_index, data in unpack(chunk):
            frames.setdefault(frame_index, []).append((kind, data))
    return sorted(frames.items())
