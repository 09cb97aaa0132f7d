"""Which sessions are watched: one watch a session, begun with its first viewer, ended some time after its last."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from dashboards.studio.hub import Hub
from dashboards.studio.live.watch import Watch
from runtime import wire
from runtime.control import control
from runtime.errors import BusError
from runtime.subjects import session_id

log = structlog.get_logger()

#: A page that is loaded again, or a viewer that changes, finds its watch still there.
_LINGER_S = 5.0


class LiveDesk:
    """One for each hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._watches: dict[str, tuple[Watch, asyncio.Task[None]]] = {}
        self._viewers: dict[str, int] = {}
        self._closing: dict[str, asyncio.TimerHandle] = {}

    @contextlib.asynccontextmanager
    async def watching(self, session: str) -> AsyncIterator[Watch]:
        """Give the watch of a session while the body runs.

        Raises:
            BusError: There is no such session, or no server.
        """
        watch = await self._watch(session)
        self._viewers[session] = self._viewers.get(session, 0) + 1
        if closing := self._closing.pop(session, None):
            closing.cancel()
        try:
            yield watch
        finally:
            self._viewers[session] -= 1
            if not self._viewers[session]:
                loop = asyncio.get_running_loop()
                self._closing[session] = loop.call_later(_LINGER_S, self._close, session)

    async def ask(self, session: str, request: wire.Control, timeout_s: float) -> wire.ControlReply:
        """Ask a session to do something; those who watch it know at once how it runs then.

        Raises:
            BusError: It does not answer.
            ControlError: It refuses.
        """
        reply = await control(self._hub.bus, session_id(session), request, timeout_s)
        self._hub.look_again()
        if known := self._watches.get(session):
            known[0].now_at(paused=reply.paused, clock=reply.clock, speed=reply.speed)
        return reply

    async def _watch(self, session: str) -> Watch:
        there = await self._hub.sessions()
        known = self._watches.get(session)
        if known and not known[1].done():
            return known[0]
        found = next((welcome for welcome in there if welcome.session == session), None)
        if found is None:
            names = ", ".join(welcome.session for welcome in there) or "none"
            raise BusError(f"session {session!r} is not on the bus; there: {names}")
        if (known := self._watches.get(session)) and not known[1].done():
            return known[0]
        watch = Watch(self._hub, found)
        self._watches[session] = (watch, asyncio.create_task(self._run(session, watch)))
        return watch

    async def _run(self, session: str, watch: Watch) -> None:
        try:
            await watch.run()
        except Exception:  # one session that cannot be watched must not take others along
            log.exception("studio.watch_failed", session=session)
            watch.fail()

    def _close(self, session: str) -> None:
        self._closing.pop(session, None)
        watch = self._watches.pop(session, None)
        if watch:
            watch[1].cancel()
