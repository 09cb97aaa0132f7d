"""The bridge: drives one emulator by a clock and is the single writer of its session.

    clock ─► held buttons ─► step ─► capture ─► publish + record ─► (lockstep: await answers) ─► clock
    actors ─► inbox ─┘

Accepted plans, facts, events and gaps join the next frame's flow, so every subscriber and the recording see one order.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

import structlog

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.backend import Backend, pack_state, restore_state
from runtime.bridge_options import BridgeOptions
from runtime.bus import Bus, Drop
from runtime.capture import Capture
from runtime.clock import Clock, Schedule
from runtime.control_desk import ControlDesk
from runtime.errors import BusError, EmulatorError
from runtime.frame_codec import FREE_LEVEL, LIVE_LEVEL
from runtime.game import Game
from runtime.gaps import Outage, gap_record
from runtime.health import HealthReporter
from runtime.inbox import Inbox
from runtime.metrics import Metrics
from runtime.session_meta import Recorder
from runtime.slots import Slots
from runtime.start import RESUMED, enter
from runtime.stepper import Stepper
from runtime.subjects import PUBLISHED, subject
from runtime.tape import Tape
from runtime.tracing import Tracer

log = structlog.get_logger()

T = TypeVar("T")

#: How long a lockstep game waits for an answer before it shows its frame again (a restarted actor missed it).
_ASK_AGAIN_S = 1.0

#: A free game's frames go out together for this long: to wake the server and its readers for each, a few thousand times
#: a second, costs more than to encode them. No reader at 60 Hz waits longer than it does for the next frame.
_TOGETHER_NS = 2_000_000
_MOST_TOGETHER = 8


class Bridge:
    """One session. Make it, `run` it, close the backend."""

    def __init__(
        self,
        backend: Backend,
        bus: Bus,
        options: BridgeOptions,
        *,
        clock: Clock,
        game: Game | None,
        slots: Slots,
        recorder: Recorder | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._backend, self._bus, self._options = backend, bus, options
        self._clock = clock
        self._tape = Tape(recorder, options.tape)
        self._schedule = Schedule(clock, backend.console.rate_hz)
        kinds = frozenset(PUBLISHED) if options.kinds is None or recorder else options.kinds
        self._capture = Capture(backend, game, FREE_LEVEL if options.clock == "free" else LIVE_LEVEL, kinds)
        self._arbiter = Arbiter(backend.console.buttons)
        self._stepper = Stepper(backend, self._arbiter)
        self._inbox = Inbox(self._arbiter, self._on_action, self._on_discovery)
        self._health = HealthReporter(bus, options.session, "bridge", metrics)
        self._tracer = Tracer(clock.name, metrics, partial(self._inbox.add, "trace"))
        self._subjects = {kind: subject(options.session, kind) for kind in PUBLISHED if kind in kinds}
        self._replies: set[asyncio.Task[None]] = set()
        self._frame_index = -1
        self._stopping = False
        self._jump = "start"  # why the next frame needs a savestate; empty when it does not
        self._pushed_ns, self._unpushed = 0, 0  # when frames went out last, and those since
        self._can = backend.capabilities
        self._desk = ControlDesk(self, self._can, slots, options.session, options.clock)
        self._pace = self._desk.pace
        self._outage = Outage()
        self._resumed: wire.Event | None = None

    @property
    def frame_index(self) -> int:
        """The last frame published; -1 before the first."""
        return self._frame_index

    @property
    def missed(self) -> int:
        """Frames that started a whole period late or later."""
        return self._schedule.missed

    def stop(self) -> None:
        """End the session after the frame under way."""
        self._stopping = True
        self._inbox.wake.set()

    async def run(self) -> int:
        """Run the session to its end; return the frames emulated.

        Raises:
            BusError: An expected actor did not join in time.
            StateError: It begins at a state that this emulator cannot load.
            EmulatorError: The emulator is gone.
        """
        await self._enter()
        unsubscribe = await self._inbox.open(self._bus, self._options.session)
        timer = None
        try:
            await self._await_members()
            if self._options.duration_s:
                timer = asyncio.get_running_loop().call_later(self._options.duration_s, self.stop)
            log.info("session.started", session=self._options.session, clock=self._pace.clock)
            while not self._stopping:
                if not self._stepper.under_way:  # else the emulator is ahead of the frame that requests are about
                    await self._handle_requests()
                if self._desk.holds:
                    await self._idle()
                else:
                    await self._one_frame()
        except EmulatorError:
            if not self._stopping:
                raise
        finally:
            if timer:
                timer.cancel()
            for stop in unsubscribe:
                await stop()
            await self._finish()
        return self._frame_index + 1

    async def _enter(self) -> None:
        """Bring the emulator to where the session begins."""
        start = self._options.start
        if start is None:
            return
        exact = await self._call(partial(enter, self._backend, start))
        self._frame_index = start.frame_index - 1
        if start.segment > 1:
            # What follows a resumption by emulation alone is no jump: re-execution runs through it.
            self._jump = "start" if start.frame_index == 0 else "resume" if exact else "jump"
            self._resumed = self._event(RESUMED, {"segment": start.segment, "exact": exact})
            self._inbox.add("event", self._resumed)
            for gap in start.gaps:
                self._inbox.add("gap", gap)

    async def _one_frame(self) -> None:
        if self._pace.clock == "realtime" and self._can.steps:  # else the emulator's own pace is followed
            await self._schedule.next()
            await self._handle_requests()  # who pauses on what this frame showed finds the game at this frame
            if self._desk.holds:
                return
            self._health.lateness(self._schedule.late_ns, self._schedule.missed)
        late_ns = self._schedule.late_ns if self._pace.clock == "realtime" else 0
        started_ns = self._clock.now_ns()
        flow = await self._begin_flow(started_ns)
        if self._stepper.wants:
            self._stepper.ask(self._frame_index + 1, self._most_under_way())
        buttons, causes = await self._call(self._stepper.take)
        flow += self._note_skipped(self._backend.skipped)
        self._frame_index += 1
        now_ns = self._clock.now_ns()
        key = self._capture.next_is_key
        payloads, ends = self._capture.frame(self._frame_index, now_ns)
        held = wire.Input(frame_index=self._frame_index, sent_ns=now_ns, buttons=buttons, causes=causes)
        flow += [("event", event) for event in ends]
        if hashes := self._tape.hashes(self._frame_index, payloads, self._capture.memory):
            payloads.append(("hash", hashes))
        await self._send([*flow, ("input", held), *payloads], key=key)
        self._heed(flow)
        done_ns = self._clock.now_ns()
        self._health.tick(done_ns - started_ns)
        self._tracer.frame(self._frame_index, late_ns, started_ns, now_ns, done_ns)
        self._check_end(ends)
        self._desk.published()
        await self._report_health()
        if self._pace.clock == "lockstep":
            await self._await_answers()
        if self._pace.speed != 1.0:
            await self._tape.make_room()

    def _most_under_way(self) -> int:
        """Return how many frames may be asked for and not shown, the next one among them.

        One, unless the clock is free and nothing waits to be done between two frames: a request, a savestate.
        """
        most = self._stepper.most
        if most == 1 or self._pace.clock != "free" or self._pace.paused or self._requested or self._tape.splits:
            return 1
        next_index = self._frame_index + 1
        if self._options.frames:
            most = min(most, self._options.frames - next_index)
        return min(most, self._tape.until_savestate(next_index))

    async def _call(self, work: Callable[[], T]) -> T:
        """Do what may wait for another program; meanwhile health goes on, and `stop` ends the wait.

        Raises:
            EmulatorError: The emulator is gone.
        """
        if not self._can.remote:
            return work()
        waiting = asyncio.ensure_future(asyncio.to_thread(work))
        await self.waited_for(waiting, self._backend.close)
        return waiting.result()

    async def waited_for(self, work: "asyncio.Future[Any]", give_up: Callable[[], object]) -> None:
        """Return when work is done; health goes on meanwhile, and `give_up` is called when the session is to end."""
        while not (await asyncio.wait((work,), timeout=1.0))[0]:
            await self._report_health()
            if self._stopping:
                give_up()

    def _note_skipped(self, frames: int) -> list[tuple[str, wire.Payload]]:
        """Count frames that the emulator made on its own; return the record that they are lacking."""
        if not frames:
            return []
        first, self._frame_index = self._frame_index + 1, self._frame_index + frames
        drop = Drop(first, self._frame_index, frames)
        self._capture.force_key()
        if self._can.steps:
            self._jump = "jump"
        return [("gap", gap_record("bridge", "frame", drop, "the emulator ran on without us"))]

    async def _begin_flow(self, now_ns: int) -> list[tuple[str, wire.Payload]]:
        """Return what precedes the next frame: a savestate if one is due, then what actors sent."""
        flow: list[tuple[str, wire.Payload]] = []
        next_index = self._frame_index + 1
        if (self._jump or self._tape.wants_savestate(next_index)) and not self._stepper.under_way:
            if self._can.savestates:
                reason = self._jump or "periodic"
                state = await self._call(partial(pack_state, self._backend, next_index, now_ns, reason))
                flow.append(("savestate", state))
            if self._jump or self._tape.splits:
                self._capture.force_key()
            self._jump = ""
        return flow + self._inbox.take_flow()

    async def _send(self, payloads: list[tuple[str, wire.Payload]], *, key: bool) -> None:
        """Publish and record one frame's payloads."""
        recorded = self._tape.recording
        encoded = [(kind, wire.encode(payload)) for kind, payload in payloads if recorded or kind in self._subjects]
        if gap := self._outage.note(self._bus.connected, self._frame_index):
            self._capture.force_key()
            self._inbox.add("gap", gap)
        self._tracer.sending(self._frame_index, self._clock.now_ns())
        self._tape.record(self._frame_index, encoded, key=key)  # first: what anybody saw is recorded
        live = [item for item in encoded if item[0] in self._subjects]
        await self._bus.publish_all([(self._subjects[kind], data) for kind, data in live])
        for kind, data in live:
            self._health.published(kind, len(data))
        await self._push()

    async def _push(self) -> None:
        """Let frames out, and messages in."""
        now_ns = self._clock.now_ns()
        self._unpushed += 1
        waits = self._pace.clock == "free" and self._unpushed < _MOST_TOGETHER
        if not waits or now_ns - self._pushed_ns >= _TOGETHER_NS:
            self._pushed_ns, self._unpushed = now_ns, 0
            await self._bus.push()

    def _heed(self, flow: list[tuple[str, wire.Payload]]) -> None:
        """Keep the last seconds when a rule or an event of this frame says so; count what gaps of it name."""
        for _, payload in flow:
            if isinstance(payload, wire.Gap):
                self._health.lacking(payload.kind, payload.count)
        events = [payload for _, payload in flow if isinstance(payload, wire.Event)]
        if reason := self._tape.reason_to_keep(self._capture.values, events):
            self.keep(reason)

    async def _await_answers(self) -> None:
        """Wait until every member due on this frame has answered it."""
        while (
            self._pace.clock == "lockstep"
            and not self._stopping
            and (waiting := self._inbox.unanswered(self._frame_index))
        ):
            if not await self._woken(_ASK_AGAIN_S):
                log.warning("lockstep.waiting", frame=self._frame_index, actors=",".join(waiting))
                await self._publish_again()
            if self._inbox.joins or self._inbox.controls:
                await self._handle_requests()

    async def _await_members(self) -> None:
        deadline_ns = self._clock.now_ns() + int(self._options.wait_s * 1e9)
        while not self._stopping:
            await self._handle_requests()
            if self._resumed:  # actors of the bridge before this one hear it, and join again
                await self._bus.publish(self._subjects["event"], wire.encode(self._resumed))
            missing = [actor for actor in self._options.wait_for if actor not in self._inbox.members]
            if not missing:
                return
            if self._clock.now_ns() > deadline_ns:
                raise BusError(f"{', '.join(missing)} did not join within {self._options.wait_s:g} s")
            await self._woken(0.1)

    async def _idle(self) -> None:
        """Wait for something to happen while no frame runs; health goes on."""
        self._tracer.tell(self._clock.now_ns())
        if not self._stopping:
            await self._woken(1.0)
        self._schedule.restart()
        await self._report_health()

    async def _woken(self, at_most_s: float) -> bool:
        """Wait for a message; False when none came in time."""
        self._inbox.wake.clear()
        with contextlib.suppress(TimeoutError):
            # `wait_for` would swallow a cancellation that comes with the message
            async with asyncio.timeout(at_most_s):
                await self._inbox.wake.wait()
        return self._inbox.wake.is_set()

    @property
    def _requested(self) -> bool:
        return bool(self._inbox.joins or self._inbox.controls or self._desk.fetched)

    async def _handle_requests(self) -> None:
        while self._inbox.joins:
            join, reply = self._inbox.joins.popleft()
            assert isinstance(join, wire.Join)
            await self._bus.publish(reply, wire.encode(self._welcome()))
            if join.every < 0:
                continue
            self._inbox.members[join.actor] = join.every
            self._tracer.clocks[join.actor] = join.clock
            log.info("actor.joined", actor=join.actor, every=join.every, frame=self._frame_index)
            await self.refresh()
        while self._inbox.controls:
            await self._desk.take(self._inbox.controls.popleft())
        await self._desk.restore_fetched()

    # What the desk does to the game: `runtime.control_desk.Controlled`.

    async def capture_state(self) -> wire.Savestate:
        """See Controlled."""
        now_ns = self._clock.now_ns()
        return await self._call(partial(pack_state, self._backend, self._frame_index + 1, now_ns, "slot"))

    async def restore(self, state: wire.Savestate) -> None:
        """See Controlled."""
        await self._call(partial(restore_state, self._backend, state))
        self._jumped()

    async def reset(self) -> None:
        """See Controlled."""
        await self._call(self._backend.reset)
        self._jumped()

    def _jumped(self) -> None:
        self._jump = "jump"
        self._arbiter.forget()

    def repaced(self) -> None:
        """See Controlled."""
        self._schedule.set_rate(self._backend.console.rate_hz * self._pace.rate)

    def keep(self, reason: str) -> None:
        """See Controlled."""
        name = self._tape.keep(reason)
        self.tell("session.kept", {"session": name, "reason": reason})

    def tell(self, name: str, facts: Mapping[str, wire.Scalar]) -> None:
        """See Controlled."""
        self._inbox.add("event", self._event(name, facts))

    def wake(self) -> None:
        """See Controlled."""
        self._inbox.wake.set()

    async def answer(self, reply: str, payload: wire.ControlReply) -> None:
        """See Controlled."""
        if reply:
            await self._bus.publish(reply, wire.encode(payload))

    async def refresh(self) -> None:
        """See Controlled."""
        self._capture.force_key()
        if self._frame_index >= 0 and (self._pace.paused or self._pace.clock == "lockstep"):
            await self._publish_again()

    async def _publish_again(self) -> None:
        """Show the last frame once more, live only; the recording has it already."""
        for kind, payload in self._capture.again(self._frame_index, self._clock.now_ns()):
            if kind in self._subjects:
                await self._bus.publish(self._subjects[kind], wire.encode(payload))

    def _check_end(self, ends: list[wire.Event]) -> None:
        until = self._options.until
        if any(until in ("episode", event.name.removeprefix("episode.")) for event in ends):
            log.info("session.episode_ended", outcome=ends[0].name, frame=self._frame_index)
            self._stopping = True
        if self._options.frames and self._frame_index + 1 >= self._options.frames:
            self._stopping = True

    def _on_action(self, action: wire.Action) -> None:
        if (took_ns := self._tracer.answer(action, self._clock.now_ns())) is not None:
            self._health.latency(action.actor, took_ns)

    def _on_discovery(self, reply: str) -> None:
        if reply:
            self._later(self._bus.publish(reply, wire.encode(self._welcome())))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)

    def _welcome(self) -> wire.Welcome:
        console = self._backend.console
        height, width = self._backend.frame().shape
        return wire.Welcome(
            session=self._options.session,
            origin="live",
            clock=self._pace.clock,
            paused=self._pace.paused,
            frame_index=self._frame_index,
            game=self._options.game_name,
            game_toml=self._options.game_toml,
            rom_sha256=self._backend.rom_sha256,
            console=console.name,
            width=width,
            height=height,
            rate_hz=console.rate_hz,
            buttons=console.buttons,
            pixel_format=self._backend.pixel_format,
            regions=self._backend.regions,
            core=self._backend.core,
            recorded=self._tape.recording,
            speed=self._pace.speed,
            recording=self._tape.labelled,
        )

    def _event(self, name: str, facts: Mapping[str, wire.Scalar]) -> wire.Event:
        return wire.Event(
            source="bridge",
            frame_index=self._frame_index,
            sent_ns=self._clock.now_ns(),
            name=name,
            facts=dict(facts),
        )

    async def _report_health(self) -> None:
        if not self._health.due:
            return
        self._health.valid = self._bus.connected
        dropped = self._bus.dropped + self._inbox.refused + self._tape.lost
        wanted_hz = 0.0 if self._pace.paused else self._backend.console.rate_hz * self._pace.speed
        self._health.waiting(flow=self._inbox.waiting)
        self._health.unstored(self._tape.unwritten_bytes)
        await self._health.report(self._frame_index, wanted_hz, dropped)

    async def _finish(self) -> None:
        """Tell everyone, and complete the recording."""
        await self._desk.close()
        self._tracer.tell(self._clock.now_ns())
        ended = self._event("session.ended", {"frames": self._frame_index + 1})
        # Before it goes what has no frame any more to join, as what was asked for in a pause.
        last = [(kind, wire.encode(payload)) for kind, payload in (*self._inbox.take_flow(), ("event", ended))]
        for kind, data in last:
            if kind in self._subjects:
                await self._bus.publish(self._subjects[kind], data)
        await self._bus.flush()
        if self._frame_index >= 0:
            self._tape.record(self._frame_index, last, key=False)
        await self._tape.close()
        log.info("session.ended", session=self._options.session, frames=self._frame_index + 1)
