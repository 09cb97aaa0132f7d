"""A game's description is read with its errors named, and its watches are read out of memory."""

from pathlib import Path

import numpy as np
import pytest

from runtime.errors import ConfigError, UsageError
from runtime.game import BUILTIN, Watch, check_regions, episode_conditions, find_game, load_game, parse_game
from runtime.watches import WatchReader
from runtime.wire import Region

GOOD = """
[game]
name = "maze"
console = "gba"

[[watch]]
name = "area"
address = 0x02000000
type = "u8"

[[watch]]
name = "player.x"
address = 0x02000001
type = "u8"

[[watch]]
name = "player.y"
address = 0x02000002
type = "u8"

[[watch]]
name = "map"
address = 0x02000010
type = "u16le"
shape = [2, 3]

[[area]]
id = 1
name = "hall"
width = 3
height = 2
exits = [{ x = 0, y = 0, to = "yard", press = "LEFT" }]

[[area]]
id = 2
name = "yard"

[tiles]
watch = "map"
solid = [2]

[[objective]]
name = "open the door"
when = "area == 1 and player.x < 3"
area = "yard"
x = 1
y = 1
press = "A"

[start]
press = "START"
when = "area == 0"

[episode]
success = "area == 2"
failure = "player.x == 9"
"""


def changed(old: str, new: str) -> ConfigError:
    """Return the error of the description with one thing changed."""
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        parse_game(GOOD.replace(old, new, 1), "game.toml")
    return caught.value


def line(text: str) -> int:
    return GOOD[: GOOD.index(text)].count("\n") + 1


def test_a_good_description_is_read() -> None:
    game = parse_game(GOOD, "game.toml")
    assert game.console.name == "gba"
    assert game.navigable
    assert game.area_named("yard").id == 2
    assert game.area_of_id(1) == game.area_named("hall")
    assert game.area_of_id(7) is None
    assert {watch.name: watch.size for watch in game.watch}["map"] == 12


def test_an_objective_belongs_to_the_main_story_unless_it_says_otherwise() -> None:
    plain = parse_game(GOOD, "game.toml").objective[0]
    assert (plain.type, plain.quest, plain.needs, plain.urgent) == ("main_story", "", "", False)
    more = 'press = "A"\nquest = "the-door"\ntype = "side_quest"\nneeds = "area > 0"'
    errand = parse_game(GOOD.replace('press = "A"', more), "game.toml").objective[0]
    assert (errand.type, errand.quest, errand.needs) == ("side_quest", "the-door", "area > 0")


@pytest.mark.parametrize("lacking", ['name = "player.x"', 'name = "area"', "[tiles]", "[[area]]"])
def test_a_description_without_a_map_or_a_player_is_not_navigable(lacking: str) -> None:
    text = GOOD[: GOOD.index("[[area]]")] + GOOD[GOOD.index("[tiles]") : GOOD.index("[[objective]]")]
    if lacking == "[[area]]":
        assert not parse_game(text, "game.toml").navigable
        return
    text = GOOD[: GOOD.index("[[objective]]")]
    text = text[: text.index("[tiles]")] if lacking == "[tiles]" else text.replace(lacking, 'name = "other"')
    assert not parse_game(text, "game.toml").navigable


CASES = {
    "unknown console": (
        'console = "gba"',
        'console = "n64"',
        "game.console",
        "'n64' is unknown; known are gba, gb, gbc",
    ),
    "unknown type": ('type = "u16le"', 'type = "u16"', "watch[3].type", "'u16' is unknown; known are u8, s8, u16le"),
    "a watch twice": ('name = "player.y"', 'name = "player.x"', "watch[2].name", "'player.x' is given twice"),
    "unknown button of an objective": (
        'press = "A"',
        'press = "X"',
        "objective[0].press",
        "'X' is no button; there are A, B, L",
    ),
    "unknown button of a press": ('press = "START"', 'press = "start"', "start.press", "'start' is no button"),
    "unknown button of an exit": ('press = "LEFT"', 'press = "WEST"', "area[0].exits", "'WEST' is no button"),
    "unknown area of an exit": (
        'to = "yard"',
        'to = "garden"',
        "area[0].exits",
        "there is no area 'garden'; there are hall, yard",
    ),
    "unknown area of an objective": (
        'area = "yard"',
        'area = "attic"',
        "objective[0].area",
        "there is no area 'attic'",
    ),
    "unknown watch of the tiles": ('watch = "map"', 'watch = "tiles"', "tiles.watch", "there is no watch 'tiles'"),
    "unknown name in a condition": (
        'when = "area == 0"',
        'when = "mode == 0"',
        "start.when",
        "uses mode; known are area",
    ),
    "no condition": ('success = "area == 2"', 'success = "area = 2"', "episode.success", "cannot be read"),
    "no condition of an objective": (
        'when = "area == 1 and',
        'when = "area == 1 und',
        "objective[0].when",
        "cannot be read",
    ),
    "no condition of what an objective needs": (
        'press = "A"',
        'press = "A"\nneeds = "keys > 0"',
        "objective[0].needs",
        "uses keys; known are area",
    ),
    "unknown type of a quest": (
        'press = "A"',
        'press = "A"\ntype = "errand"',
        "objective[0].type",
        "'errand' is unknown; known are main_story, skill_improvement, side_quest, collection, exploration",
    ),
    "no slug": (
        'press = "A"',
        'press = "A"\nquest = "The Door"',
        "objective[0].quest",
        "'The Door' must be lower-case words joined by '-'",
    ),
    "unknown direction of a ledge": (
        "solid = [2]",
        "solid = [2]\none_way = { SOUTH = [3] }",
        "tiles.one_way",
        "'SOUTH' is no button",
    ),
    "neither address nor pointer": (
        "address = 0x02000001",
        "meaning = 'nowhere'",
        "watch[1].address",
        "a watch needs an address, or a pointer and an offset",
    ),
    "address and pointer": (
        "address = 0x02000001",
        "address = 0x02000001\npointer = 0x03000000\noffset = 0",
        "watch[1].pointer",
        "a watch has an address or a pointer, not both",
    ),
    "pointer without offset": (
        "address = 0x02000001",
        "pointer = 0x03000000",
        "watch[1].pointer",
        "a pointer needs an offset",
    ),
    "offset without pointer": (
        "address = 0x02000001",
        "address = 0x02000001\noffset = 4",
        "watch[1].offset",
        "an offset needs a pointer",
    ),
    "key without offset": (
        "address = 0x02000001",
        "address = 0x02000001\nxor_pointer = 0x03000000",
        "watch[1].xor_pointer",
        "a xor_pointer needs an xor_offset",
    ),
    "mask wider than the type": (
        "address = 0x02000001",
        "address = 0x02000001\nmask = 0x100",
        "watch[1].mask",
        "0x100 has bits that u8 lacks",
    ),
    "mask of an array": (
        "address = 0x02000010",
        "address = 0x02000010\nmask = 1",
        "watch[3].mask",
        "is for a single value of an unsigned type",
    ),
    "decimal digits as an array": ('type = "u16le"', 'type = "bcd3"', "watch[3].shape", "bcd3 is for a single value"),
    "no SHA-1": (
        'console = "gba"',
        'console = "gba"\nsha1 = ["F3AE"]',
        "game.sha1",
        "'F3AE' is no SHA-1: 40 lower-case hexadecimal digits",
    ),
    "unknown key": (
        "id = 1\n",
        "id = 1\nsize = 3\n",
        "area[0].size",
        "allowed here are id, name, width, height, exits",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_named_with_line_and_key(name: str) -> None:
    old, new, key, problem = CASES[name]
    error = changed(old, new)
    assert error.key == key
    assert problem in error.problem
    assert error.line == line_of_key(GOOD.replace(old, new, 1), line(old), key.rpartition(".")[2])
    assert error.file == "game.toml"


def line_of_key(text: str, first: int, key: str) -> int:
    """Return the line of a key from line `first` on; of a key that is not written, that of its table."""
    lines = text.splitlines()
    for number in range(first, len(lines) + 1):
        if not lines[number - 1].strip() and number > first:
            break
        if lines[number - 1].startswith(f"{key} ="):
            return number
    return max(number for number in range(1, first) if lines[number - 1].startswith("["))


def test_pointers_are_followed_on_the_gba_only() -> None:
    text = GOOD.replace('console = "gba"', 'console = "gb"')
    with pytest.raises(ConfigError, match="pointers are followed on gba only") as caught:
        parse_game(text.replace("address = 0x02000001", "pointer = 0xC000\noffset = 0"), "game.toml")
    assert caught.value.key == "watch[1].pointer"


def test_a_missing_key_is_named() -> None:
    error = changed('name = "maze"\n', "")
    assert (error.line, error.key) == (2, "game")
    assert "'name' is missing" in error.problem


def test_the_built_in_game_is_found_by_name_folder_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    built_in = BUILTIN / "emberwood"
    assert find_game("emberwood") == find_game(str(built_in)) == find_game(str(built_in / "game.toml"))
    assert load_game(find_game("emberwood")).navigable


def test_an_unknown_game_is_named_with_the_built_in_ones() -> None:
    with pytest.raises(UsageError, match=r"no game 'tetris': neither a game\.toml nor a built-in game \(.*emberwood, "):
        find_game("tetris")


def test_a_missing_description_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_game(tmp_path / "game.toml")


REGIONS = (Region("odd", 0x0100_0000, 13), Region("ewram", 0x0200_0000, 0x40))


def test_watches_inside_the_published_memory_are_taken() -> None:
    check_regions(parse_game(GOOD, "game.toml"), REGIONS, "game.toml")


@pytest.mark.parametrize("address", ["0x01FFFFFF", "0x02000035", "0x08000000"])
def test_a_watch_outside_the_published_memory_is_named_with_the_regions(address: str) -> None:
    game = parse_game(GOOD.replace("0x02000010", address), "game.toml")
    with pytest.raises(
        ConfigError, match="is outside the published memory: odd 0x01000000-0x0100000C, ewram"
    ) as caught:
        check_regions(game, REGIONS, "game.toml")
    assert caught.value.key == "watch 'map'"


#: type: bytes at the address, value
TYPED: dict[str, tuple[bytes, int]] = {
    "u8": (b"\xfe", 254),
    "s8": (b"\xfe", -2),
    "u16le": (b"\x34\x12", 0x1234),
    "s16le": (b"\xfe\xff", -2),
    "u16be": (b"\x12\x34", 0x1234),
    "s16be": (b"\xff\xfe", -2),
    "u32le": (b"\x78\x56\x34\xf2", 0xF234_5678),
    "s32le": (b"\xfe\xff\xff\xff", -2),
    "u32be": (b"\xf2\x34\x56\x78", 0xF234_5678),
    "s32be": (b"\xff\xff\xff\xfe", -2),
}


@pytest.mark.parametrize("kind", TYPED)
def test_every_type_is_read_at_an_odd_address_of_the_second_region(kind: str) -> None:
    data, value = TYPED[kind]
    image = np.zeros(16 + 0x40, dtype=np.uint8)  # the first region is padded to 16 bytes
    image[16 + 5 : 16 + 5 + len(data)] = list(data)
    scalar = Watch(name="v", address=0x0200_0005, type=kind)
    grid = Watch(name="g", address=0x0200_0005, type=kind, shape=(2, 2))
    reader = WatchReader((scalar, grid), REGIONS)
    assert reader.values(image) == {"v": value}
    array = reader.array(image, "g")
    assert array.shape == (2, 2)
    assert array[0, 0] == value
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_an_unknown_array_watch_is_named_with_those_there_are() -> None:
    reader = WatchReader(parse_game(GOOD, "game.toml").watch, REGIONS)
    with pytest.raises(UsageError, match="no array watch 'area'; there are map"):
        reader.array(np.zeros(80, dtype=np.uint8), "area")


def test_episode_conditions_are_those_that_are_given() -> None:
    rules = episode_conditions(parse_game(GOOD, "game.toml"))
    assert set(rules) == {"success", "failure"}
    assert rules["success"]({"area": 2})
    assert not rules["failure"]({"area": 2, "player.x": 1})
    assert episode_conditions(parse_game(GOOD.split("[episode]", maxsplit=1)[0], "game.toml")) == {}
