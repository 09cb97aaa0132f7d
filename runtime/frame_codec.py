"""Video on the wire: colours as palette indices, through one running zstd stream, flushed for each frame.

Bytes of one message (`Frame.data`); numbers are little-endian:

    coding    u8, see below
    check     u32, in keys only: the low half of xxh3-64 of the ASCII text "frame_index width height pixel_format"
    count     u8, with EXTENDED and REPLACED only: how many colours follow, at least 1
    colours   u16 each: raw pixel values
    stream    all other bytes: the next bytes of the zstd stream

    coding       what it does to the palette                      what the stream yields for this frame
    1 RAW        nothing                                          raw pixels, row by row, of 2 or 4 bytes
    2 INDEXED    nothing                                          u8 a pixel, row by row: its index in the palette
    3 EXTENDED   appends `colours`; at most 255 in all            as INDEXED
    4 REPLACED   empties it, then appends `colours`               as INDEXED
    5 SAME       nothing                                          nothing; the pixels are those of the frame before

A key empties the palette and begins a new zstd stream (RFC 8878, window at most 2^23 bytes), whose header opens its
`stream`; it is not SAME. Each other message continues palette and stream of the one before, with the key's size and
format. The stream's bytes end with a flushed block, so that what a message yields is exactly its own frame.
`Frame.pixels_hash` (xxh3-64 of the raw pixels) proves every frame.

Recordings made before this layout have keys that begin with zstd's magic number, 28 B5 2F FD. Such a key and all
messages up to the next key are `stream` alone, of RAW frames, window at most 2^20 bytes.

Measured on 600 frames each of eight moving games (2 cores at 2.5 GHz, November 2026): bytes a frame, median and mean of
the games, and milliseconds on one thread, p50 of all frames. Of these, decoding takes 0.03 ms at every level.

    level                                              median    mean    encode
    5                                                     206     479     0.05
    9, as LIVE_LEVEL                                      143     416     0.06 (mean 0.15)
    12                                                    140     410     0.12
    17, ARCHIVE_LEVEL                                     123     344     0.14 (mean 1.3)
    19                                                    111     315     0.88 (mean 3.2)
    raw pixels, level 1, window 2^20 (the old layout)     484     883     0.06
"""

from typing import NamedTuple

import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from runtime.errors import WireError
from runtime.picture_image import PictureImage, Places, are_few, units_of
from runtime.pixels import Raw, pixel_format
from runtime.wire import Frame

#: Frames between keys; one second of GBA time, so random access decodes at most a second.
KEY_INTERVAL = 60

#: For frames on their way to readers.
LIVE_LEVEL = 9

#: For recordings that are packed once and kept: an hour of play in about four minutes. The next level takes three times
#: as long and saves a tenth.
ARCHIVE_LEVEL = 17

#: zstd's parameters that LIVE_LEVEL has otherwise: tables that fit into a core's cache, and a search in fewer steps for
#: longer matches. Level 9 as it is takes 1.4 times as long and saves nothing.
_LIVE = {"hash_log": 18, "min_match": 6, "search_log": 5}

#: For frames of a game that runs as fast as it can: a third of LIVE_LEVEL's time on moving pictures, and 1.6 times the
#: bytes (30 µs against 102, 409 bytes against 257, mean of 1,500 frames of Emberwood; same machine).
FREE_LEVEL = 1

#: For frames that stand alone, which have little to find matches in: level 3 takes 1.7 times as long and saves 6 %.
_ALONE_LEVEL, _ALONE_WINDOW_LOG = 1, 17

_RAW, _INDEXED, _EXTENDED, _REPLACED, _SAME = 1, 2, 3, 4, 5

#: Holds the indices of a second of GBA frames, 2.3 MB.
_WINDOW_LOG = 22
_MAX_WINDOW_BYTES = 1 << 23

#: Larger than any console's screen; bounds what a damaged message can make us allocate.
_MAX_FRAME_BYTES = 1 << 24

_MAX_COLOURS = 255

#: In the encoder's table: a value that has no index. Never an index itself, as there are 255 at most.
_NONE = 255

_MAGIC = b"\x28\xb5\x2f\xfd"

#: In a stream of the old layout a frame may be larger than its key, up to this.
_LEGACY_ROOM = 1 << 20

_Indices = NDArray[np.uint8]


class _Shape(NamedTuple):
    width: int
    height: int
    format_name: str


class FrameEncoder:
    """Encodes frames in order."""

    def __init__(self, level: int = LIVE_LEVEL) -> None:
        """Prepare; `level` is zstd's, decoders need not know it."""
        self._compressor = _compressor(level)
        # A compressor has one context: a second object of it would cut off the running stream's history.
        self._alone = _compressor(_ALONE_LEVEL, _ALONE_WINDOW_LOG)
        self._alone_data = b""
        self._alone_of: tuple[int, int, str] | None = None  # pixels' hash, palette and coding that it was made of
        self._palettes = 0  # begun so far
        self._stream = self._compressor.compressobj()
        self._palette = _IndexTable()
        self._coded: _Indices | Raw = np.zeros(0, dtype=np.uint8)  # of the last frame: what went into the stream
        self._last = PictureImage()
        self._since_key = KEY_INTERVAL
        self._shape: _Shape | None = None
        self._last_hash = 0

    def force_key(self) -> None:
        """Make the next frame a key."""
        self._since_key = KEY_INTERVAL

    @property
    def next_is_key(self) -> bool:
        """Whether the next frame begins a new stream; so does one of another size or format."""
        return self._since_key >= KEY_INTERVAL

    def encode(self, frame_index: int, raw: Raw, format_name: str, sent_ns: int) -> Frame:
        """Encode the next frame; `raw` is (H, W)."""
        pixels = np.ascontiguousarray(raw, dtype=pixel_format(format_name).dtype)
        return self.encode_changed(frame_index, pixels, format_name, sent_ns, self._last.take(pixels))

    def encode_changed(
        self, frame_index: int, pixels: Raw, format_name: str, sent_ns: int, changed: Places | None
    ) -> Frame:
        """Encode the next frame, contiguous and of its format's type, of which only these units changed; None: all."""
        shape = _Shape(pixels.shape[1], pixels.shape[0], format_name)
        key = self.next_is_key or shape != self._shape
        if key:
            self._stream = self._compressor.compressobj()
            self._palette.clear()
            self._palettes += 1
            self._since_key = 0
            self._shape = shape
            changed = None
        self._since_key += 1
        if changed is not None and not changed.size:
            data = bytes((_SAME,))
        else:
            self._last_hash = xxhash.xxh3_64_intdigest(pixels.data)
            head = self._code(pixels, changed)
            data = _joined(head, _check(frame_index, *shape) if key else b"", _flushed(self._stream, self._coded))
        return _frame(frame_index, shape, key, sent_ns, self._last_hash, data)

    def _code(self, pixels: Raw, changed: Places | None) -> bytes:
        """Bring `_coded` up to date, where few units changed only those; return the message's head."""
        if changed is not None and self._coded.dtype == np.uint8:
            units = units_of(pixels)
            if are_few(changed, units):
                indices = self._palette.known(units[changed].view("<u2"))
                if indices is not None:
                    unit = np.dtype(f"u{units.itemsize // 2}")
                    self._coded.reshape(-1).view(unit)[changed] = indices.view(unit)
                    return bytes((_INDEXED,))
        head, self._coded = self._palette.code(pixels)
        return head

    def encode_alone(self, frame_index: int, raw: Raw, format_name: str, sent_ns: int) -> Frame:
        """Encode a frame that stands alone, beside the running stream."""
        pixels = np.ascontiguousarray(raw, dtype=pixel_format(format_name).dtype)
        shape = _Shape(pixels.shape[1], pixels.shape[0], format_name)
        head, coded = _IndexTable().code(pixels)
        data = _joined(head, _check(frame_index, *shape), _flushed(self._alone.compressobj(), coded))
        return _frame(frame_index, shape, True, sent_ns, xxhash.xxh3_64_intdigest(pixels.data), data)

    def last_alone(self, frame_index: int, sent_ns: int) -> Frame:
        """Encode the frame that `encode` got last as one that stands alone; half the work of `encode_alone`."""
        assert self._shape is not None
        of = self._last_hash, self._palettes, self._coded.dtype.str
        if self._alone_of != of:
            self._alone_of = of
            self._alone_data = _flushed(self._alone.compressobj(), self._coded)
        head = self._palette.head() if self._coded.dtype == np.uint8 else bytes((_RAW,))
        data = _joined(head, _check(frame_index, *self._shape), self._alone_data)
        return _frame(frame_index, self._shape, True, sent_ns, self._last_hash, data)


class FrameDecoder:
    """Decodes a sequence of frames that begins with a key and has no holes."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
        self._stream: _Stream | None = None
        self._last_index = -1

    def decode(self, frame: Frame) -> Raw | None:
        """Return the raw pixels (H, W), read-only; None until the first key and after a hole until the next key.

        Allocates no more than the frame and zstd's window, whatever the message holds.

        Raises:
            WireError: The message is damaged; the decoder then waits for the next key.
        """
        if frame.key:
            self._stream = None
            stream = _Stream(self._decompressor, frame)
        elif self._stream is None or frame.frame_index != self._last_index + 1:
            self._stream = None
            return None
        else:
            stream, self._stream = self._stream, None
        raw = stream.read(frame)
        self._last_index, self._stream = frame.frame_index, stream
        return raw


class _IndexTable:
    """The encoder's side of the palette: the index of each of the 65,536 values."""

    def __init__(self) -> None:
        self._table = np.full(1 << 16, _NONE, dtype=np.uint8)
        self._colours = b""  # in the order of their indices, u16 each
        self._count = 0
        self._useless = False

    def clear(self) -> None:
        """Forget all colours."""
        self._table.fill(_NONE)
        self._colours = b""
        self._count = 0
        self._useless = False

    def head(self) -> bytes:
        """Return the head of a message that stands alone: all colours."""
        return bytes((_EXTENDED, self._count)) + self._colours

    def known(self, pixels: Raw) -> _Indices | None:
        """Return the indices of some 16-bit pixels; None where one has none."""
        indices = self._table.take(pixels, mode="clip")
        return indices if _largest(indices) < _NONE else None

    def code(self, pixels: Raw) -> tuple[bytes, _Indices | Raw]:
        """Return a message's head from `coding` on, and what goes into the stream."""
        if pixels.dtype.itemsize != 2 or self._useless:
            return bytes((_RAW,)), pixels
        coding, new = _EXTENDED, pixels
        if self._count:
            indices = self._table.take(pixels, mode="clip")
            if _largest(indices) < _NONE:
                return bytes((_INDEXED,)), indices
            new = pixels[indices == _NONE]
        new = _distinct(new)
        if self._count + new.size > _MAX_COLOURS:
            coding, new = _REPLACED, _distinct(pixels)
            self.clear()
        if new.size > _MAX_COLOURS:
            self._useless = True  # such a picture rarely comes alone; to count colours takes longer than to encode them
            return bytes((_RAW,)), pixels
        self._table[new] = np.arange(self._count, self._count + new.size)
        self._count += new.size
        self._colours += new.tobytes()
        return bytes((coding, new.size)) + new.tobytes(), self._table.take(pixels, mode="clip")


class _Colours:
    """The decoder's side of the palette. Looks up two pixels at once, which takes half as long."""

    def __init__(self) -> None:
        self._colours: Raw = np.zeros(256, dtype="<u2")
        self._pairs = np.zeros((256, 256), dtype="<u4")  # [second index, first index]: both colours
        self._paired = 0  # colours that _pairs knows
        self._count = 0

    def clear(self) -> None:
        """Forget all colours."""
        self._count = self._paired = 0

    def append(self, colours: bytes) -> None:
        """Add colours; those beyond the 255th are an error."""
        end = self._count + len(colours) // 2
        if len(colours) % 2 or not self._count < end <= _MAX_COLOURS:
            raise WireError(
                f"{self._count} colours and {len(colours)} bytes of more; allowed are {_MAX_COLOURS} in all"
            )
        self._colours[self._count : end] = np.frombuffer(colours, dtype="<u2")
        self._count = end

    def look_up(self, indices: bytes) -> Raw:
        """Return the pixels, flat. An index beyond the palette gives some colour; the frame's hash tells."""
        if len(indices) % 2:
            return self._colours.take(np.frombuffer(indices, dtype=np.uint8), mode="clip")
        if self._paired < self._count:
            self._pair()
        pairs: Raw = self._pairs.reshape(-1).take(np.frombuffer(indices, dtype="<u2"), mode="clip").view("<u2")
        return pairs

    def _pair(self) -> None:
        old, new = self._paired, self._count
        first = self._colours[:new].astype("<u4")
        second = first << 16
        self._pairs[old:new, :new] = second[old:new, None] | first
        self._pairs[:old, old:new] = second[:old, None] | first[old:new]
        self._paired = new


class _Stream:
    """What a key began: the zstd stream, the palette, and the last frame."""

    def __init__(self, decompressor: zstandard.ZstdDecompressor, key: Frame) -> None:
        wanted = _size(key)
        self._legacy = key.data[:4] == _MAGIC
        self._bounded = _Bounded()
        # zstd fills at most this before it asks `_bounded`; a whole legal frame fits, so nothing stays behind in it.
        room = max(wanted + 1, _LEGACY_ROOM) if self._legacy else wanted + 1
        self._writer = decompressor.stream_writer(
            self._bounded,  # type: ignore[arg-type]  # it is written to and nothing else
            write_size=room,
            closefd=False,
        )
        self._shape = _shape_of(key)
        self._colours = _Colours()
        self._last: Raw | None = None
        self._last_hash = 0

    def read(self, frame: Frame) -> Raw:
        """Return the pixels of the next frame."""
        wanted = _size(frame)
        try:
            pixels = self._raw(frame.data, wanted) if self._legacy else self._coded(frame, wanted)
        except (WireError, zstandard.ZstdError) as error:
            raise WireError(f"frame {frame.frame_index}: its data is damaged: {error}") from error
        if pixels is not self._last and xxhash.xxh3_64_intdigest(pixels.data) != frame.pixels_hash:
            raise WireError(f"frame {frame.frame_index}: its pixels do not have the hash it names")
        if pixels is not self._last:
            dtype = pixel_format(frame.pixel_format).dtype
            pixels = pixels.view(dtype).reshape(frame.height, frame.width)
            pixels.flags.writeable = False
        self._last, self._last_hash = pixels, frame.pixels_hash
        return pixels

    def _coded(self, frame: Frame, wanted: int) -> Raw:
        if _shape_of(frame) != self._shape:
            raise WireError("its size or format is not its key's")
        data, at = frame.data, 1
        coding = data[0] if data else 0
        if frame.key:
            at = 5
            if data[1:5] != _check(frame.frame_index, *self._shape):
                raise WireError("its check is not that of its frame, size and format")
        if coding == _RAW:
            return self._raw(data[at:], wanted)
        if coding == _SAME:
            if self._last is None or len(data) != at or frame.pixels_hash != self._last_hash:
                raise WireError("it claims to be the frame before and is not")
            return self._last
        if coding not in (_INDEXED, _EXTENDED, _REPLACED) or pixel_format(frame.pixel_format).dtype.itemsize != 2:
            raise WireError(f"coding {coding} is unknown for {frame.pixel_format}")
        if coding == _REPLACED:
            self._colours.clear()
        if coding != _INDEXED:
            end = at + 1 + 2 * int.from_bytes(data[at : at + 1])
            self._colours.append(data[at + 1 : end])
            at = end
        return self._colours.look_up(self._bounded.take(self._writer, data[at:], wanted // 2))

    def _raw(self, data: bytes, wanted: int) -> Raw:
        return np.frombuffer(self._bounded.take(self._writer, data, wanted), dtype=np.uint8)


class _Bounded:
    """Takes what zstd yields, and stops it when it is more than wanted."""

    def __init__(self) -> None:
        self._wanted = 0
        self._parts: list[bytes] = []

    def take(self, writer: zstandard.ZstdDecompressionWriter, data: bytes, wanted: int) -> bytes:
        """Return exactly the `wanted` bytes that `data` yields."""
        self._wanted = wanted
        self._parts.clear()
        writer.write(data)
        pixels = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        if len(pixels) != wanted:
            raise WireError(f"it yields {len(pixels)} bytes, {wanted} are wanted")
        return pixels

    def write(self, part: bytes) -> int:
        """Take a part; called by zstd."""
        if sum(map(len, self._parts)) + len(part) > self._wanted:
            raise WireError(f"it yields more than {self._wanted} bytes")
        self._parts.append(part)
        return len(part)


def _largest(indices: _Indices) -> int:
    return int(np.maximum.reduce(indices, axis=None))  # without the detour of `max` through Python


def _distinct(pixels: Raw) -> Raw:
    """Return the different values of at least one 16-bit pixel, ascending; a third of the time of np.unique."""
    flat = pixels.reshape(-1)
    ends = flat[np.flatnonzero(flat[1:] != flat[:-1])]  # of each run of equal ones but the last
    seen = np.zeros(1 << 16, dtype=np.bool_)
    seen[ends] = True
    seen[flat[-1]] = True
    return np.flatnonzero(seen).astype("<u2")


def _compressor(level: int, window_log: int = _WINDOW_LOG) -> zstandard.ZstdCompressor:
    different = _LIVE if level == LIVE_LEVEL else {}
    parameters = zstandard.ZstdCompressionParameters.from_level(level, window_log=window_log, **different)
    return zstandard.ZstdCompressor(compression_params=parameters)


def _flushed(stream: "zstandard.ZstdCompressionObj", coded: _Indices | Raw) -> bytes:
    return stream.compress(coded.data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def _joined(head: bytes, check: bytes, body: bytes) -> bytes:
    return head[:1] + check + head[1:] + body


def _frame(index: int, shape: _Shape, key: bool, sent_ns: int, pixels_hash: int, data: bytes) -> Frame:
    return Frame(
        frame_index=index,
        sent_ns=sent_ns,
        width=shape.width,
        height=shape.height,
        pixel_format=shape.format_name,
        key=key,
        pixels_hash=pixels_hash,
        data=data,
    )


def _check(frame_index: int, width: int, height: int, format_name: str) -> bytes:
    text = f"{frame_index} {width} {height} {format_name}"
    return xxhash.xxh3_64_digest(text.encode())[4:][::-1]  # the digest is big-endian


def _shape_of(frame: Frame) -> _Shape:
    return _Shape(frame.width, frame.height, frame.pixel_format)


def _size(frame: Frame) -> int:
    """Return the bytes of a frame's raw pixels."""
    size = frame.width * frame.height * pixel_format(frame.pixel_format).dtype.itemsize
    if min(frame.width, frame.height) < 1 or size > _MAX_FRAME_BYTES:
        raise WireError(
            f"frame {frame.frame_index}: {frame.width}x{frame.height} {frame.pixel_format} is {size} bytes, "
            f"allowed are {_MAX_FRAME_BYTES}"
        )
    return size
