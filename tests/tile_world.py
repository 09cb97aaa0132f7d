"""A drawn world of 16x16 cells, of any screen size: the eyes' tests know what every pixel of it means.

Walls are `#`, grass `.`, path `:`, water `~` (its palette turns), a flower `*`, a door `D`. Somebody stands
where `people` says; a status line, a box of text and a fade can be laid over.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from runtime.game import Game, parse_game
from runtime.pixels import Rgb

CELL = 16

#: A meadow with a lake, a wood, a path and a house, 30x20 cells.
MEADOW = (
    "##############################",
    "#..........*........#........#",
    "#..:::::::::::......#..~~~~..#",
    "#..:......#..:.........~~~~..#",
    "#..:..*...#..:....*....~~~~..#",
    "#..:......####.........~~~~..#",
    "#..:.................*.......#",
    "#..::::::::::::::::::::......#",
    "#......#...........:.........#",
    "#..*...#.....*.....:....#....#",
    "#......####........:....#....#",
    "#..................:....#..*.#",
    "#...~~~~~..........:....#....#",
    "#...~~~~~...*......:.........#",
    "#...~~~~~..........:...##D##.#",
    "#...~~~~~......::::::::::::..#",
    "#..............:.............#",
    "#....*.........:......*......#",
    "#..............:.............#",
    "##############################",
)

GAME = """
[game]
name = "meadow"
console = "gba"

[[watch]]
name = "area"
address = 0x02000000
type = "u8"
values = { 1 = "meadow", 2 = "house" }

[[watch]]
name = "player.facing"
address = 0x02000001
type = "u8"
values = { 0 = "down", 1 = "up", 2 = "left", 3 = "right" }

[[watch]]
name = "talking"
address = 0x02000002
type = "u8"

[[watch]]
name = "title"
address = 0x02000003
type = "u8"

[start]
press = "START"
when = "title == 1"

[dialogue]
press = "A"
when = "talking == 1"
"""

#: Base colour and fleck colour of each kind of cell, RGB.
_COLOURS: Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "#": ((64, 56, 72), (152, 144, 136)),
    ".": ((112, 184, 80), (88, 152, 72)),
    ":": ((224, 192, 144), (200, 160, 112)),
    "*": ((112, 184, 80), (248, 160, 176)),
    "D": ((72, 48, 40), (200, 144, 56)),
}

#: Water's colours take each other's place.
_WATER = np.array([(64, 120, 192), (72, 136, 200), (88, 152, 208), (120, 184, 224)], np.uint8)

_PERSON = ((248, 200, 152), (216, 72, 64))


class TileWorld:
    """Draws frames (H, W, 3)."""

    def __init__(self, rows: Sequence[str] = MEADOW, width: int = 240, height: int = 160, light: float = 1.0) -> None:
        self.rows, self.width, self.height, self.light = rows, width, height, light
        self._ground = {phase: self._draw(phase) for phase in range(4)}

    def frame(
        self,
        camera: tuple[int, int],
        *,
        player: tuple[int, int] | None = None,
        people: Sequence[tuple[int, int]] = (),
        phase: int = 0,
        status: bool = False,
        box: bool = False,
        fade: float = 1.0,
    ) -> Rgb:
        """Draw a frame.

        Args:
            camera: Pixel of the area at the screen's corner.
            player: His pixel in the area.
            people: Cells in which others stand.
            phase: Of the water's palette, 0 to 3.
            status: Whether a line of hearts covers the uppermost 8 pixels.
            box: Whether a text covers the lowest third.
            fade: 1 is bright, 0 black.
        """
        area = self._ground[phase].copy()
        for x, y in people:
            _put(area, x * CELL, y * CELL, 1)
        if player:
            _put(area, *player, 0)
        x, y = camera
        frame = area[y : y + self.height, x : x + self.width].copy()
        if status:
            frame[:8] = (32, 32, 56)
            frame[2:6, 8:80:8] = (224, 72, 88)
        if box:
            top = self.height * 2 // 3
            frame[top:] = (32, 32, 56)
            frame[top + 2 : -2, 2:-2] = (248, 248, 240)
            frame[top + 8 : -8 : 6, 8:-8:3] = (24, 16, 32)
        return (frame * fade).astype(np.uint8)

    def _draw(self, phase: int) -> Rgb:
        area = np.zeros((len(self.rows) * CELL, len(self.rows[0]) * CELL, 3), np.uint8)
        for y, row in enumerate(self.rows):
            for x, kind in enumerate(row):
                area[y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL] = _cell(kind, phase)
        return (area * self.light).astype(np.uint8)


def state_of(
    camera: tuple[int, int],
    player: tuple[int, int],
    *,
    facing: int = 0,
    area: int = 1,
    ahead: tuple[bool, bool] = (False, False),
) -> dict[str, int]:
    """Return the watches of a frame.

    Args:
        camera: Pixel of the area at the screen's corner.
        player: His pixel in the area.
        facing: 0 down, 1 up, 2 left, 3 right.
        area: Its number.
        ahead: Whether he goes right, and down: between two cells he is then said to be in the next one.
    """
    cell = [-(-at // CELL) if forwards else at // CELL for at, forwards in zip(player, ahead, strict=True)]
    return {
        **{
            "area": area,
            "camera.x": camera[0],
            "camera.y": camera[1],
            "player.facing": facing,
            "talking": 0,
            "title": 0,
        },
        **{"player.pixel_x": player[0], "player.pixel_y": player[1]},
        **{"player.x": cell[0], "player.y": cell[1]},
    }


def meadow_game() -> Game:
    """Return the world's description."""
    return parse_game(GAME, "game.toml")


@cache
def _cell(kind: str, phase: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:CELL, :CELL]
    if kind == "~":
        water: NDArray[np.uint8] = _WATER[(x // 2 + 3 * (y // 4) + phase) % 4]
        return water
    base, fleck = _COLOURS[kind]
    # Each kind has flecks of its own, the same in all its cells.
    noise = (x * 7 + y * 13 + x * y * ord(kind) % 31) % 23
    cell = np.where((noise < (12 if kind in "#D" else 3))[..., None], fleck, base)
    if kind == "*":
        cell[5:9, 6:10] = (248, 248, 240)
    if kind == "D":
        cell[:, :2] = cell[:, -2:] = (24, 20, 32)
    return cell.astype(np.uint8)


def _put(area: Rgb, left: int, top: int, who: int) -> None:
    """Draw somebody, whose head sticks out of the cell by 3 pixels."""
    body = area[max(0, top - 3) : top + 13, left + 2 : left + 14]
    body[: body.shape[0] // 2] = _PERSON[0]
    body[body.shape[0] // 2 :] = _PERSON[1] if who == 0 else (64, 72, 128)
    body[4:6, 3:9:4] = (24, 20, 32)
