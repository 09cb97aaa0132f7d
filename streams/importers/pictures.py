"""Pictures of any kind → native pixels: cropped, made smaller, xrgb8888."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from runtime.errors import UsageError
from runtime.pixels import Raw

#: The frame codec takes frames up to 16 MiB (runtime.frame_codec), here of 4 bytes a pixel.
MAX_PIXELS = (1 << 24) // 4

_METHODS = {"area": Image.Resampling.BOX, "nearest": Image.Resampling.NEAREST}
RESAMPLE = tuple(_METHODS)

#: What Pillow raises for files that are no picture, or a damaged or a monstrous one.
_BAD_PICTURE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError)


class PictureError(UsageError):
    """A file is no picture that can be read."""


@dataclass(frozen=True)
class Framing:
    """What is made of each picture.

    Attributes:
        crop: x, y, width and height of the part that is kept, pixels; None for all.
        size: Width and height of the result, at most those of the part; None for the part's own.
        resample: How it is made smaller: "area" averages, "nearest" takes one pixel, exact for games shown n-fold.
    """

    crop: tuple[int, int, int, int] | None = None
    size: tuple[int, int] | None = None
    resample: str = "area"

    def result(self, width: int, height: int, what: str) -> tuple[int, int]:
        """Return the result's size for pictures of this size; `what` names them in errors.

        Raises:
            UsageError: They do not hold the crop, are smaller than the size, or the result is too large.
        """
        if self.crop:
            x, y, part_width, part_height = self.crop
            if x + part_width > width or y + part_height > height:
                raise UsageError(f"{what}: {width}x{height} does not hold the crop {x},{y},{part_width},{part_height}")
            width, height = part_width, part_height
        if self.size:
            if self.size[0] > width or self.size[1] > height:
                raise UsageError(
                    f"{what}: {width}x{height} would be made larger, {self.size[0]}x{self.size[1]}; allowed is smaller"
                )
            width, height = self.size
        if width * height > MAX_PIXELS:
            raise UsageError(
                f"{what}: {width}x{height} is {width * height} pixels; allowed are {MAX_PIXELS}: use --crop or --size"
            )
        return width, height

    def raw(self, image: Image.Image) -> Raw:
        """Return the pixels of a picture, (H, W) xrgb8888."""
        if self.crop:
            x, y, width, height = self.crop
            image = image.crop((x, y, x + width, y + height))
        if image.mode != "RGB":
            image = image.convert("RGB")
        if self.size and self.size != image.size:
            image = image.resize(self.size, _METHODS[self.resample])
        return to_raw(np.asarray(image))


def to_raw(rgb: NDArray[np.uint8]) -> Raw:
    """Return (H, W, 3) RGB as (H, W) xrgb8888."""
    bgrx = np.zeros((*rgb.shape[:2], 4), dtype=np.uint8)
    bgrx[..., :3] = rgb[..., ::-1]
    pixels: Raw = bgrx.view("<u4")[..., 0]
    return pixels


def picture_size(path: Path) -> tuple[int, int]:
    """Return a picture's width and height from its header.

    Raises:
        PictureError: It is none.
    """
    try:
        with Image.open(path) as image:
            return image.size
    except _BAD_PICTURE as error:
        raise PictureError(f"{path}: no picture: {error}") from error


def load(path: Path, framing: Framing) -> Raw:
    """Read a picture file, (H, W) xrgb8888; transparency is dropped.

    Raises:
        PictureError: It is damaged.
    """
    try:
        with Image.open(path) as image:
            return framing.raw(image)
    except _BAD_PICTURE as error:
        raise PictureError(f"{path}: damaged: {error}") from error
