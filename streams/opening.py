"""Where recordings come from for scripts, notebooks and trainers: a server, the embedded one, or an archive."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from runtime import logs
from runtime.config import env, state_folder
from runtime.nats_bus import NatsOptions
from runtime.nats_server import attach, open_bus, server
from streams.jetstream_store import JetStreamStore
from streams.store import SessionStore


@contextlib.asynccontextmanager
async def open_store(source: str | Path, nats: NatsOptions | str = "") -> AsyncIterator[tuple[SessionStore, str]]:
    """Give the store of a source, and the session's name in it.

    Args:
        source: A session's name, or a path that ends with `.mcap`.
        nats: A server's URL or options; default: the embedded server of the state folder, started if none runs.

    Raises:
        SessionError: It is a path, and no whole archive is there.
        BusError: No server can be had.
    """
    if str(source).endswith(".mcap"):
        from streams.archive.store import McapStore  # noqa: PLC0415 - slow to load, and seldom needed

        archive = McapStore(Path(source))
        yield archive, archive.start.meta.session
        return
    async with open_bus(_options(nats), state_folder(), "framewire-reader") as bus:
        yield JetStreamStore(bus), str(source)


async def hold_server(resources: contextlib.AsyncExitStack, nats: NatsOptions | str = "") -> tuple[NatsOptions, bool]:
    """Return options with which other processes reach the server too, and whether `resources` holds one for that.

    Raises:
        BusError: None can be had.
    """
    options = _options(nats)
    if options.url:
        return options, False
    if running := await attach(state_folder()):
        return running, False
    return await resources.enter_async_context(server(options, state_folder())), True


def _options(nats: NatsOptions | str) -> NatsOptions:
    if not structlog.is_configured():
        logs.set_up(logging.WARNING)
    return nats if isinstance(nats, NatsOptions) else NatsOptions(url=nats or env("FRAMEWIRE_NATS"))
