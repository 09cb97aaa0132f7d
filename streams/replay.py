"""Replay: a recording on the bus again, which subscribers cannot tell from a live session but by its Welcome.

Payloads go out as they were recorded, only `sent_ns` is new, in the order in which they were published. What was never
recorded is made again: the subjects at 10 Hz, and a key frame and whole memory image for whoever begins in the middle.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard

from runtime import wire
from runtime.bus import Bus, Message, Unsubscribe
from runtime.clock import SLOW_EVERY, Clock, Schedule
from runtime.discovery import discover
from runtime.errors import UsageError, WireError
from runtime.frame_codec import FrameEncoder
from runtime.memory_codec import MemoryDecoder
from runtime.slow import SlowFlow
from runtime.subjects import BY_KIND, DISCOVERY, PUBLISHED, SessionId, subject
from streams.session import Session
from streams.ticks import Tick

#: Frames between waits for the server at full speed, so that it is never far behind.
_FLUSH_EVERY = 60

ENDED = "session.ended"


@dataclass(frozen=True)
class ReplayOptions:
    """How a recording is replayed.

    Attributes:
        name: The session it appears as.
        rate: Times real time; 0 for as fast as it goes.
        start: The first frame; None for the recording's first.
        end: The last frame, inclusive; None for the recording's last.
        look_s: How long to look for a session of that name on the bus first.
    """

    name: SessionId
    rate: float = 1.0
    start: int | None = None
    end: int | None = None
    look_s: float = 0.25


class Replay:
    """One replay of one session. Make it, `run` it."""

    def __init__(self, session: Session, bus: Bus, options: ReplayOptions, clock: Clock) -> None:
        self._session, self._bus, self._options, self._clock = session, bus, options, clock
        self._schedule = Schedule(clock, session.meta.rate_hz * (options.rate or 1.0))
        self._flow = _Flow(session.meta.regions)
        self._subjects = {kind: subject(options.name, kind) for kind in PUBLISHED}
        self._frame_index = -1
        self._frames = 0
        self._began_ns = self._ended_ns = 0
        self._ended = False  # whether the recorded end went out
        self._stopping = False
        self._replies: set[asyncio.Task[None]] = set()

    @property
    def missed(self) -> int:
        """Frames that went out a whole period late."""
        return self._schedule.missed

    @property
    def seconds(self) -> float:
        """How long playing took."""
        return (self._ended_ns - self._began_ns) / 1e9

    def stop(self) -> None:
        """End after the frame under way."""
        self._stopping = True

    async def run(self, on_frame: Callable[[], object] = lambda: None) -> int:
        """Replay to the end; return the frames published.

        Raises:
            UsageError: The name is on the bus already, or the range lies outside the recording.
            WireError: The recording is damaged.
            BusError: The store cannot be reached.
        """
        if self._options.name in {welcome.session for welcome in await discover(self._bus, self._options.look_s)}:
            raise UsageError(f"a session {self._options.name!r} is on the bus already; choose another name with --as")
        unsubscribe = await self._listen()
        self._began_ns = self._clock.now_ns()
        try:
            await self._play(on_frame)
        finally:
            self._ended_ns = self._clock.now_ns()
            for stop in unsubscribe:
                await stop()
        return self._frames

    async def _play(self, on_frame: Callable[[], object]) -> None:
        async with contextlib.aclosing(self._session.ticks(start=self._options.start, end=self._options.end)) as ticks:
            async for tick in ticks:
                if self._stopping:
                    break
                await self._pace()
                await self._publish(tick)
                on_frame()
        if not self._ended:
            await self._send("event", self._end_event())
        await self._bus.flush()

    async def _pace(self) -> None:
        if self._options.rate:
            await self._schedule.next()
        elif self._frames % _FLUSH_EVERY == 0:
            await self._bus.flush()
        else:
            await asyncio.sleep(0)

    async def _publish(self, tick: Tick) -> None:
        """Publish one frame's payloads, the recorded end of the session last."""
        now_ns = self._clock.now_ns()
        sent = self._flow.of(tick)
        ended = [item for item in sent if isinstance(item[1], wire.Event) and item[1].name == ENDED]
        for kind, payload in [*(item for item in sent if item not in ended), *ended]:
            await self._send(kind, msgspec.structs.replace(payload, sent_ns=now_ns))
        self._frame_index = tick.frame_index
        self._frames += 1
        self._ended = self._ended or bool(ended)

    async def _send(self, kind: str, payload: wire.Payload) -> None:
        await self._bus.publish(self._subjects[kind], wire.encode(payload))

    async def _listen(self) -> list[Unsubscribe]:
        name = self._options.name
        return [
            await self._bus.subscribe(DISCOVERY, self._on_discovery),
            await self._bus.subscribe(subject(name, "in.join", "*"), self._on_join),
            await self._bus.subscribe(subject(name, "in.control"), self._on_control),
        ]

    def _on_discovery(self, message: Message) -> None:
        self._reply(message.reply, self._welcome())

    def _on_join(self, message: Message) -> None:
        self._flow.begin()
        self._reply(message.reply, self._welcome())

    def _on_control(self, message: Message) -> None:
        try:
            op = wire.decode(wire.Control, message.data).op
        except WireError:
            return
        error = ""
        if op == "refresh":
            self._flow.begin()
        elif op == "stop":
            self.stop()
        else:
            error = f"{op}: this is a replay, which takes refresh and stop only"
        reply = wire.ControlReply(frame_index=self._frame_index, paused=False, clock=self._pace_name, error=error)
        self._reply(message.reply, reply)

    def _reply(self, to: str, payload: wire.Payload) -> None:
        if to:
            self._later(self._bus.publish(to, wire.encode(payload)))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)

    @property
    def _pace_name(self) -> str:
        return "realtime" if self._options.rate else "free"

    def _welcome(self) -> wire.Welcome:
        meta = self._session.meta
        return wire.Welcome(
            session=self._options.name,
            origin="replay",
            clock=self._pace_name,
            paused=False,
            frame_index=self._frame_index,
            game=meta.game,
            game_toml=meta.game_toml,
            rom_sha256=meta.rom_sha256,
            console=meta.console,
            width=meta.width,
            height=meta.height,
            rate_hz=meta.rate_hz,
            buttons=meta.buttons,
            pixel_format=meta.pixel_format,
            regions=meta.regions,
            core=meta.core,
            recorded=False,
        )

    def _end_event(self) -> wire.Event:
        return wire.Event(
            source="replay",
            frame_index=self._frame_index,
            sent_ns=self._clock.now_ns(),
            name=ENDED,
            facts={"frames": self._frames},
        )


class _Flow:
    """What to publish for each recorded frame, so that readers can begin anywhere; `sent_ns` is left to the caller."""

    def __init__(self, regions: tuple[wire.Region, ...]) -> None:
        self._regions = regions
        self._slow = SlowFlow(regions)
        self._own: FrameEncoder | None = None  # a stream of our own, until the recording's next key
        self._wants_key = self._wants_whole = True

    def begin(self) -> None:
        """Make the next frame a key and the next memory messages whole images."""
        self._wants_key = self._wants_whole = True
        self._slow.force_key()

    def of(self, tick: Tick) -> list[tuple[str, wire.Payload]]:
        """Return a frame's payloads by kind, in publishing order."""
        payloads: list[tuple[str, wire.Payload]] = []
        for kind, data in tick.payloads:
            payload = wire.decode(BY_KIND[kind].payload, data)
            if isinstance(payload, wire.Frame):
                payload = self._frame(payload, tick)
            elif isinstance(payload, wire.MemoryDiff):
                payload = self._memory(payload, tick)
            payloads.append((kind, payload))
        if tick.frame_index % SLOW_EVERY == 0:
            payloads += self._slow_payloads(tick)
        return payloads

    def _frame(self, frame: wire.Frame, tick: Tick) -> wire.Frame:
        if frame.key:
            self._own, self._wants_key = None, False
            return frame
        if (self._wants_key or self._own) and tick.frame is not None:  # None: nobody can decode before the next key
            if self._wants_key:
                self._own, self._wants_key = FrameEncoder(), False
            assert self._own is not None
            return self._own.encode(frame.frame_index, tick.frame, frame.pixel_format, 0)
        return frame

    def _memory(self, diff: wire.MemoryDiff, tick: Tick) -> wire.MemoryDiff:
        if diff.whole:
            self._wants_whole = False
        if not self._wants_whole or (memory := _memory_of(tick)) is None:
            return diff
        self._wants_whole = False
        image = zstandard.ZstdCompressor(level=1).compress(memory.image.data)
        return msgspec.structs.replace(diff, whole=True, regions=memory.regions, starts=b"", lengths=b"", data=image)

    def _slow_payloads(self, tick: Tick) -> list[tuple[str, wire.Payload]]:
        memory = _memory_of(tick)
        if tick.frame is None or tick.video_message is None or memory is None or not tick.has("state"):
            return []
        regions = {region.name: memory.region(region.name) for region in self._regions}
        return self._slow.encode(tick.frame_index, tick.frame, tick.video_message.pixel_format, regions, tick.state, 0)


def _memory_of(tick: Tick) -> MemoryDecoder | None:
    """Return memory after this frame; None when the recording lacks it."""
    try:
        return tick.memory_image()
    except WireError:
        return None
