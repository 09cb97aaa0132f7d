"""Write a cartridge's art.c and art.h. Output order is the order of the pictures: the same source, the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .canvas import Canvas, grid, quarter
from .font import glyphs
from .interface import INTERFACE
from .lettering import LOGO_TILES_HIGH, LOGO_TILES_WIDE, logo
from .palette import TRANSPARENT, Palette, rgb15

FLIP_X, FLIP_Y = 0x0400, 0x0800  # of a background's entry
MOST_TILES = 1024  # an entry has ten bits for the tile
MOST_PIECES = 30  # of interface: tiles 2 to 31 of the text layer
BACKDROP_TILES_WIDE, BACKDROP_TILES_HIGH = 4, 20
MONSTER_PIXELS = 64


@dataclass(frozen=True)
class Monster:
    """Somebody to fight.

    Attributes:
        canvas: 64x64 names of `ink`, or "." where the scene is seen.
        ink: Name -> rrggbb, at most 15.
    """

    canvas: Canvas
    ink: dict[str, str]


@dataclass(frozen=True)
class Pictures:
    """All pictures of a cartridge, each kind by name in the order of its C enum.

    Attributes:
        palette: The colours that all but monsters use.
        word: The title on the logo.
        metatiles: 16x16 cell pictures.
        blobs: Joining shapes, five canvases each.
        sprites: 16x16 pictures of people and things.
        monsters: What is fought.
        backdrops: 32x160 pictures behind a battle, repeated sideways.
        icons: 8x8 pieces of the interface that only this cartridge has, as text like INTERFACE.
    """

    palette: Palette
    word: str
    metatiles: dict[str, Canvas]
    blobs: dict[str, list[Canvas]]
    sprites: dict[str, Canvas]
    monsters: dict[str, Monster]
    backdrops: dict[str, Canvas]
    icons: dict[str, str]

    def interface(self) -> dict[str, str]:
        """Return all pieces of the interface. Raises ValueError when there are more than the fonts leave room for."""
        pieces = INTERFACE | self.icons
        if len(pieces) > MOST_PIECES:
            raise ValueError(f"{len(pieces)} pieces of interface; {MOST_PIECES} are allowed")
        return pieces


class TileBank:
    """Collect 8x8 tiles of 8-bit pixels, each once however it is mirrored."""

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self.tiles: list[bytes] = [bytes(64)]
        self._entries: dict[bytes, int] = {bytes(64): 0}

    def add(self, tile: Canvas) -> int:
        """Return a tile's background entry (number and mirroring), storing it if it is new."""
        pixels = bytes(self.palette.index(name) for row in tile for name in row)
        if pixels not in self._entries:
            number = len(self.tiles)
            if number == MOST_TILES:
                raise ValueError(f"more than {MOST_TILES} different tiles")
            self.tiles.append(pixels)
            rows = [pixels[i : i + 8] for i in range(0, 64, 8)]
            mirrored = [row[::-1] for row in rows]
            for shown, flips in (
                (rows, 0),
                (mirrored, FLIP_X),
                (rows[::-1], FLIP_Y),
                (mirrored[::-1], FLIP_X | FLIP_Y),
            ):
                self._entries.setdefault(b"".join(shown), number | flips)
        return self._entries[pixels]


def tile_at(canvas: Canvas, column: int, row: int) -> Canvas:
    """Return one 8x8 tile of a canvas of any size."""
    return [line[8 * column : 8 * column + 8] for line in canvas[8 * row : 8 * row + 8]]


def sprite_pixels(palette: Palette, canvas: Canvas) -> list[int]:
    """Return a 16x16 picture as four tiles in the order the sprite hardware reads them."""
    return [palette.index(name) for part in range(4) for row in quarter(canvas, part) for name in row]


def monster_ink(monster: Monster) -> list[int]:
    """Return the 16 colours of a monster; entry 0 is transparent. Raises ValueError when it has too many."""
    if len(monster.ink) > 15:
        raise ValueError(f"a monster has {len(monster.ink)} colours; 15 are allowed")
    words = [0] + [rgb15(value) for value in monster.ink.values()]
    return words + [0] * (16 - len(words))


def monster_pixels(monster: Monster) -> list[int]:
    """Return a 64x64 picture as 4-bit tiles in the order the sprite hardware reads them."""
    entry = {TRANSPARENT: 0} | {name: 1 + i for i, name in enumerate(monster.ink)}
    size = MONSTER_PIXELS // 8
    tiles = [tile_at(monster.canvas, column, row) for row in range(size) for column in range(size)]
    nibbles = [entry[name] for tile in tiles for row in tile for name in row]
    return [low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True)]


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


def font_rows() -> list[int]:
    """Return codes 32 to 127, eight rows each, the leftmost pixel in bit 1."""
    font = glyphs()
    return [
        sum(1 << (1 + x) for x, c in enumerate(row) if c == "#")
        for code in range(32, 128)
        for row in font.get(chr(code), font[" "])
    ]


def twins(look: str, names: list[str]) -> list[int]:
    """Return for each metatile which one is drawn in another look: the one with the look before its name, or itself."""
    return [names.index(f"{look}_{name}") if f"{look}_{name}" in names else number for number, name in enumerate(names)]


def arrays(pictures: Pictures) -> list[tuple[str, str, list[int]]]:
    """Return every C array: type, name, values."""
    palette = pictures.palette
    bank = TileBank(palette)
    metatiles = [bank.add(quarter(canvas, part)) for canvas in pictures.metatiles.values() for part in range(4)]
    blobs = [
        bank.add(quarter(canvas, part))
        for variants in pictures.blobs.values()
        for part in range(4)
        for canvas in variants
    ]
    backdrops = [
        bank.add(tile_at(canvas, column, row))
        for canvas in pictures.backdrops.values()
        for row in range(BACKDROP_TILES_HIGH)
        for column in range(BACKDROP_TILES_WIDE)
    ]
    title = logo(pictures.word)
    logo_tiles = [tile_at(title, column, row) for row in range(LOGO_TILES_HIGH) for column in range(LOGO_TILES_WIDE)]
    return [
        ("u16", "art_palette", palette.words()),
        ("u8", "art_tiles", [pixel for tile in bank.tiles for pixel in tile]),
        ("u16", "art_metatiles", metatiles),
        ("u8", "art_wild", twins("wild", list(pictures.metatiles))),
        ("u8", "art_second", twins("second", list(pictures.metatiles))),
        ("u16", "art_blobs", blobs),
        ("u16", "art_backdrops", backdrops),
        ("u8", "art_sprites", [p for canvas in pictures.sprites.values() for p in sprite_pixels(palette, canvas)]),
        ("u8", "art_monsters", [p for monster in pictures.monsters.values() for p in monster_pixels(monster)]),
        ("u16", "art_monster_inks", [w for monster in pictures.monsters.values() for w in monster_ink(monster)]),
        ("u8", "art_logo", [palette.index(name) for tile in logo_tiles for row in tile for name in row]),
        ("u8", "art_font", font_rows()),
        (
            "u8",
            "art_interface",
            [int(c) for picture in pictures.interface().values() for c in "".join(grid(picture, 8))],
        ),
        ("u8", "art_cycles", [palette.index(cycle[0]) for cycle in palette.cycles]),
    ]


def write(pictures: Pictures, folder: Path) -> None:
    """Draw everything and write both files into a folder."""
    found = arrays(pictures)
    sizes = {name: len(values) for _, name, values in found}
    note = "/* Written by art/ (make art); do not edit by hand. */\n"
    body = "\n".join(c_array(*array) for array in found)
    (folder / "art.c").write_text(f'{note}#include "art.h"\n\n{body}', encoding="ascii")
    header = [
        note + "#ifndef ART_H\n#define ART_H\n",
        '#include "gba.h"\n',
        c_enum("META", list(pictures.metatiles)),
        "/* What to draw instead: art_wild in the second country, art_second for the second kind of houses, caves. */",
        "/* A blob is 4 quarters x 5 variants: corner, top or bottom, side, notch, full. */",
        c_enum("BLOB", list(pictures.blobs)),
        c_enum("SPRITE", list(pictures.sprites)),
        "/* 64x64 pixels of four bits each, with 16 colours of its own. */",
        c_enum("MONSTER", list(pictures.monsters)),
        "/* Tile entries, 4 wide and 20 high, to be repeated sideways. */",
        c_enum("BACKDROP", list(pictures.backdrops)),
        c_enum("UI", list(pictures.interface())),
        f"#define ART_CYCLE_LENGTH {len(pictures.palette.cycles[0])}",
        f"#define ART_TILE_COUNT {sizes['art_tiles'] // 64}",
        f"#define ART_MONSTER_BYTES {MONSTER_PIXELS * MONSTER_PIXELS // 2}",
        f"#define BACKDROP_TILES_WIDE {BACKDROP_TILES_WIDE}",
        f"#define BACKDROP_TILES_HIGH {BACKDROP_TILES_HIGH}",
        f"#define LOGO_TILES_WIDE {LOGO_TILES_WIDE}",
        f"#define LOGO_TILES_HIGH {LOGO_TILES_HIGH}\n",
        *(f"extern const {kind} {name}[{len(values)}];" for kind, name, values in found),
        "\n#endif\n",
    ]
    (folder / "art.h").write_text("\n".join(header), encoding="ascii")
