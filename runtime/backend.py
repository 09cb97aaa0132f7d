"""What an emulator must offer to be driven by the bridge."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import zstandard
from numpy.typing import NDArray

from runtime.console import Console
from runtime.errors import RomError, StateError
from runtime.pixels import Raw
from runtime.wire import Region, Savestate

#: The largest cartridge of any console in runtime.console (GBA: 32 MiB, GBATEK "Cartridge").
MAX_ROM_BYTES = 32 << 20

#: Far above any core's; bounds what a damaged savestate can make us allocate.
_MAX_STATE_BYTES = 1 << 26

_GBA_FIXED_BYTE = (0xB2, 0x96)  # GBATEK, "GBA Cartridge Header"


class Backend(Protocol):
    """One emulator with one game, loaded when it is made. Not thread-safe; `close` ends it."""

    @property
    def console(self) -> Console:
        """Geometry, rate and buttons."""

    @property
    def core(self) -> str:
        """Name and version, for recordings and savestates."""

    @property
    def core_options(self) -> Mapping[str, str]:
        """The core's options and the values in force; empty when it has none."""

    @property
    def rom_sha256(self) -> str:
        """Hash of the ROM file, lower-case hex."""

    @property
    def pixel_format(self) -> str:
        """A name in runtime.pixels.FORMATS."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """The memory that `memory` returns."""

    def reset(self) -> None:
        """Start the game anew, as by its power switch."""

    def step(self, buttons: frozenset[str]) -> None:
        """Emulate one frame with exactly these buttons held."""

    def frame(self) -> Raw:
        """Return the last frame, (H, W) native pixels; valid until the next step."""

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes, (size,) uint8; valid until the next step."""

    def save_state(self) -> bytes:
        """Return the emulator's state."""

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: The emulator refuses it.
        """

    def close(self) -> None:
        """Unload the game."""


def read_rom(path: Path, console: Console, sha256: str = "") -> bytes:
    """Read and check a ROM.

    Raises:
        RomError: It is missing, empty, too large, no ROM of this console, or not the one with hash `sha256`.
    """
    try:
        rom = path.read_bytes()
    except OSError as error:
        raise RomError(f"{path}: the ROM cannot be read: {error.strerror}") from error
    if not 0 < len(rom) <= MAX_ROM_BYTES:
        raise RomError(f"{path}: a ROM has 1 to {MAX_ROM_BYTES} bytes, this file has {len(rom)}")
    at, wanted = _GBA_FIXED_BYTE
    if console.name == "gba" and (len(rom) <= at or rom[at] != wanted):
        raise RomError(f"{path}: no GBA ROM: byte 0x{at:X} of its header must be 0x{wanted:X}")
    seen = hashlib.sha256(rom).hexdigest()
    if sha256 and seen != sha256:
        raise RomError(f"{path}: its SHA-256 is {seen}, the game's description wants {sha256}: another ROM or version")
    return rom


def pack_state(backend: Backend, frame_index: int, sent_ns: int, reason: str) -> Savestate:
    """Return the state from which frame `frame_index` will be emulated; `reason` as in wire.Savestate."""
    raw = backend.save_state()
    return Savestate(
        frame_index=frame_index,
        sent_ns=sent_ns,
        core=backend.core,
        rom_sha256=backend.rom_sha256,
        raw_bytes=len(raw),
        data=zstandard.ZstdCompressor(level=1).compress(raw),
        reason=reason,
    )


def restore_state(backend: Backend, state: Savestate) -> None:
    """Bring a backend to a packed state.

    Raises:
        StateError: It was saved by another core, with another ROM, or is damaged.
    """
    if state.rom_sha256 != backend.rom_sha256:
        raise StateError(f"the savestate is of the ROM {state.rom_sha256}, this one is {backend.rom_sha256}")
    if state.core != backend.core:
        raise StateError(f"the savestate is of the core {state.core!r}, this one is {backend.core!r}")
    backend.load_state(unpack_state(state))


def unpack_state(state: Savestate) -> bytes:
    """Return the state as the emulator gave it.

    Raises:
        StateError: It is damaged.
    """
    try:
        held = zstandard.frame_content_size(state.data)  # what decompressing would allocate
        if held == state.raw_bytes <= _MAX_STATE_BYTES:
            return zstandard.ZstdDecompressor().decompress(state.data)
    except zstandard.ZstdError as error:
        raise StateError(f"the savestate of frame {state.frame_index} is damaged: {error}") from error
    raise StateError(
        f"the savestate of frame {state.frame_index} holds {held} bytes and names {state.raw_bytes}; allowed are "
        f"{_MAX_STATE_BYTES}"
    )
