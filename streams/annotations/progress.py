"""How far labelling has come: which frame sets are complete, partial, or not labelled at all.

Frames are looked at in units: frame sets of five by default (frames `5 s` to `5 s + 4`), or of any other size. A unit
is `complete` when each of its frames has every required key of the vocabulary, `none` when no frame has any label, and
`partial` in between. Suggestions do not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.annotations.fold import Fold
from streams.framesets.layout import FRAMES_PER_SET

#: What a unit can be, and "all" as a filter for any.
COMPLETE, PARTIAL, NONE, ALL = "complete", "partial", "none", "all"
FILTERS = (ALL, COMPLETE, PARTIAL, NONE)


@dataclass(frozen=True)
class Unit:
    """A frame set, or another range of frames; the first and the last of a range may be cut off.

    Attributes:
        index: Its number: of a frame set its id.
        first_frame: Its first frame.
        last_frame: Its last, inclusive.
        state: complete | partial | none.
    """

    index: int
    first_frame: int
    last_frame: int
    state: str


@dataclass(frozen=True)
class Progress:
    """Units by state, and labelled frames by key, of so many frames."""

    units: int
    complete: int
    partial: int
    none: int
    frames: int
    by_key: dict[str, int]


def units(
    fold: Fold,
    first_frame: int,
    last_frame: int,
    required: Sequence[str],
    *,
    state: str = ALL,
    size: int = FRAMES_PER_SET,
) -> list[Unit]:
    """Return the units of a range of frames, or those of one state.

    Args:
        fold: What is labelled.
        first_frame: The first frame of the range.
        last_frame: The last, inclusive.
        required: Keys that a complete frame has.
        state: One of FILTERS.
        size: Frames in a unit.
    """
    states = _states(fold, first_frame, last_frame, required, size)
    found = []
    for index, of_unit in enumerate(states, first_frame // size):
        if state in (ALL, of_unit):
            first, last = max(index * size, first_frame), min(index * size + size - 1, last_frame)
            found.append(Unit(index, first, last, of_unit))
    return found


def progress(
    fold: Fold, first_frame: int, last_frame: int, required: Sequence[str], *, size: int = FRAMES_PER_SET
) -> Progress:
    """Return how many units of a range are in which state; see `units`."""
    states = _states(fold, first_frame, last_frame, required, size)
    by_key = {key: int(_covered(fold, key, first_frame, last_frame).sum()) for key in sorted({*fold.keys, *required})}
    complete, partial, none = (states.count(state) for state in (COMPLETE, PARTIAL, NONE))
    return Progress(len(states), complete, partial, none, last_frame - first_frame + 1, by_key)


def _states(fold: Fold, first_frame: int, last_frame: int, required: Sequence[str], size: int) -> list[str]:
    frames = last_frame - first_frame + 1
    whole, some = np.full(frames, bool(required)), np.zeros(frames, dtype=bool)
    for key in {*fold.keys, *required}:
        covered = _covered(fold, key, first_frame, last_frame)
        some |= covered
        if key in required:
            whole &= covered
    starts = np.arange(first_frame - first_frame % size, last_frame + 1, size)
    edges = np.maximum(starts - first_frame, 0)
    complete = np.logical_and.reduceat(whole, edges)
    begun = np.logical_or.reduceat(some, edges)
    return [COMPLETE if full else PARTIAL if any_ else NONE for full, any_ in zip(complete, begun, strict=True)]


def _covered(fold: Fold, key: str, first_frame: int, last_frame: int) -> NDArray[np.bool_]:
    """Return which frames of a range have a label of this key, (frames,) bool."""
    covered = np.zeros(last_frame - first_frame + 1, dtype=bool)
    for run in fold.runs(key).within(first_frame, last_frame):
        covered[run.first_frame - first_frame : run.last_frame - first_frame + 1] = True
    return covered
