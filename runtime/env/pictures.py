"""Frames as an agent sees them: RGB or luma, brought to a size by averaging areas."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import Raw, RgbPainter, pixel_format, to_rgb

#: ITU-R BT.601, luma of red, green and blue.
_LUMA = np.array((0.299, 0.587, 0.114), np.float32)


class Pictures:
    """Writes native frames of one pixel format as pictures.

    Attributes:
        shape: (height, width, channels) of a picture.
    """

    def __init__(self, format_name: str, size: tuple[int, int], *, grayscale: bool, resize: tuple[int, int] | None):
        """Describe the pictures.

        Args:
            format_name: Of runtime.pixels.FORMATS.
            size: (height, width) of the console's frames.
            grayscale: One channel in place of three.
            resize: (height, width) of a picture; None for the frames' own.
        """
        self.shape = (*(resize or size), 1 if grayscale else 3)
        self._format, self._grayscale = format_name, grayscale
        self._painter = RgbPainter()
        self._coloured = np.empty((0, 0, self.shape[2]), np.uint8)

    def paint(self, raw: Raw, out: NDArray[np.uint8]) -> None:
        """Write a native frame (H, W) into `out`, (height, width, channels); any H and W are brought to its size."""
        if raw.shape == self.shape[:2]:
            self._colour(raw, out)
            return
        if self._coloured.shape[:2] != raw.shape:
            self._coloured = np.empty((*raw.shape, self.shape[2]), np.uint8)
        self._colour(raw, self._coloured)
        resize_by_area(self._coloured, out)

    def _colour(self, raw: Raw, out: NDArray[np.uint8]) -> None:
        if not self._grayscale:
            self._painter.paint(raw, self._format, out)
        elif pixel_format(self._format).dtype.itemsize == 2:
            np.take(_luma_table(self._format), raw, out=out[..., 0], mode="clip")  # "clip" only spares the check
        else:
            out[..., 0] = _luma(to_rgb(raw, self._format))


def resize_by_area(picture: NDArray[np.uint8], out: NDArray[np.uint8]) -> None:
    """Write a picture (H, W, C) in the size of `out` (h, w, C): each pixel is the mean of the area that it covers."""
    rows = _means(picture.astype(np.float32), out.shape[0])
    columns = _means(np.ascontiguousarray(rows.swapaxes(0, 1)), out.shape[1])
    np.copyto(out, (columns.swapaxes(0, 1) + 0.5).astype(np.uint8))


def _means(values: NDArray[np.float32], parts: int) -> NDArray[np.float32]:
    """Return the means of `parts` equal stretches of the first axis; a stretch may begin and end within an element.

    The sum up to an edge is the sum up to the element that it lies in and a part of that one. Sums of 8-bit values over
    any console's lines stay below 2^24, where float32 is exact.
    """
    below, part = _edges(len(values), parts)
    part = part.reshape(-1, *(1,) * (values.ndim - 1))
    sums = np.zeros((len(values) + 1, *values.shape[1:]), np.float32)
    np.cumsum(values, axis=0, out=sums[1:])
    inside = values[np.minimum(below, len(values) - 1)]
    upto = sums[below] + part * inside
    means: NDArray[np.float32] = (upto[1:] - upto[:-1]) * np.float32(parts / len(values))
    return means


@cache
def _edges(length: int, parts: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the element that each of `parts + 1` edges lies in, and how far into it."""
    ends = np.arange(parts + 1) * length  # in 1 / parts of an element: exact
    return (ends // parts).astype(np.intp), (ends % parts / parts).astype(np.float32)


def _luma(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return (rgb @ _LUMA + np.float32(0.5)).astype(np.uint8)


@cache
def _luma_table(format_name: str) -> NDArray[np.uint8]:
    """Return the luma of each of the 65,536 native values."""
    values = np.arange(1 << 16, dtype=pixel_format(format_name).dtype).reshape(256, 256)
    return _luma(to_rgb(values, format_name)).ravel()
