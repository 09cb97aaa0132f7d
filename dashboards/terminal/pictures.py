"""Frames as images: exact colours, scaled by whole pixels, written whole or not at all."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from runtime.errors import UsageError
from runtime.pixels import Raw, Rgb, to_rgb

#: What one GIF palette holds.
MOST_COLOURS = 256


@dataclass(frozen=True)
class Picture:
    """A decoded frame."""

    frame_index: int
    raw: Raw  # (H, W) native pixels
    pixel_format: str


@dataclass(frozen=True)
class Indexed:
    """A frame as places in a table of its colours."""

    places: NDArray[np.intp]  # (H, W)
    colours: Rgb  # (1, N, 3), all different


def rgb_image(picture: Picture, scale: int) -> Image.Image:
    """Return a frame as an RGB image, each pixel `scale` by `scale`."""
    return _scaled(Image.fromarray(to_rgb(picture.raw, picture.pixel_format)), scale)


def indexed(picture: Picture) -> Indexed:
    """Return a frame's colours and where they are."""
    natives, places = np.unique(picture.raw, return_inverse=True)
    # Different native values may show as one colour: gba565 has a bit of padding.
    colours, merged = np.unique(to_rgb(natives[None, :], picture.pixel_format)[0], axis=0, return_inverse=True)
    return Indexed(merged.ravel()[places.reshape(picture.raw.shape)], colours[None])


def palette_images(pictures: Sequence[Picture], scale: int) -> tuple[list[Image.Image], int]:
    """Return frames as images with palettes, and how many had more colours than one holds.

    Frames of up to 256 colours are exact, with one palette for all where it suffices; the others get their 256 best.
    """
    frames = [indexed(picture) for picture in pictures]
    common = np.unique(np.concatenate([frame.colours[0] for frame in frames]), axis=0)
    images, reduced = [], 0
    for frame in frames:
        if frame.colours.shape[1] > MOST_COLOURS:
            reduced += 1
            image = Image.fromarray(frame.colours[0][frame.places])
            images.append(_scaled(image.quantize(MOST_COLOURS, dither=Image.Dither.NONE), scale))
            continue
        if len(common) <= MOST_COLOURS:
            frame = _in_palette(frame, common)  # noqa: PLW2901 - the same frame in other terms
        image = Image.fromarray(frame.places.astype(np.uint8))
        image.putpalette(frame.colours.tobytes())
        images.append(_scaled(image, scale))
    return images, reduced


def save_gif(file: BinaryIO, images: Sequence[Image.Image], durations_ms: Sequence[int]) -> None:
    """Write an animation that repeats for ever; images that are the same as the one before only lengthen it."""
    images[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=list(durations_ms),
        loop=0,
        optimize=False,
    )


def check_output(path: Path, suffix: str, *, overwrite: bool) -> None:
    """Check that a file may be written there.

    Raises:
        UsageError: It has another ending, its folder is missing, or it exists and may not be overwritten.
    """
    if path.suffix.lower() != suffix:
        raise UsageError(f"{path}: the file ends in {path.suffix!r}; it must end in {suffix!r}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists; name another file or add --overwrite")


def write_whole(path: Path, save: Callable[[BinaryIO], None], *, overwrite: bool) -> None:
    """Write a file under a temporary name in its folder, then rename it.

    Raises:
        UsageError: It came into being meanwhile and may not be overwritten.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            save(file)
        if overwrite:
            partial.replace(path)
        else:
            _rename_new(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _rename_new(partial: Path, path: Path) -> None:
    try:
        path.hardlink_to(partial)  # unlike a rename, never onto an existing file
    except FileExistsError as error:
        raise UsageError(f"{path} exists; name another file or add --overwrite") from error


def _in_palette(frame: Indexed, palette: NDArray[np.uint8]) -> Indexed:
    """Express a frame in a larger palette, (N, 3) sorted by rows, that holds all its colours."""
    where = np.searchsorted(_numbers(palette), _numbers(frame.colours[0]))
    return Indexed(where[frame.places], palette[None])


def _numbers(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return colours (N, 3) as numbers in the order in which np.unique sorts rows."""
    return colours.astype(np.int64) @ np.array([65536, 256, 1], dtype=np.int64)


def _scaled(image: Image.Image, scale: int) -> Image.Image:
    if scale == 1:
        return image
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
