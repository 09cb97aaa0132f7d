"""Adaptive quality: an actor that runs late sheds work in a declared order, and takes it up again once it recovered.

    ticks over budget, or too late to see every due frame ─► shed the next part
    light ticks for long enough ─► restore the last

Both take several ticks, and what was restored too early waits twice as long the next time, so that nothing flaps.
"""

from collections import deque
from typing import NamedTuple

#: So many heavy ones of the last ticks: one may be the machine's, three are the actor's.
_RECENT, _HEAVY = 10, 3

#: Light ticks in a row after which a part is tried again, at first and at most; at 60 Hz 1 s and 16 s.
_CALM, _LONGEST_CALM = 60, 960

#: A light tick leaves this share of the budget, for what is restored costs time again.
_SPARE = 0.3

#: In a launch file: everything that the actor's class names, in its order.
ALL_SHEDS = ("*",)


class Change(NamedTuple):
    """What is shed from now on, or done again."""

    restored: bool
    part: str


class Quality:
    """Decides, tick by tick, what an actor leaves out."""

    def __init__(self, sheds: tuple[str, ...], budget_ns: int) -> None:
        """Prepare.

        Args:
            sheds: What may be left out, in order.
            budget_ns: What a tick may take.
        """
        self.budget_ns = budget_ns
        self._sheds = sheds
        self._count = 0  # parts left out, of `sheds` from the first on
        self._recent: deque[bool] = deque(maxlen=_RECENT)
        self._light = 0  # light ticks in a row
        self._calm = _CALM
        self._trial = 0  # ticks for which what was restored last still has to prove itself

    @property
    def shed(self) -> frozenset[str]:
        """What is left out now."""
        return frozenset(self._sheds[: self._count])

    def tick(self, duration_ns: int, *, late: bool) -> Change | None:
        """Take a tick's computing time, and whether it came too late to see every due frame; return what changes."""
        heavy = late or duration_ns > self.budget_ns
        self._recent.append(heavy)
        self._light = self._light + 1 if duration_ns <= (1 - _SPARE) * self.budget_ns and not heavy else 0
        if self._trial:
            self._trial -= 1
            self._calm = self._calm if self._trial else _CALM
        if sum(self._recent) >= _HEAVY and self._count < len(self._sheds):
            return self._shed_next()
        if self._count and self._light >= self._calm:
            return self._restore_last()
        return None

    def _shed_next(self) -> Change:
        if self._trial:
            self._calm, self._trial = min(2 * self._calm, _LONGEST_CALM), 0
        self._count += 1
        self._begin_anew()
        return Change(restored=False, part=self._sheds[self._count - 1])

    def _restore_last(self) -> Change:
        self._count -= 1
        self._trial = self._calm
        self._begin_anew()
        return Change(restored=True, part=self._sheds[self._count])

    def _begin_anew(self) -> None:
        self._recent.clear()
        self._light = 0
