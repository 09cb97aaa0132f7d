"""Prometheus metrics of one process, and the window statistics its health reports carry."""

import contextlib
import time
from collections import deque

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

#: Seconds. Fit for frame times: 16.7 ms is one frame at 60 Hz (measurements, "Dashboards and metrics").
BUCKETS = (0.001, 0.002, 0.004, 0.008, 0.012, 0.0167, 0.025, 0.033, 0.05, 0.1, 0.25, 1.0)


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
    """The counters of one process; served on a port of its own."""

    def __init__(self, session: str, process: str, restarts: int = 0) -> None:
        """Begin; `restarts` is how often the process was started again before."""
        self.restarts = restarts
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)  # processor time and memory, on Linux
        self._values = (session, process)
        names = ("session", "process")

        def histogram(name: str, text: str, *more: str) -> Histogram:
            return Histogram(name, text, (*names, *more), buckets=BUCKETS, registry=self._registry)

        def counter(name: str, text: str, *more: str) -> Counter:
            return Counter(name, text, (*names, *more), registry=self._registry)

        self._frame_to_action = histogram("framewire_frame_to_action_seconds", "Frame sent to action received", "actor")
        self._tick = histogram("framewire_tick_duration_seconds", "Computing one tick").labels(*self._values)
        self._lateness = histogram("framewire_tick_lateness_seconds", "Start after the deadline").labels(*self._values)
        self._misses = counter("framewire_deadline_misses_total", "Ticks a period late").labels(*self._values)
        self._dropped = counter("framewire_dropped_total", "Messages dropped, by kind", "kind")
        self._bytes = counter("framewire_published_bytes_total", "Payload bytes published, by kind", "kind")
        self._decisions = counter("framewire_decisions_total", "Actions, by where the decision came from", "source")
        self._restarts = counter("framewire_restarts_total", "Restarts of a child process", "child")
        frame = Gauge("framewire_frame", "Last frame", names, registry=self._registry)
        self._frame = frame.labels(*self._values)
        shed = Gauge(
            "framewire_shed_parts", "Parts of its work that an actor leaves out", names, registry=self._registry
        )
        self._shed = shed.labels(*self._values)
        # Looking a label up costs more than counting; a frame counts a dozen times.
        self._by_actor: dict[str, Histogram] = {}
        self._by_kind: dict[str, Counter] = {}
        self._figures = Gauge(
            "framewire_actor_figure",
            "What an actor measures itself, by name",
            (*names, "name"),
            registry=self._registry,
        )
        self._by_figure: dict[str, Gauge] = {}
        self._by_source: dict[str, Counter] = {}
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

    def frame_to_action(self, actor: str, duration_ns: int) -> None:
        """Count one frame → action round trip."""
        if actor not in self._by_actor:
            self._by_actor[actor] = self._frame_to_action.labels(*self._values, actor)
        self._by_actor[actor].observe(duration_ns / 1e9)

    def tick(self, duration_ns: int) -> None:
        """Count one tick's computing time."""
        self._tick.observe(duration_ns / 1e9)

    def lateness(self, duration_ns: int) -> None:
        """Count how late a tick started."""
        self._lateness.observe(duration_ns / 1e9)

    def misses(self, count: int) -> None:
        """Count missed deadlines."""
        self._misses.inc(count)

    def dropped(self, kind: str, count: int) -> None:
        """Count dropped messages."""
        self._dropped.labels(*self._values, kind).inc(count)

    def published(self, kind: str, size: int) -> None:
        """Count published bytes."""
        if kind not in self._by_kind:
            self._by_kind[kind] = self._bytes.labels(*self._values, kind)
        self._by_kind[kind].inc(size)

    def decided(self, source: str) -> None:
        """Count an action."""
        if source not in self._by_source:
            self._by_source[source] = self._decisions.labels(*self._values, source)
        self._by_source[source].inc()

    def measured(self, name: str, value: float) -> None:
        """Set a figure of an actor's own."""
        if name not in self._by_figure:
            self._by_figure[name] = self._figures.labels(*self._values, name)
        self._by_figure[name].set(value)

    def restarted(self, child: str) -> None:
        """Count a restart."""
        self._restarts.labels(*self._values, child).inc()

    def shed(self, parts: int) -> None:
        """Set how many parts of its work the process leaves out."""
        self._shed.set(parts)

    def at_frame(self, frame_index: int) -> None:
        """Set the last frame."""
        self._frame.set(frame_index)


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
