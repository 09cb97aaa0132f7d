"""An emulator without a core: a moving picture and counting memory, for tests and for measuring the runtime alone."""

import hashlib
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Capabilities, NoOptions, Opening
from runtime.console import CONSOLES, Console
from runtime.errors import StateError
from runtime.pixels import Raw
from runtime.wire import Region

#: As published by a GBA, so that sizes are real.
_REGIONS = (Region("ewram", 0x0200_0000, 0x4_0000), Region("iwram", 0x0300_0000, 0x8000))

_SPRITE = 16  # pixels


class ScriptedBackend:
    """A square that the D-pad moves over tiles; EWRAM holds the frame counter, the square's x and y and the buttons.

    Byte offsets in EWRAM: 0 frame u32, 4 x u16, 6 y u16, 8 number of buttons held u8.
    """

    capabilities: ClassVar[Capabilities] = Capabilities()
    skipped: ClassVar[int] = 0

    def __init__(self) -> None:
        self.console = CONSOLES["gba"]
        self.core = "scripted 1"
        self.core_options: dict[str, str] = {}
        self.rom_sha256 = hashlib.sha256(b"scripted").hexdigest()
        self.pixel_format = "gba565"
        self.regions = _REGIONS
        rows, columns = np.indices((self.console.height, self.console.width)) // 8
        self._background = ((rows * 7 + columns * 3) % 32 * 0x0841).astype("<u2")
        self._picture = self._background.copy()
        self._memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in _REGIONS}
        self.reset()

    def reset(self) -> None:
        """Put the square in the middle."""
        self._frame, self._x, self._y = 0, 112, 72
        self._show(0)

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Move the square 2 pixels a frame."""
        self._frame += frames
        right, down = ("RIGHT" in buttons) - ("LEFT" in buttons), ("DOWN" in buttons) - ("UP" in buttons)
        self._x = (self._x + 2 * frames * right) % (self.console.width - _SPRITE)
        self._y = (self._y + 2 * frames * down) % (self.console.height - _SPRITE)
        self._show(len(buttons))

    def frame(self) -> Raw:
        """Return the picture, (160, 240) gba565."""
        return self._picture

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return EWRAM and IWRAM."""
        return self._memory

    def save_state(self) -> bytes:
        """Return frame, x, y."""
        return np.array([self._frame, self._x, self._y], dtype="<u4").tobytes()

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: It is not 12 bytes long.
        """
        if len(state) != 12:
            raise StateError(f"a state of {self.core} has 12 bytes, this one has {len(state)}")
        self._frame, self._x, self._y = (int(value) for value in np.frombuffer(state, dtype="<u4"))
        self._show(0)

    def close(self) -> None:
        """Nothing to unload."""

    def _show(self, held: int) -> None:
        np.copyto(self._picture, self._background)
        colour = 0xF800 | self._frame % 32
        self._picture[self._y : self._y + _SPRITE, self._x : self._x + _SPRITE] = colour
        ewram = self._memory["ewram"]
        ewram[0:4] = np.array([self._frame], dtype="<u4").view(np.uint8)
        ewram[4:8] = np.array([self._x, self._y], dtype="<u2").view(np.uint8)
        ewram[8] = held


class ScriptedFamily:
    """The emulator without a core."""

    name = "scripted"
    meaning = "no emulator: a square that the D-pad moves, for tests"
    consoles = ("gba",)
    options = NoOptions

    def capabilities(self, options: NoOptions) -> Capabilities:
        """See Family."""
        return ScriptedBackend.capabilities

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        return ""

    def open(self, opening: Opening) -> ScriptedBackend:
        """See Family."""
        return ScriptedBackend()


FAMILY = ScriptedFamily()
