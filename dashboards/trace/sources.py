"""Where ways come from: a recording, or a session that plays."""

import asyncio
import contextlib
import time

from dashboards.terminal.inbox import open_inbox
from dashboards.terminal.live import Live
from dashboards.trace.choosing import Wanted
from dashboards.trace.ways import WAIT_FRAMES, Assembler
from runtime import wire
from runtime.errors import FramewireError, SessionError, UsageError, WireError
from runtime.subjects import kind_of, subject
from streams.jetstream_store import JetStreamStore
from streams.session import Session, open_session

#: How long a frame that is over may take to be in the recording: a second until it is told, one until it is written.
_RECORDED_S = 8.0

#: What a live frame gets beside its own time: it is told with up to 60, and its answers with the 60 after.
_TOLD_S = 5.0


async def from_recording(session: Session, wanted: Wanted) -> None:
    """Look through a recording.

    Raises:
        SessionError: It keeps no traces.
        UsageError: It has no such frame.
        WireError: It is damaged.
        BusError: The store cannot be reached.
    """
    if not session.meta.keeps("trace"):
        raise SessionError(
            f"session {session.name!r} keeps no traces: neither do those with `--store inputs`, nor older ones"
        )
    start = end = None
    if wanted.frame >= 0:
        start, _ = session.span(wanted.frame, None)
        end = min(start + WAIT_FRAMES, session.last_frame)
    assembler = Assembler()
    async with contextlib.aclosing(session.ticks(("trace", "input"), start=start, end=end)) as ticks:
        async for tick in ticks:
            if tick.input:
                assembler.take_input(tick.input)
            for kind, data in tick.payloads:
                if kind == "trace":
                    assembler.take_trace(wire.decode(wire.Trace, data))
                    wanted.see(assembler.take_ready())
    wanted.see(assembler.take_all())


async def from_live(live: Live, wanted: Wanted, seconds: float) -> None:
    """Look at a session that plays: for some seconds for its slowest frames, or for one frame that is to come or was.

    Raises:
        FramewireError: The frame is over and was not recorded, or it did not come in time.
    """
    ahead = wanted.frame - live.welcome.frame_index
    if wanted.frame >= 0 and ahead <= 0:
        await _look_back(live, wanted)
        return
    pace_hz = live.welcome.rate_hz * (live.welcome.speed or 1.0)
    limit_s = seconds if wanted.frame < 0 else ahead / pace_hz + _TOLD_S
    await _listen(live, wanted, limit_s)
    if wanted.frame >= 0 and not wanted.found:
        raise FramewireError(f"frame {wanted.frame} of {live.session!r} did not come within {limit_s:.0f} s")


async def _look_back(live: Live, wanted: Wanted) -> None:
    if not live.welcome.recorded:
        raise UsageError(
            f"frame {wanted.frame} of {live.session!r} is over and the session is not recorded; "
            f"ask for one after {live.welcome.frame_index}, or for --slowest N"
        )
    deadline = time.monotonic() + _RECORDED_S
    store = JetStreamStore(live.bus)
    while not wanted.found:
        with contextlib.suppress(UsageError, SessionError):  # not written yet
            await from_recording(await open_session(store, live.session), wanted)
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.0 if wanted.found else 0.2)


async def _listen(live: Live, wanted: Wanted, limit_s: float) -> None:
    """Take in messages for so long; a frame is found when the message after its own has come."""
    assembler, last_frame = Assembler(), -1
    patterns = [subject(live.session, kind) for kind in ("trace", "input")]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s), open_inbox(live.bus, patterns) as inbox:
            while not 0 <= wanted.frame < last_frame:
                message = await inbox.get()
                with contextlib.suppress(WireError):
                    if kind_of(message.subject) == "input":
                        assembler.take_input(wire.decode(wire.Input, message.data))
                    else:
                        trace = wire.decode(wire.Trace, message.data)
                        last_frame = _before(trace)
                        assembler.take_trace(trace)
                        wanted.see(assembler.take_ready())
    wanted.see(assembler.take_all())


def _before(trace: wire.Trace) -> int:
    """Return the first frame of which a message tells: those before were told, with most of their answers."""
    return int.from_bytes(trace.frames[:4], "little")
