"""Cells in the colour of how bad they are."""

from rich.text import Text

from dashboards.terminal.health_rows import Cell, Level

STYLES = {Level.FINE: "", Level.SLOW: "yellow", Level.BAD: "bold red"}


def cell_text(cell: Cell, fine: str = "") -> Text:
    """Return a cell in the colour of how bad it is; `fine` is the style of one that is not."""
    return Text(cell.text, style=STYLES[cell.level] or fine)
