"""Our side: a `Backend` whose emulator runs in a process of its own."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Backend
from runtime.errors import EmulatorError, FramewireError, UsageError
from runtime.memory_image import NO_CHANGES, Changes, MemoryImage, region_offsets
from runtime.picture_image import Places
from runtime.pixels import Raw
from runtime.prefetch import MOST_PREFETCHED
from runtime.prefetch.ring import Ring, Slot, ring_shape
from runtime.prefetch.worker import Description, EmulatorWorker
from runtime.worker_process import OPENING_S, WorkerProcess

_ENDED = "the emulator's process has ended"


class PrefetchingBackend:
    """A backend in a process of its own, which emulates frames in advance (`runtime.backend.Prefetches`).

    `step` waits for its frame, as any backend's does. Frames that were asked for and not taken are let go by all but
    `ask` and `take`: the emulator is behind them then.
    """

    skipped: ClassVar[int] = 0

    def __init__(self, open_game: Callable[[], Backend], prefetch: int) -> None:
        """Load the game in a new process.

        Args:
            open_game: Returns the backend; pickled.
            prefetch: The most frames that may be asked for and not taken yet, 1 to MOST_PREFETCHED.

        Raises:
            UsageError: `prefetch` is none of these.
            FramewireError: What `open_game` raised, or the process is gone.
        """
        if not 1 <= prefetch <= MOST_PREFETCHED:
            raise UsageError(f"prefetch {prefetch}: allowed are 1 to {MOST_PREFETCHED}")
        self.prefetch = prefetch
        self._closed = False
        self._worker = WorkerProcess("the emulator", EmulatorWorker, open_game)
        self._ring: Ring | None = None
        try:
            told: Description = self._worker.answer(OPENING_S)
            self.capabilities, self.console = told.capabilities, told.console
            self.core, self.core_options = told.core, told.core_options
            self.rom_sha256, self.pixel_format, self.regions = told.rom_sha256, told.pixel_format, told.regions
            self.image = MemoryImage(self.regions)
            self._views = {
                region.name: self.image.image[offset : offset + region.size]
                for region, offset in zip(self.regions, region_offsets(self.regions), strict=True)
            }
            self._under_way: deque[list[Slot]] = deque()  # as they were asked for together
            self._emulated: deque[Slot] = deque()  # of those that were under way, and are not taken yet
            self._changed_units: Places | None = None
            self._changes = NO_CHANGES
            self._frame: Raw = np.empty((0, 0), "<u2")
            self._memory: Mapping[str, NDArray[np.uint8]] = {}
            self._look()
            self._share()
        except BaseException:
            self.close()
            raise

    @property
    def process(self) -> BaseProcess:
        """The emulator's."""
        return self._worker.process

    def ask(self, held: Sequence[frozenset[str]], frames: int = 1) -> None:
        """Let frames be emulated, each with exactly these buttons held, after those asked for before.

        Raises:
            UsageError: They are more than `prefetch` with those that nobody has taken.
            EmulatorError: The process is gone.
        """
        if not self._ring:
            raise EmulatorError(_ENDED)
        asked = len(held) + len(self._emulated) + sum(map(len, self._under_way))
        if asked > self.prefetch:
            raise UsageError(f"{asked} frames asked for and not taken: allowed are {self.prefetch}")
        slots = [self._ring.next() for _ in held]
        for slot, buttons in zip(slots, held, strict=True):
            slot.ask(buttons, frames)
        self._under_way.append(slots)
        self._worker.step(len(slots))

    def take(self) -> None:
        """Wait for the first frame that was asked for and not taken; `frame` and `memory` show it from now on.

        Raises:
            EmulatorError: The process is gone, or its emulator raised.
        """
        if not self._emulated:
            try:
                self._worker.answer()
            except FramewireError:
                self.close()  # frames after the one that failed were not emulated
                raise
            self._emulated.extend(self._under_way.popleft())
        slot = self._emulated.popleft()
        self._frame, self._changed_units = slot.picture(self._frame)
        self._changes = slot.changes()
        self.image.put(self._changes)
        self._memory = self._views

    def changes(self) -> tuple[Places | None, Changes]:
        """See Prefetches."""
        return self._changed_units, self._changes

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """See Backend."""
        self._settle()
        self.ask((buttons,), frames)
        self.take()

    def frame(self) -> Raw:
        """See Backend."""
        return self._frame

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """See Backend."""
        return self._memory

    def reset(self) -> None:
        """See Backend."""
        self._call("reset")
        self._look()

    def save_state(self) -> bytes:
        """See Backend."""
        state: bytes = self._call("save_state")
        return state

    def load_state(self, state: bytes) -> None:
        """See Backend."""
        self._call("load_state", state)
        self._look()

    def close(self) -> None:
        """End the process; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._worker.close()
        if self._ring:
            ring, self._ring = self._ring, None
            self._under_way.clear()
            self._emulated.clear()
            ring.close()

    def _share(self) -> None:
        memory_bytes = self.image.image.size
        shape = ring_shape(self.prefetch, self._frame, memory_bytes, self.pixel_format, self.console.buttons)
        self._ring = Ring(shape)
        try:
            self._call("attach", shape, self._ring.block)
        finally:
            self._ring.forget_name()

    def _look(self) -> None:
        """Show the emulator as it is between two frames. The image stays at the last frame: the next tells the rest."""
        self._frame, self._memory = self._call("look")

    def _call(self, name: str, *arguments: Any) -> Any:
        self._settle()
        if self._closed:
            raise EmulatorError(_ENDED)
        self._worker.ask(name, *arguments)
        return self._worker.answer()

    def _settle(self) -> None:
        while self._under_way or self._emulated:
            self.take()
