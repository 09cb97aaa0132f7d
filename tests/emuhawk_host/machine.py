"""A core as EmuHawk's Lua libraries see it: memory domains, a joypad with overrides, states with a frame count."""

import hashlib
import io
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import Console
from runtime.pixels import to_rgb

#: EmuHawk's names (BizHawk, GBA.MemoryDomains, Gambatte.IMemoryDomains, NES.IMemoryDomains), by system and our own.
_DOMAINS = {
    "gba": {"ewram": "EWRAM", "iwram": "IWRAM"},
    "gb": {"wram": "WRAM", "hram": "HRAM"},
    "gbc": {"wram": "WRAM", "hram": "HRAM"},
    "nes": {"ram": "RAM"},
}

#: Of consoles whose definition has several players.
_PREFIX = {"nes": "P1 ", "snes": "P1 "}


class Machine:
    """One core with one game, and the frame count that EmuHawk keeps in a state."""

    def __init__(self, rom: Path, console: Console) -> None:
        self.rom, self.console = rom, console
        self.core = LibretroBackend(Path(find_core(console)), rom, console)
        self.frame_count = 0
        self._prefix = _PREFIX.get(console.name, "")
        self._overrides: dict[str, bool] = {}  # BizHawk's ButtonOverrideAdapter
        self._held: dict[str, bool] = {}  # its ActiveController; nobody's hand is on this one
        self.domains = self._domains()

    def _domains(self) -> dict[str, NDArray[np.uint8]]:
        names = _DOMAINS[self.console.name]
        domains = {names[name]: memory for name, memory in self.core.memory().items()}
        domains["ROM"] = np.frombuffer(self.rom.read_bytes(), dtype=np.uint8)
        return domains

    @property
    def buttons(self) -> list[str]:
        """Return the joypad's buttons by EmuHawk's names."""
        return [self._prefix + button.capitalize() for button in self.console.buttons] + [f"{self._prefix}Power"]

    def joypad(self) -> dict[str, bool]:
        """Return what was held on the last frame, or what was set since."""
        return {button: self._held.get(button, False) for button in self.buttons}

    def set_joypad(self, asked: dict[str, bool]) -> None:
        """Override buttons on the current frame; those that are not named go back to the person's hand."""
        self._overrides = {button: asked[button] for button in self.buttons if button in asked}
        self._held = dict(self._overrides)

    def latch(self) -> None:
        """Take what is held from the person's hand, nothing, and from the overrides (RunControllerChain)."""
        self._held = dict(self._overrides)

    def tick_overrides(self) -> None:
        """Forget the overrides; what was latched stays (FrameTick)."""
        self._overrides = {}

    def run_frame(self) -> None:
        """Emulate a frame with what is latched."""
        pressed = {button for button, down in self._held.items() if down}
        named = {self._prefix + button.capitalize(): button for button in self.console.buttons}
        self.core.step(frozenset(named[button] for button in pressed if button in named))
        self.frame_count += 1

    def reboot(self) -> None:
        """Load the core anew."""
        self.core.reset()
        self.frame_count, self._held, self._overrides = 0, {}, {}

    def hash_region(self, address: int, count: int, domain: str) -> str:
        """Return a SHA-256 in upper-case hex.

        Raises:
            IndexError: It is not within the domain.
        """
        memory = self.domains[domain]
        if not 0 <= address < memory.size or address + count > memory.size:
            raise IndexError(f"Address {address} + count {count} is outside the bounds of domain {domain}")
        return hashlib.sha256(memory[address : address + count].tobytes()).hexdigest().upper()

    def png(self) -> bytes:
        """Return the last frame as a PNG file."""
        file = io.BytesIO()
        Image.fromarray(to_rgb(self.core.frame(), self.core.pixel_format)).save(file, "PNG")
        return file.getvalue()

    def state(self) -> bytes:
        """Return a state with the frame count."""
        return b"EHST" + struct.pack("<I", self.frame_count) + self.core.save_state()

    def load(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            ValueError: It is none.
            StateError: The core refuses it.
        """
        if state[:4] != b"EHST":
            raise ValueError("no savestate")
        self.core.load_state(state[8:])
        (self.frame_count,) = struct.unpack("<I", state[4:8])
