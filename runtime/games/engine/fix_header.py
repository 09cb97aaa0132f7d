"""Write the cartridge header fields of a Game Boy Advance ROM in place.

Usage: fix_header.py ROM TITLE CODE. Only what an emulator checks is filled in; the boot logo
stays zero on purpose, because it is not ours to ship. Field offsets: GBATEK, "GBA Cartridge Header".
"""

from __future__ import annotations

import sys
from pathlib import Path

LOGO = slice(0x04, 0xA0)
TITLE = slice(0xA0, 0xAC)
GAME_CODE = slice(0xAC, 0xB0)
MAKER_CODE = slice(0xB0, 0xB2)
FIXED_VALUE = 0xB2
RESERVED = slice(0xB3, 0xBD)
CHECKSUM = 0xBD
AFTER_CHECKSUM = slice(0xBE, 0xC0)


def with_header(rom: bytes, title: str, code: str) -> bytes:
    """Return `rom` with title, codes and checksum set. Raises ValueError if it has no entry branch."""
    if len(rom) < 0xC0 or rom[3] != 0xEA:
        raise ValueError("the ROM must open with an ARM branch (byte 3 = 0xEA) and a 0xC0-byte header")
    fixed = bytearray(rom)
    fixed[LOGO] = bytes(0x9C)
    fixed[TITLE] = title.encode("ascii").ljust(12, b"\0")
    fixed[GAME_CODE] = code.encode("ascii")
    fixed[MAKER_CODE] = b"00"
    fixed[FIXED_VALUE] = 0x96
    fixed[RESERVED] = bytes(10)
    fixed[CHECKSUM] = -(sum(fixed[0xA0:0xBD]) + 0x19) & 0xFF
    fixed[AFTER_CHECKSUM] = bytes(2)
    return bytes(fixed)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_bytes(with_header(path.read_bytes(), *sys.argv[2:]))
