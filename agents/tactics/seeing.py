"""What a sight adds to the map: looks and types of cells that were not known so → facts."""

from collections.abc import Collection, Iterator

import numpy as np

from agents.atlas.atlas import Atlas
from agents.atlas.cells import Cell, cell_key
from agents.atlas.known import Tile
from agents.perception import Sight, TileType
from runtime.wire import Fact, Scalar

#: A guess by likeness counts below this confidence as none: a wrong "solid" hides a way, a wrong "free" costs a bump.
_SURE = 0.5

#: Whole cells that are seen right of and below a player in the middle of a screen of 15x10 cells; one less than there
#: are, since the picture may lie between two cells.
_HALF_WIDTH, _HALF_HEIGHT = 6, 3


def new_ground(atlas: Atlas, sight: Sight) -> list[Fact]:
    """Return what a sight shows of the area's ground that is new, already taken into the atlas."""
    facts = list(_differing(atlas, sight)) if sight.view == "map" else []
    atlas.add(facts)
    return facts


def extent(atlas: Atlas, sight: Sight) -> list[Fact]:
    """Return how far the area goes where that is new: the camera keeps the player in the middle but at an edge."""
    if sight.player is None or not sight.width:
        return []
    area, props = atlas.area(sight.area), {}
    right, bottom = sight.x0 + sight.width - 1, sight.y0 + sight.height - 1
    if not area.width and right < sight.player[0] + _HALF_WIDTH:
        props["width"] = right + 1
    if not area.height and bottom < sight.player[1] + _HALF_HEIGHT:
        props["height"] = bottom + 1
    facts = [Fact("Area", f"area:{sight.area}", {**props})] if props else []
    atlas.add(facts)
    return facts


def sprites_of(sight: Sight) -> frozenset[Cell]:
    """Return the cells in which somebody other than the player stands; nobody stands in water, which moves, too."""
    rows, columns = np.nonzero(sight.sprites & (sight.types != TileType.OBSTACLE_WATER))
    cells = {(sight.x0 + int(x), sight.y0 + int(y)) for y, x in zip(rows, columns, strict=True)}
    return frozenset(cells - {sight.player}) if sight.player else frozenset(cells)


def visible_of(sight: Sight) -> frozenset[Cell]:
    """Return the cells that the picture shows."""
    rows, columns = np.nonzero(sight.visible)
    return frozenset((sight.x0 + int(x), sight.y0 + int(y)) for y, x in zip(rows, columns, strict=True))


def _differing(atlas: Atlas, sight: Sight) -> Iterator[Fact]:
    area = atlas.area(sight.area)
    tiles = area.tiles
    looks, types = sight.looks.tolist(), np.where(sight.confidence >= _SURE, sight.types, 0).tolist()
    for row in range(sight.height):
        for column in range(sight.width):
            look = looks[row][column]
            if not look:
                continue
            cell = (sight.x0 + column, sight.y0 + row)
            named, kind = f"{look:016x}", types[row][column]
            token = TileType(kind).token if kind else ""
            tile = tiles.get(cell)
            if tile is None or tile.look != named or tile.type != token:
                before = area.looked.get(cell, {})
                yield Fact("Tile", cell_key("tile", sight.area, cell), _changed(atlas, tile, named, token, before))


def _changed(atlas: Atlas, tile: Tile | None, look: str, token: str, before: Collection[str]) -> dict[str, Scalar]:
    """Return what is new.

    A cell that used to stop us and looks as it never did before may have been opened; one that was walked on and now
    looks like what never let anybody pass is shut: the game has begun anew, or something fell.
    """
    props: dict[str, Scalar] = {"look": look, "type": token}
    if tile is None or tile.look in {"", look}:
        return props
    shut = atlas.kind(look).ground == "shut"
    if (tile.stops or tile.spoke) and not shut and look not in before:
        props |= {"stops": 0, "tried": -1}
    if tile.ways and shut:
        props["ways"] = 0
    return props
