"""Messages that wait to be looked at: bounded, the oldest are dropped and counted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

import click

from runtime.bus import Handler, Message
from runtime.nats_bus import NatsBus

#: About a minute of one 60 Hz stream.
LIMIT = 4096

_LOOK_S = 1.0


class Inbox:
    """The messages of some subscriptions, in order of arrival."""

    def __init__(self, bus: NatsBus, limit: int = LIMIT) -> None:
        self._bus = bus
        self._queue: asyncio.Queue[Message] = asyncio.Queue(limit)
        self._dropped = 0

    def put(self, message: Message) -> None:
        """Take a message in; a full inbox loses its oldest."""
        if self._queue.full():
            self._queue.get_nowait()
            self._dropped += 1
        self._queue.put_nowait(message)

    async def get(self) -> Message:
        """Wait for the next message; what was lost, and a connection that went away, is told on stderr."""
        if self._dropped:
            click.echo(f"{self._dropped} messages dropped: they came faster than they were used", err=True)
            self._dropped = 0
        told = False
        while True:
            try:
                async with asyncio.timeout(_LOOK_S):
                    message = await self._queue.get()
            except TimeoutError:
                if not self._bus.connected and not told:
                    click.echo("no connection to the NATS server; waiting for it to come back", err=True)
                    told = True
                continue
            return message


@contextlib.asynccontextmanager
async def open_inbox(bus: NatsBus, patterns: Iterable[str]) -> AsyncIterator[Inbox]:
    """Subscribe, give the inbox, and unsubscribe at the end."""
    inbox = Inbox(bus)
    async with subscribed(bus, patterns, inbox.put):
        yield inbox


@contextlib.asynccontextmanager
async def subscribed(bus: NatsBus, patterns: Iterable[str], handler: Handler) -> AsyncIterator[None]:
    """Call `handler` for each message on any of the subjects while the body runs."""
    async with contextlib.AsyncExitStack() as stack:
        for pattern in patterns:
            stack.push_async_callback(await bus.subscribe(pattern, handler))
        yield
