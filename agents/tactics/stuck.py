"""Noticing that nothing moves, and what to do about it: each remedy is tried when the one before did not help."""

from dataclasses import dataclass, field
from typing import Literal

from agents.atlas.cells import Cell

#: wait: somebody may step aside; around: take another way; aside: a step to any side; back: press B; give_up: do
#: something else.
Remedy = Literal["", "wait", "around", "aside", "back", "give_up"]

#: Ticks (at 10 Hz) without a step after which each remedy comes.
_LADDER: tuple[tuple[int, Remedy], ...] = (
    (5, "wait"),
    (8, "around"),
    (14, "around"),
    (20, "aside"),
    (28, "back"),
    (36, "give_up"),
)


@dataclass
class Stuck:
    """Counts ticks in which an errand should have moved the player and did not.

    Attributes:
        ticks: Without a step.
    """

    ticks: int = 0
    _cell: Cell = field(default=(-1, -1))

    def tick(self, cell: Cell, *, wanting: bool) -> Remedy:
        """Return the remedy that is due on this tick, if any.

        Args:
            cell: Where the player is.
            wanting: Whether the player should be walking.
        """
        if cell != self._cell or not wanting:
            self._cell, self.ticks = cell, 0
            return ""
        self.ticks += 1
        return dict(_LADDER).get(self.ticks, "")

    def reset(self) -> None:
        """Begin to count anew: there is something else to do."""
        self.ticks = 0
