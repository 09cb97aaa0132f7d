"""The only loop that runs an actor: bus, rate, deadlines, answers, gaps, health and shutdown live here."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import GeneratorType

import structlog

from runtime import wire
from runtime.actor import WRITABLE, Actor, Annotate, Intend, Learn, Output, Outputs, Press, Report, Request
from runtime.annotating import Annotator
from runtime.bus import Bus, Drop, Message, Unsubscribe
from runtime.clock import NOMINAL_HZ, Clock, Rate, frames_per_tick, host_clock
from runtime.errors import BusError, UsageError, VersionError, WireError
from runtime.gaps import gap_record
from runtime.health import HealthReporter
from runtime.metrics import Metrics
from runtime.observation import Observation, Senses, subscribed
from runtime.quality import ALL_SHEDS, Quality
from runtime.start import RESUMED
from runtime.subjects import SessionId, kind_of, subject

log = structlog.get_logger()

#: Messages an on-message actor may have waiting; beyond it the oldest are dropped and counted.
_QUEUE_LIMIT = 10_000

#: Between two questions whether the session is there.
_JOIN_RETRY_S = 0.05

#: How long an actor waits for the answer to its request. A slot may wait for the store (runtime.control_desk: 15 s).
_REPLY_S = 2.0
_SLOT_REPLY_S = 20.0


@dataclass(frozen=True)
class LoopOptions:
    """How an actor runs.

    Attributes:
        name: Its name in the session.
        session: Which session.
        rate: Overrides the class's rate.
        priority: Of its actions; the highest wins.
        hold_frames: How long its buttons stay without a new action.
        join_s: How long to wait for the session.
        budget_ms: What a tick may take; 0 for the time until the next.
        sheds: What it may leave out when it takes longer, of its class's `sheds` and in this order.
    """

    name: str
    session: SessionId
    rate: Rate
    priority: int = 0
    hold_frames: int = 30
    join_s: float = 30.0
    budget_ms: float = 0.0
    sheds: tuple[str, ...] = ALL_SHEDS


class ActorLoop:
    """Runs one actor in one session until the session ends or `stop`."""

    def __init__(
        self, actor: Actor, bus: Bus, options: LoopOptions, metrics: Metrics | None = None, clock: Clock | None = None
    ) -> None:
        self._actor, self._bus, self._options = actor, bus, options
        self._now_ns = clock.now_ns if clock else time.monotonic_ns
        self._clock_name = clock.name if clock else host_clock()
        self._every = frames_per_tick(options.rate)
        self._sources = frozenset(getattr(actor, "sources", ()))
        sheds = getattr(actor, "sheds", ()) if options.sheds == ALL_SHEDS else options.sheds
        budget_ns = round(options.budget_ms * 1e6) or round(max(self._every, 1) * 1e9 / NOMINAL_HZ)
        self._quality = Quality(sheds, budget_ns)
        self._stood_ns = 0  # of this tick: while the actor had the game paused
        self._paused_ns: int | None = None  # when it did
        self._health = HealthReporter(bus, options.session, options.name, metrics, sorted(self._sources))
        self._senses: Senses | None = None
        self._annotator: Annotator | None = None
        self._dropped = self._queue_dropped = self._bus_dropped = 0
        self._reported_frame = -1
        self._frame_index = -1
        self._answer: tuple[int, bytes] = (-1, b"")  # the last frame answered, and the answer
        self._plans_made = 0
        self._stopping = False
        self._queue: deque[tuple[str, bytes]] = deque()
        self._arrived = asyncio.Event()
        self._unsubscribe: list[Unsubscribe] = []
        self._joining: asyncio.Task[None] | None = None

    @property
    def subscribed(self) -> frozenset[str]:
        """The kinds that it gets."""
        return subscribed(self._actor.reads, self._every)

    def stop(self) -> None:
        """End after the tick under way."""
        self._stopping = True
        self._arrived.set()
        if self._senses:
            self._senses.end()

    async def run(self) -> None:
        """Join the session and act until it ends.

        Raises:
            BusError: There is no such session.
        """
        welcome = await self._join()
        if welcome is None:
            return
        if Annotate.kind in self._actor.writes:
            self._annotator = Annotator(self._bus, welcome, self._options.name, self._every)
        health = asyncio.create_task(self._report_for_ever())
        try:
            if self._every:
                await self._run_ticks()
            else:
                await self._run_messages()
        finally:
            health.cancel()
            if self._joining:
                self._joining.cancel()
            close = getattr(self._actor, "close", None)
            if close:
                close()
            if self._annotator:
                await self._annotator.close()
            await self._close()
            await self._report()
            await self._bus.flush()

    async def _join(self) -> wire.Welcome | None:
        """Subscribe, then tell the bridge; None when stopped meanwhile."""
        deadline = time.monotonic() + self._options.join_s
        while not self._stopping:
            try:
                welcome = await self._ask_to_join(every=-1)
                await self._open(welcome)
                return await self._ask_to_join(self._every)
            except BusError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(_JOIN_RETRY_S)
        return None

    async def _open(self, welcome: wire.Welcome) -> None:
        await self._close()  # of a try before this one
        self._senses = Senses(self._bus, welcome, self._actor.reads, self._every, self._join_again, self._now_ns)
        if self._every:
            await self._senses.open()
            return
        handlers = [(kind, self._on_message) for kind in self._actor.reads] + [("event", self._on_end)]
        for kind, handler in handlers:
            name = subject(self._options.session, kind, "*" if kind == "health" else "")
            self._unsubscribe.append(await self._bus.subscribe(name, handler))

    async def _close(self) -> None:
        if self._senses:
            await self._senses.close()
        for unsubscribe in self._unsubscribe:
            await unsubscribe()
        self._unsubscribe.clear()

    async def _ask_to_join(self, every: int) -> wire.Welcome:
        join = wire.Join(actor=self._options.name, every=every, clock=self._clock_name)
        reply = await self._bus.request(subject(self._options.session, "in.join"), wire.encode(join), 2.0)
        return wire.decode(wire.Welcome, reply)

    async def _run_ticks(self) -> None:
        assert self._senses is not None
        while not self._stopping:
            seen = await self._senses.next()
            if seen is None:
                return
            late = -1 < self._frame_index < seen.frame_index - self._every
            self._frame_index = seen.frame_index
            if seen.frame_index == self._answer[0]:  # a lockstep bridge asks again: the same answer, not a new one
                await self._bus.publish(self._in("action"), self._answer[1])
                continue
            started_ns, self._stood_ns, self._paused_ns = self._now_ns(), 0, None
            await self._publish(seen, _listed(self._actor.act(seen)), began_ns=started_ns)
            now_ns = self._now_ns()
            await self._bus.push()
            self._health.tick(now_ns - started_ns)
            self._health.latency(self._options.name, now_ns - seen.sent_ns)
            await self._keep_budget(seen, now_ns - started_ns - self._stood_ns, late=late)

    async def _keep_budget(self, seen: Observation, duration_ns: int, *, late: bool) -> None:
        """Count a tick that took too long; shed work after several, and say so. A lockstep game has all the time."""
        assert self._senses is not None
        if duration_ns > self._quality.budget_ns:
            self._health.over_budget()
        if self._senses.clock == "lockstep":
            self._senses.shed = frozenset()
            return
        change = self._quality.tick(duration_ns, late=late and self._senses.clock == "realtime")
        self._senses.shed = self._quality.shed
        if change is None:
            return
        self._health.shed(len(self._quality.shed))
        facts: dict[str, wire.Scalar] = {
            "part": change.part,
            "tick_ms": round(duration_ns / 1e6, 3),
            "budget_ms": self._quality.budget_ns / 1e6,
            "shed": ",".join(sorted(self._quality.shed)),
        }
        name = "actor.restored" if change.restored else "actor.shed"
        log.info(name, actor=self._options.name, **facts)
        await self._bus.publish(self._in("event"), wire.encode(self._event(seen, Report(name, facts))))

    async def _run_messages(self) -> None:
        while not self._stopping or self._queue:
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            kind, data = self._queue.popleft()
            await self._one_message(kind, data)

    async def _one_message(self, kind: str, data: bytes) -> None:
        assert self._senses is not None
        try:
            payload = wire.decode_any(data)
        except VersionError:
            raise  # all that follow will be unreadable, too
        except WireError as error:
            log.warning("actor.damaged_message", kind=kind, error=str(error))
            return
        self._frame_index = getattr(payload, "frame_index", self._frame_index)
        state = payload.values if isinstance(payload, wire.State) else {}
        sent_ns = getattr(payload, "sent_ns", 0)
        seen = Observation(
            self._frame_index, sent_ns, state, senses=self._senses, plans={}, events=(), held=(), message=payload
        )
        started_ns = time.monotonic_ns()
        await self._publish(seen, _listed(self._actor.act(seen)), began_ns=started_ns, answer=False)
        self._health.tick(time.monotonic_ns() - started_ns)

    def _on_message(self, message: Message) -> None:
        if len(self._queue) >= _QUEUE_LIMIT:
            self._queue.popleft()
            self._queue_dropped += 1
        self._queue.append((kind_of(message.subject), message.data))
        self._arrived.set()

    def _on_end(self, message: Message) -> None:
        name = wire.decode(wire.Event, message.data).name
        if name == "session.ended":
            self.stop()
        elif name == RESUMED:
            self._join_again()

    def _join_again(self) -> None:
        """Become a member of a session that goes on under another bridge."""
        if self._joining is None or self._joining.done():
            self._joining = asyncio.create_task(self._ask_again())

    async def _ask_again(self) -> None:
        with contextlib.suppress(BusError):  # the bridge says again that it waits
            await self._ask_to_join(self._every)

    async def _publish(
        self, seen: Observation, outputs: Iterable[Output], *, began_ns: int, answer: bool = True
    ) -> None:
        """Publish what comes as it comes, then the action: the answer to this frame, in any case."""
        press: Press | None = None
        conversation = _Conversation(outputs)
        for output in conversation:
            if output.kind not in self._actor.writes:
                raise UsageError(
                    f"actor {self._options.name} wrote {output.kind}, which its `writes` lacks; there: "
                    f"{', '.join(self._actor.writes) or 'nothing'} (allowed are {', '.join(WRITABLE)})"
                )
            if isinstance(output, Press):
                press = output
            elif isinstance(output, Intend):
                await self._bus.publish(self._in("plan"), wire.encode(self._plan(seen, output)))
            elif isinstance(output, Request):
                conversation.answer(await self._ask(seen, output, wait=conversation.listens))
                self._note_pause(output)
            elif isinstance(output, Learn):
                await self._bus.publish(self._in("learnt"), wire.encode(self._learnt(seen, output)))
            elif isinstance(output, Annotate):
                assert self._annotator is not None  # it may write them
                await self._annotator.say(seen.frame_index, output)
            else:
                await self._bus.publish(self._in("event"), wire.encode(self._event(seen, output)))
        if self._annotator:
            await self._annotator.tick(seen.frame_index)
        if press and (source := press.reason.partition(":")[0]) in self._sources:
            self._health.decided(source)
        if press is None and not answer:
            return
        action = wire.Action(
            actor=self._options.name,
            frame_index=seen.frame_index,
            sent_ns=self._now_ns(),
            buttons=press.buttons if press else None,
            hold_frames=self._options.hold_frames,
            priority=self._options.priority,
            plan_id=press.plan_id if press else "",
            model=press.model if press else "",
            reason=press.reason if press else "",
            received_ns=seen.received_ns,
            began_ns=began_ns,
        )
        data = wire.encode(action)
        self._answer = (seen.frame_index, data)
        await self._bus.publish(self._in("action"), data)
        self._health.published("in.action", len(data))

    def _note_pause(self, request: Request) -> None:
        """Keep the time for which this actor has the game stand: that costs it no deadline."""
        if request.op == "pause":
            self._paused_ns = self._now_ns()
        elif request.op == "resume" and self._paused_ns is not None:
            self._stood_ns += self._now_ns() - self._paused_ns
            self._paused_ns = None

    def _plan(self, seen: Observation, intend: Intend) -> wire.Plan:
        self._plans_made += 1
        return wire.Plan(
            actor=self._options.name,
            frame_index=seen.frame_index,
            sent_ns=time.monotonic_ns(),
            plan_id=f"{self._options.name}-{self._plans_made}",
            goal=intend.goal,
            area=intend.area,
            waypoints=intend.waypoints,
            parent_id=intend.parent_id,
            confidence=intend.confidence,
            reason=intend.reason,
            strategy=intend.strategy,
            actions=intend.actions,
            fallback=intend.fallback,
            tool_calls=intend.tool_calls,
            model=intend.model,
            valid_frames=intend.valid_frames,
        )

    def _learnt(self, seen: Observation, learn: Learn) -> wire.Learnt:
        return wire.Learnt(
            actor=self._options.name,
            frame_index=seen.frame_index,
            sent_ns=time.monotonic_ns(),
            facts=tuple(learn.facts),
        )

    async def _ask(self, seen: Observation, request: Request, *, wait: bool) -> wire.ControlReply | None:
        """Send a request; return its answer when somebody waits for it, in bounded time."""
        name, data = subject(self._options.session, "in.control"), wire.encode(self._control(request))
        if not wait or request.op == "step":  # in lockstep a step goes on only when this actor has answered its frame
            await self._bus.publish(name, data)
            await self._bus.push()  # a generator may go on to think for long
            return None
        limit_s = _SLOT_REPLY_S if request.op in ("save", "load") else _REPLY_S
        try:
            reply = wire.decode(wire.ControlReply, await self._bus.request(name, data, limit_s))
        except (BusError, WireError) as error:
            reply = wire.ControlReply(frame_index=seen.frame_index, paused=False, clock="", error=str(error))
        if reply.error:  # who gets no answer has the bridge's word of it; this one's the bridge gave to us alone
            refused = Report("control.refused", {"op": request.op, "by": self._options.name, "error": reply.error})
            await self._bus.publish(self._in("event"), wire.encode(self._event(seen, refused)))
        return reply

    def _event(self, seen: Observation, report: Report) -> wire.Event:
        return wire.Event(
            source=self._options.name,
            frame_index=seen.frame_index,
            sent_ns=time.monotonic_ns(),
            name=report.name,
            facts=dict(report.facts),
        )

    def _control(self, request: Request) -> wire.Control:
        return wire.Control(
            op=request.op,
            frames=request.frames,
            slot=request.slot,
            clock=request.clock,
            rate=request.rate,
            by=self._options.name,
        )

    async def _report_for_ever(self) -> None:
        while True:
            await self._report()
            await asyncio.sleep(1)

    async def _report(self) -> None:
        """Publish health, and as gaps what was dropped since the last report."""
        drop = self._senses.take_drop() if self._senses else None
        if drop:
            await self._report_gap("state", drop, "slower than its rate: the newest frame was taken")
        learnt_drop = self._senses.take_learnt_drop() if self._senses else None
        if learnt_drop:
            await self._report_gap("learnt", learnt_drop, "too many waited for this actor's next look")
        queue_drop = Drop(self._reported_frame, self._frame_index, self._queue_dropped)
        if queue_drop.count:
            await self._report_gap("message", queue_drop, f"more than {_QUEUE_LIMIT} messages were waiting")
        client_drop = Drop(self._reported_frame, self._frame_index, self._bus.dropped - self._bus_dropped)
        if client_drop.count:
            await self._report_gap("message", client_drop, "the NATS client's queue was full")
        self._queue_dropped, self._bus_dropped, self._reported_frame = 0, self._bus.dropped, self._frame_index
        welcome = self._senses.welcome if self._senses else None
        wanted_hz = welcome.rate_hz / self._every if welcome and welcome.clock == "realtime" and self._every else 0.0
        self._health.valid = self._bus.connected and (self._senses is None or self._senses.whole)
        measures = getattr(self._actor, "measures", None)
        if measures:
            self._health.measured(measures())
        self._health.waiting(messages=len(self._queue), deltas=self._senses.waiting if self._senses else 0)
        await self._health.report(self._frame_index, wanted_hz, self._dropped, drop.count if drop else 0)

    async def _report_gap(self, kind: str, drop: Drop, reason: str) -> None:
        self._dropped += drop.count
        self._health.dropped(kind, drop.count)
        gap = gap_record(self._options.name, kind, drop, reason)
        await self._bus.publish(self._in("gap"), wire.encode(gap))

    def _in(self, kind: str) -> str:
        return subject(self._options.session, f"in.{kind}", self._options.name)


class _Conversation:
    """Iterates over what an actor puts out; a generator is sent the answers to its requests."""

    def __init__(self, outputs: Iterable[Output]) -> None:
        self.listens = isinstance(outputs, GeneratorType)
        self._outputs = outputs
        self._reply: wire.ControlReply | None = None

    def answer(self, reply: wire.ControlReply | None) -> None:
        """Take the answer to the output that came last."""
        self._reply = reply

    def __iter__(self) -> Iterator[Output]:
        if not isinstance(self._outputs, GeneratorType):
            yield from self._outputs
            return
        with contextlib.suppress(StopIteration):
            while True:
                reply, self._reply = self._reply, None
                inner = self._outputs.gi_yieldfrom
                takes_it = inner is None or isinstance(inner, GeneratorType)  # not a list in a `yield from`
                yield self._outputs.send(reply if takes_it else None)


def _listed(outputs: Outputs) -> Iterable[Output]:
    if outputs is None:
        return ()
    return outputs if isinstance(outputs, Iterable) else (outputs,)
