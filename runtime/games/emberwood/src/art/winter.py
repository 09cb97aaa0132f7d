"""Draw the cold heights of Emberwood: snow, firs, ice. The cartridge's second country."""

from __future__ import annotations

from math import hypot

from runtime.games.engine.art.canvas import Canvas, noise, stamp
from runtime.games.engine.art.water import water_at

FIR_TIERS = ((0, 5, 2.2), (3, 9, 4.6), (7, 13, 6.8))  # top row, bottom row, half width


def snow_at(x: int, y: int, salt: int = 0) -> str:
    """Return the colour of one pixel of bare snow."""
    n = noise(x, y, 200 + salt)
    if n < 12:
        return "white"
    return "snow_dark" if n > 247 else "snow_light" if n > 225 else "snow"


def snow(salt: int) -> Canvas:
    """Draw snow with drifts; `salt` picks the variant."""
    canvas = [[snow_at(x, y, salt) for x in range(16)] for y in range(16)]
    for index in range(2):
        x, y = noise(index, salt, 205) % 9, 2 + noise(index, salt, 206) % 12
        stamp(canvas, x, y, "..lll.. .l...ll d......", {"l": "white", "d": "snow_dark"})
    return canvas


def tufts() -> Canvas:
    """Draw dry grass that stands out of the snow."""
    canvas = snow(0)
    blade = "y..y. by.by bb.bb .bbb. ..b.."
    for x, y in ((1, 1), (9, 3), (4, 9), (11, 10)):
        stamp(canvas, x, y, blade, {"y": "straw_dark", "b": "bark"})
    return canvas


def tracks() -> Canvas:
    """Draw a hare's tracks."""
    canvas = snow(1)
    for x, y in ((1, 11), (5, 7), (9, 4), (12, 0)):
        stamp(canvas, x, y, "d.d d.d .d.", {"d": "snow_dark"})
    return canvas


def fir_at(x: int, y: int) -> str:
    """Return the colour of a snowy fir's pixel, or "" outside it."""
    for top, bottom, half in reversed(FIR_TIERS):
        if top <= y < bottom:
            reach = half * (y - top + 1) / (bottom - top)
            off = x - 7.5
            if abs(off) < reach:
                if abs(off) > reach - 1:
                    return "leaf_rim"
                if y - top < 2 or (off < 0 and y == bottom - 2):
                    return "snow_light" if off < 1 else "snow_dark"
                return "fir" if off < 0.5 + noise(x, y, 12) / 200 else "fir_dark"
    return ""


def fir(tree_above: bool, tree_below: bool) -> Canvas:
    """Draw a fir; where its neighbours are trees too, branches fill the gap."""
    canvas = snow(0)
    for y in range(16):
        for x in range(16):
            if (tree_above and y < 8) or (tree_below and y >= 8):
                n = noise(x, y, 209)
                canvas[y][x] = "leaf_rim" if n < 90 else "snow_dark" if n > 235 else "fir_dark"
    if not tree_below:
        for y in range(12, 16):
            for x in range(2, 14):
                if hypot((x - 7.5) / 6.5, (y - 13.5) / 2.0) < 1:
                    canvas[y][x] = "snow_dark"
        stamp(canvas, 6, 12, "rbbr rbbr rbbr", {"r": "bark_dark", "b": "bark"})
    for y in range(13):
        for x in range(16):
            colour = fir_at(x, y)
            if colour:
                canvas[y][x] = colour
    return canvas


def snowdrops() -> Canvas:
    """Draw snowdrops and crocuses that come through the snow."""
    canvas = snow(2)
    for x, y, petal in ((2, 2, "petal_blue"), (9, 4, "violet"), (4, 9, "violet"), (11, 11, "petal_blue")):
        stamp(canvas, x, y, "p.p ppp .y. g.g gg.", {"p": petal, "y": "straw", "g": "fir"})
    return canvas


def path_edge(distance: float, x: int, y: int) -> str:
    """Colour a path that is trodden in snow."""
    if distance < 1.5:
        return snow_at(x, y, 1)
    if distance < 2.5:
        return "snow_dark" if noise(x, y, 31) > 60 else "snow"
    if distance < 3.5:
        return "trod_dark"
    n = noise(x, y, 32)
    if n < 16:
        return "trod_light"
    return "trod_dark" if n > 240 else "trod"


def water_edge(distance: float, x: int, y: int) -> str:
    """Colour open water between banks of snow and ice."""
    if distance < 1:
        return snow_at(x, y, 1)
    if distance < 2:
        return "snow_dark"
    if distance < 3.2:
        return "foam"
    if distance < 4.2:
        return "water_d" if (x + y) % 2 else "water_c"
    return water_at(x, y)


def floes() -> Canvas:
    """Draw ice that drifts in water."""
    canvas = [[water_at(x, y) for x in range(16)] for y in range(16)]
    for x, y, floe in ((1, 2, ".sss.. sllsss .dddd."), (8, 9, "..sss. sslsss ddssdd ..dd..")):
        stamp(canvas, x, y, floe, {"s": "snow", "l": "white", "d": "snow_dark"})
    return canvas
