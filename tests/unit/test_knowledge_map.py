"""The picture of the known map: areas beside each other as their doors say, and what is in them."""

import numpy as np

from agents.knowledge.facts import Facts
from agents.knowledge.map_layout import Bounds, bounds_of, plan_of
from agents.knowledge.map_picture import map_picture
from runtime.wire import Fact


def floor(area: int, width: int, height: int, kind: str = "walkable_grass") -> list[Fact]:
    return [Fact("Tile", f"tile:{area}:{x}:{y}", {"type": kind}) for x in range(width) for y in range(height)]


def way(start: str, end: str, press: str = "") -> Fact:
    return Fact("LEADS_TO", f"tile:{start}", {"press": press}, f"tile:{end}")


TOWN = [*floor(1, 10, 8), *floor(2, 6, 6), way("1:9:4", "2:0:2", "RIGHT"), way("2:0:2", "1:9:4", "LEFT")]


def origin(facts: list[Fact], area: int) -> tuple[int, int]:
    """Return where an area lies, counted from area 1."""
    origins = plan_of(Facts(facts)).origins
    return origins[area][0] - origins[1][0], origins[area][1] - origins[1][1]


def test_what_lies_behind_a_door_in_an_edge_is_drawn_beside_it() -> None:
    assert origin(TOWN, 2) == (10, 2)


def test_a_door_in_an_edge_on_which_one_only_steps_is_an_edge_all_the_same() -> None:
    assert origin([*floor(1, 10, 8), *floor(2, 6, 6), way("1:4:0", "2:3:5")], 2) == (1, -6)


def test_where_there_is_no_room_an_area_lies_a_little_farther() -> None:
    blocked = [*TOWN, *floor(3, 10, 9), way("2:3:5", "3:9:0", "DOWN")]
    there = origin(blocked, 3)
    assert there[0] == 10 + 3 - 9
    assert there[1] >= 8


def test_a_house_lies_below_and_nothing_overlaps() -> None:
    facts = Facts([*TOWN, *floor(4, 8, 8), way("1:4:4", "4:4:6"), *floor(7, 3, 3)])
    plan, bounds = plan_of(facts), bounds_of(facts)
    taken = [bounds[area].moved(*origin) for area, origin in plan.origins.items()]
    assert set(plan.origins) == {1, 2, 4, 7}
    assert not any(a.meets(b) for i, a in enumerate(taken) for b in taken[:i])
    assert all(each.x1 >= 0 and each.y1 >= 0 and each.x2 < plan.width and each.y2 < plan.height for each in taken)
    assert taken[2].y1 > taken[0].y2
    assert bounds[4] == Bounds(0, 0, 7, 7)


def test_the_picture_shows_cells_people_things_and_objectives() -> None:
    things = [
        Fact("NPC", "npc:1:2:2", {"name": "MARLO"}),
        Fact("Item", "item:1:4:2"),
        Fact("Item", "item:1:6:2", {"taken": True}),
        Fact("Objective", "objective:q:0", {"target_area": 1, "target_x": 8, "target_y": 2, "status": "active"}),
    ]
    plain, full = map_picture(Facts(TOWN)), map_picture(Facts([*TOWN, *things]))
    difference = np.abs(np.asarray(plain, np.int16) - np.asarray(full, np.int16)).sum(axis=2)[: 12 * 12]
    rows, columns = np.nonzero(difference)
    changed = {(int(x) // 12 - 2, int(y) // 12 - 2) for x, y in zip(columns, rows, strict=True)}
    assert {(2, 2), (4, 2), (8, 2)} <= changed
    assert (6, 2) not in changed


def test_of_nothing_there_is_a_picture_too() -> None:
    assert map_picture(Facts()).size[0] > 0
