"""Where frames come from: a session on the bus, or a recording, replayed onto a bus of its own within this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from runtime.client import Client
from runtime.clock import WallClock
from runtime.discovery import discover, find_session
from runtime.errors import BusError, SessionError, UsageError
from runtime.memory_bus import MemoryBus
from runtime.nats_bus import NatsOptions
from runtime.subjects import SessionId
from streams.commands.opening import open_recordings, open_source
from streams.jetstream_store import JetStreamStore
from streams.replay import Replay, ReplayOptions
from streams.replay_keys import Keys
from streams.session import Session, open_session

_NAME = "view"


@dataclass(frozen=True)
class Source:
    """Frames to look at.

    Attributes:
        client: The session, live or replayed.
        press: Takes a key of a replay; None for a live session.
        past: The recording, as far as there is one.
        begin: The frame that comes first, about.
    """

    client: Client
    press: Callable[[str], None] | None = None
    past: Session | None = None
    begin: int = 0


@contextlib.asynccontextmanager
async def open_frames(nats: NatsOptions, name: str, frame: int | None) -> AsyncIterator[Source]:
    """Open a session that is on the bus, else a recording or an archive of that name.

    Args:
        nats: The server.
        name: Empty for the only session on the bus.
        frame: Of a recording where to begin, paused; None for its beginning.

    Raises:
        BusError: There is no such session.
        UsageError: There are several and none is named, or a frame is asked for of a live one.
    """
    async with open_recordings(nats, _NAME) as (bus, store):
        there = [] if name.endswith(".mcap") else await discover(bus)
        if frame is None and (not name or name in {welcome.session for welcome in there}):
            if not there:
                raise BusError("no session is on the bus: name a recording (`runtime sessions list`)")
            welcome = await find_session(bus, name, 0.0)
            yield Source(
                Client(bus, welcome, _NAME), past=await _past(store, welcome.session), begin=welcome.frame_index
            )
            return
        if not name:
            raise UsageError("--frame is for a recording: name its session")
        session = await open_source(store, name)
        async with _replayed(session, frame) as source:
            yield source


async def _past(store: JetStreamStore, session: str) -> Session | None:
    try:
        return await open_session(store, session)
    except (SessionError, BusError):
        return None


@contextlib.asynccontextmanager
async def _replayed(session: Session, frame: int | None) -> AsyncIterator[Source]:
    """Replay a recording onto a bus in memory; from a frame on it waits there."""
    session.span(frame, None)  # what is asked for may not be there
    bus, name = MemoryBus(), SessionId(session.name)
    kinds = [kind for kind in _SEEN if session.meta.keeps(kind) or kind in _REBUILT]
    options = ReplayOptions(name, start=frame, kinds=kinds, look_s=0.0, paused=True)
    replay = Replay(session, bus, options, WallClock())
    playing = asyncio.create_task(replay.run())
    try:
        client = Client(bus, await find_session(bus, name), _NAME)
        keys = Keys(replay.transport, lambda: replay.frame_index, session.meta.rate_hz)
        begin = replay.transport.step_on if frame is not None else replay.transport.resume
        begun = asyncio.create_task(_begin(begin))
        playing.add_done_callback(lambda _: client.end())
        yield Source(client, keys.press, session, replay.transport.first)
        begun.cancel()
    finally:
        replay.stop()
        await playing


#: What the picture, the status line and the eyes need; of an inputs-only recording two are emulated again.
_SEEN = ("frame", "state", "input", "plan", "learnt", "event")
_REBUILT = ("frame", "state")

#: By then whoever looks has subscribed: it does so at once.
_SUBSCRIBED_S = 0.1


async def _begin(begin: Callable[[], None]) -> None:
    await asyncio.sleep(_SUBSCRIBED_S)
    begin()
