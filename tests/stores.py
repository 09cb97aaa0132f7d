"""Both stores for tests of their contract: in memory, and on a nats-server of the test's own."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from streams.jetstream_store import JetStreamStore
from streams.store import MemoryStore, SessionStore

OpenStore = Callable[[Path], AbstractAsyncContextManager[SessionStore]]


@contextlib.asynccontextmanager
async def memory_store(folder: Path) -> AsyncIterator[SessionStore]:
    """Give a store in this process."""
    del folder
    yield MemoryStore()


@contextlib.asynccontextmanager
async def jetstream(folder: Path) -> AsyncIterator[tuple[EmbeddedServer, NatsBus]]:
    """Give a server over a folder, and a connection to it."""
    server = EmbeddedServer(folder / "nats")
    await server.start()
    try:
        bus = await connect(NatsOptions(url=server.url), "test")
        yield server, bus
        await bus.close()
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def jetstream_store(folder: Path) -> AsyncIterator[SessionStore]:
    """Give a store on such a server."""
    async with jetstream(folder) as (_, bus):
        yield JetStreamStore(bus)
