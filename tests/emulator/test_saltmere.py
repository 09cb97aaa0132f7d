"""Saltmere can be played from power-on to its ending, tells what is to be done, and keeps its map to itself."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.game import episode_conditions, load_game
from runtime.vocabulary import CONTEXTS, SCENES
from tests.emulator.cartridge_diary import Diary, begin, look_into_menus, traps
from tests.emulator.cartridge_player import Player, Walker

GAMES = Path(__file__).parents[2] / "runtime" / "games"
SALTMERE = GAMES / "saltmere"
#: A game that has not ended by then never will; the whole of it takes about 15,000.
MOST_FRAMES = 60_000

TRUE_MAP = Path(__file__).parent / "saltmere_map.toml"

#: The main story: where one acts, and words of what was said or written before that send one there.
STORY = [
    ("harbour", 16, 11, "Somebody has to help."),
    ("lighthouse", 8, 3, "Talk to the keeper in the lighthouse."),
    ("sea_cave", 5, 2, "Bring me the lamp oil from the sea cave."),
    ("lighthouse", 8, 3, "You took the lamp oil! The keeper waits for it."),
    ("hut", 7, 3, "Talk to Wren in Reedham."),
    ("reedham", 6, 15, "The boathouse is locked. This brass key opens the boathouse."),
    ("boathouse", 7, 2, "Find the iron key in the boathouse here in Reedham."),
    ("bay", 21, 9, "The iron key opens the gate in the bay."),
    ("hold", 17, 2, "He went through the iron gate in the bay, down to his ship."),
    ("cabin", 7, 5, "The lens? A drowned man, a captain, has it."),
    ("lamp_room", 7, 4, "Take the great lens to the lamp in the lighthouse!"),
]

#: What is done on the way, in each place before its step of the story: area, cell, whether across a counter.
BESIDE = {
    "harbour": [
        ("harbour", 18, 7, False),
        ("harbour", 10, 20, False),
        ("store", 7, 2, True),
        ("cottage", 10, 3, False),
    ],
    "sea_cave": [("strand", 6, 11, False), ("strand", 13, 14, False), ("strand", 27, 12, False)],
    "hut": [("marsh", 4, 21, False), ("ferry_house", 5, 4, False), ("office", 5, 3, False), ("inn", 6, 2, True)],
    "lamp_room": [("harbour", 18, 7, False), ("harbour", 10, 20, False), ("cottage", 10, 3, False)],
}


@pytest.fixture
def player() -> Iterator[Player]:
    playing = Player(find_core(CONSOLES["gba"]), SALTMERE / "game.toml", TRUE_MAP)
    yield playing
    playing.backend.close()


def win_battles(player: Player, walker: Walker, count: int) -> None:
    """Walk through tall grass until so many have been won."""
    while player["battles.won"] < count:
        for cell in ((13, 8), (10, 8)):
            walker.go("strand")
            walker.walk_to({cell})
            walker.settle()


def test_the_main_story_and_all_side_quests_can_be_played_from_power_on(player: Player) -> None:
    player.hold("", 60)
    diary = Diary(player)
    walker = begin(player)
    look_into_menus(player, walker)
    assert player["quest.stage"] == 0
    for area, x, y, told in STORY:
        assert told in diary.words, f"nobody said {told!r} before {area}"
        if area == "lamp_room":
            win_battles(player, walker, 5)
        for place, at_x, at_y, across in BESIDE.get(area, []):
            walker.act(place, at_x, at_y, across=across)
            walker.settle()
        walker.act(area, x, y)
        if area != "lamp_room":
            walker.settle()
    outcomes = episode_conditions(player.game)
    watched = ("quest.stage", "player.hp", "mode")
    while player.mode != "ending":
        player.tap("A")
        assert player.frames < MOST_FRAMES
    state = {name: player[name] for name in watched}
    assert outcomes["success"](state)
    assert not outcomes["failure"](state)
    assert player["side.done"] == player["side.taken"] == 0b1111
    assert {n for n in range(32) if player["areas.seen"] >> n & 1} == {area.id for area in player.game.area}
    assert diary.contexts == set(CONTEXTS) - {"game_over"}
    assert diary.scenes >= set(SCENES) - {"game_over", "battle_item"}
    for seen in player.game.area:
        assert not traps(diary.maps[seen.name], seen, player.game), f"one gets stuck in {seen.name}"


def test_who_finds_the_oil_before_being_asked_need_not_go_twice(player: Player) -> None:
    walker = begin(player)
    for area, x, y in (("sea_cave", 5, 2), ("harbour", 16, 11), ("lighthouse", 8, 3)):
        walker.act(area, x, y)
        walker.settle()
    assert player["item.oil"] == 0
    assert player["quest.stage"] == 4


def test_standing_in_urchins_ends_the_game(player: Player) -> None:
    walker = begin(player)
    walker.go("strand")
    walker.walk_to({(8, 10)})
    player.hold("RIGHT", 8)
    while player.context != "game_over":
        player.hold("")
        assert player.frames < MOST_FRAMES
    state = {name: player[name] for name in ("quest.stage", "player.hp", "mode")}
    assert episode_conditions(player.game)["failure"](state)
    assert player.scene == "game_over"
    player.tap("START")
    player.hold("", 60)
    assert (player.context, player["quest.stage"]) == ("title", 0)


def test_the_description_gives_away_no_map() -> None:
    text = (SALTMERE / "game.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(text)) == {"game", "watch", "start", "dialogue", "episode"}
    source = (SALTMERE / "src" / "areas.c").read_text(encoding="ascii")
    places = set(re.findall(r"\[AREA_(\w+)\]", source)) | set(re.findall(r'\{"([A-Z ]+)", \w+_rows', source))
    people = set(re.findall(r"\[PERSON_(\w+)\]", source))
    enemies = set(re.findall(r"\[ENEMY_(\w+)\]", (SALTMERE / "src" / "items.c").read_text(encoding="ascii"))) - {"NONE"}
    words = set(re.findall(r"[a-z]+", text.removeprefix(text.split("[game]")[0]).lower()))
    told = {name for name in places | people | enemies if name.lower() in words}
    assert told == {"SALTMERE", "SCENE", "STORE"}, "the title, the watch and a word of the vocabulary, nothing else"


def test_watches_are_called_as_on_the_first_cartridge_and_lie_elsewhere() -> None:
    ours, first = (
        {watch.name: watch for watch in load_game(GAMES / name / "game.toml").watch}
        for name in ("saltmere", "emberwood")
    )
    own = {name for name in ours if name not in first}
    assert all(name.startswith("item.") for name in own)
    missing = {name for name in first if name not in ours}
    assert {"context", "scene", "map.tiles", "player.x", "camera.x", "dialogue.text", "main.stage"} <= set(ours)
    assert not any(name.startswith(("player.", "battle.", "menu.", "dialogue.", "map.")) for name in missing)
    assert [name for name in ours if name in first and ours[name].address == first[name].address] == []


def test_cells_have_the_first_cartridges_names_and_other_pictures() -> None:
    headers = [(GAMES / name / "src" / "art.h").read_text(encoding="ascii") for name in ("saltmere", "emberwood")]
    names = [set(re.findall(r"\b(?:META|BLOB)_(?!SECOND)\w+", header)) for header in headers]
    assert names[0] == names[1]
    colours, tiles = zip(
        *(pictures_of(GAMES / name / "src" / "art.c") for name in ("saltmere", "emberwood")), strict=True
    )
    looks = [{colours[i][tile].tobytes() for tile in tiles[i]} for i in range(2)]
    shapes = [{tuple(np.unique(tile, return_inverse=True)[1].tolist()) for tile in tiles[i]} for i in range(2)]
    assert len(looks[0] & looks[1]) < 0.02 * len(looks[0]), "tiles look the same"
    assert 0.02 < len(shapes[0] & shapes[1]) / len(shapes[0]) < 0.4, "some shapes are common, most are not"


def pictures_of(
    source: Path,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint16]], list[np.ndarray[tuple[int], np.dtype[np.uint8]]]]:
    """Return the palette (256,) and the tiles (64,) of an art.c."""

    def array(name: str) -> list[int]:
        body = re.search(rf"{name}\[\d+\] = \{{(.*?)\}};", source.read_text(encoding="ascii"), re.DOTALL)
        assert body is not None
        return [int(word, 16) for word in re.findall("0x[0-9a-f]+", body[1])]

    tiles = np.array(array("art_tiles"), dtype=np.uint8).reshape(-1, 64)
    return np.array(array("art_palette"), dtype=np.uint16), list(tiles)
