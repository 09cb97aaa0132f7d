"""All memory regions end to end in one image, and which of its words the emulator has changed.

The image is the regions in their order, each followed by zeros up to a multiple of 8 bytes, so that words of 8 bytes
are compared where they lie, and only the changed ones copied.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.wire import Region

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

#: Bytes of a word.
WORD = 8

#: Changed words of a region up to which Python has compared their bytes before numpy is even called for them, and
#: changed bytes up to which a list is read sooner than an array. Most frames of a game change 2 to 11 words.
_FEW_WORDS, FEW_BYTES = 6, 64


class Changes(NamedTuple):
    """The bytes that changed: where they lie in the image, ascending, and what they hold; a list where they are few."""

    offsets: list[int] | NDArray[np.int64]
    data: bytes


NO_CHANGES = Changes([], b"")


class MemoryImage:
    """An image that follows an emulator's memory."""

    def __init__(self, regions: tuple[Region, ...]) -> None:
        """Begin with zeros."""
        self.image = empty_image(regions)
        self._words = self.image.view(np.uint64)
        self._parts = [
            _Part(region.name, offset, self._words[offset // WORD : (offset + region.size + WORD - 1) // WORD])
            for region, offset in zip(regions, region_offsets(regions), strict=True)
        ]

    def take(self, memory: Mapping[str, Bytes]) -> Changes:
        """Bring the image up to date, `memory` maps region names to (size,) uint8; return what changed."""
        changes = NO_CHANGES
        for part in self._parts:
            its = part.take(memory[part.name])
            if its.data:
                changes = _together(changes, its) if changes.data else its
        return changes

    def put(self, changes: Changes) -> None:
        """Bring the image up to date by what is known to have changed."""
        if isinstance(changes.offsets, list):
            access = self.image.data
            for offset, byte in zip(changes.offsets, changes.data, strict=True):
                access[offset] = byte
        else:
            self.image[changes.offsets] = np.frombuffer(changes.data, dtype=np.uint8)

    def follow(self, image: Bytes, offsets: Iterable[int] | None) -> Changes:
        """Bring this image up to another one that differs at most in the bytes at `offsets`; None: anywhere."""
        if offsets is None:
            differing = np.flatnonzero(self.image != image)
        else:
            maybe = np.array(sorted(offsets), dtype=np.int64)
            differing = maybe[self.image[maybe] != image[maybe]]
        after = image[differing]
        self.image[differing] = after
        return _changes(differing, after)


class _Part:
    """One region's words in the image."""

    def __init__(self, name: str, first: int, words: Words) -> None:
        self.name = name
        self._first, self._words = first, words
        self._access = words.data  # a memoryview reads a word in 50 ns, numpy in 140
        self._differs = np.zeros(words.size, dtype=np.bool_)
        self._seen: Bytes | None = None  # the emulator's array that `_live` shows
        self._live: Words = words[:0]

    def take(self, region: Bytes) -> Changes:
        """Bring the image up to date; return what changed."""
        if region is not self._seen:
            self._live = as_words(region)
            self._seen = region if np.may_share_memory(self._live, region) else None
        np.not_equal(self._live, self._words, out=self._differs)
        places = self._differs.nonzero()[0]
        if places.size > _FEW_WORDS:
            after = self._live[places]
            new = after.view(np.uint8)
            changed = (self._words[places].view(np.uint8) != new).nonzero()[0]
            self._words[places] = after
            return _changes(places[changed // WORD] * WORD + changed % WORD + self._first, new[changed])
        return self._take_few(places.tolist()) if places.size else NO_CHANGES

    def _take_few(self, places: list[int]) -> Changes:
        live, words = self._live.data, self._access
        offsets: list[int] = []
        data = bytearray()
        for place in places:
            before, after = words[place], live[place]
            words[place] = after
            at = self._first + place * WORD
            both = zip((before ^ after).to_bytes(WORD, sys.byteorder), after.to_bytes(WORD, sys.byteorder), strict=True)
            for i, (differs, byte) in enumerate(both, at):
                if differs:
                    offsets.append(i)
                    data.append(byte)
        return Changes(offsets, bytes(data))


def empty_image(regions: tuple[Region, ...]) -> Bytes:
    """Return an image of zeros."""
    return np.zeros(image_size(regions), dtype=np.uint8)


def fill_image(image: Bytes, regions: tuple[Region, ...], memory: Mapping[str, Bytes]) -> None:
    """Lay memory, region names to (size,) uint8, into an image."""
    for region, offset in zip(regions, region_offsets(regions), strict=True):
        image[offset : offset + region.size] = memory[region.name]


def memory_image(regions: tuple[Region, ...], memory: Mapping[str, Bytes]) -> Bytes:
    """Return a copy of all regions end to end, each padded to 8 bytes, as messages lay them out."""
    image = empty_image(regions)
    fill_image(image, regions, memory)
    return image


def region_offsets(regions: tuple[Region, ...]) -> tuple[int, ...]:
    """Return where each region begins in the image, bytes."""
    offsets, at = [], 0
    for region in regions:
        offsets.append(at)
        at += -(-region.size // WORD) * WORD
    return tuple(offsets)


def image_size(regions: tuple[Region, ...]) -> int:
    """Return the image's bytes."""
    return sum(-(-region.size // WORD) * WORD for region in regions)


def as_words(region: Bytes) -> Words:
    """Return a region as words, with zeros after its end where it has no multiple of 8; a view where that can be."""
    if region.size % WORD:
        region = np.concatenate((region, np.zeros(-region.size % WORD, dtype=np.uint8)))
    return np.ascontiguousarray(region).view(np.uint64)


def _changes(offsets: NDArray[np.int64], after: Bytes) -> Changes:
    return Changes(offsets.tolist() if offsets.size <= FEW_BYTES else offsets, after.tobytes())


def _together(first: Changes, second: Changes) -> Changes:
    data = first.data + second.data
    if isinstance(first.offsets, list) and isinstance(second.offsets, list):
        return Changes(first.offsets + second.offsets, data)
    return Changes(np.concatenate((np.array(first.offsets), np.array(second.offsets))), data)
