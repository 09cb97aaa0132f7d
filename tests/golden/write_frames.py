"""Add sequences that frames.json lacks: `python -m tests.golden.write_frames`, after a change of the frame codec.

The file holds short videos as every encoder so far wrote them, each with the SHA-256 of every frame's raw pixels. What
is there stays and decodes for ever: recordings in those bytes exist. An encoder with other bytes gets a new name here.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from runtime import wire
from runtime.frame_codec import ARCHIVE_LEVEL, LIVE_LEVEL, FrameEncoder
from runtime.pixels import Raw, pixel_format

FRAMES = Path(__file__).with_name("frames.json")

HEIGHT, WIDTH = 12, 18

#: One of each name stands for an encoder; "pixels" is the layout before the palette.
LEVELS = {"live": LIVE_LEVEL, "archive": ARCHIVE_LEVEL}


def pictures(format_name: str) -> Iterator[Raw]:
    """Yield a picture that moves, one that stays, more colours, other colours, too many, and too few again."""
    dtype = pixel_format(format_name).dtype
    ground = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) // 7 % 5 * 4000).astype(dtype)
    for i in range(6):
        yield np.roll(ground, i, axis=1)
    yield np.roll(ground, 5, axis=1)
    yield ground + np.arange(WIDTH, dtype=dtype)
    yield (np.arange(HEIGHT * WIDTH, dtype=dtype) + 30_000).reshape(HEIGHT, WIDTH)
    yield ground
    yield np.zeros((20, 20), dtype=dtype)  # of another size
    yield (np.arange(400, dtype=dtype) * 100).reshape(20, 20)
    yield np.zeros((20, 20), dtype=dtype)


def sequence(level: int, format_name: str) -> list[wire.Frame]:
    """Return the messages of one encoder, the fourth a forced key."""
    encoder = FrameEncoder(level)
    frames = []
    for i, picture in enumerate(pictures(format_name)):
        if i == 3:
            encoder.force_key()
        frames.append(encoder.encode(i, picture, format_name, 1000 + i))
    return frames


def main() -> None:
    """Write the file."""
    entries = json.loads(FRAMES.read_text(encoding="utf-8")) if FRAMES.exists() else {}
    for name, level in LEVELS.items():
        for format_name in ("gba565", "xrgb8888"):
            entries.setdefault(
                f"{name} {format_name}",
                {
                    "messages": [wire.encode(frame).hex() for frame in sequence(level, format_name)],
                    "sha256": [hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures(format_name)],
                },
            )
    FRAMES.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
