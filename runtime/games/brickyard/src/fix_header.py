"""Write the cartridge header fields of a Game Boy ROM in place.

Usage: fix_header.py ROM TITLE CGB_FLAG, the flag as hexadecimal: 00 for Game Boy, 80 for one that uses colours too.
The boot logo stays zero but for its first four bytes, by which mGBA knows a Game Boy ROM: it is not ours to ship.
Field offsets: Pan Docs, "The Cartridge Header".
"""

import sys
from pathlib import Path

LOGO = slice(0x104, 0x134)
TITLE = slice(0x134, 0x143)
CGB_FLAG = 0x143
PLAIN_CARTRIDGE = slice(0x144, 0x14D)  # no publisher, no mapper, 32 KiB ROM, no RAM
HEADER_CHECKSUM = 0x14D
GLOBAL_CHECKSUM = slice(0x14E, 0x150)


def with_header(rom: bytes, title: str, cgb_flag: str) -> bytes:
    """Return `rom` with title, flag and checksums set. Raises ValueError if it is no 32 KiB image with an entry."""
    if len(rom) != 0x8000 or rom[0x101] != 0xC3:
        raise ValueError("the ROM must have 32 KiB and a jump (0xC3) at 0x101")
    fixed = bytearray(rom)
    fixed[LOGO] = bytes.fromhex("CEED6666").ljust(0x30, b"\0")
    fixed[TITLE] = title.encode("ascii").ljust(15, b"\0")
    fixed[CGB_FLAG] = int(cgb_flag, 16)
    fixed[PLAIN_CARTRIDGE] = bytes(9)
    fixed[HEADER_CHECKSUM] = (-sum(fixed[0x134:0x14D]) - 25) & 0xFF
    fixed[GLOBAL_CHECKSUM] = bytes(2)
    fixed[GLOBAL_CHECKSUM] = (sum(fixed) & 0xFFFF).to_bytes(2, "big")
    return bytes(fixed)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_bytes(with_header(path.read_bytes(), *sys.argv[2:]))
