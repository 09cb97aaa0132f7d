"""The emulator's process: steps as it is asked to, and writes down what it saw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Backend, Capabilities
from runtime.console import Console
from runtime.memory_image import MemoryImage
from runtime.picture_image import PictureImage
from runtime.pixels import Raw
from runtime.prefetch.ring import Ring, RingShape
from runtime.wire import Region


@dataclass(frozen=True)
class Description:
    """What `Backend` says of itself."""

    capabilities: Capabilities
    console: Console
    core: str
    core_options: Mapping[str, str]
    rom_sha256: str
    pixel_format: str
    regions: tuple[Region, ...]


class EmulatorWorker:
    """Runs a backend for another process."""

    def __init__(self, open_game: Callable[[], Backend]) -> None:
        """Load the game."""
        self._backend = open_game()
        self._picture, self._memory = PictureImage(), MemoryImage(self._backend.regions)
        self._ring: Ring | None = None

    def describe(self) -> Description:
        """See Worker."""
        backend = self._backend
        return Description(
            capabilities=backend.capabilities,
            console=backend.console,
            core=backend.core,
            core_options=dict(backend.core_options),
            rom_sha256=backend.rom_sha256,
            pixel_format=backend.pixel_format,
            regions=backend.regions,
        )

    def attach(self, shape: RingShape, block: str) -> None:
        """Write into this ring from now on."""
        self._ring = Ring(shape, block)

    def step(self) -> None:
        """Emulate what the next slot asks for."""
        assert self._ring is not None
        slot = self._ring.next()
        self._backend.step(*slot.asked())
        pixels = np.ascontiguousarray(self._backend.frame())
        slot.show(pixels, self._picture.take(pixels), self._memory.take(self._backend.memory()))

    def look(self) -> tuple[Raw, dict[str, NDArray[np.uint8]]]:
        """Return a copy of the picture, and of each region's memory, as they are now."""
        self._picture.forget()  # what the next one changes is changed against the one that we return
        return self._backend.frame().copy(), {name: bytes_.copy() for name, bytes_ in self._backend.memory().items()}

    def reset(self) -> None:
        """See Backend."""
        self._backend.reset()

    def save_state(self) -> bytes:
        """See Backend."""
        return self._backend.save_state()

    def load_state(self, state: bytes) -> None:
        """See Backend."""
        self._backend.load_state(state)

    def close(self) -> None:
        """Leave the emulator and the shared memory."""
        self._backend.close()
        if self._ring:
            self._ring.close()
