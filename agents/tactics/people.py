"""Who stands where: sprites of this tick matched to the people known."""

from collections.abc import Collection, Iterator

from agents.atlas.atlas import Atlas
from agents.atlas.cells import Cell, cell_key, distance
from agents.atlas.known import Npc
from runtime.wire import Fact

#: Cells that a wanderer may have gone from where it was last seen: they stay near their place.
_WANDERS_CELLS = 4

#: Sights in a row, at 10 Hz, after which a sprite counts as somebody who stands there, and as somebody new beside one
#: who is known: on the way from cell to cell, two to three sights long, both cells show a sprite.
_STANDS_SIGHTS, _NEW_SIGHTS = 3, 12

#: Sights of an empty place, at 10 Hz, after which who was there counts as gone.
_GONE_SIGHTS = 4


class People:
    """Keeps the people of the present area with their places."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._missed: dict[str, int] = {}
        self._area = -1
        self._stood: dict[Cell, int] = {}  # sprites of the last sight: in how many sights in a row

    def see(self, area: int, sprites: Collection[Cell], visible: Collection[Cell]) -> list[Fact]:
        """Take in one sight; return what is new, already taken into the atlas.

        Args:
            area: The present one.
            sprites: Cells in which somebody stands.
            visible: All cells that can be seen.
        """
        before = self._stood if area == self._area else {}
        self._area, self._stood = area, {cell: before.get(cell, 0) + 1 for cell in sorted(sprites)}
        standing = [cell for cell, sights in self._stood.items() if sights >= _STANDS_SIGHTS]
        facts = list(self._matched(area, standing, frozenset(visible) - self._stood.keys()))
        self._atlas.add(facts)
        return facts

    def at(self, area: int, cell: Cell) -> Npc | None:
        """Return who stands in a cell, or stood there last."""
        return next((npc for npc in self.of(area) if npc.cell == cell), None)

    def of(self, area: int) -> list[Npc]:
        """Return the people of an area who are there as far as is known, and may move."""
        return [npc for npc in self._atlas.npcs.values() if npc.area == area and not npc.gone and npc.role != "sign"]

    def _matched(self, area: int, sprites: list[Cell], visible: frozenset[Cell]) -> Iterator[Fact]:
        there = [npc for npc in self._atlas.npcs.values() if npc.area == area]
        known = {npc.key: npc for npc in there if npc.role != "sign"}
        fixed = {npc.cell for npc in there if npc.role == "sign"}
        left = [cell for cell in sprites if cell not in fixed]
        for npc in list(known.values()):  # whoever stayed
            if npc.cell in left:
                left.remove(npc.cell)
                del known[npc.key]
                yield from self._found(npc, npc.cell)
        for cell in left:  # whoever moved, the nearest first
            near = min(known.values(), key=lambda npc: distance(npc.cell, cell), default=None)
            if near and distance(near.cell, cell) <= _WANDERS_CELLS:
                del known[near.key]
                yield from self._found(near, cell)
            elif self._stood[cell] >= _NEW_SIGHTS or not self._near_somebody(area, cell):
                yield Fact("NPC", cell_key("npc", area, cell), {"at_x": cell[0], "at_y": cell[1]})
        for npc in known.values():
            if npc.cell in visible:
                yield from self._not_there(npc)

    def _near_somebody(self, area: int, cell: Cell) -> bool:
        return any(distance(npc.cell, cell) <= _WANDERS_CELLS for npc in self.of(area))

    def _found(self, npc: Npc, cell: Cell) -> Iterator[Fact]:
        self._missed.pop(npc.key, None)
        if npc.cell != cell or npc.gone:
            yield Fact("NPC", npc.key, {"at_x": cell[0], "at_y": cell[1], "gone": False})

    def _not_there(self, npc: Npc) -> Iterator[Fact]:
        self._missed[npc.key] = self._missed.get(npc.key, 0) + 1
        if self._missed[npc.key] == _GONE_SIGHTS and not npc.gone:
            yield Fact("NPC", npc.key, {"gone": True})
