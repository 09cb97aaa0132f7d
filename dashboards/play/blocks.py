"""Frames as coloured half blocks: what to send to a terminal so that it shows a frame. Pure."""

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import Rgb

_HALF = "▀"  # the upper half of a cell; the lower one is the background

Colours = NDArray[np.uint32]  # (rows, columns) 0xRRGGBB


def fit(rgb: Rgb, columns: int, rows: int) -> Rgb:
    """Return a frame scaled by a whole factor to at most `columns` by `2 * rows` pixels.

    Larger ones repeat pixels; smaller ones take the mean of each square, so that thin lines do not vanish.
    """
    height, width, _ = rgb.shape
    up = min(columns // width, 2 * rows // height)
    if up >= 1:
        return rgb.repeat(up, axis=0).repeat(up, axis=1)
    down = max(-(-width // max(columns, 1)), -(-height // max(2 * rows, 1)))
    height, width = height // down * down, width // down * down
    squares = rgb[:height, :width].reshape(height // down, down, width // down, down, 3)
    mean: Rgb = squares.mean(axis=(1, 3)).astype(np.uint8)
    return mean


class BlockPainter:
    """Remembers what a terminal shows, and sends only the cells that differ."""

    def __init__(self) -> None:
        self._upper: Colours = np.zeros((0, 0), np.uint32)
        self._lower = self._upper

    def forget(self) -> None:
        """Paint everything next time, as after the terminal was cleared."""
        self._upper = self._lower = np.zeros((0, 0), np.uint32)

    def paint(self, rgb: Rgb) -> str:
        """Return what to send, from the cursor's home on, to show (H, W, 3) pixels in H/2 rows."""
        if rgb.shape[0] % 2:
            rgb = np.concatenate([rgb, np.zeros_like(rgb[:1])])
        packed = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
        upper, lower = packed[0::2], packed[1::2]
        if upper.shape == self._upper.shape:
            changed = (upper != self._upper) | (lower != self._lower)
        else:
            changed = np.ones(upper.shape, bool)
        self._upper, self._lower = upper.copy(), lower.copy()
        parts: list[str] = []
        shown = (-1, -1)  # the colours in force
        for row in np.flatnonzero(changed.any(axis=1)).tolist():
            at = -1
            columns = np.flatnonzero(changed[row])
            cells = zip(columns.tolist(), upper[row, columns].tolist(), lower[row, columns].tolist(), strict=True)
            for column, above, below in cells:
                if column != at:
                    parts.append(f"\x1b[{row + 1};{column + 1}H")
                if above != shown[0]:
                    parts.append(f"\x1b[38;2;{above >> 16};{above >> 8 & 255};{above & 255}m")
                if below != shown[1]:
                    parts.append(f"\x1b[48;2;{below >> 16};{below >> 8 & 255};{below & 255}m")
                shown, at = (above, below), column + 1
                parts.append(_HALF)
        return "".join(parts)


def block_rows(rgb: Rgb) -> str:
    """Return (H, W, 3) pixels as H/2 lines of text, to be shown where the cursor is."""
    if rgb.shape[0] % 2:
        rgb = np.concatenate([rgb, np.zeros_like(rgb[:1])])
    lines = []
    for above, below in zip(rgb[0::2].tolist(), rgb[1::2].tolist(), strict=True):
        cells = zip(above, below, strict=True)
        parts = (f"\x1b[38;2;{u[0]};{u[1]};{u[2]}m\x1b[48;2;{v[0]};{v[1]};{v[2]}m{_HALF}" for u, v in cells)
        lines.append("".join(parts) + "\x1b[0m\n")
    return "".join(lines)
