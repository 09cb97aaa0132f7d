"""The descriptions of games that people own: sourced, within the console's memory, and right on its structures."""

import ctypes
import functools
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from runtime.game import BUILTIN, Game, check_regions, find_game, load_game
from runtime.watches import WatchReader
from runtime.wire import Region

SHIPPED = sorted(path.parent.name for path in BUILTIN.glob("*/game.toml"))

#: Those of games whose ROM is not here.
OWNED = ("pokemon_emerald", "pokemon_firered", "pokemon_red")

#: A symbol, a file and a commit: "pret/pokered wXCoord, ram/wram.asm @ 079d1cc92fc3".
SOURCE = re.compile(r"pret/\w+ \S.*, (\w+/)+[\w.]+\.(h|c|asm) @ [0-9a-f]{12}(; .+)?")


@functools.cache
def game_of(name: str) -> Game:
    return load_game(find_game(name))


def regions_of(game: Game) -> tuple[Region, ...]:
    return tuple(Region(area.name, area.address, area.size) for area in game.console.memory)


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_read_and_its_watches_lie_in_the_consoles_memory(name: str) -> None:
    game = game_of(name)
    assert game.game.name == name
    assert game.game.title
    assert all(watch.meaning for watch in game.watch)
    check_regions(game, regions_of(game), name)


@pytest.mark.parametrize("name", OWNED)
def test_every_watch_of_a_game_without_a_rom_has_a_source(name: str) -> None:
    game = game_of(name)
    assert not game.game.rom
    assert game.game.sha1
    for watch in game.watch:
        assert SOURCE.fullmatch(watch.source), f"{watch.name}: {watch.source}"


@pytest.mark.parametrize("name", OWNED)
def test_the_names_of_values_are_those_of_numbers_the_watch_can_have(name: str) -> None:
    for watch in game_of(name).watch:
        low, high = (-128, 127) if watch.type == "s8" else (0, 256**watch.size - 1)
        assert all(low <= int(value) <= high for value in watch.values), watch.name


def test_the_vocabulary_is_shared() -> None:
    """An actor written for one of them finds the same names in the others."""
    shared = {"player.x", "player.y", "player.facing", "area", "money", "badges", "game.clear", "party.count"}
    shared |= {f"party.{n}.{field}" for n in range(1, 7) for field in ("level", "hp", "max_hp")}
    shared |= {f"battle.enemy.{field}" for field in ("species", "level", "hp", "max_hp")}
    shared |= {f"play_time.{field}" for field in ("hours", "minutes", "seconds")}
    for name in OWNED:
        assert shared <= {watch.name for watch in game_of(name).watch}, name


class Coords(ctypes.LittleEndianStructure):
    _fields_ = (("x", ctypes.c_int16), ("y", ctypes.c_int16))


class Warp(ctypes.LittleEndianStructure):
    _fields_ = (
        *(("group", ctypes.c_int8), ("number", ctypes.c_int8), ("warp", ctypes.c_int8)),
        *(("x", ctypes.c_int16), ("y", ctypes.c_int16)),
    )


class Pokemon(ctypes.LittleEndianStructure):
    """`struct Pokemon`, include/pokemon.h: the encrypted box, then what is in clear."""

    _fields_ = (
        *(("box", ctypes.c_uint8 * 80), ("status", ctypes.c_uint32), ("level", ctypes.c_uint8)),
        *(("mail", ctypes.c_uint8), ("hp", ctypes.c_uint16), ("max_hp", ctypes.c_uint16)),
        ("stats", ctypes.c_uint16 * 5),
    )


HEAD = (
    *(("pos", Coords), ("location", Warp), ("warps", Warp * 4), ("music", ctypes.c_uint16)),
    *(("weather", ctypes.c_uint8), ("stage", ctypes.c_uint8), ("flash", ctypes.c_uint8), ("layout", ctypes.c_uint16)),
)
PARTY = (
    *(("party_count", ctypes.c_uint8), ("party", Pokemon * 6), ("money", ctypes.c_uint32)),
    ("coins", ctypes.c_uint16),
)


class EmeraldSave1(ctypes.LittleEndianStructure):
    """`struct SaveBlock1` of pokeemerald, include/global.h; `rest` reaches to `flags` at its noted offset 0x1270."""

    _fields_ = (*HEAD, ("view", ctypes.c_uint16 * 0x100), *PARTY, ("rest", ctypes.c_uint8 * (0x1270 - 0x496)))


class FireRedSave1(ctypes.LittleEndianStructure):
    """`struct SaveBlock1` of pokefirered, include/global.h; `rest` reaches to `flags` at its noted offset 0x0EE0."""

    _fields_ = (*HEAD, *PARTY, ("rest", ctypes.c_uint8 * (0xEE0 - 0x296)))


class Save2(ctypes.LittleEndianStructure):
    """The head of `struct SaveBlock2`, include/global.h, alike in both."""

    _fields_ = (
        *(("name", ctypes.c_uint8 * 8), ("gender", ctypes.c_uint8), ("warp", ctypes.c_uint8)),
        *(("trainer", ctypes.c_uint8 * 4), ("hours", ctypes.c_uint16), ("minutes", ctypes.c_uint8)),
        *(("seconds", ctypes.c_uint8), ("vblanks", ctypes.c_uint8)),
    )


#: Layout, pointers to the two blocks, where the key and the first badge's flag lie; FLAG_SYS_GAME_CLEAR.
GENERATION_3 = {
    "pokemon_emerald": (EmeraldSave1, 0x0300_5D8C, 0x0300_5D90, 0xAC, 0x867, 0x864),
    "pokemon_firered": (FireRedSave1, 0x0300_5008, 0x0300_500C, 0xF20, 0x820, 0x82C),
}
KEY = 0xC0FF_EE11


def in_memory(name: str, first: int, second: int) -> NDArray[np.uint8]:
    """Return a GBA's work RAM with the save blocks at these offsets of EWRAM."""
    layout, pointer1, pointer2, key_at, badge, clear = GENERATION_3[name]
    save1, save2 = layout(), Save2()
    save1.pos.x, save1.pos.y, save1.location.group, save1.location.number = 7, -1, 0, 9
    save1.money, save1.coins = 3000 ^ KEY, 50 ^ (KEY & 0xFFFF)
    save2.hours, save2.minutes, save2.seconds, save2.vblanks = 300, 59, 7, 31
    image = np.zeros(0x4_0000 + 0x8000, dtype=np.uint8)
    for offset, block in ((first, bytes(save1)), (second, bytes(save2))):
        image[offset : offset + len(block)] = list(block)
    flags = first + ctypes.sizeof(layout)
    for flag in (badge, badge + 1, badge + 7, clear):
        image[flags + flag // 8] |= 1 << flag % 8
    for at, value in (
        (second + key_at, KEY),
        (0x4_0000 + pointer1 - 0x0300_0000, 0x0200_0000 + first),
        (0x4_0000 + pointer2 - 0x0300_0000, 0x0200_0000 + second),
    ):
        image[at : at + 4] = list(value.to_bytes(4, "little"))
    return image


@pytest.mark.parametrize("name", GENERATION_3)
@pytest.mark.parametrize("moved", [0, 4, 0x7C])
def test_the_save_is_read_wherever_the_game_moves_it(name: str, moved: int) -> None:
    layout = GENERATION_3[name][0]
    assert layout.money.offset in (0x490, 0x290)  # as noted in include/global.h
    assert ctypes.sizeof(Pokemon) == 100
    game = game_of(name)
    reader = WatchReader(game.watch, regions_of(game))
    values = reader.values(in_memory(name, 0x2_5A00 + moved, 0x2_4A54 + moved))
    assert (values["player.x"], values["player.y"]) == (7, -1)
    assert (values["map.group"], values["map.number"], values["area"]) == (0, 9, 9)
    assert (values["money"], values["coins"]) == (3000, 50)
    assert values["badges"] == 0b1000_0011
    assert values["game.clear"] == 1
    assert [values[f"play_time.{part}"] for part in ("hours", "minutes", "seconds", "vblanks")] == [300, 59, 7, 31]


@pytest.mark.parametrize("name", GENERATION_3)
def test_at_power_on_what_lies_behind_pointers_has_no_value(name: str) -> None:
    game = game_of(name)
    values = WatchReader(game.watch, regions_of(game)).values(np.zeros(0x4_8000, dtype=np.uint8))
    behind = {watch.name for watch in game.watch if watch.pointer is not None}
    assert {"player.x", "player.y", "money", "badges"} <= behind
    assert set(values) == {watch.name for watch in game.watch} - behind


@pytest.mark.parametrize(
    ("name", "area", "known"),
    [
        ("pokemon_emerald", 9, "Littleroot Town"),
        ("pokemon_firered", 3 * 256, "Pallet Town"),
        ("pokemon_red", 0, "Pallet Town"),
        ("pokemon_red", 0x0C, "Route 1"),
    ],
)
def test_areas_have_the_names_of_the_map_tables(name: str, area: int, known: str) -> None:
    watch = next(watch for watch in game_of(name).watch if watch.name == "area")
    assert watch.values[str(area)] == known


def test_party_members_of_red_lie_one_structure_apart() -> None:
    at = {watch.name: watch.address for watch in game_of("pokemon_red").watch}
    for n in range(1, 7):
        assert at[f"party.{n}.species"] == 0xD16B + 44 * (n - 1)
        assert at[f"party.{n}.max_hp"] - at[f"party.{n}.species"] == 0xD18D - 0xD16B
