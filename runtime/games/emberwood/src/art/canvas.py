"""Colours and the canvas that the drawing scripts share.

A canvas is a list of rows of colour names; 16x16 for a map cell.
"""

from __future__ import annotations

Canvas = list[list[str]]

#: Colour name -> rrggbb. The order is the order in the palette, from entry 1.
COLOURS = {
    "ink": "181420",
    "ink_soft": "383048",
    "white": "f8f8f0",
    "cream": "f8e8c8",
    "silver": "c8c8d0",
    "skin": "f8c898",
    "skin_dark": "d89868",
    "hair": "704028",
    "hair_light": "a86838",
    "red": "d84840",
    "red_dark": "983040",
    "navy": "404880",
    "boot": "584038",
    "violet": "8860b0",
    "violet_dark": "583c80",
    "straw": "f0d068",
    "straw_dark": "c09038",
    "teal": "409890",
    "teal_dark": "286868",
    "ochre": "d08838",
    "slime": "68b8d0",
    "slime_light": "c0f0f0",
    "slime_dark": "3878a8",
    "grass": "70b850",
    "grass_light": "90d068",
    "grass_dark": "589c48",
    "grass_deep": "407c40",
    "path": "e0c090",
    "path_light": "f0d8a8",
    "path_dark": "c8a070",
    "path_edge": "987048",
    "leaf_rim": "183830",
    "leaf_dark": "285840",
    "leaf": "387848",
    "leaf_light": "58a050",
    "leaf_glint": "90c860",
    "bark": "785038",
    "bark_dark": "483028",
    "water_a": "4078c0",
    "water_b": "4888c8",
    "water_c": "5898d0",
    "water_d": "78b8e0",
    "water_still": "4078c0",
    "water_deep": "3860a8",
    "foam": "c8e8f0",
    "bank": "806040",
    "plaster": "f0e0c0",
    "plaster_dark": "d0b890",
    "timber": "805030",
    "timber_dark": "503028",
    "roof": "c85840",
    "roof_light": "e88058",
    "roof_dark": "983840",
    "slate": "5880b0",
    "slate_light": "80a8d0",
    "slate_dark": "405c88",
    "roof_rim": "482838",
    "glass": "78b8d8",
    "glass_light": "c8f0f8",
    "rock": "a09890",
    "rock_light": "c8c0b0",
    "rock_dark": "706870",
    "rock_deep": "484050",
    "floor": "988878",
    "floor_light": "a89888",
    "floor_dark": "807068",
    "pit": "383048",
    "pit_light": "484060",
    "thorn": "783858",
    "thorn_dark": "482038",
    "thorn_tip": "e07890",
    "plank": "c09060",
    "plank_light": "d8a878",
    "plank_dark": "986840",
    "rug": "b04858",
    "rug_light": "e0a868",
    "fire_a": "f8f0a0",
    "fire_b": "f8c048",
    "fire_c": "f08830",
    "fire_d": "c84828",
    "petal": "f8a0b0",
    "petal_blue": "a0b0f8",
    "moss": "688858",
    "crystal": "a088e0",
    "crystal_light": "e0d0f8",
}

#: Palette entries that take each other's place over time: water that moves, fire that flickers.
CYCLES = [
    ["water_a", "water_b", "water_c", "water_d"],
    ["fire_a", "fire_b", "fire_c", "fire_d"],
]

LOGO_COLOURS = {
    "logo_rim": "281020",
    "logo_a": "f8f8c0",
    "logo_b": "f8e070",
    "logo_c": "f8b040",
    "logo_d": "e87030",
    "logo_e": "b83830",
}

#: Entries of the text palette: see-through, panel, text, shadow, grey, red, pink, orange, yellow, gold.
TEXT_COLOURS = [
    "000000",
    "202038",
    "f8f8f0",
    "181020",
    "484868",
    "e04858",
    "f8a8a8",
    "f08830",
    "f8e880",
    "d8a860",
]


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
            if character != "." and 0 <= x + dx < 16 and 0 <= y + dy < 16:
                canvas[y + dy][x + dx] = ink[character]


def quarter(canvas: Canvas, part: int) -> Canvas:
    """Return one 8x8 quarter: 0 top left, 1 top right, 2 bottom left, 3 bottom right."""
    x, y = 8 * (part % 2), 8 * (part // 2)
    return [row[x : x + 8] for row in canvas[y : y + 8]]
