"""Every rule of the shipped table fires in the situation it is for; a table of one's own is checked line by line."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import pytest

from agents.reflex import Reflex, source_of
from agents.reflex.emergencies import LASTS_FRAMES, RESTS_FRAMES
from agents.reflex.matcher import FastPatternMatcher
from agents.reflex.responses import RESPONSES
from agents.reflex.rules import SHIPPED, Rule, load_rules
from runtime.errors import ConfigError
from runtime.wire import Fact
from tests.reflex_source import DOWN, UP, Player, plan, tile

RULES = load_rules(SHIPPED, frozenset(RESPONSES))
WALL, PATH, NPC = "obstacle_wall", "walkable_path", "interactive_npc"


def around(north: str = PATH, east: str = PATH, south: str = PATH, west: str = PATH) -> list[Fact]:
    """Return facts of the four cells around (5, 5)."""
    places = ((5, 4), (6, 5), (5, 6), (4, 5))
    kinds = (north, east, south, west)
    return [tile(*place, kind) for place, kind in zip(places, kinds, strict=True) if kind]


def enemy(x: int, y: int) -> Fact:
    return Fact("NPC", f"npc:1:{x}:{y}", {"hostile": True})


def item(x: int, y: int, area: int = 1) -> Fact:
    return Fact("Item", f"item:{area}:{x}:{y}", {})


def pressed(facts: Iterable[Fact], frames: int, hp: int = 10, facing: int = DOWN) -> tuple[str, tuple[str, ...]]:
    """Return the reason and the buttons after some frames without a plan."""
    player = Player()
    player.state |= {"player.hp": hp, "player.facing": facing}
    player.see(facts)
    press = player.run(frames)[-1]
    return press.reason, press.buttons


@pytest.mark.parametrize(
    ("facts", "frames", "hp", "reason", "buttons"),
    [
        ([*around(), enemy(5, 6)], 2, 5, "emergency: enemy beside, weak → flee", ("UP",)),
        ([*around(), enemy(5, 7)], 2, 3, "emergency: enemy near, weak → flee", ("UP",)),
        ([*around(), enemy(5, 6)], 2, 9, "pattern: enemy_nearby → flee_or_fight", ("A",)),
        ([*around(), enemy(6, 5)], 2, 9, "pattern: enemy_nearby → flee_or_fight", ("RIGHT",)),
        ([*around(), enemy(5, 7)], 2, 9, "pattern: enemy_nearby → flee_or_fight", ()),
        (around(south=NPC), 32, 9, "pattern: interactive_object → interact", ("A",)),
        ([*around(), item(8, 5)], 35, 9, "pattern: item_detected → move_to_item", ("RIGHT",)),
        ([*around(), item(5, 6)], 32, 9, "pattern: item_detected → move_to_item", ("A",)),
        (around(PATH, WALL, WALL, WALL), 35, 9, "pattern: dead_end → backtrack", ("UP",)),
        (around(south=WALL), 35, 9, "pattern: obstacle_ahead → find_alternate_path", ("LEFT",)),
        (around(WALL, "", WALL, WALL), 35, 9, "pattern: obstacle_ahead → turn_around", ("UP",)),
        (around(), 35, 9, "pattern: safe_open_area → systematic_exploration", ("UP",)),
        ([], 96, 9, "pattern: unknown_area → move_cautiously_forward", ("DOWN",)),
    ],
)
def test_a_rule_fires(facts: list[Fact], frames: int, hp: int, reason: str, buttons: tuple[str, ...]) -> None:
    assert pressed(facts, frames, hp) == (reason, buttons)


def hurt_standing(player: Player, frames: int) -> None:
    """Lose health on entering a cell, and again after some frames."""
    player.state["player.hp"] = 9
    player.run(frames)
    player.state["player.hp"] = 8


def test_who_loses_health_standing_leaves() -> None:
    player = Player()
    player.plan = plan("p", (5, 5), press=("DOWN", "A"))
    player.see(around(WALL, PATH, WALL, WALL))
    hurt_standing(player, 29)
    press = player.see()
    assert (press.reason, press.buttons) == ("emergency: standing in harm → leave", ("RIGHT",))


def test_an_emergency_does_not_rule_for_ever() -> None:
    player = Player()
    player.plan = plan("p", (5, 5), press=("DOWN", "A"))
    player.see(around(WALL, WALL, WALL, WALL))
    hurt_standing(player, 29)
    sources = [source_of(press.reason) for press in player.run(600)]
    runs = [(source, len(list(same))) for source, same in groupby(sources)]
    assert runs[:3] == [("emergency", LASTS_FRAMES + 1), ("plan", RESTS_FRAMES - 1), ("emergency", LASTS_FRAMES + 1)]


def test_every_class_of_the_requirements_is_there() -> None:
    named = {rule.name for rule in RULES.pattern}
    assert {"obstacle_ahead", "enemy_nearby", "item_detected", "wall_collision"} <= named  # C4.7
    assert {"unknown_area", "dead_end", "interactive_object", "safe_open_area"} <= named  # C9.1, C9.2
    assert [rule.do for rule in RULES.explore] == [
        "turn_around",
        "move_forward",
        "interact",
        "explore_randomly",
    ]  # C9.3


def test_a_critical_emergency_interrupts_a_plan_another_does_not() -> None:
    player = Player()
    player.plan = plan("p", strategy="heal", actions="<btn_A><btn_A>")
    player.run(2)
    player.state["player.hp"] = 3
    assert player.see([enemy(5, 7)]).reason == "plan: go"
    assert player.see([Fact("NPC", "npc:1:5:7", {"hostile": True, "at_x": 5, "at_y": 6})]).reason.startswith(
        "emergency"
    )
    assert player.told("plan.") == [("plan.stopped", {"plan_id": "p", "step": 1, "why": "emergency"})]


def test_what_was_pressed_at_long_enough_counts_as_an_obstacle() -> None:
    assert pressed(around(south=NPC), 60)[0] == "pattern: obstacle_ahead → find_alternate_path"


def test_items_of_other_areas_and_those_taken_are_none() -> None:
    taken = Fact("Item", "item:1:6:5", {"taken": True})
    assert "item" not in pressed([*around(), item(6, 5, area=2), taken], 35)[0]


def test_people_who_left_are_no_enemies() -> None:
    assert "enemy" not in pressed([*around(), Fact("NPC", "npc:1:5:6", {"hostile": True, "gone": True})], 2)[0]


def test_unseen_ground_is_preferred_to_where_we_have_been() -> None:
    player = Player()
    player.see(around())
    for y in (4, 5):
        player.state["player.y"] = y
        player.see()
    assert player.run(40)[-1].buttons != ("UP",)


def test_many_facts_are_taken_in_over_several_frames() -> None:
    player = Player()
    player.state["player.facing"] = UP
    far = [tile(x, y, PATH, area=7) for x in range(40) for y in range(10)]
    player.see([*far, *around(WALL, "", WALL, WALL)])
    assert player.run(3)[-1].buttons == ()
    assert player.run(35)[-1].reason == "pattern: obstacle_ahead → turn_around"


def test_the_first_rule_that_fits_is_taken() -> None:
    rules = [
        Rule(name="late", when="x > 0", do="wait", after=10),
        Rule(name="first", when="x > 0", do="wait"),
        Rule(name="critical", when="x > 0", do="wait", critical=True),
    ]
    matcher = FastPatternMatcher(rules)
    for values, missed, critical, name in (
        ({"x": 1}, 0, False, "first"),
        ({"x": 1}, 10, False, "late"),
        ({"x": 1}, 10, True, "critical"),
    ):
        rule = matcher.classify(values, missed, critical=critical)
        assert rule is not None
        assert rule.name == name
    assert matcher.classify({"x": 0}, 10) is None
    assert matcher.classify({}, 10) is None


def test_a_table_of_ones_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[[pattern]]\nname = "dance"\nwhen = "now.missed >= 3"\ndo = "explore_randomly"\n')
    player = Player(Reflex(rules=path, seed=2))
    assert player.run(6)[-1].reason == "pattern: dance → explore_randomly"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[pattern]]\nname = "a"\nwhen = "x"\ndo = "fly"', r"mine.toml:4.*'fly' is unknown; there are .*turn_around"),
        ('[[emergency]]\nname = "a"\nwhen = "x +"\ndo = "wait"', r"mine.toml:3.*cannot be read"),
        ('[[pattern]]\nname = "a"\nwhen = "x"\ndo = "wait"\nafterwards = 3', r"mine.toml:5.*unknown key"),
        ("idle = 3", "mine.toml"),
    ],
)
def test_a_bad_table_is_told(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=problem):
        Reflex(rules=path)


def test_a_missing_table_is_told() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Reflex(rules=Path("/nowhere.toml"))
