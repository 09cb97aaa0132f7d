"""A picture to draw on, made once and drawn over for every frame: whole pixels, one number each."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.perception.lettering import LETTER_HEIGHT, LETTER_WIDTH, words
from runtime.errors import UsageError
from runtime.pixels import Rgb

Colour = np.uint32  # red + green << 8 + blue << 16

#: Bits that a channel keeps when it is shifted down by one and by two.
_HALF, _QUARTER, _EIGHTH = np.uint32(0x7F7F7F), np.uint32(0x3F3F3F), np.uint32(0x1F1F1F)


def colour(red: int, green: int, blue: int) -> Colour:
    """Return a colour, each part 0 to 255."""
    return Colour(red | green << 8 | blue << 16)


class Canvas:
    """Pixels (height, width); boxes are given as left, top, width, height and cut off at the edges."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels = np.zeros((height, width), "<u4")

    def rgb(self) -> Rgb:
        """Return the picture, a view (H, W, 3) uint8, valid until it is drawn over."""
        height, width = self.pixels.shape
        return self.pixels.view(np.uint8).reshape(height, width, 4)[..., :3]

    def fill(self, left: int, top: int, width: int, height: int, paint: Colour) -> None:
        """Paint a box."""
        self.pixels[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = paint

    def frame(self, left: int, top: int, width: int, height: int, paint: Colour, thick: int = 2) -> None:
        """Paint the inside border of a box."""
        self.fill(left, top, width, thick, paint)
        self.fill(left, top + height - thick, width, thick, paint)
        self.fill(left, top, thick, height, paint)
        self.fill(left + width - thick, top, thick, height, paint)

    def shade_rows(self, rows: NDArray[np.intp], left: int, right: int) -> None:
        """Darken single rows by a quarter."""
        self.pixels[rows, left:right] = _darker(self.pixels[rows, left:right])

    def shade_columns(self, columns: NDArray[np.intp], top: int, bottom: int) -> None:
        """Darken single columns by a quarter."""
        self.pixels[top:bottom, columns] = _darker(self.pixels[top:bottom, columns])

    def stamp(self, left: int, top: int, mask: NDArray[np.bool_], paint: Colour) -> None:
        """Paint where a mask (H, W) holds."""
        cut = mask[max(0, -top) :, max(0, -left) :]
        place = self.pixels[max(0, top) : max(0, top) + cut.shape[0], max(0, left) : max(0, left) + cut.shape[1]]
        np.copyto(place, paint, where=cut[: place.shape[0], : place.shape[1]])

    def write(self, left: int, top: int, text: str, paint: Colour, back: Colour | None = None) -> int:
        """Write a line of text, on a box of colour `back` if one is given; return where it ends."""
        if back is None:
            self.stamp(left, top, words(text), paint)
        else:
            block = _written(text, paint, back)
            place = self.pixels[
                max(0, top) : max(0, top + LETTER_HEIGHT), max(0, left - 1) : max(0, left - 1 + block.shape[1])
            ]
            cut = block[max(0, -top) :, max(0, 1 - left) :]
            place[...] = cut[: place.shape[0], : place.shape[1]]
        return left + LETTER_WIDTH * len(text)

    def put(self, left: int, top: int, picture: NDArray[np.uint32], scale: int) -> None:
        """Paint a picture (H, W), each pixel `scale` by `scale`; it must fit."""
        height, width = picture.shape
        place = self.pixels[top : top + height * scale, left : left + width * scale]
        if place.shape != (height * scale, width * scale):
            raise UsageError(f"a picture of {width}x{height} times {scale} at {left},{top} goes beyond the canvas")
        wide = np.empty((height, width * scale), "<u4")
        for i in range(scale):  # in two strides, three times as fast as all four axes at once
            wide[:, i::scale] = picture
        for i in range(scale):
            place[i::scale] = wide


@lru_cache(maxsize=1024)
def _written(text: str, paint: Colour, back: Colour) -> NDArray[np.uint32]:
    """Return a line of text on a box, a pixel wider on either side."""
    mask = np.pad(words(text), ((0, 0), (1, 1)))
    return np.where(mask, paint, back)


def packed(rgb: Rgb, out: NDArray[np.uint32]) -> None:
    """Write a picture (H, W, 3) as numbers into `out`, (H, W)."""
    parts = out.view(np.uint8).reshape(*out.shape, 4)
    for part in range(3):  # colour by colour: four times as fast as three of four bytes at once (runtime.pixels)
        parts[..., part] = rgb[..., part]


def tinted(picture: NDArray[np.uint32], tints: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return a picture of five eighths of itself and `tints`, which hold three eighths of a colour."""
    mixed: NDArray[np.uint32] = (picture >> np.uint32(1)) & _HALF
    mixed += (picture >> np.uint32(3)) & _EIGHTH
    mixed += tints
    return mixed


def three_eighths(paint: Colour) -> Colour:
    """Return a colour's part in a tinted picture."""
    return Colour((paint >> Colour(2) & _QUARTER) + (paint >> Colour(3) & _EIGHTH))


def _darker(pixels: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (pixels >> np.uint32(1) & _HALF) + (pixels >> np.uint32(2) & _QUARTER)
