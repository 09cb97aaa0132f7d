"""Tiles of 8x8 pixels: cut out of a frame at any offset, and hashed all at once.

A hash tells a tile's drawing and what colour prevails, not its colours: it is made of which neighbouring pixels are
alike. So it mostly stays the same when a palette turns and when an area has another light.
"""

import numpy as np
from numpy.typing import NDArray

from agents.perception.picture import Picture, unpack

#: Side of a tile, pixels (requirement C5.2), and of a cell, which is 2x2 tiles.
TILE, CELL = 8, 16

#: Pairs of pixels that are compared, as (down, right). They tell enough: on walks through both cartridges 99.9 % of the
#: cells whose look was tried were told rightly (tests/emulator/test_eyes.py).
_PAIRS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))

#: splitmix64's constants (Steele, Lea, Flood, 2014, doi:10.1145/2660193.2660195).
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)

#: A colour prevails by this much of 255, as a mean over a tile; below it the tile counts as grey.
_HUE_APART = 12.0

#: A tile whose strongest colour is below this on the mean, of 255, counts as dark.
_BRIGHT = 72.0


def mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return each word scrambled, so that near ones come far apart (splitmix64's finish)."""
    words = (words ^ (words >> np.uint64(30))) * _MIX_1
    words = (words ^ (words >> np.uint64(27))) * _MIX_2
    return words ^ (words >> np.uint64(31))


def cut(array: NDArray[np.generic], side: int, offset: tuple[int, int] = (0, 0)) -> NDArray[np.generic]:
    """Return the whole squares of a picture (H, W), as a view (rows, columns, side, side).

    Args:
        array: One number a pixel.
        side: Of a square, pixels.
        offset: Pixel (x, y) of the first square's corner.
    """
    x, y = offset
    rows, columns = (array.shape[0] - y) // side, (array.shape[1] - x) // side
    region = array[y : y + rows * side, x : x + columns * side]
    return region.reshape(rows, side, columns, side).swapaxes(1, 2)


def tile_hashes(
    picture: Picture, offset: tuple[int, int] = (0, 0), colours: NDArray[np.float32] | None = None
) -> NDArray[np.uint64]:
    """Return a hash of each whole tile, (rows, columns).

    Args:
        picture: The frame.
        offset: Pixel (x, y) of the first tile's corner.
        colours: Of `tile_colours` with the same offset, if they are there.
    """
    x, y = offset
    codes = picture.codes
    rows, columns = (picture.height - y) // TILE, (picture.width - x) // TILE
    hashes = _tint(tile_colours(picture, offset) if colours is None else colours)
    alike = np.zeros((rows * TILE, columns * TILE), np.bool_)
    region = codes[y : y + rows * TILE, x : x + columns * TILE]
    for (down, right), inside in zip(_PAIRS, _INSIDE, strict=True):
        left, over = max(0, -right), max(0, right)
        first = region[: region.shape[0] - down, left : region.shape[1] - over]
        second = region[down:, left + right : region.shape[1] - over + right]
        np.equal(first, second, out=alike[: first.shape[0], left : left + first.shape[1]])
        # Eight pixels of a row are one byte, eight rows one word: a tile's answers to one pair.
        packed = np.packbits(alike, axis=1).reshape(rows, TILE, columns)
        words = np.ascontiguousarray(packed.swapaxes(1, 2)).view("<u8")[..., 0]
        hashes = hashes * _MIX_1 + (words & inside)
    return mixed(hashes)


def tile_colours(picture: Picture, offset: tuple[int, int] = (0, 0)) -> NDArray[np.float32]:
    """Return the mean colour of each whole tile, (rows, columns, 3): red, green, blue, of 255."""
    x, y = offset
    rows, columns = (picture.height - y) // TILE, (picture.width - x) // TILE
    region = picture.packed[y : y + rows * TILE, x : x + columns * TILE]
    down = np.add.reduce(region.reshape(rows, TILE, columns * TILE), axis=1)
    sums: NDArray[np.uint64] = np.add.reduceat(down, np.arange(0, columns * TILE, TILE), axis=1)
    return unpack(sums) / np.float32(TILE * TILE)


def cell_looks(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the signature of each cell of 2x2 tiles, (rows // 2, columns // 2); none is 0."""
    rows, columns = hashes.shape[0] // 2 * 2, hashes.shape[1] // 2 * 2
    looks = np.zeros((rows // 2, columns // 2), np.uint64)
    for row in range(2):
        for column in range(2):
            looks = looks * _MIX_2 + hashes[row:rows:2, column:columns:2]
    return np.maximum(mixed(looks), np.uint64(1))


def _tint(colours: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return which colour prevails in each tile, 0 grey, 1 red, 2 green, 3 blue, and 4 more for a dark one."""
    brightest = colours.max(axis=-1)
    grey = brightest - colours.min(axis=-1) < _HUE_APART
    tints: NDArray[np.uint64] = np.where(grey, 0, colours.argmax(axis=-1) + 1).astype(np.uint64)
    tints += 4 * (brightest < _BRIGHT).astype(np.uint64)
    return tints


def _inside(down: int, right: int) -> np.uint64:
    """Return the bits of a tile's word whose partner lies in the same tile."""
    there = np.zeros((TILE, TILE), np.bool_)
    left, over = max(0, -right), max(0, right)
    there[: TILE - down, left : TILE - over] = True
    return np.uint64(np.packbits(there, axis=1).ravel().view("<u8")[0])


_INSIDE = tuple(_inside(down, right) for down, right in _PAIRS)
