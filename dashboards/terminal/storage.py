"""What JetStream has of a session that is being recorded: how far it is behind, who reads it."""

import asyncio
from dataclasses import dataclass

from nats.errors import Error as NatsError

from runtime.errors import BusError, SessionError
from runtime.nats_bus import NatsBus
from runtime.subjects import SessionId, stream_name
from streams.jetstream_store import JetStreamStore
from streams.parts import part_number

#: An answer takes a millisecond; a server that stands still must not keep the picture waiting.
_LIMIT_S = 0.8


@dataclass(frozen=True)
class Consumer:
    """Somebody who reads a stream."""

    name: str
    pending: int  # messages it has not got yet


@dataclass(frozen=True)
class Stored:
    """A session's stream.

    Attributes:
        stream: Its name; of a recording in parts the newest part's.
        chunks: Messages in it.
        stored_bytes: On disk.
        last_frame: The newest frame in it; -1 for none.
        consumers: Who reads it.
    """

    stream: str
    chunks: int
    stored_bytes: int
    last_frame: int
    consumers: tuple[Consumer, ...]


async def stored(bus: NatsBus, session: SessionId) -> Stored | None:
    """Return what is stored of a session; None when JetStream has nothing of it, or does not answer."""
    try:
        async with asyncio.timeout(_LIMIT_S):
            return await _stored(bus, session)
    except (TimeoutError, BusError, SessionError, NatsError):
        return None


async def _stored(bus: NatsBus, session: SessionId) -> Stored:
    store = JetStreamStore(bus)
    newest = await store.describe(session)
    if newest.status == "complete":  # of a live session: it goes on in its next part
        parts = [other for other in await store.sessions() if part_number(other.name, session)]
        newest = max([newest, *parts], key=lambda part: part_number(part.name, session))
    last_frame = (await store.read(newest.name, newest.chunks)).last_frame if newest.chunks else -1
    name = stream_name(SessionId(newest.name))
    consumers = tuple(Consumer(info.name, info.num_pending or 0) for info in await bus.jetstream().consumers_info(name))
    return Stored(name, newest.chunks, newest.stored_bytes, last_frame, consumers)
