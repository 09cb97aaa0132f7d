"""Memory survives the wire byte for byte, and a reader that lacks a message waits for the next whole image."""

import tracemalloc
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import WireError
from runtime.memory_codec import WHOLE_INTERVAL, MemoryDecoder, MemoryEncoder
from runtime.memory_image import Bytes
from runtime.wire import MemoryDiff, Region

REGIONS = (Region("wram", 0xC000, 24), Region("hram", 0xFF80, 13), Region("tail", 0x1_0000, 3))


def contents(seed: int) -> Mapping[str, Bytes]:
    """Return every region's bytes; a few change from one seed to the next."""
    memory = {region.name: np.arange(region.size, dtype=np.uint8) for region in REGIONS}
    for i, region in enumerate(REGIONS):
        memory[region.name][(seed * (i + 3)) % region.size] = seed % 256
        memory[region.name][-1] = (seed + i) % 256
    return memory


def encoded(count: int, forced: frozenset[int] = frozenset()) -> list[MemoryDiff]:
    encoder = MemoryEncoder(REGIONS)
    diffs = []
    for i in range(count):
        if i in forced:
            encoder.force_whole()
        diffs.append(encoder.encode(i, contents(i), 1000 + i))
    return diffs


def holds(decoder: MemoryDecoder, memory: Mapping[str, Bytes]) -> bool:
    return all(np.array_equal(decoder.region(name), data) for name, data in memory.items())


def changed_runs(before: Bytes, after: Bytes) -> tuple[NDArray[np.uint32], NDArray[np.uint32], Bytes]:
    """Return starts, lengths and new bytes of what an encoder says changed."""
    encoder = MemoryEncoder((Region("wram", 0, before.size),))
    encoder.encode(0, {"wram": before}, 0)
    diff = encoder.encode(1, {"wram": after}, 0)
    assert np.array_equal(encoder.image, after)
    starts, lengths = (np.frombuffer(data, dtype="<u4") for data in (diff.starts, diff.lengths))
    return starts, lengths, np.frombuffer(diff.data, dtype=np.uint8)


images = st.integers(0, 12).flatmap(lambda words: st.tuples(*[st.binary(min_size=8 * words, max_size=8 * words)] * 2))


@given(images)
def test_changed_runs_applied_to_before_give_after(pair: tuple[bytes, bytes]) -> None:
    before, after = (np.frombuffer(bytearray(data), dtype=np.uint8) for data in pair)
    starts, lengths, data = changed_runs(before, after)
    image, at = before.copy(), 0
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        image[start : start + length] = data[at : at + length]
        at += length
    assert np.array_equal(image, after)
    assert at == len(data)


@given(images)
def test_changed_runs_hold_changed_bytes_only_and_are_as_long_as_can_be(pair: tuple[bytes, bytes]) -> None:
    before, after = (np.frombuffer(bytearray(data), dtype=np.uint8) for data in pair)
    starts, lengths, _ = changed_runs(before, after)
    inside = np.zeros(before.size, dtype=bool)
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        assert length > 0
        inside[start : start + length] = True
    assert np.array_equal(inside, before != after)
    assert all(starts[1:] > (starts + lengths)[:-1]), "two runs touch or are out of order"


@given(
    sizes=st.lists(st.integers(1, 19), min_size=1, max_size=3),
    steps=st.lists(st.tuples(st.binary(min_size=57, max_size=57), st.booleans()), max_size=12),
)
def test_any_sequence_of_memory_decodes_to_itself(sizes: list[int], steps: list[tuple[bytes, bool]]) -> None:
    regions = tuple(Region(f"r{i}", i << 16, size) for i, size in enumerate(sizes))
    encoder, decoder = MemoryEncoder(regions), MemoryDecoder()
    for i, (data, force) in enumerate(steps):
        memory = {
            region.name: np.frombuffer(data[19 * n : 19 * n + region.size], dtype=np.uint8)
            for n, region in enumerate(regions)
        }
        if force:
            encoder.force_whole()
        diff = encoder.encode(i, memory, 7)
        assert diff.whole or not force
        assert (diff.frame_index, diff.sent_ns) == (i, 7)
        assert decoder.apply(wire.decode(MemoryDiff, wire.encode(diff)))
        assert decoder.complete
        assert decoder.frame_index == i
        assert decoder.regions == regions
        assert holds(decoder, memory)
        assert np.array_equal(encoder.image, decoder.image)


def test_the_first_message_and_every_sixtieth_is_a_whole_image() -> None:
    whole = [diff.frame_index for diff in encoded(2 * WHOLE_INTERVAL + 1) if diff.whole]
    assert whole == [0, WHOLE_INTERVAL, 2 * WHOLE_INTERVAL]


def test_only_whole_images_name_their_regions() -> None:
    assert [diff.regions for diff in encoded(2)] == [REGIONS, ()]


def test_unchanged_memory_costs_no_bytes() -> None:
    encoder = MemoryEncoder(REGIONS)
    encoder.encode(0, contents(0), 0)
    diff = encoder.encode(1, contents(0), 0)
    assert (diff.starts, diff.lengths, diff.data) == (b"", b"", b"")


def test_a_whole_image_asked_for_between_frames_is_of_the_last_one_and_leaves_the_stream_as_it_is() -> None:
    encoder, decoder = MemoryEncoder(REGIONS), MemoryDecoder()
    for i in range(3):
        encoder.encode(i, contents(i), 0)
    assert decoder.apply(encoder.whole(2, 9))
    assert holds(decoder, contents(2))
    assert decoder.apply(encoder.encode(3, contents(3), 0))
    assert holds(decoder, contents(3))


def test_a_reader_that_joins_late_has_nothing_until_the_next_whole_image() -> None:
    decoder = MemoryDecoder()
    assert not decoder.complete
    seen = [decoder.apply(diff) for diff in encoded(30, frozenset({20}))[5:]]
    assert seen == [False] * 15 + [True] * 10
    assert holds(decoder, contents(29))


def test_after_a_hole_memory_is_incomplete_until_the_next_whole_image() -> None:
    decoder = MemoryDecoder()
    for diff in encoded(30, frozenset({20})):
        if diff.frame_index != 8:
            applied = decoder.apply(diff)
            assert applied == decoder.complete == (diff.frame_index < 8 or diff.frame_index >= 20)
            assert not applied or holds(decoder, contents(diff.frame_index))


def test_an_encoder_that_skips_frames_says_since_when_and_its_reader_follows() -> None:
    encoder, decoder = MemoryEncoder(REGIONS), MemoryDecoder()
    for i in (0, 6, 12, 13, 18):
        assert decoder.apply(encoder.encode(i, contents(i), 0))
        assert holds(decoder, contents(i))


def test_a_lost_message_of_an_encoder_that_skips_frames_is_a_hole() -> None:
    encoder, decoder = MemoryEncoder(REGIONS), MemoryDecoder()
    diffs = [encoder.encode(i, contents(i), 0) for i in (0, 6, 12, 18)]
    assert [decoder.apply(diff) for diff in (diffs[0], diffs[2], diffs[3])] == [True, False, False]


def u4(*numbers: int) -> bytes:
    return np.array(numbers, dtype="<u4").tobytes()


BROKEN_RUNS: dict[str, dict[str, bytes]] = {
    "beyond the image": {"starts": u4(56), "lengths": u4(2), "data": b"xx"},
    "far beyond the image": {"starts": u4(2**32 - 1), "lengths": u4(1), "data": b"x"},
    "lengths of more bytes": {"starts": u4(0), "lengths": u4(3), "data": b"xx"},
    "lengths of fewer bytes": {"starts": u4(0), "lengths": u4(1), "data": b"xx"},
    "a length too few": {"starts": u4(0, 4), "lengths": u4(2), "data": b"xx"},
    "starts that are no u32": {"starts": b"\0\0\0", "lengths": u4(1), "data": b"x"},
    "lengths that are no u32": {"starts": u4(1), "lengths": b"\0", "data": b"x"},
}
BROKEN_IMAGES: dict[str, dict[str, Any]] = {
    "no zstd": {"data": b"nonsense"},
    "empty": {"data": b""},
    "smaller than its regions": {"regions": (Region("wram", 0, 10_000),)},
    "larger than its regions": {"regions": REGIONS[:1]},
    "a region of negative size": {"regions": (Region("wram", 0, -64),)},
    "a region of enormous size": {"regions": (Region("wram", 0, 1 << 60),)},
    "regions that are none in all": {"regions": (Region("a", 0, 64), Region("b", 0, -8))},
    "a zstd frame that names a size of 1 TiB": {"data": b"\x28\xb5\x2f\xfd\xe4" + (1 << 40).to_bytes(8, "little")},
    "changed behind the compression": {"data": zstandard.ZstdCompressor(write_checksum=True).compress(bytes(56))[:-1]},
}


@pytest.mark.parametrize("damage", BROKEN_RUNS)
def test_damaged_runs_are_an_error_and_the_next_whole_image_repairs_them(damage: str) -> None:
    diffs = encoded(12, frozenset({10}))
    diffs[4] = msgspec.structs.replace(diffs[4], **BROKEN_RUNS[damage])
    repaired_after(diffs, 4)


@pytest.mark.parametrize("damage", BROKEN_IMAGES)
def test_a_damaged_whole_image_is_an_error_and_the_next_one_repairs_it(damage: str) -> None:
    diffs = encoded(12, frozenset({4, 10}))
    diffs[4] = msgspec.structs.replace(diffs[4], **BROKEN_IMAGES[damage])
    repaired_after(diffs, 4)


def repaired_after(diffs: list[MemoryDiff], at: int) -> None:
    """See that the message `at` is damaged and that memory is complete again from frame 10 on."""
    decoder = MemoryDecoder()
    for diff in diffs:
        if diff.frame_index == at:
            with pytest.raises(WireError):
                decoder.apply(diff)
            assert not decoder.complete
        else:
            assert decoder.apply(diff) == (not at < diff.frame_index < 10)
    assert holds(decoder, contents(11))


@given(st.data())
def test_a_damaged_whole_image_is_never_another_image(data: st.DataObject) -> None:
    whole = encoded(1)[0]
    body = bytearray(whole.data)
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    body = body[: data.draw(st.integers(1, len(body)))]
    decoder = MemoryDecoder()
    try:
        decoder.apply(msgspec.structs.replace(whole, data=bytes(body)))
    except WireError:
        assert not decoder.complete
    else:
        assert holds(decoder, contents(0))


def test_an_image_of_an_older_encoder_without_checksum_is_read() -> None:
    whole = encoded(1)[0]
    image = zstandard.ZstdDecompressor().decompress(whole.data)
    decoder = MemoryDecoder()
    assert decoder.apply(msgspec.structs.replace(whole, data=zstandard.ZstdCompressor(level=1).compress(image)))
    assert holds(decoder, contents(0))


def test_an_image_that_unpacks_to_much_is_refused_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(1 << 26))
    damaged = msgspec.structs.replace(encoded(1)[0], data=bomb)
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="holds 67108864 bytes"):
            MemoryDecoder().apply(damaged)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@given(starts=st.binary(max_size=16), lengths=st.binary(max_size=16), data=st.binary(max_size=40), whole=st.booleans())
def test_random_messages_raise_nothing_but_wire_errors(starts: bytes, lengths: bytes, data: bytes, whole: bool) -> None:
    decoder = MemoryDecoder()
    first, second = encoded(2)
    decoder.apply(first)
    try:
        decoder.apply(msgspec.structs.replace(second, starts=starts, lengths=lengths, data=data, whole=whole))
    except WireError:
        assert not decoder.complete


def test_an_unknown_region_is_named_with_those_there_are() -> None:
    decoder = MemoryDecoder()
    decoder.apply(encoded(1)[0])
    with pytest.raises(WireError, match="'sram'; there are wram, hram, tail"):
        decoder.region("sram")


def test_a_region_is_read_only() -> None:
    decoder = MemoryDecoder()
    decoder.apply(encoded(1)[0])
    with pytest.raises(ValueError, match="read-only"):
        decoder.region("wram")[0] = 1
    assert decoder.apply(encoded(2)[1]), "the decoder itself goes on writing"
