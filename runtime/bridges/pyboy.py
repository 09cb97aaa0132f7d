"""PyBoy: a Game Boy and Game Boy Color emulator written in Python and compiled (extra `pyboy`).

It begins with a boot ROM of its own: the game starts after about 70 frames (libretro's cores leave the boot ROM out).

A frame of PyBoy ends after the vertical blank, in which games work, not before it: buttons act on the memory of their
frame and on the picture of the one after, so the picture is one frame behind the memory.

Measured with PyBoy 2.8.1 (2 cores at 2.5 GHz, November 2026): a drawn frame 0.10 ms, one that is not drawn 0.015 ms;
a savestate of a Color game 60 ms, loading it 20 ms, for PyBoy writes and reads it byte by byte.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import io
import warnings
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Capabilities, NoOptions, Opening, read_rom
from runtime.console import CONSOLES, Console
from runtime.errors import CoreError, RomError, StateError
from runtime.pixels import Raw, Rgb, RgbPainter
from runtime.wire import Region

if TYPE_CHECKING:
    from pyboy import PyBoy

#: Of a Game Boy's four shades, the lightest first: what 5 bits of 31, 21, 10 and 0 spread to, so that gba565 has them.
_SHADES = (0xFFFFFF, 0xADADAD, 0x525252, 0x000000)

#: Where a savestate says which PyBoy wrote it and for which machine (pyboy/core/mb.py, save_state).
_STATE_VERSION, _STATE_IS_COLOR = 0, 5


class PyBoyBackend:
    """One game in PyBoy."""

    capabilities: ClassVar[Capabilities] = Capabilities()
    skipped: ClassVar[int] = 0
    pixel_format: ClassVar[str] = "gba565"  # a Color's 5 bits a channel, and _SHADES, without loss

    def __init__(self, rom: Path, console: Console, sha256: str = "") -> None:
        """Load a game. The user's folder is left alone: no .ram file is read from beside the ROM, none is written.

        Args:
            rom: The ROM file.
            console: "gb" or "gbc".
            sha256: The hash that the ROM must have; empty for any.

        Raises:
            RomError: The ROM is missing, wrong, or refused.
        """
        self._rom = read_rom(rom, console, sha256)
        self._path = rom
        self.console = console
        self.rom_sha256 = hashlib.sha256(self._rom).hexdigest()
        self.core = f"PyBoy {importlib.metadata.version('pyboy')}"
        self.core_options: dict[str, str] = {}
        self.regions = tuple(Region(area.name, area.address, area.size) for area in console.memory)
        self._frame = np.zeros((console.height, console.width), "<u2")
        self._fetched = True  # whether it is the last frame; otherwise that is still to be taken from PyBoy
        self._unsure: frozenset[str] = frozenset()  # buttons that may be down
        self._closed = False
        self._start(None)
        self._first_state = self.save_state()

    def reset(self) -> None:
        """Switch the console off and on; what a cartridge's battery keeps is kept."""
        battery = io.BytesIO()
        self._pyboy.stop(ram_file=battery, rtc_file=io.BytesIO())
        self._start(battery.getvalue() or None)

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held; the last is drawn."""
        for button in self._unsure - buttons:
            self._pyboy.button_release(button.lower())
        for button in buttons:
            self._pyboy.button_press(button.lower())  # nothing happens if it is
        self._unsure = buttons
        self._pyboy.tick(frames, True, False)
        self._fetched = False
        self._fetch_memory()

    def frame(self) -> Raw:
        """Return the last frame, (144, 160) gba565."""
        if not self._fetched:
            self._fetched = True
            rgba = self._pyboy.screen.ndarray.view("<u4")[..., 0]
            self._frame[:] = (rgba & 0xF8) << 8 | (rgba >> 5) & 0x07C0 | (rgba >> 19) & 0x1F
        return self._frame

    def paint(self, out: Rgb) -> None:
        """See PaintsRgb: PyBoy's 5 bits a channel, which it leaves in the upper ones, spread to 8."""
        if self._fetched:  # it may be older than PyBoy's picture
            RgbPainter().paint(self._frame, self.pixel_format, out)
            return
        rgba = self._pyboy.screen.ndarray.view("<u4")[..., 0]
        spread = (rgba | rgba >> 5 & 0x07070707).view(np.uint8).reshape(*rgba.shape, 4)
        for colour in range(3):
            out[..., colour] = spread[..., colour]

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return work memory, of a Color its banks 0 and 1, and high memory."""
        return self._memory

    def save_state(self) -> bytes:
        """Return the emulator's state."""
        state = io.BytesIO()
        self._pyboy.save_state(state)
        return state.getvalue()

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: It is not one of this PyBoy with this game.
        """
        mine = self._first_state
        if len(state) != len(mine):
            raise StateError(f"a state of {self.core} with this game has {len(mine)} bytes, this one has {len(state)}")
        for at, what in ((_STATE_VERSION, "version"), (_STATE_IS_COLOR, "kind of machine")):
            if state[at] != mine[at]:
                raise StateError(f"a state of {self.core} with this game has the {what} {mine[at]}, not {state[at]}")
        self.frame()  # stays what it was
        self._pyboy.load_state(io.BytesIO(state))
        self._unsure = frozenset(self.console.buttons)  # the state's, whichever they are: the next step lets go
        self._fetch_memory()

    def close(self) -> None:
        """Leave the emulator; nothing is saved."""
        if not self._closed:
            self._closed = True
            self._pyboy.stop(save=False)

    def _start(self, battery: bytes | None) -> None:
        with _pyboy_imported() as pyboy_class, _kept_arrays() as arrays:
            try:
                self._pyboy: PyBoy = pyboy_class(
                    io.BytesIO(self._rom),
                    ram_file=io.BytesIO(battery) if battery else None,
                    window="null",
                    sound_emulated=False,
                    log_level="CRITICAL",
                    color_palette=_SHADES,
                )
            except Exception as error:  # PyBoy has no error of its own for this
                raise RomError(f"{self._path}: {self.core} refuses it as a {self.console.name} ROM: {error}") from error
        self._pyboy.set_emulation_speed(0)
        with contextlib.suppress(Exception):  # a cartridge without a clock, and with one it must not follow the wall's
            self._pyboy.rtc_lock_experimental(True)
        self._unsure = frozenset()
        self._work = _work_memory(arrays)
        self._memory: dict[str, NDArray[np.uint8]] = {}
        self._fetch_memory()

    def _fetch_memory(self) -> None:
        for region in self.regions:
            if region.name == "wram" and self._work is not None:
                self._memory["wram"] = self._work
            else:
                part = self._pyboy.memory[region.address : region.address + region.size]
                self._memory[region.name] = np.array(part, np.uint8)


class PyBoyFamily:
    """PyBoy."""

    name = "pyboy"
    meaning = "PyBoy, a Game Boy emulator in our own process (pip install 'framewire[pyboy]')"
    consoles = ("gb", "gbc")
    options = NoOptions

    def capabilities(self, options: NoOptions) -> Capabilities:
        """See Family."""
        return PyBoyBackend.capabilities

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        found = importlib.util.find_spec("pyboy")
        if found is None or found.origin is None:
            raise CoreError("backend pyboy needs the package pyboy: pip install 'framewire[pyboy]'")
        return str(Path(found.origin).parent)

    def open(self, opening: Opening) -> PyBoyBackend:
        """See Family."""
        console = CONSOLES[opening.console]
        self.find(console, opening.core)
        return PyBoyBackend(Path(opening.rom), console, opening.rom_sha256)


FAMILY = PyBoyFamily()


@contextlib.contextmanager
def _pyboy_imported() -> "Iterator[type[PyBoy]]":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pysdl2 tells which SDL it found, which we do not use
        from pyboy import PyBoy  # noqa: PLC0415  # optional
    yield PyBoy


@contextlib.contextmanager
def _kept_arrays() -> "Iterator[list[array[int]]]":
    """Keep the arrays that PyBoy makes for its memory while it starts.

    Its own way to read a stretch of memory returns a list, 0.2 ms for 8 KiB, twice what emulating a frame takes; the
    array's buffer is read without a copy.
    """
    from pyboy.core import ram  # noqa: PLC0415  # optional

    made: list[array[int]] = []

    def make(code: str, values: Any) -> "array[int]":
        made.append(array(code, values))
        return made[-1]

    before, ram.array = ram.array, make
    try:
        yield made
    finally:
        ram.array = before


def _work_memory(arrays: "list[array[int]]") -> NDArray[np.uint8] | None:
    """Return a view of the first two banks of work memory; None if this PyBoy keeps it otherwise than 2.8.1 does."""
    size = CONSOLES["gb"].memory[0].size
    whole = [made for made in arrays if made.typecode == "B" and len(made) in (size, 4 * size)]
    return np.frombuffer(whole[0], np.uint8)[:size] if len(whole) == 1 else None
