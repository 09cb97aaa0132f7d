"""The consoles: geometry, rate, buttons and the memory that is published. Data, one row each."""

from dataclasses import dataclass
from pathlib import Path

from runtime.errors import RomError

#: CPU clock over cycles a frame (GBATEK, "LCD I/O Display Control": 280,896 cycles at 16.777216 MHz).
GBA_RATE_HZ = 16_777_216 / 280_896

#: Pan Docs, "Rendering": 70,224 dots a frame at 4.194304 MHz.
GAME_BOY_RATE_HZ = 4_194_304 / 70_224

_DIRECTIONS = ("UP", "DOWN", "LEFT", "RIGHT")


@dataclass(frozen=True)
class MemoryArea:
    """A published stretch of the console's bus."""

    name: str
    address: int
    size: int  # bytes


@dataclass(frozen=True)
class Console:
    """What every emulator of a console has in common.

    Attributes:
        name: As in game.toml.
        suffixes: File name endings of its ROMs.
        cores: libretro core names that emulate it, the preferred first.
        rate_hz: Frames a second.
        width: Pixels.
        height: Pixels.
        buttons: Names, also their order in every list.
        memory: What is published each frame; empty means all of the core's system RAM.
        five_bit: Whether a colour channel has 5 bits.
    """

    name: str
    suffixes: tuple[str, ...]
    cores: tuple[str, ...]
    rate_hz: float
    width: int
    height: int
    buttons: tuple[str, ...]
    memory: tuple[MemoryArea, ...] = ()
    five_bit: bool = False


_GAME_BOY_MEMORY = (MemoryArea("wram", 0xC000, 0x2000), MemoryArea("hram", 0xFF80, 0x7F))
_GAME_BOY_BUTTONS = ("A", "B", "SELECT", "START", *_DIRECTIONS)

CONSOLES = {
    console.name: console
    for console in (
        Console(
            "gba",
            (".gba", ".agb"),
            ("mgba", "vba_next", "gpsp"),
            GBA_RATE_HZ,
            240,
            160,
            ("A", "B", "L", "R", "SELECT", "START", *_DIRECTIONS),
            (MemoryArea("ewram", 0x0200_0000, 0x4_0000), MemoryArea("iwram", 0x0300_0000, 0x8000)),
            five_bit=True,
        ),
        Console("gb", (".gb",), ("gambatte", "mgba"), GAME_BOY_RATE_HZ, 160, 144, _GAME_BOY_BUTTONS, _GAME_BOY_MEMORY),
        Console(
            "gbc",
            (".gbc",),
            ("gambatte", "mgba"),
            GAME_BOY_RATE_HZ,
            160,
            144,
            _GAME_BOY_BUTTONS,
            _GAME_BOY_MEMORY,
            five_bit=True,
        ),
        Console("nes", (".nes",), ("fceumm", "nestopia"), 60.0988, 256, 240, _GAME_BOY_BUTTONS),
        Console(
            "snes",
            (".sfc", ".smc"),
            ("snes9x",),
            60.0988,
            256,
            224,
            ("A", "B", "X", "Y", "L", "R", "SELECT", "START", *_DIRECTIONS),
        ),
    )
}


def console_of_rom(rom: Path) -> Console:
    """Return the console that a ROM's file name says it is for.

    Raises:
        RomError: The ending is unknown.
    """
    for console in CONSOLES.values():
        if rom.suffix.lower() in console.suffixes:
            return console
    known = ", ".join(suffix for console in CONSOLES.values() for suffix in console.suffixes)
    raise RomError(f"{rom}: no console is known for a file that ends in {rom.suffix!r}; known are {known}")
