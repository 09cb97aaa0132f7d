"""How bytes are read as numbers: types, alignment, and the places where a value may lie."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from runtime.game import TYPES, holds
from runtime.memory_image import Bytes
from runtime.wire import Region

#: Types that can be searched for: those of game.toml but the one of digits.
KINDS = tuple(name for name, code in TYPES.items() if name != "bcd3" and struct.calcsize(code) <= 4)


@dataclass(frozen=True)
class Kind:
    """A type of values: `name` as in game.toml."""

    name: str

    @property
    def size(self) -> int:
        """Bytes of a value."""
        return struct.calcsize(TYPES[self.name])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type for numpy, with its byte order."""
        return np.dtype(TYPES[self.name])

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the greatest value."""
        signed, bits = self.name.startswith("s"), 8 * self.size
        return (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def decode(self, low: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return values whose bytes are the lowest `size` of each number, the first byte lowest."""
        values = low.astype(f"<u{self.size}").view(self.dtype)
        return values.astype(np.int64)

    def at(self, image: Bytes, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the values at places of an image, (n,) int64."""
        low = np.zeros(places.size, np.uint64)
        for i in range(self.size):
            low |= image[places + i].astype(np.uint64) << np.uint64(8 * i)
        return self.decode(low)


def kind_named(text: str) -> Kind:
    """Return a type by its name; `u16` and `i16` stand for `u16le` and `s16le`.

    Raises:
        UsageError: There is none.
    """
    name = text.lower()
    name = f"s{name[1:]}" if name.startswith("i") else name
    name = name if name in KINDS else f"{name}le"
    if name not in KINDS:
        raise UsageError(f"no type {text!r}; there are {', '.join(KINDS)}, and short u16, i16, u32, i32")
    return Kind(name)


def places_of(kind: Kind, regions: tuple[Region, ...], *, aligned: bool) -> NDArray[np.bool_]:
    """Return where in the image values may begin, (bytes,): within a region, if aligned at multiples of the size."""
    size = sum(-(-region.size // 8) * 8 for region in regions)
    places = np.zeros(size, np.bool_)
    at = 0
    for region in regions:
        step = kind.size if aligned else 1
        first = -region.address % step
        places[at + first : at + region.size - kind.size + 1 : step] = True
        at += -(-region.size // 8) * 8
    return places


def addresses(places: NDArray[np.int64], regions: tuple[Region, ...]) -> list[tuple[str, int]]:
    """Return (region, bus address) of places in the image."""
    starts = np.cumsum([0, *(-(-region.size // 8) * 8 for region in regions)])
    chosen = np.searchsorted(starts, places, side="right") - 1
    return [
        (regions[i].name, regions[i].address + place - int(starts[i]))
        for i, place in zip(chosen.tolist(), places.tolist(), strict=True)
    ]


def place_of(address: int, size: int, regions: tuple[Region, ...]) -> int:
    """Return where a bus address lies in the image.

    Raises:
        UsageError: No region holds these bytes.
    """
    at = 0
    for region in regions:
        if holds(region, address, size):
            return at + address - region.address
        at += -(-region.size // 8) * 8
    there = ", ".join(f"{r.name} 0x{r.address:08X}-0x{r.address + r.size - 1:08X}" for r in regions)
    raise UsageError(f"0x{address:08X} (+{size} bytes) is outside the recorded memory: {there}")
