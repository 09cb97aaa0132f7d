"""Views of a store that read differently: `Nearby` a little here and there, `Growing` on and on."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import TypeVar

from runtime import wire
from runtime.errors import BusError
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from streams.store import SessionStore, StoredSession

#: Chunks asked for at once by who follows a session.
_AHEAD = 8

#: An answer that takes longer was lost with the connection; nats-py alone would wait for it for 10 s.
_ANSWER_S = 5.0

#: Between attempts to reach a store that does not answer, seconds.
_RETRY_S = 0.2

T = TypeVar("T")


class _View:
    """A store as another one offers it."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    @property
    def max_chunk_bytes(self) -> int:
        """See SessionStore."""
        return self._store.max_chunk_bytes

    async def create(self, meta: SessionMeta) -> None:
        """See SessionStore."""
        await self._store.create(meta)

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        """See SessionStore."""
        await self._store.append(session, position, kind, chunk)

    async def complete(self, session: str) -> None:
        """See SessionStore."""
        await self._store.complete(session)

    async def describe(self, session: str) -> StoredSession:
        """See SessionStore."""
        return await self._store.describe(session)

    async def read(self, session: str, position: int) -> wire.Chunk:
        """See SessionStore."""
        return await self._store.read(session, position)

    async def annotate(self, session: str, act: wire.Annotation) -> None:
        """See SessionStore."""
        await self._store.annotate(session, act)

    async def annotations(self, session: str, start: int = 1) -> list[tuple[int, wire.Annotation]]:
        """See SessionStore."""
        return await self._store.annotations(session, start)

    async def sessions(self) -> list[StoredSession]:
        """See SessionStore."""
        return await self._store.sessions()

    async def remove(self, session: str) -> None:
        """See SessionStore."""
        await self._store.remove(session)


class Nearby(_View):
    """Reads chunks one by one and keeps those read last, for random access: no reader on the server, nothing too much.

    A chunk never changes, so what is kept stays right. One session as described when this was made: `stored`.
    """

    def __init__(self, store: SessionStore, stored: StoredSession, keep_bytes: int = 16 << 20) -> None:
        super().__init__(store)
        self._stored = stored
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[int, wire.Chunk] = OrderedDict()
        self._kept_bytes = 0

    async def describe(self, session: str) -> StoredSession:
        """See SessionStore."""
        return self._stored if session == self._stored.name else await super().describe(session)

    async def read(self, session: str, position: int) -> wire.Chunk:
        """See SessionStore."""
        if session != self._stored.name:
            return await super().read(session, position)
        if position in self._kept:
            self._kept.move_to_end(position)
            return self._kept[position]
        chunk = await super().read(session, position)
        self._kept[position] = chunk
        self._kept_bytes += len(chunk.data)
        while self._kept_bytes > self._keep_bytes:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1].data)
        return chunk

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """See SessionStore."""
        for position in range(start, (await self.describe(session)).chunks + 1):
            chunk = await self.read(session, position)
            if chunk.kind in kinds:
                yield chunk


class Growing(_View):
    """Goes on with a session's chunks as they are stored, until it is complete.

    A store that cannot be reached is asked again. Nothing is lost or given twice by that: a chunk keeps its position.
    """

    def __init__(self, store: SessionStore, *, poll_s: float, patience_s: float, idle_s: float | None = None) -> None:
        """Take a store.

        Args:
            store: The store.
            poll_s: Between questions whether there is more.
            patience_s: How long the store may be out of reach.
            idle_s: End after so long without anything new; None waits until the session is complete.
        """
        super().__init__(store)
        self._poll_s, self._patience_s, self._idle_s = poll_s, patience_s, idle_s

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """See SessionStore; what is stored after it began appears, and kinds that are not wanted are read as well.

        Raises:
            BusError: The store was out of reach for longer than `patience_s`.
        """
        position, grew_s = start, time.monotonic()
        while True:
            stored = await self.describe(session)
            while position <= stored.chunks:
                stop = min(position + _AHEAD, stored.chunks + 1)
                for chunk in await asyncio.gather(*(self.read(session, at) for at in range(position, stop))):
                    if chunk.kind in kinds:
                        yield chunk
                position, grew_s = stop, time.monotonic()
            if stored.status == "complete" or self._is_idle(grew_s):
                return
            await asyncio.sleep(self._poll_s)

    def all_chunks(self, session: str) -> AsyncGenerator[wire.Chunk, None]:
        """Iterate over the chunks of all kinds from the first on; see `chunks`."""
        return self.chunks(session, RECORDED)

    async def describe(self, session: str) -> StoredSession:
        """See SessionStore."""
        return await self._patiently(lambda: self._store.describe(session))

    async def read(self, session: str, position: int) -> wire.Chunk:
        """See SessionStore."""
        return await self._patiently(lambda: self._store.read(session, position))

    async def sessions(self) -> list[StoredSession]:
        """See SessionStore."""
        return await self._patiently(self._store.sessions)

    def _is_idle(self, grew_s: float) -> bool:
        return self._idle_s is not None and time.monotonic() - grew_s >= self._idle_s

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until the store answers."""
        deadline_s = time.monotonic() + self._patience_s
        while True:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    return await ask()
            except (BusError, TimeoutError) as error:
                if time.monotonic() >= deadline_s:
                    raise BusError(f"the store is out of reach for {self._patience_s:g} s: {error}") from error
            await asyncio.sleep(_RETRY_S)
