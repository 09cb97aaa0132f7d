"""How this package's commands reach the recordings: also offline, by a server of their own."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import click

from runtime import logs
from runtime.config import state_folder
from runtime.nats_bus import NatsBus, NatsOptions
from runtime.nats_server import open_bus
from streams.jetstream_store import JetStreamStore
from streams.recovery import store_all_left
from streams.session import Session, open_session
from streams.store import SessionStore


@contextlib.asynccontextmanager
async def open_recordings(nats: NatsOptions, command: str) -> AsyncIterator[tuple[NatsBus, JetStreamStore]]:
    """Connect to the server named, the one that runs in the state folder, or a new one over it.

    Raises:
        BusError: There is none, or it has no JetStream.
    """
    logs.set_up(logging.WARNING)
    async with open_bus(nats, state_folder(), f"runtime-{command}") as bus:
        store = JetStreamStore(bus)
        for session in await store_all_left(store, state_folder() / "journal"):
            click.echo(f"{session}: stored the frames that its killed recorder had left in the journal", err=True)
        yield bus, store


async def open_source(store: SessionStore, source: str, rom: Path | None = None, core: str = "") -> Session:
    """Open a recorded session by its name, or an archive by its path, which ends with `.mcap`.

    Raises:
        SessionError: There is none.
        BusError: The store cannot be reached.
    """
    if not source.endswith(".mcap"):
        return await open_session(store, source, rom, core)
    from streams.archive.store import McapStore  # noqa: PLC0415 - slow to load, and seldom needed

    archive = McapStore(Path(source))
    return await open_session(archive, archive.start.meta.session, rom, core)
