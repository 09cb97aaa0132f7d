"""Rows → frame sets: five consecutive frames of one session."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.datasets.rows import Row
from streams.framesets.layout import FRAMES_PER_SET, set_of


@dataclass(frozen=True)
class FrameSet:
    """A whole frame set. Of its rows only the last may still have valid memory."""

    set_id: int
    rows: tuple[Row, ...]

    @property
    def last(self) -> Row:
        """The frame whose picture stands for the set."""
        return self.rows[-1]

    @property
    def frames(self) -> list[int]:
        """The set's frames."""
        return [row.frame_index for row in self.rows]

    def held(self) -> set[str]:
        """Return the buttons held on any of its frames."""
        return {button for row in self.rows for button in row.held or ()}


class SetGrouper:
    """Collects rows into sets; a set of which a row is missing is none.

    Attributes:
        incomplete: Sets left out so far, the one under way excluded.
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._left_out: tuple[str, str, int] | None = None  # the set left out last
        self.incomplete = 0

    def add(self, row: Row) -> FrameSet | None:
        """Take the next row; return the set that it completes."""
        if self._rows and not _goes_on(self._rows[-1], row):
            self.end()
        self._rows.append(row)
        if (row.frame_index + 1) % FRAMES_PER_SET:
            return None
        if len(self._rows) < FRAMES_PER_SET:
            self.end()
            return None
        rows, self._rows = tuple(self._rows), []
        return FrameSet(set_of(row.frame_index), rows)

    def end(self) -> None:
        """Leave out what is under way: no more rows follow it."""
        if not self._rows:
            return
        row = self._rows[0]
        this = (row.session, row.split, set_of(row.frame_index))
        self.incomplete += this != self._left_out
        self._left_out, self._rows = this, []


def in_order(held: set[str], buttons: Sequence[str]) -> list[str]:
    """Return buttons in the console's order, others after them by name."""
    return [b for b in buttons if b in held] + sorted(held.difference(buttons))


def _goes_on(before: Row, row: Row) -> bool:
    """Return whether a row is of the same set as the one before it and follows it."""
    return (
        (row.session, row.split) == (before.session, before.split)
        and row.frame_index == before.frame_index + 1
        and set_of(row.frame_index) == set_of(before.frame_index)
    )
