"""The learnt map: a fold of facts, ways by what is known, routes over doors, and what is still hidden."""

import pytest

from agents.atlas import Atlas, Routes, Unknowns
from agents.atlas.atlas import LIBRARIAN
from agents.atlas.cells import BITS, Cell, beside, cell_key, place_of, towards
from agents.atlas.known import Kind, Tile
from agents.atlas.ways import FORGIVEN_FRAMES, KNOWN, PERHAPS_OPENED, SUSPECT, UNKNOWN, entry_cost
from runtime.wire import Fact, Learnt, Scalar

GROUND, WALL = "00000000000000aa", "00000000000000bb"


def tile(area: int, cell: Cell, **props: Scalar) -> Fact:
    return Fact("Tile", cell_key("tile", area, cell), props)


def kind(look: str, **props: int) -> Fact:
    return Fact("TileKind", f"kind:{look}", {**props})


def mapped(area: int, rows: tuple[str, ...]) -> list[Fact]:
    """Return the facts of a map: `.` known ground, `#` known wall, `?` a look that nobody tried, blank unseen."""
    looks = {".": GROUND, "#": WALL}
    return [
        tile(area, (x, y), look=looks.get(mark, f"{256 * y + x + 1:016x}"), type="")
        for y, row in enumerate(rows)
        for x, mark in enumerate(row)
        if mark != " "
    ]


@pytest.fixture
def atlas() -> Atlas:
    atlas = Atlas()
    atlas.add([kind(GROUND, walked=9, ways=15), kind(WALL, blocked=9, stops=15, silent=1)])
    return atlas


def test_keys_name_places() -> None:
    assert cell_key("tile", 3, (12, 7)) == "tile:3:12:7"
    assert place_of("npc:3:12:7") == (3, (12, 7))
    assert place_of("kind:00aa") is None
    assert (beside((1, 1), "LEFT"), towards((1, 1), (4, 2)), towards((1, 1), (1, 1))) == ((0, 1), "RIGHT", "")


def test_what_is_known_decides_what_a_step_costs() -> None:
    tried = Tile(look=WALL, stops=BITS["UP"], stopped_frame=100, stopped_at=2)
    assert entry_cost(Tile(look="x"), Kind(), "UP", 0, 0) == UNKNOWN
    assert entry_cost(Tile(look="x", type="obstacle_wall"), Kind(), "UP", 0, 0) == SUSPECT
    assert entry_cost(Tile(look=WALL), Kind(blocked=9), "UP", 0, 0) == 0
    assert entry_cost(tried, Kind(blocked=9), "UP", 200, 2) == 0
    assert entry_cost(tried, Kind(blocked=1), "UP", 200, 3) == PERHAPS_OPENED  # the game has come on since
    walked = Tile(look=GROUND, ways=BITS["UP"], stops=BITS["UP"], stopped_frame=0)
    assert entry_cost(walked, Kind(walked=9), "UP", FORGIVEN_FRAMES - 1, 0) == 0
    assert entry_cost(walked, Kind(walked=9), "UP", FORGIVEN_FRAMES, 0) > KNOWN


def test_a_ledge_is_passed_one_way_only() -> None:
    ledge = Kind(walked=1, blocked=1, ways=BITS["DOWN"], stops=BITS["UP"])
    assert entry_cost(Tile(look="x"), ledge, "DOWN", 0, 0) == KNOWN
    assert entry_cost(Tile(look="x"), ledge, "UP", 0, 0) == 0


def test_ways_go_around_walls_and_people(atlas: Atlas) -> None:
    atlas.add(mapped(1, (".....", ".###.", ".....")))
    ways = Routes(atlas).within((1, (0, 1)), 0)
    assert len(ways.path((4, 1))) == 6
    straight = Routes(atlas).within((1, (0, 0)), 0)
    assert straight.path((4, 0)) == [(1, 0), (2, 0), (3, 0), (4, 0)]
    around = Routes(atlas).within((1, (0, 0)), 0, people={(2, 0)})
    assert (2, 0) not in around.path((4, 0))


def test_a_route_leads_over_doors_and_knows_the_first(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("...",)), *mapped(2, ("...",)), *mapped(3, ("...",))])
    atlas.add([Fact("LEADS_TO", "tile:1:2:0", {"press": "RIGHT"}, to="tile:2:0:0")])
    atlas.add([Fact("LEADS_TO", "tile:2:2:0", {"press": "RIGHT"}, to="tile:3:0:0")])
    reach = Routes(atlas).reach((1, (0, 0)), 0)
    assert set(reach.legs) == {1, 2, 3}
    door = reach.first_door(3, (1, 0))
    assert door is not None
    assert (door.area, door.cell, door.press) == (1, (2, 0), "RIGHT")
    assert reach.cost(3, (9, 9)) is None
    assert reach.first_door(1, (1, 0)) is None


def test_who_came_in_by_a_door_can_go_back_by_it_until_it_proves_shut(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("..",)), *mapped(2, ("..",))])
    atlas.add([Fact("LEADS_TO", "tile:1:1:0", {"press": "RIGHT", "kind": "RIGHT"}, to="tile:2:0:0")])
    assert 1 in Routes(atlas).reach((2, (1, 0)), 0).legs
    atlas.add([tile(2, (-1, 0), stops=BITS["LEFT"])])
    assert 1 not in Routes(atlas).reach((2, (1, 0)), 0).legs


def test_the_edge_of_what_was_seen_is_unknown_and_walls_are_not(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("####", "#..#", "####")), Fact("Area", "area:1", {"width": 4, "height": 3})])
    area = atlas.area(1)
    assert Unknowns(atlas).of(area) == ()
    atlas.add([tile(1, (1, 0), look=GROUND)])  # a gap in the upper wall
    assert [(hidden.why, hidden.cell, hidden.push) for hidden in Unknowns(atlas).of(area)] == [("leave", (1, 0), "UP")]


def test_a_rare_solid_look_in_the_open_is_somebody_or_something_to_meet(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("#####", "#...#", "#.?.#", "#...#", "#####")), tile(1, (2, 2), type="obstacle_wall")])
    assert [hidden.why for hidden in Unknowns(atlas).of(atlas.area(1))] == ["meet"]
    atlas.add([kind(f"{256 * 2 + 2 + 1:016x}", silent=1, blocked=1), tile(1, (2, 2), tried=0, stops=15)])
    assert Unknowns(atlas).of(atlas.area(1)) == ()


def test_unknowns_are_found_anew_when_a_look_is_understood(atlas: Atlas) -> None:
    atlas.add(mapped(1, ("####", "#.?#", "####")))
    unknowns = Unknowns(atlas)
    assert len(unknowns.of(atlas.area(1))) == 1
    atlas.add([kind(f"{256 + 2 + 1:016x}", walked=1, ways=8)])
    assert unknowns.of(atlas.area(1)) == ()


def test_of_sessions_before_only_what_lasts_is_taken(atlas: Atlas) -> None:
    facts = (
        tile(1, (1, 1), look=GROUND, ways=1, tried=4),
        Fact("NPC", "npc:1:2:2", {"name": "ROWAN", "talked": 3, "gone": True}),
    )
    atlas.fold([Learnt(actor=LIBRARIAN, frame_index=0, sent_ns=0, facts=facts)])
    there, npc = atlas.area(1).tiles[1, 1], atlas.npcs["npc:1:2:2"]
    assert (there.look, there.ways, there.tried) == (GROUND, 1, -1)
    assert (npc.name, npc.talked, npc.gone) == ("ROWAN", -1, False)


def test_an_actor_passes_over_what_it_learnt_itself(atlas: Atlas) -> None:
    learnt = Learnt(actor="tactic", frame_index=0, sent_ns=0, facts=(tile(1, (1, 1), look=GROUND),))
    atlas.fold([learnt], but="tactic")
    assert 1 not in atlas.areas
    atlas.fold([learnt])
    assert atlas.area(1).tiles[1, 1].look == GROUND


def whys(atlas: Atlas) -> dict[Cell, str]:
    return {hidden.cell: hidden.why for hidden in Unknowns(atlas).of(atlas.area(1))}


def test_a_rare_look_is_tried_by_where_it_lies(atlas: Atlas) -> None:
    rows = ("#######", "#.....#", "#..?..#", "#.....#", "###?###", "##...##", "#######")  # in the open, and in a wall
    atlas.add([*mapped(1, rows), Fact("Area", "area:1", {"width": 7, "height": 7})])
    assert whys(atlas) == {(3, 2): "odd", (3, 4): "try"}
    atlas.add([tile(1, (3, 2), type="walkable_path")])  # it may be somebody all the same: there is no second
    assert whys(atlas)[3, 2] == "odd"
    atlas.add([tile(1, (3, 5), look=WALL)])  # nothing open before it any more
    assert whys(atlas)[3, 4] == "gap"


def test_who_stopped_us_and_moves_is_knocked_at_in_each_look(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("#####", "##?##", "#...#", "#####")), kind("0000000000000103", blocked=1, stops=1)])
    assert whys(atlas)[2, 1] == "touch"  # like what stopped us elsewhere
    atlas.add([tile(1, (2, 1), stops=BITS["UP"], stopped_at=0)])
    assert whys(atlas)[2, 1] == "knock"
    atlas.add([tile(1, (2, 1), stops=0)])  # it looked otherwise for a moment, as if it had been opened
    assert whys(atlas)[2, 1] == "knock"


def test_what_eyes_take_for_somebody_is_met_wherever_it_stands(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("#####", "##?##", "#...#", "#####")), Fact("Area", "area:1", {"width": 5, "height": 4})])
    assert whys(atlas)[2, 1] == "try"
    atlas.add([tile(1, (2, 1), type="interactive_npc")])
    assert whys(atlas)[2, 1] == "meet"


def test_what_says_nothing_and_is_rare_may_be_walked_on(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("#####", "#...#", "#.?.#", "#...#", "#####")), tile(1, (2, 2), type="obstacle_wall")])
    atlas.add([kind(f"{256 * 2 + 2 + 1:016x}", silent=1), tile(1, (2, 2), tried=0)])
    assert whys(atlas) == {(2, 2): "odd"}


def test_the_other_lane_of_the_road_by_which_one_came_is_no_news(atlas: Atlas) -> None:
    atlas.add([*mapped(1, ("..",)), *mapped(2, ("#..#", "####"))])
    atlas.add([Fact("Area", "area:2", {"width": 4, "height": 2})])
    assert {(each.cell, each.push) for each in Unknowns(atlas).of(atlas.area(2))} == {((1, 0), "UP"), ((2, 0), "UP")}
    atlas.add([Fact("LEADS_TO", "tile:1:1:0", {"press": "DOWN", "kind": "DOWN"}, to="tile:2:1:0")])
    assert Unknowns(atlas).of(atlas.area(2)) == ()


def test_out_by_one_door_and_in_by_another_is_no_way_around_somebody(atlas: Atlas) -> None:
    atlas.add([*mapped(1, (".....",)), *mapped(2, ("..",))])
    atlas.add([Fact("LEADS_TO", "tile:1:0:0", {"press": "LEFT", "kind": "LEFT"}, to="tile:2:1:0")])
    reach = Routes(atlas).reach((1, (1, 0)), 0, people={(3, 0)})
    assert set(reach.legs) == {1, 2}
    assert len(reach.legs[1]) == 1
    assert reach.first_door(1, (4, 0)) is None


def test_looks_that_a_cell_had_are_remembered_within_a_game(atlas: Atlas) -> None:
    atlas.add([tile(1, (0, 0), look=WALL), tile(1, (0, 0), look=GROUND), tile(1, (0, 0), tried=1)])
    assert list(atlas.area(1).looked[0, 0]) == [WALL]
    atlas.begin_again()
    assert atlas.area(1).looked == {}
