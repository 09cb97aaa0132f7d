"""Draw what people built in Saltmere: whitewashed boards, scaled roofs, piers, the lighthouse's lamp."""

from __future__ import annotations

from math import hypot

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas, copied, filled, noise, rectangle, stamp


def roof(colour: str, side: str, row: str) -> Canvas:
    """Draw one cell of a roof of round scales; `side` is left, middle or right, `row` top or bottom."""
    light, dark = f"{colour}_light", f"{colour}_dark"
    canvas = filled(colour)
    for y in range(16):
        for x in range(16):
            column, line = (x + 4 * (y // 4 % 2)) % 8, y % 4
            radius = hypot(column - 3.5, line * 1.3)
            if 4.2 < radius < 5.4 or (line == 3 and column in (0, 7)):
                canvas[y][x] = dark
            elif line == 0 and 2 <= column <= 5:
                canvas[y][x] = light
    if row == "top":
        rectangle(canvas, 0, 0, 16, 2, "roof_rim")
        for x in range(0, 16, 2):
            canvas[1][x] = light
    else:
        rectangle(canvas, 0, 14, 16, 1, dark)
        rectangle(canvas, 0, 15, 16, 1, "roof_rim")
    if side != "middle":
        rectangle(canvas, 0 if side == "left" else 15, 0, 1, 16, "roof_rim")
        rectangle(canvas, 1 if side == "left" else 14, 2, 1, 12, light if side == "left" else dark)
    return canvas


def thatch(side: str, row: str) -> Canvas:
    """Draw one cell of a roof of reed."""
    canvas = filled("sand_deep")
    for y in range(16):
        for x in range(16):
            stalk = noise(x, y // 5, 191)
            if y % 8 == 7:
                canvas[y][x] = "trunk_dark" if x % 3 else "trunk"
            elif stalk < 90:
                canvas[y][x] = "sand_dark" if stalk > 30 else "straw_dark"
            elif stalk > 215:
                canvas[y][x] = "trunk"
    if row == "top":
        rectangle(canvas, 0, 0, 16, 3, "trunk")
        for x in range(1, 16, 4):
            rectangle(canvas, x, 0, 2, 3, "straw_dark")
    else:
        for x in range(16):
            rectangle(canvas, x, 13 + noise(x, 3, 192) % 3, 1, 1, "trunk_dark")
        rectangle(canvas, 0, 15, 16, 1, "roof_rim")
    if side != "middle":
        rectangle(canvas, 0 if side == "left" else 15, 0, 1, 16, "roof_rim")
    return canvas


def tower(sand: Canvas, side: str, row: str) -> Canvas:
    """Draw one cell of the lighthouse, three cells wide: the lamp's room on `row` top, stripes on all rows below."""
    whole = [line * 3 for line in sand]
    if row == "top":
        rectangle(whole, 7, 13, 34, 2, "ink")
        rectangle(whole, 6, 12, 36, 1, "cobble_light")
        rectangle(whole, 14, 5, 20, 7, "ink")
        rectangle(whole, 15, 6, 18, 6, "ink_soft")
        for x in (19, 24, 28):
            rectangle(whole, x, 6, 1, 6, "ink")
        stamp(
            whole,
            13,
            0,
            "..........kk.......... .......kkkrrkkk....... ....kkkrlllrrrrRkkk... "
            "..kklllllrrrrrrrRRRkk. .klllrrrrrrrrrRRRRRRRk kkkkkkkkkkkkkkkkkkkkkk",
            {"k": "ink", "l": "rose", "r": "red", "R": "red_dark"},
        )
    top = 15 if row == "top" else 0
    for y in range(top, 16):
        for x in range(9, 39):
            red = y // 8 == 0
            lit, plain, shaded = ("rose", "red", "red_dark") if red else ("white", "cream", "silver")
            colour = lit if 11 <= x < 15 else shaded if x >= 31 else plain
            whole[y][x] = "ink" if x in (9, 38) else colour
    left = {"left": 0, "middle": 16, "right": 32}[side]
    return [line[left : left + 16] for line in whole]


def board_at(_x: int, y: int) -> str:
    """Return the colour of one pixel of whitewashed boards."""
    return "board_line" if y % 4 == 3 else "board"


def brick_at(x: int, y: int) -> str:
    """Return the colour of one pixel of washed-out brick."""
    if y % 4 == 3 or (x + 4 * (y // 4 % 2)) % 8 == 7:
        return "coral_light"
    return "coral_dark" if noise(x // 4, y // 4, 190) > 190 else "coral"


MATERIALS = {"board": board_at, "brick": brick_at}


def wall(side: str, material: str = "board") -> Canvas:
    """Draw a house wall on a stone foot; `side` is left, middle or right."""
    canvas = [[MATERIALS[material](x, y) for x in range(16)] for y in range(16)]
    rectangle(canvas, 0, 0, 16, 1, "trim")
    rectangle(canvas, 0, 13, 16, 3, "cobble_dark")
    for x in range(2, 16, 5):
        rectangle(canvas, x, 13, 1, 3, "cobble_edge")
    if side != "middle":
        rectangle(canvas, 0 if side == "left" else 14, 0, 2, 13, "trim")
        rectangle(canvas, 0 if side == "left" else 15, 0, 1, 16, "roof_rim")
    return canvas


def porthole(material: str = "board") -> Canvas:
    """Draw a house wall with a round window, lit from within."""
    canvas = wall("middle", material)
    for y in range(16):
        for x in range(16):
            radius = hypot(x - 7.5, y - 6.5)
            if radius < 5:
                canvas[y][x] = "trim" if radius > 3.7 else "glass_light" if x + y < 13 else "glass"
    rectangle(canvas, 7, 3, 1, 8, "trim")
    rectangle(canvas, 4, 6, 8, 1, "trim")
    return canvas


def house(material: str, prefix: str = "") -> dict[str, Canvas]:
    """Return the cells of a house of one material, by name."""
    cells = {f"wall_{side}": wall(side, material) for side in ("left", "middle", "right")}
    plain = wall("middle", material)
    cells |= {
        "window": porthole(material),
        "door_open": fittings.door(plain, True),
        "door_shut": fittings.door(plain, False),
        "door_locked": fittings.padlock(fittings.door(plain, False)),
        "shop_sign": fittings.board(plain, "shop"),
        "inn_sign": fittings.board(plain, "inn"),
    }
    return {prefix + name: canvas for name, canvas in cells.items()}


def rope_fence(ground: Canvas) -> Canvas:
    """Draw posts with a sagging rope."""
    canvas = copied(ground)
    for x in range(16):
        sag = (0, 1, 2, 2, 2, 2, 1, 0)[x % 8]
        for y in (5, 10):
            canvas[y + sag][x] = "straw_dark"
            canvas[y + sag - 1][x] = "straw"
    for x in (0, 8):
        rectangle(canvas, x, 2, 3, 13, "trunk")
        rectangle(canvas, x + 2, 2, 1, 13, "trunk_dark")
        rectangle(canvas, x, 2, 3, 1, "plank_light")
    return canvas


def fountain(ground: Canvas) -> Canvas:
    """A shell of fresh water; it uses the cycling colours."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            radius = hypot((x - 7.5) / 7.8, (y - 9.5) / 5.8)
            if radius < 1:
                ridge = (x * 2 + (x > 7)) % 5 == 0
                canvas[y][x] = "rose_dark" if radius > 0.9 or ridge else "rose" if y > 9 else "white"
            if radius < 0.66 and y < 13:
                canvas[y][x] = ["water_a", "water_b", "water_c", "water_d"][int(radius * 9) % 4]
    stamp(canvas, 5, 1, "..ff.. .f..f. f.ff.f ..ww.. .fwwf. .fwwf. ffwwff", {"f": "water_d", "w": "foam"})
    return canvas


def small_light(ground: Canvas, lit: bool) -> Canvas:
    """A harbour light on a striped post: dark, or burning."""
    canvas = copied(ground)
    for y in range(7, 15):
        rectangle(canvas, 5, y, 6, 1, "red" if y // 2 % 2 else "white")
        canvas[y][5] = canvas[y][10] = "ink"
    rectangle(canvas, 3, 14, 10, 2, "cobble_edge")
    rectangle(canvas, 4, 6, 8, 1, "ink")
    rectangle(canvas, 4, 2, 8, 4, "ink")
    rectangle(canvas, 5, 2, 6, 4, "fire_b" if lit else "ink_soft")
    stamp(canvas, 4, 0, "..kkkk.. .krrrrk.", {"k": "ink", "r": "red"})
    if lit:
        stamp(canvas, 5, 2, "dcbbcd cbaabc cbaabc dcbbcd", {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"})
    return canvas


def lens(ground: Canvas) -> Canvas:
    """The great lens on a flat rock."""
    canvas = copied(ground)
    rectangle(canvas, 1, 13, 14, 2, "rock_deep")
    rectangle(canvas, 2, 11, 12, 3, "rock")
    rectangle(canvas, 2, 11, 12, 1, "rock_light")
    shape = "...kkkk... ..kyyyyk.. .kglwwlgk. kgl.ww.lgk kglw..wlgk kglw..wlgk kgl.ww.lgk .kglwwlgk. "
    shape += "..kyyyyk.. ...kkkk..."
    inks = {"k": "ink", "y": "straw", "g": "water_b", "l": "foam", "w": "white", ".": "silver"}
    stamp(canvas, 3, 1, shape.replace("l.w", "lww").replace("w.l", "wwl"), inks)
    return canvas


def pier() -> Canvas:
    """Draw the boards of a pier crossed from left to right, with rope at its edges."""
    canvas = filled("plank")
    for x in range(16):
        for y in range(16):
            if x % 5 == 4:
                canvas[y][x] = "trunk_dark"
            elif x % 5 == 0:
                canvas[y][x] = "plank_light"
            elif noise(x, y, 195) > 238:
                canvas[y][x] = "plank_dark"
    for x in range(16):
        for y in (0, 15):
            canvas[y][x] = "straw" if x % 3 else "straw_dark"
    return canvas


def turned(canvas: Canvas) -> Canvas:
    """Return a canvas mirrored along its diagonal: what ran across runs up and down."""
    return [list(row) for row in zip(*canvas, strict=True)]


def storm_lantern(ground: Canvas) -> Canvas:
    """Draw a lantern on a bent iron; its flame uses the cycling colours."""
    canvas = copied(ground)
    stamp(
        canvas,
        2,
        0,
        "kkkkkkk. k....kk. k...kkkk k...kabk k...kbck k...kkkk " + "k....... " * 8 + "kkk.....",
        {"k": "ink", "a": "fire_a", "b": "fire_b", "c": "fire_c"},
    )
    return canvas


def pump(ground: Canvas) -> Canvas:
    """Draw an iron water pump over a trough."""
    canvas = copied(ground)
    stamp(
        canvas,
        2,
        1,
        ".....kkk.... kkk.krrrk... k.kkkrrrk... k...krrrkk.. ....krrrrrk. ....krrrkkk. ....krrrk.b. ....krrrk.b.",
        {"k": "ink", "r": "red", "b": "water_c"},
    )
    rectangle(canvas, 1, 9, 14, 6, "trunk_dark")
    rectangle(canvas, 2, 10, 12, 2, "water_b")
    rectangle(canvas, 2, 12, 12, 2, "plank")
    return canvas


def anchor(ground: Canvas) -> Canvas:
    """Draw a great anchor set up as a monument."""
    canvas = copied(ground)
    shape = ".....kkk..... ....k...k.... .....kkk..... ..kkkkkkkkk.. ......k...... ......k...... "
    shape += "......k...... kk....k....kk kkk...k...kkk "
    shape += ".kk...k...kk. .kkk..k..kkk. ..kkkkkkkkk.. ....kkkkk...."
    stamp(canvas, 1, 2, shape.replace("k", "t"), {"t": "timber_dark"})
    stamp(canvas, 2, 1, shape, {"k": "timber"})
    return canvas


def great_light(floor: Canvas, lit: bool) -> Canvas:
    """Draw the lighthouse's lamp: a cage of glass with or without fire."""
    canvas = copied(floor)
    rectangle(canvas, 1, 13, 14, 3, "cobble_edge")
    rectangle(canvas, 2, 12, 12, 2, "cobble")
    rectangle(canvas, 2, 1, 12, 11, "ink")
    rectangle(canvas, 3, 2, 10, 9, "fire_b" if lit else "ink_soft")
    if lit:
        fire = "....dd.... ...dccd... ..dcbbcd.. .dcbaabcd. .cbaaaabc. dcbaaaabcd cbaaaaaabc cbaaaaaabc cbbaaaabbc"
        stamp(canvas, 3, 2, fire, {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"})
    for x in (5, 10):
        rectangle(canvas, x, 2, 1, 9, "straw_dark")
    stamp(canvas, 2, 0, "...yyyyyy... .yyyyyyyyyy.", {"y": "straw_dark"})
    return canvas


def winch(floor: Canvas) -> Canvas:
    """Draw the winch that lifts the oil: a drum with a wheel."""
    canvas = copied(floor)
    rectangle(canvas, 1, 5, 14, 9, "timber_dark")
    for y in range(6, 13):
        rectangle(canvas, 2, y, 12, 1, "straw" if y % 2 else "straw_dark")
    for y in range(16):
        for x in range(16):
            radius = hypot(x - 7.5, y - 7.5)
            if 5.4 < radius < 7.4 or radius < 1.6:
                canvas[y][x] = "timber"
            elif radius <= 5.4 and (abs(x - 7.5) < 1 or abs(y - 7.5) < 1):
                canvas[y][x] = "plank_light"
    return canvas
