"""What an actor or a script sees: one consistent moment of a session."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from runtime import wire
from runtime.bus import Bus, Drop, Latest, Message, Unsubscribe
from runtime.clock import SLOW_EVERY
from runtime.errors import UsageError, VersionError, WireError
from runtime.frame_codec import FrameDecoder
from runtime.game import Game, parse_game
from runtime.memory_codec import MemoryDecoder
from runtime.pixels import Raw, Rgb, to_rgb
from runtime.start import RESUMED
from runtime.subjects import SessionId, subject
from runtime.watches import WatchReader

log = structlog.get_logger()

#: Kinds an actor may read besides `state`, which is always there.
READABLE = ("frame", "memory", "state", "plan", "learnt", "event", "input", "gap", "savestate", "health")

#: Of these, what an observation is made of; the others are for actors on messages.
_OBSERVED = frozenset({"frame", "memory", "state", "plan", "learnt", "event", "input"})

#: Subjects in place of the full-rate ones for readers at 10 Hz and slower.
_SLOW = {"frame": "view", "memory": "memory10", "state": "state10"}

#: What others learnt and an actor has not looked at yet; far more than a session's first second brings.
_LEARNT_LIMIT = 16_384

#: Undecoded messages kept between ticks; at 60 Hz half a minute. Beyond it the reader waits for the next key.
_PENDING_LIMIT = 4096


def subscribed(reads: Collection[str], every: int) -> frozenset[str]:
    """Return the kinds that a reader of `reads` subscribes to, which at 10 Hz and slower have subjects of their own.

    Args:
        reads: Of READABLE.
        every: Frames between observations; 0 for a reader on messages, which gets each kind as it is.
    """
    if not every:
        return frozenset(reads) | {"event"}
    kinds = frozenset(reads) & _OBSERVED | {"state", "event"}
    return frozenset(_SLOW.get(kind, kind) for kind in kinds) if every % SLOW_EVERY == 0 else kinds


class Observation:
    """One moment of a session, as of the end of frame `frame_index`.

    Attributes:
        frame_index: The frame.
        sent_ns: When the bridge sent it, monotonic on its host.
        received_ns: When it arrived here, monotonic on this host; 0 for actors on messages.
        state: The decoded watches by name; one whose pointer leads nowhere now is not there.
        plans: The newest plan of each actor made before this frame; empty unless `plan` is read.
        learnt: What was learnt since the last observation, in the bridge's order, and made before this frame; empty
            unless `learnt` is read.
        events: What happened since the last observation; empty unless `event` is read.
        held: The buttons held while this frame was emulated; empty unless `input` is read.
        shed: Parts of the actor's work to leave out now, of its `sheds`; always empty in lockstep.
        message: For actors on messages, the payload that arrived.
        welcome: The session's facts.
        game: The game's description; None for a ROM without one.
    """

    def __init__(
        self,
        frame_index: int,
        sent_ns: int,
        state: Mapping[str, wire.Scalar],
        *,
        senses: "Senses",
        plans: Mapping[str, wire.Plan],
        events: tuple[wire.Event, ...],
        held: tuple[str, ...],
        learnt: tuple[wire.Learnt, ...] = (),
        shed: frozenset[str] = frozenset(),
        message: wire.Payload | None = None,
        received_ns: int = 0,
    ) -> None:
        self.frame_index = frame_index
        self.sent_ns = sent_ns
        self.received_ns = received_ns
        self.state = state
        self.plans = plans
        self.learnt = learnt
        self.events = events
        self.held = held
        self.shed = shed
        self.message = message
        self.welcome = senses.welcome
        self.game = senses.game
        self._senses = senses
        self._rgb: Rgb | None = None

    @property
    def raw(self) -> Raw:
        """The frame in the console's own colours, (H, W), read-only.

        Raises:
            UsageError: `frame` is not read, or none has arrived yet.
        """
        if self._senses.raw is None:
            raise UsageError("no frame: add 'frame' to what the actor reads, or wait for the next key")
        return self._senses.raw

    @property
    def pixels(self) -> Rgb:
        """The frame as (H, W, 3) uint8 RGB."""
        if self._rgb is None:
            self._rgb = to_rgb(self.raw, self.welcome.pixel_format)
        return self._rgb

    def memory(self, region: str) -> NDArray[np.uint8]:
        """Return a region's bytes, (size,) uint8, read-only, valid until the next observation.

        Raises:
            UsageError: `memory` is not read, or no whole image has arrived yet.
            WireError: There is no such region.
        """
        return self._senses.memory_image().region(region)

    def array(self, watch: str) -> NDArray[Any]:
        """Return an array watch, read-only, valid until the next observation.

        Raises:
            UsageError: There is no such watch, `memory` is not read, or no whole image has arrived yet.
        """
        return self._senses.watches.array(self._senses.memory_image().image, watch)


class Senses:
    """Subscribes to a session and builds observations; late readers get the newest.

    Frames and memory are delta streams: their messages wait undecoded until an observation needs them, and are then
    applied exactly up to its frame, so that pixels, memory and state are always of one frame.
    """

    def __init__(
        self,
        bus: Bus,
        welcome: wire.Welcome,
        reads: tuple[str, ...],
        every: int,
        on_resumed: Callable[[], None] = lambda: None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Read a session.

        Args:
            bus: Where it is.
            welcome: Which it is.
            reads: Kinds to read, of READABLE.
            every: Frames between observations.
            on_resumed: Called when the session goes on under another bridge, which knows no member.
            now_ns: Monotonic time.

        Raises:
            UsageError: A kind cannot be read.
        """
        if unknown := sorted(set(reads) - set(READABLE)):
            raise UsageError(f"cannot read {', '.join(unknown)}; an actor may read {', '.join(READABLE)}")
        self.welcome = welcome
        self.game: Game | None = parse_game(welcome.game_toml, "game.toml") if welcome.game_toml else None
        self.watches = WatchReader(self.game.watch if self.game else (), welcome.regions)
        self.raw: Raw | None = None
        self._raw_index = -1
        self._begun = False
        self._whole = True
        self._unreadable: VersionError | None = None
        self.ended = False
        self.clock = welcome.clock
        self.shed: frozenset[str] = frozenset()  # what the next observation says
        self._on_resumed = on_resumed
        self._bus = bus
        self._session = SessionId(welcome.session)
        self._every = max(every, 1)
        self._reads = frozenset(reads) | {"state", "event"}
        self._ticks: Latest[wire.State] = Latest()
        self._newest_tick = -1
        self._now_ns, self._received_ns = now_ns, 0  # when the tick that waits arrived
        self._arrived = asyncio.Event()
        self._pending: deque[wire.Frame | wire.MemoryDiff] = deque()
        self._frame_decoder = FrameDecoder()
        self._memory_decoder = MemoryDecoder()
        self._plans: dict[str, deque[wire.Plan]] = {}
        self._learnt: deque[wire.Learnt] = deque()
        self._learnt_dropped: Latest[wire.Learnt] = Latest()
        self._events: deque[wire.Event] = deque(maxlen=1024)
        self._inputs: deque[wire.Input] = deque(maxlen=_PENDING_LIMIT)
        self._unsubscribe: list[Unsubscribe] = []

    async def open(self) -> None:
        """Subscribe. Observations begin with the next frame."""
        handlers: dict[str, Callable[[Message], None]] = {
            **{"event": self._on_event, "plan": self._on_plan, "learnt": self._on_learnt, "input": self._on_input},
            **{"frame": self._on_frame, "memory": self._on_memory, "state": self._on_state},
            **{"view": self._on_frame, "memory10": self._on_memory, "state10": self._on_state},
        }
        wanted = subscribed(self._reads, self._every)
        for kind in (kind for kind in handlers if kind in wanted):
            handler = partial(self._receive, handlers[kind])
            self._unsubscribe.append(await self._bus.subscribe(subject(self._session, kind), handler))

    @property
    def whole(self) -> bool:
        """Whether the last due frame could be observed whole."""
        return self._whole

    @property
    def waiting(self) -> int:
        """Messages that wait undecoded for the next observation."""
        return len(self._pending)

    async def close(self) -> None:
        """Unsubscribe; a waiting `next` returns None."""
        self.end()
        for unsubscribe in self._unsubscribe:
            await unsubscribe()
        self._unsubscribe.clear()

    def end(self) -> None:
        """Make `next` return None from now on."""
        self.ended = True
        self._arrived.set()

    async def next(self) -> Observation | None:
        """Wait for the newest due frame; None when the session has ended.

        A frame whose pixels or memory cannot be decoded yet (before the first key, or after a hole) is passed over.

        Raises:
            VersionError: The session speaks another version of a payload.
        """
        while True:
            tick = self._ticks.take()
            if tick is not None:
                self._apply_until(tick.frame_index)
                self._whole = self._complete(tick.frame_index)
                if self._whole:
                    self._begun = True
                    return self._observe(tick)
                if self._begun:  # a hole, not the wait for the first key
                    self._ticks.drop(tick.frame_index)
            if self._unreadable:
                raise self._unreadable
            if self.ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()

    def take_drop(self) -> Drop | None:
        """Return the due frames that were never observed, since the last call."""
        return self._ticks.take_drop()

    def take_learnt_drop(self) -> Drop | None:
        """Return what others learnt and this reader will never see, since the last call."""
        return self._learnt_dropped.take_drop()

    def memory_image(self) -> MemoryDecoder:
        """Return memory as of the last observation.

        Raises:
            UsageError: It is not read, or no whole image has arrived yet.
        """
        if not self._memory_decoder.complete:
            raise UsageError("no memory: add 'memory' to what the actor reads, or wait for the next whole image")
        return self._memory_decoder

    def _complete(self, frame_index: int) -> bool:
        """Return whether everything that is read is there, of this very frame."""
        memory = self._memory_decoder
        frame_ok = "frame" not in self._reads or (self.raw is not None and self._raw_index == frame_index)
        return frame_ok and ("memory" not in self._reads or (memory.complete and memory.frame_index == frame_index))

    def _observe(self, tick: wire.State) -> Observation:
        events = tuple(event for event in self._events if event.frame_index <= tick.frame_index)
        later = [event for event in self._events if event.frame_index > tick.frame_index]
        self._events.clear()
        self._events.extend(later)
        return Observation(
            tick.frame_index,
            tick.sent_ns,
            tick.values,
            senses=self,
            plans=self._visible_plans(tick.frame_index),
            learnt=tuple(self._learnt_before(tick.frame_index)),
            events=events,
            held=self._held_during(tick.frame_index),
            shed=self.shed,
            received_ns=self._received_ns,
        )

    def _apply_until(self, frame_index: int) -> None:
        while self._pending and self._pending[0].frame_index <= frame_index:
            message = self._pending.popleft()
            try:
                if isinstance(message, wire.Frame):
                    self.raw, self._raw_index = None, message.frame_index
                    self.raw = self._frame_decoder.decode(message)
                else:
                    self._memory_decoder.apply(message)
            except WireError as error:
                log.warning("senses.damaged", error=str(error))

    def _visible_plans(self, frame_index: int) -> dict[str, wire.Plan]:
        """Return each actor's newest plan made before this frame: the same in every run of a lockstep session."""
        visible = {}
        for actor, plans in self._plans.items():
            while len(plans) > 1 and plans[1].frame_index < frame_index:
                plans.popleft()
            if plans[0].frame_index < frame_index:
                visible[actor] = plans[0]
        return visible

    def _learnt_before(self, frame_index: int) -> Iterator[wire.Learnt]:
        """Take what was learnt before this frame, in the bridge's order."""
        while self._learnt and self._learnt[0].frame_index < frame_index:
            yield self._learnt.popleft()

    def _held_during(self, frame_index: int) -> tuple[str, ...]:
        while len(self._inputs) > 1 and self._inputs[1].frame_index <= frame_index:
            self._inputs.popleft()
        return self._inputs[0].buttons if self._inputs and self._inputs[0].frame_index <= frame_index else ()

    def _receive(self, handler: Callable[[Message], None], message: Message) -> None:
        """Handle a message; one of another version ends the reading, for all that follow will be, too."""
        try:
            handler(message)
        except VersionError as error:
            self._unreadable = error
            self._arrived.set()
        except WireError as error:
            log.warning("senses.damaged", subject=message.subject, error=str(error))

    def _on_state(self, message: Message) -> None:
        state = wire.decode(wire.State, message.data)
        if state.frame_index < self._newest_tick:  # a replay went back, here and in the other handlers
            past = [event for event in self._events if event.frame_index <= state.frame_index]
            self._events.clear()
            self._events.extend(past)
            self._learnt = deque(each for each in self._learnt if each.frame_index < state.frame_index)
        self._newest_tick = state.frame_index
        if state.frame_index % self._every == 0:
            self._ticks.put(state.frame_index, state)
            self._received_ns = self._now_ns()
            self._arrived.set()

    def _on_frame(self, message: Message) -> None:
        self._keep(wire.decode(wire.Frame, message.data))

    def _on_memory(self, message: Message) -> None:
        self._keep(wire.decode(wire.MemoryDiff, message.data))

    def _keep(self, payload: wire.Frame | wire.MemoryDiff) -> None:
        went_back = self._pending and payload.frame_index < self._pending[-1].frame_index
        if went_back or len(self._pending) >= _PENDING_LIMIT:
            self._pending.clear()  # of a full one, the decoders see the hole and wait for the next key
        self._pending.append(payload)

    def _on_plan(self, message: Message) -> None:
        plan = wire.decode(wire.Plan, message.data)
        plans = self._plans.setdefault(plan.actor, deque(maxlen=64))
        while plans and plans[-1].frame_index > plan.frame_index:  # a replay went back
            plans.pop()
        plans.append(plan)

    def _on_learnt(self, message: Message) -> None:
        learnt = wire.decode(wire.Learnt, message.data)
        if len(self._learnt) >= _LEARNT_LIMIT:
            self._learnt_dropped.drop(self._learnt.popleft().frame_index)
        self._learnt.append(learnt)

    def _on_input(self, message: Message) -> None:
        held = wire.decode(wire.Input, message.data)
        if self._inputs and held.frame_index < self._inputs[-1].frame_index:  # a replay went back
            self._inputs.clear()
        self._inputs.append(held)

    def _on_event(self, message: Message) -> None:
        event = wire.decode(wire.Event, message.data)
        self._events.append(event)
        if event.name == "session.ended":
            self.end()
        elif event.name == RESUMED:
            self._on_resumed()
        elif event.name == "control.set_clock":
            self.clock = str(event.facts.get("clock", self.clock))
        elif event.name == "control.set_rate":
            self.clock = "realtime" if event.facts.get("rate") else "free"
