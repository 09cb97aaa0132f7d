"""How this package's commands reach the recordings: also offline, by a server of their own."""

import contextlib
import logging
from collections.abc import AsyncIterator

from runtime import logs
from runtime.config import state_folder
from runtime.nats_bus import NatsBus, NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore


@contextlib.asynccontextmanager
async def open_recordings(nats: NatsOptions, command: str) -> AsyncIterator[tuple[NatsBus, JetStreamStore]]:
    """Connect to the server named, the one that runs in the state folder, or a new one over it.

    Raises:
        BusError: There is none, or it has no JetStream.
    """
    logs.set_up(logging.WARNING)
    async with open_bus(nats, state_folder(), f"runtime-{command}") as bus:
        yield bus, JetStreamStore(bus)
