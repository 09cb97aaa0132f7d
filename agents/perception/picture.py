"""One frame in the form in which tiles are read: a number for each pixel's colour, and its parts by a table."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from runtime.pixels import Raw, Rgb, pixel_format, to_rgb

#: Bits between red, green and blue in a packed colour: sums of a 16x16 cell (256 * 255) stay apart.
_APART = 20

#: gba565 has a bit of padding that is no colour (runtime.pixels).
_GBA565_COLOUR = 0xFFDF


@dataclass(frozen=True)
class Picture:
    """A frame.

    Attributes:
        codes: (H, W) numbers, equal where the colour is.
        packed: (H, W) uint64, red + green << 20 + blue << 40, so that one sum adds up three colours.
    """

    codes: NDArray[np.unsignedinteger[Any]]
    packed: NDArray[np.uint64]

    @classmethod
    def of_raw(cls, raw: Raw, format_name: str) -> "Picture":
        """Read native pixels (H, W).

        Raises:
            WireError: The pixel format is unknown.
        """
        if pixel_format(format_name).dtype.itemsize == 4:
            return cls.of_rgb(to_rgb(raw, format_name))
        codes = raw & np.uint16(_GBA565_COLOUR) if format_name == "gba565" else raw
        return cls(codes, np.take(_packed_table(format_name), codes, mode="clip"))

    @classmethod
    def of_rgb(cls, rgb: Rgb) -> "Picture":
        """Read RGB (H, W, 3) uint8.

        Raises:
            UsageError: It has another shape or type.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise UsageError(f"a picture of shape {rgb.shape}, {rgb.dtype}: allowed is (H, W, 3) uint8")
        packed = rgb[..., 2].astype(np.uint64)
        for colour in (1, 0):
            packed <<= np.uint64(_APART)
            packed += rgb[..., colour]
        return cls(packed, packed)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.codes.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.codes.shape[1])


def unpack(packed: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Return packed colours or sums of them as (..., 3) float32: red, green, blue."""
    mask = np.uint64((1 << _APART) - 1)
    return np.stack([packed >> np.uint64(_APART * i) & mask for i in range(3)], axis=-1).astype(np.float32)


@cache
def _packed_table(format_name: str) -> NDArray[np.uint64]:
    """Return the packed colour of each of the 65,536 native values."""
    values = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    return Picture.of_rgb(to_rgb(values, format_name)).packed.ravel()
