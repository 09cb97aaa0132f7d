"""Video survives the wire bit for bit, and a reader that lacks a message waits for the next key."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import wire
from runtime.errors import WireError
from runtime.frame_codec import KEY_INTERVAL, FrameDecoder, FrameEncoder
from runtime.pixels import FORMATS, Raw

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


@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.binary(min_size=24, max_size=24), st.booleans(), st.booleans()), max_size=20),
)
def test_any_sequence_of_frames_decodes_to_itself(format_name: str, steps: list[tuple[bytes, bool, bool]]) -> None:
    encoder, decoder = FrameEncoder(), FrameDecoder()
    dtype = FORMATS[format_name].dtype
    for i, (data, force, alone) in enumerate(steps):
        raw = np.frombuffer(data, dtype=dtype).reshape(2, -1)
        if force:
            encoder.force_key()
        assert encoder.next_is_key or not force
        frame = encoder.encode(i, raw, format_name, 7)
        if alone:
            lone = FrameDecoder().decode(encoder.encode_alone(i, raw, format_name, 7))
            assert lone is not None
            assert np.array_equal(lone, raw)
        assert frame.key or not force
        assert (frame.frame_index, frame.sent_ns, frame.pixel_format) == (i, 7, format_name)
        assert (frame.height, frame.width) == raw.shape
        seen = decoder.decode(wire.decode(wire.Frame, wire.encode(frame)))
        assert seen is not None
        assert seen.dtype == dtype
        assert np.array_equal(seen, raw)


def test_decoded_pixels_are_read_only() -> None:
    seen = FrameDecoder().decode(encoded(1)[0])
    assert seen is not None
    assert not seen.flags.writeable


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
