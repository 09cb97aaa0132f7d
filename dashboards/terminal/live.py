"""How a terminal command reaches a session: the server, the connection, the session that answers there."""

import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from runtime import logs, wire
from runtime.commands.options import nats_options
from runtime.config import state_folder
from runtime.discovery import find_session
from runtime.errors import BusError
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import attach
from runtime.subjects import SessionId, session_id

F = TypeVar("F", bound=Callable[..., Any])

#: What the server shows for our connection.
_CLIENT = "framewire-terminal"


@dataclass(frozen=True)
class Source:
    """Where to look: which server, and which session; an empty session is the only one there."""

    nats: NatsOptions
    session: str


@dataclass(frozen=True)
class Live:
    """A session that answered."""

    bus: NatsBus
    welcome: wire.Welcome
    session: SessionId


def source_options(command: F) -> F:
    """Add `--session`, `--nats` and the ways to be let in; the command gets one argument `source: Source`."""

    @functools.wraps(command)
    def with_source(nats: NatsOptions, session: str, **others: Any) -> Any:
        logs.set_up(logging.WARNING)
        if session:
            session_id(session)
        return command(source=Source(nats, session), **others)

    with_session = click.option(
        "--session", default="", metavar="NAME", help="The session; default: the only one on the bus."
    )(with_source)
    return cast("F", nats_options(with_session))


@contextlib.asynccontextmanager
async def open_server(nats: NatsOptions) -> AsyncIterator[NatsBus]:
    """Connect to the server named, else to the embedded one that runs for this folder; never start one.

    Raises:
        BusError: There is none, or it does not let us in.
    """
    options = nats if nats.url else await attach(state_folder())
    if options is None:
        raise BusError(
            f"no NATS server runs for this folder ({state_folder()}): start a session with `runtime up`, "
            "or name a server with --nats URL"
        )
    bus = await connect(options, _CLIENT)
    try:
        yield bus
    finally:
        await bus.close()


@contextlib.asynccontextmanager
async def open_live(source: Source, wait_s: float = 5.0) -> AsyncIterator[Live]:
    """Connect and find the session, waiting for it up to `wait_s`.

    Raises:
        BusError: No server, or no such session.
        UsageError: No session was named and there are several.
    """
    async with open_server(source.nats) as bus:
        yield await find_live(bus, source.session, wait_s)


async def find_live(bus: NatsBus, session: str = "", wait_s: float = 5.0) -> Live:
    """Find the session of this name, or the only one, waiting for it up to `wait_s`.

    Raises:
        BusError: There is none.
        UsageError: No session was named and there are several.
    """
    welcome = await find_session(bus, session, wait_s)
    return Live(bus, welcome, session_id(welcome.session))
