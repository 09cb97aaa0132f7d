"""Pictures as SkyEmu makes them, and the state hidden in them."""

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.skyemu_fake.machine import Rgb

Rgba = NDArray[np.uint8]  # (H, W, 4)

NAME = b"SkyEmu (Linux,x64)"

#: For each byte its four pairs of bits, one in each byte of a pixel.
_SPREAD = np.array([sum((byte >> 2 * i & 3) << 8 * i for i in range(4)) for byte in range(256)], dtype="<u4")


def opaque(rgb: Rgb) -> Rgba:
    """Return a picture with alpha."""
    picture = np.full((*rgb.shape[:2], 4), 255, dtype=np.uint8)
    picture[..., :3] = rgb
    return picture


def hide(rgb: Rgb, state: bytes) -> Rgba:
    """Magnify a picture until the state fits into its low bits, and hide it there."""
    scale = 1
    while rgb.shape[0] * rgb.shape[1] * scale * scale < len(state):
        scale += 1
    large = (opaque(rgb) & np.uint8(0xFC)).view("<u4")[..., 0].repeat(scale, axis=0).repeat(scale, axis=1)
    flat = large.reshape(-1)
    flat[: len(state)] |= _SPREAD[np.frombuffer(state, dtype=np.uint8)]
    return flat.view(np.uint8).reshape(*large.shape, 4)


def seek(picture: Rgba) -> bytes:
    """Return the bytes in a picture's low bits."""
    low = picture & 3
    return (low[..., 0] | low[..., 1] << 2 | low[..., 2] << 4 | low[..., 3] << 6).tobytes()


def header(build: bytes, system: int, bess: int) -> bytes:
    """Return the state's header, SkyEmu's `se_emu_id`."""
    return struct.pack("<39s41s4I12x", NAME, build, bess, system, 0, 0)


def encode(picture: Rgba, form: str) -> tuple[bytes, str]:
    """Return a picture as a file, and its type."""
    if form.lower() == "bmp":
        return _bmp(picture), "image/bmp"
    file = io.BytesIO()
    if form.lower() == "jpg":
        Image.fromarray(picture[..., :3]).save(file, "JPEG", quality=95)
        return file.getvalue(), "image/jpg"
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue(), "image/png"


def decode(file: bytes) -> Rgba | None:
    """Read a picture file; None when it is none."""
    if file[:2] == b"BM":
        return _from_bmp(file)
    try:
        return np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"))
    except OSError:
        return None


def _bmp(picture: Rgba) -> bytes:
    """Write what stb_image_write does for four channels: a V4 header, rows from the bottom, BGRA."""
    height, width = picture.shape[:2]
    size = 122 + picture.size
    fields: list[Any] = [b"BM", size, 0, 0, 122, 108, width, height, 1, 32, 3, 0, 0, 0, 0, 0]
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<2sIHHIIiiHHIIIIII4I", *fields, *masks)
    rgba = picture[::-1].view("<u4")
    kept = rgba & np.uint32(0xFF00FF00)  # red and blue change places
    bgra = kept | (rgba >> np.uint32(16)) & np.uint32(0xFF) | (rgba & np.uint32(0xFF)) << np.uint32(16)
    return head.ljust(122, b"\0") + bytes(bgra.tobytes())


def _from_bmp(file: bytes) -> Rgba | None:
    start, _, width, height = struct.unpack_from("<IIii", file, 10)
    if len(file) < start + 4 * width * height:
        return None
    pixels = np.frombuffer(file, dtype=np.uint8, offset=start, count=4 * width * height)
    return pixels.reshape(height, width, 4)[::-1, :, [2, 1, 0, 3]]
