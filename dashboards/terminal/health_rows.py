"""Which processes there are and how each is doing: three answers (alive, rate, valid) and what is slow. Pure."""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from runtime import wire

#: Health comes once a second; without any for this long a process counts as gone.
ALIVE_S = 3.0


#: Four minutes of reports: more than the widest sparkline shows.
_HISTORY = 240

#: A process that was slow stays among the slow ones for so many reports: rows that jump cannot be read.
_REMEMBERED = 5


class Level(IntEnum):
    """How bad something is."""

    FINE = 0
    SLOW = 1  # look at it
    BAD = 2


@dataclass(frozen=True)
class Cell:
    """A text and how bad what it says is."""

    text: str
    level: Level = Level.FINE


@dataclass
class Process:
    """A process as heard.

    Attributes:
        health: Its last report.
        before: The report before that; its first report again until there are two.
        heard_ns: When the last one came, monotonic.
        restarts: How often its supervisor started it again; of one without a supervisor, how often its pid changed.
        wanted_hz: Its rate when it last had one; a paused game wants none.
        latencies_ms: p99 of each report, the newest last; of a process that sends no action, of its ticks.
        levels: How bad each of the last reports was.
    """

    health: wire.Health
    before: wire.Health
    heard_ns: int
    restarts: int = 0
    wanted_hz: float = 0.0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_HISTORY))
    levels: deque[Level] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def cpu_percent(self) -> float | None:
        """Percent of one core since the report before; None where that is not known."""
        span_s = (self.health.sent_ns - self.before.sent_ns) / 1e9
        if span_s <= 0 or not self.health.cpu_s:
            return None
        return max(self.health.cpu_s - self.before.cpu_s, 0.0) / span_s * 100


class Processes:
    """All processes heard of."""

    def __init__(self) -> None:
        self._by_name: dict[str, Process] = {}

    def hear(self, health: wire.Health, now_ns: int) -> None:
        """Take a report in."""
        known = self._by_name.get(health.process)
        if known is None:
            known = self._by_name[health.process] = Process(health, health, now_ns, health.restarts)
        restarted = health.pid != known.health.pid
        known.restarts = max(known.restarts + restarted, health.restarts)
        known.before = health if restarted else known.health
        known.health, known.heard_ns = health, now_ns
        known.wanted_hz = health.wanted_hz or known.wanted_hz
        known.latencies_ms.append(health.latency_ms_p99 or health.tick_ms_p99)
        known.levels.append(max((cell.level for cell in problems(known, now_ns)), default=Level.FINE))

    def all(self) -> list[Process]:
        """Return them, the bridge first, then by rate wanted, the fastest first."""
        return sorted(
            self._by_name.values(),
            key=lambda process: (process.health.process != "bridge", -process.health.wanted_hz, process.health.process),
        )


def by_trouble(processes: list[Process], now_ns: int) -> list[Process]:
    """Return processes, those with troubles now or a moment ago first, the worst before the others."""

    def trouble(process: Process) -> Level:
        now = max((cell.level for cell in problems(process, now_ns)), default=Level.FINE)
        return max(now, *process.levels)

    return sorted(processes, key=lambda process: -trouble(process))


def silent_s(process: Process, now_ns: int) -> float:
    """Return how long ago a process was heard."""
    return (now_ns - process.heard_ns) / 1e9


def problems(process: Process, now_ns: int) -> list[Cell]:
    """Return what is wrong with a process, the worst first; of one that is not heard, only that."""
    health, before = process.health, process.before
    if silent_s(process, now_ns) > ALIVE_S:
        return [Cell(f"silent for {silent_s(process, now_ns):.0f} s", Level.BAD)]
    found = []
    if not health.valid:
        found.append(Cell("not valid", Level.BAD))
    if not health.rate_ok:
        wanted = f" of {health.wanted_hz:.1f} Hz" if health.wanted_hz else " Hz, slower than the game"
        found.append(Cell(f"{health.rate_hz:.1f}{wanted}", Level.BAD))
    if tick(process).level:
        found.append(Cell(f"tick p99 {health.tick_ms_p99:.1f} ms", tick(process).level))
    if latency(process).level:
        found.append(Cell(f"latency p99 {health.latency_ms_p99:.1f} ms", latency(process).level))
    if health.deadline_misses > before.deadline_misses:
        found.append(Cell(f"{health.deadline_misses - before.deadline_misses} deadlines missed", Level.SLOW))
    if health.dropped > before.dropped:
        found.append(Cell(f"{health.dropped - before.dropped} dropped", Level.SLOW))
    return sorted(found, key=lambda cell: -cell.level)


def rate(process: Process) -> Cell:
    """Return the rate beside the wanted one, if one is wanted."""
    health = process.health
    if not health.wanted_hz:
        return Cell(f"{health.rate_hz:.1f}")
    return Cell(f"{health.rate_hz:.1f} / {health.wanted_hz:.1f}", Level.FINE if health.rate_ok else Level.BAD)


def tick(process: Process) -> Cell:
    """Return p50 and p99 of the time one tick takes."""
    health = process.health
    return Cell(_pair(health.tick_ms_p50, health.tick_ms_p99), _against_period(health.tick_ms_p99, health))


def latency(process: Process) -> Cell:
    """Return p50 and p99 of frame → action."""
    health = process.health
    return Cell(_pair(health.latency_ms_p50, health.latency_ms_p99), _against_period(health.latency_ms_p99, health))


def rising(now: int, before: int) -> Cell:
    """Return a count that should stand still."""
    return Cell(f"{now:,} (+{now - before:,})", Level.SLOW) if now > before else Cell(f"{now:,}")


def verdict(processes: list[Process], now_ns: int) -> Cell:
    """Say in one line how all are doing."""
    if not processes:
        return Cell("no process has reported its health yet", Level.SLOW)
    parts, level = [], Level.FINE
    for process in processes:
        if found := problems(process, now_ns):
            parts.append(f"{process.health.process}: {', '.join(cell.text for cell in found)}")
            level = max(level, found[0].level)
    if parts:
        return Cell("; ".join(parts), level)
    return Cell("the one process is fine" if len(processes) == 1 else f"all {len(processes)} processes are fine")


def _pair(p50: float, p99: float) -> str:
    return f"{p50:.2f} / {p99:.2f}" if p99 else "-"  # nothing was measured


def _against_period(p99_ms: float, health: wire.Health) -> Level:
    """Judge a duration by the time between two ticks; without a wanted rate there is nothing to judge it by."""
    if not health.wanted_hz:
        return Level.FINE
    period_ms = 1000 / health.wanted_hz
    if p99_ms > period_ms:
        return Level.BAD
    return Level.SLOW if p99_ms > period_ms / 2 else Level.FINE
