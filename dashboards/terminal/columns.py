"""A table that fits: columns that matter less are left out where the terminal is narrow. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

_BETWEEN = 2

#: What is left of a cell that may be cut.
_CUT = 16


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        head: Its title.
        cells: One text a row.
        keep: Of several that do not fit, the one with the lowest goes first.
        left: Whether its cells begin at its left.
        cut: Whether its cells may be cut, as those of a last column.
    """

    head: str
    cells: Sequence[Text]
    keep: int = 0
    left: bool = False
    cut: bool = False

    @property
    def needs(self) -> int:
        """Characters without which it is not worth showing."""
        return min(self.width, _CUT) if self.cut else self.width

    @property
    def width(self) -> int:
        """Characters."""
        return max([len(self.head), *(cell.cell_len for cell in self.cells)])


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit beside one another, in their order."""
    kept = list(columns)
    while len(kept) > 1 and taken(kept) > width:
        kept.remove(min(reversed(kept), key=lambda column: column.keep))
    return kept


def taken(columns: Sequence[Column]) -> int:
    """Return how many characters columns take beside one another."""
    return sum(column.needs for column in columns) + _BETWEEN * (len(columns) - 1)


def lines(columns: Sequence[Column], selected: int = -1) -> list[Text]:
    """Return the head, then a line a row; the selected one stands out."""
    heads = [Text(column.head, style="dim") for column in columns]
    rows = [heads, *([column.cells[row] for column in columns] for row in range(len(columns[0].cells)))]
    found = []
    for number, cells in enumerate(rows):
        line = Text(no_wrap=True)
        for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            blank = " " * (column.width - cell.cell_len)
            last = place == len(columns) - 1
            parts = (cell, "" if last else blank) if column.left else (blank, cell)
            line.append_text(Text.assemble(*parts)).append("" if last else " " * _BETWEEN)
        if number and number - 1 == selected:
            line.stylize("reverse")
        found.append(line)
    return found
