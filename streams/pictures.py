"""Frames as pictures for people: scaled by whole pixels, with the held buttons drawn beneath."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from runtime.pixels import Rgb

#: The strip under the picture: its background, buttons that are not held, and those that are.
_BACK, _FREE, _HELD = (16, 16, 20), (84, 84, 92), (255, 220, 80)

_MARGIN = 3  # pixels

#: What is drawn for a button whose name is long; arrows are drawn as triangles.
_SHORT = {"SELECT": "SEL", "START": "STA"}
_ARROWS = {
    "UP": ((0, 5), (3, 0), (6, 5)),
    "DOWN": ((0, 0), (6, 0), (3, 5)),
    "LEFT": ((5, 0), (0, 3), (5, 6)),
    "RIGHT": ((0, 0), (5, 3), (0, 6)),
}


class ButtonStrip:
    """Draws which buttons are held: one strip for each combination, kept."""

    def __init__(self, buttons: Sequence[str], width: int) -> None:
        self._buttons, self._width = tuple(buttons), width
        self._font = ImageFont.load_default_imagefont()
        self._places, self._height = self._placed()
        self._kept: dict[frozenset[str], Rgb] = {}

    def under(self, picture: Rgb, held: Sequence[str]) -> Rgb:
        """Return a picture (H, W, 3) with the strip beneath it."""
        key = frozenset(held)
        if key not in self._kept:
            self._kept[key] = self._drawn(key)
        return np.concatenate((picture, self._kept[key]))

    def _placed(self) -> tuple[dict[str, tuple[int, int]], int]:
        """Return each button's place, in as many lines as it takes, and the strip's height."""
        places: dict[str, tuple[int, int]] = {}
        line_height = round(self._font.getbbox("A")[3]) + _MARGIN
        x, y = _MARGIN, _MARGIN
        for button in self._buttons:
            width = self._width_of(button)
            if x + width > self._width and x > _MARGIN:
                x, y = _MARGIN, y + line_height
            places[button] = (x, y)
            x += width + 2 * _MARGIN
        return places, y + line_height

    def _width_of(self, button: str) -> int:
        return 6 if button in _ARROWS else round(self._font.getlength(_SHORT.get(button, button)))

    def _drawn(self, held: frozenset[str]) -> Rgb:
        strip = Image.new("RGB", (self._width, self._height), _BACK)
        draw = ImageDraw.Draw(strip)
        for button, (x, y) in self._places.items():
            colour = _HELD if button in held else _FREE
            if button in _ARROWS:
                draw.polygon([(x + dx, y + 2 + dy) for dx, dy in _ARROWS[button]], fill=colour)
            else:
                draw.text((x, y), _SHORT.get(button, button), fill=colour, font=self._font)
        return np.asarray(strip)


def scaled(picture: Rgb, scale: int) -> Rgb:
    """Return a picture with each pixel `scale` by `scale`."""
    return picture if scale == 1 else picture.repeat(scale, axis=0).repeat(scale, axis=1)
