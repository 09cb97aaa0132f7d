"""Finding the way between areas: over doors first, then cell by cell."""

import heapq
from collections.abc import Collection
from dataclasses import dataclass

from agents.atlas.atlas import Atlas
from agents.atlas.cells import BITS, Cell, Place, beside
from agents.atlas.known import AreaMap, Door
from agents.atlas.ways import Ways, ways_from

#: What passing a door costs, in half steps: the screen fades out and in, 40 to 60 frames where a step takes 8.
PASSAGE = 12

_FAR = 1 << 30


@dataclass(frozen=True)
class Leg:
    """How an entrance of an area is reached.

    Attributes:
        cost: From the start, in half steps.
        first: The door by which the first area is left; None in the first area itself.
        ways: From the entrance.
    """

    cost: int
    first: Door | None
    ways: Ways


@dataclass(frozen=True)
class Reach:
    """All that can be reached from a place, as far as is known.

    Attributes:
        start: The place.
        legs: By area, the entrances by which it is reached, the cheapest first.
    """

    start: Place
    legs: dict[int, list[Leg]]

    def cost(self, area: int, cell: Cell) -> int | None:
        """Return the cost to a cell in half steps; None when it cannot be reached."""
        costs = [leg.cost + leg.ways.cost[cell] for leg in self.legs.get(area, ()) if cell in leg.ways.cost]
        return min(costs, default=None)

    def first_door(self, area: int, cell: Cell) -> Door | None:
        """Return the door by which the first area is left on the cheapest way; None within it, or out of reach."""
        legs = [leg for leg in self.legs.get(area, ()) if cell in leg.ways.cost]
        return min(legs, key=lambda leg: leg.cost + leg.ways.cost[cell]).first if legs else None


class Routes:
    """Ways over the whole atlas. Those from an entrance are kept until its area's map changes."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._kept: dict[Place, tuple[int, Ways]] = {}

    def here(self, start: Place, now: int, people: Collection[Cell] = ()) -> Reach:
        """Return what can be reached from a place without leaving its area."""
        return Reach(start, {start[0]: [Leg(0, None, self.within(start, now, people))]})

    def reach(self, start: Place, now: int, people: Collection[Cell] = ()) -> Reach:
        """Return what can be reached from a place; `people` stand in the way in its area."""
        here = self.within(start, now, people)
        legs: dict[int, list[Leg]] = {start[0]: [Leg(0, None, here)]}
        done: set[Place] = {start}
        queue: list[tuple[int, Place, tuple[int, ...]]] = []
        self._push_doors(queue, 0, (), start[0], here)
        while queue:
            cost, entrance, first_cell = heapq.heappop(queue)
            if entrance in done:
                continue
            done.add(entrance)
            if any(leg.cost + leg.ways.cost.get(entrance[1], _FAR) <= cost for leg in legs.get(entrance[0], ())):
                continue  # out by one door and in by another is no way around somebody who stands there
            left = self._atlas.area(start[0])
            first = (left.back | left.doors)[first_cell[0], first_cell[1]]
            ways = self._kept_ways(entrance, now)
            legs.setdefault(entrance[0], []).append(Leg(cost, first, ways))
            self._push_doors(queue, cost, first_cell, entrance[0], ways)
        return Reach(start, legs)

    def within(self, start: Place, now: int, people: Collection[Cell] = ()) -> Ways:
        """Return the ways from a place in its own area."""
        area = self._atlas.area(start[0])
        return ways_from(area, self._atlas.kinds, start[1], now, self._atlas.progress, people, stop=area.doors)

    def _kept_ways(self, entrance: Place, now: int) -> Ways:
        version = self._atlas.area(entrance[0]).version + self._atlas.progress
        kept = self._kept.get(entrance)
        if kept is None or kept[0] != version:
            kept = self._kept[entrance] = (version, self.within(entrance, now))
        return kept[1]

    def _push_doors(
        self, queue: list[tuple[int, Place, tuple[int, ...]]], cost: int, first: tuple[int, ...], area: int, ways: Ways
    ) -> None:
        there = self._atlas.area(area)
        for cell, door in sorted((_open_ways_back(there) | there.doors).items()):
            if cell in ways.cost:
                heapq.heappush(queue, (cost + ways.cost[cell] + PASSAGE, door.to, first or cell))


def _open_ways_back(area: AreaMap) -> dict[Cell, Door]:
    """Return the ways by which one came in and that have not proved shut since."""
    return {cell: door for cell, door in area.back.items() if not _is_shut(area, beside(cell, door.press), door.press)}


def _is_shut(area: AreaMap, cell: Cell, direction: str) -> bool:
    tile = area.tiles.get(cell)
    return tile is not None and bool(tile.stops & BITS[direction])
