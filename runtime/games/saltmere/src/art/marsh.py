"""Draw the marsh of Saltmere: mud, bog water, mangroves. The cartridge's second country."""

from __future__ import annotations

from math import hypot

from runtime.games.engine.art.canvas import Canvas, noise, stamp
from runtime.games.engine.art.joins import INSIDE
from runtime.games.engine.art.water import water_at


def mud_at(x: int, y: int, salt: int = 0) -> str:
    """Return the colour of one pixel of mud."""
    n = noise(x, y, 170 + salt)
    if n < 14:
        return "mud_light"
    return "mud_dark" if n > 240 else "mud"


def mud(salt: int) -> Canvas:
    """Draw mud with moss on it; `salt` picks the variant."""
    canvas = [[mud_at(x, y, salt) for x in range(16)] for y in range(16)]
    for index in range(2):
        x, y = noise(index, salt, 175) % 10, 1 + noise(index, salt, 176) % 12
        stamp(canvas, x, y, ".mmm. mlmmm .mm..", {"m": "moss", "l": "moss_light"})
    return canvas


def cattails() -> Canvas:
    """Draw cattails in the mud, where things hide."""
    canvas = mud(0)
    stalk = ".b... .b.b. .b.b. .g.g. gg.g. .ggg. ..g.."
    for x, y in ((0, 0), (8, 1), (4, 6), (11, 8), (0, 9)):
        stamp(canvas, x, y, stalk, {"b": "trunk_dark", "g": "moss_light"})
    return canvas


def iris() -> Canvas:
    """Draw yellow irises."""
    canvas = mud(1)
    for x, y in ((2, 2), (9, 4), (4, 9), (11, 10)):
        stamp(canvas, x, y, "y.y yyy .o. .g. gg.", {"y": "straw", "o": "mustard", "g": "moss_light"})
    return canvas


def toadstools() -> Canvas:
    """Draw small pale toadstools."""
    canvas = mud(2)
    for x, y in ((2, 3), (9, 2), (6, 9), (12, 10)):
        stamp(canvas, x, y, ".cc. cwwc .ss. .ss.", {"c": "plank", "w": "plank_light", "s": "cream"})
    return canvas


def thistles() -> Canvas:
    """Draw thistles with bright tips: the hazard must be seen at a glance."""
    canvas = mud(0)
    thistle = "t.t.t .ttt. ktttk .kgk. g.g.g .ggg. ..g.."
    for x, y in ((0, 0), (8, 1), (4, 5), (11, 8), (0, 9), (6, 9)):
        stamp(canvas, x, y, thistle, {"t": "spine_tip", "k": "spine", "g": "palm_rim"})
    return canvas


def lilies() -> Canvas:
    """Draw water lilies on the bog."""
    canvas = [[bog_edge(INSIDE, x, y) for x in range(16)] for y in range(16)]
    for x, y in ((1, 2), (9, 6), (3, 10)):
        stamp(canvas, x, y, ".lll.. llm.ll lmmmll .lll..", {"l": "moss_light", "m": "moss"})
    stamp(canvas, 10, 4, ".p. pwp .p.", {"p": "rose", "w": "white"})
    return canvas


def mangrove(tree_above: bool, tree_below: bool) -> Canvas:
    """Draw a mangrove on its roots; where its neighbours are trees too, leaves fill the gap."""
    canvas = mud(0)
    for y in range(16):
        for x in range(16):
            if (tree_above and y < 8) or (tree_below and y >= 8):
                canvas[y][x] = "mangrove_dark" if noise(x, y, 179) < 150 else "palm_rim"
    if not tree_below:
        roots = "..rr.rr.rr.. .rr.rrrr.rr. rr.r.rr.r.rr r..r.rr.r..r r.r..rr..r.r"
        stamp(canvas, 2, 11, roots, {"r": "trunk_dark"})
    for y in range(13):
        for x in range(16):
            depth = min(hypot((x - cx) / rx, (y - cy) / ry) for cx, cy, rx, ry in CROWN)
            if depth < 1:
                light = -(x - 7.5) / 14 - (y - 5) / 8 + (noise(x, y, 178) - 128) / 260
                inner = "mangrove_light" if light > 0.35 else "mangrove" if light > -0.4 else "mangrove_dark"
                canvas[y][x] = inner if depth < 0.86 else "mud_deep"
    return canvas


#: The flat crown of a mangrove: centre x, centre y, radius x, radius y.
CROWN = ((7.5, 6.5, 7.8, 4.2), (4.5, 4.5, 4.0, 3.8), (11.0, 4.0, 4.4, 3.6))


def boardwalk_edge(distance: float, x: int, y: int) -> str:
    """Colour a walk of boards over the mud."""
    if distance < 1.5:
        return mud_at(x, y, 1)
    if distance < 2.5:
        return "trunk_dark"
    if y % 5 == 4:
        return "trunk_dark"
    return "plank_light" if y % 5 == 0 else "plank_dark" if noise(x // 3, y, 181) > 215 else "plank"


def bog_edge(distance: float, x: int, y: int) -> str:
    """Colour bog water: the sea's ripples in green."""
    if distance < 1:
        return mud_at(x, y, 1)
    if distance < 2.2:
        return "mud_deep"
    if distance < 3.2:
        return "bog_light"
    ripple = water_at(x, y)
    return {"water_a": "bog_light", "water_b": "bog_light", "water_c": "moss", "water_d": "bog_light"}.get(
        ripple, "bog"
    )
