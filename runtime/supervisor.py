"""Runs a plan: the server, the bridge, one process per actor; restarts what dies, and leaves nothing behind."""

import asyncio
import contextlib
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from runtime import wire
from runtime.bus import Message
from runtime.children import ChildProcess
from runtime.discovery import discover
from runtime.errors import BusError, FramewireError, WireError
from runtime.health_watch import HealthWatch
from runtime.launch import ActorEntry, Plan
from runtime.metrics import Metrics
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.nats_server import EmbeddedServer, attach
from runtime.process import EX_CONFIG, Child
from runtime.scrape import ScrapeTargets
from runtime.subjects import session_id, subject

log = structlog.get_logger()

#: Restarts are counted over this time; a process that lived longer starts afresh.
_RESTART_WINDOW_S = 60.0

_FIRST_BACKOFF_S = 0.2
_LONGEST_BACKOFF_S = 5.0

_READY_S = 30.0

_STORE_LOOK_S = 2.0


class Supervisor:
    """One run of a plan."""

    def __init__(self, plan: Plan, state: Path, show: Callable[[str, str], None]) -> None:
        """Prepare a run.

        Args:
            plan: What to run.
            state: The state folder.
            show: Called with process name and line for everything the children print.
        """
        self._plan, self._state, self._show = plan, state, show
        self._session = session_id(plan.launch.run.session)
        self._folder = state / "runs" / self._session
        self._server: EmbeddedServer | None = None
        self._children: list[ChildProcess] = []
        self._metrics = Metrics(self._session, "supervisor")
        self._targets = ScrapeTargets(state / "metrics" / f"{self._session}.json", self._session)
        self._health = HealthWatch()
        self._stopping = asyncio.Event()
        self._status = 0
        self._bus: NatsBus | None = None
        self._asking: asyncio.Future[None] | None = None
        self._error = ""  # what a child said of why it cannot run

    def stop(self) -> None:
        """End the run in order."""
        self._stopping.set()

    def keep(self) -> None:
        """Ask the bridge to record the last seconds, of a session that runs with --snapshot."""
        if self._bus:
            ask = self._bus.publish(
                subject(self._session, "in.control"), wire.encode(wire.Control(op="keep", by="supervisor"))
            )
            self._asking = asyncio.ensure_future(ask)

    def pids(self) -> list[int]:
        """Return the running processes: nats-server if it is ours, the bridge, the actors."""
        server = [self._server.pid] if self._server else []
        return [pid for pid in (*server, *(child.pid for child in self._children)) if pid]

    async def run(self) -> int:
        """Run until the session ends, a part fails for good, or `stop`; return an exit status.

        Raises:
            FramewireError: Something cannot be started; what was is stopped again.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        bus: NatsBus | None = None
        watchers: list[asyncio.Task[None]] = []
        try:
            options = await self._reach_server()
            bus = self._bus = await connect(options, "supervisor")
            await self._refuse_taken_name(bus)
            self._metrics.serve()
            self._targets.set("supervisor", self._metrics.port)
            await bus.subscribe(subject(self._session, "health", "*"), self._on_health)
            watchers.append(asyncio.create_task(self._watch_silence(bus)))
            argument_file = self._write_argument(options)
            if self._server:
                watchers.append(asyncio.create_task(self._keep_server(self._server)))
                watchers.append(asyncio.create_task(self._keep_store(self._server)))
            elif not self._plan.launch.nats.url:
                watchers.append(asyncio.create_task(self._inherit_server(bus, options)))
            bridge = self._child("bridge", argument_file)
            await bridge.start()
            watchers.append(asyncio.create_task(self._keep_bridge(bridge, options)))
            await self._await_session(bus)
            for entry in self._plan.actors:
                watchers.append(asyncio.create_task(self._keep_actor(entry, argument_file)))
            await self._stopping.wait()
        finally:
            await self._shut_down(bus, watchers)
        if self._error:
            raise FramewireError(self._error)
        return self._status

    async def _reach_server(self) -> NatsOptions:
        options = self._plan.launch.nats
        if options.url:
            return options
        if running := await attach(self._state):
            return running
        self._server = EmbeddedServer(self._state / "nats")
        await self._server.start()
        return NatsOptions(url=self._server.url)

    async def _refuse_taken_name(self, bus: NatsBus) -> None:
        if any(welcome.session == self._session for welcome in await discover(bus)):
            raise BusError(f"a session {self._session!r} is already on the bus: choose another name with --session")

    def _write_argument(self, options: NatsOptions) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "plan.json"
        path.touch(mode=0o600)  # it may hold a password
        path.write_bytes(msgspec.json.encode(Child(self._plan, options)))
        return path

    def _child(self, name: str, argument_file: Path) -> ChildProcess:
        log_file = self._state / "logs" / self._session / f"{name}.log"
        child = ChildProcess(name, argument_file, log_file, self._show)
        self._children.append(child)
        return child

    async def _await_session(self, bus: NatsBus) -> None:
        """Return when the bridge answers, or when the run is over before it did."""
        patience_s = _READY_S + self._plan.opening_s
        deadline = time.monotonic() + patience_s
        while not self._stopping.is_set():
            if any(welcome.session == self._session for welcome in await discover(bus, 0.05)):
                return
            if time.monotonic() > deadline:
                raise BusError(f"the bridge did not begin within {patience_s:g} s")

    async def _keep_bridge(self, bridge: ChildProcess, options: NatsOptions) -> None:
        """End the run with the bridge: it is the session. One that was killed goes on where the recording ends."""
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
        self._status = self._status or int(status != 0)
        self._stopping.set()

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
            if not again or recent > entry.max_restarts:
                log.error("actor.failed", actor=entry.name, status=status, restarts=recent - 1, policy=entry.restart)
                self._error = f"{entry.name}: {child.error}" if child.error else ""
                self._status = 1
                self._stopping.set()
                return
            pause_s = min(_FIRST_BACKOFF_S * 2 ** (recent - 1), _LONGEST_BACKOFF_S)
            log.warning("actor.restarting", actor=entry.name, status=status, in_s=pause_s)
            self._metrics.restarted(entry.name)
            await self._sleep(pause_s)

    async def _keep_server(self, server: EmbeddedServer) -> None:
        """Restart the embedded server on its port when it dies; clients come back by themselves."""
        while not self._stopping.is_set():
            status = await server.wait()
            if self._stopping.is_set():
                return
            log.warning("nats.restarting", status=status)
            self._metrics.restarted("nats-server")
            await self._restart_server(server)

    async def _restart_server(self, server: EmbeddedServer) -> None:
        """Start the embedded server again; it may be killed while it starts, too."""
        for pause_s in (_FIRST_BACKOFF_S, 1.0, 0.0):
            try:
                await server.start()
            except FramewireError as error:
                log.error("nats.failed", error=str(error))  # noqa: TRY400 - the message says it all
                await self._sleep(pause_s)
            else:
                return
        self._status = 1
        self._stopping.set()

    async def _keep_store(self, server: EmbeddedServer) -> None:
        """Restart the embedded server when a full disk made it give up its streams and there is room again."""
        told = False
        while not self._stopping.is_set():
            await self._sleep(_STORE_LOOK_S)
            error = await server.store_error()
            if error and not told:
                log.error("nats.store_failed", error=error)
            told = bool(error)
            if error and server.has_room():
                server.terminate()  # `_keep_server` starts it again

    async def _inherit_server(self, bus: NatsBus, options: NatsOptions) -> None:
        """Start the embedded server again on its port when the command that ran it has ended; then it is ours."""
        port = int(options.url.rsplit(":", 1)[1])
        while not self._stopping.is_set():
            await self._sleep(0.5)
            if bus.connected or self._stopping.is_set():
                continue
            server = EmbeddedServer(self._state / "nats", port)
            try:
                await server.start()
            except BusError as error:  # the old one is still ending, or another command was faster
                log.debug("nats.not_inherited", error=str(error))
                continue
            log.info("nats.inherited", url=server.url)
            self._server = server
            await asyncio.gather(self._keep_server(server), self._keep_store(server))

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _shut_down(self, bus: NatsBus | None, watchers: list[asyncio.Task[None]]) -> None:
        """End actors and bridge, then the server: the recording needs it to the last."""
        self._stopping.set()
        await asyncio.gather(*(child.stop() for child in self._children))
        await asyncio.gather(*(task for task in watchers if task.done()), return_exceptions=True)
        for task in watchers:
            task.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        self._targets.remove()
        if bus:
            await bus.close()
        if self._server:
            await self._server.stop()

    def _on_health(self, message: Message) -> None:
        with contextlib.suppress(WireError):
            health = wire.decode(wire.Health, message.data)
            self._targets.set(health.process, health.metrics_port)
            for change in self._health.report(health, time.monotonic_ns()):
                rate = f"{health.rate_hz:.1f} of {health.wanted_hz:.1f} Hz"
                log.warning("health", process=health.process, change=change, rate=rate)

    async def _watch_silence(self, bus: NatsBus) -> None:
        """Say which running process no longer reports; it may hang, or think for long."""
        while not self._stopping.is_set():
            await self._sleep(1.0)
            running = [child.name for child in self._children if child.pid]
            for process in self._health.silent(running, time.monotonic_ns()) if bus.connected else ():
                log.warning("health", process=process, change="silent")


def _resuming(plan: Plan) -> Plan:
    """Return the plan of a bridge that goes on with the session."""
    run = msgspec.structs.replace(plan.launch.run, resume=True)
    return msgspec.structs.replace(plan, launch=msgspec.structs.replace(plan.launch, run=run))
