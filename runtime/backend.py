"""What an emulator must offer to be driven by the bridge: a `Backend`; and what a family of them is: a `Family`."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from runtime.console import Console
from runtime.errors import RomError, StateError
from runtime.game import Watch
from runtime.memory_image import Changes, MemoryImage
from runtime.picture_image import Places
from runtime.pixels import Raw, Rgb
from runtime.wire import Region, Savestate

#: The largest cartridge of any console in runtime.console (GBA: 32 MiB, GBATEK "Cartridge").
MAX_ROM_BYTES = 32 << 20

#: Far above any core's; bounds what a damaged savestate can make us allocate.
_MAX_STATE_BYTES = 1 << 26

_GBA_FIXED_BYTE = (0xB2, 0x96)  # GBATEK, "GBA Cartridge Header"

#: Pan Docs, "The Cartridge Header": without the right sum at 0x14D a Game Boy does not start a cartridge.
_GAME_BOY_SUMMED, _GAME_BOY_SUM = slice(0x134, 0x14D), 0x14D

_NES_MAGIC = b"NES\x1a"  # NESdev wiki, "INES"


@dataclass(frozen=True)
class Capabilities:
    """What an emulator can do. What it lacks is refused where a launch file or a request asks for it.

    Attributes:
        deterministic: The same state and inputs give the same frames: `--store inputs`, `verify` and `branch` need it.
        savestates: It saves and loads states.
        reset: It can be switched off and on.
        steps: It waits for us between frames, so pause, step, speed and lockstep work; otherwise we follow it.
        exact_input: Buttons are held on exactly the frames asked for.
        scan: What `memory` is after each frame: "full", every byte as it is now; "chunked", a part of it is read anew
            each frame; "watched", only the pages with watches are published.
        remote: It is another program: calls take milliseconds and wait for it, so the bridge makes them in a thread.
        opening_s: How long opening may wait for a person to start that program, seconds.
    """

    deterministic: bool = True
    savestates: bool = True
    reset: bool = True
    steps: bool = True
    exact_input: bool = True
    scan: str = "full"
    remote: bool = False
    opening_s: float = 0.0


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a family that has none."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a backend is to run.

    Attributes:
        rom: Path of the ROM.
        console: Its console's name.
        rom_sha256: The hash that the ROM must have; empty for any.
        core: What `Family.find` returned.
        options: The family's options.
        watches: The game's, for emulators that publish only these. To those none comes that follows a pointer
            (`runtime.game.check_whole_memory`).
        instance: Counts the sessions of one run from 0, so that each has ports of its own.
    """

    rom: str
    console: str
    rom_sha256: str = ""
    core: str = ""
    options: Any = NoOptions()
    watches: tuple[Watch, ...] = ()
    instance: int = 0


class Backend(Protocol):
    """One emulator with one game, loaded when it is made.

    Not thread-safe, but one thread may call `close` while another waits in a remote emulator's call, which then raises
    an EmulatorError.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

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

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held; of several only the last need be drawn.

        A remote emulator's picture and memory are fetched here, so that `frame` and `memory` do not wait.

        Raises:
            EmulatorError: A remote emulator is gone, silent, or says what we do not understand.
        """

    @property
    def skipped(self) -> int:
        """Frames that the emulator made during the last step and that nobody saw; 0 where it waits for us."""

    def frame(self) -> Raw:
        """Return the last frame, (H, W) native pixels; valid until the next step. Before the first it is blank."""

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes, (size,) uint8; valid until the next step."""

    def save_state(self) -> bytes:
        """Return the emulator's state.

        Raises:
            StateError: It has none to give.
        """

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: The emulator refuses it.
        """

    def close(self) -> None:
        """Unload the game, or leave the emulator; a second call does nothing."""


@runtime_checkable
class PaintsRgb(Protocol):
    """A backend that has RGB at hand, and so makes it faster than from `frame`."""

    def paint(self, out: Rgb) -> None:
        """Write the last frame, (H, W, 3) uint8: exactly what `runtime.pixels.to_rgb` makes of `frame`."""


@runtime_checkable
class Prefetches(Protocol):
    """A backend that emulates frames in advance (runtime.prefetch)."""

    @property
    def prefetch(self) -> int:
        """The most frames that may be asked for and not taken yet."""

    @property
    def image(self) -> MemoryImage:
        """All memory, as of the last frame taken."""

    def changes(self) -> tuple[Places | None, Changes]:
        """Return what that frame changed: the picture's units (runtime.picture_image; None: any), and memory."""

    def ask(self, held: Sequence[frozenset[str]]) -> None:
        """Let frames be emulated, each with exactly these buttons held, after those asked for before.

        Raises:
            EmulatorError: The emulator is gone.
        """

    def take(self) -> None:
        """Wait for the first frame that was asked for and not taken; `frame` and `memory` show it from now on.

        Raises:
            EmulatorError: The emulator is gone.
        """


class Family(Protocol):
    """One way to run games: libretro cores, PyBoy, SkyEmu … Found by entry point (runtime.families)."""

    @property
    def name(self) -> str:
        """As in `[game] backend`."""

    @property
    def meaning(self) -> str:
        """One line for people."""

    @property
    def consoles(self) -> tuple[str, ...]:
        """Names of the consoles that it emulates, of runtime.console."""

    @property
    def options(self) -> type[msgspec.Struct]:
        """What `[game.options]` may hold: a frozen struct with defaults that forbids unknown fields."""

    def capabilities(self, options: Any) -> Capabilities:
        """Return what its emulators can do with these options."""

    def find(self, console: Console, core: str) -> str:
        """Return the path of the core or program that will run, empty when a person starts it.

        Args:
            console: What it has to emulate.
            core: The user's choice; empty for the first one found.

        Raises:
            CoreError: There is none; the message says how to get it.
        """

    def open(self, opening: Opening) -> Backend:
        """Load the game.

        Raises:
            RomError: The ROM is missing, wrong, or refused.
            CoreError: The core or program cannot be run.
            EmulatorError: A remote emulator does not answer.
        """


def read_rom(path: Path, console: Console, sha256: str = "", sha1: tuple[str, ...] = ()) -> bytes:
    """Read and check a ROM.

    Raises:
        RomError: It is missing, empty, too large, no ROM of this console, not the one with hash `sha256`, or none of
            those with the hashes `sha1`.
    """
    try:
        rom = path.read_bytes()
    except OSError as error:
        raise RomError(f"{path}: the ROM cannot be read: {error.strerror}") from error
    if not 0 < len(rom) <= MAX_ROM_BYTES:
        raise RomError(f"{path}: a ROM has 1 to {MAX_ROM_BYTES} bytes, this file has {len(rom)}")
    if wrong := _wrong_header(rom, console.name):
        raise RomError(f"{path}: no {console.name.upper()} ROM: {wrong}")
    seen = hashlib.sha256(rom).hexdigest()
    if sha256 and seen != sha256:
        raise RomError(f"{path}: its SHA-256 is {seen}, the game's description wants {sha256}: another ROM or version")
    seen = hashlib.sha1(rom, usedforsecurity=False).hexdigest()
    if sha1 and seen not in sha1:
        wanted_any = " or ".join(sha1)
        raise RomError(
            f"{path}: its SHA-1 is {seen}, the game's description wants {wanted_any}: another ROM or version"
        )
    return rom


def _wrong_header(rom: bytes, console: str) -> str:
    """Return what of a ROM's header is wrong for the console; empty if nothing is, or if it has no such mark."""
    at, wanted = _GBA_FIXED_BYTE
    if console == "gba" and rom[at : at + 1] != bytes([wanted]):
        return f"byte 0x{at:X} of its header must be 0x{wanted:X}"
    if console in ("gb", "gbc"):
        summed = (-sum(rom[_GAME_BOY_SUMMED]) - 25) & 0xFF
        if rom[_GAME_BOY_SUM : _GAME_BOY_SUM + 1] != bytes([summed]):
            return f"byte 0x{_GAME_BOY_SUM:X} of its header must be the header's sum, 0x{summed:X} here"
    if console == "nes" and not rom.startswith(_NES_MAGIC):
        return f"it must begin with {_NES_MAGIC!r}"
    return ""


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
