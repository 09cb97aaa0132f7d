"""The studio's one connection to the NATS server: found again when it moved, started where none runs."""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from runtime import wire
from runtime.discovery import discover
from runtime.errors import BusError, FramewireError
from runtime.nats_bus import NatsBus, NatsOptions, connect, without_secret
from runtime.nats_server import attach
from runtime.server_run import ServerRun
from streams.jetstream_store import JetStreamStore
from streams.recovery import store_all_left

log = structlog.get_logger()

_CLIENT = "framewire-studio"

#: Between looks whether the server has moved.
_LOOK_S = 0.5

#: All viewers share what discovery found for this long: a bridge answers it once for all of them.
_FOUND_FOR_S = 0.5


class Hub:
    """What all routes share. Open it before the first request and close it after the last."""

    def __init__(self, named: NatsOptions, state: Path) -> None:
        """Prepare.

        Args:
            named: The server to use; without a url the embedded one of the state folder, started if none runs.
            state: The state folder.
        """
        self.state = state
        self.held = contextlib.AsyncExitStack()  # what parts opened; closed first
        self._named = named
        self._options = named
        self._bus: NatsBus | None = None
        self._server: ServerRun | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self._found: tuple[float, list[wire.Welcome]] = (-_FOUND_FOR_S, [])
        self._finding = asyncio.Lock()

    @property
    def bus(self) -> NatsBus:
        """The connection.

        Raises:
            BusError: The server does not answer at present.
        """
        if self._bus is None or not self._bus.connected:
            raise BusError(f"no connection to the NATS server {self.server_url}; the studio keeps trying")
        return self._bus

    @property
    def connected(self) -> bool:
        """Whether the server answers."""
        return self._bus is not None and self._bus.connected

    @property
    def options(self) -> NatsOptions:
        """How others reach the same server."""
        return self._options

    @property
    def named(self) -> NatsOptions:
        """The server that was named; without a url it is the state folder's own."""
        return self._named

    @property
    def server_url(self) -> str:
        """Where the server is, without secrets."""
        return without_secret(self._options.url)

    @property
    def store(self) -> JetStreamStore:
        """The recordings.

        Raises:
            BusError: The server does not answer at present.
        """
        return JetStreamStore(self.bus)

    async def open(self) -> None:
        """Connect; store what killed recorders left.

        Raises:
            BusError: No server can be had.
        """
        await self._connect()
        if not self._named.url:
            self._following = asyncio.create_task(self._follow())
        try:
            for session in await store_all_left(self.store, self.state / "journal"):
                log.warning("studio.recovered", session=session)
        except FramewireError as error:  # a server without JetStream has live sessions all the same
            log.warning("studio.no_recordings", error=str(error))

    async def close(self) -> None:
        """Disconnect, and stop the server if it is ours."""
        await self.held.aclose()
        for task in (self._following, self._keeping):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._bus:
            await self._bus.close()
        if self._server:
            await self._server.stop()

    async def sessions(self) -> list[wire.Welcome]:
        """Return the sessions on the bus, live ones and replays, as of half a second ago at the latest.

        Raises:
            BusError: The server does not answer at present.
        """
        async with self._finding:
            found_at, found = self._found
            if time.monotonic() - found_at >= _FOUND_FOR_S:
                found = await discover(self.bus)
                self._found = (time.monotonic(), found)
        return found

    def look_again(self) -> None:
        """Forget what discovery found: a session was just told to be otherwise."""
        self._found = (-_FOUND_FOR_S, [])

    async def _connect(self) -> None:
        server = ServerRun(self._named, self.state, lambda: log.warning("studio.server_restarting"))
        options = await server.reach()
        try:
            self._bus = await connect(options, _CLIENT)
        except BaseException:
            await server.stop()
            raise
        self._server, self._options = server, options
        self._keeping = asyncio.create_task(self._keep(server, self._bus, options))

    async def _keep(self, server: ServerRun, bus: NatsBus, options: NatsOptions) -> None:
        """Keep the server running if it is ours, or becomes ours when the command that ran it ends."""
        try:
            await server.keep(bus, options)
        except BusError as error:
            log.error("studio.server_lost", error=str(error))  # noqa: TRY400 - the message says it all

    async def _follow(self) -> None:
        """Go to where the folder's server is now: a command that came after its end starts one on another port."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self.connected:
                continue
            running = await attach(self.state)
            if running is None or running.url == self._options.url:
                continue
            log.info("studio.server_moved", url=running.url)
            assert self._keeping
            assert self._bus
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            await self._bus.close()
            with contextlib.suppress(BusError):
                await self._connect()


def hub_of(connection: HTTPConnection) -> Hub:
    """Return the hub of the application that a request or a WebSocket belongs to."""
    hub = connection.app.state.hub
    assert isinstance(hub, Hub)
    return hub


#: The type of a route's argument that is the hub.
TheHub = Annotated[Hub, Depends(hub_of)]
