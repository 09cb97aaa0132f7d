"""Video survives the wire bit for bit, and a reader that lacks a message waits for the next key."""

import hashlib
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import WireError
from runtime.frame_codec import KEY_INTERVAL, LIVE_LEVEL, FrameDecoder, FrameEncoder
from runtime.pixels import FORMATS, Raw
from tests.golden.write_frames import FRAMES, LEVELS, sequence

HEIGHT, WIDTH = 6, 5


def picture(seed: int, format_name: str = "gba565") -> Raw:
    """Return pixels (HEIGHT, WIDTH) of which most stay the same from one seed to the next."""
    dtype = FORMATS[format_name].dtype
    pixels = np.arange(HEIGHT * WIDTH, dtype=dtype).reshape(HEIGHT, WIDTH)
    pixels[seed % HEIGHT, seed % WIDTH] = seed * 2_654_435_761 % (1 << (8 * dtype.itemsize))
    return pixels


def encoded(count: int, forced: frozenset[int] = frozenset()) -> list[wire.Frame]:
    encoder = FrameEncoder()
    frames = []
    for i in range(count):
        if i in forced:
            encoder.force_key()
        frames.append(encoder.encode(i, picture(i), "gba565", 1000 + i))
    return frames


@st.composite
def pictures(draw: st.DrawFn, count: int) -> tuple[str, list[Raw]]:
    """Draw a format and pictures of it: a few of some sizes, of few or of many colours, that come again."""
    format_name = draw(st.sampled_from(sorted(FORMATS)))
    dtype = FORMATS[format_name].dtype
    different = []
    for _ in range(draw(st.integers(1, 4))):
        height, width = draw(st.sampled_from([(2, 3), (1, 1), (7, 5), (20, 30)]))
        seed, colours = draw(st.integers(0, 99)), draw(st.sampled_from([1, 2, 200, 255, 256, 60_000]))
        first = draw(st.integers(0, 40_000))
        numbers = np.random.default_rng(seed).integers(first, first + colours, (height, width))
        different.append(numbers.astype(dtype))
    return format_name, draw(st.lists(st.sampled_from(different), max_size=count))


@given(pictures(20), st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)), st.sampled_from([1, LIVE_LEVEL, 9]))
def test_any_sequence_of_frames_decodes_to_itself(
    drawn: tuple[str, list[Raw]], forced: set[int], alone: set[int], level: int
) -> None:
    format_name, raws = drawn
    encoder, decoder = FrameEncoder(level), FrameDecoder()
    for i, raw in enumerate(raws):
        if i in forced:
            encoder.force_key()
        assert encoder.next_is_key or i not in forced
        wanted_key = encoder.next_is_key
        frame = encoder.encode(i, raw, format_name, 7)
        if i in alone:
            assert same(FrameDecoder().decode(encoder.encode_alone(i, raw, format_name, 7)), raw)
        assert frame.key or not wanted_key
        assert (frame.frame_index, frame.sent_ns, frame.pixel_format) == (i, 7, format_name)
        assert (frame.height, frame.width) == raw.shape
        assert same(decoder.decode(wire.decode(wire.Frame, wire.encode(frame))), raw)


@given(
    shape=st.sampled_from([(16, 24), (15, 21), (20, 30)]),
    format_name=st.sampled_from(sorted(FORMATS)),
    steps=st.lists(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 300)), max_size=9), max_size=KEY_INTERVAL),
    in_place=st.booleans(),
)
def test_frames_that_change_in_few_pixels_decode_to_themselves(
    shape: tuple[int, int], format_name: str, steps: list[list[tuple[int, int]]], in_place: bool
) -> None:
    raw = np.zeros(shape, dtype=FORMATS[format_name].dtype)
    encoder, decoder = FrameEncoder(), FrameDecoder()
    for i, pixels in enumerate(steps):
        before = raw.copy()
        raw = raw if in_place else before.copy()
        for place, colour in pixels:
            raw.reshape(-1)[place % raw.size] = colour * 97
        frame = encoder.encode(i, raw, format_name, 0)
        assert same(decoder.decode(frame), raw)
        assert same(FrameDecoder().decode(encoder.last_alone(i, 0)), raw)
        assert frame.key or (len(frame.data) == 1) == np.array_equal(before, raw)


@given(pictures(20), st.sets(st.integers(0, 19)), st.sets(st.integers(0, 19)))
def test_after_any_gaps_a_reader_shows_right_frames_or_none_and_all_from_a_key_to_the_next_gap(
    drawn: tuple[str, list[Raw]], forced: set[int], lost: set[int]
) -> None:
    format_name, raws = drawn
    encoder, decoder = FrameEncoder(), FrameDecoder()
    readable = False
    for i, raw in enumerate(raws):
        if i in forced:
            encoder.force_key()
        frame = encoder.encode(i, raw, format_name, 7)
        readable = i not in lost and (readable or frame.key)
        if i not in lost:
            seen = decoder.decode(frame)
            assert same(seen, raw) if readable else seen is None


def same(seen: Raw | None, raw: Raw) -> bool:
    return seen is not None and seen.dtype == raw.dtype and np.array_equal(seen, raw)


@pytest.mark.parametrize("shape", [(2, 3), (5, 5), (1, 300)])
@pytest.mark.parametrize("format_name", sorted(FORMATS))
def test_decoded_pixels_are_read_only(format_name: str, shape: tuple[int, int]) -> None:
    encoder, decoder = FrameEncoder(), FrameDecoder()
    for i in range(2):
        raw = np.arange(shape[0] * shape[1], dtype=FORMATS[format_name].dtype).reshape(shape)
        seen = decoder.decode(encoder.encode(i, raw, format_name, 0))
        assert seen is not None
        assert not seen.flags.writeable


def test_a_decoded_frame_stays_as_it_is_while_others_are_decoded() -> None:
    frames, decoder = encoded(3), FrameDecoder()
    kept = [decoder.decode(frame) for frame in frames]
    assert all(same(seen, picture(i)) for i, seen in enumerate(kept))


def coding_of(frame: wire.Frame) -> int:
    return frame.data[0]


RAW, INDEXED, EXTENDED, REPLACED, SAME = 1, 2, 3, 4, 5


def codings(raws: list[Raw], format_name: str = "gba565") -> list[int]:
    encoder, decoder = FrameEncoder(), FrameDecoder()
    frames = [encoder.encode(i, raw, format_name, 0) for i, raw in enumerate(raws)]
    assert all(same(decoder.decode(frame), raw) for frame, raw in zip(frames, raws, strict=True))
    return [coding_of(frame) for frame in frames]


def colours(first: int, count: int) -> Raw:
    """Return a picture (16, 20) of so many colours."""
    return (first + np.arange(320) % count).astype("<u2").reshape(16, 20)


def test_the_palette_grows_until_it_is_full_and_then_begins_anew() -> None:
    raws = [colours(0, 200), colours(100, 155), colours(0, 201), colours(300, 10), colours(305, 3)]
    assert codings(raws) == [EXTENDED, EXTENDED, INDEXED, REPLACED, INDEXED]


def test_a_picture_of_more_colours_than_a_palette_has_is_kept_raw_and_so_are_those_until_the_next_key() -> None:
    raws = [colours(0, 255), colours(0, 256), colours(0, 3)] + [colours(i, 3) for i in range(KEY_INTERVAL)]
    assert codings(raws)[:3] == [EXTENDED, RAW, RAW]
    assert codings(raws)[KEY_INTERVAL] == EXTENDED


def test_a_frame_like_the_one_before_is_one_byte() -> None:
    encoder = FrameEncoder()
    assert [len(encoder.encode(i, picture(3), "gba565", i).data) for i in range(3)][1:] == [1, 1]


def test_a_key_is_never_the_frame_before() -> None:
    encoder = FrameEncoder()
    encoder.encode(0, picture(0), "gba565", 0)
    encoder.force_key()
    assert same(FrameDecoder().decode(encoder.encode(1, picture(0), "gba565", 0)), picture(0))


def test_another_size_or_format_begins_with_a_key() -> None:
    encoder = FrameEncoder()
    shapes = [("gba565", (2, 4)), ("gba565", (4, 2)), ("rgb565", (4, 2)), ("rgb565", (4, 2))]
    frames = [encoder.encode(i, np.zeros(size, dtype="<u2"), name, 0) for i, (name, size) in enumerate(shapes)]
    assert [frame.key for frame in frames] == [True, True, True, False]


def test_the_first_frame_and_every_sixtieth_is_a_key() -> None:
    keys = [frame.frame_index for frame in encoded(2 * KEY_INTERVAL + 1) if frame.key]
    assert keys == [0, KEY_INTERVAL, 2 * KEY_INTERVAL]


def test_a_forced_key_begins_a_new_interval() -> None:
    keys = [frame.frame_index for frame in encoded(KEY_INTERVAL + 11, frozenset({10})) if frame.key]
    assert keys == [0, 10, KEY_INTERVAL + 10]


def test_frames_between_keys_cost_few_bytes() -> None:
    still = np.random.default_rng(0).integers(0, 1 << 15, (160, 240), dtype=np.uint16)
    encoder = FrameEncoder()
    first, second = (len(encoder.encode(i, still, "gba565", 0).data) for i in range(2))
    assert first > 60_000
    assert second < 200


def test_frames_cost_few_bytes_after_one_was_encoded_alone() -> None:
    still = np.random.default_rng(0).integers(0, 1 << 15, (160, 240), dtype=np.uint16)
    encoder = FrameEncoder()
    encoder.encode(0, still, "gba565", 0)
    encoder.encode_alone(0, still, "gba565", 0)
    assert len(encoder.encode(1, still, "gba565", 0).data) < 200


def test_a_reader_that_joins_late_gets_nothing_until_the_next_key() -> None:
    frames = encoded(30, frozenset({20}))
    decoder = FrameDecoder()
    assert [decoder.decode(frame) is not None for frame in frames[5:]] == [False] * 15 + [True] * 10


def test_after_a_hole_nothing_is_shown_until_the_next_key() -> None:
    frames = encoded(30, frozenset({20}))
    decoder = FrameDecoder()
    seen = [decoder.decode(frame) is not None for frame in frames if frame.frame_index != 8]
    assert seen == [True] * 8 + [False] * 11 + [True] * 10


def test_a_repeated_frame_that_is_no_key_counts_as_a_hole() -> None:
    frames = encoded(3)
    decoder = FrameDecoder()
    assert [decoder.decode(frame) is not None for frame in (*frames[:2], frames[1], frames[2])] == [
        True,
        True,
        False,
        False,
    ]


def test_encoding_a_frame_alone_leaves_the_running_stream_as_it_is() -> None:
    beside = FrameEncoder()
    frames = []
    for i in range(10):
        frames.append(beside.encode(i, picture(i), "gba565", 1000 + i))
        beside.encode_alone(i, picture(i + 1), "gba565", 0)
    assert frames == encoded(10)


def test_the_last_frame_alone_is_itself_after_other_pictures_palettes_and_codings() -> None:
    """A still picture met a new palette at every key, in whose order of colours its cached bytes made no sense."""
    encoder = FrameEncoder()
    few = np.arange(64, dtype=np.uint16).reshape(8, 8)
    other = few[::-1].copy() + 7
    many = np.arange(320, dtype=np.uint16).reshape(16, 20)[:8, :8] * 5
    crowded = np.arange(400, dtype=np.uint16).reshape(20, 20)
    shown = [other, few, few, crowded, few, crowded, many, few]
    for i, raw in enumerate(shown):
        if i in (2, 5, 7):
            encoder.force_key()
        encoder.encode(i, raw, "gba565", 0)
        alone = FrameDecoder().decode(encoder.last_alone(i, 0))
        assert alone is not None
        assert np.array_equal(alone, raw), i


def test_a_frame_encoded_alone_is_a_key() -> None:
    alone = FrameEncoder().encode_alone(9, picture(3), "gba565", 5)
    assert (alone.key, alone.frame_index, alone.sent_ns) == (True, 9, 5)


DAMAGES: dict[str, Callable[[wire.Frame], dict[str, Any]]] = {
    "bytes flipped": lambda frame: {"data": bytes(byte ^ 0x55 for byte in frame.data)},
    "cut off": lambda frame: {"data": frame.data[: len(frame.data) // 2]},
    "empty": lambda frame: {"data": b""},
    "hash of other pixels": lambda frame: {"pixels_hash": frame.pixels_hash ^ 1},
    "wider than its data": lambda frame: {"width": frame.width + 1},
    "an unknown format": lambda frame: {"pixel_format": "cmyk"},
    "another format of as many bytes": lambda frame: {"pixel_format": "rgb565"},
    "a format of more bytes": lambda frame: {"pixel_format": "xrgb8888"},
    "on its side": lambda frame: {"width": frame.height, "height": frame.width},
    "an unknown coding": lambda frame: {"data": b"\x09" + frame.data[1:]},
    "the frame before": lambda frame: {"data": b"\x05" + frame.data[1:5] * frame.key},
    "a palette cut off": lambda frame: {"data": b"\x04" + frame.data[1:5] * frame.key + b"\xff\x00"},
    "a palette of none": lambda frame: {"data": b"\x03" + frame.data[1:5] * frame.key + b"\x00" + frame.data[-9:]},
    "more than a frame": lambda frame: {"data": frame.data + frame.data[5:]},
    "a negative size": lambda frame: {"width": -frame.width, "height": -frame.height},
    "a huge size": lambda frame: {"width": 1 << 20, "height": 1 << 20},
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("at", [0, 4])
def test_a_damaged_frame_is_an_error_and_the_next_key_repairs_it(damage: str, at: int) -> None:
    frames = encoded(12, frozenset({10}))
    frames[at] = msgspec.structs.replace(frames[at], **DAMAGES[damage](frames[at]))
    decoder = FrameDecoder()
    shown = []
    for frame in frames:
        if frame.frame_index == at:
            with pytest.raises(WireError):
                decoder.decode(frame)
        elif decoder.decode(frame) is not None:
            shown.append(frame.frame_index)
    assert shown == [*range(at), 10, 11]


FIELDS = ("frame_index", "width", "height", "pixel_format", "key", "pixels_hash")


@given(pictures(8), st.data())
def test_a_damaged_message_is_an_error_or_skipped_and_never_another_picture(
    drawn: tuple[str, list[Raw]], data: st.DataObject
) -> None:
    format_name, raws = drawn
    encoder, decoder = FrameEncoder(), FrameDecoder()
    frames = [encoder.encode(i, raw, format_name, 7) for i, raw in enumerate(raws)]
    at = data.draw(st.integers(0, max(0, len(frames) - 1)))
    for i, frame in enumerate(frames):
        if i != at:
            try:
                seen = decoder.decode(frame)
            except WireError:
                assert i > at, "no message was damaged yet"
            else:
                assert seen is None or same(seen, raws[i])
            continue
        damaged = damage(frame, data)
        try:
            seen = decoder.decode(damaged)
        except WireError:
            continue
        assert seen is None or (same(seen, raws[i]) and damaged.frame_index == i)


def damage(frame: wire.Frame, data: st.DataObject) -> wire.Frame:
    """Cut the message's data, change some of its bytes, or change a field of its head."""
    what = data.draw(st.sampled_from(["cut", "changed", "longer", *FIELDS]))
    body = bytearray(frame.data)
    if what == "cut":
        body = body[: data.draw(st.integers(0, len(body) - 1))]
    elif what == "longer":
        body += data.draw(st.binary(min_size=1, max_size=9))
    elif what == "changed":
        for _ in range(data.draw(st.integers(1, 4))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    elif what == "key":
        return msgspec.structs.replace(frame, key=not frame.key)
    elif what == "pixel_format":
        return msgspec.structs.replace(frame, pixel_format=data.draw(st.sampled_from([*FORMATS, "cmyk"])))
    else:
        value = data.draw(st.integers(-2, 40) | st.integers(-(1 << 40), 1 << 40))
        return msgspec.structs.replace(frame, **{what: value})
    return msgspec.structs.replace(frame, data=bytes(body))


@pytest.mark.parametrize("head", [b"\x01", b"\x02", b"", b"old layout"])
@pytest.mark.parametrize("key", [True, False])
def test_a_message_that_unpacks_to_much_is_stopped_early(head: bytes, key: bool) -> None:
    encoder = FrameEncoder()
    still = np.zeros((160, 240), dtype="<u2")
    frame = encoder.encode(0, still, "gba565", 0)
    decoder = FrameDecoder()
    check, index = frame.data[1:5], 0
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    if not key:
        decoder.decode(msgspec.structs.replace(frame, data=b"\x01" + check + begun(stream, still.tobytes())))
        frame, check, index = encoder.encode(1, still, "gba565", 0), b"", 1
    bomb = begun(stream, bytes(1 << 26))
    start = b"" if head == b"old layout" else head[:1] + (check if head else b"")
    frame = msgspec.structs.replace(frame, frame_index=index, key=key, data=start + bomb)
    assert len(bomb) < 20_000
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decoder.decode(frame)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def begun(stream: "zstandard.ZstdCompressionObj", content: bytes) -> bytes:
    return stream.compress(content) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def test_a_window_larger_than_allowed_is_refused() -> None:
    frame = FrameEncoder().encode(0, np.zeros((160, 240), dtype="<u2"), "gba565", 0)
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=25)
    body = begun(zstandard.ZstdCompressor(compression_params=parameters).compressobj(), bytes(38_400))
    with pytest.raises(WireError, match="damaged"):
        FrameDecoder().decode(msgspec.structs.replace(frame, data=frame.data[:8] + body))


GOLDEN: dict[str, dict[str, list[str]]] = json.loads(FRAMES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GOLDEN)
def test_what_every_encoder_so_far_wrote_decodes_to_the_same_pixels(name: str) -> None:
    decoder, seen = FrameDecoder(), []
    for message in GOLDEN[name]["messages"]:
        raw = decoder.decode(wire.decode(wire.Frame, bytes.fromhex(message)))
        assert raw is not None
        seen.append(hashlib.sha256(raw.tobytes()).hexdigest())
    assert seen == GOLDEN[name]["sha256"]


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("pixels")])
@given(data=st.data())
def test_damaged_messages_of_the_old_layout_are_errors_or_skipped(name: str, data: st.DataObject) -> None:
    decoder, wanted = FrameDecoder(), GOLDEN[name]["sha256"]
    at = data.draw(st.integers(0, len(wanted) - 1))
    for i, message in enumerate(GOLDEN[name]["messages"]):
        frame = wire.decode(wire.Frame, bytes.fromhex(message))
        body = bytearray(frame.data)
        if i == at:
            body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
            body = body[: data.draw(st.integers(0, len(body)))]
        try:
            raw = decoder.decode(msgspec.structs.replace(frame, data=bytes(body)))
        except WireError:
            continue
        assert raw is None or hashlib.sha256(raw.tobytes()).hexdigest() == wanted[i]


def test_the_golden_file_has_every_coding_and_what_the_encoder_writes_today() -> None:
    messages = [wire.decode(wire.Frame, bytes.fromhex(m)) for entry in GOLDEN.values() for m in entry["messages"]]
    assert {RAW, INDEXED, EXTENDED, REPLACED, SAME} <= {coding_of(frame) for frame in messages}
    for name, level in LEVELS.items():
        for frame, message in zip(sequence(level, "gba565"), GOLDEN[f"{name} gba565"]["messages"], strict=True):
            kept = wire.decode(wire.Frame, bytes.fromhex(message))
            assert (frame.key, frame.pixels_hash, coding_of(frame)) == (kept.key, kept.pixels_hash, coding_of(kept))


@given(
    data=st.binary(max_size=80), key=st.booleans(), width=st.integers(-3, 300), name=st.sampled_from(sorted(FORMATS))
)
def test_frames_with_random_data_raise_nothing_but_wire_errors(data: bytes, key: bool, width: int, name: str) -> None:
    decoder = FrameDecoder()
    first, second = encoded(2)
    decoder.decode(first)
    try:
        decoder.decode(msgspec.structs.replace(second, data=data, key=key, width=width, pixel_format=name))
    except WireError:
        assert decoder.decode(encoded(3)[2]) is None


def test_a_frame_larger_than_any_screen_is_refused() -> None:
    frame = FrameEncoder().encode(0, np.zeros((4097, 2048), dtype=np.uint16), "gba565", 0)
    with pytest.raises(WireError, match="2048x4097"):
        FrameDecoder().decode(frame)
