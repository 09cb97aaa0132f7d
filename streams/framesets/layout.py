"""Where words lie: regions end to end in one image, their addresses, and the five chunks of each region.

A frame set is 5 consecutive frames, numbered from 0: frame `f` is in set `f // 5`. Each region has 5 chunks of
`ceil(size / 5)` bytes rounded up to 4 (GBA: IWRAM 6,556 bytes, EWRAM 52,432), the last clipped to the region; chunk ids
are 0 to 4.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.console import CONSOLES
from runtime.errors import WireError
from runtime.wire import Region

FRAMES_PER_SET = 5
CHUNKS = 5

#: Bytes of a word; every compared word is aligned to it.
WORD = 4

#: The regions of the rommer collector, in its order. GBATEK, "GBA Memory Map".
GBA_REGIONS: tuple[Region, ...] = tuple(
    Region(area.name, area.address, area.size)
    for area in sorted(CONSOLES["gba"].memory, key=lambda area: area.name, reverse=True)
)

#: Regions that hold pixels, colours or sprites, by the names that emulators give them.
PIXEL_REGIONS = frozenset({"vram", "palette", "palram", "pram", "oam"})

Words = NDArray[np.uint32]


@dataclass(frozen=True)
class Part:
    """One region in the image: words `first` to `first + count`, exclusive; `address` is that of the first."""

    name: str
    address: int
    first: int
    count: int
    chunk_words: int


def chunk_bytes(size: int) -> int:
    """Return the size of a region's chunks: a fifth, rounded up to whole words."""
    fifth = -(-size // CHUNKS)
    return -(-fifth // WORD) * WORD


def set_of(frame_index: int) -> int:
    """Return the frame set that a frame belongs to."""
    return frame_index // FRAMES_PER_SET


class Layout:
    """Finds words of an image of all regions, each padded to 8 bytes (as `runtime.memory_codec` lays them)."""

    def __init__(self, regions: Sequence[Region]) -> None:
        self.regions = tuple(regions)
        self.parts: list[Part] = []
        at = 0
        for region in self.regions:
            self.parts.append(
                Part(region.name, region.address, at // WORD, -(-region.size // WORD), chunk_bytes(region.size) // WORD)
            )
            at += -(-region.size // 8) * 8
        self.image_bytes = at
        self._firsts = np.array([part.first for part in self.parts], dtype=np.int64)
        self._bases = np.array([part.address - part.first * WORD for part in self.parts], dtype=np.int64)
        self._chunk_words = np.array([part.chunk_words for part in self.parts], dtype=np.int64)

    @property
    def words(self) -> int:
        """Words in the image, padding included."""
        return self.image_bytes // WORD

    def padded(self, memory: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the image of memory that lies end to end without padding, as dataset rows hold it.

        Raises:
            WireError: It is not of these regions.
        """
        if memory.size == self.image_bytes:  # no region needs padding
            return memory
        if memory.size != sum(region.size for region in self.regions):
            raise WireError(f"{memory.size} bytes are not of {self._named()}")
        image, at = np.zeros(self.image_bytes, dtype=np.uint8), 0
        for part, region in zip(self.parts, self.regions, strict=True):
            image[part.first * WORD : part.first * WORD + region.size] = memory[at : at + region.size]
            at += region.size
        return image

    def view(self, image: NDArray[np.uint8]) -> Words:
        """Return an image as (words,) little-endian uint32, without copying.

        Raises:
            WireError: The image is not of these regions.
        """
        if image.size != self.image_bytes:
            raise WireError(f"an image of {image.size} bytes is not of {self._named()}: those are {self.image_bytes}")
        return image.view("<u4")

    def region_of(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the position among `parts` of each word."""
        return np.searchsorted(self._firsts, words, side="right") - 1

    def addresses(self, words: NDArray[np.int64], regions: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return each word's bus address."""
        return (words * WORD + self._bases[regions]).astype(np.uint32)

    def chunks(self, words: NDArray[np.int64], regions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return which of its region's five chunks each word lies in."""
        return (words - self._firsts[regions]) // self._chunk_words[regions]

    def chunk(self, number: int) -> Iterator[slice]:
        """Yield where chunk `number` of each region lies in the image, in words; nothing where it is empty."""
        for part in self.parts:
            start = min(number * part.chunk_words, part.count)
            stop = min(start + part.chunk_words, part.count)
            if start < stop:
                yield slice(part.first + start, part.first + stop)

    def _named(self) -> str:
        return ", ".join(f"{region.name} {region.size}" for region in self.regions) or "no region"


def configuration(layout: Layout, scan: str) -> Mapping[str, object]:
    """Return how memory was compared, for a session's metadata."""
    return {
        "scan": scan,
        "frames_per_set": FRAMES_PER_SET,
        "chunks": CHUNKS,
        "regions": [
            {"name": r.name, "address": f"{r.address:08X}", "size": r.size, "chunk_size": chunk_bytes(r.size)}
            for r in layout.regions
        ],
    }
