"""The watches of game.toml, read out of memory: `memory image → values`."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from runtime.game import POINTER_BYTES, TYPES, Watch, holds
from runtime.memory_image import Changes, region_offsets
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
        self._by_byte: dict[int, dict[str, _Read]] = {}  # what lies in each byte of the image
        self._moving: dict[str, _Read] = {}  # what lies wherever a pointer leads
        self._last: dict[str, Scalar] = {}
        for watch in watches:
            offset = image_offset(watch.address, watch.spans[0][1], regions)
            if offset is None:
                continue
            if watch.shape:
                self._arrays[watch.name] = (watch, _place(watch, regions))
                continue
            read = _read(watch, regions)
            moves = watch.pointer is not None or watch.xor_pointer is not None
            if not moves and not watch.mask and watch.type != "bcd3":
                self._scalars.append((watch.name, struct.Struct(TYPES[watch.type]).unpack_from, offset))
            else:
                self._others.append((watch.name, read))
            if moves:
                self._moving[watch.name] = read
            else:
                for byte in range(offset, offset + watch.size):
                    self._by_byte.setdefault(byte, {})[watch.name] = read

    def values(self, image: NDArray[np.uint8]) -> dict[str, Scalar]:
        """Return the scalar watches' values; one that has none now, such as behind a wild pointer, is left out."""
        buffer = image.data
        values: dict[str, Scalar] = {name: unpack(buffer, offset)[0] for name, unpack, offset in self._scalars}
        for name, read in self._others:
            if (value := read(buffer)) is not None:
                values[name] = value
        return values

    def follow(self, image: NDArray[np.uint8], changes: Changes) -> dict[str, Scalar]:
        """Return what `values` does, given what changed since the last call; most of it need not be read again.

        It must be left as it is: the next call may return it again.
        """
        if not self._last or not isinstance(changes.offsets, list):
            self._last = self.values(image)
            return self._last
        touched = self._moving.copy() if changes.data else {}
        for offset in changes.offsets:
            if offset in self._by_byte:
                touched |= self._by_byte[offset]
        if not touched:
            return self._last
        buffer = image.data
        values = self._last.copy()
        for name, read in touched.items():
            value = read(buffer)
            if (value is None) != (name not in values):
                self._last = self.values(image)  # in the order of the watches, as ever
                return self._last
            if value is not None:
                values[name] = value
        self._last = values
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
    for region, start in zip(regions, region_offsets(regions), strict=True):
        if holds(region, address, size):
            return start + address - region.address
    return None


def _place(watch: Watch, regions: tuple[Region, ...]) -> _Place:
    if watch.pointer is not None:
        return _pointed(watch.pointer, watch.offset or 0, watch.size, regions)
    offset = image_offset(watch.address, watch.size, regions)
    return lambda _: offset


def _pointed(pointer: int, offset: int, size: int, regions: tuple[Region, ...]) -> _Place:
    at = image_offset(pointer, POINTER_BYTES, regions)
    if at is None:
        return lambda _: None
    unpack = struct.Struct("<I").unpack_from
    # Where a value of this size may begin, and how far from there to its place in the image: a lookup on every frame.
    spans = [
        (r.address, r.address + r.size - size, start - r.address)
        for r, start in zip(regions, region_offsets(regions), strict=True)
    ]

    def place(buffer: memoryview) -> int | None:
        to = unpack(buffer, at)[0] + offset
        for first, last, shift in spans:
            if first <= to <= last:
                return int(to + shift)
        return None

    return place


def _read(watch: Watch, regions: tuple[Region, ...]) -> _Read:
    """Return what reads a watch that is more than bytes at a place."""
    unpack = struct.Struct(TYPES[watch.type]).unpack_from
    place = _place(watch, regions)
    key_place = None
    if watch.xor_pointer is not None:
        key_place = _pointed(watch.xor_pointer, watch.xor_offset or 0, watch.size, regions)
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
