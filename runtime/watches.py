"""The watches of game.toml, read out of memory: `memory image → values`."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from runtime.game import POINTER_BYTES, TYPES, Watch, holds
from runtime.wire import Region, Scalar

#: Returns where the value lies in an image; None while that is outside of it.
_Place = Callable[[memoryview], int | None]

#: Returns the value, None while there is none.
_Read = Callable[[memoryview], int | None]


class WatchReader:
    """Reads watches out of a memory image whose regions lie end to end, padded to 8 bytes (`runtime.memory_codec`).

    Watches that these regions do not hold are left out.
    """

    def __init__(self, watches: tuple[Watch, ...], regions: tuple[Region, ...]) -> None:
        self._scalars: list[tuple[str, Callable[..., tuple[Any, ...]], int]] = []
        self._others: list[tuple[str, _Read]] = []
        self._arrays: dict[str, tuple[Watch, _Place]] = {}
        for watch in watches:
            offset = image_offset(watch.address, watch.spans[0][1], regions)
            if offset is None:
                continue
            if watch.shape:
                self._arrays[watch.name] = (watch, _place(watch, regions))
            elif watch.pointer is None and watch.xor_pointer is None and not watch.mask and watch.type != "bcd3":
                self._scalars.append((watch.name, struct.Struct(TYPES[watch.type]).unpack_from, offset))
            else:
                self._others.append((watch.name, _read(watch, regions)))

    def values(self, image: NDArray[np.uint8]) -> dict[str, Scalar]:
        """Return the scalar watches' values; one that has none now, such as behind a wild pointer, is left out."""
        buffer = image.data
        values: dict[str, Scalar] = {name: unpack(buffer, offset)[0] for name, unpack, offset in self._scalars}
        for name, read in self._others:
            if (value := read(buffer)) is not None:
                values[name] = value
        return values

    def array(self, image: NDArray[np.uint8], name: str) -> NDArray[Any]:
        """Return an array watch, of its shape and type, read-only.

        Raises:
            UsageError: There is no such array watch, or its pointer leads outside the published memory now.
        """
        if name not in self._arrays:
            raise UsageError(f"no array watch {name!r}; there are {', '.join(self._arrays) or 'none'}")
        watch, place = self._arrays[name]
        offset = place(image.data)
        if offset is None:
            raise UsageError(f"array watch {name!r}: its pointer leads outside the published memory")
        array = image[offset : offset + watch.size].view(np.dtype(TYPES[watch.type])).reshape(watch.shape)
        array.flags.writeable = False
        return array


def image_offset(address: int, size: int, regions: tuple[Region, ...]) -> int | None:
    """Return where `size` bytes at a bus address lie in the image of these regions; None when no region holds them."""
    at = 0
    for region in regions:
        if holds(region, address, size):
            return at + address - region.address
        at += -(-region.size // 8) * 8
    return None


def _place(watch: Watch, regions: tuple[Region, ...]) -> _Place:
    if watch.pointer is not None:
        return _pointed(watch.pointer, watch.offset or 0, watch.size, regions)
    offset = image_offset(watch.address, watch.size, regions)
    return lambda _: offset


def _pointed(pointer: int, offset: int, size: int, regions: tuple[Region, ...]) -> _Place:
    at = image_offset(pointer, POINTER_BYTES, regions)

    def place(buffer: memoryview) -> int | None:
        if at is None:
            return None
        return image_offset(int.from_bytes(buffer[at : at + POINTER_BYTES], "little") + offset, size, regions)

    return place


def _read(watch: Watch, regions: tuple[Region, ...]) -> _Read:
    """Return what reads a watch that is more than bytes at a place."""
    place = _place(watch, regions)
    key_place = None
    if watch.xor_pointer is not None:
        key_place = _pointed(watch.xor_pointer, watch.xor_offset or 0, watch.size, regions)
    unpack = struct.Struct(TYPES[watch.type]).unpack_from
    down = (watch.mask & -watch.mask).bit_length() - 1 if watch.mask else 0

    def read(buffer: memoryview) -> int | None:
        at = place(buffer)
        if at is None:
            return None
        value = unpack(buffer, at)[0]
        if isinstance(value, bytes):
            digits = value.hex()
            return int(digits) if digits.isdecimal() else None
        if key_place is not None:
            key_at = key_place(buffer)
            if key_at is None:
                return None
            value ^= unpack(buffer, key_at)[0]
        return int(value & watch.mask) >> down if watch.mask else int(value)

    return read
