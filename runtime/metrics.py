"""Prometheus metrics of one process, and the window statistics its health reports carry."""

import contextlib
import time
from collections import deque
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server

from runtime.timings import Timings

#: Seconds. Fit for frame times: 16.7 ms is one frame at 60 Hz (measurements, "Dashboards and metrics").
BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.012, 0.0167, 0.025, 0.033, 0.05, 0.1, 0.25, 1.0)

#: The same for parts of a frame's way, most of which take less than a millisecond.
STAGE_BUCKETS = (0.000_05, 0.000_1, 0.000_2, 0.000_5, *BUCKETS)

#: What a reader may drop (runtime.loop), and what gap records may name besides (runtime.bridge, streams.recorder).
DROPPED_KINDS = ("state", "learnt", "message")
GAP_KINDS = ("frame", "live", *DROPPED_KINDS)

#: What `framewire_session_info` says, beside session and process.
SESSION_FACTS = ("game", "console", "clock", "core", "recorded")


class Window:
    """Durations since the last report."""

    def __init__(self) -> None:
        self._values_ns: list[int] = []

    def add(self, value_ns: int) -> None:
        """Add one duration."""
        self._values_ns.append(value_ns)

    def percentiles_ms(self) -> tuple[float, float]:
        """Return the 50th and 99th percentile in milliseconds; zeros without values."""
        if not self._values_ns:
            return 0.0, 0.0
        ordered = sorted(self._values_ns)
        return ordered[len(ordered) // 2] / 1e6, ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] / 1e6

    def clear(self) -> None:
        """Begin a new window."""
        self._values_ns.clear()


class Metrics:
    """The figures of one process; served on a port of its own.

    Durations wait in lists until `count_durations`, about once a second: a frame must not pay for their counting.
    """

    def __init__(self, session: str, process: str, restarts: int = 0) -> None:
        """Begin; `restarts` is how often the process was started again before."""
        self.restarts = restarts
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # processor time and memory, on Linux
        self._values = (session, process)
        names = ("session", "process")

        def timings(name: str, text: str, *more: str, buckets: tuple[float, ...] = BUCKETS) -> Timings:
            made = Timings(name, text, (*names, *more), buckets)
            self._registry.register(made)
            return made

        def counter(name: str, text: str, *more: str) -> Counter:
            return Counter(name, text, (*names, *more), registry=self._registry)

        def gauge(name: str, text: str, *more: str) -> Gauge:
            return Gauge(name, text, (*names, *more), registry=self._registry)

        self._frame_to_action = timings("framewire_frame_to_action_seconds", "Frame sent to action received", "actor")
        self._stages = timings(
            "framewire_stage_seconds", "Parts of frame to action", "actor", "stage", buckets=STAGE_BUCKETS
        )
        self._tick = timings("framewire_tick_duration_seconds", "Computing one tick")
        self._lateness = timings("framewire_tick_lateness_seconds", "Start after the deadline")
        self._misses = counter("framewire_deadline_misses", "Ticks a period late")
        self._dropped = counter("framewire_dropped", "Messages dropped, by kind", "kind")
        self._lacking = counter("framewire_gap_messages", "Messages that gap records name, by kind", "kind")
        self._bytes = counter("framewire_published_bytes", "Payload bytes published, by kind", "kind")
        self._decisions = counter("framewire_decisions", "Actions, by where the decision came from", "source")
        self._restarts = counter("framewire_restarts", "Restarts of a child process", "child")
        self._frame = gauge("framewire_frame", "Last frame")
        self._wanted = gauge("framewire_wanted_hz", "Ticks a second that are wanted; 0 where no rate is")
        self._rate_ok = gauge("framewire_rate_ok", "Whether the wanted rate is reached")
        self._shed = gauge("framewire_shed_parts", "Parts of its work that an actor leaves out")
        self._queues = gauge("framewire_queue", "What waits in a process, by queue", "queue")
        self._unwritten = gauge("framewire_recorder_unwritten_bytes", "Recorded and not yet stored")
        self._figures = gauge("framewire_actor_figure", "What an actor measures itself, by name", "name")
        self._session = gauge("framewire_session_info", "What a session is; always 1", *SESSION_FACTS)
        self._by_source: dict[str, Counter] = {}  # looking a label up costs more than counting
        self._tick_ns: list[int] = []
        self._late_ns: list[int] = []
        self._answer_ns: dict[str, list[int]] = {}
        self.port = 0

    @property
    def registry(self) -> CollectorRegistry:
        """What is served."""
        return self._registry

    def serve(self) -> None:
        """Serve /metrics on a free loopback port, kept in `port`; 0 when none can be had."""
        with contextlib.suppress(OSError):
            server, _ = start_http_server(0, addr="127.0.0.1", registry=self._registry)
            self.port = int(server.server_port)

    def begin(self, sources: Iterable[str] = ()) -> None:
        """Begin the series of a process that ticks: what never happens is 0, not absent."""
        self._tick.add(self._values, ())
        self._misses.labels(*self._values)
        self._shed.labels(*self._values)
        for kind in DROPPED_KINDS:
            self._dropped.labels(*self._values, kind)
        for source in sources:
            self._decisions.labels(*self._values, source)

    def begin_session(self, facts: Mapping[str, str]) -> None:
        """Begin the series of a bridge; `facts` has a value for each of SESSION_FACTS."""
        self._session.labels(*self._values, *(facts[name] for name in SESSION_FACTS)).set(1)
        for kind in GAP_KINDS:
            self._lacking.labels(*self._values, kind)

    def begin_child(self, child: str) -> None:
        """Begin the series of a child process."""
        self._restarts.labels(*self._values, child)

    def frame_to_action(self, actor: str, duration_ns: int) -> None:
        """Note one frame → action round trip."""
        self._answer_ns.setdefault(actor, []).append(duration_ns)

    def tick(self, duration_ns: int) -> None:
        """Note one tick's computing time."""
        self._tick_ns.append(duration_ns)

    def lateness(self, duration_ns: int) -> None:
        """Note how late a tick started."""
        self._late_ns.append(duration_ns)

    def stage(self, stage: str, actor: str, durations_us: NDArray[np.int64]) -> None:
        """Count durations of one stage of frames or answers."""
        self._stages.add((*self._values, actor, stage), durations_us * 1000)

    def count_durations(self) -> None:
        """Count what was noted."""
        if self._tick_ns:
            self._tick.add(self._values, self._tick_ns)
        if self._late_ns:
            self._lateness.add(self._values, self._late_ns)
        for actor, durations_ns in self._answer_ns.items():
            self._frame_to_action.add((*self._values, actor), durations_ns)
        self._tick_ns, self._late_ns, self._answer_ns = [], [], {}

    def misses(self, count: int) -> None:
        """Count missed deadlines."""
        self._misses.labels(*self._values).inc(count)

    def dropped(self, kind: str, count: int) -> None:
        """Count dropped messages."""
        self._dropped.labels(*self._values, kind).inc(count)

    def lacking(self, kind: str, count: int) -> None:
        """Count messages that a gap record names."""
        self._lacking.labels(*self._values, kind).inc(count)

    def published(self, kind: str, size: int) -> None:
        """Count published bytes."""
        self._bytes.labels(*self._values, kind).inc(size)

    def decided(self, source: str) -> None:
        """Count an action."""
        if source not in self._by_source:
            self._by_source[source] = self._decisions.labels(*self._values, source)
        self._by_source[source].inc()

    def measured(self, name: str, value: float) -> None:
        """Set a figure of an actor's own."""
        self._figures.labels(*self._values, name).set(value)

    def restarted(self, child: str) -> None:
        """Count a restart."""
        self._restarts.labels(*self._values, child).inc()

    def shed(self, parts: int) -> None:
        """Set how many parts of its work the process leaves out."""
        self._shed.labels(*self._values).set(parts)

    def waiting(self, queue: str, count: int) -> None:
        """Set how much waits in a queue."""
        self._queues.labels(*self._values, queue).set(count)

    def unwritten(self, size: int) -> None:
        """Set the bytes that are recorded and not yet stored."""
        self._unwritten.labels(*self._values).set(size)

    def at(self, frame_index: int, wanted_hz: float, *, rate_ok: bool) -> None:
        """Set the last frame, the rate that is wanted, and whether it is reached."""
        self._frame.labels(*self._values).set(frame_index)
        self._wanted.labels(*self._values).set(wanted_hz)
        self._rate_ok.labels(*self._values).set(rate_ok)


class RateMeter:
    """Ticks a second over the last reports, so that slow rates are measured over several ticks."""

    _REPORTS = 6

    def __init__(self) -> None:
        self._marks: deque[tuple[int, int]] = deque(maxlen=self._REPORTS)

    def restart(self, ticks: int) -> None:
        """Count from now on, as from the first tick or after a pause."""
        self._marks.clear()
        self._marks.append((time.monotonic_ns(), ticks))

    def measure(self, ticks: int) -> tuple[float, float]:
        """Return ticks a second and the seconds they were counted over, given the ticks since the start."""
        if not self._marks:
            return 0.0, 0.0
        now_ns = time.monotonic_ns()
        first_ns, first_ticks = self._marks[0]
        span_s = max(now_ns - first_ns, 1) / 1e9
        self._marks.append((now_ns, ticks))
        return (ticks - first_ticks) / span_s, span_s
