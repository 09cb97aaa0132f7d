"""Replay: a recording on the bus again, which subscribers cannot tell from a live session but by its Welcome.

Payloads go out as they were recorded, only `sent_ns` is new, in the order in which they were published. What was never
recorded is made again: the subjects at 10 Hz, and for whoever begins in the middle a key frame, a whole memory image
and the plans in force; that is also how readers go along with a seek and a loop. It takes the requests of
`streams.replay_control` where a live session takes those of `runtime.control`.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import structlog

from runtime import wire
from runtime.bus import Bus
from runtime.clock import Clock, Schedule
from runtime.discovery import discover
from runtime.errors import BusError, UsageError
from runtime.health import HealthReporter
from runtime.metrics import Metrics
from runtime.subjects import PUBLISHED, SessionId, subject
from streams.replay_control import Transport
from streams.replay_desk import Desk
from streams.replay_filter import Passes, everything_passes
from streams.replay_flow import Flow, Sent, recorded_kinds, stamped
from streams.session import Session
from streams.ticks import Tick

log = structlog.get_logger()

#: Frames between waits for the server at full speed, so that it is never far behind.
_FLUSH_EVERY = 60

#: How long to wait for an answer before a frame is shown again (a restarted actor missed it).
_ASK_AGAIN_S = 1.0

#: The same for a frame that not every actor can see, because the recording has a hole there; then it goes on.
_BLIND_S = 0.05

ENDED = "session.ended"


@dataclass(frozen=True)
class ReplayOptions:
    """How a recording is replayed.

    Attributes:
        name: The session it appears as.
        rate: Times real time; 0 for as fast as it goes.
        start: The first frame; None for the recording's first.
        end: The last frame, inclusive; None for the recording's last.
        look_s: How long to look for a session of that name on the bus first; 0 not at all.
        plays: How often; 0 without end.
        paused: Whether to begin paused.
        kinds: What is published, of subjects.PUBLISHED.
        remap: Other subjects for some kinds.
        passes: Frames for which it is false are left out.
        also_read: Recorded kinds that `on_tick` looks at besides.
        wait_for_actors: Go on to the next frame only when every actor due on this one has answered.
        wait_for: Actors that must have joined before the first frame.
        wait_s: How long to wait for them.
        process: Its name in health reports.
        labelled: The recorded session that labels of these frames go to; empty for none.
    """

    name: SessionId
    rate: float = 1.0
    start: int | None = None
    end: int | None = None
    look_s: float = 0.25
    plays: int = 1
    paused: bool = False
    kinds: Collection[str] = PUBLISHED
    remap: Mapping[str, str] = field(default_factory=dict)
    passes: Passes = everything_passes
    also_read: Collection[str] = ()
    wait_for_actors: bool = False
    wait_for: tuple[str, ...] = ()
    wait_s: float = 30.0
    process: str = "replay"
    labelled: str = ""


class Replay:
    """One replay of one session. Make it, `run` it; `transport` takes requests meanwhile."""

    def __init__(
        self, session: Session, bus: Bus, options: ReplayOptions, clock: Clock, metrics: Metrics | None = None
    ) -> None:
        self._session, self._bus, self._options, self._clock = session, bus, options, clock
        self._moved = asyncio.Event()
        self.transport = Transport(
            session.first_frame if options.start is None else options.start,
            session.last_frame if options.end is None else options.end,
            rate=options.rate,
            plays=options.plays,
            paused=options.paused,
            on_change=self._moved.set,
        )
        self._schedule_rate = options.rate
        self._schedule = Schedule(clock, session.meta.rate_hz * (options.rate or 1.0))
        self._flow = Flow(session.meta.regions, options.kinds)
        self._kinds = recorded_kinds(options.kinds) | options.passes.kinds | frozenset(options.also_read)
        self._subjects = {kind: options.remap.get(kind) or subject(options.name, kind) for kind in PUBLISHED}
        self._health = HealthReporter(bus, options.name, options.process, metrics)
        self._frame_index = -1
        self._frames = self._turns = 0
        self._began_ns = self._ended_ns = self._held_ns = 0
        self._end: wire.Event | None = None  # the recorded end, when the last frame published has it
        self._show_again = False
        self._desk = Desk(bus, options.name, self.transport, self._welcome, self._refresh, self._moved)

    @property
    def frame_index(self) -> int:
        """The last frame published; -1 before the first."""
        return self._frame_index

    @property
    def missed(self) -> int:
        """Frames that went out a whole period late."""
        return self._schedule.missed

    @property
    def seconds(self) -> float:
        """How long playing took, without pauses."""
        return (self._ended_ns - self._began_ns - self._held_ns) / 1e9

    def stop(self) -> None:
        """End after the frame under way."""
        self.transport.stop()

    async def run(
        self, on_frame: Callable[[], object] = lambda: None, on_tick: Callable[[Tick], object] = lambda _: None
    ) -> int:
        """Replay to the end; return the frames published.

        Args:
            on_frame: Called after each frame that was published.
            on_tick: Called with each recorded frame before it is published; every actor has answered the ones before
                if it is waited for.

        Raises:
            UsageError: The name is on the bus already, or the range lies outside the recording.
            WireError: The recording is damaged.
            BusError: The store cannot be reached, or an expected actor did not join in time.
        """
        self._session.span(self.transport.first, self.transport.last)  # a paused replay would find out late
        await self._refuse_taken_name()
        async with self._desk.open():
            try:
                await self._await_members()
                self._began_ns = self._clock.now_ns()
                await self._play(on_frame, on_tick)
            finally:
                self._ended_ns = self._clock.now_ns()
        return self._frames

    async def _refuse_taken_name(self) -> None:
        name, look_s = self._options.name, self._options.look_s
        if look_s and name in {welcome.session for welcome in await discover(self._bus, look_s)}:
            raise UsageError(f"a session {name!r} is on the bus already; choose another name with --as")

    async def _await_members(self) -> None:
        deadline = asyncio.get_running_loop().time() + self._options.wait_s
        while not self.transport.stopping:
            missing = [actor for actor in self._options.wait_for if actor not in self._desk.members]
            if not missing:
                return
            if asyncio.get_running_loop().time() > deadline:
                raise BusError(f"{', '.join(missing)} did not join within {self._options.wait_s:g} s")
            await self._woken(0.1)

    async def _play(self, on_frame: Callable[[], object], on_tick: Callable[[Tick], object]) -> None:
        at: int | None = self.transport.first
        while at is not None:
            shown = await self._play_from(at, on_frame, on_tick)
            at = await self._next_start(shown)
        await self._send("event", self._end or self._end_event(), self._clock.now_ns())
        await self._bus.flush()

    async def _play_from(
        self, first: int, on_frame: Callable[[], object], on_tick: Callable[[Tick], object]
    ) -> Tick | None:
        """Play on from a frame to the last one, or until told otherwise; return the last tick if it was published."""
        shown: Tick | None = None
        self._flow.begin()
        self._desk.forget_answers()
        await self._hold(shown)
        for kind, payload in await self._known_before(first):
            await self._send(kind, payload, self._clock.now_ns())
        start = None if first == self._session.first_frame else first
        async with contextlib.aclosing(self._session.ticks(self._kinds, start=start, end=self.transport.last)) as ticks:
            async for tick in ticks:
                await self._pace()
                if self.transport.leaves():
                    break
                on_tick(tick)
                shown = tick if self._options.passes(tick) else None
                if shown is None:
                    self._flow.begin()
                    continue
                await self._publish(tick)
                on_frame()
                if self._options.wait_for_actors:
                    await self._await_answers(tick)
                await self._hold(tick)
                if self.transport.leaves():
                    break
        return shown

    async def _known_before(self, first: int) -> Sent:
        """Return what a live session's readers know at a frame: each actor's newest plan, and all that was learnt."""
        kinds = [kind for kind in ("plan", "learnt") if kind in self._options.kinds]
        newest: dict[str, wire.Plan] = {}
        learnt: list[wire.Learnt] = []
        if kinds and first > self._session.first_frame and not self.transport.leaves():
            async with contextlib.aclosing(self._session.ticks(kinds, end=first - 1)) as ticks:
                async for tick in ticks:
                    newest |= {plan.actor: plan for plan in tick.plans}
                    learnt += tick.learnt
        plans = sorted(newest.values(), key=lambda plan: (plan.frame_index, plan.actor))
        return [*(("plan", plan) for plan in plans), *(("learnt", each) for each in learnt)]

    async def _next_start(self, shown: Tick | None) -> int | None:
        """Return where to play on, None at the end; a paused replay stays at its last frame until it may go on."""
        while not self.transport.stopping:
            if (target := self.transport.take_target()) is not None:
                return target
            if self.transport.next_play():
                return self.transport.first
            self.transport.give_up("there are no more frames")
            if not self.transport.paused:
                return None
            await self._hold(shown)
        return None

    async def _pace(self) -> None:
        self._turns += 1
        rate = self.transport.rate
        if rate != self._schedule_rate:
            self._schedule_rate = rate
            self._schedule.set_rate(self._session.meta.rate_hz * (rate or 1.0))
        if rate:
            await self._schedule.next()
            self._health.lateness(self._schedule.late_ns, self.missed)
        elif self._turns % _FLUSH_EVERY == 0:
            await self._bus.flush()
        else:
            await asyncio.sleep(0)
        await self._report_health()

    async def _hold(self, shown: Tick | None) -> None:
        """Wait while paused; `shown` is the frame that readers who begin now are shown."""
        if not self.transport.holds():
            return
        began_ns = self._clock.now_ns()
        await self._bus.flush()
        while self.transport.holds():
            await self._publish_again(shown)
            await self._woken(1.0)
            await self._report_health()
        self._held_ns += self._clock.now_ns() - began_ns
        self._schedule.restart()

    async def _publish(self, tick: Tick) -> None:
        """Publish one frame's payloads, but for the recorded end of the session, which is for the end of the replay."""
        began_ns = self._clock.now_ns()
        self._end = None
        sent: Sent = []
        for kind, payload in self._flow.of(tick):
            if isinstance(payload, wire.Event) and payload.name == ENDED:
                self._end = payload
            else:
                sent.append((kind, payload))
        self._show_again = False  # whoever asked before this frame begins with it
        for kind, payload in sent:
            await self._send(kind, payload, began_ns)
        self._frame_index = tick.frame_index
        self._frames += 1
        self._desk.empty()
        self._health.tick(self._clock.now_ns() - began_ns)
        self.transport.published()

    async def _publish_again(self, shown: Tick | None) -> None:
        """Show the last frame once more to whoever asked for something to begin with."""
        if not self._show_again or shown is None:
            return
        self._show_again = False
        now_ns = self._clock.now_ns()
        for kind, payload in self._flow.again(shown):
            await self._send(kind, payload, now_ns)

    async def _send(self, kind: str, payload: wire.Payload, sent_ns: int) -> None:
        data = stamped(payload, sent_ns)
        await self._bus.publish(self._subjects[kind], data)
        self._health.published(kind, len(data))

    async def _await_answers(self, tick: Tick) -> None:
        """Wait until every actor due on this frame has answered it."""
        await self._bus.push()
        now = asyncio.get_running_loop().time
        deadline = now() + (_ASK_AGAIN_S if self._flow.whole else _BLIND_S)
        while not self.transport.leaves() and (waiting := self._desk.unanswered(tick)):
            if now() >= deadline:
                if not self._flow.whole:
                    return
                log.warning("replay.waiting", frame=tick.frame_index, actors=",".join(waiting))
                deadline, self._show_again = now() + _ASK_AGAIN_S, True
            await self._publish_again(tick)
            await self._woken(deadline - now())

    async def _woken(self, at_most_s: float) -> None:
        """Wait for a request or an answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(at_most_s, 0)):  # see Bridge._woken
                await self._moved.wait()
        self._moved.clear()

    async def _report_health(self) -> None:
        if not self._health.due:
            return
        self._health.valid = self._bus.connected
        paced = self.transport.rate and not self.transport.paused and not self._options.wait_for_actors
        wanted_hz = self._session.meta.rate_hz * self.transport.rate if paced else 0.0
        await self._health.report(self._frame_index, wanted_hz, self._bus.dropped + self._desk.refused)

    def _refresh(self) -> None:
        """Give readers that just began something to begin with: the next frame, or the last one again in a pause."""
        self._flow.begin()
        self._show_again = True
        self._moved.set()

    @property
    def _pace_name(self) -> str:
        if self._options.wait_for_actors:
            return "lockstep"
        return "realtime" if self.transport.rate else "free"

    def _welcome(self) -> wire.Welcome:
        meta = self._session.meta
        return wire.Welcome(
            session=self._options.name,
            origin="replay",
            clock=self._pace_name,
            paused=self.transport.paused,
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
            speed=0.0 if self._options.wait_for_actors else self.transport.rate,
            recording=self._options.labelled,
        )

    def _end_event(self) -> wire.Event:
        return wire.Event(
            source="replay", frame_index=self._frame_index, sent_ns=0, name=ENDED, facts={"frames": self._frames}
        )
