"""Pictures that an emulator in another program sends as PNG files."""

import io

import numpy as np
from PIL import Image

from runtime.errors import EmulatorError
from runtime.pixels import Raw, Rgb


def five_bit_picture(png: bytes, width: int, height: int) -> Raw:
    """Return a PNG file's picture, (height, width) gba565: the console's own colours again, of 5 bits a channel.

    Raises:
        EmulatorError: It is no picture, or one of another size.
    """
    five = (rgb_picture(png, width, height) >> 3).astype("<u2")  # (height, width, 3)
    picture: Raw = five[..., 0] << 11 | five[..., 1] << 6 | five[..., 2]
    return picture


def rgb_picture(png: bytes, width: int, height: int) -> Rgb:
    """Return a PNG file's picture, (height, width, 3) uint8.

    Raises:
        EmulatorError: It is no picture, or one of another size.
    """
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            seen = image.size
            rgb = np.asarray(image.convert("RGB")) if seen == (width, height) else None
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for damaged files
        raise EmulatorError(f"the emulator's picture of {len(png)} bytes cannot be read: {error}") from error
    if rgb is None:
        raise EmulatorError(
            f"the emulator's picture has {seen[0]}x{seen[1]} pixels, the console {width}x{height}; is a border on?"
        )
    return rgb
