"""The last frames, written once each into a ring that is made beforehand; readers get read-only views."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError
from runtime.pixels import Raw

#: Frames kept, and frames of a stack (requirements C15.7 and N, "ring buffer": 16 frames, 4 stacked).
KEPT_FRAMES = 16
STACKED_FRAMES = 4


class FrameHistory:
    """A ring of frames. Nothing is allocated after the first frame; every view ever handed out is made beforehand.

    A view shows what its place holds: it is of the frame it was asked for until that place is written again, `kept`
    frames later. One thread writes; who reads in another thread copies, or is done within those frames.

    Attributes:
        count: Frames written since the start.
    """

    def __init__(self, kept: int = KEPT_FRAMES, stacked: int = STACKED_FRAMES) -> None:
        """Make a ring; its arrays follow with the first frame, whose size and type they take.

        Raises:
            UsageError: A stack is longer than the ring.
        """
        if not 1 <= stacked <= kept:
            raise UsageError(f"stacks of {stacked} from a ring of {kept} frames: allowed are 1 to {kept}")
        self.count = 0
        self._kept, self._stacked = kept, stacked
        self._ring: NDArray[np.unsignedinteger[Any]] = np.empty((0, 0, 0), np.uint16)  # (kept, H, W)
        self._views: tuple[Raw, ...] = ()
        self._stacks: tuple[tuple[Raw, ...], ...] = ()  # by the place of the newest frame; oldest frame first
        self._grid: Raw = np.empty((0, 0), np.uint16)  # (2 H, 2 W)
        self._grid_view: Raw = self._grid
        self._newest = -1

    def push(self, raw: Raw) -> None:
        """Write a frame, (H, W) in the console's own colours; another size or type than before begins anew."""
        if self._ring.shape[1:] != raw.shape or self._ring.dtype != raw.dtype:
            self._make(raw)
        self._newest = (self._newest + 1) % self._kept
        np.copyto(self._ring[self._newest], raw)
        self.count += 1

    def newest(self) -> Raw:
        """Return the last frame, (H, W), read-only.

        Raises:
            UsageError: There is none yet.
        """
        self._check_begun()
        return self._views[self._newest]

    def stack(self) -> tuple[Raw, ...]:
        """Return the last frames, oldest first, each (H, W), read-only; before there are enough the oldest repeats.

        Raises:
            UsageError: There is none yet.
        """
        self._check_begun()
        if self.count >= self._stacked:
            return self._stacks[self._newest]
        return (self._views[0],) * (self._stacked - self.count) + self._views[: self.count]

    def grid(self) -> Raw:
        """Return the last four frames as one picture, (2 H, 2 W), read-only, valid until the next call.

        They are in reading order: the oldest top left, the newest bottom right (requirement C14, 2 x 2 grid).

        Raises:
            UsageError: There is no frame yet, or stacks are not of four.
        """
        if self._stacked != STACKED_FRAMES:
            raise UsageError(f"a grid is made of {STACKED_FRAMES} frames, stacks are of {self._stacked}")
        height, width = self.newest().shape
        for i, frame in enumerate(self.stack()):
            top, left = i // 2 * height, i % 2 * width
            np.copyto(self._grid[top : top + height, left : left + width], frame)
        return self._grid_view

    def _make(self, raw: Raw) -> None:
        height, width = raw.shape
        self._ring = np.zeros((self._kept, height, width), raw.dtype)
        self._grid = np.zeros((2 * height, 2 * width), raw.dtype)
        readable = self._ring.view()
        readable.flags.writeable = False
        self._views = tuple(readable)
        self._stacks = tuple(
            tuple(self._views[(newest - back) % self._kept] for back in range(self._stacked - 1, -1, -1))
            for newest in range(self._kept)
        )
        self._grid_view = self._grid.view()
        self._grid_view.flags.writeable = False
        self._newest, self.count = -1, 0

    def _check_begun(self) -> None:
        if not self.count:
            raise UsageError("no frame has been written yet")
