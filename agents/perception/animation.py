"""Tiles that take each other's place over time, such as water: learnt by their changing everywhere at once.

Who walks past changes one place; an animation changes every tile of its kind in sight, in the same picture, and comes
back. Tiles found so count as one: the one with the smallest hash, so that every session ends up with the same.
"""

import numpy as np
from numpy.typing import NDArray

#: Pictures in which all tiles of a kind in sight changed into the same other one, after which the two are one. Who
#: stands on the only tile of its kind and comes back there may look like this, too; nothing else shows his tiles.
_ENOUGH = 2


class Animations:
    """Which tiles are other pictures of the same."""

    def __init__(self) -> None:
        self._scores: dict[tuple[int, int], int] = {}
        self._first: dict[int, int] = {}  # tile: the one that stands for it
        self._tiles = np.zeros(0, np.uint64)  # the same, sorted, for look-up
        self._stand_ins = np.zeros(0, np.uint64)

    def canonical(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the hashes with each animated tile's replaced by the one that stands for it."""
        if not self._tiles.size:
            return hashes
        places = np.minimum(np.searchsorted(self._tiles, hashes), len(self._tiles) - 1)
        return np.where(self._tiles[places] == hashes, self._stand_ins[places], hashes)

    def learn(self, ground: NDArray[np.uint64], now: NDArray[np.uint64], changed: NDArray[np.bool_]) -> dict[int, int]:
        """Learn from one picture.

        Args:
            ground: The tiles that are known of the places in sight, (N,).
            now: What the picture shows there, (N,).
            changed: Where that is neither the ground nor what the picture before showed, (N,).

        Returns:
            What this picture changed: tile to the one that stands for it from now on.
        """
        joined: list[tuple[int, int]] = []
        for known in np.unique(ground[changed]).tolist():
            shown = now[ground == known]
            other = int(shown[0])
            if other == known or (shown != shown[0]).any():
                continue
            pair = (known, other)
            self._scores[pair] = self._scores.get(pair, 0) + 1
            if self._scores[pair] >= _ENOUGH:
                joined.append(pair)
        return self._join(joined) if joined else {}

    def _join(self, pairs: list[tuple[int, int]]) -> dict[int, int]:
        before = dict(self._first)
        for one, other in pairs:
            firsts = {self._first.get(one, one), self._first.get(other, other)}
            stands = min(firsts)
            for tile in (one, other, *(tile for tile, first in self._first.items() if first in firsts)):
                self._first[tile] = stands
        self._tiles = np.array(sorted(self._first), np.uint64)
        self._stand_ins = np.array([self._first[tile] for tile in sorted(self._first)], np.uint64)
        return {tile: first for tile, first in self._first.items() if before.get(tile, tile) != first}


def restless(ground: NDArray[np.uint64], known: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the tiles (rows, columns) that move by themselves: most of their kind in sight differ at once.

    Their neighbours are among them: the shore of a lake has corners that no other place in sight has.

    Args:
        ground: The tiles that are known.
        known: Where they are.
        other: Where the picture shows something else.
    """
    kinds, places, count = np.unique(ground[known], return_inverse=True, return_counts=True)
    differing = np.bincount(places, weights=other[known], minlength=len(kinds))
    moving = np.zeros_like(other)
    moving[known] = ((count > 1) & (2 * differing > count))[places]
    near = moving.copy()
    near[1:] |= moving[:-1]
    near[:-1] |= moving[1:]
    near[:, 1:] |= moving[:, :-1]
    near[:, :-1] |= moving[:, 1:]
    return near
