"""Which words of memory changed from frame to frame, and how often each did of late."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from streams.framesets.layout import CHUNKS, Layout, Words

Scan = Literal["full", "chunked"]
SCANS: tuple[Scan, ...] = ("full", "chunked")

#: Frames that `freq` looks back over, the present one included (README of rommer-gba, "12-column CSV").
FREQ_WINDOW = 100


@dataclass(frozen=True)
class Changes:
    """The words that changed on one frame, by image position, which is by region and then by address.

    Attributes:
        frame_index: The frame after which they have their new values.
        words: (n,) position in the image, in words.
        before: (n,) the values before, little-endian.
        after: (n,) the values now.
        freq: (n,) on how many of the last 100 frames, this one included, the word changed; at least 1.
    """

    frame_index: int
    words: NDArray[np.int64]
    before: Words
    after: Words
    freq: NDArray[np.uint16]


class ChangeFinder:
    """Compares each frame's memory with what was seen before. Feed it the frames of one session in order.

    `full`: every word is compared with the frame before; after frames that are missing nothing is known of what came
    before, so the first frame that follows only counts as seen. `chunked`: what a collector sees that reads one fifth
    of each region a frame: on frame f only chunk f % 5 is compared, with its last reading, 5 frames earlier unless
    frames are missing.

    Memory: two images, and the positions of the changes of 100 frames.
    """

    def __init__(self, layout: Layout, scan: Scan = "full") -> None:
        self._layout, self._scan = layout, scan
        self._seen = np.zeros(layout.words, dtype="<u4")
        self._known = [False] * CHUNKS  # of each chunk whether `_seen` holds it
        self._last_index = -1
        self._counts = np.zeros(layout.words, dtype=np.uint16)
        self._window: deque[tuple[int, NDArray[np.int64]]] = deque()

    def compare(self, frame_index: int, image: NDArray[np.uint8]) -> Changes:
        """Return what changed on this frame; `image` is all regions end to end, (bytes,) uint8.

        Raises:
            WireError: The image is not of the layout's regions.
        """
        now = self._layout.view(image)
        words = self._whole(frame_index, now) if self._scan == "full" else self._chunk(frame_index % CHUNKS, now)
        before, after = self._seen[words], now[words]
        self._seen[words] = after
        self._last_index = frame_index
        return Changes(frame_index, words, before, after, self._freq(frame_index, words))

    def _whole(self, frame_index: int, now: Words) -> NDArray[np.int64]:
        if frame_index != self._last_index + 1 or not self._known[0]:
            self._seen[:] = now
            self._known[0] = True
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self._seen != now)

    def _chunk(self, number: int, now: Words) -> NDArray[np.int64]:
        found = [np.zeros(0, dtype=np.int64)]
        for where in self._layout.chunk(number):
            if self._known[number]:
                found.append(np.flatnonzero(self._seen[where] != now[where]) + where.start)
            else:
                self._seen[where] = now[where]
        self._known[number] = True
        return np.concatenate(found)

    def _freq(self, frame_index: int, words: NDArray[np.int64]) -> NDArray[np.uint16]:
        while self._window and self._window[0][0] <= frame_index - FREQ_WINDOW:
            self._counts[self._window.popleft()[1]] -= 1
        if words.size:
            self._counts[words] += 1
            self._window.append((frame_index, words))
        return self._counts[words]


def hex8(values: NDArray[np.uint32]) -> list[str]:
    """Return each value as 8 upper-case hexadecimal digits."""
    text = values.astype(">u4").tobytes().hex().upper()
    return [text[at : at + 8] for at in range(0, len(text), 8)]
