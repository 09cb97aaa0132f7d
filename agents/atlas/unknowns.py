"""What an area still hides: cells beside the unseen, ground, people and things that nobody tried."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agents.atlas.atlas import Atlas
from agents.atlas.cells import STEPS, Cell, beside
from agents.atlas.known import AreaMap, Kind, Npc, Tile
from agents.atlas.ways import FEW_CELLS

#: take: an item or chest; talk: somebody; see: the edge of what was seen; leave: the edge of the area, which is open
#: where there is a way out; peek: a cell that a status line hides; enter: a door; ask: a thing like those that spoke;
#: try: ground that nobody walked on, rare in its area, in a wall with open ground before it: perhaps a door; knock:
#: one that proved solid; gap: any other that is rare and between walls; meet: a rare solid look, free on two sides, at
#: which A was never pressed: somebody who stands still (or what looks like it), or a thing with a purpose; odd: one of
#: which nobody knows whether it is solid: stairs, a thing that has changed; tread, touch: any other ground and other
#: solid looks that nobody tried.
Why = Literal[
    "take", "talk", "see", "leave", "peek", "enter", "ask", "try", "knock", "gap", "meet", "odd", "tread", "touch"
]

#: Cells of a look in its area up to which it is rare, and up to which it may be a door's: a town has a few alike.
_SINGULAR, _DOORS = 2, 3


@dataclass(frozen=True, order=True)
class Unknown:
    """Something to find out.

    Attributes:
        why: What for.
        cell: The cell in question; of "see" the known one beside the unseen.
        push: Of "see", "leave" and "peek": the direction in which nothing was seen.
        key: Of "talk": who.
    """

    why: Why
    cell: Cell
    push: str = ""
    key: str = ""


class Unknowns:
    """What areas hide. What was found for one is kept until its map changes."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._kept: dict[int, tuple[int, tuple[Unknown, ...]]] = {}

    def of(self, area: AreaMap) -> tuple[Unknown, ...]:
        """Return all that an area hides, as far as can be told, in the order in which cells were first seen."""
        kept = self._kept.get(area.id)
        if kept is None or kept[0] != area.version:
            kept = self._kept[area.id] = (area.version, tuple(_of_map(self._atlas, area)))
        talks = (
            Unknown("talk", npc.cell, key=npc.key)
            for npc in self._atlas.npcs.values()
            if npc.area == area.id and worth_talking(npc, self._atlas.progress)
        )
        return (*talks, *kept[1])


def _of_map(atlas: Atlas, area: AreaMap) -> Iterator[Unknown]:
    ways_back = {beside(cell, door.press) for cell, door in area.back.items()}
    often = Counter(tile.look for tile in area.tiles.values())
    for cell, tile in area.tiles.items():
        if cell in area.doors and tile.stops and tile.stopped_frame >= 0 and tile.tried < 0:
            yield Unknown("knock", cell)  # a door that was open in a game before
        if cell in ways_back:
            continue
        kind = atlas.kind_of(tile)
        yield from _of_cell(atlas, area, cell, tile, kind, often[tile.look])
        if is_solid(tile, kind) and tile.look and not kind.talked and not kind.silent and tile.tried < 0:
            yield Unknown(_of_solid(atlas, area, cell, often[tile.look]), cell)


def worth_talking(npc: Npc, progress: int) -> bool:
    """Return whether somebody may have something new to say."""
    return not npc.hostile and not npc.gone and npc.talked < 0 <= progress


def is_solid(tile: Tile, kind: Kind) -> bool:
    """Return whether a cell is taken for one that cannot be entered."""
    if tile.ways or kind.ground in {"open", "mixed"}:
        return False
    return bool(tile.stops) or kind.ground == "shut" or not _may_be_ground(tile)


def _may_be_ground(tile: Tile) -> bool:
    return not tile.type.startswith(("obstacle", "interactive_npc", "interactive_item", "interactive_chest"))


def _of_cell(atlas: Atlas, area: AreaMap, cell: Cell, tile: Tile, kind: Kind, often: int) -> Iterator[Unknown]:
    if tile.type in {"interactive_item", "interactive_chest"} and tile.tried < 0:
        yield Unknown("take", cell)
    if tile.spoke and tile.stops and 0 <= tile.stopped_at < atlas.progress and kind.blocked <= FEW_CELLS:
        yield Unknown("touch", cell)  # it answered, and the game has come on: perhaps it is open
    if tile.spoke and not tile.ways and not tile.stops and tile.tried < 0 and kind.ground in {"unknown", "mixed"}:
        yield Unknown("odd", cell)  # it answered, and looks otherwise now
        return
    if is_solid(tile, kind):
        if (kind.talked or tile.spoke or tile.type == "interactive_door") and tile.tried < 0:
            yield Unknown("knock" if tile.type == "interactive_door" else "ask", cell)
        elif kind.ground == "unknown" and not tile.stops and (tile.tried >= 0 or kind.silent):
            yield Unknown("odd" if often <= _SINGULAR else "tread", cell)  # it says nothing: perhaps one can walk on it
        return
    if (tile.type == "interactive_door" or kind.led) and cell not in area.doors and not tile.ways:
        yield Unknown("enter", cell)
    elif not tile.ways and kind.ground in {"unknown", "mixed"} and not tile.stops:
        yield Unknown(_of_ground(atlas, area, cell, often), cell)
    yield from _edges(area, cell, tile, kind)


def _edges(area: AreaMap, cell: Cell, tile: Tile, kind: Kind) -> Iterator[Unknown]:
    """Yield the sides of a cell on which nothing was seen yet."""
    door, back = area.doors.get(cell), area.back.get(cell)
    if door and not door.press:
        return
    leads_away = {way.press for way in (door, back) if way}
    for direction in STEPS:
        if direction in leads_away:
            continue
        if beside(cell, direction) in area.tiles or _same_edge(area, cell, direction):
            continue
        why = _beyond(area, beside(cell, direction), tile, kind)
        if why != "peek" or tile.ways or kind.ground == "open":  # under the status line there mostly is the edge
            yield Unknown(why, cell, push=direction)


def _of_ground(atlas: Atlas, area: AreaMap, cell: Cell, often: int) -> Why:
    """Return what a look that may be ground is to be walked on for."""
    if often > _SINGULAR:
        return "tread"
    if _between_walls(atlas, area, cell):
        return "try" if _in_a_wall(atlas, area, cell) else "gap"
    alone = often == 1 or not area.tiles[cell].type.startswith("walkable")  # of one alone a guess is worth little
    return "odd" if alone and _stands_free(atlas, area, cell) else "tread"


def _between_walls(atlas: Atlas, area: AreaMap, cell: Cell) -> bool:
    """Return whether a cell lies like a door does: on two sides that face each other nothing is known to be open."""
    shut = {step: not _is_open(atlas, area, beside(cell, step)) for step in STEPS}
    return (shut["LEFT"] and shut["RIGHT"]) or (shut["UP"] and shut["DOWN"])


def _in_a_wall(atlas: Atlas, area: AreaMap, cell: Cell) -> bool:
    """Return whether a cell lies like a door in a wall that one looks at, or like a gate in a passage."""
    free = {step for step in STEPS if _is_open(atlas, area, beside(cell, step))}
    before = beside(cell, "DOWN")
    ground = area.tiles.get(before)
    walkable = "DOWN" in free or (ground is not None and ground.type.startswith("walkable"))
    if walkable and before not in area.doors and not free & {"LEFT", "RIGHT"}:
        return True
    return free in ({"LEFT", "RIGHT"}, {"UP", "DOWN"})


def _of_solid(atlas: Atlas, area: AreaMap, cell: Cell, often: int) -> Why:
    """Return what a solid cell is to be tried for, by its place and how often its look is met in the area."""
    tile = area.tiles[cell]
    if tile.type == "interactive_npc":
        return "meet"
    if often <= _DOORS and _between_walls(atlas, area, cell):
        in_a_wall, ground = _in_a_wall(atlas, area, cell), atlas.kind_of(tile).ground
        if tile.stops or (tile.stopped_at >= 0 and ground == "shut"):  # it looked otherwise since, as who moves does
            return "knock" if in_a_wall else "touch"
        if ground == "unknown":
            return "try" if in_a_wall else "gap"
    return "meet" if often <= _SINGULAR and _stands_free(atlas, area, cell) else "touch"


def _stands_free(atlas: Atlas, area: AreaMap, cell: Cell) -> bool:
    """Return whether a cell lies like somebody stands: on two sides that face each other there is open ground."""
    free = {step: _is_open(atlas, area, beside(cell, step)) for step in STEPS}
    return (free["LEFT"] and free["RIGHT"]) or (free["UP"] and free["DOWN"])


def _is_open(atlas: Atlas, area: AreaMap, cell: Cell) -> bool:
    tile = area.tiles.get(cell)
    return tile is not None and (tile.ways > 0 or atlas.kind_of(tile).ground == "open")


def _beyond(area: AreaMap, unseen: Cell, tile: Tile, kind: Kind) -> Why:
    if area.outside(unseen):
        known = tile.ways or kind.ground == "open" or tile.type.startswith("walkable")
        return "leave" if known else "tread"
    return "peek" if unseen[1] == 0 else "see"  # the topmost row lies under the status line for good


def _same_edge(area: AreaMap, cell: Cell, direction: str) -> bool:
    """Return whether the cell beside is left the same way, as far as is known: one of a road's two lanes."""
    sides = ("LEFT", "RIGHT") if direction in {"UP", "DOWN"} else ("UP", "DOWN")
    doors = (ways.get(beside(cell, side)) for side in sides for ways in (area.doors, area.back))
    return any(door.press == direction for door in doors if door)
