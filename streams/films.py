"""Pictures at a constant rate → an MP4, a GIF, or a folder of PNGs, one picture in memory at a time."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
from PIL import GifImagePlugin, Image

from runtime.errors import UsageError
from runtime.pixels import Rgb
from streams.datasets.png import encode_rgb
from streams.pictures import scaled

#: A GIF counts in hundredths of a second, and many viewers show anything below 2 of them as 10.
MOST_GIF_FPS = 50

#: What one GIF palette holds.
_MOST_COLOURS = 256

#: H.264 quality for people: 0 is lossless, 23 the encoder's default, 18 looks the same as the original.
_CRF = "18"

#: ITU-R BT.601, what the conversion to YUV uses (libavutil's AVCOL_SPC_SMPTE170M).
_BT601 = 6


class Film(Protocol):
    """Takes pictures one by one."""

    def add(self, frame_index: int, picture: Rgb) -> None:
        """Append a picture (H, W, 3), which shows this frame.

        Raises:
            UsageError: It has another size than the first.
        """

    def notes(self) -> list[str]:
        """Return what people should know of the result."""


class PngFilm:
    """A folder of lossless PNGs, numbered by frame."""

    def __init__(self, folder: Path, scale: int) -> None:
        folder.mkdir()
        self._folder, self._scale = folder, scale

    def add(self, frame_index: int, picture: Rgb) -> None:
        """See Film."""
        path = self._folder / f"frame-{frame_index:06}.png"
        path.write_bytes(encode_rgb(scaled(picture, self._scale)))

    def notes(self) -> list[str]:
        """See Film."""
        return []


class GifFilm:
    """A GIF that repeats for ever. Of each picture only what changed is written, exact up to 256 colours."""

    def __init__(self, file: BinaryIO, fps: float, scale: int) -> None:
        self._file, self._fps, self._scale = file, fps, scale
        self._codes: Any = None  # (H, W) uint32, the picture not yet written
        self._before: Any = None  # the last written
        self._count = self._start = 0  # pictures taken; the first that shows `_codes`
        self._reduced = 0

    def add(self, frame_index: int, picture: Rgb) -> None:
        """See Film."""
        codes = picture.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
        if self._codes is None:
            self._file.write(_gif_header(codes.shape[1] * self._scale, codes.shape[0] * self._scale))
            self._codes = codes
        elif codes.shape != self._codes.shape:
            raise _other_size(self._codes.shape, codes.shape)
        elif not np.array_equal(codes, self._codes):
            self._write()
            self._codes, self._start = codes, self._count
        self._count += 1

    def finish(self) -> None:
        """Write the last picture and the end."""
        if self._codes is not None:
            self._write()
        self._file.write(b";")

    def notes(self) -> list[str]:
        """See Film."""
        if not self._reduced:
            return []
        return [f"{self._reduced} pictures had more than {_MOST_COLOURS} new colours: reduced to those"]

    def _write(self) -> None:
        """Write the picture that was shown until now, with how long."""
        top, left, bottom, right = _changed_box(self._before, self._codes)
        image = self._palette_image(self._codes[top:bottom, left:right])
        if self._scale > 1:
            size = (image.width * self._scale, image.height * self._scale)
            image = image.resize(size, Image.Resampling.NEAREST)
        hundredths = round(self._count * 100 / self._fps) - round(self._start * 100 / self._fps)
        while hundredths > 0:  # one picture can stand 65,535 of them
            shown = min(hundredths, 0xFFFF)
            place = (left * self._scale, top * self._scale)
            parts = GifImagePlugin.getdata(image, place, duration=shown * 10, disposal=1, include_color_table=True)
            self._file.writelines(parts)
            hundredths -= shown
        self._before = self._codes

    def _palette_image(self, codes: Any) -> Image.Image:
        colours, places = np.unique(codes, return_inverse=True)
        rgb = np.stack((colours >> 16, colours >> 8 & 255, colours & 255), axis=1).astype(np.uint8)
        if len(colours) > _MOST_COLOURS:
            self._reduced += 1
            picture = Image.fromarray(rgb[places.reshape(codes.shape)])
            return picture.quantize(_MOST_COLOURS, dither=Image.Dither.NONE)
        image = Image.fromarray(places.reshape(codes.shape).astype(np.uint8))
        image.putpalette(rgb.tobytes())
        return image


class Mp4Film:
    """H.264 in MP4: yuv420p that every player shows, or lossless RGB that most do."""

    def __init__(self, container: Any, fps: float, scale: int, *, lossless: bool) -> None:
        self._container, self._scale, self._lossless = container, scale, lossless
        rate = Fraction(fps).limit_denominator(100_000)
        self._stream = container.add_stream("libx264rgb" if lossless else "libx264", rate=rate)
        self._shape: tuple[int, ...] = ()

    def add(self, frame_index: int, picture: Rgb) -> None:
        """See Film."""
        from av import VideoFrame  # noqa: PLC0415 - an extra; whoever made the container has it

        if not self._shape:
            self._begin(picture.shape)
        elif picture.shape != self._shape:
            raise _other_size(self._shape, picture.shape)
        pixels = _even(scaled(picture, self._scale))
        self._container.mux(self._stream.encode(VideoFrame.from_ndarray(pixels, format="rgb24")))

    def finish(self) -> None:
        """Write what the encoder holds back."""
        if self._shape:
            self._container.mux(self._stream.encode())

    def notes(self) -> list[str]:
        """See Film."""
        return []

    def _begin(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        height, width = (-(-side * self._scale // 2) * 2 for side in shape[:2])
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "rgb24" if self._lossless else "yuv420p"
        self._stream.options = {"crf": "0" if self._lossless else _CRF, "preset": "veryfast"}
        if not self._lossless:
            self._stream.codec_context.colorspace = _BT601


@contextlib.contextmanager
def gif_film(path: Path, fps: float, scale: int) -> Iterator[GifFilm]:
    """Open a GIF for writing; it is complete when this ends."""
    with path.open("wb") as file:
        film = GifFilm(file, fps, scale)
        yield film
        film.finish()


@contextlib.contextmanager
def mp4_film(path: Path, fps: float, scale: int, *, lossless: bool) -> Iterator[Mp4Film]:
    """Open an MP4 for writing; it is complete when this ends.

    Raises:
        UsageError: PyAV is not installed.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError("MP4 needs PyAV: pip install 'framewire[video]'") from error
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        film = Mp4Film(container, fps, scale, lossless=lossless)
        yield film
        film.finish()


def _gif_header(width: int, height: int) -> bytes:
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    repeat = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"  # for ever
    return b"GIF89a" + size + b"\x70\x00\x00" + repeat  # 8 bits a channel, no palette for all


def _changed_box(before: Any, after: Any) -> tuple[int, int, int, int]:
    """Return top, left, bottom, right of what differs; all of it without a picture before."""
    if before is None:
        return 0, 0, after.shape[0], after.shape[1]
    changed = before != after
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _even(picture: Rgb) -> Rgb:
    """Repeat the last row or column of a picture with an odd side: yuv420p halves both."""
    height, width, _ = picture.shape
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _other_size(first: tuple[int, ...], seen: tuple[int, ...]) -> UsageError:
    return UsageError(
        f"a picture of {seen[1]}x{seen[0]} follows pictures of {first[1]}x{first[0]}: a film has one size; "
        "choose a range with --start and --end, or --format png"
    )
