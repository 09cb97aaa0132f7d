"""Write art.c and art.h beside this package: every tile of Emberwood. Run by `make art`.

A canvas is a list of rows of colour names. Terrain is drawn by formula (`terrain.py`), people,
interface and font from text (`pictures.py`). Output order is the order of the calls, so the same
source always gives the same bytes.
"""

from __future__ import annotations

from pathlib import Path

from . import terrain
from .canvas import COLOURS, CYCLES, LOGO_COLOURS, TEXT_COLOURS, Canvas, quarter
from .pictures import BODY, INTERFACE, PEOPLE, SLIME, SLIME_INK, SPRITE_INK, glyphs, grid

SOURCE = Path(__file__).parent.parent
LOGO_TILES_WIDE, LOGO_TILES_HIGH = 22, 4
FIRST_LOGO_COLOUR = 224  # bank 14: not dimmed with the scene
FIRST_NAME_COLOUR = 208  # bank 13: the text palette with gold letters, for a speaker's name
NAME_COLOURS = (0, 1, 9, 3)
TRANSPARENT = "."


def colour_index(name: str) -> int:
    """Return the palette entry of a colour; 0 is transparent."""
    if name == TRANSPARENT:
        return 0
    if name in LOGO_COLOURS:
        return FIRST_LOGO_COLOUR + list(LOGO_COLOURS).index(name)
    return 1 + list(COLOURS).index(name)


def rgb15(hex_colour: str) -> int:
    """Return "rrggbb" as the console's 15-bit BGR."""
    red, green, blue = (int(hex_colour[i : i + 2], 16) >> 3 for i in (0, 2, 4))
    return red | green << 5 | blue << 10


class TileBank:
    """Collect 8x8 tiles of 8-bit pixels, each distinct tile once."""

    def __init__(self) -> None:
        self.tiles: list[bytes] = [bytes(64)]

    def add(self, tile: Canvas) -> int:
        """Return the number of a tile, storing it if it is new."""
        pixels = bytes(colour_index(name) for row in tile for name in row)
        if pixels not in self.tiles:
            self.tiles.append(pixels)
        return self.tiles.index(pixels)


def sprite_pixels(rows: list[str], ink: dict[str, str]) -> bytes:
    """Return a 16x16 picture as four tiles in the order the sprite hardware reads them."""
    canvas = [[TRANSPARENT if c == "." else ink[c] for c in row] for row in rows]
    return b"".join(bytes(colour_index(name) for row in quarter(canvas, part) for name in row) for part in range(4))


def sprites() -> dict[str, bytes]:
    """Return every sprite by name, the six poses of a person in a fixed order."""
    found: dict[str, bytes] = {}
    for person, inks in PEOPLE.items():
        for pose, picture in BODY.items():
            found[f"{person}_{pose}"] = sprite_pixels(grid(picture, 16), {**SPRITE_INK, **inks})
    for name, picture in SLIME.items():
        found[name] = sprite_pixels(grid(picture, 16), SLIME_INK)
    return found


def scale3x(bits: list[list[bool]]) -> list[list[bool]]:
    """Enlarge a one-bit picture three times, rounding its corners (the Scale3x rule)."""

    def at(x: int, y: int) -> bool:
        return 0 <= y < len(bits) and 0 <= x < len(bits[0]) and bits[y][x]

    big = [[False] * (3 * len(bits[0])) for _ in range(3 * len(bits))]
    for y in range(len(bits)):
        for x in range(len(bits[0])):
            up, left, right, down = at(x, y - 1), at(x - 1, y), at(x + 1, y), at(x, y + 1)
            for dy in range(3):
                for dx in range(3):
                    vertical, horizontal = (up, down)[dy == 2], (left, right)[dx == 2]
                    corner = dx != 1 and dy != 1 and vertical == horizontal
                    open_corner = up != down and left != right
                    big[3 * y + dy][3 * x + dx] = vertical if corner and open_corner else at(x, y)
    return big


def logo() -> Canvas:
    """Draw the title in flame colours with a dark rim."""
    font = glyphs()
    word = "EMBERWOOD"
    small = [[c == "#" for letter in word for c in font[letter][y] + "."] for y in range(7)]
    bits = scale3x(small)
    canvas = [[TRANSPARENT] * (8 * LOGO_TILES_WIDE) for _ in range(8 * LOGO_TILES_HIGH)]
    left, top = (8 * LOGO_TILES_WIDE - len(bits[0]) + 3) // 2, 5
    inked = [(left + x, top + y) for y in range(len(bits)) for x in range(len(bits[0])) if bits[y][x]]
    for x, y in inked:
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1), (2, 2), (1, 2), (2, 1), (0, 2)):
            canvas[y + dy][x + dx] = "logo_rim"
    ramp = ["logo_a", "logo_b", "logo_c", "logo_d", "logo_e"]
    for x, y in inked:
        height = (y - top) / 21 * 4.6
        step = int(height) + (1 if height % 1 > 0.6 and (x + y) % 2 else 0)
        canvas[y][x] = ramp[min(step, 4)]
    return canvas


def c_array(kind: str, name: str, values: list[int], per_line: int = 16) -> str:
    """Return a C definition of a constant array."""
    digits = {"u8": 2, "u16": 4}[kind]
    lines = [
        "    " + ", ".join(f"0x{v:0{digits}x}" for v in values[i : i + per_line]) + ","
        for i in range(0, len(values), per_line)
    ]
    return f"const {kind} {name}[{len(values)}] = {{\n" + "\n".join(lines) + "\n};\n"


def c_enum(prefix: str, names: list[str]) -> str:
    """Return a C enum whose values count from 0 and end with a total."""
    entries = ", ".join(f"{prefix}_{n.upper()}" for n in [*names, "count"])
    return f"enum {{ {entries} }};"


def scene_palette() -> list[int]:
    """Return all 256 colours: scene, names, logo, text."""
    colours = [0] + [rgb15(value) for value in COLOURS.values()]
    colours += [0] * (FIRST_NAME_COLOUR - len(colours))
    colours += [rgb15(TEXT_COLOURS[i]) for i in NAME_COLOURS]
    colours += [0] * (FIRST_LOGO_COLOUR - len(colours))
    colours += [rgb15(value) for value in LOGO_COLOURS.values()]
    colours += [0] * (240 - len(colours))
    return colours + [rgb15(value) for value in TEXT_COLOURS] + [0] * (16 - len(TEXT_COLOURS))


def main() -> None:
    """Draw everything and write both files."""
    bank = TileBank()
    metatiles = {
        name: [bank.add(quarter(canvas, part)) for part in range(4)] for name, canvas in terrain.metatiles().items()
    }
    blobs = {
        name: [bank.add(quarter(c, part)) for part in range(4) for c in variants]
        for name, variants in terrain.blobs().items()
    }
    logo_canvas = logo()
    logo_pixels = [
        colour_index(logo_canvas[8 * ty + y][8 * tx + x])
        for ty in range(LOGO_TILES_HIGH)
        for tx in range(LOGO_TILES_WIDE)
        for y in range(8)
        for x in range(8)
    ]
    font = glyphs()
    codes = range(32, 128)
    font_rows = [
        sum(1 << (1 + x) for x, c in enumerate(row) if c == "#")
        for code in codes
        for row in font.get(chr(code), font[" "])
    ]
    interface = [int(c) for picture in INTERFACE.values() for c in "".join(grid(picture, 8))]
    cycles = [colour_index(cycle[0]) for cycle in CYCLES]
    drawn = sprites()

    arrays = [
        ("u16", "art_palette", scene_palette()),
        ("u8", "art_tiles", [p for tile in bank.tiles for p in tile]),
        ("u16", "art_metatiles", [t for tiles in metatiles.values() for t in tiles]),
        ("u16", "art_blobs", [t for tiles in blobs.values() for t in tiles]),
        ("u8", "art_sprites", [p for pixels in drawn.values() for p in pixels]),
        ("u8", "art_logo", logo_pixels),
        ("u8", "art_font", font_rows),
        ("u8", "art_interface", interface),
        ("u8", "art_cycles", cycles),
    ]
    note = "/* Written by art/ (make art); do not edit by hand. */\n"
    body = "\n".join(c_array(*array) for array in arrays)
    (SOURCE / "art.c").write_text(f'{note}#include "art.h"\n\n{body}', encoding="ascii")
    header = [
        note + "#ifndef ART_H\n#define ART_H\n",
        '#include "gba.h"\n',
        c_enum("META", list(metatiles)),
        "/* A blob is 4 quarters x 5 variants: corner, top or bottom, side, notch, full. */",
        c_enum("BLOB", list(blobs)),
        c_enum("SPRITE", list(drawn)),
        c_enum("UI", list(INTERFACE)),
        f"#define ART_CYCLE_LENGTH {len(CYCLES[0])}",
        f"#define LOGO_TILES_WIDE {LOGO_TILES_WIDE}",
        f"#define LOGO_TILES_HIGH {LOGO_TILES_HIGH}\n",
        *(f"extern const {kind} {name}[{len(values)}];" for kind, name, values in arrays),
        "\n#endif\n",
    ]
    (SOURCE / "art.h").write_text("\n".join(header), encoding="ascii")


if __name__ == "__main__":
    main()
