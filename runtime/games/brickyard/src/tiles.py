"""Write tiles.h from tiles.txt: the pictures as the Game Boy stores them (Pan Docs, "Tile Data"), and their numbers.

Usage: tiles.py tiles.txt tiles.h
"""

import sys
from pathlib import Path

SIDE = 8  # pixels


def read_tiles(text: str) -> dict[str, list[str]]:
    """Return each picture's rows by its name. Raises ValueError if one is not 8 x 8 pixels of the colours . 1 2 3."""
    tiles = {}
    for part in text.split("\n\n"):
        lines = [line for line in part.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        name, *rows = lines
        if len(rows) != SIDE or any(len(row) != SIDE or set(row) - set(".123") for row in rows):
            raise ValueError(f"{name}: a picture has {SIDE} rows of {SIDE} pixels, each one of . 1 2 3")
        tiles[name] = rows
    return tiles


def as_bytes(rows: list[str]) -> list[int]:
    """Return the 16 bytes of a picture: for each row the colours' low bits, then their high bits."""
    planes = []
    for row in rows:
        colours = [".123".index(pixel) for pixel in row]
        for bit in (0, 1):
            planes.append(sum((colour >> bit & 1) << SIDE - 1 - x for x, colour in enumerate(colours)))
    return planes


def header(tiles: dict[str, list[str]]) -> str:
    """Return the text of tiles.h."""
    lines = ["/* Made of tiles.txt by tiles.py. */"]
    font = {name: number for number, name in enumerate(tiles) if len(name) == 1}
    lines += [f"#define TILE_{name.upper()} {number}" for number, name in enumerate(tiles) if len(name) > 1]
    lines.append(f"#define TILE_COUNT {len(tiles)}")
    lines.append("static const unsigned char tile_bytes[TILE_COUNT * 16] = {")
    lines += [
        f"    {', '.join(f'0x{byte:02X}' for byte in as_bytes(rows))}, /* {name} */" for name, rows in tiles.items()
    ]
    lines.append("};")
    codes = [str(font.get(chr(code), 0)) for code in range(ord("0"), ord("Z") + 1)]
    lines.append(f"static const unsigned char font_tiles[] = {{{', '.join(codes)}}}; /* from '0' to 'Z' */")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(header(read_tiles(Path(sys.argv[1]).read_text(encoding="ascii"))), encoding="ascii")
