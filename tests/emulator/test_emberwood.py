"""Emberwood can be played from power-on to its ending, and memory says truly what goes on."""

from collections.abc import Iterator

import pytest

from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES
from runtime.game import BUILTIN, Objective, episode_conditions, load_game
from runtime.vocabulary import CONTEXTS, SCENES
from tests.emulator.cartridge_diary import Diary, begin, look_into_menus, traps
from tests.emulator.cartridge_player import Player, Walker

GAME_TOML = BUILTIN / "emberwood" / "game.toml"

#: A game that has not ended by then never will; the story takes about 7,000, with all side quests 17,000.
MOST_FRAMES = 60_000

#: Cells of the forest road: before the tall grass, and behind it.
BEFORE_GRASS, BEHIND_GRASS = (3, 8), (8, 8)

#: A cell of brambles on the same road.
BRAMBLES = (10, 8)

#: Cells of the pass on both sides of a ledge.
ABOVE_LEDGE, BELOW_LEDGE = (9, 5), (11, 5)


@pytest.fixture
def player() -> Iterator[Player]:
    playing = Player(find_core(CONSOLES["gba"]), GAME_TOML)
    yield playing
    playing.backend.close()


def story() -> list[Objective]:
    return [step for step in load_game(GAME_TOML).objective if step.type == "main_story" and not step.urgent]


def talk(walker: Walker, area: str, x: int, y: int, *, across: bool = False) -> None:
    """Act on a cell and read what is said, until a list opens or one can walk again."""
    walker.act(area, x, y, across=across)
    while walker.player.mode in ("dialogue", "cutscene"):
        walker.player.tap("A")


def buy_potions(walker: Walker, most: int) -> None:
    talk(walker, "store", 7, 2, across=True)
    assert walker.player.mode == "shop"
    while walker.player["player.gold"] >= 8 and walker.player["item.potion"] < most:
        walker.choose(0)
    walker.settle()


def pursue(walker: Walker, step: Objective) -> None:
    """Do a step of the main story."""
    before = walker.player["quest.stage"]
    for _ in range(12):
        walker.act(step.area, step.x, step.y)
        walker.settle()
        if walker.player["quest.stage"] != before or walker.player.mode == "game over":
            return
    raise AssertionError(f"could not {step.name}")


def meet_a_beast(walker: Walker) -> None:
    """Walk to and fro in the forest's tall grass until something attacks, and get to the first choice."""
    walker.go("forest")
    while walker.player.mode == "world":
        walker.walk_to({BEFORE_GRASS})
        walker.walk_to({BEHIND_GRASS})
    while walker.player["menu.kind"] != 6:
        walker.player.tap("A")


# --- the whole game --------------------------------------------------------------------------------------------------


def test_the_story_and_all_side_quests_can_be_played_from_power_on(player: Player) -> None:
    player.hold("", 60)
    diary = Diary(player)
    walker = begin(player)
    look_into_menus(player, walker)
    buy_potions(walker, 9)
    talk(walker, "village", 20, 7)
    look_at_battle_items(walker)
    for number, step in enumerate(story()):
        assert player["quest.stage"] == player["objective"] == number
        if step.area == "mirlake":
            side_quests_begin(walker)
        if step.area == "pass":
            side_quests_end(walker)
        if step.name == "beat the thorn king":
            talk(walker, "throne", 4, 11)
            assert player["player.hp"] == player["player.max_hp"]
        if number + 1 < len(story()):
            pursue(walker, step)
        else:
            walker.act(step.area, step.x, step.y)
    while player.mode != "ending":
        player.tap("A")
        assert player.frames < MOST_FRAMES
    outcome(player, "success")
    assert player["side.done"] == player["side.taken"] == 0b11111
    assert {n for n in range(32) if player["areas.seen"] >> n & 1} == {area.id for area in player.game.area}
    assert diary.contexts == set(CONTEXTS) - {"game_over"}
    assert diary.scenes == set(SCENES) - {"game_over"}
    for area in player.game.area:
        tiles = diary.maps[area.name]
        assert not traps(tiles, area, player.game), f"one gets stuck in {area.name}"
        for way in area.exits:
            assert int(tiles[way.y, way.x]) in ({1, 5} if way.press else {5, 15}), f"{way} of {area.name}"


def look_at_battle_items(walker: Walker) -> None:
    """Open the list of things in a battle, go back, and win it."""
    meet_a_beast(walker)
    walker.choose(1)
    assert (walker.player.context, walker.player.scene) == ("battle", "battle_item")
    walker.player.tap("B")
    assert walker.player.scene == "battle_main"
    walker.settle()


def side_quests_begin(walker: Walker) -> None:
    """On the first way south: the thread lying about, the ring, and everybody who asks for something."""
    talk(walker, "house", 9, 4)
    for area, x, y in (("forest", 9, 15), ("grove", 6, 3), ("grove", 17, 11), ("road", 18, 21)):
        talk(walker, area, x, y)
    assert (walker.player["item.thread"], walker.player["item.ring"]) == (3, 1)
    talk(walker, "mirlake", 20, 11)
    talk(walker, "hut", 6, 4)
    assert walker.player["done.ring"] == 1
    talk(walker, "inn", 7, 2, across=True)
    assert walker.player.mode == "shop", "a bed is bought"
    walker.player.hold("", 2)
    hp, gold = walker.player["player.hp"], walker.player["player.gold"]
    walker.choose(0)
    assert walker.player["player.gold"] == gold - 6
    assert walker.player["player.hp"] == walker.player["player.max_hp"] >= hp
    walker.settle()
    walker.act("mirlake", 22, 9)
    assert "locked" in walker.player.text(), "the mill is locked before the warden gives its key"
    walker.settle()


def side_quests_end(walker: Walker) -> None:
    """On the way back north: what was asked for is brought, and six battles have been won."""
    player = walker.player
    talk(walker, "mirlake", 20, 11)
    assert player["done.map"] == 0
    talk(walker, "house", 9, 4)
    talk(walker, "house", 9, 4)
    assert (player["done.letter"], player["done.threads"], player["item.cloak"]) == (1, 1, 1)
    while player["battles.won"] < 6:
        meet_a_beast(walker)
        walker.settle()
    talk(walker, "village", 20, 7)
    assert (player["done.hunt"], player["item.sword"]) == (1, 1)
    for area in ("pass", "mirlake"):
        walker.go(area)
    talk(walker, "mirlake", 20, 11)
    assert player["done.map"] == 1


def outcome(player: Player, expected: str) -> None:
    """Check that the episode's conditions say so, and only so."""
    state = {name: player[name] for name in ("quest.stage", "player.hp", "mode")}
    assert {name for name, holds in episode_conditions(player.game).items() if holds(state)} == {expected}


def test_whoever_heals_wins_and_whoever_never_does_loses(player: Player) -> None:
    player.hold("", 60)
    state = player.backend.save_state()
    ends = []
    for heals in (True, False):
        player.backend.load_state(state)
        player.tap("START")
        walker = Walker(player, drinks=heals, flees=heals)
        walker.settle()
        for step in story():
            if heals and step.area in ("forest", "pass"):
                buy_potions(walker, 6)
            if heals and step.name == "beat the thorn king":
                talk(walker, "throne", 4, 11)
            pursue(walker, step)
            if player.mode != "world":
                break
        ends.append(player.mode)
    assert ends == ["ending", "game over"]


# --- one thing each --------------------------------------------------------------------------------------------------


def test_a_saved_game_goes_on_after_the_end(player: Player) -> None:
    player.hold("", 60)
    diary = Diary(player)
    walker = begin(player)
    talk(walker, "village", 10, 6)
    assert player["quest.stage"] == 1
    player.tap("START")
    walker.choose(1)
    assert (player.context, player.scene) == ("menu", "menu_save")
    walker.choose(0)
    assert player.text() == "Your journey is saved."
    walker.settle()
    kept = {name: player[name] for name in ("area", "player.x", "player.y", "quest.stage", "item.potion", "steps")}

    while not (player.area.name == "forest" and walker.walk_to({BRAMBLES})):
        walker.go("forest")
    while player.context != "game_over":
        player.hold("")
        assert player.frames < MOST_FRAMES
    assert player.scene == "game_over"
    outcome(player, "failure")

    player.tap("START")
    player.hold("", 60)
    assert (player.context, player["menu.kind"], player["menu.rows"]) == ("title", 1, 2)
    player.tap("START")
    walker.settle()
    assert {name: player[name] for name in kept} == kept
    assert player["player.hp"] > 0
    assert {"title", "overworld", "game_over", "menu", "transition"} <= diary.contexts


def test_a_ledge_is_hopped_down_and_never_up(player: Player) -> None:
    walker = begin(player)
    while not (player.area.name == "pass" and walker.walk_to({ABOVE_LEDGE})):
        walker.go("pass")
    player.hold("RIGHT", 2)
    player.hold("", 15)
    assert (player.cell, player["player.moving"]) == (BELOW_LEDGE, 0)
    player.hold("LEFT", 20)
    assert player.cell == BELOW_LEDGE
    route = walker.route({ABOVE_LEDGE})
    assert route is not None
    assert len(route) > 4, "the way back leads round"


def test_nobody_walks_through_thorns_before_the_shrine_is_lit(player: Player) -> None:
    walker = begin(player)
    assert walker.route({(11, 17)}) is None
    walker.act("village", 11, 16)
    assert "thorns" in player.text()


def test_one_can_run_from_a_beast_and_it_costs_nothing_but_time(player: Player) -> None:
    walker = begin(player)
    meet_a_beast(walker)
    at = player.cell
    enemy_hp = player["battle.enemy_hp"]
    while player["battle.result"] == 0:
        if player["menu.kind"] == 6:
            walker.choose(2)
        player.hold("")
    assert (player["battle.result"], player["battle.enemy_hp"]) == (3, enemy_hp)
    walker.settle()
    assert (player.mode, player.cell, player["battle.enemy"], player["battles.won"]) == ("world", at, 0, 0)


def test_the_frame_on_which_one_starts_is_the_seed(player: Player) -> None:
    player.hold("", 60)
    state = player.backend.save_state()
    seeds = []
    for delay in (0, 0, 1, 2):
        player.backend.load_state(state)
        player.hold("", delay)
        player.tap("START")
        seeds.append(player["rng"])
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3


def test_numbers_of_contexts_and_scenes_are_the_vocabularys() -> None:
    for name in ("emberwood", "saltmere"):
        watches = {watch.name: watch for watch in load_game(BUILTIN / name / "game.toml").watch}
        for watch, names in (("context", CONTEXTS), ("scene", SCENES)):
            values = watches[watch].values
            assert values == {} or values == {str(number): value for number, value in enumerate(names)}
