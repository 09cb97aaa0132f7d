"""Draw the coast of Saltmere: sand, dunes, palms, cliffs, the floor of sea caves, and the shapes that join up."""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin

from runtime.games.engine.art.canvas import Canvas, copied, filled, noise, rectangle, stamp
from runtime.games.engine.art.joins import INSIDE
from runtime.games.engine.art.water import water_at


def sand_at(x: int, y: int, salt: int = 0) -> str:
    """Return the colour of one pixel of bare sand."""
    n = noise(x, y, 100 + salt)
    if n < 14:
        return "sand_light"
    return "sand_dark" if n > 246 else "sand"


def sand(salt: int) -> Canvas:
    """Draw sand with the wind's ripples; `salt` picks the variant."""
    canvas = [[sand_at(x, y, salt) for x in range(16)] for y in range(16)]
    for index in range(2):
        x, y = noise(index, salt, 105) % 8, 3 + 7 * index + noise(index, salt, 106) % 4
        stamp(canvas, x, y, "..ddd... dd...dd.", {"d": "sand_dark"})
    if salt == 2:
        stamp(canvas, 11, 11, ".c. cwc", {"c": "rose", "w": "white"})
    return canvas


def dune_grass() -> Canvas:
    """Draw the tall grass of the dunes, where things hide."""
    canvas = sand(0)
    blade = "l....l .l..l. .ld.ld d.ddd. .ddd.. ..d..."
    for x, y in ((0, 0), (9, 1), (4, 5), (10, 9), (0, 10)):
        stamp(canvas, x, y, blade, {"l": "dune_light", "d": "dune_dark"})
        stamp(canvas, x + 1, y + 3, "dd", {"d": "dune"})
    return canvas


def thrift() -> Canvas:
    """Draw cushions of pink thrift in the sand."""
    canvas = sand(1)
    cushion = ".r.r.r. rprprpr .gpgpg. ggggggg .ggggg."
    for x, y in ((1, 1), (8, 6), (2, 10)):
        stamp(canvas, x, y, cushion, {"r": "rose", "p": "white", "g": "dune"})
    return canvas


def flotsam() -> Canvas:
    """Draw driftwood and a starfish that the tide left; flat, and stepped over."""
    canvas = sand(0)
    stamp(canvas, 2, 2, "...o... ...o... ooooooo .ooooo. ..ooo.. .oo.oo. .o...o.", {"o": "coral"})
    stamp(canvas, 6, 10, "......bb. .bbbbbdb. bbdbbd... .dd......", {"b": "plank_dark", "d": "trunk_dark"})
    stamp(canvas, 11, 4, ".bb bd. d..", {"b": "plank_dark", "d": "trunk_dark"})
    return canvas


def frond_depth(x: float, y: float) -> float:
    """Return how near a pixel is to the spine of a palm's frond: below 1 within it."""
    dx, dy = x - 7.5, y - 5.8
    reach = hypot(dx, dy * 1.25)
    if reach < 1.6:
        return 0.3
    turn = (atan2(dy, dx) + 0.3) / (2 * pi) * 7
    off = abs(turn - round(turn)) * 2 * pi / 7 * reach
    width = 1.9 * (1 - reach / 8.6) + 0.5
    return off / width if reach < 7.9 else 2.0


def palm(tree_above: bool, tree_below: bool) -> Canvas:
    """Draw a palm; where its neighbours are trees too, dark scrub fills the gap."""
    canvas = sand(0)
    for y in range(16):
        for x in range(16):
            if (tree_above and y < 8) or (tree_below and y >= 8):
                n = noise(x, y, 109)
                canvas[y][x] = "palm_rim" if n < 110 else "palm_dark" if n < 235 else "palm"
    if not tree_below:
        for y in range(12, 16):
            for x in range(3, 14):
                if hypot((x - 8.5) / 5.5, (y - 14) / 1.8) < 1:
                    canvas[y][x] = "sand_dark"
    stamp(canvas, 7, 7, "td. td. tdd .td .td .tk .td .tk", {"t": "trunk", "d": "trunk_dark", "k": "trunk_dark"})
    for y in range(13):
        for x in range(16):
            depth = frond_depth(x, y)
            if depth < 1.35:
                light = 0.5 - (x - 7.5) / 22 - (y - 5.8) / 12
                inner = "palm_glint" if depth < 0.3 and light > 0.6 else "palm_light" if light > 0.45 else "palm"
                canvas[y][x] = inner if depth < 0.85 else "palm_dark" if depth < 1.1 else "palm_rim"
    stamp(canvas, 6, 6, ".nn nmn .n.", {"n": "trunk_dark", "m": "trunk"})
    return canvas


def coral(ground: Canvas) -> Canvas:
    """Draw branching coral on a cave floor: too sharp to cross."""
    canvas = copied(ground)
    branch = "c...c..c c.c.c.cc cc.ccc.c .cc.c.cc ..ccccc. ...dcd.. ...ddd.. ..ddddd."
    stamp(canvas, 0, 1, branch, {"c": "coral", "d": "coral_dark"})
    stamp(canvas, 8, 7, branch, {"c": "rose", "d": "rose_dark"})
    return canvas


def barnacled(ground: Canvas) -> Canvas:
    """Draw a squarish rock with barnacles and weed."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            edge = max(abs(x - 7.5) / 7, abs(y - 8.5) / 6.4, (abs(x - 7.5) + abs(y - 8.5)) / 10.6)
            if edge < 1:
                light = (x - 7.5) / 10 + (y - 8.5) / 7 + (noise(x // 2, y // 2, 121) - 128) / 500
                shade = "rock_dark" if light > 0.35 else "rock_light" if light < -0.5 else "rock"
                canvas[y][x] = "rock_deep" if edge > 0.88 else shade
    for x, y in ((4, 5), (9, 4), (6, 9)):
        stamp(canvas, x, y, ".w. wkw .w.", {"w": "white", "k": "ink_soft"})
    stamp(canvas, 3, 12, "ggggggggg .gg.gg.g.", {"g": "kelp"})
    return canvas


def urchins(ground: Canvas) -> Canvas:
    """Draw sea urchins with bright tips: the hazard must be seen at a glance."""
    canvas = copied(ground)
    for cx, cy, size in ((4, 4, 3), (12, 6, 3), (5, 12, 3), (12, 13, 2)):
        for spine in range(8):
            angle = spine * pi / 4 + cx
            for step in range(size + 2):
                x, y = round(cx + step * cos(angle)), round(cy + step * sin(angle))
                if 0 <= x < 16 and 0 <= y < 16:
                    canvas[y][x] = "spine_tip" if step == size + 1 else "spine"
        for y in range(16):
            for x in range(16):
                if hypot(x - cx, y - cy) < size - 0.6:
                    canvas[y][x] = "spine_dark" if x + y > cx + cy else "spine"
    return canvas


def wreckage() -> Canvas:
    """Draw broken boards and kelp thrown across the way: no way through."""
    canvas = filled("kelp_dark")
    for y in range(16):
        for x in range(16):
            if noise(x // 2, y, 131) < 80:
                canvas[y][x] = "ink_soft"
    for start, slope in ((-2, 1), (6, 1), (17, -1), (9, -1)):
        for x in range(16):
            y = start + slope * x // 2 if slope > 0 else start - x // 2
            for dy, colour in ((0, "plank_light"), (1, "plank"), (2, "plank_dark")):
                if 0 <= y + dy < 16:
                    canvas[y + dy][x] = colour
    for x, y in ((2, 2), (10, 7), (5, 11), (12, 1)):
        stamp(canvas, x, y, "g..g gg.g .ggg ..g.", {"g": "kelp_light"})
    return canvas


def bollard(ground: Canvas) -> Canvas:
    """Draw a mooring post with a rope around it."""
    canvas = copied(ground)
    post = "..kkkkkk.. .kllttddk. .kltttddk. .kkkkkkkk. ..kltddk.. ..kltddk.. .yYyYyYyY. .YyYyYyYy. "
    post += "..kltddk.. ..kltddk.. .kkkkkkkk."
    stamp(
        canvas,
        3,
        3,
        post,
        {"k": "ink", "l": "silver", "t": "timber", "d": "timber_dark", "y": "straw", "Y": "straw_dark"},
    )
    return canvas


def cave_floor(salt: int) -> Canvas:
    """Draw the wet slabs of a sea cave; `salt` picks the variant."""

    def at(x: int, y: int) -> str:
        n = noise(x, y, 140 + salt)
        if n < 10:
            return "floor_light"
        return "floor_dark" if n > 242 else "floor"

    canvas = [[at(x, y) for x in range(16)] for y in range(16)]
    crack = (
        "d....... dd...... .ddd.... ...dd... ....ddd.",
        ".....dd. ...ddd.. ..dd.... .dd.....",
        "llll.... dddll... ...dll..",
    )
    stamp(canvas, 2 + 2 * salt, 3 + 2 * salt, crack[salt], {"d": "floor_dark", "l": "floor_light"})
    return canvas


def strata(side: str) -> Canvas:
    """Draw a cliff face in layers; `side` is single, left, middle or right."""
    canvas = filled("rock")
    for y in range(16):
        for x in range(16):
            layer = (y + round(0.8 * sin(x * pi / 8))) % 5
            speck = noise(x // 2, y, 150) < 26
            canvas[y][x] = ("rock_light", "rock", "rock", "rock_dark", "rock_deep" if speck else "rock_dark")[layer]
    rectangle(canvas, 0, 0, 16, 1, "sand_light")
    rectangle(canvas, 0, 1, 16, 1, "rock_light")
    rectangle(canvas, 0, 14, 16, 2, "rock_deep")
    if side in ("left", "single"):
        rectangle(canvas, 0, 0, 1, 16, "rock_deep")
    if side in ("right", "single"):
        rectangle(canvas, 15, 0, 1, 16, "rock_deep")
    return canvas


def cave_mouth() -> Canvas:
    """Draw a pointed opening in the cliff."""
    canvas = strata("middle")
    for y in range(2, 16):
        half = 1.2 + (y - 2) * 0.62
        for x in range(16):
            off = abs(x - 7.5)
            if off < min(half, 6.2):
                canvas[y][x] = "ink"
            elif off < min(half, 6.2) + 1:
                canvas[y][x] = "rock_deep"
    return canvas


def cobble_edge(distance: float, x: int, y: int) -> str:
    """Colour a street of round cobbles."""
    if distance < 1.5:
        return sand_at(x, y, 1)
    if distance < 2.5:
        return "cobble_edge"
    off_x, off_y = (x + 2 * (y // 4 % 2)) % 4, y % 4
    if off_x == 3 or off_y == 3:
        return "cobble_dark"
    if off_x == 0 and off_y == 0:
        return "cobble_light"
    return "cobble_light" if noise(x // 4, y // 4, 160) > 200 else "cobble"


def rock_top(distance: float, x: int, y: int) -> str:
    """Colour a cliff's top: a lit lip, then grass-grown height that nobody can reach."""
    if distance < 1:
        return "rock_deep"
    if distance < 2:
        return "rock_light"
    if distance < 3.5:
        return "rock"
    n = noise(x, y, 161)
    return "rock_dark" if distance < 4.5 or n < 30 else "pit_light" if n < 60 else "pit"


def rug_edge(distance: float, x: int, y: int) -> str:
    """Colour a striped rug."""
    if distance < 1:
        return "roof_rim"
    if distance < 2:
        return "rug_light"
    return "rug_light" if y % 4 == 0 else "rug"


def paved() -> Canvas:
    """Draw a cell within the cobbles."""
    return [[cobble_edge(INSIDE, x, y) for x in range(16)] for y in range(16)]


def sea_grass() -> Canvas:
    """Draw kelp and rocks that stand in shallow water."""
    canvas = [[water_at(x, y) for x in range(16)] for y in range(16)]
    for x, y in ((1, 1), (9, 3), (4, 9), (11, 10)):
        stamp(canvas, x, y, ".g..g g.g.. .gg.g g.gg. .ggg. ..g..", {"g": "kelp_dark"})
    stamp(canvas, 6, 5, ".ww. wrrw wrrw .ww.", {"w": "foam", "r": "rock_dark"})
    return canvas
