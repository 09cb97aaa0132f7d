"""Rows of sessions that are still being played: for trainers that learn while the game goes on.

    store ─► one reader for each session, polling ─► bounded queue ─► trainer

A trainer that is slower than the games falls behind, which `lag_frames` says; nothing is dropped. Every row comes
exactly once and in its session's order, also when the server restarts in between, and a position continues a stream in
another process.
"""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from types import TracebackType

import structlog

from runtime.errors import SessionError, UsageError
from runtime.nats_bus import NatsOptions
from runtime.private_loop import Held, PrivateLoop
from streams.datasets.rows import Row, Sampling, rows
from streams.opening import open_store
from streams.session import HoleFinder, Session
from streams.store import SessionStore
from streams.store_views import Growing

log = structlog.get_logger()

#: Rows that may wait for the trainer; with stacks of 4 GBA frames they share their pixels, 77 KB a frame.
_ROOM = 512

_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Position:
    """The last row that was taken from a session; a stream can be continued after it."""

    frame_index: int
    episode_index: int


@dataclass(frozen=True)
class Pace:
    """How sessions are followed.

    Attributes:
        poll_s: Between questions whether there is more.
        patience_s: How long the store may be out of reach before that is an error.
        idle_s: A session without anything new for so long is taken as over; None waits until it is complete. (A
            session whose bridge was killed is never completed.)
    """

    poll_s: float = 0.5
    patience_s: float = 60.0
    idle_s: float | None = None


async def follow_session(
    store: SessionStore,
    name: str,
    *,
    after: Position | None = None,
    from_start: bool = True,
    sampling: Sampling | None = None,
    pace: Pace | None = None,
) -> AsyncGenerator[Row, None]:
    """Iterate over a session's rows as they are stored, until it is complete.

    A row comes when the frames of its actions are stored: at 60 Hz one to two seconds after it was played.

    Args:
        store: Where it is recorded.
        name: The session.
        after: Continue after this row.
        from_start: Without `after`: begin with the first row; else with what is recorded from about now on.
        sampling: Which frames become rows, and their stacks; default: all, single frames.
        pace: How to follow.

    Raises:
        SessionError: There is no such session, or it was removed.
        BusError: The store was out of reach for too long.
        WireError: The recording is damaged.
    """
    pace, sampling = pace or Pace(), sampling or Sampling()
    growing = Growing(store, poll_s=pace.poll_s, patience_s=pace.patience_s, idle_s=pace.idle_s)
    session = await _open(growing, name)
    if session is None:
        return
    if after is not None:
        # The stack of the row after it reaches back; what comes before it was taken already.
        back = (sampling.stack - 1) * sampling.stride
        sampling = replace(sampling, first_frame=max(session.first_frame, after.frame_index - back))
    elif not from_start:
        newest = await growing.read(name, session.stored.chunks)
        sampling = replace(sampling, first_frame=newest.first_frame)
    async with contextlib.aclosing(rows(session, HoleFinder(()), sampling)) as found:
        episodes_before = 0
        async for row in found:
            if after is None:
                yield row
            elif row.frame_index > after.frame_index:
                yield replace(row, episode_index=row.episode_index + episodes_before)
            elif row.frame_index == after.frame_index:
                episodes_before = after.episode_index - row.episode_index


async def _open(growing: Growing, name: str) -> Session | None:
    """Wait for the first chunk; None when the session ends without one."""
    async with contextlib.aclosing(growing.all_chunks(name)) as chunks:
        async for chunk in chunks:
            return Session(growing, await growing.describe(name), chunk.first_frame, sys.maxsize)
    return None


class SessionStream:
    """Rows of several sessions, also of such as begin later; an async context manager to iterate over.

    Attributes:
        positions: The last row taken of each session; give it to another stream to continue there.
    """

    def __init__(
        self,
        store: SessionStore,
        sessions: Collection[str],
        *,
        positions: Mapping[str, Position] | None = None,
        from_start: bool = True,
        sampling: Sampling | None = None,
        pace: Pace | None = None,
        room: int = _ROOM,
    ) -> None:
        """Prepare a stream.

        Args:
            store: Where they are recorded.
            sessions: Names, and patterns such as `train-*`. The stream ends when all that are named are complete; with
                a pattern it does not end, for another session may begin.
            positions: Continue after these rows.
            from_start: Begin with the first rows; else, of sessions that are there already, with what is recorded from
                about now on.
            sampling: Which frames become rows, and their stacks.
            pace: How to follow.
            room: Rows that may wait to be taken; then the readers wait.

        Raises:
            UsageError: No session is named.
        """
        if not sessions:
            raise UsageError("name at least one session, or a pattern such as 'train-*'")
        self._store = store
        self._named = [name for name in sessions if not _GLOB & set(name)]
        self._patterns = [name for name in sessions if _GLOB & set(name)]
        self.positions: dict[str, Position] = dict(positions or {})
        self._from_start, self._sampling, self._pace = from_start, sampling, pace or Pace()
        self._queue: asyncio.Queue[Row | None] = asyncio.Queue(room)  # None: the end
        self._newest: dict[str, tuple[int, int]] = {}  # of each session: how many chunks, and the last one's last frame
        self._begun: dict[str, int] = {}  # the frame after which each session is read
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "SessionStream":
        """Begin to read."""
        self._task = asyncio.create_task(self._read_all(), name="session stream")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reading."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)  # __anext__ has raised what there was
            self._task = None

    @property
    def lag_frames(self) -> int:
        """How many frames are stored that were not taken yet, over all sessions, as of the last poll."""
        begun = ((name, newest) for name, (_, newest) in self._newest.items() if name in self._begun)
        return sum(max(0, newest - self._taken(name)) for name, newest in begun)

    def __aiter__(self) -> "SessionStream":
        return self

    async def __anext__(self) -> Row:
        """Return the next row of any session.

        Raises:
            SessionError: A named session is not there, or was removed.
            BusError: The store was out of reach for too long.
            WireError: A recording is damaged.
        """
        row = await self._queue.get()
        if row is None:
            self._queue.put_nowait(None)  # whoever asks again gets the same answer
            await self._ended()
            raise StopAsyncIteration
        self.note(row)
        return row

    async def take(self) -> list[Row]:
        """Return all rows that wait, at least one; empty at the end. `note` each when it is used.

        Raises:
            SessionError: See `__anext__`; likewise BusError and WireError.
        """
        taken: list[Row] = []
        row = await self._queue.get()
        while row is not None:
            taken.append(row)
            if self._queue.empty():
                return taken
            row = self._queue.get_nowait()
        self._queue.put_nowait(None)
        if not taken:
            await self._ended()
        return taken

    def note(self, row: Row) -> None:
        """Count a row as taken."""
        self.positions[row.session] = Position(row.frame_index, row.episode_index)

    def _taken(self, name: str) -> int:
        position = self.positions.get(name)
        return position.frame_index if position else self._begun[name]

    async def _ended(self) -> None:
        """Raise what ended the readers, if it was an error."""
        assert self._task is not None
        try:
            await asyncio.shield(self._task)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _read_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as readers:
                await self._discover(readers)
        except Exception:  # not when cancelled: then nobody takes rows any more
            await self._queue.put(None)
            raise
        await self._queue.put(None)

    async def _discover(self, readers: asyncio.TaskGroup) -> None:
        """Start a reader for each session as it appears, and note how far each is stored."""
        pace = self._pace
        growing = Growing(self._store, poll_s=pace.poll_s, patience_s=pace.patience_s)
        running: dict[str, asyncio.Task[None]] = {}
        at_start = True
        while True:
            for name in await self._wanted(growing):
                if name not in running:
                    from_start = self._from_start or not at_start
                    running[name] = readers.create_task(self._read(name, from_start=from_start), name=f"follow {name}")
            at_start = False
            if not self._patterns and all(task.done() for task in running.values()):
                return
            await asyncio.sleep(pace.poll_s)

    async def _wanted(self, growing: Growing) -> list[str]:
        """Return the sessions to read, and note their newest frames."""
        if self._patterns:
            there = await growing.sessions()
            found = [s for s in there if any(fnmatchcase(s.name, pattern) for pattern in self._patterns)]
            found += [s for s in there if s.name in self._named and s not in found]
            if lacking := sorted(set(self._named) - {s.name for s in found}):
                found += [await growing.describe(name) for name in lacking]  # raises
        else:
            found = [await growing.describe(name) for name in self._named]
        for stored in found:
            if stored.chunks and self._newest.get(stored.name, (0, 0))[0] != stored.chunks:
                with contextlib.suppress(SessionError):  # removed just now: its reader says so
                    newest = await growing.read(stored.name, stored.chunks)
                    self._newest[stored.name] = stored.chunks, newest.last_frame
        return [stored.name for stored in found]

    async def _read(self, name: str, *, from_start: bool) -> None:
        self._begun[name] = -1 if from_start else self._newest.get(name, (0, -1))[1]
        last_frame = -1
        stream = follow_session(
            self._store,
            name,
            after=self.positions.get(name),
            from_start=from_start,
            sampling=self._sampling,
            pace=self._pace,
        )
        async with contextlib.aclosing(stream):
            try:
                async for row in stream:
                    await self._queue.put(row)
                    last_frame = row.frame_index
            except SessionError:
                if name in self._named:
                    raise
                log.warning("follow.session_gone", session=name)
        self._newest[name] = self._newest.get(name, (0, -1))[0], last_frame  # no more rows follow


class Following(Held):
    """`SessionStream` for synchronous trainers: a context manager to iterate over. Use from one thread."""

    def __init__(self, loop: PrivateLoop, resources: contextlib.AsyncExitStack, stream: SessionStream) -> None:
        """Use `follow`."""
        super().__init__(loop, resources)
        self._stream = stream
        self._waiting: deque[Row] = deque()

    @property
    def positions(self) -> dict[str, Position]:
        """The last row taken of each session."""
        return dict(self._stream.positions)

    @property
    def lag_frames(self) -> int:
        """How many frames are stored that were not taken yet, over all sessions."""
        return self._stream.lag_frames

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        """Return the next row of any session; waits for it.

        Raises:
            SessionError: A named session is not there, or was removed.
            BusError: The store was out of reach for too long.
            WireError: A recording is damaged.
        """
        if not self._waiting:
            self._waiting += self._loop.call(self._stream.take())
        if not self._waiting:
            raise StopIteration
        row = self._waiting.popleft()
        self._stream.note(row)
        return row


def follow(
    *sessions: str,
    nats: NatsOptions | str = "",
    positions: Mapping[str, Position] | None = None,
    from_start: bool = True,
    sampling: Sampling | None = None,
    pace: Pace | None = None,
    room: int = _ROOM,
) -> Following:
    """Iterate over rows of sessions while they are played.

        with streams.follow("train-*") as rows:
            for row in rows:
                learn(row)

    Args:
        sessions: Names, and patterns; see `SessionStream`.
        nats: The server, by URL or options; default: the embedded one of the state folder.
        positions: Continue after these rows, as `Following.positions` gave them.
        from_start: Begin with the first rows; else with what is recorded from about now on.
        sampling: Which frames become rows, and their stacks: `Sampling(stack=4)`.
        pace: How to follow.
        room: Rows that may wait to be taken.

    Raises:
        UsageError: No session is named.
        BusError: The server cannot be reached.
    """
    loop = PrivateLoop("follow")
    resources = contextlib.AsyncExitStack()

    async def open_all() -> SessionStream:
        store, _ = await resources.enter_async_context(open_store("", nats))
        stream = SessionStream(
            store, sessions, positions=positions, from_start=from_start, sampling=sampling, pace=pace, room=room
        )
        return await resources.enter_async_context(stream)

    try:
        return Following(loop, resources, loop.call(open_all()))
    except BaseException:
        loop.call(resources.aclose())
        loop.close()
        raise
