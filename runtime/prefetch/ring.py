"""The ring of slots between us and the emulator's process, in shared memory: a slot is a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from runtime.errors import EmulatorError
from runtime.memory_image import FEW_BYTES, Bytes, Changes
from runtime.picture_image import Places, are_few, units_of
from runtime.pixels import Raw, pixel_format
from runtime.shared_arrays import Layout, SharedArrays

#: A slot has room for pictures of so many times the first one's size: SNES and others double width and height.
_ROOM = 4

# A slot's numbers.
_HELD, _FRAMES, _HEIGHT, _WIDTH, _UNITS, _CHANGED = range(6)

_NOTHING: frozenset[str] = frozenset()

#: Instead of the number of units: all of the picture.
_WHOLE = -1


@dataclass(frozen=True)
class RingShape:
    """What both sides agree on.

    Attributes:
        slots: How many.
        picture_bytes: The most that a picture takes.
        memory_bytes: All of memory.
        format_name: The pixels', of runtime.pixels.
        buttons: The console's, in the order of their bits.
    """

    slots: int
    picture_bytes: int
    memory_bytes: int
    format_name: str
    buttons: tuple[str, ...]

    @property
    def layout(self) -> Layout:
        """The shared arrays."""
        return {
            "numbers": ((self.slots, 6), "<i8"),
            "pixels": ((self.slots, self.picture_bytes), "u1"),
            "places": ((self.slots, self.picture_bytes // 8), "<u4"),  # more than the few that are told one by one
            "offsets": ((self.slots, self.memory_bytes), "<u4"),
            "data": ((self.slots, self.memory_bytes), "u1"),
        }


def ring_shape(slots: int, first: Raw, memory_bytes: int, format_name: str, buttons: tuple[str, ...]) -> RingShape:
    """Return the shape of a ring for an emulator whose first picture is `first`."""
    return RingShape(slots, first.nbytes * _ROOM, memory_bytes, format_name, buttons)


class Ring:
    """One side's view of the ring."""

    def __init__(self, shape: RingShape, block: str = "") -> None:
        """Make the shared memory, or attach to it by its name."""
        self._shared = SharedArrays(shape.layout, block)
        self._slots = [Slot(self._shared, shape, number) for number in range(shape.slots)]
        self._at = 0

    @property
    def block(self) -> str:
        """The shared memory's name."""
        return self._shared.block

    def forget_name(self) -> None:
        """See SharedArrays."""
        self._shared.forget_name()

    def next(self) -> "Slot":
        """Return the slot after the last one that was returned."""
        slot = self._slots[self._at]
        self._at = (self._at + 1) % len(self._slots)
        return slot

    def close(self) -> None:
        """Let go of the memory; the slots must not be used any more."""
        self._slots = []
        self._shared.close()


class Slot:
    """What to hold during a frame, then what it showed."""

    def __init__(self, shared: SharedArrays, shape: RingShape, number: int) -> None:
        mine = {name: array[number] for name, array in shared.arrays.items()}
        self._numbers = mine["numbers"].data  # a memoryview is read sooner than numpy
        self._room: Bytes = mine["pixels"]
        self._places, self._offsets, self._data = mine["places"], mine["offsets"], mine["data"]
        self._dtype = pixel_format(shape.format_name).dtype
        self._buttons = shape.buttons
        self._view: Raw = np.empty((0, 0), self._dtype)

    def ask(self, buttons: frozenset[str], frames: int) -> None:
        """Write down what to emulate."""
        self._numbers[_HELD] = sum(1 << self._buttons.index(button) for button in buttons) if buttons else 0
        self._numbers[_FRAMES] = frames

    def asked(self) -> tuple[frozenset[str], int]:
        """Return what to emulate."""
        held = self._numbers[_HELD]
        buttons = frozenset(button for i, button in enumerate(self._buttons) if held >> i & 1) if held else _NOTHING
        return buttons, self._numbers[_FRAMES]

    def show(self, pixels: Raw, changed: Places | None, changes: Changes) -> None:
        """Write down what the frame showed, (H, W); of its picture only these units changed, None: all may have.

        Raises:
            EmulatorError: The picture is larger than the slot.
        """
        if pixels.nbytes > self._room.size:
            height, width = pixels.shape
            raise EmulatorError(
                f"a picture of {width}x{height} pixels is {pixels.nbytes} bytes; allowed are {self._room.size}, "
                f"{_ROOM} times the first one's: set prefetch to 0"
            )
        numbers = self._numbers
        numbers[_HEIGHT], numbers[_WIDTH] = pixels.shape
        units = units_of(pixels)
        if changed is not None and are_few(changed, units):
            count = numbers[_UNITS] = changed.size
            if count:
                self._places[:count] = changed
                self._room[: count * units.itemsize].view(units.dtype)[:] = units[changed]
        else:
            numbers[_UNITS] = _WHOLE
            np.copyto(self._pixels(pixels.shape), pixels)
        count = numbers[_CHANGED] = len(changes.data)
        if count:
            self._offsets[:count] = changes.offsets
            self._data[:count] = np.frombuffer(changes.data, np.uint8)

    def picture(self, last: Raw) -> tuple[Raw, Places | None]:
        """Bring the last picture up to date; return it, or a new one if that has another size, and what changed."""
        shape = (self._numbers[_HEIGHT], self._numbers[_WIDTH])
        count = self._numbers[_UNITS]
        if count != _WHOLE:
            places = self._places[:count].astype(np.int64)
            units = units_of(last)
            units[places] = self._room[: count * units.itemsize].view(units.dtype)
            return last, places
        if last.shape != shape:
            last = np.empty(shape, self._dtype)
        np.copyto(last, self._pixels(shape))
        return last, None

    def changes(self) -> Changes:
        """Return the bytes of memory that the frame changed."""
        count = self._numbers[_CHANGED]
        offsets = self._offsets[:count]
        data = self._data[:count].tobytes()
        return Changes(offsets.tolist() if count <= FEW_BYTES else offsets.astype(np.int64), data)

    def _pixels(self, shape: Sequence[int]) -> Raw:
        if self._view.shape != shape:
            height, width = shape
            self._view = self._room[: height * width * self._dtype.itemsize].view(self._dtype).reshape(shape)
        return self._view
