"""Rates, intervals and sizes over a sliding window. Pure: the caller tells the time, in monotonic nanoseconds."""

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

NS = 1_000_000_000


@dataclass(frozen=True)
class Intervals:
    """How regularly messages came.

    Attributes:
        messages: How many are in the window.
        rate_hz: Intervals a second, of those between its messages; 0 with fewer than two, or after a silence of over
            a second and three intervals.
        min_ms: The shortest interval.
        max_ms: The longest.
        std_ms: Their standard deviation.
        silent_s: Since the last message; infinite before the first.
    """

    messages: int
    rate_hz: float
    min_ms: float
    max_ms: float
    std_ms: float
    silent_s: float


@dataclass(frozen=True)
class Traffic:
    """How much came: in the window, and a second."""

    messages: int
    messages_s: float
    bytes_s: float
    mean_bytes: float
    min_bytes: int
    max_bytes: int


class Window:
    """What arrived in the last `length_s` seconds."""

    def __init__(self, length_s: float, start_ns: int) -> None:
        self._length_ns = int(length_s * NS)
        self._start_ns = start_ns
        self._arrived: deque[tuple[int, int]] = deque()
        self._last_ns: int | None = None
        self.total = 0

    def add(self, now_ns: int, size_bytes: int) -> None:
        """Count a message."""
        self._arrived.append((now_ns, size_bytes))
        self._last_ns = now_ns
        self.total += 1
        self._expire(now_ns)

    def intervals(self, now_ns: int) -> Intervals:
        """Return how regularly messages came."""
        self._expire(now_ns)
        times = [at for at, _ in self._arrived]
        gaps_ms = [(after - before) / 1e6 for before, after in pairwise(times)]
        silent_s = math.inf if self._last_ns is None else (now_ns - self._last_ns) / NS
        if not gaps_ms:
            return Intervals(len(times), 0.0, 0.0, 0.0, 0.0, silent_s)
        mean_ms = sum(gaps_ms) / len(gaps_ms)
        std_ms = math.sqrt(sum((gap - mean_ms) ** 2 for gap in gaps_ms) / len(gaps_ms))
        rate_hz = 1000 / mean_ms if mean_ms else math.inf
        if silent_s > max(1.0, 3 * mean_ms / 1000):
            rate_hz = 0.0
        return Intervals(len(times), rate_hz, min(gaps_ms), max(gaps_ms), std_ms, silent_s)

    def traffic(self, now_ns: int) -> Traffic:
        """Return how much came, a second of the window or of the time since the start if that is shorter."""
        self._expire(now_ns)
        sizes = [size for _, size in self._arrived]
        if not sizes:
            return Traffic(0, 0.0, 0.0, 0.0, 0, 0)
        span_s = max(min(now_ns - self._start_ns, self._length_ns), 1) / NS
        total = sum(sizes)
        return Traffic(len(sizes), len(sizes) / span_s, total / span_s, total / len(sizes), min(sizes), max(sizes))

    def _expire(self, now_ns: int) -> None:
        oldest_ns = now_ns - self._length_ns
        while self._arrived and self._arrived[0][0] < oldest_ns:
            self._arrived.popleft()
