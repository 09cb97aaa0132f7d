"""Groups → store: exactly once, in order, however often the store has to be asked.

Groups wait in memory; when too many do, those that the journal holds are read back from it when their turn comes, and
only what is in no journal is given up, by a gap record in its place.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import structlog

from runtime.errors import BusError, SessionError
from runtime.session_meta import SessionMeta
from streams.chunks import Group, Record, gap_of, pack_each
from streams.journal import Journal
from streams.store import NotStoredError, SessionStore

log = structlog.get_logger()

#: One writer packs at a time in each event loop: 32 sessions that pack at once would keep frames waiting.
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(frozen=True)
class Waiting:
    """How much may wait, and for how long.

    Attributes:
        room_bytes: `StoreWriter.make_room` waits while more than this is unwritten.
        max_bytes: Above this the oldest groups leave memory.
        max_spilled_bytes: Of these the journal keeps at most so much; beyond it they are given up.
        retry_s: Pause between attempts while the store cannot be reached.
        patience_s: How long `finish` goes on while nothing at all gets written.
    """

    room_bytes: int = 64 << 20
    max_bytes: int = 256 << 20
    max_spilled_bytes: int = 8 << 30
    retry_s: float = 0.1
    patience_s: float = 30.0


@dataclass
class _Queued:
    """A group that waits; `group` is None while only the journal has it."""

    group: Group | None
    number: int
    count: int
    size: int
    journaled: bool
    given_up: bool = False


@dataclass(frozen=True)
class _NextPart:
    meta: SessionMeta
    drop: tuple[str, ...]


class StoreWriter:
    """Writes the groups of one session, or of its parts one after the other. Use from one event loop."""

    def __init__(self, store: SessionStore, waiting: Waiting, journal: Journal | None) -> None:
        self._store, self._waiting, self._journal = store, waiting, journal
        self._session = ""
        self._position = 1  # of the next chunk
        self._queue: deque[_Queued | _NextPart] = deque()
        self.unwritten_bytes = 0  # in memory, open group included
        self._stored_bytes = 0  # of the session's chunks, since the start
        self.lost = 0
        self.failed = False
        self._spilled_bytes = 0
        self._silent = False
        self._closing = False
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._until_cut: Callable[[], float | None] = lambda: None
        self._cut: Callable[[], None] = lambda: None

    def start(
        self, session: str, position: int, until_cut: Callable[[], float | None], cut: Callable[[], None]
    ) -> None:
        """Begin to write.

        Args:
            session: Where to.
            position: Of the next chunk.
            until_cut: Returns the seconds until the open group is due, None without one.
            cut: Ends the open group and adds it.
        """
        self._session, self._position = session, position
        self._until_cut, self._cut = until_cut, cut
        self._task = asyncio.create_task(self._run(), name=f"recorder {session}")

    def stored_bytes(self, session: str) -> int:
        """Return how much of a session's chunks was stored since the start."""
        return self._stored_bytes if session == self._session else 0

    def wake(self) -> None:
        """Look at the open group's age again."""
        if not self._queue:
            self._work.set()

    def add(self, group: Group, *, journaled: bool) -> None:
        """Take a whole group, whose bytes `unwritten_bytes` counts already."""
        if self.failed:
            self.lost += group.count
            return
        self._queue.append(_Queued(group, group.number, group.count, group.payload_bytes, journaled))
        self._lighten()
        self._work.set()

    def begin_part(self, meta: SessionMeta, drop: Sequence[str] = ()) -> None:
        """Complete the session written so far, write what follows to another, and remove the sessions in `drop`."""
        self._queue.append(_NextPart(meta, tuple(drop)))
        self._work.set()

    async def make_room(self) -> None:
        """Wait while too much is unwritten."""
        while self.unwritten_bytes > self._waiting.room_bytes and not self.failed:
            self._cut()
            self._room.clear()
            await self._room.wait()

    async def finish(self) -> bool:
        """Write what waits, then complete the session; return whether all was written."""
        if self._task is None:
            return not self.failed
        self._closing = True
        self._work.set()
        await self._finish_writing(self._task)
        self._task = None
        if not self.failed:
            await self._complete(self._session)
        return not self.failed

    async def _run(self) -> None:
        while (item := await self._next()) is not None:
            try:
                if isinstance(item, _NextPart):
                    await self._change_part(item)
                else:
                    await self._write_queued(item)
            except SessionError as error:
                self._fail(error)
                return
            self._queue.popleft()
            self._room.set()

    async def _next(self) -> "_Queued | _NextPart | None":
        while not self._queue:
            if self._closing:
                return None
            self._work.clear()
            try:
                await asyncio.wait_for(self._work.wait(), self._until_cut())
            except TimeoutError:
                if self._until_cut() == 0:
                    self._cut()
        return self._queue[0]

    async def _write_queued(self, item: _Queued) -> None:
        group = item.group
        if group is None:
            assert self._journal is not None
            group = self._journal.read(item.number)
            self._spilled_bytes -= item.size
            if group is None:
                self._give_up(item, "its journal file is gone")
                return
        gaps: list[Record] = []
        chunks = pack_each(group, self._store.max_chunk_bytes, gaps)
        while (packed := await self._packed(chunks)) is not None:
            await self.write_chunk(*packed)
        self.lost += len(gaps)
        if self._journal and item.journaled:
            self._journal.done(item.number)
        if item.group is not None:
            self.unwritten_bytes -= item.size

    async def _packed(self, chunks: Iterator[tuple[str, bytes]]) -> tuple[str, bytes] | None:
        """Pack the next chunk; None at the end. Writers of one process take turns: half a millisecond, then frames."""
        loop = asyncio.get_running_loop()
        async with _turns.setdefault(loop, asyncio.Lock()):
            packed = next(chunks, None)
            await asyncio.sleep(0)
        return packed

    async def write_chunk(self, kind: str, chunk: bytes) -> None:
        """Store one chunk at the next position exactly once.

        Raises:
            SessionError: The session was removed.
        """
        while True:
            try:
                await self._store.append(self._session, self._position, kind, chunk)
            except NotStoredError as error:
                self._note_outage(error)
                if await self._was_stored():
                    break
            else:
                break
        self._position += 1
        self._stored_bytes += len(chunk)
        self._note_outage(None)

    async def _change_part(self, part: _NextPart) -> None:
        """Complete this part, create the next, and remove those that must go.

        Raises:
            SessionError: The next one's name is taken by a session that has something in it.
        """
        await self._complete(self._session)
        while True:
            try:
                await create_or_reuse(self._store, part.meta)
                for name in part.drop:
                    await self._remove(name)
            except BusError as error:
                self._note_outage(error)
                await asyncio.sleep(self._waiting.retry_s)
            else:
                break
        self._note_outage(None)
        self._session, self._position, self._stored_bytes = part.meta.session, 1, 0

    async def _remove(self, name: str) -> None:
        try:
            await self._store.remove(name)
        except SessionError:  # somebody removed it before
            return
        log.info("recorder.dropped", session=name)

    async def _complete(self, session: str) -> None:
        try:
            await self._store.complete(session)
        except (SessionError, BusError) as error:
            log.warning("recorder.not_marked_complete", session=session, error=str(error))

    def _lighten(self) -> None:
        """Let the oldest groups leave memory while too much waits; never the first, which is being written."""
        before = self.lost
        for i in range(1, len(self._queue) - 1):
            if self.unwritten_bytes <= self._waiting.max_bytes:
                break
            item = self._queue[i]
            if isinstance(item, _NextPart) or item.group is None or item.given_up:
                continue
            if item.journaled and self._spilled_bytes + item.size <= self._waiting.max_spilled_bytes:
                item.group = None
                self._spilled_bytes += item.size
                self.unwritten_bytes -= item.size
            else:
                gap = gap_of(item.group, time.monotonic_ns(), "the store did not take it in time")
                self.lost += item.count
                self.unwritten_bytes -= item.size - gap.payload_bytes
                if self._journal and item.journaled:
                    self._journal.done(item.number)
                self._queue[i] = _Queued(gap, item.number, gap.count, gap.payload_bytes, False, given_up=True)
        if self.lost > before:
            log.error("recorder.gave_up", session=self._session, payloads=self.lost - before, lost=self.lost)

    def _give_up(self, item: _Queued, reason: str) -> None:
        self.lost += item.count
        log.error("recorder.gave_up", session=self._session, payloads=item.count, lost=self.lost, reason=reason)

    def _note_outage(self, error: Exception | None) -> None:
        """Say once that the store does not take a chunk, and once that it does again."""
        if error and not self._silent:
            log.warning("recorder.waiting", session=self._session, error=str(error))
        elif not error and self._silent:
            log.info("recorder.resumed", session=self._session, unwritten_bytes=self.unwritten_bytes)
        self._silent = error is not None

    async def _was_stored(self) -> bool:
        """Ask the store, once it answers, whether the chunk at our position is there after all."""
        while True:
            await asyncio.sleep(self._waiting.retry_s)
            try:
                stored = await self._store.describe(self._session)
            except BusError:
                continue
            break
        if stored.chunks < self._position - 1:  # a power cut took what the disk had not yet
            log.error("recorder.store_lost", session=self._session, chunks=self._position - 1 - stored.chunks)
            self._position = stored.chunks + 1
        return stored.chunks >= self._position

    def _fail(self, error: SessionError) -> None:
        """Stop recording for good."""
        self.failed = True
        lost = sum(item.count for item in self._unsaved())
        self.lost += lost
        self._queue.clear()
        self.unwritten_bytes = 0
        self._room.set()
        log.error(
            "recorder.failed", session=self._session, lost=lost, in_journal=self._journal is not None, error=str(error)
        )

    def _unsaved(self) -> Iterator[_Queued]:
        """Save what waits in the journal; yield what no disk takes."""
        session = self._session
        for item in self._queue:
            if isinstance(item, _NextPart):
                session = item.meta.session
            elif not (item.journaled or (self._journal and item.group and self._journal.save(session, item.group))):
                yield item

    async def _finish_writing(self, task: "asyncio.Task[None]") -> None:
        """Wait for the writing as long as anything gets written."""
        position = -1
        while not task.done() and position != self._position:
            position = self._position
            await asyncio.wait({task}, timeout=self._waiting.patience_s)
        if task.done():
            task.result()
            return
        task.cancel()
        await asyncio.wait({task})
        self._fail(SessionError(f"nothing could be written for {self._waiting.patience_s:g} s"))


async def create_or_reuse(store: SessionStore, meta: SessionMeta) -> None:
    """Create a session; one of that name without anything in it is ours from an attempt whose answer was lost.

    Raises:
        SessionError: The name is taken by a session that has something in it, or that is complete.
        BusError: The store cannot be reached.
    """
    try:
        await store.create(meta)
    except SessionError:
        stored = await store.describe(meta.session)
        if stored.chunks or stored.status == "complete":
            raise
