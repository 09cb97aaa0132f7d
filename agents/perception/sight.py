"""What one look at the screen gave: the one result that tactics and strategists use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.perception.kinds import TileType

Cell = tuple[int, int]  # x, y in the area, cells of 16 px; y grows downwards

#: What the picture shows. "map": the area; "talk": the area behind a box of text; "dark": a fade or a black screen;
#: "other": a title, a menu, a battle.
VIEWS = ("map", "talk", "dark", "other")

#: How cells were told: "exact" by their own look, "like" by one that resembles it, "none" not at all.
SOURCES = ("none", "like", "exact")


@dataclass(frozen=True)
class CellSight:
    """One cell of a sight.

    Attributes:
        x: Column in the area.
        y: Row in the area.
        look: Signature of the ground; 0 while it was never seen.
        type: What it is taken for.
        confidence: 0 to 1.
        source: Of SOURCES.
        visible: Whether the picture shows it, under no box, status line or player.
        sprite: Whether something stands on it now.
        hurts: Whether entering it has cost health.
        ledge: Whether it can be passed one way only.
    """

    x: int
    y: int
    look: int
    type: TileType
    confidence: float
    source: str
    visible: bool
    sprite: bool
    hurts: bool
    ledge: bool


@dataclass(frozen=True)
class Sight:
    """What the eyes saw of one frame. Arrays are read-only, (height, width) over the cells wholly on the screen.

    Cell [row, column] of an array is the cell (x0 + column, y0 + row) of the area. Where the picture is no map the
    grid is empty (0, 0).

    Attributes:
        frame_index: The frame.
        view: Of VIEWS.
        area: The watch `area`; -1 without one.
        x0: Column of the area of the grid's left cells.
        y0: Row of the area of the grid's top cells.
        offset: Screen pixel (x, y) of the grid's upper left corner, each 0 to 15.
        tiles: Hash of each 8x8 tile, (2 height, 2 width) uint64.
        now: Signature of each cell in this picture, uint64.
        looks: Signature of each cell's ground as most pictures showed it, uint64; 0 while unknown.
        types: TileType of the ground, uint8.
        confidence: Of the types, 0 to 1, float32.
        sources: Place in SOURCES, uint8.
        visible: Whether the picture shows the cell, under no box, status line or player.
        sprites: Whether something stands there that is not the ground and not the player.
        hurts: Whether looks like this cost health when entered.
        ledges: Whether looks like this could be passed one way only.
        player: The player's cell; None while unknown.
        facing: up, down, left or right; empty while unknown.
        player_px: Screen pixel (x, y) of the player's upper left corner; None while unknown.
    """

    frame_index: int
    view: str
    area: int
    x0: int
    y0: int
    offset: tuple[int, int]
    tiles: NDArray[np.uint64]
    now: NDArray[np.uint64]
    looks: NDArray[np.uint64]
    types: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    sources: NDArray[np.uint8]
    visible: NDArray[np.bool_]
    sprites: NDArray[np.bool_]
    hurts: NDArray[np.bool_]
    ledges: NDArray[np.bool_]
    player: Cell | None
    facing: str
    player_px: tuple[int, int] | None

    @property
    def is_map(self) -> bool:
        """Whether the picture shows an area at all; with a box of text over it, too."""
        return self.view in ("map", "talk")

    @property
    def width(self) -> int:
        """Columns of the grid."""
        return int(self.types.shape[1])

    @property
    def height(self) -> int:
        """Rows of the grid."""
        return int(self.types.shape[0])

    def __contains__(self, cell: Cell) -> bool:
        return 0 <= cell[0] - self.x0 < self.width and 0 <= cell[1] - self.y0 < self.height

    def at(self, x: int, y: int) -> CellSight | None:
        """Return a cell of the area; None where the screen does not show it whole."""
        if (x, y) not in self:
            return None
        place = (y - self.y0, x - self.x0)
        return CellSight(
            x,
            y,
            look=int(self.looks[place]),
            type=TileType(int(self.types[place])),
            confidence=float(self.confidence[place]),
            source=SOURCES[int(self.sources[place])],
            visible=bool(self.visible[place]),
            sprite=bool(self.sprites[place]),
            hurts=bool(self.hurts[place]),
            ledge=bool(self.ledges[place]),
        )
