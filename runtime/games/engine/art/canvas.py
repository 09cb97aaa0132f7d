"""The canvas of the drawing scripts: a list of rows of colour names, 16x16 for a map cell."""

from __future__ import annotations

Canvas = list[list[str]]


def noise(x: int, y: int, salt: int = 0) -> int:
    """Return 0..255 from a cell, the same on every machine and run."""
    mixed = (x * 374761393 + y * 668265263 + salt * 2246822519) & 0xFFFFFFFF
    mixed = ((mixed ^ mixed >> 13) * 1274126177) & 0xFFFFFFFF
    return (mixed ^ mixed >> 16) & 0xFF


def filled(colour: str) -> Canvas:
    """Return a canvas of one colour."""
    return [[colour] * 16 for _ in range(16)]


def copied(canvas: Canvas) -> Canvas:
    """Return a canvas that can be drawn on without changing the first."""
    return [list(row) for row in canvas]


def rectangle(canvas: Canvas, x: int, y: int, width: int, height: int, colour: str) -> None:
    """Fill a rectangle."""
    for row in range(y, y + height):
        for column in range(x, x + width):
            canvas[row][column] = colour


def stamp(canvas: Canvas, x: int, y: int, picture: str, ink: dict[str, str]) -> None:
    """Draw a text picture with its top left at (x, y); "." leaves what is there."""
    for dy, row in enumerate(picture.split()):
        for dx, character in enumerate(row):
            if character != "." and 0 <= y + dy < len(canvas) and 0 <= x + dx < len(canvas[0]):
                canvas[y + dy][x + dx] = ink[character]


def quarter(canvas: Canvas, part: int) -> Canvas:
    """Return one 8x8 quarter: 0 top left, 1 top right, 2 bottom left, 3 bottom right."""
    x, y = 8 * (part % 2), 8 * (part // 2)
    return [row[x : x + 8] for row in canvas[y : y + 8]]


def grid(picture: str, width: int) -> list[str]:
    """Split a picture into rows. Raises ValueError on a row that is not `width` characters long."""
    rows = picture.strip("\n").split("\n")
    for number, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"row {number} is {len(row)} characters, not {width}: {row!r}")
    return rows
