"""What holds from frame to frame, as runs: a later run replaces what it covers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Run(NamedTuple, Generic[T]):
    """Frames from first to last, inclusive, of which one thing holds."""

    first_frame: int
    last_frame: int
    value: T

    @property
    def frames(self) -> int:
        """How many frames it spans."""
        return self.last_frame - self.first_frame + 1


class Spans(Generic[T]):
    """Runs that do not overlap, in order of frames."""

    def __init__(self, runs: Iterable[Run[T]] = ()) -> None:
        self._firsts: list[int] = []
        self._runs: list[Run[T]] = []
        for run in runs:
            self.put(*run)

    def __iter__(self) -> Iterator[Run[T]]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def at(self, frame_index: int) -> T | None:
        """Return what holds of a frame; None when nothing does."""
        i = bisect_right(self._firsts, frame_index) - 1
        return self._runs[i].value if i >= 0 and self._runs[i].last_frame >= frame_index else None

    def within(self, first_frame: int, last_frame: int) -> list[Run[T]]:
        """Return the runs of a range, clipped to it."""
        start = max(0, bisect_right(self._firsts, first_frame) - 1)
        end = bisect_right(self._firsts, last_frame)
        clipped = (
            Run(max(run.first_frame, first_frame), min(run.last_frame, last_frame), run.value)
            for run in self._runs[start:end]
        )
        return [run for run in clipped if run.first_frame <= run.last_frame]

    def gaps(self, first_frame: int, last_frame: int) -> list[Run[None]]:
        """Return the runs of a range of which nothing holds."""
        gaps: list[Run[None]] = []
        for run in self.within(first_frame, last_frame):
            if run.first_frame > first_frame:
                gaps.append(Run(first_frame, run.first_frame - 1, None))
            first_frame = run.last_frame + 1
        if first_frame <= last_frame:
            gaps.append(Run(first_frame, last_frame, None))
        return gaps

    def put(self, first_frame: int, last_frame: int, value: T) -> None:
        """Let something hold of a range, in place of what held of it before."""
        start = max(0, bisect_left(self._firsts, first_frame) - 1)
        end = bisect_right(self._firsts, last_frame)
        new: list[Run[T]] = []
        for run in self._runs[start:end]:
            if run.first_frame < first_frame:
                new.append(Run(run.first_frame, min(run.last_frame, first_frame - 1), run.value))
        new.append(Run(first_frame, last_frame, value))
        for run in self._runs[start:end]:
            if run.last_frame > last_frame:
                new.append(Run(max(run.first_frame, last_frame + 1), run.last_frame, run.value))
        self._runs[start:end] = new
        self._firsts[start:end] = [run.first_frame for run in new]


def cuts(spans: Iterable[Spans[T]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges between all edges of several spans, in order; within one, each holds one thing or none."""
    edges = sorted({edge for one in spans for run in one for edge in (run.first_frame, run.last_frame + 1)})
    for first, end in pairwise(edges):
        yield first, end - 1
