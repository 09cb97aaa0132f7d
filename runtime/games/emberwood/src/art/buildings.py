"""Draw what people built in Emberwood: houses, furniture, the spring, the shrine, the bridge."""

from __future__ import annotations

from runtime.games.engine.art import fittings
from runtime.games.engine.art.canvas import Canvas, copied, filled, noise, rectangle, stamp


def roof(colour: str, side: str, row: str) -> Canvas:
    """Draw one cell of a shingled roof; `side` is left, middle or right, `row` top or bottom."""
    light, dark = f"{colour}_light", f"{colour}_dark"
    canvas = filled(colour)
    for y in range(16):
        for x in range(16):
            if y % 4 == 3 or (x + 4 * (y // 4 % 2)) % 8 == 0:
                canvas[y][x] = dark
            elif y % 4 == 0:
                canvas[y][x] = light
    if row == "top":
        rectangle(canvas, 0, 0, 16, 1, "roof_rim")
        rectangle(canvas, 0, 1, 16, 2, light)
    else:
        rectangle(canvas, 0, 13, 16, 2, dark)
        rectangle(canvas, 0, 15, 16, 1, "roof_rim")
    if side != "middle":
        edge, inner = (0, 1) if side == "left" else (15, 14)
        rectangle(canvas, edge, 0, 1, 16, "roof_rim")
        rectangle(canvas, inner, 1, 1, 14, dark)
    return canvas


def plaster_at(x: int, y: int) -> str:
    """Return the colour of one pixel of plaster under the eaves."""
    shaded = y < 2 or (y < 4 and (x + y) % 2) or noise(x, y, 50) > 244
    return "plaster_dark" if shaded else "plaster"


def stone_at(x: int, y: int) -> str:
    """Return the colour of one pixel of squared stones."""
    if y % 4 == 3 or (x + 4 * (y // 4 % 2)) % 8 == 7:
        return "stone_dark"
    if y < 2:
        return "stone_dark" if (x + y) % 2 else "stone"
    return "stone_light" if y % 4 == 0 or noise(x // 2, y // 4, 51) > 200 else "stone"


MATERIALS = {"plaster": plaster_at, "stone": stone_at}


def wall(side: str, material: str = "plaster") -> Canvas:
    """Draw a house wall; `side` is left, middle or right."""
    canvas = [[MATERIALS[material](x, y) for x in range(16)] for y in range(16)]
    rectangle(canvas, 0, 13, 16, 1, "timber")
    rectangle(canvas, 0, 14, 16, 2, "timber_dark")
    if side != "middle":
        x = 0 if side == "left" else 13
        rectangle(canvas, x, 0, 3, 16, "timber")
        rectangle(canvas, x + (2 if side == "left" else 0), 0, 1, 16, "timber_dark")
        rectangle(canvas, 0 if side == "left" else 15, 0, 1, 16, "roof_rim")
    return canvas


def window(material: str = "plaster") -> Canvas:
    """Draw a house wall with a window and a flower box."""
    canvas = wall("middle", material)
    rectangle(canvas, 3, 3, 10, 9, "timber_dark")
    rectangle(canvas, 4, 4, 8, 6, "glass")
    stamp(canvas, 4, 4, "www..ww. ww..ww.. w..ww...", {"w": "glass_light"})
    rectangle(canvas, 8, 4, 1, 6, "timber")
    rectangle(canvas, 3, 10, 10, 1, "timber")
    stamp(canvas, 3, 11, "gpgrgpgrgp", {"g": "grass_deep", "p": "petal", "r": "red"})
    return canvas


def house_walls(material: str, prefix: str = "") -> dict[str, Canvas]:
    """Return the cells of a house of one material, by name."""
    cells = {f"wall_{side}": wall(side, material) for side in ("left", "middle", "right")}
    cells |= {
        "window": window(material),
        "door_open": fittings.door(wall("middle", material), True),
        "door_shut": fittings.door(wall("middle", material), False),
        "door_locked": fittings.padlock(fittings.door(wall("middle", material), False)),
        "shop_sign": fittings.board(wall("middle", material), "shop"),
        "inn_sign": fittings.board(wall("middle", material), "inn"),
    }
    return {prefix + name: canvas for name, canvas in cells.items()}


def fence(ground: Canvas) -> Canvas:
    """Draw a rail fence."""
    canvas = copied(ground)
    for y, colour in (
        (5, "plank_light"),
        (6, "plank_dark"),
        (10, "plank_light"),
        (11, "plank_dark"),
    ):
        rectangle(canvas, 0, y, 16, 1, colour)
    for x in (2, 10):
        rectangle(canvas, x, 3, 4, 11, "plank")
        rectangle(canvas, x, 2, 4, 1, "plank_light")
        rectangle(canvas, x + 3, 3, 1, 11, "plank_dark")
        rectangle(canvas, x, 14, 4, 1, "grass_deep")
    return canvas


def spring(ground: Canvas) -> Canvas:
    """A round stone basin; its water uses the cycling colours."""
    canvas = copied(ground)
    for y in range(16):
        for x in range(16):
            radius = ((x - 7.5) ** 2 / 60 + (y - 8.5) ** 2 / 46) ** 0.5
            if radius < 1:
                lit = x + y < 15
                canvas[y][x] = "rock_deep" if radius > 0.9 else "rock_light" if lit else "rock_dark"
            if radius < 0.66:
                canvas[y][x] = ["water_a", "water_b", "water_c", "water_d"][int(radius * 9) % 4]
    stamp(canvas, 5, 2, "..ff.. .fwwf. .fwwf. .fwwf. ffwwff .ffff.", {"f": "water_d", "w": "foam"})
    return canvas


def shrine(ground: Canvas, lit: bool) -> Canvas:
    """A stone lantern: dark, or with a fire in it."""
    canvas = copied(ground)
    rectangle(canvas, 2, 14, 12, 2, "rock_deep")
    rectangle(canvas, 3, 12, 10, 3, "rock")
    rectangle(canvas, 3, 12, 10, 1, "rock_light")
    rectangle(canvas, 6, 10, 4, 2, "rock_dark")
    rectangle(canvas, 3, 4, 10, 6, "rock_deep")
    rectangle(canvas, 4, 4, 8, 6, "rock")
    rectangle(canvas, 5, 5, 6, 4, "ink")
    stamp(
        canvas,
        0,
        0,
        ".......kk....... .....kkllkk..... ...kklllllddkk.. .kkllllldddddkk. .kkkkkkkkkkkkkk.",
        {"k": "rock_deep", "l": "rock_light", "d": "rock_dark"},
    )
    if lit:
        stamp(
            canvas,
            5,
            5,
            "d.ba.d dcbabc cbaabc dcbbcd",
            {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"},
        )
    else:
        stamp(canvas, 6, 7, "ss.s sdds", {"s": "ink_soft", "d": "rock_dark"})
    return canvas


def ember(ground: Canvas) -> Canvas:
    """The quest's item on its plinth."""
    canvas = copied(ground)
    rectangle(canvas, 2, 13, 12, 2, "rock_deep")
    rectangle(canvas, 3, 10, 10, 4, "rock_dark")
    rectangle(canvas, 3, 10, 10, 1, "rock_light")
    flame = "....d... ....cd.. ...dc... ..dcbcd. ..cbabc. .dbaabcd .cbaaabc .dcbabcd ..dcccd."
    stamp(canvas, 4, 1, flame, {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d"})
    return canvas


def bridge() -> Canvas:
    """Draw the planks of a bridge crossed from left to right."""
    canvas = filled("plank")
    for x in range(16):
        for y in range(16):
            if x % 4 == 3:
                canvas[y][x] = "timber_dark"
            elif x % 4 == 0:
                canvas[y][x] = "plank_light"
            elif noise(x, y, 60) > 236:
                canvas[y][x] = "plank_dark"
    return canvas


def turned(canvas: Canvas) -> Canvas:
    """Return a canvas mirrored along its diagonal: what ran across runs up and down."""
    return [list(row) for row in zip(*canvas, strict=True)]


def cliff(side: str) -> Canvas:
    """A rock face seen from the front; the lit lip joins the rock's top above it."""
    canvas = filled("rock_dark")
    for y in range(16):
        for x in range(16):
            crack = noise(x // 2, y // 5, 70) < 60
            canvas[y][x] = "rock_deep" if crack and x % 2 else "rock_dark"
            if y < 9 and not crack and (x * 3 + y) % 7 < 4:
                canvas[y][x] = "rock"
    rectangle(canvas, 0, 0, 16, 1, "rock_light")
    rectangle(canvas, 0, 1, 16, 1, "rock")
    for x in range(16):
        canvas[13][x] = "rock_deep" if x % 2 else canvas[13][x]
    rectangle(canvas, 0, 14, 16, 2, "rock_deep")
    if side in ("left", "single"):
        rectangle(canvas, 0, 0, 1, 16, "rock_deep")
    if side in ("right", "single"):
        rectangle(canvas, 15, 0, 1, 16, "rock_deep")
    return canvas


def cave_mouth() -> Canvas:
    """Draw a dark arch in a rock face."""
    canvas = cliff("middle")
    for y in range(16):
        for x in range(16):
            radius = ((x - 7.5) ** 2 / 40 + max(0, 9 - y) ** 2 / 64) ** 0.5
            if radius < 1:
                canvas[y][x] = "rock_deep" if radius > 0.85 else "ink"
    return canvas


def planks() -> Canvas:
    """Draw a wooden floor."""
    canvas = filled("plank")
    for y in range(16):
        for x in range(16):
            joint = (x + 8 * (y // 4 % 2)) % 16 == 0
            if y % 4 == 3 or joint:
                canvas[y][x] = "plank_dark"
            elif noise(x // 3, y, 61) > 225:
                canvas[y][x] = "plank_light"
    return canvas


def indoor_wall() -> Canvas:
    """Draw a room wall, plaster over panelling."""
    canvas = filled("plaster")
    rectangle(canvas, 0, 0, 16, 2, "timber")
    rectangle(canvas, 0, 2, 16, 1, "plaster_dark")
    for y in range(9, 16):
        rectangle(canvas, 0, y, 16, 1, "timber" if y not in (9, 15) else "timber_dark")
    for x in (0, 5, 10, 15):
        rectangle(canvas, x, 10, 1, 5, "timber_dark")
    return canvas


def indoor_window() -> Canvas:
    """Draw a room wall with a window."""
    canvas = indoor_wall()
    rectangle(canvas, 3, 2, 10, 7, "timber_dark")
    rectangle(canvas, 4, 3, 8, 5, "glass")
    stamp(canvas, 4, 3, "www..ww. ww..ww.. w..ww...", {"w": "glass_light"})
    rectangle(canvas, 8, 3, 1, 5, "timber")
    return canvas


def shelf() -> Canvas:
    """Draw a bookshelf against a room wall."""
    canvas = indoor_wall()
    rectangle(canvas, 0, 2, 16, 14, "timber_dark")
    books = ["red", "navy", "ochre", "teal", "violet", "straw_dark"]
    for shelf_y in (3, 9):
        rectangle(canvas, 1, shelf_y, 14, 5, "ink_soft")
        for x in range(1, 15):
            top = noise(x // 2, shelf_y, 62) % 2
            for y in range(shelf_y + top, shelf_y + 5):
                canvas[y][x] = books[noise(x // 2, shelf_y, 63) % 6]
        rectangle(canvas, 1, shelf_y + 5, 14, 1, "plank")
    return canvas


def hearth() -> Canvas:
    """Draw a fireplace; its flames use the cycling colours."""
    canvas = indoor_wall()
    rectangle(canvas, 0, 1, 16, 15, "rock_dark")
    for y in range(1, 16):
        for x in range(16):
            if y % 4 == 0 or (x + 4 * (y // 4 % 2)) % 8 == 0:
                canvas[y][x] = "rock_deep"
    rectangle(canvas, 0, 1, 16, 2, "rock_light")
    rectangle(canvas, 3, 6, 10, 10, "ink")
    stamp(
        canvas,
        3,
        8,
        "....d..... ...dc..d.. ..dcbd.cd. .dcbbcdcd. .dbaabcbd. dcbaaabcd. dcbaaaabcd .tttttttt.",
        {"a": "fire_a", "b": "fire_b", "c": "fire_c", "d": "fire_d", "t": "bark_dark"},
    )
    return canvas


def table(side: str) -> Canvas:
    """Draw one half of a table; `side` is left or right."""
    canvas = planks()
    left = side == "left"
    x, width = (2, 14) if left else (0, 14)
    rectangle(canvas, x, 12, width, 3, "plank_dark")
    rectangle(canvas, x, 3, width, 9, "timber_dark")
    rectangle(canvas, x + (1 if left else 0), 4, width - 1, 6, "hair_light")
    rectangle(canvas, x + (1 if left else 0), 10, width - 1, 2, "timber")
    rectangle(canvas, 3 if left else 11, 12, 2, 3, "timber_dark")
    if left:
        stamp(canvas, 8, 4, ".www. wcccw wcccw .www.", {"w": "white", "c": "ochre"})
    else:
        stamp(canvas, 3, 3, ".ss. sggs .ss. .ss.", {"s": "silver", "g": "glass"})
    return canvas


def plant() -> Canvas:
    """Draw a potted plant."""
    canvas = planks()
    stamp(canvas, 4, 10, "rrrrrrrr .RRRRRR. .rrrrrr. ..rrrr..", {"r": "roof", "R": "roof_light"})
    leaves = "...ll..ll.. ..lgglggl.. .lgggdgggl. llggdddggll .gggdddggg. ..ggdddgg.. ...gdddg..."
    stamp(canvas, 3, 2, leaves, {"l": "leaf_glint", "g": "leaf_light", "d": "leaf"})
    return canvas


def bed(part: str) -> Canvas:
    """Draw one half of a bed; `part` is head or foot."""
    canvas = planks()
    rectangle(canvas, 1, 0, 14, 16, "timber_dark")
    rectangle(canvas, 2, 0, 12, 15, "teal")
    rectangle(canvas, 2, 0, 1, 15, "teal_dark")
    if part == "head":
        rectangle(canvas, 1, 0, 14, 3, "timber")
        rectangle(canvas, 2, 3, 12, 6, "cream")
        rectangle(canvas, 4, 4, 8, 4, "white")
        rectangle(canvas, 2, 9, 12, 2, "cream")
    else:
        for y in range(1, 12, 4):
            rectangle(canvas, 3, y, 11, 1, "teal_dark")
        rectangle(canvas, 1, 13, 14, 3, "timber")
    return canvas


def mat() -> Canvas:
    """Draw the door mat that leads out of a house."""
    canvas = filled("ink")
    rectangle(canvas, 1, 0, 14, 13, "plank_dark")
    rectangle(canvas, 2, 0, 12, 12, "rug_light")
    for y in range(1, 12, 3):
        rectangle(canvas, 3, y, 10, 1, "rug")
    return canvas


def metatiles(grass: Canvas, paved: Canvas, floor: Canvas) -> dict[str, Canvas]:
    """Return every built cell picture by name, in the order of the C enum."""
    found: dict[str, Canvas] = {}
    for colour in ("roof", "slate"):
        for row in ("top", "bottom"):
            for side in ("left", "middle", "right"):
                found[f"{colour}_{row}_{side}"] = roof(colour, side, row)
    found |= house_walls("plaster")
    for side in ("single", "left", "middle", "right"):
        found[f"cliff_{side}"] = cliff(side)
    found |= {
        "fence": fence(grass),
        "sign": fittings.sign(grass),
        "spring": spring(paved),
        "shrine_dark": shrine(paved, False),
        "shrine_lit": shrine(paved, True),
        "ember": ember(floor),
        "bridge": bridge(),
        "bridge_up": turned(bridge()),
        "cave_mouth": cave_mouth(),
        "planks": planks(),
        "indoor_wall": indoor_wall(),
        "indoor_window": indoor_window(),
        "shelf": shelf(),
        "hearth": hearth(),
        "table_left": table("left"),
        "table_right": table("right"),
        "plant": plant(),
        "bed_head": bed("head"),
        "bed_foot": bed("foot"),
        "mat": mat(),
    }
    return found
