"""The recorded delta stream of video → PNG, on all cores."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from runtime import wire
from runtime.errors import WireError
from runtime.frame_codec import FrameDecoder
from runtime.pixels import Raw
from streams.datasets import png

#: Frames decoded at once: 5 MB of a GBA's.
_AT_ONCE = 64


class Video(NamedTuple):
    """A recorded frame, as its image needs it; `data` is its wire bytes."""

    frame_index: int
    log_time: int
    data: bytes


class Images:
    """Encodes the frames of one session, which come in order."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._decoder = FrameDecoder()
        self._pool = pool

    def of(self, video: Sequence[Video]) -> Iterator[tuple[Video, bytes]]:
        """Yield (frame, PNG) of those that can be decoded."""
        frames = iter(video)
        while some := list(islice(frames, _AT_ONCE)):
            decoded = [(shown, *pixels) for shown in some if (pixels := self._decode(shown.data))]
            images = self._pool.map(png.encode, [raw for _, raw, _ in decoded], [name for _, _, name in decoded])
            yield from zip((shown for shown, _, _ in decoded), images, strict=True)

    def _decode(self, data: bytes) -> tuple[Raw, str] | None:
        try:
            frame = wire.decode(wire.Frame, data)
            raw = self._decoder.decode(frame)
        except WireError:
            return None
        return None if raw is None else (raw, frame.pixel_format)
