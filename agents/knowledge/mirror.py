"""A session's working memory kept up to date from a thread, so that whoever looks from outside sees what it is about.

The newest values win; a server that is away is tried again. The session never waits for it.
"""

import asyncio
import threading
from collections.abc import Sequence

import structlog

from agents.knowledge.errors import StoreError
from agents.knowledge.working import CURRENT_QUEST, TODOS, Errand, WorkingMemory, open_working
from runtime.errors import BusError, UsageError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.subjects import SessionId

log = structlog.get_logger()

#: Between two writes, and between two tries to reach a server that is away, s.
_PAUSE_S, _RETRY_S = 0.2, 1.0

#: What the working memory holds of a session that has ended, s: long enough to look.
_KEPT_S = 3600.0


class Mirror:
    """Writes what it is told to working memory."""

    def __init__(self, url: str, session: SessionId) -> None:
        """Start; `url` is of a NATS server (nats://…) or of Redis (redis://…).

        Raises:
            UsageError: It is neither.
        """
        check_working(url)
        self._url, self._session = url, session
        self._lock = threading.Lock()
        self._wanted: tuple[str, tuple[Errand, ...]] = ("", ())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="working-memory", daemon=True)
        self._thread.start()

    def show(self, quest: str, todos: Sequence[Errand]) -> None:
        """Let others see what is pursued and what is to be done; returns at once."""
        with self._lock:
            self._wanted = (quest, tuple(todos))

    def close(self, limit_s: float) -> None:
        """Write what is new, and end."""
        self._stop.set()
        self._thread.join(limit_s)

    async def _run(self) -> None:
        shown: tuple[str, tuple[Errand, ...]] = ("", ())
        while True:
            stopping = self._stop.is_set()
            with self._lock:
                wanted = self._wanted
            if wanted != shown:
                shown = wanted if await self._write(*wanted) else shown
            if stopping:
                return
            await asyncio.to_thread(self._stop.wait, _PAUSE_S if wanted == shown else _RETRY_S)

    async def _write(self, quest: str, todos: tuple[Errand, ...]) -> bool:
        """Return whether it could be written."""
        bus: NatsBus | None = None
        memory: WorkingMemory | None = None
        try:
            bus = await connect(NatsOptions(url=self._url), "working-memory") if _is_nats(self._url) else None
            memory = await open_working("" if bus else self._url, bus, self._session)
            await memory.put(CURRENT_QUEST, quest, expires_s=_KEPT_S)
            await memory.put(TODOS, todos, expires_s=_KEPT_S)
        except (StoreError, BusError) as error:
            log.warning("knowledge.working_away", problem=str(error))
            return False
        finally:
            if memory:
                await memory.close()
            if bus:
                await bus.close()
        return True


def check_working(url: str) -> None:
    """Check that a working memory's URL looks like one.

    Raises:
        UsageError: It does not.
    """
    if not url.startswith(("nats://", "tls://", "redis://", "rediss://")):
        raise UsageError(f"working memory {url!r}: allowed are nats://host:4222 and redis://host:6379/0")


def _is_nats(url: str) -> bool:
    return url.startswith(("nats://", "tls://"))
