"""Words as pixels, quickly: a fixed font, cut into letters once, put together by one look-up."""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

#: Pixels of a letter. The font is the one that Pillow carries inside; letters are cut from it at this pitch.
LETTER_WIDTH, LETTER_HEIGHT = 6, 11

_FIRST, _LAST = " ", "~"


@lru_cache(maxsize=1024)
def words(text: str) -> NDArray[np.bool_]:
    """Return a line of text as a mask (LETTER_HEIGHT, 6 per letter); what the font lacks becomes "?"."""
    codes = [ord(letter) - ord(_FIRST) if _FIRST <= letter <= _LAST else ord("?") - ord(_FIRST) for letter in text]
    return _letters()[codes].swapaxes(0, 1).reshape(LETTER_HEIGHT, -1)


@cache
def _letters() -> NDArray[np.bool_]:
    """Return the font's letters from space on, (95, 11, 6)."""
    font = ImageFont.load_default_imagefont()
    count = ord(_LAST) - ord(_FIRST) + 1
    image = Image.new("L", (LETTER_WIDTH * count, LETTER_HEIGHT))
    draw = ImageDraw.Draw(image)
    for i in range(count):
        draw.text((i * LETTER_WIDTH, 0), chr(ord(_FIRST) + i), 255, font=font)
    mask = np.asarray(image) > 127  # (11, 6 * 95)
    return mask.reshape(LETTER_HEIGHT, count, LETTER_WIDTH).swapaxes(0, 1).copy()
