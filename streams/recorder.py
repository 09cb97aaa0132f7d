"""The recorder: keeps what a bridge publishes, in order and exactly once, without ever making a frame wait.

    bridge.record ─► open group ─► queue of whole groups ─► writer task ─► store

The durable path is apart from the live one: when JetStream stalls or its server restarts, groups wait in memory and are
written afterwards, and live subscribers see nothing of it. What a killed bridge can lose is the open group.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from runtime.errors import BusError, SessionError
from runtime.nats_bus import NatsBus
from runtime.session_meta import Recorder, SessionMeta
from streams.chunks import Group, Record, gap_of, pack
from streams.jetstream_store import JetStreamStore
from streams.store import NotStoredError, SessionStore

log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """When groups are cut, and how much may wait.

    Attributes:
        frames: A group with this many ends at the next frame that a reader may begin at.
        kind_bytes: So many bytes of one kind end a group anywhere.
        age_s: A group that began so long ago is written; bounds what a killed bridge loses when frames come slowly.
        room_bytes: `make_room` waits while more than this is unwritten.
        max_bytes: Above this the oldest groups are given up; the recording then names the gap.
        retry_s: Pause between attempts while the store cannot be reached.
        patience_s: How long `close` goes on while nothing at all gets written.
    """

    frames: int = 60
    kind_bytes: int = 256 << 10
    age_s: float = 2.0
    room_bytes: int = 64 << 20
    max_bytes: int = 512 << 20
    retry_s: float = 0.1
    patience_s: float = 30.0


async def jetstream_recorder(bus: NatsBus) -> Recorder:
    """Return a recorder into JetStream; launch files name it `streams.recorder:jetstream_recorder`."""
    return StreamRecorder(JetStreamStore(bus))


class StreamRecorder:
    """Records one session into a store. Use from one event loop."""

    def __init__(self, store: SessionStore, limits: Limits | None = None) -> None:
        self._store = store
        self._limits = limits or Limits()
        self._session = ""
        self._open: Group | None = None  # the group that frames join
        self._open_bytes: dict[str, int] = {}
        self._open_since = 0.0
        self._groups: deque[Group] = deque()  # whole ones; the first is being written
        self._sizes: deque[int] = deque()  # bytes of each
        self._unwritten_bytes = 0
        self._number = 0
        self._position = 1  # of the next chunk
        self._lost = 0
        self._failed = self._waiting = False
        self._closing = False
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @property
    def lost(self) -> int:
        """Payloads given up on since the start."""
        return self._lost

    @property
    def unwritten_bytes(self) -> int:
        """Bytes that wait to be written."""
        return self._unwritten_bytes

    async def open(self, meta: SessionMeta) -> None:
        """See Recorder."""
        await self._store.create(meta)
        self._session = meta.session
        self._writer = asyncio.create_task(self._write(), name=f"recorder {meta.session}")

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """See Recorder."""
        if self._failed:
            self._lost += len(payloads)
            return
        group = self._open
        if group is not None and key and (not group.key or frame_index - group.first_frame >= self._limits.frames):
            self._cut()
        group = self._open or self._begin(frame_index, key=key)
        group.last_frame = frame_index
        for kind, data in payloads:
            group.records.setdefault(kind, []).append(Record(frame_index, data))
            self._open_bytes[kind] = self._open_bytes.get(kind, 0) + len(data)
            self._unwritten_bytes += len(data)
        if max(self._open_bytes.values(), default=0) > self._limits.kind_bytes:
            self._cut()

    async def make_room(self) -> None:
        """See Recorder."""
        while self._unwritten_bytes > self._limits.room_bytes and not self._failed:
            self._cut()
            self._room.clear()
            await self._room.wait()

    async def close(self) -> None:
        """See Recorder."""
        if self._writer is None:
            return
        self._cut()
        self._closing = True
        self._work.set()
        await self._finish_writing(self._writer)
        self._writer = None
        if self._failed:
            return
        try:
            await self._store.complete(self._session)
        except (SessionError, BusError) as error:
            log.warning("recorder.not_marked_complete", session=self._session, error=str(error))

    def _begin(self, frame_index: int, *, key: bool) -> Group:
        self._open = Group(self._number, frame_index, frame_index, key, {})
        self._number += 1
        self._open_since = time.monotonic()
        if not self._groups:
            self._work.set()  # the idle writer learns when this group will be old
        return self._open

    def _cut(self) -> None:
        """Hand the open group to the writer."""
        if self._open is None:
            return
        self._groups.append(self._open)
        self._sizes.append(sum(self._open_bytes.values()))
        self._open, self._open_bytes = None, {}
        self._give_up_oldest()
        self._work.set()

    def _give_up_oldest(self) -> None:
        """Replace the oldest groups by their gaps while too much waits; never the first, which is being written."""
        given_up = 0
        for i in range(1, len(self._groups) - 1):
            if self._unwritten_bytes <= self._limits.max_bytes:
                break
            group = self._groups[i]
            if set(group.records) == {"gap"}:
                continue
            gap = gap_of(group, time.monotonic_ns(), "the store did not take it in time")
            given_up += group.count
            self._groups[i] = gap
            self._unwritten_bytes -= self._sizes[i] - gap.payload_bytes
            self._sizes[i] = gap.payload_bytes
        if given_up:
            self._lost += given_up
            log.error("recorder.gave_up", session=self._session, payloads=given_up, lost=self._lost)

    async def _write(self) -> None:
        """Write groups as they become whole, until closed."""
        while (group := await self._next_group()) is not None:
            chunks, refused = pack(group, self._store.max_chunk_bytes)
            self._lost += refused
            try:
                for kind, chunk in chunks:
                    await self._write_chunk(kind, chunk)
            except SessionError as error:
                self._fail(error)
                return
            self._groups.popleft()
            self._unwritten_bytes -= self._sizes.popleft()
            self._room.set()

    async def _next_group(self) -> Group | None:
        while not self._groups:
            if self._closing:
                return None
            self._work.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._work.wait(), self._until_old())
            if self._open is not None and self._until_old() == 0:
                self._cut()
        return self._groups[0]

    def _until_old(self) -> float | None:
        if self._open is None:
            return None
        return max(0.0, self._open_since + self._limits.age_s - time.monotonic())

    async def _write_chunk(self, kind: str, chunk: bytes) -> None:
        """Store one chunk exactly once, however often the store has to be asked.

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
        self._note_outage(None)

    def _note_outage(self, error: NotStoredError | None) -> None:
        """Say once that the store does not take a chunk, and once that it does again."""
        if error and not self._waiting:
            log.warning("recorder.waiting", session=self._session, error=str(error))
        elif not error and self._waiting:
            log.info("recorder.resumed", session=self._session, unwritten_bytes=self._unwritten_bytes)
        self._waiting = error is not None

    async def _was_stored(self) -> bool:
        """Ask the store, once it answers, whether the chunk at our position is there after all."""
        while True:
            await asyncio.sleep(self._limits.retry_s)
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
        self._failed = True
        self._lost += sum(group.count for group in self._groups) + (self._open.count if self._open else 0)
        self._groups.clear()
        self._sizes.clear()
        self._open, self._open_bytes = None, {}
        self._unwritten_bytes = 0
        self._room.set()
        log.error("recorder.failed", session=self._session, lost=self._lost, error=str(error))

    async def _finish_writing(self, writer: asyncio.Task[None]) -> None:
        """Wait for the writer as long as anything gets written."""
        position = -1
        while not writer.done() and position != self._position:
            position = self._position
            await asyncio.wait({writer}, timeout=self._limits.patience_s)
        if writer.done():
            writer.result()
            return
        writer.cancel()
        await asyncio.wait({writer})
        self._fail(SessionError(f"nothing could be written for {self._limits.patience_s:g} s"))
