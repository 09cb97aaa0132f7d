"""What stays on the screen while the ground slides under it: hearts, names, money. Learnt from the pictures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.perception.tiles import TILE

#: A tile of the screen that stayed in so large a share of the moves covers the ground.
_STAYS = 0.85

#: Moves that the first guess is worth: the outermost rows are not trusted before they were seen to slide.
_FIRST = 6.0

#: Moves after which old ones count half, so that a status line that goes away is unlearnt.
_MOST = 600.0


class StatusLine:
    """Which tiles of the screen, 8x8 pixels from its corner, never slide with the ground."""

    def __init__(self) -> None:
        self._last = np.zeros((0, 0), np.uint64)
        self._camera: tuple[int, int] | None = None
        self._stayed = np.zeros((0, 0), np.float32)
        self._moves = _FIRST
        self.covered = np.zeros((0, 0), np.bool_)  # (H // 8, W // 8)

    def look(self, codes: NDArray[np.unsignedinteger[Any]], camera: tuple[int, int]) -> None:
        """Learn from a picture (H, W) of a map, and where its camera is in the area, pixels."""
        if self._last.shape != codes.shape:
            self._begin(codes.shape)
        elif self._camera not in (None, camera):
            rows, columns = self._stayed.shape
            same = np.packbits(self._last == codes, axis=1)[: rows * TILE, :columns]
            self._stayed += (same.reshape(rows, TILE, columns) == 255).all(axis=1)
            self._moves += 1
            self.covered = self._stayed > _STAYS * self._moves
            if self._moves > _MOST:
                self._stayed /= 2
                self._moves /= 2
        self._last, self._camera = codes, camera

    @property
    def top(self) -> int:
        """Rows of pixels that it covers at the top of the screen; a tile's height before the first picture."""
        if not self.covered.size:
            return TILE
        rows = self.covered.mean(axis=1) > 0.5
        return TILE * (len(rows) if rows.all() else int(rows.argmin()))

    def jump(self) -> None:
        """Forget the last picture: the next one is of another place."""
        self._camera = None

    def _begin(self, shape: tuple[int, ...]) -> None:
        self._stayed = np.zeros((shape[0] // TILE, shape[1] // TILE), np.float32)
        self._stayed[[0, -1]] = _FIRST
        self._moves = _FIRST
        self.covered = self._stayed > 0

    def over(self, offset: tuple[int, int], shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return which tiles of a grid (rows, columns) that begins at pixel (x, y) `offset` lie under it."""
        rows = _spans(offset[1], shape[0], self.covered.shape[0])
        columns = _spans(offset[0], shape[1], self.covered.shape[1])
        first, last = self.covered[rows[0]], self.covered[rows[1]]
        rowwise = first | last
        return rowwise[:, columns[0]] | rowwise[:, columns[1]]


def _spans(offset: int, count: int, most: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and last screen tile under each tile of a grid."""
    starts = offset + np.arange(count) * TILE
    return starts // TILE, np.minimum((starts + TILE - 1) // TILE, most - 1)
