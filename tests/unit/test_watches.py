"""Watches behind pointers, under keys and masks: what they read, and that they have no value where there is none."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import ConfigError, UsageError
from runtime.expressions import condition
from runtime.game import Watch, check_regions, check_whole_memory, parse_game
from runtime.memory_image import MemoryImage, memory_image
from runtime.watches import WatchReader
from runtime.wire import Region

REGIONS = (Region("ewram", 0x0200_0000, 0x40), Region("iwram", 0x0300_0000, 0x20))
IWRAM = 0x40


def image_of(**at: tuple[int, bytes]) -> NDArray[np.uint8]:
    """Return an image of REGIONS with bytes at offsets of it."""
    image = np.zeros(0x60, dtype=np.uint8)
    for offset, data in at.values():
        image[offset : offset + len(data)] = list(data)
    return image


def pointer(to: int) -> bytes:
    return to.to_bytes(4, "little")


def watch(**keys: Any) -> Watch:
    return Watch(name="v", **{"type": "u16le", **keys})


BEHIND = watch(pointer=0x0300_0010, offset=4)


def read(one: Watch, image: NDArray[np.uint8]) -> dict[str, wire.Scalar]:
    return WatchReader((one,), REGIONS).values(image)


def test_a_pointer_is_followed_wherever_it_moves() -> None:
    image = image_of(pointer=(IWRAM + 0x10, pointer(0x0200_0008)), value=(0xC, b"\x34\x12"))
    assert read(BEHIND, image) == {"v": 0x1234}
    image = image_of(pointer=(IWRAM + 0x10, pointer(0x0300_0013)), value=(IWRAM + 0x17, b"\x78\x56"))
    assert read(BEHIND, image) == {"v": 0x5678}


@pytest.mark.parametrize("to", [0, 0x0200_003C, 0x0200_003B, 0x01FF_FFFB, 0x0800_0000, 0xFFFF_FFFF])
def test_a_pointer_out_of_the_published_memory_gives_no_value(to: int) -> None:
    values = read(BEHIND, image_of(pointer=(IWRAM + 0x10, pointer(to))))
    assert values == {}
    assert not condition("v == 0", frozenset({"v"}))(values)


def test_the_address_of_a_watch_with_a_pointer_is_the_pointers() -> None:
    assert BEHIND.address == 0x0300_0010
    assert BEHIND.spans == ((0x0300_0010, 4),)
    assert BEHIND.size == 2
    assert msgspec.structs.replace(BEHIND, name="w").address == 0x0300_0010
    assert watch(address=4).spans == ((4, 2),)


def test_a_key_is_taken_off() -> None:
    money = watch(type="u32le", pointer=0x0300_0000, offset=8, xor_pointer=0x0300_0004, xor_offset=0x10)
    parts = {
        "pointer": (IWRAM, pointer(0x0200_0000)),
        "key_pointer": (IWRAM + 4, pointer(0x0200_0010)),
        "key": (0x20, (0xDEAD_BEEF).to_bytes(4, "little")),
        "value": (8, (3000 ^ 0xDEAD_BEEF).to_bytes(4, "little")),
    }
    assert read(money, image_of(**parts)) == {"v": 3000}
    assert read(money, image_of(**parts | {"key_pointer": (IWRAM + 4, pointer(0))})) == {}
    coins = watch(pointer=0x0300_0000, offset=8, xor_pointer=0x0300_0004, xor_offset=0x10)
    assert read(coins, image_of(**parts)) == {"v": 3000}
    assert money.spans == ((0x0300_0000, 4), (0x0300_0004, 4))


@pytest.mark.parametrize(("mask", "value"), [(0xF0, 0xA), (0x0F, 0x5), (0x02, 0), (0x04, 1), (0x7F80, 0x4B)])
def test_a_mask_keeps_its_bits_and_moves_them_down(mask: int, value: int) -> None:
    assert read(watch(address=0x0200_0001, mask=mask), image_of(value=(1, b"\xa5\x25"))) == {"v": value}


@pytest.mark.parametrize(
    ("digits", "values"), [("003000", {"v": 3000}), ("999999", {"v": 999_999}), ("0a0000", {}), ("ffffff", {})]
)
def test_decimal_digits_are_read_and_others_are_no_value(digits: str, values: dict[str, int]) -> None:
    assert read(watch(type="bcd3", address=0x0200_0002), image_of(value=(2, bytes.fromhex(digits)))) == values


def test_an_array_lies_behind_a_pointer_too() -> None:
    reader = WatchReader((watch(pointer=0x0300_0000, offset=2, shape=(2, 2)),), REGIONS)
    image = image_of(pointer=(IWRAM, pointer(0x0200_0000)), value=(2, bytes(range(8))))
    assert reader.array(image, "v").tolist() == [[0x0100, 0x0302], [0x0504, 0x0706]]
    assert reader.values(image) == {}
    with pytest.raises(UsageError, match="array watch 'v': its pointer leads outside the published memory"):
        reader.array(image_of(), "v")


GAME = """
[game]
name = "maze"
console = "gba"

[[watch]]
name = "player.x"
type = "u8"
pointer = 0x0300001C
offset = 0x100000
"""


def test_pointers_must_lie_in_the_published_memory_and_what_they_lead_to_need_not() -> None:
    check_regions(parse_game(GAME, "game.toml"), REGIONS, "game.toml")
    with pytest.raises(ConfigError, match=r"0x0300001D \(\+4 bytes\) is outside the published memory"):
        check_regions(parse_game(GAME.replace("1C", "1D"), "game.toml"), REGIONS, "game.toml")
    key = "xor_pointer = 0x03000020\nxor_offset = 0\n"
    with pytest.raises(ConfigError, match=r"0x03000020 \(\+4 bytes\) is outside the published memory"):
        check_regions(parse_game(GAME + key, "game.toml"), REGIONS, "game.toml")


def test_watched_pages_alone_cannot_serve_a_pointer() -> None:
    with pytest.raises(ConfigError, match="needs all memory") as caught:
        check_whole_memory(parse_game(GAME, "game.toml"), "game.toml")
    assert caught.value.key == "watch 'player.x'"
    plain = GAME[: GAME.index("pointer")] + "address = 0x03000000"
    check_whole_memory(parse_game(plain, "game.toml"), "game.toml")


WATCHES = (
    watch(address=0x0200_0001),
    msgspec.structs.replace(watch(address=0x0200_0006, type="u32be"), name="wide"),
    msgspec.structs.replace(watch(address=0x0200_0002, type="u8", mask=0x18), name="bits"),
    msgspec.structs.replace(watch(address=0x0200_0004, type="bcd3"), name="digits"),
    msgspec.structs.replace(BEHIND, name="behind"),
    msgspec.structs.replace(watch(address=0x0300_001F, type="s8"), name="last"),
)

#: A byte of the first words of either region, or of the pointer, and what it becomes; 0x02 and 0x03 make pointers.
EDITS = st.tuples(
    st.sampled_from([*range(16), *range(IWRAM, IWRAM + 32)]), st.sampled_from([0, 0x02, 0x03, 0x10, 0x99, 0xFF])
)


@given(st.lists(st.lists(EDITS, max_size=6), max_size=30), st.sets(st.integers(0, 29)))
def test_watches_followed_by_what_changed_are_those_read_anew(
    frames: list[list[tuple[int, int]]], crowded: set[int]
) -> None:
    reader, kept = WatchReader(WATCHES, REGIONS), MemoryImage(REGIONS)
    memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in REGIONS}
    memory["iwram"][0x10:0x14] = list(pointer(0x0200_0008))
    for i, edits in enumerate(frames):
        for at, byte in edits:
            memory["ewram" if at < IWRAM else "iwram"][at % IWRAM] = byte
        if i in crowded:
            memory["ewram"][16:] += 1
        values = reader.follow(kept.image, kept.take(memory))
        assert list(values.items()) == list(WatchReader(WATCHES, REGIONS).values(memory_image(REGIONS, memory)).items())
