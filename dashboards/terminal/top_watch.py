"""What `runtime top` hears of one session, and asks."""

import asyncio
import contextlib
import time
from types import TracebackType

from agents.knowledge.facts import Facts
from dashboards.terminal.health_rows import Processes, by_trouble
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.live import Live
from dashboards.terminal.minds import Minds
from dashboards.terminal.pursuits import pursuits
from dashboards.terminal.rates import Window
from dashboards.terminal.storage import Stored, stored
from dashboards.terminal.top_sight import Sight, Stream
from runtime import wire
from runtime.bus import Message
from runtime.discovery import discover
from runtime.errors import FramewireError, UsageError, WireError
from runtime.subjects import BY_KIND, everything, kind_of
from streams.jetstream_store import JetStreamStore
from streams.session import open_session

#: Rates are of the last few seconds: steady to the eye, and a few of each 1 Hz stream are in it.
_WINDOW_S = 4.0

#: An hour's facts are read in about a second; what takes longer than this is done without.
_LOOK_BACK_S = 20.0


class Watch:
    """Everything heard of one session. Use as a context: it listens while inside."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._welcome, self._answers = live.welcome, True
        self._processes = Processes()
        self._windows: dict[str, Window] = {}
        self._start_ns = time.monotonic_ns()
        self._state = b""
        self._minds = Minds()
        self._facts = Facts()
        self._unfolded: list[wire.Learnt] | None = []  # while the recording is read; facts come in their order
        self._gaps: dict[tuple[str, str], wire.Gap] = {}
        self._lacking = 0
        self._stored: Stored | None = None
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Watch":
        await self._stack.enter_async_context(
            subscribed(self._live.bus, [everything(self._live.session)], self.on_message)
        )
        looking = asyncio.create_task(self._look_back())
        self._stack.push_async_callback(_cancelled, looking)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def live(self) -> Live:
        """The session."""
        return self._live

    @property
    def paused(self) -> bool:
        """Whether it stood when it was last asked."""
        return self._welcome.paused

    def on_message(self, message: Message) -> None:
        """Count a message; look into those that tell of processes, plans and facts."""
        try:
            kind = kind_of(message.subject)
        except UsageError:  # chunks on their way into the recording
            return
        now_ns = time.monotonic_ns()
        if kind not in self._windows:
            self._windows[kind] = Window(_WINDOW_S, self._start_ns)
        self._windows[kind].add(now_ns, len(message.data))
        if kind == "state":
            self._state = message.data
        elif kind in ("health", "plan", "event", "learnt", "gap"):
            with contextlib.suppress(WireError):  # `runtime echo` shows what it was
                self._take(wire.decode_any(message.data), now_ns)

    async def ask(self) -> None:
        """Ask the session what it is now, for it may be paused, or gone; and JetStream what it has of it."""
        there, self._stored = await asyncio.gather(
            discover(self._live.bus), stored(self._live.bus, self._live.session) if self._recorded else _nothing()
        )
        mine = [welcome for welcome in there if welcome.session == self._live.session]
        self._answers = bool(mine)
        self._welcome = mine[0] if mine else self._welcome

    def sight(self) -> Sight:
        """Return what is known now."""
        now_ns = time.monotonic_ns()
        windows = {kind: self._windows[kind] for kind in BY_KIND if kind in self._windows}
        return Sight(
            welcome=self._welcome,
            answers=self._answers,
            connected=self._live.bus.connected,
            frame_index=self._frame_index(),
            processes=by_trouble(self._processes.all(), now_ns),
            streams={kind: Stream(w.intervals(now_ns), w.traffic(now_ns), w.total) for kind, w in windows.items()},
            now_ns=now_ns,
            stored=self._stored,
            minds=self._minds.all(),
            plans=self._minds.plans,
            pursuits=pursuits(self._facts),
            gaps=list(self._gaps.values()),
            lacking=self._lacking,
        )

    @property
    def _recorded(self) -> bool:
        return self._welcome.recorded and self._welcome.origin == "live"

    def _take(self, payload: wire.Payload, now_ns: int) -> None:
        match payload:
            case wire.Health():
                self._processes.hear(payload, now_ns)
                self._minds.take_health(payload)
            case wire.Plan():
                self._minds.take_plan(payload)
            case wire.Event():
                self._minds.take_event(payload, now_ns)
            case wire.Gap():
                self._gaps[payload.source, payload.kind] = payload
                self._lacking += payload.count
            case wire.Learnt():
                fold = self._facts.fold if self._unfolded is None else self._unfolded.append
                fold(payload)

    async def _look_back(self) -> None:
        """Take in what was learnt and planned before we listened, as far as it is stored."""
        try:
            async with asyncio.timeout(_LOOK_BACK_S):
                await self._read_past()
        except (FramewireError, TimeoutError):  # then what comes from now on is all there is
            pass
        heard, self._unfolded = self._unfolded or [], None
        for learnt in heard:
            self._facts.fold(learnt)

    async def _read_past(self) -> None:
        if not self._recorded:
            return
        session = await open_session(JetStreamStore(self._live.bus), self._live.session)
        kinds = [kind for kind in ("learnt", "plan") if session.meta.keeps(kind)]
        async with contextlib.aclosing(session.ticks(kinds)) as ticks:
            async for tick in ticks:
                for learnt in tick.learnt:
                    self._facts.fold(learnt)
                for plan in tick.plans:
                    self._minds.take_plan(plan)

    def _frame_index(self) -> int:
        if self._state:
            with contextlib.suppress(WireError):
                return wire.decode(wire.State, self._state).frame_index
        return self._welcome.frame_index


async def _nothing() -> None:
    return None


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
