"""What a cell looks like as a short vector, so that what was learnt of one look is guessed of those that resemble it.

Half of it is drawing (bright and dark parts, contrast taken out; where it is busy), half colour. All parts are scaled
to a similar spread, so that the plain distance between two vectors says how alike two looks are.
"""

import numpy as np
from numpy.typing import NDArray

from agents.perception.picture import Picture, unpack
from agents.perception.tiles import CELL

#: Numbers in a descriptor.
SIZE = 48

#: Brightness of a colour (ITU-R BT.601).
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)

#: Added to a cell's contrast before dividing by it: what is nearly flat stays nearly flat.
_FLAT = 8.0

#: Weights of the groups. Chosen on walks through Emberwood so that looks of one area are guessed best from the others:
#: 0.92 of the cells right, 0.84 with groups of about equal weight (November 2026). How much the colours vary within a
#: cell tells most.
_DRAWING, _BUSY, _EDGES, _MEAN, _SPREAD, _QUARTERS = 0.35, 0.7, 0.6, 4.0, 12.0, 0.3

#: Where the mean colour lies in a descriptor: brightness, red - green, blue - yellow.
_MEAN_AT = slice(34, 37)


def describe(picture: Picture, corners: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the descriptor of each 16x16 cell, (N, SIZE).

    Args:
        picture: The frame.
        corners: (N, 2) pixels (x, y) of the cells' upper left corners; the cells lie inside the frame.
    """
    within = np.arange(CELL)
    rows = corners[:, 1, None, None] + within[None, :, None]
    columns = corners[:, 0, None, None] + within[None, None, :]
    return _describe(unpack(picture.packed[rows, columns]))


def mean_colour(descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean colour of the cells described, (N, 3): brightness, red - green, blue - yellow, 1 for the most."""
    colour: NDArray[np.float32] = descriptors[:, _MEAN_AT] / np.float32(_MEAN)
    return colour


def _describe(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the descriptors of cells (N, 16, 16, 3) RGB."""
    count = len(colours)
    luma = colours @ _LUMA
    mean = luma.mean(axis=(1, 2))
    contrast = luma.std(axis=(1, 2)) + _FLAT
    flat = (luma - mean[:, None, None]) / contrast[:, None, None]
    blocks = flat.reshape(count, 4, 4, 4, 4)
    drawing = blocks.mean(axis=(2, 4)).reshape(count, 16)
    busy = blocks.std(axis=(2, 4)).reshape(count, 16)
    edges = np.stack([np.abs(np.diff(luma, axis=axis)).mean(axis=(1, 2)) for axis in (2, 1)], axis=1) / 32
    red_green = (colours[..., 0] - colours[..., 1]) / 255
    blue_yellow = (colours[..., 2] - (colours[..., 0] + colours[..., 1]) / 2) / 255
    planes = np.stack([luma / 255, red_green, blue_yellow], axis=1)
    means, spreads = planes.mean(axis=(2, 3)), planes.std(axis=(2, 3))
    quarters = planes[:, 1:].reshape(count, 2, 2, 8, 2, 8).mean(axis=(3, 5)).reshape(count, 8)
    parts = (
        *(drawing * _DRAWING, busy * _BUSY, edges * _EDGES),
        *(means * _MEAN, spreads * _SPREAD, quarters * _QUARTERS),
    )
    return np.concatenate(parts, axis=1).astype(np.float32)
