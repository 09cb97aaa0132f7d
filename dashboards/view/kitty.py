"""The kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol): pixels, scaled by the terminal. Pure."""

import base64
import zlib

import numpy as np

from dashboards.view.painter import Area, Last
from runtime.pixels import Rgb

#: The picture's number, and its only placement's: sent again they replace the picture without flicker.
_PICTURE, _PLACEMENT = 7310, 1

#: "Remote clients … must send chunks of at most 4096 bytes."
_CHUNK = 4096

_HOME = "\x1b[H"


class Kitty:
    """Sends each frame compressed, and how many cells it takes."""

    name = "kitty"
    most_hz = 60.0

    def __init__(self) -> None:
        self._last = Last()

    def paint(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        if not self._last.is_new(rgb, area):
            return ""
        return _HOME + picture(rgb, *cells(rgb, area), f"i={_PICTURE},p={_PLACEMENT},C=1")

    def inline(self, rgb: Rgb, area: Area) -> str:
        """See Painter."""
        return picture(rgb, *cells(rgb, area), "") + "\n"

    def forget(self) -> None:
        """See Painter."""
        self._last.forget()

    def leave(self) -> str:
        """See Painter."""
        return f"\x1b_Ga=d,d=I,i={_PICTURE},q=2\x1b\\"


def cells(rgb: Rgb, area: Area) -> tuple[int, int]:
    """Return the columns and rows that a frame takes: all there is room for, with its own proportions."""
    height, width, _ = rgb.shape
    factor = min(area.columns * area.cell_width / width, area.rows * area.cell_height / height)
    columns, rows = width * factor / area.cell_width, height * factor / area.cell_height
    return max(min(round(columns), area.columns), 1), max(min(round(rows), area.rows), 1)


def picture(rgb: Rgb, columns: int, rows: int, more: str) -> str:
    """Return the commands that show a picture in so many cells; `more` are further keys of the first."""
    height, width, _ = rgb.shape
    data = base64.standard_b64encode(zlib.compress(np.ascontiguousarray(rgb).tobytes(), 1)).decode()
    keys = f"a=T,q=2,f=24,s={width},v={height},o=z,c={columns},r={rows}"
    pieces = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    parts = []
    for number, piece in enumerate(pieces):
        head = f"{keys}{',' if more else ''}{more}," if number == 0 else ""
        parts.append(f"\x1b_G{head}m={int(number < len(pieces) - 1)};{piece}\x1b\\")
    return "".join(parts)
