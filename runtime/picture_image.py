"""The last picture, and which of its pixels the emulator has changed, in units of 8 bytes where that can be."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import Raw

#: Places of units, ascending.
Places = NDArray[np.int64]
Units = NDArray[Any]

#: Pictures of which this part or less changed are taken unit by unit: to look up the colours of a whole GBA picture
#: takes 30 µs, of an eighth 9.
_FEW_PART = 8

_UNIT_BYTES = 8


class PictureImage:
    """A copy that follows an emulator's picture."""

    def __init__(self) -> None:
        self._units: Units = np.zeros(0, dtype=np.uint64)
        self._differs: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self._shape: tuple[int, ...] = ()
        self._seen: Raw | None = None  # the emulator's array that `_now` shows
        self._now: Units = self._units

    def forget(self) -> None:
        """Compare the next picture with none."""
        self._shape = ()

    def take(self, pixels: Raw) -> Places | None:
        """Take the next picture, (H, W) and contiguous; return the units that it changed, None where all may have."""
        if pixels is not self._seen:
            self._seen, self._now = pixels, units_of(pixels)
        units = self._now
        if pixels.shape != self._shape or (units.size, units.dtype) != (self._units.size, self._units.dtype):
            self._shape, self._units = pixels.shape, units.copy()
            self._differs = np.empty(units.size, dtype=np.bool_)
            return None
        np.not_equal(units, self._units, out=self._differs)
        places = self._differs.nonzero()[0]
        if are_few(places, units):
            self._units[places] = units[places]
        else:
            np.copyto(self._units, units)
        return places


def units_of(pixels: Raw) -> Units:
    """Return a view of a contiguous picture as units: of 8 bytes, or pixels where those do not fit."""
    flat = pixels.reshape(-1)
    return flat if pixels.nbytes % _UNIT_BYTES else flat.view(np.uint64)


def are_few(places: Places, units: Units) -> bool:
    """Return whether these are so few of all units that they are handled sooner on their own."""
    return places.size <= units.size // _FEW_PART
