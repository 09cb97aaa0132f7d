"""Finding the way in one area: what entering a cell costs by what is known of it, and the cheapest ways from a cell."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agents.atlas.cells import BITS, STEPS, Cell
from agents.atlas.known import AreaMap, Kind, Tile

#: What entering a cell costs, in half steps. Ground that nobody tried is hardly dearer than ground that was walked: a
#: bump into something solid takes three steps' time, but once for a look, not for each cell of it.
KNOWN = 2
LIKELY = 2
UNKNOWN = 3

#: What only resembles something solid may be tried where there is no other way.
SUSPECT = 24

#: A look that was walked on and stopped somebody, too.
MIXED = 10

#: What stopped somebody before the game came on, and is of a look of which there are few: it may be open now.
PERHAPS_OPENED = 50
FEW_CELLS = 3

#: What a cell is dearer by that harms: a longer way around is taken up to this.
HAZARD = 30

#: What a cell is dearer by in which somebody stands: they may move.
SOMEBODY = 40

#: Frames after which a cell that was walked on before and then stopped somebody is tried again.
FORGIVEN_FRAMES = 600

_WALKABLE = "walkable"
_SOLID = ("obstacle", "interactive_npc", "interactive_item", "interactive_chest")


def entry_cost(tile: Tile, kind: Kind, direction: str, now: int, progress: int) -> int:
    """Return the cost of entering a cell in a direction, in half steps; 0 when it cannot be, as far as is known.

    Args:
        tile: The cell.
        kind: What is known of its look.
        direction: Of the step.
        now: The frame, against which a block grows old.
        progress: How far the game has come.
    """
    bit = BITS[direction]
    harm = HAZARD if tile.hurt or kind.hurt else 0
    if tile.stops and 0 <= tile.stopped_at < progress and not kind.walked and kind.blocked <= FEW_CELLS:
        return UNKNOWN if tile.spoke else PERHAPS_OPENED
    if tile.stops & bit:
        recent = tile.stopped_frame >= 0 and now - tile.stopped_frame < FORGIVEN_FRAMES
        return 0 if recent or not tile.ways & bit else MIXED + harm
    if tile.ways or kind.ground == "open":
        return KNOWN + harm
    if kind.ground == "shut" or tile.stops:
        return 0
    return _mixed_cost(kind, bit, harm) if kind.ground == "mixed" else _guessed_cost(tile, harm)


def _guessed_cost(tile: Tile, harm: int) -> int:
    """Return the cost of a look that nobody tried, by what eyes take it for."""
    if tile.type.startswith(_SOLID) and not (
        tile.spoke and tile.tried < 0
    ):  # what answered and has changed may be open
        return SUSPECT
    return (LIKELY if tile.type.startswith(_WALKABLE) else UNKNOWN) + harm


def _mixed_cost(kind: Kind, bit: int, harm: int) -> int:
    """Return the cost of a look that lets pass in some directions only (a ledge), or now and then."""
    if kind.ways & bit:
        return (MIXED if kind.stops & bit else KNOWN) + harm
    return 0 if kind.stops & bit else MIXED + harm


@dataclass
class Ways:
    """The cheapest ways from one cell to all that can be reached in its area.

    Attributes:
        start: The cell.
        cost: To every cell that can be reached, in half steps.
    """

    start: Cell
    cost: dict[Cell, int] = field(default_factory=dict)
    _before: dict[Cell, Cell] = field(default_factory=dict)

    def path(self, cell: Cell) -> list[Cell]:
        """Return the cells to a reachable cell, without `start`; empty when it is there already."""
        path = []
        while cell in self._before:
            path.append(cell)
            cell = self._before[cell]
        return path[::-1]

    def nearest(self, cells: Iterable[Cell]) -> Cell | None:
        """Return the cheapest of those cells that can be reached; the first among equals."""
        there = [cell for cell in cells if cell in self.cost]
        return min(there, key=lambda cell: self.cost[cell]) if there else None


def ways_from(
    area: AreaMap,
    kinds: Mapping[str, Kind],
    start: Cell,
    now: int,
    progress: int,
    people: Iterable[Cell] = (),
    stop: Iterable[Cell] = (),
) -> Ways:
    """Return the cheapest ways from a cell.

    Args:
        area: The map.
        kinds: What is known of looks.
        start: Where from.
        now: The frame.
        progress: How far the game has come.
        people: Cells in which somebody stands.
        stop: Cells that may be entered but not walked through: doors lead away.
    """
    ways = Ways(start, {start: 0})
    standing, ends = frozenset(people), frozenset(stop) - {start}
    cost, before, tiles = ways.cost, ways._before, area.tiles
    queue: list[tuple[int, Cell]] = [(0, start)]
    while queue:
        so_far, cell = heapq.heappop(queue)
        if so_far > cost[cell] or cell in ends:
            continue
        x, y = cell
        for direction, (dx, dy) in STEPS.items():
            following = (x + dx, y + dy)
            tile = tiles.get(following)
            if tile is None or cost.get(following, _FAR) <= so_far + KNOWN:  # no step is cheaper
                continue
            step = entry_cost(tile, kinds.get(tile.look, _NOTHING_KNOWN), direction, now, progress)
            if not step:
                continue
            through = so_far + step + (SOMEBODY if following in standing else 0)
            if through < cost.get(following, _FAR):
                cost[following], before[following] = through, cell
                heapq.heappush(queue, (through, following))
    return ways


_FAR = 1 << 30

_NOTHING_KNOWN = Kind()
