"""LeRobot's statistics of an episode and of all: min, max, mean, std, count and quantiles, for normalization.

Of numbers every row counts; quantiles come from at most 16,384 rows of an episode, evenly spaced. Of images every fifth
frame of an episode counts, from its first on, as LeRobot too takes a sample; a channel's values are 0 to 1. As in
LeRobot, the whole dataset's quantiles are the episodes' weighted by their length; everything else is exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import Raw, Rgb, to_rgb

Floats = NDArray[np.float64]

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}

#: The lines of FeatureStats.values.
LINES = ("min", "max", "mean", "std", *QUANTILES)

#: Of five neighbouring frames one says enough about colours.
IMAGE_EVERY = 5

_BATCH = 256
_MOST_KEPT = 1 << 14


@dataclass(frozen=True)
class FeatureStats:
    """A feature's statistics.

    Attributes:
        values: (LINES, dimensions).
        count: Rows, or images, that they are of; 0 where all are zero because there was none.
    """

    values: Floats
    count: int

    def named(self, *, image: bool) -> dict[str, Any]:
        """Return them by LeRobot's names, as lists; an image's have the shape (3, 1, 1)."""
        shape = (-1, 1, 1) if image else (-1,)
        lines = {name: line.reshape(shape).tolist() for name, line in zip(LINES, self.values, strict=True)}
        return {**lines, "count": [self.count]}


def merged(parts: Iterable[FeatureStats]) -> FeatureStats:
    """Return the statistics of all episodes, by their own."""
    there = list(parts)
    counted = [part for part in there if part.count]
    if not counted:
        return there[0]
    weights = np.array([part.count for part in counted], dtype=np.float64)
    values = np.stack([part.values for part in counted])  # (episodes, LINES, dimensions)
    total = np.average(values, axis=0, weights=weights)
    total[0], total[1] = values[:, 0].min(axis=0), values[:, 1].max(axis=0)
    variance = np.average(values[:, 3] ** 2 + (values[:, 2] - total[2]) ** 2, axis=0, weights=weights)
    total[3] = np.sqrt(variance)
    return FeatureStats(total, int(weights.sum()))


def stats_of_range(first: float, step: float, count: int) -> FeatureStats:
    """Return the statistics of `count` numbers from `first` on, `step` apart."""
    last = first + step * (count - 1)
    spread = abs(step) * np.sqrt((count**2 - 1) / 12)
    quantiles = [first + step * (count - 1) * share for share in QUANTILES.values()]
    return FeatureStats(np.array([[first], [last], [(first + last) / 2], [spread], *([q] for q in quantiles)]), count)


class VectorStats:
    """Takes an episode's vectors row by row. A row with a NaN (a watch that the recording lacks) does not count."""

    def __init__(self, dimensions: int) -> None:
        self._batch = np.empty((_BATCH, dimensions))
        self._filled = 0
        self._parts: list[FeatureStats] = []
        self._kept = np.empty((0, dimensions))
        self._every, self._seen = 1, 0

    def add(self, vector: Floats) -> None:
        """Take the next row, (dimensions,)."""
        self._batch[self._filled] = vector
        self._filled += 1
        if self._filled == _BATCH:
            self._flush()

    def result(self) -> FeatureStats:
        """Return the statistics of all rows."""
        self._flush()
        if not self._parts:
            return FeatureStats(np.zeros((len(LINES), self._batch.shape[1])), 0)
        exact = merged(self._parts)
        values = exact.values.copy()
        values[4:] = np.quantile(self._kept, list(QUANTILES.values()), axis=0)
        return FeatureStats(values, exact.count)

    def _flush(self) -> None:
        batch = self._batch[: self._filled]
        batch = batch[~np.isnan(batch).any(axis=1)]
        self._filled = 0
        if not len(batch):
            return
        lines = [batch.min(axis=0), batch.max(axis=0), batch.mean(axis=0), batch.std(axis=0)]
        unknown = [np.zeros(batch.shape[1])] * len(QUANTILES)
        self._parts = [merged([*self._parts, FeatureStats(np.stack([*lines, *unknown]), len(batch))])]
        offset = -self._seen % self._every
        self._seen += len(batch)
        self._kept = np.concatenate([self._kept, batch[offset :: self._every]])
        if len(self._kept) > _MOST_KEPT:
            self._kept = self._kept[::2].copy()
            self._every *= 2


class ImageStats:
    """Takes an episode's sampled images."""

    def __init__(self) -> None:
        self._counts = np.zeros((3, 256), dtype=np.int64)
        self._images = 0

    def add(self, raw: Raw, pixel_format: str) -> None:
        """Take an image, (H, W)."""
        self._images += 1
        if raw.dtype.itemsize > 2:
            self._count(to_rgb(raw, pixel_format).reshape(-1, 3), None)
            return
        colours, counts = np.unique(raw, return_counts=True)  # a console shows few at a time
        self._count(to_rgb(colours.reshape(1, -1), pixel_format)[0], counts)

    def result(self) -> FeatureStats:
        """Return the statistics by channel, values 0 to 1."""
        columns = [_of_histogram(counts) for counts in self._counts]
        return FeatureStats(np.stack(columns, axis=1) / 255, self._images)

    def _count(self, pixels: Rgb, weights: NDArray[np.int64] | None) -> None:
        """Take pixels, (n, 3)."""
        for channel in range(3):
            found = np.bincount(pixels[:, channel], weights=weights, minlength=256)
            self._counts[channel] += found.astype(np.int64)


def _of_histogram(counts: NDArray[np.int64]) -> Floats:
    """Return LINES of the values 0 to 255, each there so many times."""
    total = counts.sum()
    if not total:
        return np.zeros(len(LINES))
    values = np.arange(256, dtype=np.float64)
    there = np.flatnonzero(counts)
    mean = (values * counts).sum() / total
    std = np.sqrt(((values - mean) ** 2 * counts).sum() / total)
    reached = np.cumsum(counts)
    quantiles = [float(np.searchsorted(reached, share * total)) for share in QUANTILES.values()]
    return np.array([there[0], there[-1], mean, std, *quantiles])
