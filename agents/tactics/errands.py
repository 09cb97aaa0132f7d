"""One errand at a time: what to go for next in or from the present area, and the waypoints that lead there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from agents.atlas.atlas import Atlas
from agents.atlas.cells import STEPS, Cell, beside, distance, towards
from agents.atlas.known import AreaMap, Kind, Npc
from agents.atlas.routes import Reach
from agents.atlas.unknowns import Unknown, Unknowns, Why, is_solid
from agents.atlas.ways import Ways
from agents.tactics.directions import Edge
from runtime.actor import Report
from runtime.wire import Plan, Scalar, Waypoint

#: go: to be in a cell; act: to press something at a cell. Else as in atlas.unknowns.
Aim = Why | Literal["go", "act"]

#: Aims reached by standing beside the cell and pressing A at it.
FROM_BESIDE = frozenset({"take", "talk", "ask", "knock", "meet", "touch", "act"})

#: Aims reached by stepping onto the cell, to see what comes of it.
ONTO = frozenset({"enter", "try", "gap", "odd", "tread"})

#: What an aim costs beyond the way there, in half steps: at first areas are found, with the people and things that are
#: plain to see; when exploring further, what may be a door or hide one is looked at, too; when all is to be found out,
#: what only might be something comes last; when one place is sought, only ways count.
FRONTIER: Mapping[str, int] = {
    **{"take": -24, "talk": -16, "see": 0, "enter": 0, "odd": 4, "meet": 4, "try": 8, "peek": 8, "ask": 16},
    **{"leave": 30, "knock": 30},
}
EXPLORING: Mapping[str, int] = {
    **{"take": -24, "talk": -16, "see": 0, "leave": 0, "enter": 0, "knock": 0, "ask": 4, "try": 0, "meet": 8, "odd": 8},
    **{"gap": 24, "peek": 24},
}
THOROUGH: Mapping[str, int] = {**EXPLORING, "touch": 200, "tread": 300}
SEEKING: Mapping[str, int] = {
    **{"take": 8, "talk": 16, "see": 0, "leave": -8, "enter": -8, "knock": 4, "ask": 100, "try": 0, "meet": 300},
    **{"gap": 80, "odd": 60, "peek": 150, "touch": 600, "tread": 400},
}

#: The event that tells of an errand that is left alone for a while.
LEFT = "errand.left"

#: How much dearer what lies in another area is, so that an area is finished before it is left; less so where one place
#: is sought.
_ELSEWHERE, _SOUGHT_ELSEWHERE = 40, 20

#: What a direction that somebody named is worth, in half steps, here and at the edges of other areas; and what an area
#: is worth that is entered in it, or that a signpost means: more than what only lies nearer.
_SAID, _MEANT = 60, 200

#: What it costs to press A across something solid, in half steps: more than the steps to any side of a cell, less than
#: to bump into what is guessed to be solid (agents.atlas.ways.SUSPECT).
ACROSS = 12

#: People wander: a target cell with somebody so near means them.
_MEANT_CELLS = 3


@dataclass(frozen=True)
class Errand:
    """Something to do at a place.

    Attributes:
        aim: What for.
        area: Where.
        cell: At which cell.
        press: What to press there: of "see" the direction of the unseen, of "act" the buttons.
        npc: Of somebody: their key.
        plan_id: The strategist's plan that it serves; empty when it is this tactic's own idea.
        goal: For people.
    """

    aim: Aim
    area: int
    cell: Cell
    press: tuple[str, ...] = ()
    npc: str = ""
    plan_id: str = ""
    goal: str = ""

    @property
    def key(self) -> tuple[str, int, Cell | str, tuple[str, ...]]:
        """What makes it the same errand again; somebody who moved is the same."""
        return (self.aim, self.area, self.npc or self.cell, self.press)


def left(errand: Errand, until: int) -> Report:
    """Return the event that tells that an errand is left alone until a frame."""
    where = {"area": errand.area, "x": errand.cell[0], "y": errand.cell[1]}
    facts = {"aim": errand.aim, **where, "npc": errand.npc, "press": " ".join(errand.press), "until": until}
    return Report(LEFT, facts)


def left_key(facts: Mapping[str, Scalar]) -> tuple[object, int]:
    """Return the key of the errand that an event of `left` tells of, and until when."""
    press = tuple(str(facts["press"]).split())
    cell = (int(facts["x"]), int(facts["y"]))
    return (facts["aim"], int(facts["area"]), str(facts["npc"]) or cell, press), int(facts["until"])


def of_plan(plan: Plan, atlas: Atlas, here: int) -> Errand | None:
    """Return the errand that a strategist's plan asks for; None for one without a target cell."""
    if not plan.waypoints:
        return None
    point = plan.waypoints[0]
    area = here if plan.area < 0 else plan.area
    aim: Aim = "act" if point.press else "go"
    errand = Errand(aim, area, (point.x, point.y), point.press, plan_id=plan.plan_id, goal=plan.goal)
    meant = _meant(atlas, area, errand.cell) if aim == "act" else None
    return replace(errand, npc=meant.key) if meant else errand


def _meant(atlas: Atlas, area: int, cell: Cell) -> Npc | None:
    """Return who is meant by a cell: who stands there, was first seen there, or wanders near it; None for a thing."""
    there = [npc for npc in atlas.npcs.values() if npc.area == area and not npc.hostile and not npc.gone]
    for npc in there:
        if cell in {npc.cell, npc.first_cell}:
            return npc
    tile = atlas.area(area).tiles.get(cell)
    if tile is None or not tile.ways:
        return None
    near = [npc for npc in there if distance(npc.cell, cell) <= _MEANT_CELLS]
    return min(near, key=lambda npc: distance(npc.cell, cell), default=None)


def followed(errand: Errand, atlas: Atlas) -> Errand:
    """Return the errand at the place where its person is now."""
    npc = atlas.npcs.get(errand.npc)
    return replace(errand, cell=npc.cell) if npc and npc.cell != errand.cell else errand


def found_out(errand: Errand, area: AreaMap) -> bool:
    """Return whether an errand to find out about a cell has come to its end, by what is known of its area now."""
    tile = area.tiles.get(errand.cell)
    if errand.aim in {"see", "leave", "peek"} and tile:
        unseen = beside(errand.cell, errand.press[0])
        return unseen in area.tiles or (errand.aim == "see" and area.outside(unseen))  # a way out is no ground
    return bool(tile and (tile.ways or tile.stops))


def explored(
    atlas: Atlas,
    hidden: Unknowns,
    reach: Reach,
    costs: Mapping[str, int] = THOROUGH,
    only: int = -1,
    towards_cell: Cell | None = None,
    but: Collection[object] = (),
    heading: Collection[str] = (),
    edges: Collection[Edge] = (),
) -> Errand | None:
    """Return the cheapest thing to find out; None when all that can be reached is known.

    Args:
        atlas: What is known.
        hidden: What is not.
        reach: From where the player is.
        costs: Of each aim beyond the way: EXPLORING, THOROUGH or SEEKING; aims that it lacks do not count. Who seeks a
            place that is known goes by the way there, more than by what was said.
        only: The area to explore; -1 for any.
        towards_cell: Prefer what is near this cell of the area `only`.
        but: Keys of errands that were given up.
        heading: Directions in which somebody said that it lies.
        edges: Edges at which a signpost says so.
    """
    best: tuple[int, Errand] | None = None
    meant = frozenset[int]() if costs is SEEKING else _entered(atlas, heading, edges)
    for number, legs in reach.legs.items():
        if only not in {-1, number}:
            continue
        away = 0 if number == reach.start[0] else _SOUGHT_ELSEWHERE if costs is SEEKING else _ELSEWHERE
        if best and legs[0].cost + away + min(costs.values()) - _MEANT - _SAID >= best[0]:
            continue
        area = atlas.area(number)
        for unknown in hidden.of(area):
            if unknown.why not in costs:
                continue
            extra = away + costs[unknown.why] + (2 * distance(unknown.cell, towards_cell) if towards_cell else 0)
            extra -= _worth(unknown, number, reach.start[0], heading, edges, meant)
            if best and legs[0].cost + extra >= best[0]:
                continue
            errand = _of_unknown(unknown, number)
            cost = None if errand.key in but else cost_of(area, atlas.kinds, reach, errand)
            if cost is not None and (best is None or cost + extra < best[0]):
                best = (cost + extra, errand)
    return best[1] if best else None


def _entered(atlas: Atlas, heading: Collection[str], edges: Collection[Edge]) -> frozenset[int]:
    """Return the areas entered over another's edge in a direction that was named, or signposted there, and within."""
    doors = [door for area in atlas.areas.values() for door in area.doors.values()] if heading or edges else []
    found = {door.to[0] for door in doors if door.press in heading or (door.area, door.press) in edges}
    inside = found
    while inside:
        inside = {door.to[0] for door in doors if door.area in inside and not door.press} - found
        found |= inside
    return frozenset(found)


def _worth(
    unknown: Unknown, area: int, here: int, heading: Collection[str], edges: Collection[Edge], meant: Collection[int]
) -> int:
    """Return what something to find out is worth, in half steps, by what was said of where it lies."""
    if area in meant or (area, unknown.push) in edges:
        return _MEANT + (_SAID if (area, unknown.push) in edges else 0)
    return _SAID if unknown.push in heading and (area == here or unknown.why == "leave") else 0


def _of_unknown(unknown: Unknown, area: int) -> Errand:
    if unknown.why in FROM_BESIDE:
        press: tuple[str, ...] = ("A",)
    else:
        press = (unknown.push,) if unknown.push else ()
    return Errand(unknown.why, area, unknown.cell, press, npc=unknown.key, goal=f"{unknown.why} {unknown.cell}")


def cost_of(area: AreaMap, kinds: Mapping[str, Kind], reach: Reach, errand: Errand) -> int | None:
    """Return the cost of the way to an errand in an area, in half steps; None when none is known."""
    ends = _ends(area, kinds, errand)
    costs = [cost + extra for cell, (_, extra) in ends.items() if (cost := reach.cost(errand.area, cell)) is not None]
    return min(costs, default=None)


def _ends(area: AreaMap, kinds: Mapping[str, Kind], errand: Errand) -> dict[Cell, tuple[str, int]]:
    """Return where a way to an errand may end: the direction to face there, and what the place is dearer by."""
    if errand.aim not in FROM_BESIDE:
        return {errand.cell: ("", 0)}
    return {cell: (direction, extra) for cell, direction, extra in stands(area, kinds, errand)}


def stands(area: AreaMap, kinds: Mapping[str, Kind], errand: Errand) -> Iterator[tuple[Cell, str, int]]:
    """Yield the cells from which A reaches the errand's cell, with the direction to face, and what each is dearer by.

    Over a counter, too: with something solid between, two cells away, where A was not pressed in vain; it may be no
    counter, so beside is better. Not from a door, which may lead away.
    """
    tile = area.tiles.get(errand.cell)
    in_vain = tile is not None and tile.tried >= 0 and not tile.spoke
    for direction in STEPS:
        dx, dy = STEPS[direction]
        x, y = errand.cell
        if (x - dx, y - dy) not in area.doors:
            yield (x - dx, y - dy), direction, 0
        between = area.tiles.get((x - dx, y - dy))
        if (
            (errand.npc or (errand.aim in {"meet", "act"} and not in_vain))
            and between
            and is_solid(between, kinds.get(between.look, Kind()))
        ):
            yield (x - 2 * dx, y - 2 * dy), direction, ACROSS


def waypoints(atlas: Atlas, reach: Reach, errand: Errand) -> tuple[Waypoint, ...]:
    """Return the way to an errand in the present area, or to the door that leads towards it; empty without a way."""
    area, (here, start) = atlas.area(errand.area), reach.start
    ways = reach.legs[here][0].ways
    ends = _ends(area, atlas.kinds, errand)
    if errand.area == here:
        there = {cell: ways.cost[cell] + extra for cell, (_, extra) in ends.items() if cell in ways.cost}
        if there:
            cell = min(there, key=lambda cell: there[cell])
            press = (ends[cell][0], *errand.press) if errand.aim in FROM_BESIDE else errand.press
            return _to(ways, start, cell, press)
    costs = {
        cell: cost + extra for cell, (_, extra) in ends.items() if (cost := reach.cost(errand.area, cell)) is not None
    }
    if not costs:
        return ()
    door = reach.first_door(errand.area, min(costs, key=lambda cell: costs[cell]))
    return _to(ways, start, door.cell, (door.press,) if door.press else ()) if door else ()


def _to(ways: Ways, start: Cell, cell: Cell, press: tuple[str, ...]) -> tuple[Waypoint, ...]:
    cells = ways.path(cell) or [start]
    return (*(Waypoint(x, y) for x, y in cells[:-1]), Waypoint(*cells[-1], press))


def crossed(points: Iterable[Waypoint], cell: Cell) -> bool:
    """Return whether a way leads through a cell."""
    return any((point.x, point.y) == cell for point in points)


def next_direction(points: tuple[Waypoint, ...], here: Cell) -> str:
    """Return the direction of the next step on a way; empty at its end, or off it."""
    cells = [(point.x, point.y) for point in points]
    if here in cells:
        after = cells.index(here) + 1
        return towards(here, cells[after]) if after < len(cells) else ""
    return towards(here, cells[0]) if cells and distance(here, cells[0]) == 1 else ""


def ahead(points: tuple[Waypoint, ...], here: Cell) -> Cell | None:
    """Return the next cell on a way; None at its end."""
    direction = next_direction(points, here)
    return beside(here, direction) if direction else None
