"""One session of a run: its bridge, one process per actor, restarts, and who is doing how."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from runtime import wire
from runtime.bus import Bus, Message
from runtime.children import STARTS, ChildProcess
from runtime.discovery import discover
from runtime.errors import BusError, FramewireError, WireError
from runtime.health_watch import HealthWatch
from runtime.launch import ActorEntry
from runtime.metrics import Metrics
from runtime.nats_bus import NatsOptions
from runtime.plan import Plan
from runtime.process import EX_CONFIG, Child
from runtime.scrape import ScrapeTargets
from runtime.subjects import session_id, subject

log = structlog.get_logger()

#: Restarts are counted over this time; a process that lived longer starts afresh.
_RESTART_WINDOW_S = 60.0

_FIRST_BACKOFF_S = 0.2
_LONGEST_BACKOFF_S = 5.0

_READY_S = 30.0

#: Shows a line that a process printed: (process, line).
Show = Callable[[str, str], None]


class SessionRun:
    """Runs a plan's processes; leaves none behind."""

    def __init__(self, plan: Plan, state: Path, show: Show) -> None:
        """Prepare.

        Args:
            plan: What to run.
            state: The state folder.
            show: Called for everything that the children print.
        """
        self._plan, self._state, self._show = plan, state, show
        self._session = session_id(plan.session)
        self._children: list[ChildProcess] = []
        self._metrics = Metrics(self._session, "supervisor")
        self._targets = ScrapeTargets(state / "metrics" / f"{self._session}.json", {"session": self._session})
        self._health = HealthWatch()
        self._stopping = asyncio.Event()
        self._playing = asyncio.Event()
        self._status = 0
        self._frames = 0
        self._error = ""  # what a child said of why it cannot run

    @property
    def name(self) -> str:
        """The session's name."""
        return self._session

    @property
    def metrics(self) -> Metrics:
        """The supervisor's own of this session."""
        return self._metrics

    @property
    def frames(self) -> int:
        """How many frames there are of it, as its bridge said last: at its end, else about once a second."""
        return self._frames

    async def begun(self) -> bool:
        """Return when it plays, or when it ends before; whether it plays."""
        await self._playing.wait()
        return not self._stopping.is_set()

    def stop(self) -> None:
        """End the session in order."""
        self._stopping.set()
        self._playing.set()

    def pids(self) -> list[int]:
        """Return the running processes: the bridge, the actors."""
        return [child.pid for child in self._children if child.pid]

    async def run(self, bus: Bus, options: NatsOptions, opening: asyncio.Semaphore) -> int:
        """Run until the session ends, a part fails for good, or `stop`; return an exit status.

        Args:
            bus: Connected to the session's server.
            options: How its processes connect to it.
            opening: Held while processes start, until the game plays.

        Raises:
            FramewireError: It cannot be started, or a part said why it cannot run; what was started is stopped again.
        """
        self._metrics.serve()
        for child in ("bridge", *(entry.name for entry in self._plan.actors)):
            self._metrics.begin_child(child)
        subscribed = [
            await bus.subscribe(subject(self._session, "health", "*"), self._on_health),
            await bus.subscribe(subject(self._session, "event"), self._on_event),
        ]
        watchers = [asyncio.create_task(self._watch_silence(bus))]
        try:
            async with opening:
                if not self._stopping.is_set():
                    await self._begin(bus, options, watchers)
            await self._stopping.wait()
        finally:
            await self._end(watchers)
            for unsubscribe in subscribed:
                await unsubscribe()
        if self._error:
            raise FramewireError(self._error)
        return self._status

    async def _begin(self, bus: Bus, options: NatsOptions, watchers: list[asyncio.Task[None]]) -> None:
        """Start the bridge, then the actors; return when the game plays, or the session is over before it did."""
        argument_file = self._write_argument(options)
        bridge = self._child("bridge", argument_file)
        await bridge.start()
        watchers.append(asyncio.create_task(self._keep_bridge(bridge, options)))
        await self._await_session(bus)
        for entry in self._plan.actors:
            watchers.append(asyncio.create_task(self._keep_actor(entry, argument_file)))
        with contextlib.suppress(TimeoutError):  # then others may try beside it
            await asyncio.wait_for(self._playing.wait(), _READY_S)

    async def _end(self, watchers: list[asyncio.Task[None]]) -> None:
        self.stop()
        await asyncio.gather(*(child.stop() for child in self._children))
        await asyncio.gather(*(task for task in watchers if task.done()), return_exceptions=True)
        for task in watchers:
            task.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        self._targets.remove()

    def _write_argument(self, options: NatsOptions) -> Path:
        folder = self._state / "runs" / self._session
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "plan.json"
        path.touch(mode=0o600)  # it may hold a password
        path.write_bytes(msgspec.json.encode(Child(self._plan, options)))
        return path

    def _child(self, name: str, argument_file: Path) -> ChildProcess:
        log_file = self._state / "logs" / self._session / f"{name}.log"
        arguments = ("-m", "runtime.process", STARTS, str(argument_file), name)
        child = ChildProcess(name, arguments, log_file, self._show)
        self._children.append(child)
        return child

    async def _await_session(self, bus: Bus) -> None:
        """Return when the bridge answers, or when the session is over before it did."""
        patience_s = _READY_S + self._plan.opening_s
        deadline = time.monotonic() + patience_s
        while not self._stopping.is_set():
            for welcome in await discover(bus, 0.05):
                if welcome.session == self._session:
                    self._targets.label("game", welcome.game)
                    self._targets.set("supervisor", self._metrics.port)
                    return
            if time.monotonic() > deadline:
                raise BusError(f"the bridge did not begin within {patience_s:g} s")

    async def _keep_bridge(self, bridge: ChildProcess, options: NatsOptions) -> None:
        """End with the bridge: it is the session. One that was killed goes on where the recording ends."""
        most = self._plan.launch.run.max_restarts
        starts: deque[float] = deque([time.monotonic()], maxlen=most + 1)
        while True:
            status = await bridge.wait()
            if self._stopping.is_set():
                return
            recent = sum(1 for start in starts if time.monotonic() - start < _RESTART_WINDOW_S)
            if status in (0, EX_CONFIG) or not self._resumable or recent > most:
                break
            log.warning("bridge.resuming", status=status, session=self._session)
            self._metrics.restarted("bridge")
            self._health.forget("bridge")
            self._plan = _resuming(self._plan)
            self._write_argument(options)
            await self._sleep(_FIRST_BACKOFF_S)
            starts.append(time.monotonic())
            await bridge.start()
        if status == 0:
            await asyncio.sleep(0.3)  # actors end by themselves when they hear that the session did
        elif bridge.error:
            self._error = bridge.error
        else:
            log.error("bridge.died", status=status, session=self._session)
        self._over(int(status != 0))

    @property
    def _resumable(self) -> bool:
        """Whether the recording says where a killed bridge was."""
        recorder = self._plan.launch.recorder
        return recorder.enabled and not recorder.snapshot_s

    async def _keep_actor(self, entry: ActorEntry, argument_file: Path) -> None:
        """Start an actor, and again as its policy says."""
        child = self._child(entry.name, argument_file)
        starts: deque[float] = deque(maxlen=entry.max_restarts + 1)
        while not self._stopping.is_set():
            starts.append(time.monotonic())
            self._health.forget(entry.name)
            await child.start()
            status = await child.wait()
            if self._stopping.is_set():
                return
            again = entry.restart == "always" or (entry.restart == "on-failure" and status not in (0, EX_CONFIG))
            if status == 0 and not again:
                return
            recent = sum(1 for start in starts if time.monotonic() - start < _RESTART_WINDOW_S)
            facts = {"actor": entry.name, "status": status, "session": self._session}
            if not again or recent > entry.max_restarts:
                log.error("actor.failed", restarts=recent - 1, policy=entry.restart, **facts)
                self._error = f"{entry.name}: {child.error}" if child.error else ""
                self._over(1)
                return
            pause_s = min(_FIRST_BACKOFF_S * 2 ** (recent - 1), _LONGEST_BACKOFF_S)
            log.warning("actor.restarting", in_s=pause_s, **facts)
            self._metrics.restarted(entry.name)
            await self._sleep(pause_s)

    def _over(self, status: int) -> None:
        self._status = self._status or status
        self.stop()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _on_health(self, message: Message) -> None:
        with contextlib.suppress(WireError):
            health = wire.decode(wire.Health, message.data)
            self._targets.set(health.process, health.metrics_port)
            if health.process == "bridge":
                self._frames = max(self._frames, health.frame_index + 1)
                self._playing.set()
            for change in self._health.report(health, time.monotonic_ns()):
                wanted = f" of {health.wanted_hz:.1f}" if health.wanted_hz else ""
                rate = f"{health.rate_hz:.1f}{wanted} Hz"
                log.warning("health", process=health.process, change=change, rate=rate, session=self._session)

    def _on_event(self, message: Message) -> None:
        with contextlib.suppress(WireError):
            event = wire.decode(wire.Event, message.data)
            if event.name == "session.ended" and event.source == "bridge":
                self._frames = event.frame_index + 1
                self._playing.set()  # it may be over before the first report

    async def _watch_silence(self, bus: Bus) -> None:
        """Say which running process no longer reports; it may hang, or think for long."""
        while not self._stopping.is_set():
            await self._sleep(1.0)
            running = [child.name for child in self._children if child.pid]
            for process in self._health.silent(running, time.monotonic_ns()) if bus.connected else ():
                log.warning("health", process=process, change="silent", session=self._session)


def _resuming(plan: Plan) -> Plan:
    """Return the plan of a bridge that goes on with the session."""
    run = msgspec.structs.replace(plan.launch.run, resume=True)
    return msgspec.structs.replace(plan, launch=msgspec.structs.replace(plan.launch, run=run))
