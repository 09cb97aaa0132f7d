"""Arrays that several processes write, in shared memory."""

from collections.abc import Mapping
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Each array begins on a cache line of its own (x86-64 and most of ARM).
_ALIGNMENT = 64

#: By name: shape and dtype.
Layout = dict[str, tuple[tuple[int, ...], str]]


class SharedArrays:
    """Named arrays in one block of shared memory.

    Attributes:
        arrays: By name, as the layout says; views of the block.
    """

    def __init__(self, layout: Layout, block: str = "") -> None:
        """Make a block, or attach to one by its name."""
        ends: dict[str, tuple[int, int]] = {}
        at = 0
        for name, (shape, dtype) in layout.items():
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
            ends[name] = (at, at + size)
            at += -(-size // _ALIGNMENT) * _ALIGNMENT
        self._memory = SharedMemory(block or None, create=not block, size=at)
        buffer = self._memory.buf
        assert buffer is not None
        self.arrays: Mapping[str, NDArray[Any]] = {
            name: np.frombuffer(buffer[begin:end], dtype).reshape(shape)
            for (name, (shape, dtype)), (begin, end) in zip(layout.items(), ends.values(), strict=True)
        }

    @property
    def block(self) -> str:
        """The block's name."""
        return self._memory.name

    def forget_name(self) -> None:
        """Take the name away: nobody else can attach, and the last process to end frees the memory, however it ends."""
        self._memory.unlink()

    def close(self) -> None:
        """Let go of the block; its arrays must not be used any more."""
        self.arrays = {}
        self._memory.close()
