"""The statistics of a LeRobot episode while its rows come."""

import numpy as np

from streams.datasets.format import DatasetSpec
from streams.datasets.lerobot_files import Frame
from streams.datasets.lerobot_meta import SCREEN, wide_watches
from streams.datasets.lerobot_stats import IMAGE_EVERY, FeatureStats, ImageStats, VectorStats


class EpisodeStats:
    """Takes an episode's rows.

    Attributes:
        rows: How many there were.
    """

    def __init__(self, spec: DatasetSpec) -> None:
        self.rows = 0
        self._tasks: dict[int, None] = {}
        self._image = ImageStats()
        wide = {f"watch.{watch}": 1 for watch in wide_watches(spec)}
        # Apart, for a row that lacks a watch has an action all the same.
        self._watches = _Vectors({"observation.state": len(spec.columns), **wide})
        scalars = dict.fromkeys(("next.reward", "next.done", "next.success", "task_index"), 1)
        self._actions = _Vectors({"action": len(spec.buttons), **scalars})

    @property
    def tasks(self) -> tuple[int, ...]:
        """The tasks in it, in the order in which they came."""
        return tuple(self._tasks)

    def add(self, frame: Frame) -> None:
        """Take the next row."""
        if self.rows % IMAGE_EVERY == 0:
            self._image.add(frame.row.raw, frame.row.pixel_format)
        self.rows += 1
        self._tasks[frame.task_index] = None
        self._watches.stats.add(np.concatenate([frame.state, frame.exact]))
        scalars = (frame.success, frame.done, frame.success, frame.task_index)
        self._actions.stats.add(np.concatenate([frame.action, scalars]))

    def result(self) -> dict[str, FeatureStats]:
        """Return them by feature."""
        return {SCREEN: self._image.result(), **self._watches.result(), **self._actions.result()}


class _Vectors:
    """Features that lie side by side in one vector."""

    def __init__(self, lengths: dict[str, int]) -> None:
        self._lengths = lengths
        self.stats = VectorStats(sum(lengths.values()))

    def result(self) -> dict[str, FeatureStats]:
        every, first, found = self.stats.result(), 0, {}
        for name, length in self._lengths.items():
            if length:
                found[name] = FeatureStats(every.values[:, first : first + length], every.count)
            first += length
        return found
