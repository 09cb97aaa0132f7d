"""What turns a frame into what a terminal is sent; three of them: half blocks, kitty graphics, sixel. Pure."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dashboards.play.blocks import BlockPainter, block_rows, fit
from runtime.pixels import Rgb

PROTOCOLS = ("auto", "kitty", "sixel", "blocks")


@dataclass(frozen=True)
class Area:
    """Room for a picture, from the terminal's upper left corner on.

    Attributes:
        columns: Cells.
        rows: Cells.
        cell_width: Pixels of a cell.
        cell_height: Pixels of a cell.
    """

    columns: int
    rows: int
    cell_width: int = 10  # what a cell is taken for where the terminal does not tell: a usual size of 10 by 20
    cell_height: int = 20


class Painter(Protocol):
    """Shows frames in one place, over and over."""

    @property
    def name(self) -> str:
        """The protocol's."""

    @property
    def most_hz(self) -> float:
        """Frames a second that are worth sending."""

    def paint(self, rgb: Rgb, area: Area) -> str:
        """Return what to send to show (H, W, 3) pixels; empty when they are there already."""

    def inline(self, rgb: Rgb, area: Area) -> str:
        """Return what to send to show them once where the cursor is, with a line's end."""

    def forget(self) -> None:
        """Send everything next time, as after the terminal was cleared."""

    def leave(self) -> str:
        """Return what to send when no more frames will come."""


class Blocks:
    """Two pixels a cell, in true colour; works everywhere."""

    name = "blocks"
    most_hz = 30.0  # a busy frame is some 100 KB of escape codes

    def __init__(self) -> None:
        self._painter = BlockPainter()
        self._area = Area(0, 0)

    def paint(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        return self._painter.paint(fit(rgb, area.columns, area.rows))

    def inline(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        return block_rows(fit(rgb, area.columns, area.rows))

    def forget(self) -> None:
        """See Painter."""
        self._painter.forget()

    def leave(self) -> str:
        """See Painter."""
        return ""


class Last:
    """The picture that the terminal shows."""

    def __init__(self) -> None:
        self._shown: tuple[Rgb, Area] | None = None

    def forget(self) -> None:
        """Nothing is shown."""
        self._shown = None

    def is_new(self, rgb: Rgb, area: Area) -> bool:
        """Return whether this has to be sent; then it counts as shown."""
        if self._shown and self._shown[1] == area and np.array_equal(self._shown[0], rgb):
            return False
        self._shown = rgb.copy(), area
        return True
