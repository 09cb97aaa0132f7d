"""Which bytes behave like what: positions, facing, frame counters, what only A changes. Pure; (T trials, m bytes).

Every rule counts evidence for it and against it over all trials. A candidate needs some for it, hardly any against,
and candidates are ranked by that, then by how plain they are, then by address.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.discover.play import DIRECTIONS
from runtime.discover.trials import NONE, WATCHED_FRAMES, Trials

Counts = NDArray[np.int64]  # (m,)

#: Evidence that a candidate needs.
_LEAST_EVIDENCE = 3

#: Share of the evidence that may speak against it: a door, a hit or a slide in the trial.
_MOST_AGAINST = 0.15

#: A step of this many or more is one of pixels: the smallest cells of the consoles are tiles of 8 x 8 pixels.
_CELL_PX = 8

#: Of each kind, the best ones.
_MOST_OF_A_KIND = 3


@dataclass(frozen=True)
class Candidate:
    """Bytes that behave like something.

    Attributes:
        name: As a watch.
        offset: Where in the image.
        type: As in game.toml.
        meaning: What it seems to be.
        evidence: What was seen.
        values: Names of values that were seen.
    """

    name: str
    offset: int
    type: str
    meaning: str
    evidence: str
    values: tuple[tuple[int, str], ...] = ()


def find_candidates(trials: Trials) -> list[Candidate]:
    """Return the best candidates of each kind, best first."""
    frame = list(_frame_counters(trials))
    across, along = _axis(trials, "RIGHT", "LEFT"), _axis(trials, "DOWN", "UP")
    found = [
        *_named("frame", frame),
        *_positions(trials, across, "x", "column", ("RIGHT", "LEFT")),
        *_positions(trials, along, "y", "row", ("DOWN", "UP")),
    ]
    walked = _walked(trials, across, along)
    found += _named("player.facing", _facing(trials, walked))
    found += _named("with_a", _only_with_a(trials))
    return found


@dataclass(frozen=True)
class _Axis:
    """Bytes that grow with one direction and shrink with the opposite one, best first.

    Attributes:
        columns: Which of the kept bytes, (n,).
        for_it: Trials that speak for each, (n,).
        against: Trials that speak against each, (n,).
        step: The greatest common divisor of all its moves, (n,).
    """

    columns: NDArray[np.int64]
    for_it: Counts
    against: Counts
    step: Counts


def _axis(trials: Trials, more: str, less: str) -> _Axis:
    up, down = trials.moved(more), trials.moved(less)
    others = [trials.moved(way) for way in DIRECTIONS if way not in (more, less)]
    for_more, for_less = (up > 0).sum(axis=0), (down < 0).sum(axis=0)
    for_it = for_more + for_less
    against = (up < 0).sum(axis=0) + (down > 0).sum(axis=0) + sum((other != 0).sum(axis=0) for other in others)
    against = against + (trials.after[NONE] != trials.start).sum(axis=0)  # nobody stands still and moves
    fits = (np.minimum(for_more, for_less) > 0) & (for_it >= _LEAST_EVIDENCE) & (against <= _MOST_AGAINST * for_it)
    columns = np.flatnonzero(fits)
    moves = np.abs(np.concatenate([np.maximum(up[:, columns], 0), np.minimum(down[:, columns], 0)]).astype(np.int64))
    step = np.gcd.reduce(moves, axis=0)
    best = np.lexsort((trials.offsets[columns], -for_it[columns], against[columns] - for_it[columns]))
    order = columns[best]
    return _Axis(order, for_it[order], against[order], step[best])


def _positions(trials: Trials, axis: _Axis, name: str, unit: str, ways: tuple[str, str]) -> Iterator[Candidate]:
    """Yield positions in cells, which go by less than a tile, and positions in pixels, each ranked on its own."""
    in_pixels = axis.step >= _CELL_PX
    types = [_width(trials, int(column)) for column in axis.columns]
    high = np.isin(axis.columns, [column + 1 for column, kind in zip(axis.columns, types, strict=True) if kind != "u8"])
    for kind, chosen, text in (
        (
            f"player.{name}",
            ~in_pixels,
            f"Perhaps the player's {unit}: {ways[0]} makes it grow, {ways[1]} shrink.",
        ),
        (
            f"player.pixel_{name}",
            in_pixels,
            f"Perhaps the player's {name} in pixels: {ways[0]} makes it grow, {ways[1]} shrink.",
        ),
    ):
        found: list[Candidate] = []
        for i in np.flatnonzero(chosen & ~high)[:_MOST_OF_A_KIND]:
            column, step = int(axis.columns[i]), int(axis.step[i])
            evidence = (
                f"{ways[0]} +, {ways[1]} -, by multiples of {step}, in {axis.for_it[i]} branches; "
                f"{axis.against[i]} against"
            )
            found.append(Candidate("", int(trials.offsets[column]), types[i], text, evidence))
        yield from _named(kind, found)


def _width(trials: Trials, column: int) -> str:
    """Return u16le when the next byte takes this one's carries, else u8."""
    if column + 1 >= len(trials.offsets) or trials.offsets[column + 1] != trials.offsets[column] + 1:
        return "u8"
    before = _wide(trials.after[NONE], column)
    after = np.stack([_wide(trials.after[way], column) for way in DIRECTIONS])  # (4, T)
    moved = np.stack([trials.moved(way)[:, column] for way in DIRECTIONS])
    agrees = np.mean(after - before == moved) >= 1 - _MOST_AGAINST
    carried = np.any(after >> 8 != before[0] >> 8)
    return "u16le" if agrees and carried else "u8"


def _wide(image: NDArray[np.uint8], column: int) -> NDArray[np.int64]:
    return image[:, column].astype(np.int64) | image[:, column + 1].astype(np.int64) << 8


def _walked(trials: Trials, *axes: _Axis) -> NDArray[np.bool_]:
    """Return the trials in which the best position moved, (T,); all when none is known."""
    walked = np.zeros(len(trials.frames), dtype=np.bool_)
    for axis in axes:
        if len(axis.columns):
            for way in DIRECTIONS:
                walked |= trials.moved(way)[:, axis.columns[0]] != 0
    return walked if walked.any() else np.ones_like(walked)


def _facing(trials: Trials, walked: NDArray[np.bool_]) -> Iterator[Candidate]:
    """Yield bytes that hold one value of their own after each direction, wherever the player is."""
    seen = np.stack([trials.after[way][walked] for way in DIRECTIONS])  # (4, t, m)
    count = seen.shape[1]
    if count < _LEAST_EVIDENCE:
        return
    usual = np.median(seen, axis=1).astype(np.uint8)  # (4, m): what most trials say
    agree = (seen == usual[:, None]).sum(axis=(0, 1))
    ordered = np.sort(usual, axis=0)
    distinct = (ordered[1:] != ordered[:-1]).all(axis=0)
    still = trials.after[NONE][walked]
    known = (still[None] == usual[:, None]).any(axis=0).sum(axis=0)
    kept = (still == trials.start[walked]).sum(axis=0)
    fits = (
        distinct & (agree >= (1 - _MOST_AGAINST) * 4 * count) & (np.minimum(known, kept) >= (1 - _MOST_AGAINST) * count)
    )
    columns = np.flatnonzero(fits)
    largest = ordered[-1][columns]
    for column in columns[np.lexsort((trials.offsets[columns], largest, -agree[columns]))][:_MOST_OF_A_KIND]:
        values = sorted((int(usual[i, column]), way.lower()) for i, way in enumerate(DIRECTIONS))
        evidence = f"one value for each direction in {agree[column]} of {4 * count} branches"
        offset = int(trials.offsets[column])
        yield Candidate(
            "", offset, "u8", "Perhaps where the player looks: one value after each direction.", evidence, tuple(values)
        )


def _frame_counters(trials: Trials) -> Iterator[Candidate]:
    """Yield bytes that grow by 1 with each frame in every branch, as wide as they seem to be."""
    steps = np.concatenate([trials.start[:, None], trials.steps], axis=1)  # (T, 1 + WATCHED_FRAMES, m)
    by_one = (np.diff(steps, axis=1) == 1).all(axis=(0, 1))
    lasted = trials.frames[:, None].astype(np.uint8)
    for image in trials.after.values():
        by_one &= (image - trials.start == lasted).all(axis=0)
    columns = np.flatnonzero(by_one)
    found = sorted((-_counter_bytes(trials, int(column)), int(column)) for column in columns)
    for size, column in found[:_MOST_OF_A_KIND]:
        kind = {1: "u8", 2: "u16le", 4: "u32le"}[-size]
        looked = len(trials.frames) * (WATCHED_FRAMES + len(trials.after))
        offset = int(trials.offsets[column])
        yield Candidate(
            "",
            offset,
            kind,
            "Perhaps a count of frames: grows by 1 with each.",
            f"+1 with every frame, looked at {looked} times",
        )


def _counter_bytes(trials: Trials, column: int) -> int:
    """Return how many bytes count: those above the lowest must take its carries or be 0 and aligned like one number."""
    at = int(trials.offsets[column])
    places = {int(offset): i for i, offset in enumerate(trials.offsets)}
    low = trials.start[:, column].astype(np.int64)
    size = 1
    if at % 2 == 0 and at + 1 in places:
        wide = low | trials.start[:, places[at + 1]].astype(np.int64) << 8
        end = (
            trials.after[NONE][:, column].astype(np.int64) | trials.after[NONE][:, places[at + 1]].astype(np.int64) << 8
        )
        if np.all((end - wide) % 0x10000 == trials.frames):
            size = 2
    if size == 2 and at % 4 == 0 and not {at + 2, at + 3} & places.keys():
        return 4  # the bytes above never changed: as wide as a register, which reads the same
    return size


def _only_with_a(trials: Trials) -> Iterator[Candidate]:
    """Yield bytes that A changes, and neither time nor another button does."""
    for_it = (trials.moved("A") != 0).sum(axis=0)
    against = (trials.after[NONE] != trials.start).sum(axis=0)
    for button in trials.after:
        if button not in (NONE, "A"):
            against = against + (trials.moved(button) != 0).sum(axis=0)
    columns = np.flatnonzero((for_it >= _LEAST_EVIDENCE) & (against == 0))
    for column in columns[np.lexsort((trials.offsets[columns], -for_it[columns]))][:_MOST_OF_A_KIND]:
        evidence = f"A changed it in {for_it[column]} of {len(trials.frames)} trials, nothing else did"
        yield Candidate(
            "",
            int(trials.offsets[column]),
            "u8",
            "Something that A changes, and neither time nor another button does.",
            evidence,
        )


def _named(name: str, found: Iterator[Candidate] | list[Candidate]) -> Iterator[Candidate]:
    for i, one in enumerate(found):
        yield Candidate(
            name if i == 0 else f"{name}.{i + 1}", one.offset, one.type, one.meaning, one.evidence, one.values
        )
