"""The title's large letters."""

from __future__ import annotations

from .canvas import Canvas
from .font import glyphs
from .palette import TRANSPARENT

LOGO_TILES_WIDE, LOGO_TILES_HIGH = 22, 4


def scale3x(bits: list[list[bool]]) -> list[list[bool]]:
    """Enlarge a one-bit picture three times, rounding its corners (the Scale3x rule)."""

    def at(x: int, y: int) -> bool:
        return 0 <= y < len(bits) and 0 <= x < len(bits[0]) and bits[y][x]

    big = [[False] * (3 * len(bits[0])) for _ in range(3 * len(bits))]
    for y in range(len(bits)):
        for x in range(len(bits[0])):
            up, left, right, down = at(x, y - 1), at(x - 1, y), at(x + 1, y), at(x, y + 1)
            for dy in range(3):
                for dx in range(3):
                    vertical, horizontal = (up, down)[dy == 2], (left, right)[dx == 2]
                    corner = dx != 1 and dy != 1 and vertical == horizontal
                    open_corner = up != down and left != right
                    big[3 * y + dy][3 * x + dx] = vertical if corner and open_corner else at(x, y)
    return big


def logo(word: str) -> Canvas:
    """Draw the title from the logo's colours, light at the top, with a dark rim."""
    font = glyphs()
    small = [[c == "#" for letter in word for c in font[letter][y] + "."] for y in range(7)]
    bits = scale3x(small)
    canvas = [[TRANSPARENT] * (8 * LOGO_TILES_WIDE) for _ in range(8 * LOGO_TILES_HIGH)]
    left, top = (8 * LOGO_TILES_WIDE - len(bits[0]) + 3) // 2, 5
    inked = [(left + x, top + y) for y in range(len(bits)) for x in range(len(bits[0])) if bits[y][x]]
    for x, y in inked:
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1), (2, 2), (1, 2), (2, 1), (0, 2)):
            canvas[y + dy][x + dx] = "logo_rim"
    ramp = ["logo_a", "logo_b", "logo_c", "logo_d", "logo_e"]
    for x, y in inked:
        height = (y - top) / 21 * 4.6
        step = int(height) + (1 if height % 1 > 0.6 and (x + y) % 2 else 0)
        canvas[y][x] = ramp[min(step, 4)]
    return canvas
