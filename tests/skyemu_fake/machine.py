"""What the fake emulates: a libretro core, or what a recording of the real SkyEmu shows."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import Console, console_of_rom
from runtime.errors import RomError

Rgb = NDArray[np.uint8]  # (H, W, 3)

#: Version 1, 37 registers, and where each memory lies: EWRAM, IWRAM, and five that the fake leaves out.
_GBA_DESCRIPTION = np.array([1, *[0] * 37, 0, 0x4_0000, *[0x4_8000] * 5], dtype="<u4").tobytes().ljust(256, b"\0")


class Machine(Protocol):
    """One console with one game."""

    @property
    def system(self) -> int:
        """SkyEmu's number of the console: 1 Game Boy, 2 GBA."""

    def load(self, rom: Path) -> bool:
        """Switch it on with a ROM; False when that is none."""

    def run(self, held: frozenset[str], frames: int) -> None:
        """Emulate frames; buttons by SkyEmu's names."""

    def rgb(self) -> Rgb:
        """Return the picture."""

    def read(self, address: int) -> int:
        """Return a byte of the bus; 0 where there is nothing."""

    def write(self, address: int, value: int) -> None:
        """Change a byte of the bus, if it is memory."""

    def structure(self) -> tuple[bytes, int]:
        """Return the console as it would lie in SkyEmu's memory, and where in it its description begins."""

    def restore(self, structure: bytes) -> None:
        """Go back to a structure."""


class CoreMachine:
    """A libretro core. One a process."""

    system = 0

    def __init__(self) -> None:
        self._backend: LibretroBackend | None = None

    def load(self, rom: Path) -> bool:
        self._end()
        try:
            console = console_of_rom(rom)
            self._backend = LibretroBackend(find_core(console), rom, console)
        except RomError:
            return False
        self.system = 2 if console.name == "gba" else 1
        return True

    def run(self, held: frozenset[str], frames: int) -> None:
        buttons = self._core.console.buttons
        self._core.step(frozenset(name.upper() for name in held if name.upper() in buttons), frames)

    def rgb(self) -> Rgb:
        """Return the picture, 5 bits spread as SkyEmu does: the lower three are zero."""
        raw = self._core.frame().astype(np.int64)
        shifts = {"0rgb1555": (7, 2, -3), "xrgb8888": (16, 8, 0)}.get(self._core.pixel_format, (8, 3, -3))
        kept = 0xF8 if self._core.console.five_bit else 0xFC
        channels = [(raw >> shift if shift > 0 else raw << -shift) & kept for shift in shifts]
        return np.stack(channels, axis=-1).astype(np.uint8)

    def read(self, address: int) -> int:
        found = self._at(address)
        return int(found[0][found[1]]) if found else 0

    def write(self, address: int, value: int) -> None:
        if found := self._at(address):
            found[0][found[1]] = value

    def structure(self) -> tuple[bytes, int]:
        """Lay out: memory, its description, then the core's own state."""
        return self._gba() if self.system == 2 else self._game_boy()

    def restore(self, structure: bytes) -> None:
        size = len(self._core.save_state())
        at = self._state_at
        self._core.load_state(structure[at : at + size])

    @property
    def _core(self) -> LibretroBackend:
        assert self._backend is not None, "no ROM is loaded"
        return self._backend

    @property
    def _state_at(self) -> int:
        return 0x4_8000 + 256 if self.system == 2 else 0x1_8000 + 64

    def _gba(self) -> tuple[bytes, int]:
        memory = self._core.memory()
        ewram, iwram = memory["ewram"].tobytes(), memory["iwram"].tobytes()
        return ewram + iwram + _GBA_DESCRIPTION + self._core.save_state(), len(ewram + iwram)

    def _game_boy(self) -> tuple[bytes, int]:
        memory = self._core.memory()
        bus, banks = bytearray(0x1_0000), bytearray(0x8000)
        bus[0xC000:0xD000] = memory["wram"][:0x1000].tobytes()
        banks[0x1000:0x2000] = memory["wram"][0x1000:].tobytes()  # bank 1; 0xFF70 is 0
        bus[0xFF80:0xFFFF] = memory["hram"].tobytes()
        description = (1).to_bytes(4, "little") + bytes(16) + np.array([0, 0x1_0000], dtype="<u4").tobytes()
        return bytes(bus + banks) + description.ljust(64, b"\0") + self._core.save_state(), 0x1_8000

    def _at(self, address: int) -> tuple[NDArray[np.uint8], int] | None:
        for region in self._core.regions:
            if region.address <= address < region.address + region.size:
                return self._core.memory()[region.name], address - region.address
        return None

    def _end(self) -> None:
        if self._backend is not None:
            self._backend.close()
            self._backend = None


class StillMachine:
    """A console that stands still: a picture, and bytes at some addresses."""

    system = 2

    def __init__(self, console: Console, rom: Path, picture: Rgb, memory: dict[int, int]) -> None:
        self._console, self._rom, self._picture, self._memory = console, rom, picture, memory

    def load(self, rom: Path) -> bool:
        if rom == self._rom:
            return True
        self._memory = {}
        return False

    def run(self, held: frozenset[str], frames: int) -> None: ...

    def rgb(self) -> Rgb:
        return self._picture

    def read(self, address: int) -> int:
        return self._memory.get(address, 0)

    def write(self, address: int, value: int) -> None:
        self._memory[address] = value

    def structure(self) -> tuple[bytes, int]:
        return bytes(0x4_8000) + _GBA_DESCRIPTION, 0x4_8000

    def restore(self, structure: bytes) -> None: ...
