"""The tile vocabulary: looks, and what they turned out to be. Learnt by playing, asked for a whole frame at once.

A look that was tried is known *exactly*. One that was not is guessed from those that resemble it, the surer the nearer
they are. What was learnt in another game is a prior: it helps to guess and is overruled by a single try.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.perception.descriptors import SIZE
from agents.perception.judging import guess, judge
from agents.perception.kinds import OUTCOMES, Outcome, TileType

#: Places of counts.
_WALKED, _HURT, _LEDGE = (OUTCOMES.index(outcome) for outcome in (Outcome.WALKED, Outcome.HURT, Outcome.LEDGE))

#: One walk in so many that costs health makes a look one that hurts; fewer are an enemy who came by.
_HURTS_OFTEN = 4

#: Up to so many tries with an outcome change what other looks are taken for, which are then guessed anew.
_TELLING = 8

#: Tries of another game count at most as many.
_PRIOR_MOST = 2.0


@dataclass(frozen=True)
class Meanings:
    """What looks are taken for; arrays of the shape that was asked for.

    Attributes:
        types: TileType, uint8.
        confidence: 0 to 1, float32.
        sources: 0 not known at all, 1 by likeness, 2 by its own look (sight.SOURCES).
        hurts: Whether entering one cost health.
        ledges: Whether one could be passed one way only.
    """

    types: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    sources: NDArray[np.uint8]
    hurts: NDArray[np.bool_]
    ledges: NDArray[np.bool_]


class TileVocabulary:
    """Looks by their signature, with a descriptor and counts of what came of trying them."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}  # signature: row
        self._descriptors = np.zeros((64, SIZE), np.float32)
        self._counts = np.zeros((64, len(OUTCOMES)), np.float32)
        self._prior = np.zeros((64, len(OUTCOMES)), np.float32)
        self._described = np.zeros(64, np.bool_)
        self._met: set[int] = set()  # the looks that are described
        self._changed: dict[int, None] = {}
        self._version = 0
        self._voted_at = -1  # the version of the cached voters
        self._known_at = np.full(64, -1, np.int64)  # the version of the cached meaning
        self._types = np.zeros(64, np.uint8)
        self._confidence = np.zeros(64, np.float32)
        self._sources = np.zeros(64, np.uint8)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, look: int) -> bool:
        return look in self._rows

    @property
    def version(self) -> int:
        """Grows with the tries that may change what other looks are taken for."""
        return self._version

    def unmet(self, looks: Iterable[int]) -> list[int]:
        """Return those looks that have no descriptor yet, 0 (never seen) aside."""
        return [look for look in looks if look and look not in self._met]

    def meet(self, looks: Iterable[int], descriptors: NDArray[np.float32]) -> None:
        """Note what looks look like, (N, SIZE); those met before stay as they are."""
        for look, descriptor in zip(looks, descriptors, strict=True):
            if look not in self._met:
                self._describe(look, descriptor)

    def observe(self, look: int, outcome: Outcome, descriptor: NDArray[np.float32] | None = None) -> None:
        """Learn what came of trying a look.

        Args:
            look: Its signature; 0 is no look and teaches nothing.
            outcome: What came of it.
            descriptor: What it looks like, unless it was met.
        """
        if not look:
            return
        if look not in self._rows:
            self._add(look)
        if descriptor is not None:
            self._describe(look, descriptor)
        row, place = self._rows[look], OUTCOMES.index(outcome)
        self._counts[row, place] += 1
        self._changed[look] = None
        count = int(self._counts[row, place])
        if not count & (count - 1):  # 1, 2, 4, 8, 16 …: in between nothing changes but a hundredth of the confidence
            self._known_at[row] = -1
            self._version += count <= _TELLING

    def type_of(self, look: int) -> tuple[TileType, float]:
        """Return what a look is taken for, and how surely, 0 to 1."""
        meanings = self.types_of(np.array([look], np.uint64))
        return TileType(int(meanings.types[0])), float(meanings.confidence[0])

    def types_of(self, looks: NDArray[np.uint64]) -> Meanings:
        """Return what looks are taken for; those never met and 0 are unknown."""
        unique, places = np.unique(looks, return_inverse=True)
        rows = np.array([self._rows.get(look, -1) for look in unique.tolist()], np.int64)
        there = rows >= 0
        self._refresh(rows[there])
        counts = np.where(there[:, None], self._counts[rows] + self._prior[rows], 0)
        hurts = counts[:, _HURT] * _HURTS_OFTEN > counts[:, _WALKED]
        ledges = counts[:, _LEDGE] > 0
        return Meanings(
            types=np.where(there, self._types[rows], 0).astype(np.uint8)[places].reshape(looks.shape),
            confidence=np.where(there, self._confidence[rows], 0).astype(np.float32)[places].reshape(looks.shape),
            sources=np.where(there, self._sources[rows], 0).astype(np.uint8)[places].reshape(looks.shape),
            hurts=hurts[places].reshape(looks.shape),
            ledges=ledges[places].reshape(looks.shape),
        )

    def descriptor_of(self, look: int) -> NDArray[np.float32]:
        """Return what a look that was met looks like, (SIZE,).

        Raises:
            KeyError: It was never met.
        """
        descriptor: NDArray[np.float32] = self._descriptors[self._rows[look]]
        return descriptor

    def counts_of(self, look: int) -> dict[Outcome, int]:
        """Return what came of trying a look, in this game."""
        row = self._rows.get(look)
        return (
            dict.fromkeys(OUTCOMES, 0)
            if row is None
            else {outcome: int(count) for outcome, count in zip(OUTCOMES, self._counts[row], strict=True)}
        )

    def take_changed(self) -> tuple[int, ...]:
        """Return the looks that were tried since the last call, in the order of their first try."""
        changed = tuple(self._changed)
        self._changed.clear()
        return changed

    def tried(self) -> tuple[int, ...]:
        """Return the looks that were tried in this game, in the order in which they were met."""
        return tuple(look for look, row in self._rows.items() if self._counts[row].any())

    def put(
        self, look: int, counts: Mapping[Outcome, float], descriptor: NDArray[np.float32] | None, *, prior: bool
    ) -> None:
        """Set a look's counts, as read from facts; with `prior` those of another game."""
        row = self._rows[look] if look in self._rows else self._add(look)
        if descriptor is not None:
            self._describe(look, descriptor)
        values = np.array([counts.get(outcome, 0.0) for outcome in OUTCOMES], np.float32)
        if prior:
            self._prior[row] = values * min(1.0, _PRIOR_MOST / max(float(values.max()), 1.0))
        else:
            self._counts[row] = values
        self._version += 1

    def _refresh(self, rows: NDArray[np.int64]) -> None:
        """Judge again the rows whose meaning was found before the last try."""
        stale = rows[self._known_at[rows] != self._version]
        if not stale.size:
            return
        tried = np.any(self._counts[stale], axis=1)
        own, others = stale[tried], stale[~tried]
        self._types[own], self._confidence[own] = judge(self._counts[own], self._descriptors[own])
        self._sources[own] = np.where(self._types[own] > 0, 2, 0)
        if others.size:
            known, judged, at_home = self._voters()
            self._types[others], self._confidence[others] = guess(self._descriptors[others], known, judged, at_home)
            # A look of which only facts tell, not what it looks like, cannot be guessed.
            bare = others[~self._described[others]]
            self._types[bare], self._confidence[bare] = judge(self._prior[bare], self._descriptors[bare])
            self._sources[others] = np.where(self._types[others] > 0, 1, 0)
        self._known_at[stale] = self._version

    def _voters(self) -> tuple[NDArray[np.float32], tuple[NDArray[np.uint8], NDArray[np.float32]], NDArray[np.bool_]]:
        """Return the looks that guesses are made from: descriptors, what they are, which were tried in this game."""
        if self._voted_at != self._version:
            count = len(self._rows)
            at_home = np.any(self._counts[:count], axis=1)
            evidence = np.where(at_home[:, None], self._counts[:count], self._prior[:count])
            voters = np.flatnonzero(np.any(evidence, axis=1) & self._described[:count])
            known = self._descriptors[voters]
            self._voting = known, judge(evidence[voters], known), at_home[voters]
            self._voted_at = self._version
        return self._voting

    def _describe(self, look: int, descriptor: NDArray[np.float32]) -> None:
        row = self._rows[look] if look in self._rows else self._add(look)
        self._met.add(look)
        self._descriptors[row] = descriptor
        self._described[row] = True
        self._known_at[row] = self._voted_at = -1

    def _add(self, look: int) -> int:
        row = len(self._rows)
        if row == len(self._descriptors):
            for name in (
                "_described",
                "_descriptors",
                "_counts",
                "_prior",
                "_known_at",
                "_types",
                "_confidence",
                "_sources",
            ):
                array = getattr(self, name)
                fill = np.full_like(array, -1 if name == "_known_at" else 0)
                setattr(self, name, np.concatenate([array, fill]))
        self._rows[look] = row
        return row
