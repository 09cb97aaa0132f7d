"""The health report of a process: what it measured since the last one, about once a second."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from runtime import wire
from runtime.bus import Bus
from runtime.metrics import Metrics, RateMeter, Window
from runtime.subjects import SessionId, subject

_EVERY_NS = 1_000_000_000

#: A process is on rate when it reaches this part of the rate it wants, less one tick for where the window falls.
_RATE_TOLERANCE = 0.95


class HealthReporter:
    """Collects durations and counts, feeds Prometheus, and publishes Health."""

    def __init__(
        self, bus: Bus, session: SessionId, process: str, metrics: Metrics | None, sources: Iterable[str] = ()
    ) -> None:
        """Report on a process whose decisions come from `sources`."""
        self._bus, self._session, self._process, self._metrics = bus, session, process, metrics
        self._ticks, self._latency, self._lateness = Window(), Window(), Window()
        self._rate = RateMeter()
        self._due_ns = 0
        self._tick_count = 0
        self._misses = 0
        self._wanted_hz = 0.0
        self._reported_ticks = 0
        self._published: Counter[str] = Counter()  # bytes by kind since the last report
        self._figures: dict[str, float] = {}
        self.valid = True
        self._unstored_bytes = 0
        if metrics:
            metrics.begin(sources)

    def tick(self, duration_ns: int) -> None:
        """Count one tick and its computing time."""
        if self._tick_count == 0:
            self._rate.restart(0)
        self._tick_count += 1
        self._ticks.add(duration_ns)
        if self._metrics:
            self._metrics.tick(duration_ns)

    def latency(self, actor: str, duration_ns: int) -> None:
        """Count one frame → action."""
        self._latency.add(duration_ns)
        if self._metrics:
            self._metrics.frame_to_action(actor, duration_ns)

    def lateness(self, duration_ns: int, misses: int) -> None:
        """Count how late a tick started; `misses` is the total of missed deadlines so far."""
        self._lateness.add(duration_ns)
        if self._metrics:
            self._metrics.lateness(duration_ns)
            if misses > self._misses:
                self._metrics.misses(misses - self._misses)
        self._misses = misses

    def over_budget(self) -> None:
        """Count a tick that took longer than it may."""
        self._misses += 1
        if self._metrics:
            self._metrics.misses(1)

    def shed(self, parts: int) -> None:
        """Set how many parts of its work the process leaves out."""
        if self._metrics:
            self._metrics.shed(parts)

    def published(self, kind: str, size: int) -> None:
        """Count published bytes."""
        self._published[kind] += size

    def decided(self, source: str) -> None:
        """Count an action by where its decision came from."""
        if self._metrics:
            self._metrics.decided(source)

    def measured(self, figures: Mapping[str, float]) -> None:
        """Set an actor's own figures."""
        self._figures = dict(figures)
        if self._metrics:
            for name, value in figures.items():
                self._metrics.measured(name, value)

    def dropped(self, kind: str, count: int) -> None:
        """Count dropped messages."""
        if self._metrics:
            self._metrics.dropped(kind, count)

    def lacking(self, kind: str, count: int) -> None:
        """Count messages that a gap record names."""
        if self._metrics:
            self._metrics.lacking(kind, count)

    def waiting(self, **queues: int) -> None:
        """Set how much waits in the process's queues, by their names."""
        if self._metrics:
            for queue, count in queues.items():
                self._metrics.waiting(queue, count)

    def unwritten(self, size: int) -> None:
        """Set the bytes that are recorded and not yet stored."""
        self._unstored_bytes = size
        if self._metrics:
            self._metrics.unwritten(size)

    @property
    def due(self) -> bool:
        """Whether a report is due."""
        return time.monotonic_ns() >= self._due_ns

    async def report(self, frame_index: int, wanted_hz: float, dropped: int, missed: int | None = None) -> None:
        """Publish a report and begin a new window.

        Args:
            frame_index: The last frame seen.
            wanted_hz: 0 where no rate is wanted.
            dropped: What was dropped since the start.
            missed: For actors, due frames that they did not see since the last report: they are on rate when they keep
                up with the game, be it paused or slow. None for the bridge, which is on rate by the wall clock.
        """
        now_ns = time.monotonic_ns()
        self._due_ns = now_ns + _EVERY_NS
        if wanted_hz != self._wanted_hz:  # paused or resumed, or another clock: the rate before says nothing
            self._rate.restart(self._tick_count)
            self._wanted_hz = wanted_hz
        rate_hz, span_s = self._rate.measure(self._tick_count)
        done, due = rate_hz * span_s, wanted_hz * span_s
        if missed is not None:
            done = self._tick_count - self._reported_ticks
            due = done + missed
        self._reported_ticks = self._tick_count
        tick_p50, tick_p99 = self._ticks.percentiles_ms()
        latency_p50, latency_p99 = self._latency.percentiles_ms()
        health = wire.Health(
            process=self._process,
            sent_ns=now_ns,
            pid=os.getpid(),
            metrics_port=self._metrics.port if self._metrics else 0,
            frame_index=frame_index,
            ticks=self._tick_count,
            rate_hz=rate_hz,
            wanted_hz=wanted_hz,
            rate_ok=_enough(done, due),
            valid=self.valid,
            deadline_misses=self._misses,
            dropped=dropped,
            tick_ms_p50=tick_p50,
            tick_ms_p99=tick_p99,
            latency_ms_p50=latency_p50,
            latency_ms_p99=latency_p99,
            lateness_ms_p99=self._lateness.percentiles_ms()[1],
            restarts=self._metrics.restarts if self._metrics else 0,
            cpu_s=time.process_time(),
            memory_bytes=resident_bytes(),
            unstored_bytes=self._unstored_bytes,
            figures=self._figures,
        )
        for window in (self._ticks, self._latency, self._lateness):
            window.clear()
        if self._metrics:
            self._metrics.at(frame_index, wanted_hz, rate_ok=health.rate_ok)
            self._metrics.count_durations()
            for kind, size in self._published.items():
                self._metrics.published(kind, size)
        self._published.clear()
        await self._bus.publish(subject(self._session, "health", self._process), wire.encode(health))


def resident_bytes() -> int:
    """Return this process' resident memory (man 5 proc, `statm`: its second number, in pages); 0 but on Linux."""
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


def _enough(done: float, due: float) -> bool:
    return done >= _RATE_TOLERANCE * due - 1
