"""Blocks: what changed in memory over some seconds, by word, so that whole arrays answer a question.

A frame's image costs 288 KB and ten minutes of them 10 GB; what changed costs 8 bytes a changed word. A block is the
image before its first frame and those changes, sorted by word and, of one word, by frame.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from runtime.errors import WireError
from runtime.memory_codec import MemoryDecoder
from runtime.memory_image import Bytes
from runtime.wire import MemoryDiff

#: Frames of a block; it begins at a multiple. 20 s of a busy game (1,335 changed bytes a frame, measurements.md) are
#: 1.6 million changed bytes, some 60 MB while they are sorted.
BLOCK_FRAMES = 1200

U32 = NDArray[np.uint32]

_WORD = 4

#: A mask of all of a word's bits.
_ALL = np.uint32(0xFFFFFFFF)


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


@dataclass(frozen=True)
class _Events:
    """Changes of words in the order of frames; of each word only the bytes that changed are known.

    Attributes:
        frames: (n,) the frame of each.
        words: (n,) the word, by its place in the image.
        masks: (n,) ones where the word's bits are known.
        values: (n,) its new bits there, zeros elsewhere.
    """

    frames: U32
    words: U32
    masks: U32
    values: U32


class BlockMaker:
    """Makes one block of memory messages, in order: `see` each, then `end`, then `block`."""

    def __init__(self, first: int, last: int, image: Bytes | None) -> None:
        """Begin at a frame; `image` is the memory of the frame before it, None where that is not known."""
        self._first, self._last = first, last
        self._base = None if image is None else image.copy()
        self._known_from = first if image is not None else last + 1
        self._image = None if image is None else image.copy()
        self._at = first - 1  # the frame of the image
        self._pending: list[MemoryDiff] = []
        self._events: list[_Events] = []

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

    def end(self) -> Bytes | None:
        """Return the image of the last frame; None where that is not known.

        Raises:
            WireError: A message is damaged.
        """
        self._flush()
        return self._image if self._at == self._last else None

    def block(self) -> Block:
        """Return the block, after `end`; it may be made in another thread."""
        base = np.zeros(0, np.uint8) if self._base is None else self._base
        empty = np.zeros(0, np.uint32)
        words = counts = frames = values = empty
        if self._events:
            words, counts, frames, values = _by_word(base, self._events)
        at = (frames - np.uint32(self._first)).astype(np.uint16)
        return Block(self._first, self._last, self._known_from, base, words, counts, at, values)

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
            now = decoder.image.view("<u4")
            words = np.flatnonzero(self._image.view("<u4") != now).astype(np.uint32)
            if words.size:
                frames = np.full(words.size, diff.frame_index, np.uint32)
                self._events.append(_Events(frames, words, np.full(words.size, _ALL, np.uint32), now[words]))
        self._image = decoder.image

    def _flush(self) -> None:
        """Apply what is pending to the image, all at once."""
        pending, self._pending = self._pending, []
        if not pending or self._image is None:
            return
        starts = np.frombuffer(b"".join(diff.starts for diff in pending), "<u4")
        lengths = np.frombuffer(b"".join(diff.lengths for diff in pending), "<u4")
        data = np.frombuffer(b"".join(diff.data for diff in pending), np.uint8)
        ends = np.cumsum(lengths, dtype=np.int64)
        if (
            starts.size != lengths.size
            or (int(ends[-1]) if ends.size else 0) != data.size
            or (starts.size and int((starts.astype(np.int64) + lengths).max()) > self._image.size)
        ):
            span = f"memory {pending[0].frame_index} to {pending[-1].frame_index}"
            raise WireError(f"{span}: runs of changed bytes do not fit their data")
        if not starts.size:
            return
        runs = [len(diff.starts) // _WORD for diff in pending]
        frames = np.repeat(np.array([diff.frame_index for diff in pending], np.uint32), runs)
        events = _merged(_events(frames, starts, lengths, ends - lengths, data))
        self._events.append(events)
        if (events.masks == _ALL).all():
            self._image.view("<u4")[events.words] = events.values  # of a word that changed twice the later value stays
        else:
            self._image[np.repeat(starts - (ends - lengths), lengths) + np.arange(data.size)] = data


def _events(frames: U32, starts: U32, lengths: U32, at: NDArray[np.int64], data: Bytes) -> _Events:
    """Return the words that runs of changed bytes touch; `at` is where each run's bytes begin in `data`."""
    ends = starts + lengths
    firsts = starts // _WORD
    counts = (ends + _WORD - 1) // _WORD - firsts
    run = np.repeat(np.arange(starts.size), counts)
    before = np.cumsum(counts, dtype=np.int64) - counts
    words = firsts[run] + (np.arange(run.size) - before[run]).astype(np.uint32)
    begins = words.astype(np.int64) * _WORD
    begun, ended = starts[run], ends[run]
    before_run, after_run = np.maximum(begun - begins, 0), np.maximum(begins + _WORD - ended, 0)  # bytes of the word
    masks = (_ALL << (8 * before_run).astype(np.uint32)) & (_ALL >> (8 * after_run).astype(np.uint32))
    padded = np.zeros(data.size + 2 * _WORD, np.uint8)
    padded[_WORD:-_WORD] = data
    anywhere = np.ndarray(data.size + _WORD + 1, "<u4", padded.data, strides=(1,))  # the word at each byte
    values = anywhere[at[run] + begins - begun + _WORD] & masks
    return _Events(frames[run], words, masks, values)


def _merged(events: _Events) -> _Events:
    """Return the events with one for each word and frame: several runs of bytes may lie in a word."""
    again = (events.words[1:] == events.words[:-1]) & (events.frames[1:] == events.frames[:-1])
    if not again.any():
        return events
    firsts = np.flatnonzero(np.concatenate(([True], ~again)))
    masks, values = np.bitwise_or.reduceat(events.masks, firsts), np.bitwise_or.reduceat(events.values, firsts)
    return _Events(events.frames[firsts], events.words[firsts], masks, values)


def _by_word(base: Bytes, parts: list[_Events]) -> tuple[U32, U32, U32, U32]:
    """Return words, counts, frames and values of events that come in the order of frames."""
    order = _stable_order(np.concatenate([part.words for part in parts]))
    words = np.concatenate([part.words for part in parts])[order]
    frames = np.concatenate([part.frames for part in parts])[order]
    masks = np.concatenate([part.masks for part in parts])[order]
    values = np.concatenate([part.values for part in parts])[order]
    firsts = np.flatnonzero(np.concatenate(([True], words[1:] != words[:-1])))
    if not (masks == _ALL).all():  # bytes that did not change are as they were
        values[firsts] |= base.view("<u4")[words[firsts]] & ~masks[firsts]
        masks[firsts] = _ALL
        places, whole = np.arange(words.size), np.zeros_like(values)
        for lane in range(_WORD):
            bits = np.uint32(0xFF << 8 * lane)
            known = np.maximum.accumulate(np.where(masks & bits, places, 0))
            whole |= values[known] & bits
        values = whole
    return words[firsts], np.diff(firsts, append=words.size).astype(np.uint32), frames, values


def _stable_order(words: U32) -> NDArray[np.int64]:
    """Return what sorts words stably. numpy sorts 16 bits by radix, eight times as fast as 32 by merging."""
    order = np.argsort(words.astype(np.uint16), kind="stable")
    if words.size and int(words.max()) >> 16:
        order = order[np.argsort((words >> 16).astype(np.uint16)[order], kind="stable")]
    return order
