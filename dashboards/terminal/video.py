"""Frames from a live session, decoded."""

import asyncio
import contextlib

from dashboards.terminal.inbox import Inbox
from dashboards.terminal.live import Live
from dashboards.terminal.pictures import Picture
from runtime import wire
from runtime.errors import BusError
from runtime.frame_codec import FrameDecoder
from runtime.subjects import subject

#: Longer than the second between two key frames.
WAIT_S = 5.0


async def request_key(live: Live) -> None:
    """Ask the bridge for a key frame now; without an answer the next one comes within a second anyway."""
    request = wire.encode(wire.Control(op="refresh"))
    with contextlib.suppress(BusError):
        await live.bus.request(subject(live.session, "in.control"), request, timeout_s=1.0)


async def next_frame(live: Live, inbox: Inbox) -> wire.Frame:
    """Return the next message of a video subject.

    Raises:
        BusError: None came in time.
        WireError: It is no frame.
    """
    try:
        async with asyncio.timeout(WAIT_S):
            return wire.decode(wire.Frame, (await inbox.get()).data)
    except TimeoutError as error:
        why = "the session is paused" if live.welcome.paused else "is it paused, or its bridge gone?"
        raise BusError(f"session {live.session}: no frame came within {WAIT_S:g} s; {why}") from error


async def first_picture(live: Live, inbox: Inbox) -> Picture:
    """Return the first frame that stands alone.

    Raises:
        BusError: None came in time.
        WireError: It is damaged.
    """
    while True:
        frame = await next_frame(live, inbox)
        if frame.key and (raw := FrameDecoder().decode(frame)) is not None:
            return Picture(frame.frame_index, raw, frame.pixel_format)
