"""Tactics in parts: what happened between ticks, what is learnt of it, errands, battles, shops, and being stuck."""

import pytest

from agents.atlas import Atlas, Routes, Unknowns
from agents.atlas.cells import Cell
from agents.tactics.battle import Battle
from agents.tactics.directions import Directions
from agents.tactics.errands import (
    EXPLORING,
    FRONTIER,
    Errand,
    explored,
    found_out,
    left,
    left_key,
    of_plan,
    waypoints,
)
from agents.tactics.happenings import Asked, Happening, Happenings
from agents.tactics.lessons import facts_of
from agents.tactics.listening import heard_from
from agents.tactics.lists import OpenList, choose
from agents.tactics.moment import BATTLE, DIALOGUE, OVERWORLD, TRANSITION, Moment
from agents.tactics.people import People
from agents.tactics.purse import Shop
from agents.tactics.stuck import Stuck
from runtime.wire import Fact, Plan, Scalar, Waypoint

GROUND = "00000000000000aa"


def moment(frame: int, cell: Cell = (5, 5), **changes: object) -> Moment:
    fields: dict[str, object] = {
        **{"frame": frame, "context": OVERWORLD, "area": 1, "cell": cell, "facing": "UP", "moving": False},
        **{"hp": 10, "max_hp": 10, "held": (), "counts": {}, "progress": ()},
    }
    return Moment(**(fields | changes))  # type: ignore[arg-type]


def happened(*moments: Moment, asked: Asked | None = None) -> list[Happening]:
    happenings = Happenings()
    return [each for now in moments for each in happenings.between(now, asked)]


def field(width: int, height: int) -> Atlas:
    """Return an atlas of one area of known open ground."""
    atlas = Atlas()
    cells = [(x, y) for y in range(height) for x in range(width)]
    atlas.add([Fact("TileKind", f"kind:{GROUND}", {"walked": 9, "ways": 15})])
    atlas.add([Fact("Tile", f"tile:1:{x}:{y}", {"look": GROUND, "type": ""}) for x, y in cells])
    atlas.add([Fact("Area", "area:1", {"width": width, "height": height})])
    return atlas


def test_a_step_and_a_bump_are_told_from_each_other() -> None:
    assert happened(moment(0), moment(6, (5, 4))) == [Happening("walked", 1, (5, 4), "UP")]
    pushing = [moment(frame, held=("UP",)) for frame in (0, 6)]
    assert happened(*pushing) == [Happening("blocked", 1, (5, 4), "UP")]
    assert happened(moment(0, held=("UP",)), moment(6, held=("LEFT",))) == []


def test_a_change_of_area_is_a_door_from_where_one_stood() -> None:
    (door,) = happened(moment(0, (5, 0)), moment(6, (3, 9), area=2, facing="UP"))
    assert (door.what, door.cell, door.direction, door.to) == ("door", (5, 0), "UP", (2, (3, 9)))


def test_words_and_silence_are_answers_to_a() -> None:
    asked = Asked((5, 4))
    (spoke,) = happened(moment(0), moment(6, context=DIALOGUE), asked=asked)
    assert (spoke.what, spoke.cell) == ("spoke", (5, 4))
    silent = happened(*(moment(frame) for frame in range(0, 36, 6)), asked=asked)
    assert [each.what for each in silent] == ["silent"]


def test_a_fight_and_lost_health_are_noticed() -> None:
    assert [each.what for each in happened(moment(0), moment(6, context=BATTLE))] == ["fought"]
    assert [each.what for each in happened(moment(0), moment(6, hp=8))] == ["hurt"]


@pytest.mark.parametrize("fled", [True, False])
def test_who_was_run_from_is_met_again(fled: bool) -> None:
    words = [moment(0), moment(6, context=DIALOGUE), moment(12, context=TRANSITION)]
    after = happened(*words, moment(54, context=BATTLE), moment(120, fled=fled), asked=Asked((5, 4)))[2:]
    assert [(each.what, each.cell) for each in after] == ([("fled", (5, 4))] if fled else [])
    atlas = field(3, 3)
    facts_of(atlas, [Happening("fled", 1, (5, 4))], 120, frozenset())
    assert not atlas.npcs  # a thing that nobody has heard of
    atlas.add([Fact("NPC", "npc:1:5:4", {"text": "Mine!", "talked": 3})])
    facts_of(atlas, [Happening("fled", 1, (5, 4))], 120, frozenset())
    assert atlas.npcs["npc:1:5:4"].talked == -1


def test_what_happened_becomes_facts_that_add_up() -> None:
    atlas = field(3, 3)
    bump = Happening("blocked", 1, (1, 0), "UP")
    facts = facts_of(atlas, [bump, bump], 60, frozenset())
    assert facts[0] == Fact("Tile", "tile:1:1:0", {"stops": 1, "stopped_frame": 60, "stopped_at": 0})
    assert atlas.kinds[GROUND].blocked == 1
    assert facts_of(field(3, 3), [bump], 60, frozenset({(1, 0)})) == []  # somebody stood there: it says nothing


def test_what_answered_and_stops_us_again_need_not_be_asked_again() -> None:
    atlas = field(3, 3)
    atlas.add([Fact("Tile", "tile:1:1:0", {"spoke": True}), Fact("Player", "player:x", {"progress": 4})])
    facts = facts_of(atlas, [Happening("blocked", 1, (1, 0), "UP")], 60, frozenset())
    assert facts[0].props["tried"] == 4


def test_a_plan_becomes_a_way_that_ends_beside_what_is_acted_on() -> None:
    atlas = field(5, 3)
    plan = Plan(
        actor="strategist",
        frame_index=0,
        sent_ns=0,
        plan_id="s-1",
        goal="talk",
        area=1,
        waypoints=(Waypoint(4, 1, ("A",)),),
    )
    errand = of_plan(plan, atlas, 1)
    assert errand is not None
    points = waypoints(atlas, Routes(atlas).reach((1, (0, 1)), 0), errand)
    assert [(point.x, point.y) for point in points] == [(1, 1), (2, 1), (3, 1)]
    assert points[-1].press == ("RIGHT", "A")


def test_exploring_takes_the_cheapest_and_leaves_what_was_given_up() -> None:
    atlas = field(6, 1)
    hidden, reach = Unknowns(atlas), Routes(atlas).reach((1, (1, 0)), 0)
    first = explored(atlas, hidden, reach, EXPLORING)
    assert first is not None
    assert (first.aim, first.cell) == ("leave", (1, 0))
    other = explored(atlas, hidden, reach, EXPLORING, but={first.key})
    assert other is not None
    assert other.key != first.key


def test_what_may_be_somebody_here_comes_before_the_world_beyond() -> None:
    atlas = field(6, 3)
    atlas.add([Fact("Tile", "tile:1:1:0", {"look": "0000000000000001", "type": "obstacle_wall"})])  # a thing beside us
    hidden, reach = Unknowns(atlas), Routes(atlas).reach((1, (0, 1)), 0)
    for costs, aim in ((FRONTIER, "meet"), ({"leave": 0}, "leave")):
        errand = explored(atlas, hidden, reach, costs)
        assert errand is not None
        assert errand.aim == aim


def test_a_direction_that_somebody_named_leads_on_from_here() -> None:
    atlas = field(6, 1)
    hidden, reach = Unknowns(atlas), Routes(atlas).reach((1, (0, 0)), 0)
    pushes = [explored(atlas, hidden, reach, FRONTIER, heading=heading) for heading in ((), ("RIGHT",))]
    assert [(each.cell, each.press) for each in pushes if each] == [((0, 0), ("UP",)), ((5, 0), ("RIGHT",))]


def test_an_area_that_lies_where_somebody_said_comes_before_what_is_nearer() -> None:
    atlas = field(6, 1)
    seen = [Fact("Tile", f"tile:{area}:{x}:0", {"look": GROUND}) for area in (2, 3) for x in range(3)]
    within = Fact("LEADS_TO", "tile:2:1:0", {"press": "", "kind": "UP"}, to="tile:3:0:0")
    atlas.add([*seen, within, Fact("LEADS_TO", "tile:1:5:0", {"press": "RIGHT", "kind": "RIGHT"}, to="tile:2:0:0")])
    hidden, reach = Unknowns(atlas), Routes(atlas).reach((1, (0, 0)), 0)
    for told, area in (({}, 1), ({"heading": {"RIGHT"}}, 2), ({"edges": {(1, "RIGHT")}}, 2), ({"heading": {"UP"}}, 1)):
        errand = explored(atlas, hidden, reach, {"see": 0, "leave": 0}, **told)
        assert errand is not None
        assert errand.area == area
    reach = Routes(atlas).reach((3, (0, 0)), 0)  # a house there is not left before it was looked at
    errand = explored(atlas, hidden, reach, {"see": 0, "leave": 0}, heading={"RIGHT"})
    assert errand is not None
    assert errand.area == 3


def test_an_edge_of_the_area_that_was_to_be_seen_is_not_walked_over() -> None:
    atlas, errand = field(6, 1), Errand("see", 1, (5, 0), ("RIGHT",))
    atlas.add([Fact("Area", "area:1", {"width": 0})])  # not seen yet
    assert not found_out(errand, atlas.area(1))
    atlas.add([Fact("Area", "area:1", {"width": 6})])
    assert found_out(errand, atlas.area(1))
    assert not found_out(Errand("leave", 1, (5, 0), ("RIGHT",)), atlas.area(1))


def test_words_that_took_the_story_on_say_where_it_lies_and_signposts_to_what_they_named() -> None:
    directions, atlas = Directions(), field(6, 1)
    sign = {"role": "sign", "text": "North: the lighthouse East: the strand West: marsh"}
    atlas.add([Fact("NPC", "npc:1:5:0", {**sign}), Fact("NPC", "npc:2:5:0", {**sign, "role": ""})])

    def hear(text: str, stage: int, *, came_on: bool) -> None:
        said = [Fact("NPC", "npc:1:1:0", {"text": text})] if text else []
        directions.hear(said, {"main.stage": stage}, came_on=came_on, walking=True)

    hear("", 0, came_on=False)
    hear("Go north!", 0, came_on=False)
    assert (set(directions.heading), set(directions.edges(atlas))) == (set(), set())
    hear("The cave is at the east end of the strand.", 1, came_on=True)
    assert (set(directions.heading), set(directions.edges(atlas))) == ({"RIGHT"}, {(1, "RIGHT")})
    hear("A shell!", 1, came_on=True)  # the game came on, but not the story
    assert (set(directions.heading), set(directions.edges(atlas))) == ({"RIGHT"}, {(1, "RIGHT")})
    hear("She lives in the marsh.", 2, came_on=True)
    assert (set(directions.heading), set(directions.edges(atlas))) == (set(), {(1, "LEFT")})
    assert directions.before == {"RIGHT"}


def test_what_is_left_alone_is_told_so_that_others_leave_it_too() -> None:
    errand = explored(field(6, 1), Unknowns(field(6, 1)), Routes(field(6, 1)).reach((1, (1, 0)), 0), FRONTIER)
    assert errand is not None
    told = left(errand, 4000)
    assert left_key(told.facts) == (errand.key, 4000)
    talk = Errand("talk", 1, (2, 2), ("A",), npc="npc:1:2:2")
    assert left_key(left(talk, 9).facts) == (talk.key, 9)


def test_words_that_nobody_asked_for_are_somebodys() -> None:
    atlas = field(6, 6)
    atlas.add([Fact("NPC", "npc:1:5:4", {"name": "CAPTAIN", "role": "sign", "text": "Mine!"})])
    assert heard_from(atlas, moment(0), "CAPTAIN") == Asked((5, 4))
    assert heard_from(atlas, moment(0, facing="LEFT"), "GULL") == Asked((4, 5))


def test_somebody_who_moves_stays_the_same_somebody() -> None:
    atlas = field(9, 9)
    people = People(atlas)
    visible = {(x, y) for x in range(9) for y in range(9)}
    for cell in [(4, 4)] * 3 + [(5, 4)] * 3:
        people.see(1, {cell}, visible)
    assert [(npc.key, npc.cell, npc.gone) for npc in atlas.npcs.values()] == [("npc:1:4:4", (5, 4), False)]
    for _ in range(9):
        people.see(1, set(), visible)
    assert atlas.npcs["npc:1:4:4"].gone


@pytest.mark.parametrize(
    ("hp", "healing", "enemy_hp", "row"),
    [(10, 1, 20, 0), (2, 1, 20, 1), (2, 0, 20, 2), (2, 0, 1, 0)],
    ids=["healthy", "weak with a potion", "weak without", "one blow is enough"],
)
def test_a_battle_is_fought_while_health_lasts(hp: int, healing: int, enemy_hp: int, row: int) -> None:
    state: dict[str, Scalar] = {"player.hp": hp, "player.max_hp": 10, "battle.enemy": 1, "battle.enemy_hp": enemy_hp}
    battle, shown = Battle(), OpenList("battle", 0, 3)
    battle.look(state)
    assert battle.actions(state, shown, healing)[0] == choose(shown, row)


def test_a_list_is_gone_through_the_shorter_way() -> None:
    assert choose(OpenList("battle", 0, 3), 2) == "<seq><btn_up><btn_A></seq>"
    assert choose(OpenList("shop", 1, 5), 2) == "<seq><btn_down><btn_A></seq>"
    assert choose(OpenList("main", 0, 3), 0) == "<btn_A>"


def test_a_shop_is_learnt_by_buying() -> None:
    shop = Shop()
    before: dict[str, Scalar] = {
        "player.gold": 50,
        "item.potion": 0,
        "item.blade": 0,
        "player.hp": 9,
        "player.max_hp": 9,
    }
    assert shop.wish(before, 3) == 1  # from the last goods up: the last row leaves
    after = before | {"player.gold": 20, "item.blade": 1}
    shop.look(after)
    assert (shop.rows[1].item, shop.rows[1].price) == ("item.blade", 30)
    assert shop.wish(after, 3) == 0  # one blade is enough
    shop.look(after)
    assert shop.rows[0].refused_at == 20
    assert shop.wish(after, 3) == -1


def test_remedies_escalate_until_the_errand_is_given_up() -> None:
    stuck = Stuck()
    remedies = [stuck.tick((1, 1), wanting=True) for _ in range(40)]
    assert [each for each in remedies if each] == ["wait", "around", "around", "aside", "back", "give_up"]
    assert stuck.tick((1, 2), wanting=True) == ""
    assert stuck.ticks == 0


def test_an_errand_of_somebody_is_the_same_when_they_moved() -> None:
    assert (
        Errand("talk", 1, (2, 2), ("A",), npc="npc:1:2:2").key == Errand("talk", 1, (3, 2), ("A",), npc="npc:1:2:2").key
    )


def test_over_a_counter_is_talked_only_where_nobody_can_stand_beside() -> None:
    counter = "00000000000000c0"
    errand = Errand("act", 1, (5, 2), ("A",))

    def way(*solid: Cell) -> tuple[Waypoint, ...]:
        atlas = field(11, 9)
        atlas.add([Fact("Tile", f"tile:1:{x}:{y}", {"look": counter, "type": "obstacle_wall"}) for x, y in solid])
        return waypoints(atlas, Routes(atlas).reach((1, (5, 8)), 0), errand)

    assert way((5, 3))[-1] in {Waypoint(4, 2, ("RIGHT", "A")), Waypoint(6, 2, ("LEFT", "A"))}
    assert way((5, 3), (4, 2), (6, 2), (5, 1))[-1] == Waypoint(5, 4, ("UP", "A"))
