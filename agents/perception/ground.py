"""The ground of each area as most pictures showed it: what passes over it is outvoted, what changes for good wins."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

#: Pictures by which a tile may be ahead: what changed for good is believed after as many.
MOST_VOTES = 8

#: Votes from which a tile counts as known: one picture may be of a fade.
KNOWN_VOTES = 2

#: Tiles by which an area's memory grows at once.
_GROW = 64

Place = tuple[slice, slice]


class Ground:
    """The tiles of one area: for each place the one that is ahead, its colours, and by how many pictures.

    Attributes:
        hashes: Of the tile that is ahead, (rows, columns) uint64; 0 where nothing was seen.
        last: Of the tile that was seen last.
        bright: How bright the place was when it was seen last, float32; 0 for never.
        votes: By how many pictures it is ahead, int8.
        stood: The last frame in which something stood before it, int64; -1 for never.
    """

    def __init__(self) -> None:
        self.x0 = self.y0 = 0  # the tile of the area in [0, 0]
        self.hashes = np.zeros((0, 0), np.uint64)
        self.last = np.zeros((0, 0), np.uint64)
        self.bright = np.zeros((0, 0), np.float32)
        self.votes = np.zeros((0, 0), np.int8)
        self.stood = np.full((0, 0), -1, np.int64)

    def place(self, x: int, y: int, shape: tuple[int, int]) -> Place:
        """Return where the tiles (x, y) and on of a shape (rows, columns) lie in the arrays, grown when they must."""
        rows, columns = self.hashes.shape
        if x < self.x0 or y < self.y0 or x + shape[1] > self.x0 + columns or y + shape[0] > self.y0 + rows:
            self._grow(x, y, shape)
        return slice(y - self.y0, y - self.y0 + shape[0]), slice(x - self.x0, x - self.x0 + shape[1])

    def vote(self, place: Place, now: NDArray[np.uint64], seen: NDArray[np.bool_]) -> None:
        """Count a picture's tiles, where they are seen."""
        hashes, votes = self.hashes[place], self.votes[place]
        votes += np.where(now == hashes, np.int8(1), np.int8(-1)) * seen
        np.minimum(votes, MOST_VOTES, out=votes)
        beaten = votes < 0
        if beaten.any():
            hashes[beaten] = now[beaten]
            votes[beaten] = 1

    def lightened(self, place: Place, bright: NDArray[np.float32], same: NDArray[np.bool_]) -> float:
        """Return how much brighter the tiles that are the `same` are than when they were seen last; 1.0 without any.

        The brightness is kept for the next picture.
        """
        before = self.bright[place]
        both = same & (before != 0)
        was, now = before[both].sum(), bright[both].sum()
        before[same] = bright[same]
        return float(now / was) if was else 1.0

    def rename(self, tiles: Mapping[int, int]) -> None:
        """Replace tiles by others wherever they are."""
        for tile, other in tiles.items():
            self.hashes[self.hashes == np.uint64(tile)] = other

    def _grow(self, x: int, y: int, shape: tuple[int, int]) -> None:
        rows, columns = self.hashes.shape
        if not self.hashes.size:
            self.x0, self.y0 = x, y
        left, top = min(x, self.x0) // _GROW * _GROW, min(y, self.y0) // _GROW * _GROW
        right, bottom = max(x + shape[1], self.x0 + columns), max(y + shape[0], self.y0 + rows)
        size = (-(-(bottom - top) // _GROW) * _GROW, -(-(right - left) // _GROW) * _GROW)
        place = (slice(self.y0 - top, self.y0 - top + rows), slice(self.x0 - left, self.x0 - left + columns))
        for name, empty in (("hashes", 0), ("last", 0), ("bright", 0), ("votes", 0), ("stood", -1)):
            old = getattr(self, name)
            grown = np.full(size, empty, old.dtype)
            grown[place] = old
            setattr(self, name, grown)
        self.x0, self.y0 = left, top
