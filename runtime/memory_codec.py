"""Memory on the wire: runs of changed bytes each frame, and whole images for readers that begin.

The image is all regions end to end in the order of `MemoryDiff.regions`, each followed by zeros up to a multiple of 8
bytes. A message with `whole` holds in `data` one zstd frame (RFC 8878) that names its content's size and has a
checksum: the image. Any other changes the image of frame `since` (-1: the frame before its own): `starts` and `lengths`
are one u32, little-endian, for each run of changed bytes, in ascending order of their offset into the image; `data` is
the runs' new bytes end to end. A recording proves these bytes as a whole (streams.packing).
"""

import struct
from collections.abc import Iterable, Mapping

import numpy as np
import zstandard
from numpy.typing import NDArray

from runtime.errors import WireError
from runtime.memory_image import Bytes, Changes, MemoryImage, image_size, region_offsets
from runtime.wire import MemoryDiff, Region

#: Larger than any console's memory; bounds what a damaged message can make us allocate.
_MAX_IMAGE_BYTES = 1 << 26

#: Frames between whole images, as KEY_INTERVAL of the video.
WHOLE_INTERVAL = 60


class MemoryEncoder:
    """Encodes memory as messages, each frame's against what was sent last."""

    def __init__(self, regions: tuple[Region, ...], image: MemoryImage | None = None) -> None:
        """Begin with zeros, or with an image that somebody else brings up to date, who then has the changes to tell."""
        self._regions = regions
        self._sent = image or MemoryImage(regions)
        self._compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
        self._since_whole = WHOLE_INTERVAL
        self._last_index = -1

    def force_whole(self) -> None:
        """Make the next message a whole image."""
        self._since_whole = WHOLE_INTERVAL

    @property
    def image(self) -> Bytes:
        """All regions end to end as last encoded."""
        return self._sent.image

    def encode(self, frame_index: int, memory: Mapping[str, Bytes], sent_ns: int) -> MemoryDiff:
        """Encode the next frame's memory; `memory` maps region names to (size,) uint8."""
        return self.encode_changes(frame_index, self.take(memory), sent_ns)

    def take(self, memory: Mapping[str, Bytes]) -> Changes:
        """Bring the image up to date without a message; return what changed, for `encode_changes`."""
        return self._sent.take(memory)

    def follow(
        self, frame_index: int, image: Bytes, offsets: Iterable[int] | None, sent_ns: int, whole: MemoryDiff | None
    ) -> MemoryDiff:
        """Encode another image that differs from what was encoded last in the bytes at `offsets`; None: anywhere.

        `whole` is that image as a message, where somebody made one.
        """
        return self.encode_changes(frame_index, self._sent.follow(image, offsets), sent_ns, whole)

    def encode_changes(
        self, frame_index: int, changes: Changes, sent_ns: int, made: MemoryDiff | None = None
    ) -> MemoryDiff:
        """Encode all that changed since the last message; `made` is a whole image of now, where there is one."""
        whole = self._since_whole >= WHOLE_INTERVAL
        before, self._last_index = self._last_index, frame_index
        self._since_whole = 1 if whole else self._since_whole + 1
        if whole:
            return made or self.whole(frame_index, sent_ns)
        offsets = changes.offsets
        starts, lengths = _few_runs(offsets) if isinstance(offsets, list) else _runs(offsets)
        return MemoryDiff(
            frame_index=frame_index,
            sent_ns=sent_ns,
            whole=False,
            regions=(),
            starts=starts,
            lengths=lengths,
            data=changes.data,
            since=-1 if before == frame_index - 1 else before,
        )

    def whole(self, frame_index: int, sent_ns: int) -> MemoryDiff:
        """Return the image last encoded as a message that stands alone."""
        return MemoryDiff(
            frame_index=frame_index,
            sent_ns=sent_ns,
            whole=True,
            regions=self._regions,
            starts=b"",
            lengths=b"",
            data=self._compressor.compress(self.image.data),
        )


class MemoryDecoder:
    """Keeps an image of memory up to date from messages."""

    def __init__(self) -> None:
        self.regions: tuple[Region, ...] = ()
        self.image: Bytes = np.zeros(0, dtype=np.uint8)
        self.frame_index = -1
        self._complete = False

    def apply(self, diff: MemoryDiff) -> bool:
        """Apply one message; False until the first whole image, and after a hole until the next one.

        Raises:
            WireError: The message is damaged; the decoder then waits for the next whole image.
        """
        if diff.whole:
            self._complete = False
            self.image = _unpack(diff)
            self.regions = diff.regions
        elif not self._complete or self.frame_index != (diff.frame_index - 1 if diff.since < 0 else diff.since):
            self._complete = False
            return False
        else:
            self._complete = False
            _apply_runs(self.image, diff)
        self.frame_index = diff.frame_index
        self._complete = True
        return True

    @property
    def complete(self) -> bool:
        """Whether `image` is the memory at `frame_index`."""
        return self._complete

    def region(self, name: str) -> Bytes:
        """Return a read-only view of one region, (size,) uint8.

        Raises:
            WireError: There is no such region.
        """
        for region, offset in zip(self.regions, region_offsets(self.regions), strict=True):
            if region.name == name:
                view = self.image[offset : offset + region.size]
                view.flags.writeable = False
                return view
        raise WireError(f"no memory region {name!r}; there are {', '.join(r.name for r in self.regions)}")


def _runs(offsets: NDArray[np.int64]) -> tuple[bytes, bytes]:
    """Return starts and lengths of the runs of at least one changed byte."""
    breaks = (offsets[1:] - offsets[:-1] != 1).nonzero()[0] + 1
    edges = np.concatenate(([0], breaks, [offsets.size]))
    starts, lengths = offsets[edges[:-1]].astype("<u4"), (edges[1:] - edges[:-1]).astype("<u4")
    return starts.tobytes(), lengths.tobytes()


def _few_runs(offsets: list[int]) -> tuple[bytes, bytes]:
    """Return the same of few bytes: numpy takes longer to be called than Python to count them."""
    starts: list[int] = []
    lengths: list[int] = []
    last = -2
    for offset in offsets:
        if offset == last + 1:
            lengths[-1] += 1
        else:
            starts.append(offset)
            lengths.append(1)
        last = offset
    return struct.pack(f"<{len(starts)}I", *starts), struct.pack(f"<{len(starts)}I", *lengths)


def _apply_runs(image: Bytes, diff: MemoryDiff) -> None:
    if len(diff.starts) % 4 or len(diff.lengths) % 4:
        raise WireError(f"memory {diff.frame_index}: its runs are cut off")
    starts = np.frombuffer(diff.starts, dtype="<u4").astype(np.int64)
    lengths = np.frombuffer(diff.lengths, dtype="<u4").astype(np.int64)
    data = np.frombuffer(diff.data, dtype=np.uint8)
    total = int(lengths.sum())
    if (
        starts.size != lengths.size
        or total != data.size
        or (starts.size and int((starts + lengths).max()) > image.size)
    ):
        raise WireError(
            f"memory {diff.frame_index}: {starts.size} runs of {total} bytes do not fit {data.size} bytes of data "
            f"and an image of {image.size}"
        )
    first = np.cumsum(lengths) - lengths
    image[np.repeat(starts - first, lengths) + np.arange(total)] = data


def _unpack(diff: MemoryDiff) -> Bytes:
    wanted = image_size(diff.regions)
    if wanted > _MAX_IMAGE_BYTES or any(region.size < 0 for region in diff.regions):
        raise WireError(f"memory {diff.frame_index}: regions of {wanted} bytes; allowed are {_MAX_IMAGE_BYTES}")
    try:
        size = zstandard.frame_content_size(diff.data)  # what decompress will allocate
        if size != wanted:
            raise WireError(f"memory {diff.frame_index}: its image holds {size} bytes, its regions {wanted}")
        data = zstandard.ZstdDecompressor().decompress(diff.data)
    except zstandard.ZstdError as error:
        raise WireError(f"memory {diff.frame_index}: its whole image is damaged: {error}") from error
    return np.frombuffer(bytearray(data), dtype=np.uint8)
