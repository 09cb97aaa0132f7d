"""Opened recordings: read in worker threads, one reader at a time each, those used longest ago closed first."""

import asyncio
import contextlib
import functools
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

import xxhash

from dashboards.studio.hub import Hub
from dashboards.studio.past.searches import Searches
from dashboards.studio.past.tracks import Tracks
from runtime.session_meta import SessionMeta
from streams.memory_search.history import History
from streams.recording import Recording, open_recording
from streams.store import StoredSession

T = TypeVar("T")

#: Pictures have a reader of their own, so that none waits for a search of memory.
Lane = Literal["pictures", "reading"]

#: Recordings open at once: four sessions with both lanes. Each has a connection and up to 80 MB of pictures.
_OPEN = 8

#: Threads that read; there are two cores where the limits were measured.
_THREADS = 4

#: How old what is known of a session may be, seconds.
_FRESH_S = 1.0


def version_of(meta: SessionMeta) -> str:
    """Return what tells a session from others that had its name; what is kept of it is kept under this."""
    return xxhash.xxh3_64_hexdigest(f"{meta.session} {meta.created} {meta.store} {meta.first_frame}".encode())


class Opened:
    """A recording, and what was made of it."""

    def __init__(self, recording: Recording, state: Path) -> None:
        """Take a recording; what is made of it is kept in the state folder."""
        self.recording = recording
        self._kept = state / "studio" / "tracks"
        self.version = version_of(recording.meta)
        self.lock = asyncio.Lock()
        self.looked_s = 0.0  # when the store was asked last whether this is still the session
        self.chunks = 0
        self._history: History | None = None
        self.tracks = self._new_tracks()
        self.searches = Searches()

    @property
    def history(self) -> History:
        """The session's memory over time.

        Raises:
            UsageError: It has no memory.
        """
        if self._history is None:
            self._history = History(self.recording.session)
        return self._history

    def refresh(self) -> None:
        """See what was stored since."""
        self.recording.refresh()
        self._history = None
        self.tracks = self._new_tracks()
        self.searches = Searches()

    def _new_tracks(self) -> Tracks:
        complete = self.recording.status == "complete"
        return Tracks(self._kept / f"{self.recording.name}-{self.version}" if complete else None)


class Recordings:
    """All that are open. Use from one event loop."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._opened: OrderedDict[tuple[str, Lane], Opened] = OrderedDict()
        self._opening = asyncio.Lock()
        self._rebuilding = asyncio.Lock()  # a process holds one emulator
        self._threads = ThreadPoolExecutor(_THREADS, "studio-past")

    async def use(self, name: str, work: Callable[[Opened], T], lane: Lane = "reading") -> T:
        """Run `work` on a recording in a thread, alone with it; return what it returns.

        Raises:
            SessionError: There is no such session, or it has no frames yet.
            BusError: The store cannot be reached.
        """
        while True:
            opened = await self._current(name, lane)
            async with contextlib.AsyncExitStack() as held:
                await held.enter_async_context(opened.lock)
                if self._opened.get((name, lane)) is not opened:  # it was closed while we waited
                    continue
                if opened.recording.meta.store == "inputs":
                    await held.enter_async_context(self._rebuilding)
                return await self._thread(functools.partial(work, opened))

    async def close(self) -> None:
        """Close all."""
        for opened in self._opened.values():
            async with opened.lock:
                await self._thread(opened.recording.close)
        self._opened.clear()
        self._threads.shutdown()

    async def _current(self, name: str, lane: Lane) -> Opened:
        """Return an opened recording that is the session as it is now."""
        async with self._opening:
            opened = self._opened.get((name, lane))
            if opened and time.monotonic() - opened.looked_s < _FRESH_S:
                self._opened.move_to_end((name, lane))
                return opened
            try:
                stored = await self._hub.store.describe(name)
            except BaseException:
                if opened:
                    await self._drop((name, lane))
                raise
            if opened and opened.version != version_of(stored.meta):
                await self._drop((name, lane))
                opened = None
            opened = opened or await self._open(name, lane)
            await self._update(opened, stored)
            return opened

    async def _open(self, name: str, lane: Lane) -> Opened:
        options = self._hub.options
        recording = await self._thread(lambda: open_recording(name, options))
        opened = self._opened[name, lane] = Opened(recording, self._hub.state)
        opened.chunks = -1
        while len(self._opened) > _OPEN:
            await self._drop(next(iter(self._opened)))
        return opened

    async def _update(self, opened: Opened, stored: StoredSession) -> None:
        """Let a session that is still being recorded grow."""
        if opened.chunks not in (-1, stored.chunks):
            async with opened.lock:
                await self._thread(opened.refresh)
        opened.chunks, opened.looked_s = stored.chunks, time.monotonic()

    async def _drop(self, key: tuple[str, Lane]) -> None:
        opened = self._opened.pop(key)
        async with opened.lock:
            await self._thread(opened.recording.close)

    async def _thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
