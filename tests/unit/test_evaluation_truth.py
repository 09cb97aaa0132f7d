"""The true map: what can be entered, shortest ways around hazards and over ledges, and ways that were walked."""

import numpy as np
import pytest
from numpy.typing import NDArray

from agents.evaluation.moments import Moments, Place
from agents.evaluation.travels import STUCK_FRAMES, Travels
from agents.evaluation.truth import Arrays, Cell, TrueMap
from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.game import Game, parse_game

GAME_TOML = """
[game]
name = "maze"
console = "gba"

[[watch]]
name = "map.tiles"
address = 0x02001000
type = "u8"
shape = [6, 8]
values = { 0 = "ground", 1 = "wall", 2 = "bramble", 3 = "ledge down", 4 = "Shop_counter", 5 = "item" }

[[watch]]
name = "map.width"
address = 0x02000F00
type = "u8"

[[watch]]
name = "map.height"
address = 0x02000F01
type = "u8"
"""

#: Ground, wall, bramble, ledge down, counter, item.
KINDS = ".#~vci"

MAZE = ["......#.", ".####.#.", ".#.~..#.", ".#vv.##.", ".......c", ".......i"]


def true_map(rows: list[str], toml: str = GAME_TOML, width: int = 8, height: int = 6) -> TrueMap:
    game = parse_game(toml, "game.toml")
    backend = Blank()
    ewram = backend.memory()["ewram"]
    ewram[0x1000 : 0x1000 + 48] = [KINDS.index(kind) for row in rows for kind in row]
    seen = TrueMap(game, Arrays(backend, game))
    seen.look(1, {"map.width": width, "map.height": height})
    return seen


class Blank(ScriptedBackend):
    """A scripted emulator whose memory a test writes."""

    def __init__(self) -> None:
        super().__init__()
        self._own = {name: part.copy() for name, part in super().memory().items()}

    def memory(self) -> dict[str, NDArray[np.uint8]]:
        return self._own


@pytest.mark.parametrize(
    ("start", "goal", "steps"),
    [
        ((0, 0), (5, 0), 5),
        ((0, 0), (0, 5), 5),
        ((5, 0), (2, 2), 5),  # 5,0 5,1 5,2 4,2 3,2 2,2: through the bramble, for there is no other way
        ((2, 2), (2, 4), 2),  # down over the ledge
        ((2, 4), (2, 2), 6),  # and not up over it: by 3,4 4,4 4,3 4,2 3,2
        ((0, 0), (7, 0), None),
        ((0, 0), (7, 5), None),  # an item lies in the way of nobody but itself
        ((0, 0), (9, 9), None),
    ],
)
def test_the_shortest_way_is_around_walls_and_over_ledges_in_their_direction(
    start: Cell, goal: Cell, steps: int | None
) -> None:
    maze = true_map(MAZE)
    assert maze.shortest(1, start, goal) == steps


def test_a_hazard_is_walked_around_where_that_is_possible_and_costs_nothing_where_not() -> None:
    rows = ["........", ".~~~~~~.", "........", "########", "########", "########"]
    maze = true_map(rows)
    assert maze.shortest(1, (3, 0), (3, 2)) == 3 + 2 + 3
    shut = ["........", "~~~~~~~~", "........", "########", "########", "########"]
    assert true_map(shut).shortest(1, (3, 0), (3, 2)) == 2


def test_the_table_tiles_says_what_is_solid_where_there_is_one() -> None:
    tiles = '[tiles]\nwatch = "map.tiles"\nsolid = [2]\nhazard = []\n'
    maze = true_map(["########"] * 6, GAME_TOML + tiles)
    assert maze.shortest(1, (0, 0), (7, 5)) == 12


def test_what_can_be_reached_ends_at_the_areas_edge() -> None:
    maze = true_map(["........"] * 6, width=3, height=2)
    assert maze.reachable(1, {(0, 0)}) == {(x, y) for x in range(3) for y in range(2)}
    assert maze.kind(1, (2, 1)) == "ground"
    assert maze.kind(1, (3, 1)) == maze.kind(2, (0, 0)) == ""


def test_a_game_without_the_watch_has_no_true_map() -> None:
    game = parse_game('[game]\nname = "none"\nconsole = "gba"\n', "game.toml")
    seen = TrueMap(game, Arrays(ScriptedBackend(), game))
    seen.look(1, {})
    assert not seen.there
    assert seen.shortest(1, (0, 0), (1, 0)) is None


# --- ways walked -----------------------------------------------------------------------------------------------------


def plan(x: int, y: int, area: int = 1, plan_id: str = "t-1") -> wire.Plan:
    way = (wire.Waypoint(0, 0), wire.Waypoint(x, y))
    return wire.Plan(actor="t", frame_index=0, sent_ns=0, plan_id=plan_id, goal="", area=area, waypoints=way)


def straight(_: int, start: Cell, goal: Cell) -> int:
    return abs(start[0] - goal[0]) + abs(start[1] - goal[1])


def walked(travels: Travels, cells: list[Cell], aim: wire.Plan | None, area: int = 1) -> None:
    for x, y in cells:
        travels.walks(Place(area, x, y), aim)


def test_a_leg_is_judged_when_its_end_is_reached() -> None:
    travels = Travels(straight)
    walked(travels, [(0, 0), (0, 1), (1, 1), (2, 1), (2, 0), (3, 0)], plan(3, 0))
    assert travels.legs == [(5, 3)]
    walked(travels, [(3, 0), (3, 1), (3, 2)], plan(3, 2))
    assert travels.legs == [(5, 3), (2, 2)]


def test_a_new_plan_to_the_same_cell_goes_on_with_the_leg_and_one_to_another_begins_anew() -> None:
    travels = Travels(straight)
    walked(travels, [(0, 0), (0, 1)], plan(4, 0))
    walked(travels, [(1, 1), (1, 0)], plan(4, 0, plan_id="t-2"))
    walked(travels, [(2, 0), (3, 0), (4, 0)], plan(4, 0, plan_id="t-3"))
    assert travels.legs == [(6, 4)]
    walked(travels, [(4, 0), (5, 0), (6, 0)], plan(9, 0))
    walked(travels, [(5, 0), (4, 0), (3, 0)], plan(3, 0))
    assert travels.legs == [(6, 4), (2, 2)], "from where the plan changed"


def test_a_leg_that_leaves_its_area_is_not_judged() -> None:
    travels = Travels(straight)
    walked(travels, [(0, 0), (1, 0)], plan(4, 0))
    walked(travels, [(2, 0), (3, 0)], plan(4, 0), area=2)
    walked(travels, [(4, 0)], plan(4, 0))
    assert travels.legs == []


def test_standing_while_the_plan_says_walk_is_stuck_after_a_second() -> None:
    travels = Travels(straight)
    walked(travels, [(0, 0)] * (STUCK_FRAMES + 1), plan(4, 0))
    assert travels.stuck_frames == STUCK_FRAMES
    walked(travels, [(0, 0)] * 10, plan(4, 0))
    assert travels.stuck_frames == STUCK_FRAMES + 10
    walked(travels, [(0, 1), *[(0, 1)] * (STUCK_FRAMES - 1)], plan(4, 0))
    assert travels.stuck_frames == STUCK_FRAMES + 10


@pytest.mark.parametrize("aim", [None, plan(0, 0), plan(4, 0, area=2)])
def test_who_has_no_way_or_is_there_is_not_stuck(aim: wire.Plan | None) -> None:
    travels = Travels(straight)
    walked(travels, [(0, 0)] * 500, aim)
    assert travels.stuck_frames == 0


def test_a_talk_in_between_is_no_standstill() -> None:
    travels = Travels(straight)
    for _ in range(20):
        walked(travels, [(0, 0)] * 30, plan(4, 0))
        travels.interrupted()
    assert travels.stuck_frames == 0


# --- moments ---------------------------------------------------------------------------------------------------------


def described(*watches: str, more: str = "") -> Game:
    text = '[game]\nname = "m"\nconsole = "gba"\n'
    for i, watch in enumerate(watches):
        text += f'[[watch]]\ntype = "u8"\naddress = {0x02000000 + i}\n{watch}\n'
    return parse_game(text + more, "game.toml")


CONTEXT = (
    'name = "context"\nvalues = { 0 = "title", 1 = "overworld", 2 = "dialogue", 8 = "transition", 9 = "game_over" }'
)


def test_a_game_with_contexts_says_when_one_walks_changes_area_and_dies() -> None:
    moments = Moments(described(CONTEXT, 'name = "main.stage"\nvalues = { 0 = "a", 7 = "b" }', 'name = "side.done"'))
    assert [moments.walking({"context": n}) for n in (0, 1, 2, 8)] == [False, True, False, False]
    assert [moments.changing({"context": n}) for n in (1, 8)] == [False, True]
    assert [moments.over({"context": n}) for n in (1, 9)] == [False, True]
    assert moments.tells_deaths
    assert (moments.stages, moments.stage({"main.stage": 3}), moments.sides_done({"side.done": 5})) == (7, 3, 5)


def test_a_game_that_says_nothing_of_itself_has_nothing_of_it() -> None:
    moments = Moments(described())
    assert not moments.tells_deaths
    assert moments.walking({})
    assert (moments.stage({}), moments.sides_done({}), moments.place({}), moments.areas) == (None, None, None, None)
    assert Moments(None).playing({})


def test_without_contexts_the_title_and_dialogues_are_no_walking() -> None:
    rules = '[start]\npress = "START"\nwhen = "mode == 0"\n[dialogue]\npress = "A"\nwhen = "mode == 2"\n'
    moments = Moments(described('name = "mode"', more=rules))
    assert [moments.walking({"mode": n}) for n in (0, 1, 2)] == [False, True, False]
    assert [moments.playing({"mode": n}) for n in (0, 1, 2)] == [False, True, True]


def test_areas_are_those_described_or_named() -> None:
    named = described('name = "area"\nvalues = { 0 = "none", 1 = "a", 2 = "b" }')
    assert Moments(named).areas == 2
    assert Moments(described('name = "area"')).areas is None
