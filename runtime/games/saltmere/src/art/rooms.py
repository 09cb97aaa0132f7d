"""Draw the rooms of Saltmere: pale boards, panelled walls, what stands in them."""

from __future__ import annotations

from math import hypot

from runtime.games.engine.art.canvas import Canvas, copied, filled, noise, rectangle, stamp


def planks() -> Canvas:
    """Draw a floor of long pale boards that run up and down."""
    canvas = filled("plank")
    for y in range(16):
        for x in range(16):
            joint = (y + 8 * (x // 4 % 2)) % 16 == 0
            if x % 4 == 3 or joint:
                canvas[y][x] = "plank_dark"
            elif noise(x, y // 3, 201) > 228:
                canvas[y][x] = "plank_light"
    return canvas


def wall() -> Canvas:
    """Draw a room wall: sea-green boards over a white skirting."""
    canvas = filled("kelp_light")
    for x in range(0, 16, 4):
        rectangle(canvas, x, 0, 1, 16, "kelp")
    rectangle(canvas, 0, 0, 16, 2, "trim")
    rectangle(canvas, 0, 12, 16, 3, "board")
    rectangle(canvas, 0, 15, 16, 1, "timber_dark")
    return canvas


def window() -> Canvas:
    """Draw a room wall with a porthole on the sea."""
    canvas = wall()
    for y in range(16):
        for x in range(16):
            radius = hypot(x - 7.5, y - 7)
            if radius < 5.2:
                canvas[y][x] = "straw_dark" if radius > 3.9 else "water_d" if y < 7 else "water_b"
    return canvas


def shelf() -> Canvas:
    """Draw a rack with charts and a ship in a bottle."""
    canvas = wall()
    rectangle(canvas, 0, 1, 16, 15, "trunk_dark")
    for y in (2, 9):
        rectangle(canvas, 1, y, 14, 5, "ink_soft")
        rectangle(canvas, 1, y + 5, 14, 1, "plank_light")
    for x, colour in ((2, "cream"), (5, "rose"), (8, "sand"), (11, "sea")):
        rectangle(canvas, x, 4, 2, 3, colour)
        canvas[3][x] = "white"
    stamp(
        canvas, 2, 10, "..wwwwwww... .w..r..wwwbb .w.rr..wwwbb .wbbbbbw.... ", {"w": "silver", "r": "red", "b": "trunk"}
    )
    return canvas


def stove() -> Canvas:
    """Draw an iron stove; its flames use the cycling colours."""
    canvas = wall()
    rectangle(canvas, 6, 0, 4, 5, "ink_soft")
    rectangle(canvas, 1, 4, 14, 12, "ink")
    rectangle(canvas, 2, 5, 12, 10, "ink_soft")
    rectangle(canvas, 4, 7, 8, 6, "ink")
    stamp(
        canvas,
        4,
        7,
        "...d.... ..dcd.d. .dcbcdcd dcbabbcd dbaaaabd cbaaaabc",
        {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"},
    )
    return canvas


def table(side: str) -> Canvas:
    """Draw one half of a round-ended table; `side` is left or right."""
    canvas = planks()
    for y in range(16):
        for x in range(16):
            along = x if side == "left" else 15 - x
            if along >= 1 and hypot(max(0, 7 - along) / 6, (y - 7) / 6) < 1:
                canvas[y][x] = "trunk"
            if along >= 1 and hypot(max(0, 7 - along) / 6, (y - 9.5) / 6) < 1 and canvas[y][x] != "trunk":
                canvas[y][x] = "trunk_dark"
    if side == "left":
        stamp(canvas, 6, 4, ".sss. sffsS .sss.", {"s": "silver", "f": "coral", "S": "silver"})
    else:
        stamp(canvas, 4, 3, "ww.. wwww wwrw wwww", {"w": "cream", "r": "red"})
    return canvas


def urn() -> Canvas:
    """Draw an urn with sea holly."""
    canvas = planks()
    stamp(
        canvas,
        4,
        8,
        ".tttttt. tlttttdt tlttttdt tlttttdt .tltttt. ..tttt..",
        {"t": "trim", "l": "rug_light", "d": "navy"},
    )
    stamp(
        canvas,
        2,
        1,
        "..l..l..l... ..gl.gl.gl.. l.gg.gg.g.l. gl.ggggg.gl. .gggggggg... ...ggggg....  ....ggg.....",
        {"l": "lilac", "g": "dune_dark"},
    )
    return canvas


def bed(part: str) -> Canvas:
    """Draw one half of a bunk; `part` is head or foot."""
    canvas = planks()
    rectangle(canvas, 1, 0, 14, 16, "trunk_dark")
    rectangle(canvas, 2, 0, 12, 15, "red")
    for y in range(16):
        if y % 4 < 2:
            rectangle(canvas, 2, y, 12, 1, "cream")
    if part == "head":
        rectangle(canvas, 1, 0, 14, 3, "trunk")
        rectangle(canvas, 2, 3, 12, 6, "board")
        rectangle(canvas, 3, 4, 10, 4, "white")
    else:
        rectangle(canvas, 1, 13, 14, 3, "trunk")
    return canvas


def mat() -> Canvas:
    """Draw the door mat that leads out of a house."""
    canvas = filled("ink")
    rectangle(canvas, 1, 0, 14, 13, "straw_dark")
    for y in range(1, 12):
        for x in range(2, 14):
            canvas[y][x] = "straw" if (x + y) % 3 else "trunk"
    return canvas


def beam_top(distance: float, _x: int, _y: int) -> str:
    """Colour the top of a house wall seen from above."""
    if distance < 1:
        return "timber_dark"
    if distance < 3:
        return "board_line"
    return "ink_soft" if distance < 4 else "ink"


def battle_ground(ground: Canvas, colour: str) -> Canvas:
    """Draw the trampled ground that a fighter stands on."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            if noise(x // 3, y, 205) < 110:
                canvas[y][x] = colour
    return canvas
