"""Draw the ground, plants, water and rock of Emberwood, and the shapes that join up with their neighbours."""

from __future__ import annotations

from math import hypot, pi, sin

from runtime.games.engine.art.canvas import Canvas, copied, filled, noise, stamp
from runtime.games.engine.art.joins import INSIDE, blob
from runtime.games.engine.art.water import water_at, water_edge

from . import buildings, deeps, more, winter


def grass_at(x: int, y: int, salt: int = 0) -> str:
    """Return the colour of one pixel of bare grass."""
    n = noise(x, y, salt)
    if n < 10:
        return "grass_light"
    return "grass_dark" if n > 244 else "grass"


def grass(salt: int) -> Canvas:
    """Draw grass with a few tufts; `salt` picks the variant."""
    canvas = [[grass_at(x, y, salt) for x in range(16)] for y in range(16)]
    tuft = "d..d .dd."
    for index in range(2 + salt % 2):
        x, y = noise(index, salt, 5) % 12, 1 + noise(index, salt, 6) % 13
        stamp(canvas, x, y, tuft, {"d": "grass_dark"})
        stamp(canvas, x, y - 1, "l..l", {"l": "grass_light"})
    return canvas


def tall_grass() -> Canvas:
    """Draw clumps of tall grass."""
    canvas = grass(0)
    blade = "l..l. dl.dl dd.dd .ddd. ..d.."
    for x, y in ((1, 1), (9, 2), (5, 6), (0, 10), (10, 10)):
        stamp(canvas, x, y, blade, {"l": "grass_light", "d": "grass_deep"})
    return canvas


def flowers() -> Canvas:
    """Draw flowers in grass."""
    canvas = grass(3)
    bloom = ".p. pyp .p. .g."
    stamp(canvas, 2, 2, bloom, {"p": "petal", "y": "straw", "g": "grass_deep"})
    stamp(canvas, 9, 5, bloom, {"p": "white", "y": "straw", "g": "grass_deep"})
    stamp(canvas, 4, 10, bloom, {"p": "petal_blue", "y": "straw", "g": "grass_deep"})
    stamp(canvas, 12, 11, bloom, {"p": "petal", "y": "straw", "g": "grass_deep"})
    return canvas


def mushrooms() -> Canvas:
    """Draw two mushrooms in grass."""
    canvas = grass(1)
    cap = ".rrr. rwrrr rrrwr .ccc. .ccc."
    ink = {"r": "red", "w": "white", "c": "cream"}
    stamp(canvas, 2, 7, cap, ink)
    stamp(canvas, 9, 3, cap, ink)
    return canvas


def floor(salt: int) -> Canvas:
    """Draw a cave floor; `salt` picks the variant."""

    def at(x: int, y: int) -> str:
        n = noise(x, y, 40 + salt)
        if n < 14:
            return "floor_light"
        return "floor_dark" if n > 238 else "floor"

    canvas = [[at(x, y) for x in range(16)] for y in range(16)]
    pebble = ".ll. lffd .dd."
    x, y = noise(salt, 1, 41) % 12, noise(salt, 2, 42) % 12
    stamp(canvas, x, y, pebble, {"l": "floor_light", "f": "floor", "d": "floor_dark"})
    return canvas


def crystals() -> Canvas:
    """Draw crystals on a cave floor."""
    canvas = floor(2)
    shard = "..w.. .wpk. .wpk. wppk. wppkk .kkk."
    ink = {"w": "crystal_light", "p": "crystal", "k": "violet_dark"}
    stamp(canvas, 2, 7, shard, ink)
    stamp(canvas, 9, 8, shard, ink)
    stamp(canvas, 6, 2, shard, ink)
    return canvas


def tree(tree_above: bool, tree_below: bool) -> Canvas:
    """Draw a tree; where its neighbours are trees too, leaves fill the gap."""
    canvas = grass(0)
    for y in range(16):
        for x in range(16):
            if (tree_above and y < 8) or (tree_below and y >= 8):
                canvas[y][x] = "leaf_rim" if noise(x, y, 9) < 90 else "leaf_dark"
    if not tree_below:
        for y in range(12, 16):
            for x in range(2, 14):
                if hypot((x - 7.5) / 6.5, (y - 13.5) / 2.2) < 1:
                    canvas[y][x] = "grass_deep"
        stamp(canvas, 6, 11, "rbbr rbbr rbbr rbbr", {"r": "bark_dark", "b": "bark"})
    for y in range(14):
        for x in range(16):
            colour = canopy(x, y)
            if colour:
                canvas[y][x] = colour
    return canvas


#: The three leaf masses of a tree: centre x, centre y, radius x, radius y; later ones are nearer.
LEAF_MASSES = ((7.5, 5.2, 6.2, 5.4), (4.3, 8.6, 4.6, 4.6), (11.0, 8.6, 4.6, 4.6))


def canopy(x: int, y: int) -> str:
    """Return the leaf colour of a tree top lit from the upper left, or "" outside it."""
    depths = [hypot((x - cx) / rx, (y - cy) / ry) for cx, cy, rx, ry in LEAF_MASSES]
    covering = [i for i, depth in enumerate(depths) if depth < 1]
    if not covering:
        return ""
    if min(depths) > 0.82:
        return "leaf_rim"
    nearest = covering[-1]
    cx, cy, rx, ry = LEAF_MASSES[nearest]
    light = (x - cx) / rx * 0.5 + (y - cy) / ry + (noise(x, y, 12) - 128) / 600
    light += (y - 6) / 14 + (0.14 if (x + y) % 2 else -0.14)
    if nearest > 0 and depths[nearest] > 0.88 and y < 9:
        return "leaf_dark"
    if light > 0.62:
        return "leaf_dark"
    if light > 0.05:
        return "leaf"
    return "leaf_light" if light > -0.72 else "leaf_glint"


def stump() -> Canvas:
    """Draw what is left of a felled tree."""
    canvas = grass(0)
    picture = "...kkkkkk... .kklllllpkk. klplpppllppk klpplllplppk klpplpplpppk .kkplllppkk. "
    picture += "rkkkkkkkkkkr rbbrbbbrbbbr rbbrbbbrbbbr .rbbrbbbrbr. ..rrr.rrr..."
    stamp(canvas, 2, 3, picture, {"k": "bark_dark", "l": "plank_light", "p": "plank", "b": "bark", "r": "bark_dark"})
    return canvas


def boulder(ground: Canvas) -> Canvas:
    """Draw a round stone."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            radius = hypot((x - 7.5) / 7.2, (y - 8.5) / 6.2)
            light = (x - 7.5) / 9 + (y - 8.5) / 6 + (noise(x, y, 21) - 128) / 600
            if radius < 1:
                colour = "rock_dark" if light > 0.45 else "rock"
                colour = "rock_light" if light < -0.55 else colour
                canvas[y][x] = "rock_deep" if radius > 0.86 else colour
    stamp(canvas, 8, 6, "d.. .d. .dd", {"d": "rock_dark"})
    return canvas


def brambles(ground: Canvas) -> Canvas:
    """A tangle of thorny stems with pink tips: the hazard must be seen at a glance."""
    canvas = copied(ground)
    arcs = [(start, sway) for start in (1, 9) for sway in (-1, 1)]
    for start, sway in arcs:
        for x in range(16):
            y = start + round(2 + sway * 3.6 * sin((x + start) * pi / 8))
            for dy, colour in ((0, "thorn"), (1, "thorn_dark")):
                canvas[(y + dy) % 16][x] = colour
    for start, sway in arcs:
        for x in range((start + 2 * sway) % 4, 16, 4):
            y = start + round(2 + sway * 3.6 * sin((x + start) * pi / 8))
            canvas[(y - 1) % 16][x] = "thorn_tip"
    for x, y in ((3, 3), (11, 8), (6, 13), (13, 2), (1, 9)):
        stamp(canvas, x, y, "ll ld", {"l": "leaf_light", "d": "leaf_dark"})
    return canvas


def thorn_wall() -> Canvas:
    """Draw brambles grown together: no way through."""
    canvas = brambles(filled("leaf_rim"))
    over = brambles(filled("."))
    for y in range(16):
        for x in range(16):
            colour = over[(x + 3) % 16][(y + 5) % 16]
            if colour != ".":
                canvas[y][x] = colour
    return canvas


def path_edge(distance: float, x: int, y: int) -> str:
    """Colour a trodden path."""
    if distance < 1.5:
        return grass_at(x, y, 1)
    if distance < 2.5:
        return "path_edge" if noise(x, y, 31) > 60 else "grass_dark"
    if distance < 3.5:
        return "path_dark"
    n = noise(x, y, 32)
    if n < 16:
        return "path_light"
    return "path_dark" if n > 240 else "path"


def reeds() -> Canvas:
    """Draw reeds that stand in water."""
    canvas = [[water_at(x, y) for x in range(16)] for y in range(16)]
    blade = ".b... .b.b. gb.b. g.gbg g.g.g ggggg .ggg. ..d.."
    for x, y in ((1, 0), (9, 1), (5, 7), (11, 8), (0, 9)):
        stamp(canvas, x, y, blade, {"b": "bark", "g": "leaf_light", "d": "water_deep"})
    return canvas


def rock_top(distance: float, x: int, y: int) -> str:
    """Colour the top of a rock seen from above: a lit rim, darkness within."""
    if distance < 1:
        return "rock_deep"
    if distance < 2.5:
        return "rock_light" if x + y < 16 else "rock"
    if distance < 4:
        return "rock_dark" if (x + y) % 2 else "pit_light"
    return "pit_light" if noise(x, y, 35) < 22 else "pit"


def beam_top(distance: float, x: int, y: int) -> str:
    """Colour the top of a house wall seen from above."""
    if distance < 1:
        return "timber_dark"
    if distance < 3:
        return "timber"
    return "ink_soft" if distance < 4 else "ink"


def rug_edge(distance: float, x: int, y: int) -> str:
    """Colour a rug."""
    if distance < 1:
        return "roof_rim"
    if distance < 2 or 3 <= distance < 4:
        return "rug_light"
    return "rug_light" if (x % 8 in (3, 4)) and (y % 8 in (3, 4)) else "rug"


def blobs() -> dict[str, list[Canvas]]:
    """Return every joining shape by name, in the order of the C enum."""
    return {
        "path": blob(path_edge),
        "water_grass": blob(water_edge(lambda x, y: grass_at(x, y, 1))),
        "water_floor": blob(water_edge(lambda x, y: floor(0)[y][x])),
        "rock": blob(rock_top),
        "beam": blob(beam_top),
        "rug": blob(rug_edge),
        "path_wild": blob(winter.path_edge),
        "water_wild": blob(winter.water_edge),
    }


def metatiles() -> dict[str, Canvas]:
    """Return every 16x16 cell picture by name, in the order of the C enum."""
    found = {
        "grass_0": grass(0),
        "grass_1": grass(1),
        "grass_2": grass(2),
        "tall_grass": tall_grass(),
        "flowers": flowers(),
        "mushrooms": mushrooms(),
        "floor_0": floor(0),
        "floor_1": floor(1),
        "floor_2": floor(2),
        "crystals": crystals(),
        "tree": tree(False, False),
        "tree_above": tree(True, False),
        "tree_below": tree(False, True),
        "tree_both": tree(True, True),
        "boulder_grass": boulder(grass(0)),
        "boulder_floor": boulder(floor(0)),
        "bramble_grass": brambles(grass(0)),
        "bramble_floor": brambles(floor(0)),
    }
    paved = [[path_edge(INSIDE, x, y) for x in range(16)] for y in range(16)]
    found.update(buildings.metatiles(grass(1), paved, floor(0)))
    found |= {"stump": stump(), "thorn_wall": thorn_wall(), "reeds": reeds()}
    found.update(more.metatiles(grass(0), floor(0), paved))
    found.update(more.country(boulder, brambles))
    found.update(deeps.cells(boulder(deeps.slabs(0)), brambles(deeps.slabs(0))))
    return found
