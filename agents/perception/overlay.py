"""The annotated frame, for people and for models that see (requirements C5.3 to C5.5).

What can be walked is green, what blocks is red, what can be acted on is blue, the player is yellow, what is not known
stays as it is. With the coordinates of the cells, signs for goals and doors, the way and a legend.
"""

import numpy as np
from numpy.typing import NDArray

from agents.perception.canvas import Canvas, Colour, colour, packed, three_eighths, tinted
from agents.perception.guidance import COMPASS, Guidance, compass_to
from agents.perception.kinds import INTERACTIVE, OBSTACLES, WALKABLE, TileType
from agents.perception.lettering import LETTER_HEIGHT, LETTER_WIDTH
from agents.perception.sight import Cell, Sight
from agents.perception.surroundings import SURE
from agents.perception.tiles import CELL
from runtime.pixels import Rgb

GREEN, RED, BLUE = colour(40, 220, 60), colour(235, 40, 40), colour(60, 110, 255)
YELLOW, MAGENTA, WHITE = colour(255, 232, 40), colour(255, 70, 220), colour(255, 255, 255)
_INK, _PAPER, _DIM = colour(12, 12, 20), colour(28, 28, 40), colour(150, 150, 170)

#: Pixels around the picture for the coordinates; below it for two lines of text.
_LEFT, _TOP, _LINE = 2 * LETTER_WIDTH + 4, LETTER_HEIGHT + 2, LETTER_HEIGHT + 2

#: Cells that have a number: a small area may lie in the middle of the screen; larger ones than this are not known.
_FIRST_NUMBER, _LAST_NUMBER = -16, 255

#: What is said of a type in one letter, on its cell.
_LETTERS = {
    TileType.INTERACTIVE_NPC: "N",
    TileType.INTERACTIVE_DOOR: "D",
    TileType.INTERACTIVE_ITEM: "I",
    TileType.INTERACTIVE_CHEST: "C",
    TileType.OBSTACLE_WATER: "~",
}

_LEGEND = (("walk", GREEN), ("block", RED), ("act", BLUE), ("you", YELLOW), ("goal", MAGENTA))

_ARROWS = {"north": (0, -1), "south": (0, 1), "west": (-1, 0), "east": (1, 0)}


class Overlay:
    """Draws annotated frames of one size, over and over into the same memory."""

    def __init__(self, width: int, height: int, scale: int = 2) -> None:
        """Make the memory.

        Args:
            width: Of the frames, pixels.
            height: Of the frames, pixels.
            scale: Each pixel becomes so many squared.
        """
        self._scale = scale
        self._size = (width, height)
        self._canvas = Canvas(_LEFT + width * scale, _TOP + height * scale + 2 * _LINE)
        self._picture = np.zeros((height, width), "<u4")
        self._tints = np.zeros((height, width), "<u4")
        self._columns, self._rows = _numbers(CELL * scale)
        self._tint_of = np.zeros(len(TileType), np.uint32)
        for kinds, paint in ((WALKABLE, GREEN), (OBSTACLES, RED), (INTERACTIVE, BLUE)):
            for kind in kinds:
                self._tint_of[kind] = three_eighths(paint)

    def draw(self, rgb: Rgb, sight: Sight, guidance: Guidance | None = None) -> Rgb:
        """Return the annotated frame, (H, W, 3) uint8, valid until the next call.

        Args:
            rgb: The frame, (height, width, 3).
            sight: What was seen of it.
            guidance: What is wanted and known.
        """
        wanted = guidance or Guidance()
        self._clear()
        packed(rgb, self._picture)
        if sight.is_map and sight.types.size:
            self._tint(sight)
            self._canvas.put(_LEFT, _TOP, self._picture, self._scale)
            self._grid(sight)
            self._signs(sight, wanted)
        else:
            self._canvas.put(_LEFT, _TOP, self._picture, self._scale)
        self._footer(sight, wanted)
        return self._canvas.rgb()

    def _clear(self) -> None:
        """Paint over what lies around the picture."""
        bottom = _TOP + self._size[1] * self._scale
        self._canvas.pixels[:_TOP] = self._canvas.pixels[bottom:] = _PAPER
        self._canvas.pixels[_TOP:bottom, :_LEFT] = _PAPER

    def _tint(self, sight: Sight) -> None:
        left, top = sight.offset
        box = (slice(top, top + sight.height * CELL), slice(left, left + sight.width * CELL))
        cells = np.where(sight.confidence >= SURE, self._tint_of[sight.types], np.uint32(0))
        tints = self._tints[box]
        tints.reshape(sight.height, CELL, sight.width, CELL)[...] = cells[:, None, :, None]
        picture = self._picture[box]
        np.copyto(picture, tinted(picture, tints), where=tints != 0)

    def _grid(self, sight: Sight) -> None:
        side, (width, height) = CELL * self._scale, self._size
        rows = _TOP + sight.offset[1] * self._scale + side * np.arange(sight.height + 1)
        columns = _LEFT + sight.offset[0] * self._scale + side * np.arange(sight.width + 1)
        right, bottom = _LEFT + width * self._scale, _TOP + height * self._scale
        self._canvas.shade_rows(rows[rows < bottom], _LEFT, right)
        self._canvas.shade_columns(columns[columns < right], _TOP, bottom)
        self._number(sight)

    def _number(self, sight: Sight) -> None:
        """Put the cells' numbers beside the picture, those of the player's column and row in his colour."""
        side, (width, height) = CELL * self._scale, self._size
        x = (sight.x0 - _FIRST_NUMBER) * side - sight.offset[0] * self._scale
        y = (sight.y0 - _FIRST_NUMBER) * side - sight.offset[1] * self._scale
        columns, rows = self._columns[:, max(0, x) : x + width * self._scale], self._rows[max(0, y) :]
        rows = rows[: height * self._scale]
        self._canvas.pixels[:_TOP, _LEFT : _LEFT + columns.shape[1]] = columns
        self._canvas.pixels[_TOP : _TOP + rows.shape[0], :_LEFT] = rows
        if sight.player is not None and sight.player in sight:
            left, top, _ = self._box(sight, sight.player)
            _label(self._canvas, left + side // 2, 1, sight.player[0], YELLOW)
            _label(self._canvas, _LEFT // 2, top + (side - LETTER_HEIGHT) // 2, sight.player[1], YELLOW)

    def _signs(self, sight: Sight, wanted: Guidance) -> None:
        acts = _NAMED[sight.types] & (sight.confidence >= SURE)
        for row, column in zip(*np.nonzero(acts | sight.sprites), strict=True):
            self._sign(sight, int(row), int(column))
        for cell in wanted.path:
            left, top, side = self._box(sight, cell)
            self._canvas.fill(left + side * 3 // 8, top + side * 3 // 8, side // 4, side // 4, WHITE)
        for cell, word in wanted.doors.items():
            self._name(sight, cell, f">{word}" if word else "D", BLUE)
        for cell, word in wanted.marks.items():
            self._name(sight, cell, f"!{word}", MAGENTA)
        if sight.player_px is not None:
            self._player(sight)
        if wanted.target is not None:
            self._target(sight, wanted.target)

    def _sign(self, sight: Sight, row: int, column: int) -> None:
        kind = TileType(int(sight.types[row, column]))
        left, top, side = self._box(sight, (sight.x0 + column, sight.y0 + row))
        sprite = bool(sight.sprites[row, column])
        if sprite or kind in INTERACTIVE:
            self._canvas.frame(left + 1, top + 1, side - 1, side - 1, BLUE)
        letter = "?" if sprite and kind not in INTERACTIVE else _LETTERS.get(kind, "?")
        self._canvas.write(left + 3, top + 2, letter, WHITE, BLUE if letter != "~" else None)

    def _player(self, sight: Sight) -> None:
        assert sight.player_px is not None
        side = CELL * self._scale
        left, top = (_LEFT + sight.player_px[0] * self._scale, _TOP + sight.player_px[1] * self._scale)
        self._canvas.frame(left, top, side, side, YELLOW, 3)
        dx, dy = _ARROWS.get(COMPASS.get(sight.facing, ""), (0, 0))
        if dx or dy:
            tip = _triangle(dx, dy, side // 2)
            shift = side * 3 // 4
            self._canvas.stamp(left + side // 4 + dx * shift, top + side // 4 + dy * shift, tip, YELLOW)

    def _target(self, sight: Sight, target: Cell) -> None:
        left, top, side = self._box(sight, target)
        if target in sight:
            self._canvas.frame(left, top, side, side, MAGENTA, 3)
            self._canvas.write(left + side // 2 - 3, top + (side - LETTER_HEIGHT) // 2, "X", WHITE, MAGENTA)
        elif sight.player is not None:
            self._arrow_at_edge(sight, target)

    def _arrow_at_edge(self, sight: Sight, target: Cell) -> None:
        """Point from the picture's edge to a target beyond it."""
        assert sight.player is not None
        side, (width, height) = CELL * self._scale, (size * self._scale for size in self._size)
        left, top, _ = self._box(sight, target)
        x = min(max(left, _LEFT + 2), _LEFT + width - side - 2)
        y = min(max(top, _TOP + 2), _TOP + height - side - 2)
        beyond_x, beyond_y = left - x, top - y
        step = (0, np.sign(beyond_y)) if abs(beyond_y) >= abs(beyond_x) else (np.sign(beyond_x), 0)
        self._canvas.stamp(x, y, _triangle(int(step[0]), int(step[1]), side), MAGENTA)

    def _name(self, sight: Sight, cell: Cell, word: str, paint: Colour) -> None:
        if cell in sight:
            left, top, side = self._box(sight, cell)
            self._canvas.frame(left + 1, top + 1, side - 1, side - 1, paint)
            room = _LEFT + self._size[0] * self._scale - LETTER_WIDTH * len(word) - 1
            self._canvas.write(min(left + 3, room), top + side - LETTER_HEIGHT, word, WHITE, paint)

    def _box(self, sight: Sight, cell: Cell) -> tuple[int, int, int]:
        """Return left, top and side of a cell on the canvas; it may lie beyond the edges."""
        side = CELL * self._scale
        left = _LEFT + sight.offset[0] * self._scale + (cell[0] - sight.x0) * side
        return left, _TOP + sight.offset[1] * self._scale + (cell[1] - sight.y0) * side, side

    def _footer(self, sight: Sight, wanted: Guidance) -> None:
        line = _TOP + self._size[1] * self._scale + 1
        at = _LEFT
        for word, paint in _LEGEND:
            self._canvas.fill(at, line + 2, 8, 8, paint)
            at = self._canvas.write(at + 10, line, word, WHITE, _PAPER) + LETTER_WIDTH
        if not sight.is_map:
            self._canvas.write(at, line, f"no map: {sight.view}", YELLOW)
        elif sight.view == "talk":
            self._canvas.write(at, line, "text shown", YELLOW)
        self._canvas.write(_LEFT, line + _LINE, _hint(sight, wanted), WHITE, _PAPER)


def _hint(sight: Sight, wanted: Guidance) -> str:
    parts = [wanted.area_name] if wanted.area_name else [f"area {sight.area}"] if sight.area >= 0 else []
    if sight.player is not None:
        facing = f" {COMPASS[sight.facing]}" if sight.facing else ""
        parts.append(f"({sight.player[0]},{sight.player[1]}){facing}")
        if wanted.target is not None:
            way = compass_to(sight.player, wanted.target)
            parts.append(f"goal ({wanted.target[0]},{wanted.target[1]}) {way}")
    return "  ".join((*parts, wanted.quest))


def _numbers(side: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return all columns' numbers in a row, and all rows' numbers in a column, for cells of `side` pixels."""
    count = _LAST_NUMBER + 1 - _FIRST_NUMBER
    across, down = Canvas(count * side, _TOP), Canvas(_LEFT, count * side)
    across.pixels[...] = down.pixels[...] = _PAPER
    for i in range(count):
        _label(across, i * side + side // 2, 1, _FIRST_NUMBER + i, _DIM)
        _label(down, _LEFT // 2, i * side + (side - LETTER_HEIGHT) // 2, _FIRST_NUMBER + i, _DIM)
    return across.pixels, down.pixels


def _label(canvas: Canvas, middle: int, top: int, number: int, paint: Colour) -> None:
    text = str(number)
    canvas.write(middle - len(text) * LETTER_WIDTH // 2, top, text, paint, _PAPER)


#: Types that get a letter on the picture.
_NAMED = np.array([kind in _LETTERS for kind in TileType])


def _triangle(dx: int, dy: int, side: int) -> NDArray[np.bool_]:
    """Return a mask (side, side) of a triangle that points along (dx, dy)."""
    along = np.arange(side)
    half = np.abs(along - (side - 1) / 2)
    right: NDArray[np.bool_] = half[:, None] * 2 <= side - 1 - along[None, :]
    if dx:
        return right if dx > 0 else right[:, ::-1]
    return right.T if dy > 0 else right.T[::-1]
