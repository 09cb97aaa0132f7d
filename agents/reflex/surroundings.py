"""What lies around the player, as far as it was learnt: the `view.…` values of the rules."""

from collections import deque
from collections.abc import Mapping

from agents.atlas.atlas import LIBRARIAN, Atlas
from agents.atlas.cells import OPPOSITE, STEPS, Cell, beside, distance, place_of
from agents.atlas.known import Kind, Tile
from agents.atlas.unknowns import is_solid
from agents.reflex.moment import Moment
from runtime.wire import Fact, Learnt

#: Facts taken in on one frame; those beyond it wait. A fact costs a few microseconds, and what the librarian knew of
#: games before comes by the thousand.
_FACTS_A_FRAME = 100

#: `view.enemy` and `view.item` when there is none.
NONE_NEAR = 99

_NAMES = {"UP": "view.north", "RIGHT": "view.east", "DOWN": "view.south", "LEFT": "view.west"}

#: The view of who sees nothing.
_BLIND: Mapping[str, object] = {
    **dict.fromkeys(("view.here", "view.ahead", "view.behind", *_NAMES.values()), ""),
    **{"view.known": 0, "view.open": 0, "view.enemy": NONE_NEAR, "view.item": NONE_NEAR},
}


class Surroundings:
    """A look at the learnt map around the player; looked up anew only when the player, or the map, has changed.

    Attributes:
        enemy: The nearest one known; None for none.
        item: The nearest one known.
    """

    def __init__(self) -> None:
        self.enemy: Cell | None = None
        self.item: Cell | None = None
        self._atlas = Atlas()
        self._waiting: deque[tuple[Fact, bool]] = deque()
        self._changes = 0
        self._looked: tuple[int, Cell | None, str, int] = (-1, None, "", -1)
        self._view: Mapping[str, object] = {}
        self._spent: set[tuple[int, Cell]] = set()

    def hear(self, learnt: tuple[Learnt, ...]) -> None:
        """Take what was learnt, for the next look."""
        for message in learnt:
            of_before = message.actor == LIBRARIAN
            self._waiting.extend((fact, of_before) for fact in message.facts)

    def look(self, moment: Moment, *, anew: bool = True) -> None:
        """Write the view into the moment's values.

        Args:
            moment: What to write into.
            anew: Whether what was learnt, and where the player is now, count; else the view is the last one's.
        """
        if anew:
            self._learn()
            key = (moment.area, moment.cell, moment.facing, self._changes)
            if key != self._looked:
                self._looked = key
                self._view = self._seen(moment.area, moment.cell, moment.facing)
        moment.values.update(self._view or _BLIND)

    def _learn(self) -> None:
        """Take in a bounded part of what waits."""
        for _ in range(min(len(self._waiting), _FACTS_A_FRAME)):
            fact, of_before = self._waiting.popleft()
            self._atlas.add((fact,), of_before=of_before)
            self._changes += 1

    def kind(self, area: int, cell: Cell) -> str:
        """Return what a cell is taken for: walkable, obstacle, interactive, door, hazard; '' when it is not known."""
        if (area, cell) in self._spent:
            return "obstacle"
        for npc in self._atlas.npcs.values():
            if npc.area == area and npc.cell == cell and not npc.gone:
                return "obstacle" if npc.hostile else "interactive"
        there = self._atlas.areas.get(area)
        tile = there.tiles.get(cell) if there else None
        if there is None or tile is None:
            return ""
        kind = self._atlas.kind_of(tile)
        if tile.hurt or kind.hurt:
            return "hazard"
        return "door" if cell in there.doors or kind.led else _ground(tile, kind)

    def spend(self, area: int, cell: Cell) -> None:
        """Take a cell for an obstacle from now on: A was pressed at it long enough."""
        self._spent.add((area, cell))
        self._changes += 1

    def _seen(self, area: int, cell: Cell | None, facing: str) -> dict[str, object]:
        self.enemy = self.item = None
        view = dict(_BLIND)
        if cell is None:
            return view
        around = {step: self.kind(area, beside(cell, step)) for step in STEPS}
        view |= {_NAMES[step]: kind for step, kind in around.items()}
        view["view.here"] = self.kind(area, cell)
        view["view.ahead"] = around.get(facing, "")
        view["view.behind"] = around.get(OPPOSITE.get(facing, ""), "")
        view["view.known"] = sum(bool(kind) for kind in around.values())
        view["view.open"] = sum(kind in {"walkable", "door"} for kind in around.values())
        enemies = [npc.cell for npc in self._atlas.npcs.values() if npc.hostile and npc.area == area and not npc.gone]
        places = (place_of(key) for key, taken in self._atlas.items.items() if not taken)
        items = [place[1] for place in places if place and place[0] == area]
        if enemies:
            self.enemy = min(enemies, key=lambda there: (distance(cell, there), there))
            view["view.enemy"] = distance(cell, self.enemy)
        if items:
            self.item = min(items, key=lambda there: (distance(cell, there), there))
            view["view.item"] = distance(cell, self.item)
        return view


def _ground(tile: Tile, kind: Kind) -> str:
    if tile.type.startswith("interactive") and not tile.ways:
        return "interactive"
    if is_solid(tile, kind):
        return "obstacle"
    return "walkable" if tile.ways or kind.ground == "open" or tile.type.startswith("walkable") else ""
