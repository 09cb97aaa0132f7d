"""Where areas lie beside each other, by the doors between them: a plan of all that is known.

An area goes where its door meets the other side's, or a little farther if there is no room; a house, whose inside is
larger than its outside, goes below. Cells are counted from the plan's top left corner.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place

#: One step in the direction that leaves an area; a door that one only steps on has none.
STEPS: Mapping[str, tuple[int, int]] = {"UP": (0, -1), "DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0)}

#: Cells between areas that are not joined, and around the plan.
GAP = 2

#: Cells from a door to the other side of it, at most; games bend their space a little.
_FARTHEST = 10

#: Columns of a row of areas that have no place of their own.
_ROW = 64


class Bounds(NamedTuple):
    """The cells of an area that are known: from x1, y1 to x2, y2 inclusive."""

    x1: int
    y1: int
    x2: int
    y2: int

    def moved(self, dx: int, dy: int) -> "Bounds":
        """Return them elsewhere."""
        return Bounds(self.x1 + dx, self.y1 + dy, self.x2 + dx, self.y2 + dy)

    def meets(self, other: "Bounds") -> bool:
        """Return whether a cell is in both."""
        return self.x1 <= other.x2 and other.x1 <= self.x2 and self.y1 <= other.y2 and other.y1 <= self.y2


class Door(NamedTuple):
    """A way from a cell to a cell of another area, and what to press to leave; empty to step on it."""

    start: Place
    end: Place
    press: str


class Plan(NamedTuple):
    """Where each area's cell 0, 0 lies, and the size of it all, cells."""

    origins: Mapping[int, tuple[int, int]]
    width: int
    height: int


def doors_of(facts: Facts) -> list[Door]:
    """Return the ways between areas that lead from cell to cell, by where they begin."""
    doors = []
    for edge in facts.edges("LEADS_TO"):
        start, end = facts.node(edge.key), facts.node(edge.to)
        if start and end and min(start.place.x, end.place.x) >= 0 and start.place.area != end.place.area:
            doors.append(Door(start.place, end.place, str(edge.props.get("press", ""))))
    return sorted(doors)


def bounds_of(facts: Facts) -> dict[int, Bounds]:
    """Return the known extent of each area, by its number."""
    cells: dict[int, list[Place]] = {}
    for label in ("Tile", "NPC", "Item", "Door"):
        for node in facts.label(label):
            if node.place.x >= 0 and node.place.y >= 0:
                cells.setdefault(node.place.area, []).append(node.place)
    return {area: _around(places) for area, places in sorted(cells.items())}


def plan_of(facts: Facts) -> Plan:
    """Lay out all areas of which a cell is known, from the lowest number on."""
    bounds = bounds_of(facts)
    placed: dict[int, tuple[int, int]] = {}
    if bounds:
        first = min(bounds)
        placed[first] = (0, 0)
        _grow(first, bounds, doors_of(facts), placed)
    _below([area for area in bounds if area not in placed], bounds, placed)
    return _shifted(bounds, placed)


def _grow(first: int, bounds: Mapping[int, Bounds], doors: list[Door], placed: dict[int, tuple[int, int]]) -> None:
    """Place what is reached through doors from an area, where there is room."""
    waiting = [first]
    for area in waiting:
        for door in doors:
            there = door.end.area
            if door.start.area != area or there in placed or there not in bounds:
                continue
            step = STEPS.get(door.press) or _step_over(door, bounds)
            if step is None:
                continue
            origin = _room(door, step, bounds, placed)
            if origin is not None:
                placed[there] = origin
                waiting.append(there)


def _room(
    door: Door, step: tuple[int, int], bounds: Mapping[int, Bounds], placed: Mapping[int, tuple[int, int]]
) -> tuple[int, int] | None:
    """Return where there is room for what is behind a door, as near as can be; None for nowhere near."""
    x, y = placed[door.start.area]
    taken = [bounds[area].moved(*origin) for area, origin in placed.items()]
    for far in range(1, _FARTHEST):
        origin = (x + door.start.x + far * step[0] - door.end.x, y + door.start.y + far * step[1] - door.end.y)
        if not any(bounds[door.end.area].moved(*origin).meets(other) for other in taken):
            return origin
    return None


def _step_over(door: Door, bounds: Mapping[int, Bounds]) -> tuple[int, int] | None:
    """Return the step from edge to edge of a door that one only steps on; None for one that is at no edge."""
    here, there = bounds[door.start.area], bounds[door.end.area]
    for (dx, dy), at_edge, at_other in (
        (STEPS["UP"], door.start.y - here.y1, there.y2 - door.end.y),
        (STEPS["DOWN"], here.y2 - door.start.y, door.end.y - there.y1),
        (STEPS["LEFT"], door.start.x - here.x1, there.x2 - door.end.x),
        (STEPS["RIGHT"], here.x2 - door.start.x, door.end.x - there.x1),
    ):
        if max(at_edge, at_other) <= 1:
            return dx, dy
    return None


def _below(areas: Iterable[int], bounds: Mapping[int, Bounds], placed: dict[int, tuple[int, int]]) -> None:
    """Place areas in rows below all that is placed."""
    taken = [bounds[area].moved(*origin) for area, origin in placed.items()]
    left = min((each.x1 for each in taken), default=0)
    right = max(max((each.x2 for each in taken), default=0), left + _ROW)
    x, y = left, max((each.y2 for each in taken), default=-1) + 1 + GAP
    lowest = y
    for area in areas:
        size = bounds[area]
        width, height = size.x2 - size.x1 + 1, size.y2 - size.y1 + 1
        if x > left and x + width - 1 > right:
            x, y = left, lowest + GAP
        placed[area] = (x - size.x1, y - size.y1)
        x += width + GAP
        lowest = max(lowest, y + height)


def _shifted(bounds: Mapping[int, Bounds], placed: Mapping[int, tuple[int, int]]) -> Plan:
    taken = [bounds[area].moved(*origin) for area, origin in placed.items()]
    if not taken:
        return Plan({}, 0, 0)
    left, top = min(each.x1 for each in taken) - GAP, min(each.y1 for each in taken) - GAP
    origins = {area: (x - left, y - top) for area, (x, y) in sorted(placed.items())}
    width, height = max(each.x2 for each in taken) - left, max(each.y2 for each in taken) - top
    return Plan(origins, width + 1 + GAP, height + 1 + GAP)


def _around(places: list[Place]) -> Bounds:
    columns, rows = [place.x for place in places], [place.y for place in places]
    return Bounds(min(columns), min(rows), max(columns), max(rows))
