"""The search: conditions, one after the other, leave fewer and fewer places."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.memory_search.blocks import Block, Changes
from streams.memory_search.conditions import Condition, Ints, Truths
from streams.memory_search.history import History
from streams.memory_search.values import Kind, places_of

_WORD = 4

#: Told after each block how many there are and how many were searched.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Found:
    """What a search has left.

    Attributes:
        kind: How values are read.
        conditions: What was asked.
        left: How many places each condition left.
        places: (n,) where they begin in the image, ascending.
        first_values: (n,) on the first frame of the last condition.
        last_values: (n,) on its last frame.
        changes: (n,) how often the value changed in between; -1 where that was not counted.
    """

    kind: Kind
    conditions: tuple[Condition, ...]
    left: tuple[int, ...]
    places: NDArray[np.int64]
    first_values: Ints
    last_values: Ints
    changes: Ints


@dataclass(frozen=True)
class _Counts:
    """Of each place how many changes it saw, and how many of them fit the condition, (bytes,)."""

    changes: NDArray[np.int32]
    fitting: NDArray[np.int32]


async def search(
    history: History,
    kind: Kind,
    conditions: Sequence[Condition],
    *,
    aligned: bool = True,
    before: Found | None = None,
    progress: Progress | None = None,
) -> Found:
    """Search for values that fulfil all conditions, and return where they lie.

    Args:
        history: The session's memory.
        kind: How bytes are read.
        conditions: At least one.
        aligned: Whether values lie at multiples of their size.
        before: What an earlier search left, of the same kind: only there is searched.
        progress: Told how far the search of each condition is.

    Raises:
        UsageError: The recording does not reach there.
        SessionError: It lacks the memory of a range's first frame.
        WireError: It is damaged.
    """
    if before is None:
        left = places_of(kind, history.regions, aligned=aligned)
        done: tuple[Condition, ...] = ()
        numbers: tuple[int, ...] = ()
    else:
        left = np.zeros(places_of(kind, history.regions, aligned=False).size, np.bool_)
        left[before.places] = True
        done, numbers = before.conditions, before.left
    places = np.flatnonzero(left)
    first = last = np.zeros(0, np.int64)
    counts: _Counts | None = None
    for condition in conditions:
        started = kind.at(await history.image(condition.first), places)
        ended = kind.at(await history.image(condition.last), places)
        counts = None
        if not condition.needs_ends_only:
            counts = await _count(history, kind, condition, left, progress)
        kept = _fits(condition, started, ended, counts, places)
        places, first, last = places[kept], started[kept], ended[kept]
        left = np.zeros(left.size, np.bool_)
        left[places] = True
        numbers = (*numbers, places.size)
    changes = np.full(places.size, -1) if counts is None else counts.changes[places].astype(np.int64)
    return Found(kind, (*done, *conditions), numbers, places, first, last, changes)


async def change_counts(history: History, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words that changed from frame `first` to `last`, inclusive, as places, and how often each did.

    Changes of the first frame count, too: what the frame before it had is known, but of the recording's first.

    Raises:
        UsageError: The recording does not reach there.
        WireError: It is damaged.
    """
    counts = np.zeros(0, np.int64)
    async with contextlib.aclosing(history.blocks(first, last)) as blocks:
        async for block in blocks:
            if counts.size < block.base.size // _WORD:
                counts = np.zeros(block.base.size // _WORD, np.int64)
            changes = block.changes(first, last)
            counts[changes.words] += _sizes(changes)
    words = np.flatnonzero(counts)
    return words * _WORD, counts[words]


async def series(history: History, kind: Kind, place: int, first: int, last: int) -> tuple[Ints, Ints]:
    """Return the frames at which the value at a place became another, from `first` on, and the values: (n,) each.

    Raises:
        UsageError: The recording does not reach there.
        WireError: It is damaged.
    """
    frames: list[NDArray[np.int64]] = []
    values: list[Ints] = []
    only = np.zeros(places_of(kind, history.regions, aligned=False).size, np.bool_)
    only[place] = True
    async with contextlib.aclosing(history.blocks(first, last)) as blocks:
        async for block in blocks:
            begin = max(first, block.first, block.known_from)
            if begin > min(last, block.last):
                continue
            if not frames:
                frames.append(np.array([begin]))
                values.append(kind.at(block.image(begin), np.array([place])))
                begin += 1
            for lane in _lanes(block.changes(begin, last), kind, only):
                frames.append(lane.frames[lane.moved])
                values.append(lane.after[lane.moved])
    if not frames:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(frames), np.concatenate(values)


def _fits(
    condition: Condition, started: Ints, ended: Ints, counts: _Counts | None, places: NDArray[np.int64]
) -> Truths:
    """Return which places fulfil a condition."""
    if counts is None:
        if condition.times is not None:  # of a single frame
            return np.full(places.size, condition.times == 0)
        return condition.moved(started, ended) if condition.is_move else condition.holds(ended)
    changes, fitting = counts.changes[places], counts.fitting[places]
    if condition.is_move:
        return _moved(condition, changes, fitting)
    begun = condition.holds(started)
    fits: Truths = begun & (fitting == changes) if condition.scope == "every" else begun | (fitting > 0)
    return fits


def _moved(condition: Condition, changes: NDArray[np.int32], fitting: NDArray[np.int32]) -> Truths:
    """Return what fulfils a move, by how often it changed and how often it did so in the way asked for."""
    steps = condition.last - condition.first
    fits: Truths
    if condition.times is not None:
        fits = changes == condition.times
    elif condition.op == "unchanged":
        fits = changes == 0 if condition.scope == "every" else changes < steps
    elif condition.scope == "some":
        fits = fitting > 0
    elif condition.op == "changed" and condition.operand is None:
        fits = changes == steps
    else:
        fits = (fitting == changes) & (changes > 0)
    return fits


async def _count(
    history: History, kind: Kind, condition: Condition, left: Truths, progress: Progress | None
) -> _Counts:
    counts = _Counts(np.zeros(left.size, np.int32), np.zeros(left.size, np.int32))
    total = condition.last - condition.first + 1
    async with contextlib.aclosing(history.blocks(condition.first, condition.last)) as blocks:
        async for block in blocks:
            _count_block(block, kind, condition, left, counts)
            if progress:
                progress(min(block.last, condition.last) - condition.first + 1, total)
    return counts


def _count_block(block: Block, kind: Kind, condition: Condition, left: Truths, counts: _Counts) -> None:
    changes = block.changes(condition.first + 1, condition.last)
    for lane in _lanes(changes, kind, left):
        fits = condition.moved(lane.before, lane.after) if condition.is_move else condition.holds(lane.after)
        counts.changes[lane.places] += np.add.reduceat(lane.moved, lane.starts, dtype=np.int32)
        counts.fitting[lane.places] += np.add.reduceat(fits & lane.moved, lane.starts, dtype=np.int32)


@dataclass(frozen=True)
class _Lane:
    """Values that begin at the same byte of their words, step by step.

    Attributes:
        places: (n,) where they begin in the image.
        starts: (n,) where the steps of each begin.
        frames: (m,) the frame of each step.
        before: (m,) the value before.
        after: (m,) the value after.
        moved: (m,) whether these differ.
    """

    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    frames: NDArray[np.int64]
    before: Ints
    after: Ints
    moved: Truths


def _lanes(changes: Changes, kind: Kind, wanted: Truths) -> list[_Lane]:
    """Return the steps of values at wanted places, by the byte of a word at which they begin."""
    lanes = []
    for lane in range(_WORD):
        here = wanted[lane::_WORD]  # by word
        if not changes.words.size or not here.any():
            continue
        source = _pairs(changes, here) if lane + kind.size > _WORD else _only(changes, here)
        if not source.words.size:
            continue
        shift = np.uint64(8 * lane)
        before, after = kind.decode(source.before >> shift), kind.decode(source.after >> shift)
        places = source.words * _WORD + lane
        lanes.append(_Lane(places, source.starts, source.frames, before, after, before != after))
    return lanes


def _only(changes: Changes, wanted: Truths) -> Changes:
    """Return the changes of wanted words."""
    chosen = wanted[changes.words]
    if chosen.all():
        return changes
    sizes = _sizes(changes)
    steps = np.repeat(chosen, sizes)
    kept = sizes[chosen]
    return Changes(
        changes.image,
        changes.words[chosen],
        np.cumsum(kept) - kept,
        changes.frames[steps],
        changes.before[steps],
        changes.after[steps],
    )


def _pairs(changes: Changes, wanted: Truths) -> Changes:
    """Return the changes of wanted words together with the word after them, as one number of 64 bits."""
    word = np.repeat(changes.words, _sizes(changes))
    lower = np.concatenate((np.ones(word.size, np.bool_), np.zeros(word.size, np.bool_)))
    pair = np.where(lower, np.tile(word, 2), np.tile(word, 2) - 1)  # a word is its pair's lower half or upper
    here = (pair >= 0) & wanted[pair]
    pair, lower = pair[here], lower[here]
    frames, after = np.tile(changes.frames, 2)[here], np.tile(changes.after, 2)[here]
    order = np.lexsort((frames, pair))
    pair, lower, frames, after = pair[order], lower[order], frames[order], after[order]
    image = changes.image.view("<u4")
    first = np.concatenate(([True], pair[1:] != pair[:-1])) if pair.size else np.zeros(0, np.bool_)
    value = _filled(lower, after, first, image[pair])
    value |= _filled(~lower, after, first, image[pair + 1]) << np.uint64(32)
    last_of_frame = np.ones(pair.size, np.bool_)  # both halves may change on one frame
    last_of_frame[:-1] = (pair[1:] != pair[:-1]) | (frames[1:] != frames[:-1])
    pair, frames, value = pair[last_of_frame], frames[last_of_frame], value[last_of_frame]
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    before = np.empty_like(value)
    before[1:] = value[:-1]
    begun = pair[starts]
    before[starts] = image[begun] | image[begun + 1].astype(np.uint64) << np.uint64(32)
    return Changes(changes.image, begun, starts, frames, before, value)


def _filled(there: Truths, values: NDArray[np.uint64], first: Truths, begun: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return at each step the last value that is there since its `first` step, or what it had begun with."""
    steps = np.arange(values.size)
    newest = np.maximum.accumulate(np.where(there, steps, -1))
    since = np.maximum.accumulate(np.where(first, steps, 0))
    return np.where(newest >= since, values[newest], begun.astype(np.uint64))


def _sizes(changes: Changes) -> NDArray[np.int64]:
    """Return how many changes each word has."""
    return np.diff(changes.starts, append=changes.frames.size)
