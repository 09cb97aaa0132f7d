"""Sixel graphics (DEC STD 070; VT330/340 Programmer Reference, volume 2, chapter 14): bands of six rows. Pure."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dashboards.play.blocks import fit
from dashboards.view.painter import Area, Last
from runtime.pixels import Rgb

#: Registers that xterm and most others have.
_MOST_COLOURS = 256

_BAND = 6
_BITS = (1 << np.arange(_BAND)).astype(np.uint8)
_FIRST = 63  # "?", no pixel of the six

#: From here on "!<count><character>" is shorter than the character repeated.
_RUN = 4

_HOME = "\x1b[H"


class Sixel:
    """Sends each frame magnified by a whole factor, in up to 256 colours."""

    name = "sixel"
    most_hz = 20.0  # a frame magnified four times takes some 40 ms to encode

    def __init__(self) -> None:
        self._last = Last()

    def paint(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        return _HOME + fitted(rgb, area) if self._last.is_new(rgb, area) else ""

    def inline(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        return fitted(rgb, area) + "\n"

    def forget(self) -> None:
        """See Painter."""
        self._last.forget()

    def leave(self) -> str:
        """See Painter."""
        return ""


def fitted(rgb: Rgb, area: Area) -> str:
    """Return a frame as large as there is room for, by a whole factor; one that is too large is made smaller."""
    height, width, _ = rgb.shape
    columns, rows = area.columns * area.cell_width, area.rows * area.cell_height
    scale = min(columns // width, rows // height)
    if scale < 1:
        return encode(fit(rgb, columns, -(-rows // 2)), 1)
    return encode(rgb, scale)


def encode(rgb: Rgb, scale: int) -> str:
    """Return (H, W, 3) pixels as a sixel string, each pixel `scale` by `scale`."""
    places, colours = indexed(rgb)
    height, width = places.shape[0] * scale, places.shape[1] * scale
    parts = [f'\x1bP0;1q"1;1;{width};{height}']
    for number, colour in enumerate(colours.tolist()):
        red, green, blue = (round(channel * 100 / 255) for channel in colour)
        parts.append(f"#{number};2;{red};{green};{blue}")
    tall = places.repeat(scale, axis=0)
    for top in range(0, height, _BAND):
        parts.append("-" if top else "")
        parts.append("$".join(_colours(tall[top : top + _BAND], scale)))
    return "".join([*parts, "\x1b\\"])


def indexed(rgb: Rgb) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Return (H, W) places in a table of colours (N, 3); of more than 256 colours the 256 best."""
    packed = rgb.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    found, places = np.unique(packed, return_inverse=True)
    if len(found) > _MOST_COLOURS:
        image = Image.fromarray(np.ascontiguousarray(rgb)).quantize(
            _MOST_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        table = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
        return np.asarray(image).astype(np.intp), table
    table = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.uint8)
    return places.reshape(packed.shape), table


def _colours(band: NDArray[np.intp], scale: int) -> list[str]:
    """Return a band's pixels of each colour in it: (up to 6, W) places → `#colour` and its sixels."""
    found = []
    for colour in np.unique(band).tolist():
        codes = ((band == colour) * _BITS[: len(band), None]).sum(axis=0, dtype=np.uint8)
        found.append(f"#{colour}{_runs(codes, scale)}")
    return found


def _runs(codes: NDArray[np.uint8], scale: int) -> str:
    """Return sixels (W,), each `scale` times, with repetitions counted; nothing where the rest is empty."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(codes)) + 1))
    counts = (np.diff(np.append(starts, len(codes))) * scale).tolist()
    values = codes[starts].tolist()
    if values[-1] == 0:
        values, counts = values[:-1], counts[:-1]
    runs = zip(values, counts, strict=True)
    return "".join(
        f"!{count}{chr(value + _FIRST)}" if count >= _RUN else chr(value + _FIRST) * count for value, count in runs
    )
