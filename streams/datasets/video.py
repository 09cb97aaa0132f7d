"""Frames as an H.264 file in MP4, by PyAV (the extra `video`).

Lossless is RGB at quantizer 0 (profile High 4:4:4 Predictive), which FFmpeg and all that is built on it decode to equal
pixels; web browsers and QuickTime do not play it. Lossy is 4:2:0, which everything plays, and no pixel is sure to be
what it was.

Frame i is shown at i / rate, exactly: the file's clock ticks in fractions of the rate. The same frames give the same
bytes with the same x264, whatever the machine: the number of its threads is fixed.

Measured on scrolling tiles, 240x160 (2 cores, November 2026): lossless 1,600 frames/s, lossy 1,140.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from runtime.errors import UsageError
from runtime.pixels import Rgb
from streams.datasets.options import whole_number

#: Frames from one key frame to the next: what must be decoded to see one frame.
_KEY_EVERY = 30

#: x264's own default is 23; pixel art shows its losses early.
_CRF = 18


@dataclass(frozen=True)
class VideoKind:
    """How a video is encoded.

    Attributes:
        encoder: FFmpeg's name of the encoder.
        pixel_format: FFmpeg's name of what it is given.
        options: The encoder's options.
        lossless: Whether pixels stay what they were.
    """

    encoder: str
    pixel_format: str
    options: Mapping[str, str]
    lossless: bool


_COMMON = {"preset": "veryfast", "g": str(_KEY_EVERY), "threads": "4"}
LOSSLESS = VideoKind("libx264rgb", "rgb24", {**_COMMON, "qp": "0", "bf": "0"}, lossless=True)


def lossy(options: Mapping[str, str]) -> VideoKind:
    """Return H.264 in 4:2:0 at the option `crf`, 0 to 51: the lower, the better and the larger.

    Raises:
        UsageError: `crf` is no such number.
    """
    crf = whole_number(options, "crf", _CRF, 0, 51)
    # x264 165 with mbtree gave other bytes in 1 of 200 runs on the same few frames; without it in 0 of 8,769.
    return VideoKind("libx264", "yuv420p", {**_COMMON, "crf": str(crf), "mbtree": "0"}, lossless=False)


def import_av(format_name: str) -> Any:
    """Return PyAV.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import av  # noqa: PLC0415 - optional, and slow to load
    except ImportError as error:
        raise UsageError(f"format {format_name!r} writes video with PyAV: pip install 'framewire[video]'") from error
    return av


def frame_rate(rows_per_s: float) -> Fraction:
    """Return the rate as a fraction that a file's clock can count in: within 1e-8 of what was asked."""
    return Fraction(rows_per_s).limit_denominator(10_000)


def check_size(kind: VideoKind, width: int, height: int) -> None:
    """Check that frames of this size can be encoded.

    Raises:
        UsageError: 4:2:0 has one colour for 2x2 pixels.
    """
    if not kind.lossless and (width % 2 or height % 2):
        raise UsageError(f"lossy video needs an even width and height; this console's frames are {width}x{height}")


class VideoFile:
    """A video under way."""

    def __init__(self, av: Any, path: Path, kind: VideoKind, width: int, height: int, rate: Fraction) -> None:
        """Begin a file.

        Args:
            av: PyAV, from `import_av`.
            path: Where to write; its name may end in anything.
            kind: How.
            width: Pixels.
            height: Pixels.
            rate: Frames a second.
        """
        self._av = av
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream(kind.encoder, rate=rate)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = kind.pixel_format
        self._stream.options = dict(kind.options)
        self._stream.codec_context.time_base = 1 / rate
        self.frames = 0

    def add(self, rgb: Rgb) -> None:
        """Take the next frame, (H, W, 3)."""
        frame = self._av.VideoFrame.from_ndarray(rgb, format="rgb24")
        frame.pts = self.frames
        self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def end(self) -> None:
        """Write what is left; the file is whole."""
        self._container.mux(self._stream.encode())
        self._container.close()

    def abandon(self) -> None:
        """Let go of the file, which is not whole."""
        self._container.close()
