"""Things that look alike in every cartridge, so that what they mean can be known by their shape.

Ledges, chests, gates, locks, stairs, counters. Colours are names that each cartridge's palette fills in its own way.
"""

from __future__ import annotations

from math import hypot

from .canvas import Canvas, copied, noise, rectangle, stamp

METAL = {"k": "ink", "y": "straw", "Y": "straw_dark", "w": "white"}


def ledge(ground: Canvas, side: str, face: tuple[str, str, str]) -> Canvas:
    """Draw an edge to jump off; `side` is where it falls away: down, left or right.

    Args:
        ground: What lies above and below.
        side: Where the low ground is.
        face: Colours of the lip, the face and the shadow.
    """
    lip, rock, shadow = face
    canvas = copied(ground)
    for along in range(16):
        rough = noise(along // 2, 7, 80) % 2
        cracked = noise(along // 2, 3, 81) < 90
        for depth in range(6, 15):
            colour = lip if depth < 8 else shadow if depth >= 13 - rough or (cracked and depth > 9) else rock
            x, y = (along, depth) if side == "down" else (15 - depth, along) if side == "left" else (depth, along)
            canvas[y][x] = colour
    arrow = {"down": (5, 8, "w....w ww..ww .wwww. ..ww.."), "left": (2, 5, "..ww .ww. ww.. ww.. .ww. ..ww")}
    x, y, picture = arrow["left"] if side == "left" else arrow["down"]
    if side == "right":
        x, y, picture = 9, 5, "ww.. .ww. ..ww ..ww .ww. ww.."
    stamp(canvas, x, y, picture, {"w": shadow})
    return canvas


def chest(ground: Canvas, is_open: bool) -> Canvas:
    """Draw a chest with iron bands."""
    canvas = copied(ground)
    rectangle(canvas, 1, 3, 14, 12, "ink")
    rectangle(canvas, 2, 8, 12, 6, "timber")
    rectangle(canvas, 2, 12, 12, 2, "timber_dark")
    if is_open:
        rectangle(canvas, 2, 2, 12, 3, "timber_dark")
        rectangle(canvas, 1, 1, 14, 1, "ink")
        rectangle(canvas, 2, 5, 12, 3, "ink_soft")
        rectangle(canvas, 1, 5, 14, 1, "straw_dark")
        rectangle(canvas, 2, 8, 12, 1, "plank_light")
    else:
        rectangle(canvas, 2, 4, 12, 4, "hair_light")
        rectangle(canvas, 2, 4, 12, 1, "plank_light")
        rectangle(canvas, 2, 7, 12, 1, "ink")
        stamp(canvas, 6, 6, "yyyy ykky yYYY", METAL)
    for x in (3, 12):
        rectangle(canvas, x, 8 if is_open else 4, 1, 6 if is_open else 10, "straw_dark")
    return canvas


def door(wall: Canvas, is_open: bool) -> Canvas:
    """Draw a door in a house wall: open it is dark within."""
    canvas = copied(wall)
    rectangle(canvas, 2, 1, 12, 15, "timber_dark")
    rectangle(canvas, 3, 2, 10, 14, "ink" if is_open else "timber")
    if is_open:
        rectangle(canvas, 3, 9, 10, 7, "ink_soft")
        rectangle(canvas, 3, 13, 10, 3, "plank_dark")
        rectangle(canvas, 3, 2, 2, 14, "timber")
    else:
        for x in (6, 9):
            rectangle(canvas, x, 2, 1, 14, "timber_dark")
        rectangle(canvas, 11, 8, 1, 2, "straw")
    return canvas


def padlock(door: Canvas) -> Canvas:
    """Put a chain and a large lock on a shut door."""
    canvas = copied(door)
    for x in range(2, 14):
        canvas[7][x] = "silver" if x % 2 else "ink_soft"
    stamp(canvas, 4, 4, "..kkkk.. .kwwwwk. .kw..wk. kkkkkkkk kyyyyyYk kyykkyYk kyykkyYk kyyyyYYk kkkkkkkk", METAL)
    return canvas


def gate(ground: Canvas, is_open: bool) -> Canvas:
    """Draw iron bars across a passage, or swung to its sides."""
    canvas = copied(ground)
    for x in (0, 13):
        rectangle(canvas, x, 0, 3, 16, "rock_deep")
        rectangle(canvas, x, 0, 2, 15, "rock")
        rectangle(canvas, x, 0, 2, 1, "rock_light")
    if is_open:
        rectangle(canvas, 3, 0, 1, 16, "ink")
        rectangle(canvas, 12, 0, 1, 16, "ink")
        return canvas
    for x in (4, 7, 10):
        rectangle(canvas, x, 0, 2, 16, "ink")
        rectangle(canvas, x, 0, 1, 15, "silver")
    for y in (3, 12):
        rectangle(canvas, 3, y, 10, 2, "ink")
        rectangle(canvas, 3, y, 10, 1, "silver")
    stamp(canvas, 5, 6, "kkkkkk kyyyYk kykkYk kyyYYk kkkkkk", METAL)
    return canvas


def stairs(floor: Canvas) -> Canvas:
    """Draw stairs that lead down into the dark."""
    canvas = copied(floor)
    rectangle(canvas, 1, 1, 14, 15, "rock_deep")
    for step, colour in enumerate(("rock_light", "rock", "rock_dark", "ink_soft")):
        rectangle(canvas, 2, 13 - 3 * step, 12, 2, colour)
    rectangle(canvas, 2, 1, 12, 2, "ink")
    return canvas


def counter(floor: Canvas, part: str) -> Canvas:
    """Draw a piece of a shop's counter; `part` is left, middle or right."""
    canvas = copied(floor)
    rectangle(canvas, 0, 2, 16, 8, "plank_light")
    rectangle(canvas, 0, 2, 16, 1, "white")
    rectangle(canvas, 0, 9, 16, 1, "plank_dark")
    rectangle(canvas, 0, 10, 16, 6, "timber")
    for x in (3, 8, 13):
        rectangle(canvas, x, 11, 1, 4, "timber_dark")
    rectangle(canvas, 0, 15, 16, 1, "timber_dark")
    if part in ("left", "right"):
        rectangle(canvas, 0 if part == "left" else 15, 2, 1, 14, "timber_dark")
    if part == "middle":
        stamp(canvas, 4, 3, ".kkkk... kyyyYkk. kyyYkyyk .kkkyyYk ...kkkk.", METAL)
    return canvas


def goods(wall: Canvas, wares: tuple[str, ...]) -> Canvas:
    """Draw a shelf of bottles and jars against a room wall."""
    canvas = copied(wall)
    rectangle(canvas, 0, 1, 16, 15, "timber_dark")
    for row, y in enumerate((2, 9)):
        rectangle(canvas, 1, y, 14, 6, "ink_soft")
        rectangle(canvas, 1, y + 5, 14, 1, "plank_light")
        for place in range(3):
            x, colour = 2 + 4 * place + row, wares[(place + 3 * row) % len(wares)]
            rectangle(canvas, x, y + 2, 3, 3, colour)
            canvas[y + 1][x + 1] = "cream"
            canvas[y + 2][x] = "white"
    return canvas


def barrel(ground: Canvas) -> Canvas:
    """Draw a barrel with hoops."""
    canvas = copied(ground)
    body = "..kkkkkkkk.. .kPPPPPPPPk. kpPpPpPpPpdk kssssssssssk kpPpPpppdpdk kpPpPpppdpdk kpPppppddpdk kpPppppddpdk "
    body += "kssssssssssk kpPppppddpdk .kpppppdddk. ..kkkkkkkk.."
    inks = {"k": "timber_dark", "P": "plank_light", "p": "plank", "d": "plank_dark", "s": "silver"}
    stamp(canvas, 2, 2, body, inks)
    return canvas


def bag(ground: Canvas) -> Canvas:
    """Draw something to pick up: a tied bag, glinting so that it stands out from any ground."""
    canvas = copied(ground)
    sack = "....kkkk.... ...kcwwck... ....kyyk.... ...kccwck... ..kcwccccbk. .kcwccccccbk .kccccccccbk .kcccccccbbk "
    sack += "..kbccccbbk. ...kkkkkkk.."
    stamp(canvas, 2, 4, sack, {"k": "ink", "c": "cream", "w": "white", "b": "ochre", "y": "red"})
    for x, y in ((2, 2), (12, 5)):
        stamp(canvas, x - 1, y - 1, ".w. www .w.", {"w": "white"})
    return canvas


def board(wall: Canvas, sign: str) -> Canvas:
    """Hang a board on a house wall; `sign` is shop (a coin) or inn (a heart)."""
    canvas = copied(wall)
    rectangle(canvas, 2, 2, 12, 10, "timber_dark")
    rectangle(canvas, 3, 3, 10, 8, "cream")
    if sign == "shop":
        stamp(canvas, 4, 3, "..kkkk.. .kyyyYk. kyykkyYk kyyyyyYk kyykkyYk kyyyyYYk .kYYYYk. ..kkkk..", METAL)
    else:
        stamp(
            canvas,
            4,
            4,
            ".rr..rr. rwrrrrrr rrrrrrrR .rrrrrR. ..rrrR.. ...rR...",
            {"r": "red", "w": "white", "R": "red_dark"},
        )
    return canvas


def well(ground: Canvas) -> Canvas:
    """Draw a roofed well."""
    canvas = copied(ground)
    rectangle(canvas, 2, 8, 12, 7, "rock_deep")
    rectangle(canvas, 3, 9, 10, 5, "rock")
    rectangle(canvas, 3, 8, 10, 3, "ink")
    rectangle(canvas, 5, 9, 6, 2, "water_b")
    for x in (3, 12):
        rectangle(canvas, x, 3, 1, 6, "timber_dark")
    stamp(
        canvas,
        1,
        0,
        "......rr...... ....rrllrr.... ..rrlllllddrr. rrrrrrrrrrrrrr",
        {"r": "roof_rim", "l": "roof", "d": "roof_dark"},
    )
    return canvas


def lamp_post(ground: Canvas) -> Canvas:
    """Draw a street lamp; its flame uses the cycling colours."""
    canvas = copied(ground)
    rectangle(canvas, 7, 7, 2, 8, "ink_soft")
    rectangle(canvas, 5, 14, 6, 1, "ink_soft")
    stamp(
        canvas,
        4,
        0,
        "...kk... ..kkkk.. .kaabck. .kabbck. .kabcck. ..kkkk.. ...kk...",
        {"k": "ink", "a": "fire_a", "b": "fire_b", "c": "fire_c"},
    )
    return canvas


def sign(ground: Canvas) -> Canvas:
    """Draw a signpost."""
    canvas = copied(ground)
    rectangle(canvas, 7, 9, 2, 6, "timber_dark")
    rectangle(canvas, 5, 15, 6, 1, "ink_soft")
    rectangle(canvas, 1, 2, 14, 8, "timber_dark")
    rectangle(canvas, 2, 3, 12, 6, "plank")
    rectangle(canvas, 2, 3, 12, 1, "plank_light")
    stamp(canvas, 4, 5, "kk.kkk.k ........ kkk.kkk.", {"k": "timber_dark"})
    return canvas


def statue(floor: Canvas) -> Canvas:
    """Draw a stone figure on a block."""
    canvas = copied(floor)
    figure = "....kkkk.... ...klllrk... ...klkrkk... ...kllrdk... ..kkkrrkkk.. .kllrrrrddk. .klkrrrrkdk. .klkrrrrkdk. "
    figure += "..kklrrdkk.. ...klrrdk... ...klkrdk... .kkkkkkkkkk. .kllrrrrddk. .kkkkkkkkkk."
    stamp(canvas, 2, 1, figure, {"k": "rock_deep", "l": "rock_light", "r": "rock", "d": "rock_dark"})
    return canvas


def beacon(floor: Canvas, lit: bool) -> Canvas:
    """Draw a great bowl on a foot; the fire in it uses the cycling colours."""
    canvas = copied(floor)
    bowl = "kkkkkkkkkkkkkk klllrrrrrrrddk .kllrrrrrrddk. ..kkrrrrrdkk.. ....klrrdk.... ....klrrdk.... "
    bowl += "..kkllrrddkk.. ..kkkkkkkkkk.."
    stamp(canvas, 1, 8, bowl, {"k": "rock_deep", "l": "rock_light", "r": "rock", "d": "rock_dark"})
    if lit:
        fire = "......d..... ...d.dcd.d.. ..dcd.cbd.d. .dcbcdcbcdcd .cbbcbbabbbc dcbabaabaabd dcbaaaaaaabd .cbaaaaaabc."
        stamp(canvas, 2, 0, fire, {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"})
    else:
        stamp(canvas, 3, 6, "..ss..s.s. .sssSssSss", {"s": "ink_soft", "S": "ink"})
    return canvas


def millstone(floor: Canvas) -> Canvas:
    """Draw a millstone in its frame."""
    canvas = copied(floor)
    for y in range(16):
        for x in range(16):
            radius = hypot(x - 7.5, y - 7.5)
            if radius < 7.5:
                groove = (x + y) % 5 == 0 or (x - y) % 5 == 0
                canvas[y][x] = (
                    "rock_deep" if radius > 6.6 else "rock_dark" if groove else "rock" if x + y > 15 else "rock_light"
                )
    rectangle(canvas, 6, 6, 4, 4, "timber_dark")
    rectangle(canvas, 7, 7, 2, 2, "plank")
    return canvas


def dais(ground: Canvas, colour: str) -> Canvas:
    """Draw the worn ground that a fighter stands on."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            if noise(x // 2, y, 85) < 120:
                canvas[y][x] = colour
    return canvas
