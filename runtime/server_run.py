"""The NATS server of a run: the one named, the one of this folder, or our own, started again when it dies."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from runtime.errors import BusError, FramewireError
from runtime.nats_bus import NatsBus, NatsOptions
from runtime.nats_server import EmbeddedServer, attach
from runtime.scrape import ScrapeTargets
from runtime.server_metrics import serve

log = structlog.get_logger()

#: Before each further try to start it.
_PAUSES_S = (0.2, 1.0)

_STORE_LOOK_S = 2.0
_ORPHAN_LOOK_S = 0.5


class ServerRun:
    """Reaches a server, and keeps it running if it is ours."""

    def __init__(self, named: NatsOptions, state: Path, restarting: Callable[[], None]) -> None:
        """Prepare.

        Args:
            named: The server to use; without a url the embedded one of the state folder.
            state: The state folder.
            restarting: Called before our server is started again.
        """
        self._named, self._state, self._restarting = named, state, restarting
        self._server: EmbeddedServer | None = None
        self._targets = ScrapeTargets(state / "metrics" / "nats.server.json", {})  # no session's name

    @property
    def pid(self) -> int:
        """The server's process if it is ours; else 0."""
        return self._server.pid if self._server else 0

    async def reach(self) -> NatsOptions:
        """Find the server or start it; return how to connect.

        Raises:
            BusError: None can be had.
        """
        if self._named.url:
            return self._named
        if running := await attach(self._state):
            return running
        self._server = EmbeddedServer(self._state / "nats")
        await self._server.start()
        return NatsOptions(url=self._server.url)

    async def keep(self, bus: NatsBus, options: NatsOptions) -> None:
        """Keep the server running until cancelled; of a server that was named, nothing.

        Args:
            bus: Connected to it.
            options: What `reach` returned.

        Raises:
            BusError: It died and cannot be started again.
        """
        if self._named.url:
            return
        if self._server is None:
            self._server = await self._inherit(bus, options)
        server = self._server
        self._targets.set("nats-server", serve(lambda: server.monitor_url))
        store = asyncio.create_task(self._keep_store(server))
        try:
            await self._keep_alive(server)
        finally:
            store.cancel()
            self._targets.remove()

    async def stop(self) -> None:
        """Stop the server if it is ours."""
        if self._server:
            await self._server.stop()

    async def _keep_alive(self, server: EmbeddedServer) -> None:
        """Restart the embedded server on its port when it dies; clients come back by themselves."""
        while True:
            status = await server.wait()
            log.warning("nats.restarting", status=status)
            self._restarting()
            await _start_again(server)

    async def _keep_store(self, server: EmbeddedServer) -> None:
        """Restart the embedded server when a full disk made it give up its streams and there is room again."""
        told = False
        while True:
            await asyncio.sleep(_STORE_LOOK_S)
            error = await server.store_error()
            if error and not told:
                log.error("nats.store_failed", error=error)
            told = bool(error)
            if error and server.has_room():
                server.terminate()  # `_keep_alive` starts it again

    async def _inherit(self, bus: NatsBus, options: NatsOptions) -> EmbeddedServer:
        """Start the embedded server again on its port when the command that ran it has ended; then it is ours."""
        port = int(options.url.rsplit(":", 1)[1])
        while True:
            await asyncio.sleep(_ORPHAN_LOOK_S)
            if bus.connected:
                continue
            server = EmbeddedServer(self._state / "nats", port)
            try:
                await server.start()
            except BusError as error:  # the old one is still ending, or another command was faster
                log.debug("nats.not_inherited", error=str(error))
                continue
            log.info("nats.inherited", url=server.url)
            return server


async def _start_again(server: EmbeddedServer) -> None:
    """Start the embedded server again; it may be killed while it starts, too.

    Raises:
        BusError: It does not start.
    """
    for pause_s in (*_PAUSES_S, None):
        try:
            await server.start()
        except FramewireError as error:
            if pause_s is None:
                raise BusError(f"nats-server died and cannot be started again: {error}") from error
            log.error("nats.failed", error=str(error))  # noqa: TRY400 - the message says it all
            await asyncio.sleep(pause_s)
        else:
            return
