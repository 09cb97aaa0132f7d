"""The grid's offset from the picture alone: where tiles are cut whole, the fewest different ones are found.

All windows of 8x8 pixels are hashed at once, by a sum that is built from halves; then the distinct ones are counted for
each of the 64 offsets, and for the four ways to join tiles to cells.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.perception.tiles import CELL, TILE

#: Odd numbers by which halves of a window are multiplied before they are added: 1, 2, 4 pixels across, then down
#: (golden-ratio multiples, Knuth, TAOCP 3, 6.4).
_STEPS = (1, 2, 4)
_ACROSS = tuple(np.uint32(0x9E3779B1 * (2 * i + 1) & 0xFFFFFFFF) for i in range(3))
_DOWN = tuple(np.uint32(0x85EBCA6B * (2 * i + 1) & 0xFFFFFFFF) for i in range(3))

Windows = NDArray[np.uint32]  # (H - 7, W - 7): a hash of the 8x8 pixels from each one on


def window_hashes(codes: NDArray[np.unsignedinteger[Any]]) -> Windows:
    """Return a hash of every 8x8 window of a picture (H, W)."""
    sums = codes.astype(np.uint32) if codes.itemsize <= 4 else _folded(codes)
    sums = (sums + np.uint32(1)) * np.uint32(0xC2B2AE35)
    for step, factor in zip(_STEPS, _ACROSS, strict=True):
        sums = sums[:, :-step] * factor + sums[:, step:]
    for step, factor in zip(_STEPS, _DOWN, strict=True):
        sums = sums[:-step] * factor + sums[step:]
    return sums


def tile_offset(codes: NDArray[np.unsignedinteger[Any]], top: int = 0) -> tuple[int, int]:
    """Return the screen pixel (x, y) of the first whole tile, each 0 to 7.

    Args:
        codes: The picture, (H, W), equal numbers where the colour is.
        top: Rows that a status line covers.
    """
    return _tile_offset(window_hashes(codes[top:]), top)


def cell_offset(codes: NDArray[np.unsignedinteger[Any]], top: int = 0) -> tuple[int, int]:
    """Return the screen pixel (x, y) of the first whole cell of 2x2 tiles, each 0 to 15; see `tile_offset`."""
    windows = window_hashes(codes[top:])
    x, y = _tile_offset(windows, top)
    first = (y - top) % TILE
    tiles = windows[first::TILE, x::TILE]
    fewest, best = 1 << 30, (0, 0)
    for row in range(2):
        for column in range(2):
            cells = _cells(tiles[row:, column:])
            distinct = len(np.unique(cells)) * 1000 // cells.size
            if distinct < fewest:
                fewest, best = distinct, (column, row)
    return (x + best[0] * TILE) % CELL, (top + first + best[1] * TILE) % CELL


def _tile_offset(windows: Windows, top: int) -> tuple[int, int]:
    rows, columns = windows.shape[0] // TILE, windows.shape[1] // TILE
    classes = windows[: rows * TILE, : columns * TILE].reshape(rows, TILE, columns, TILE)
    each = np.sort(classes.transpose(1, 3, 0, 2).reshape(TILE * TILE, -1), axis=1)
    distinct = (each[:, 1:] != each[:, :-1]).sum(axis=1)
    y, x = divmod(int(distinct.argmin()), TILE)
    return x, (y + top) % TILE


def _folded(codes: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.uint32]:
    """Return 64-bit numbers as 32-bit ones, of which two are hardly ever the same by chance."""
    return (codes * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)).astype(np.uint32)


def _cells(tiles: NDArray[np.uint32]) -> NDArray[np.uint32]:
    rows, columns = tiles.shape[0] // 2 * 2, tiles.shape[1] // 2 * 2
    cells = np.zeros((rows // 2, columns // 2), np.uint32)
    for row in range(2):
        for column in range(2):
            cells = cells * _ACROSS[1] + tiles[row:rows:2, column:columns:2]
    return cells
