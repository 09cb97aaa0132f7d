"""The camera from the pictures, for games whose memory does not tell: by the grid's offset and how the ground slides.

From one picture to the next the ground slides by what the offset allows, to where most pixels agree. Who stays in the
middle of the screen meanwhile is the player; where the ground stands still and the player's cell changes, he is where
the picture changed. With the watches player.x and player.y this gives the screen's place in the area.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.perception.camera import Camera
from agents.perception.offset import cell_offset
from agents.perception.tiles import CELL, cut
from runtime.wire import Scalar

Codes = NDArray[np.unsignedinteger[Any]]

#: A share of the pixels must agree for the picture to show the same place as the one before.
_SAME_PLACE = 0.6

#: Slides after which what stayed may be the player. Fewer may have met somebody who walked along.
_SLIDES = 4

#: Stops that must agree on where he stays.
_STOPS = 2

#: Votes that must agree on where the camera is.
_CLAIMS = 2

#: Pixels of a step that must differ where the player left and where he came to, of 512.
_STEP_PIXELS = 60


class _Axis:
    """One of x and y.

    Attributes:
        position: How far the camera moved since it was lost, pixels.
        home: The screen's pixel where the player is while the ground slides this way; None while unknown.
    """

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension  # of a picture's array: 1 for x, 0 for y
        self.position = 0
        self.home: int | None = None
        self._stayed = np.zeros((0, 0), np.int32)  # how often each pixel stayed while the ground slid this way
        self._slides = 0
        self._slid = False
        self._stops: Counter[int] = Counter()
        self._claims: Counter[int] = Counter()  # where the position counts from, in pixels of the area

    @property
    def camera(self) -> int | None:
        """The area's pixel at the screen's edge; None while unknown."""
        place, votes = next(iter(self._claims.most_common(1)), (0, 0))
        return place + self.position if votes >= _CLAIMS and 2 * votes > self._claims.total() else None

    def claim(self, camera: int) -> None:
        """Vote for where the camera is now. At an area's edge, where it stops, votes may be wrong."""
        self._claims[camera - self.position] += 1

    def lose(self) -> None:
        """Forget where the camera is."""
        self.position = 0
        self._claims.clear()

    def slide(self, stayed: NDArray[np.bool_]) -> None:
        """Note which pixels (H, W) stayed."""
        if self._stayed.shape != stayed.shape:
            self._stayed = np.zeros(stayed.shape, np.int32)
        self._stayed += stayed
        self._slides += 1
        self._slid = True

    def stop(self, offset: int) -> None:
        """Note that the ground does not slide this way now, and at which offset: the player is in a cell of the grid.

        At an area's edge it stops while he goes on, so a single stop may mislead.
        """
        if self._slid and self._slides >= _SLIDES:
            sums = np.pad(self._stayed.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
            boxes = sums[CELL:, CELL:] - sums[:-CELL, CELL:] - sums[CELL:, :-CELL] + sums[:-CELL, :-CELL]
            place_of_most = np.unravel_index(int(boxes.argmax()), boxes.shape)
            self._stops[_on_grid(int(place_of_most[self._dimension]), offset)] += 1
            place, votes = self._stops.most_common(1)[0]
            self.home = place if votes >= _STOPS else None
        self._slid = False


class PictureCamera:
    """Tracks the camera of one session. Call `look` with pictures of the map in their order, ten a second or more."""

    def __init__(self) -> None:
        self._last: Codes | None = None
        self._offset = (0, 0)
        self._cell: tuple[int, int] | None = None
        self._axes = (_Axis(1), _Axis(0))

    def lose(self) -> None:
        """Forget where the screen is: another area begins."""
        self._last = self._cell = None
        for axis in self._axes:
            axis.lose()

    def look(self, codes: Codes, state: Mapping[str, Scalar], top: int = 0) -> Camera | None:
        """Return where the screen is; None while that is not known.

        Args:
            codes: The picture, (H, W).
            state: The watches; player.x and player.y are used.
            top: Rows that a status line covers.
        """
        offset = cell_offset(codes, top)
        cell = None
        if "player.x" in state and "player.y" in state:
            cell = int(state["player.x"]), int(state["player.y"])
        slid = self._slide(codes, offset, top)
        if slid is None:
            self.lose()
        else:
            self._follow(slid, offset)
            if any(slid):
                self._watch_middle(codes, slid, top)
                if cell:
                    self._anchor_by_slide(slid, offset, cell)
            elif cell and self._cell and cell != self._cell:
                self._anchor_by_step(codes, offset, cell)
        self._last, self._offset, self._cell = codes, offset, cell
        x, y = (axis.camera for axis in self._axes)
        if x is None or y is None:
            return None
        return Camera(x, y, (cell[0] * CELL - x, cell[1] * CELL - y) if cell else None)

    def _slide(self, codes: Codes, offset: tuple[int, int], top: int) -> tuple[int, int] | None:
        """Return by how many pixels the camera moved since the last picture; None when that was of another place."""
        if self._last is None or self._last.shape != codes.shape:
            return None
        ways = [_candidates(before - now) for before, now in zip(self._offset, offset, strict=True)]
        best, slid = 0.0, (0, 0)
        for dx in ways[0]:
            for dy in ways[1]:
                now, before = _overlap(codes, self._last, dx, dy, top)
                agree = float(np.count_nonzero(now == before)) / now.size
                if agree > best:
                    best, slid = agree, (dx, dy)
        return slid if best >= _SAME_PLACE else None

    def _follow(self, slid: tuple[int, int], offset: tuple[int, int]) -> None:
        for axis, by, at in zip(self._axes, slid, offset, strict=True):
            axis.position += by
            if not by:
                axis.stop(at)

    def _watch_middle(self, codes: Codes, slid: tuple[int, int], top: int) -> None:
        """Note the pixels that stayed while the ground slid under them."""
        assert self._last is not None
        now, before = _overlap(codes, self._last, *slid, top)
        place = _overlap_place(codes.shape, *slid, top)
        stayed = np.zeros(codes.shape, np.bool_)
        stayed[place] = (now != before) & (codes[place] == self._last[place])
        for i, axis in enumerate(self._axes):
            if slid[i]:
                axis.slide(stayed)

    def _anchor_by_slide(self, slid: tuple[int, int], offset: tuple[int, int], cell: tuple[int, int]) -> None:
        """Along the way that the ground slides the player is at home; `cell` is the one that he goes to."""
        for i, axis in enumerate(self._axes):
            if slid[i] and axis.home is not None:
                there = cell[i] * CELL - axis.home  # when he has come there
                behind = (there + offset[i]) % CELL
                axis.claim(there - behind if slid[i] > 0 or not behind else there - behind + CELL)

    def _anchor_by_step(self, codes: Codes, offset: tuple[int, int], cell: tuple[int, int]) -> None:
        """The ground stands still and the player stepped: find the two cells that changed."""
        assert self._cell is not None
        assert self._last is not None
        step = cell[0] - self._cell[0], cell[1] - self._cell[1]
        if abs(step[0]) + abs(step[1]) != 1:
            return
        changed = cut(codes != self._last, CELL, offset).sum(axis=(2, 3))
        rows, columns = changed.shape
        left, right = max(0, step[0]), columns + min(0, step[0])
        upper, lower = max(0, step[1]), rows + min(0, step[1])
        came = changed[upper:lower, left:right]
        went = changed[upper - step[1] : lower - step[1], left - step[0] : right - step[0]]
        both = np.minimum(came, went)
        row, column = np.unravel_index(int(both.argmax()), both.shape)
        if both[row, column] * 2 < _STEP_PIXELS or np.count_nonzero(both > both[row, column] // 2) > 1:
            return
        place = offset[0] + (int(column) + left) * CELL, offset[1] + (int(row) + upper) * CELL
        for axis, at, screen in zip(self._axes, cell, place, strict=True):
            axis.claim(at * CELL - screen)


def _candidates(difference: int) -> tuple[int, ...]:
    """Return the slides, within a cell each way, that change an offset so."""
    forwards = difference % CELL
    return (forwards, forwards - CELL) if forwards else (0, CELL, -CELL)


def _overlap(now: Codes, before: Codes, dx: int, dy: int, top: int) -> tuple[Codes, Codes]:
    """Return the parts of two pictures that show the same ground when the camera moved by (dx, dy)."""
    rows, columns = _overlap_place(now.shape, dx, dy, top)
    shifted = (slice(rows.start + dy, rows.stop + dy), slice(columns.start + dx, columns.stop + dx))
    return now[rows, columns], before[shifted]


def _overlap_place(shape: tuple[int, ...], dx: int, dy: int, top: int) -> tuple[slice, slice]:
    rows = slice(max(top, top - dy), shape[0] - max(0, dy))
    return rows, slice(max(0, -dx), shape[1] - max(0, dx))


def _on_grid(pixel: int, offset: int) -> int:
    """Return the place of the grid nearest to a pixel."""
    return round((pixel - offset) / CELL) * CELL + offset
