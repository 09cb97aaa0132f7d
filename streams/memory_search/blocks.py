"""Blocks: what changed in memory over some seconds, by word, so that whole arrays answer a question.

A frame's image costs 288 KB and ten minutes of them 10 GB; what changed costs 8 bytes a changed word. A block is the
image before its first frame and those changes, sorted by word and, of one word, by frame.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from runtime.errors import WireError
from runtime.memory_codec import Bytes, MemoryDecoder
from runtime.wire import MemoryDiff

#: Frames of a block; it begins at a multiple. 20 s of a busy game (1,335 changed bytes a frame, measurements.md) are
#: 1.6 million changed bytes, some 60 MB while they are sorted.
BLOCK_FRAMES = 1200

U32 = NDArray[np.uint32]

_WORD = 4


@dataclass(frozen=True)
class Changes:
    """Changes of words, sorted by word and, of one word, by frame.

    Attributes:
        image: The memory before the first of them, (bytes,) uint8.
        words: (n,) those that changed, ascending, by their place in the image.
        starts: (n,) where each word's changes begin.
        frames: (m,) the frame of each change.
        before: (m,) the values before.
        after: (m,) the values from that frame on.
    """

    image: Bytes
    words: NDArray[np.int64]
    starts: NDArray[np.int64]
    frames: NDArray[np.int64]
    before: NDArray[np.uint64]
    after: NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Block:
    """The changes of frames `first` to `last`, inclusive.

    Attributes:
        first: The first frame.
        last: The last frame.
        known_from: The first frame whose memory is known; beyond `last` when none is.
        base: The image before the first change, (bytes,) uint8: of `first - 1`, or of `known_from` where that is later.
        words: (n,) words that changed, ascending.
        counts: (n,) how often each did.
        frames: (m,) frame of each change less `first`; by word, then by frame.
        values: (m,) the word's new value, little-endian.
    """

    first: int
    last: int
    known_from: int
    base: Bytes
    words: U32
    counts: U32
    frames: NDArray[np.uint16]
    values: U32

    @property
    def nbytes(self) -> int:
        """Bytes in memory, without what is derived from them."""
        return self.base.nbytes + self.words.nbytes * 2 + self.frames.nbytes + self.values.nbytes

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each word's changes begin, (n,)."""
        return np.cumsum(self.counts, dtype=np.int64) - self.counts

    def image(self, frame_index: int) -> Bytes:
        """Return a copy of the image at the end of a frame, (bytes,) uint8; `first - 1` gives the one before."""
        image = self.base.copy()
        here = self.frames.astype(np.int64) <= frame_index - self.first
        done = np.add.reduceat(here, self.starts, dtype=np.int64) if self.words.size else np.zeros(0, np.int64)
        moved = done > 0
        image.view("<u4")[self.words[moved]] = self.values[(self.starts + done - 1)[moved]]
        return image

    def changes(self, first: int, last: int) -> Changes:
        """Return the changes of frames `first` to `last`, inclusive."""
        low, high = max(first, self.first), min(last, self.last)
        words = np.repeat(self.words.astype(np.int64), self.counts)
        frames = self.frames.astype(np.int64) + self.first
        before = np.empty(self.values.size, np.uint64)
        before[1:] = self.values[:-1]
        before[self.starts] = self.base.view("<u4")[self.words]
        after = self.values.astype(np.uint64)
        image = self.base if low == self.first else self.image(low - 1)
        if (low, high) != (self.first, self.last):
            here = (frames >= low) & (frames <= high)
            words, frames, before, after = words[here], frames[here], before[here], after[here]
        starts = np.flatnonzero(np.diff(words, prepend=-1))
        return Changes(image, words[starts], starts, frames, before, after)


class BlockMaker:
    """Makes one block of memory messages, in order."""

    def __init__(self, first: int, last: int, image: Bytes | None) -> None:
        """Begin at a frame; `image` is the memory of the frame before it, None where that is not known."""
        self._first, self._last = first, last
        self._base = None if image is None else image.copy()
        self._known_from = first if image is not None else last + 1
        self._image = None if image is None else image.copy()
        self._at = first - 1  # the frame of the image
        self._pending: list[MemoryDiff] = []
        self._events: list[tuple[U32, U32, Bytes]] = []  # frames, offsets and new bytes

    def see(self, diff: MemoryDiff) -> None:
        """Take the next frame's message.

        Raises:
            WireError: It is damaged.
        """
        if diff.whole:
            self._whole(diff)
        elif self._at != (diff.frame_index - 1 if diff.since < 0 else diff.since):
            return  # after a hole nothing is known before the next whole image
        else:
            self._pending.append(diff)
        self._at = diff.frame_index

    def finish(self) -> tuple[Block, Bytes | None]:
        """Return the block, and the image of its last frame; None where that is not known.

        Raises:
            WireError: A message is damaged.
        """
        self._flush()
        base = np.zeros(0, np.uint8) if self._base is None else self._base
        columns = [np.concatenate(column) for column in zip(*self._events, strict=True)] if self._events else []
        if columns and columns[0].size:
            words, counts, frames, values = _by_word(base, *columns)
        else:
            words, counts, values = np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint32)
            frames = np.zeros(0, np.uint32)
        block = Block(
            self._first,
            self._last,
            self._known_from,
            base,
            words,
            counts,
            (frames - np.uint32(self._first)).astype(np.uint16),
            values,
        )
        return block, self._image if self._at == self._last else None

    def _whole(self, diff: MemoryDiff) -> None:
        self._flush()
        decoder = MemoryDecoder()
        decoder.apply(diff)
        if self._image is None or self._base is None:
            self._base, self._known_from = decoder.image.copy(), diff.frame_index
        elif self._image.size != decoder.image.size:
            raise WireError(
                f"memory {diff.frame_index}: an image of {decoder.image.size} bytes after {self._image.size}"
            )
        else:
            offsets = np.flatnonzero(self._image != decoder.image)
            if offsets.size:
                frames = np.full(offsets.size, diff.frame_index, np.uint32)
                self._events.append((frames, offsets.astype(np.uint32), decoder.image[offsets]))
        self._image = decoder.image

    def _flush(self) -> None:
        """Apply what is pending to the image, all at once."""
        pending, self._pending = self._pending, []
        if not pending or self._image is None:
            return
        starts = np.frombuffer(b"".join(diff.starts for diff in pending), "<u4").astype(np.int64)
        lengths = np.frombuffer(b"".join(diff.lengths for diff in pending), "<u4").astype(np.int64)
        data = np.frombuffer(b"".join(diff.data for diff in pending), np.uint8)
        runs = [len(diff.starts) // 4 for diff in pending]
        if (
            starts.size != lengths.size
            or int(lengths.sum()) != data.size
            or (starts.size and int((starts + lengths).max()) > self._image.size)
        ):
            span = f"memory {pending[0].frame_index} to {pending[-1].frame_index}"
            raise WireError(f"{span}: runs of changed bytes do not fit their data")
        firsts = np.cumsum(lengths) - lengths
        offsets = np.repeat(starts - firsts, lengths) + np.arange(data.size)
        frames = np.repeat(np.array([diff.frame_index for diff in pending], np.uint32), runs)
        self._image[offsets] = data  # of a byte that changed twice the later value stays
        self._events.append((np.repeat(frames, lengths), offsets.astype(np.uint32), data))


def _by_word(base: Bytes, frames: U32, offsets: U32, data: Bytes) -> tuple[U32, U32, U32, U32]:
    """Return words, counts, frames and values of changes of bytes that come in the order of frames."""
    word = offsets // _WORD
    new = np.empty(word.size, np.bool_)  # whether a byte is the first of its word on its frame
    new[0] = True
    np.not_equal(word[1:], word[:-1], out=new[1:])
    new[1:] |= frames[1:] != frames[:-1]
    event = np.cumsum(new) - 1
    known = np.zeros((int(event[-1]) + 1, _WORD), np.bool_)
    value = np.zeros(known.shape, np.uint8)
    lane = offsets % _WORD
    known[event, lane], value[event, lane] = True, data
    order = _stable_order(word[new])
    words, frames, known, value = word[new][order], frames[new][order], known[order], value[order]
    firsts = np.flatnonzero(np.concatenate(([True], words[1:] != words[:-1])))
    before = base.view("<u4")[words[firsts]].view(np.uint8).reshape(-1, _WORD)
    value[firsts] = np.where(known[firsts], value[firsts], before)
    known[firsts] = True
    places = np.arange(words.size)
    for i in range(_WORD):  # bytes that did not change are as they were
        value[:, i] = value[np.maximum.accumulate(np.where(known[:, i], places, 0)), i]
    counts = np.diff(firsts, append=words.size).astype(np.uint32)
    return words[firsts], counts, frames, np.ascontiguousarray(value).view("<u4")[:, 0]


def _stable_order(words: U32) -> NDArray[np.int64]:
    """Return what sorts words stably. numpy sorts 16 bits by radix, eight times as fast as 32 by merging."""
    order = np.argsort(words.astype(np.uint16), kind="stable")
    if words.size and int(words.max()) >> 16:
        order = order[np.argsort((words >> 16).astype(np.uint16)[order], kind="stable")]
    return order
