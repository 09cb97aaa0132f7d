"""Which frames are asked for: one by its number, or those that took longest."""

import heapq
from collections.abc import Iterable

from dashboards.trace.ways import Way


class Wanted:
    """Keeps what was asked for of the ways that go by.

    Attributes:
        frame: The frame; -1 where the slowest are wanted.
        slowest: How many of those.
        actor: Whose answers count; empty for all.
    """

    def __init__(self, frame: int = -1, slowest: int = 0, actor: str = "") -> None:
        self.frame, self.slowest, self.actor = frame, slowest, actor
        self._kept: list[tuple[int, int, Way]] = []  # a heap: how long it took, its frame's negative, the frame

    @property
    def found(self) -> list[Way]:
        """What was kept, the slowest first."""
        return [way for _, _, way in sorted(self._kept, reverse=True, key=lambda kept: kept[:2])]

    def see(self, ways: Iterable[Way]) -> None:
        """Let ways go by."""
        for way in ways:
            took_us = way.took_us(self.actor)
            if self.frame >= 0:
                if way.frame_index == self.frame:
                    self._kept = [(took_us, 0, way)]
            elif took_us >= 0:
                heapq.heappush(self._kept, (took_us, -way.frame_index, way))
                if len(self._kept) > self.slowest:
                    heapq.heappop(self._kept)
