"""Runs plans: one server, and for each session its bridge and actors; leaves nothing behind."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from runtime import wire
from runtime.bus import Bus
from runtime.discovery import discover
from runtime.errors import BusError, FramewireError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.plan import Plan
from runtime.server_run import ServerRun
from runtime.session_run import SessionRun, Show
from runtime.studio_run import StudioRun
from runtime.subjects import SessionId, subject

log = structlog.get_logger()

#: Sessions that start at once: each wants a core for itself until it plays.
_OPENING = max(2, os.cpu_count() or 1)


class Outcome(msgspec.Struct, frozen=True):
    """How a session ended: how many frames there are of it, and why it failed, if it did."""

    session: str
    frames: int
    failed: bool
    error: str


class Supervisor:
    """One run of one session or several."""

    def __init__(
        self,
        plans: Sequence[Plan],
        state: Path,
        show: Callable[[str, str, str], None],
        *,
        playing: Callable[[str, NatsOptions], None] = lambda session, options: None,
        studio: bool = False,
    ) -> None:
        """Prepare a run.

        Args:
            plans: What to run, one plan a session.
            state: The state folder.
            show: Called with session, process and line for everything the children print.
            playing: Called with a session that plays now, and its server.
            studio: Run `runtime studio` beside it.
        """
        self._sessions = [SessionRun(plan, state, _shown(plan.session, show)) for plan in plans]
        self._server = ServerRun(plans[0].launch.nats, state, self._count_restart)
        self._studio = StudioRun(plans[0].session, state, _shown("", show)) if studio else None
        self._playing = playing
        self._server_error: BusError | None = None
        self._bus: Bus | None = None
        self._asking: set[asyncio.Future[None]] = set()
        self._failed: dict[str, FramewireError | None] = {}  # the sessions that failed, and why

    def stop(self) -> None:
        """End the run in order."""
        for session in self._sessions:
            session.stop()

    def keep(self) -> None:
        """Ask the bridges to record the last seconds, of sessions that run with --snapshot."""
        for session in self._sessions if self._bus else ():
            assert self._bus
            control = subject(SessionId(session.name), "in.control")
            ask = asyncio.ensure_future(
                self._bus.publish(control, wire.encode(wire.Control(op="keep", by="supervisor")))
            )
            self._asking.add(ask)
            ask.add_done_callback(self._asking.discard)

    def outcomes(self) -> list[Outcome]:
        """Return how each session ended, once `run` has."""
        return [
            Outcome(each.name, each.frames, each.name in self._failed, str(self._failed.get(each.name) or ""))
            for each in self._sessions
        ]

    def pids(self) -> list[int]:
        """Return the running processes: nats-server if it is ours, and each session's bridge and actors."""
        of_sessions = (pid for session in self._sessions for pid in session.pids())
        return [pid for pid in (self._server.pid, *of_sessions) if pid]

    async def run(self) -> int:
        """Run until all sessions have ended; return an exit status.

        Of several sessions one that fails leaves the others alone.

        Raises:
            FramewireError: Something cannot be started, or failed and says why; what was started is stopped again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            options = await self._server.reach()
            bus = self._bus = await connect(options, "supervisor")
            try:
                await self._refuse_taken_names(bus)
                await self._play(bus, options)
            finally:
                await bus.close()
        finally:
            await self._server.stop()
        return self._outcome()

    async def _refuse_taken_names(self, bus: Bus) -> None:
        there = {welcome.session for welcome in await discover(bus)}
        if taken := [session.name for session in self._sessions if session.name in there]:
            raise BusError(f"a session {taken[0]!r} is already on the bus: choose another name with --session")

    async def _play(self, bus: NatsBus, options: NatsOptions) -> None:
        """Run all sessions to their ends; the recordings need the server to the last."""
        opening = asyncio.Semaphore(_OPENING)
        keeping = asyncio.create_task(self._keep_server(bus, options))
        if self._studio:
            await self._studio.start(options)
        try:
            async with asyncio.TaskGroup() as group:
                for session in self._sessions:
                    group.create_task(self._run(session, bus, options, opening))
                    group.create_task(self._tell(session, options))
        finally:
            if self._studio:
                await self._studio.stop()
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _run(self, session: SessionRun, bus: Bus, options: NatsOptions, opening: asyncio.Semaphore) -> None:
        try:
            status = await session.run(bus, options, opening)
        except FramewireError as error:
            self._failed[session.name] = error
            if len(self._sessions) > 1:
                log.error("session.failed", session=session.name, error=str(error))  # noqa: TRY400 - it says it all
        else:
            if status:
                self._failed[session.name] = None
        finally:
            session.stop()  # whatever it came to, nobody waits for it to play

    async def _tell(self, session: SessionRun, options: NatsOptions) -> None:
        if await session.begun():
            self._playing(session.name, options)

    async def _keep_server(self, bus: NatsBus, options: NatsOptions) -> None:
        try:
            await self._server.keep(bus, options)
        except BusError as error:
            self._server_error = error
            self.stop()

    def _count_restart(self) -> None:
        for session in self._sessions:
            session.metrics.restarted("nats-server")

    def _outcome(self) -> int:
        """Return the exit status.

        Raises:
            FramewireError: What failed says why.
        """
        if self._server_error:
            raise self._server_error
        if len(self._sessions) == 1:
            for error in filter(None, self._failed.values()):
                raise error
        elif self._failed:
            each = "; ".join(f"{name}: {error}" if error else name for name, error in self._failed.items())
            raise FramewireError(f"{len(self._failed)} of {len(self._sessions)} sessions failed: {each}")
        return int(bool(self._failed))


def _shown(session: str, show: Callable[[str, str, str], None]) -> Show:
    return lambda process, line: show(session, process, line)
