"""The true map, which no actor may know, from the watch `map.tiles`: shortest ways, and what there is to see."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Backend
from runtime.game import TYPES, Game, holds

Cell = tuple[int, int]  # x, y

_STEPS: Mapping[str, Cell] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}

#: Kinds of cell that nobody can enter, and that hurt, by words of the names that the watch gives its values; where
#: game.toml has a table [tiles], that says it.
_SOLID = frozenset({"wall", "water", "item", "spring", "shrine", "sign", "locked", "chest", "counter"})
_HAZARDS = frozenset({"bramble", "brambles"})

_MAP, _WIDTH, _HEIGHT = "map.tiles", "map.width", "map.height"


class Arrays:
    """Reads array watches of a running emulator."""

    def __init__(self, backend: Backend, game: Game) -> None:
        self._backend = backend
        there = {watch.name: watch for watch in game.watch if watch.shape and watch.pointer is None}
        self._watches = {
            name: (watch, region)
            for name, watch in there.items()
            for region in backend.regions
            if holds(region, watch.address, watch.size)
        }

    def __contains__(self, name: str) -> bool:
        return name in self._watches

    def read(self, name: str) -> NDArray[np.generic]:
        """Return a copy of an array watch's values now."""
        watch, region = self._watches[name]
        offset = watch.address - region.address
        part = self._backend.memory()[region.name][offset : offset + watch.size]
        return part.view(np.dtype(TYPES[watch.type])).reshape(watch.shape).copy()


class TrueMap:
    """The areas seen so far, as they were when they were last looked at."""

    def __init__(self, game: Game, arrays: Arrays) -> None:
        self._arrays = arrays
        self._kinds: dict[int, str] = {}  # a cell's value: its kind
        self._solid: frozenset[int] = frozenset()
        self._hazards: frozenset[int] = frozenset()
        watch = next((watch for watch in game.watch if watch.name == _MAP), None)
        self.there = watch is not None and _MAP in arrays
        if watch:
            self._kinds = {int(value): name.lower().replace("_", " ") for value, name in watch.values.items()}
            self._solid = self._named(_SOLID)
            self._hazards = self._named(_HAZARDS)
            if game.tiles and game.tiles.watch == _MAP:
                self._solid, self._hazards = frozenset(game.tiles.solid), frozenset(game.tiles.hazard)
        self._areas: dict[int, NDArray[np.generic]] = {}  # (height, width)

    def look(self, area: int, state: Mapping[str, object]) -> None:
        """Read the present area's map."""
        if self.there:
            tiles = self._arrays.read(_MAP)
            width, height = state.get(_WIDTH), state.get(_HEIGHT)
            bounded = isinstance(width, int) and isinstance(height, int) and width and height
            self._areas[area] = tiles[:height, :width] if bounded else tiles

    def kind(self, area: int, cell: Cell) -> str:
        """Return the kind of a cell; empty where it is not known."""
        tiles = self._areas.get(area)
        if tiles is None or not _inside(tiles, cell):
            return ""
        return self._kinds.get(int(tiles[cell[1], cell[0]]), "")

    def shortest(self, area: int, start: Cell, goal: Cell) -> int | None:
        """Return the fewest steps from one cell to another, around hazards where that is possible.

        None when there is no way or no map.
        """
        safe = self._distances(area, start, goal, self._solid | self._hazards).get(goal)
        return self._distances(area, start, goal).get(goal) if safe is None else safe

    def reachable(self, area: int, cells: set[Cell]) -> set[Cell]:
        """Return the cells that can be entered from any of these, themselves included."""
        found: set[Cell] = set()
        for cell in sorted(cells):
            if cell not in found:
                found |= self._distances(area, cell).keys()
        return found

    def _named(self, words: frozenset[str]) -> frozenset[int]:
        return frozenset(value for value, kind in self._kinds.items() if words & set(kind.split()))

    def _distances(
        self, area: int, start: Cell, goal: Cell | None = None, shut: frozenset[int] | None = None
    ) -> dict[Cell, int]:
        """Return the steps to each cell that can be reached, up to the goal; cells of the values `shut` cannot."""
        tiles = self._areas.get(area)
        if tiles is None or not _inside(tiles, start):
            return {}
        steps = {start: 0}
        queue = deque([start])
        while queue and goal not in steps:
            cell = queue.popleft()
            for beside in self._ways(tiles, cell, self._solid if shut is None else shut):
                if beside not in steps:
                    steps[beside] = steps[cell] + 1
                    queue.append(beside)
        return steps

    def _ways(self, tiles: NDArray[np.generic], cell: Cell, shut: frozenset[int]) -> Iterator[Cell]:
        """Yield where one step leads; a ledge is entered and left in its own direction only."""
        falls = _ledge(self._kinds.get(int(tiles[cell[1], cell[0]]), ""))
        for name, (dx, dy) in _STEPS.items():
            beside = cell[0] + dx, cell[1] + dy
            if (falls and falls != name) or not _inside(tiles, beside):
                continue
            value = int(tiles[beside[1], beside[0]])
            ledge = _ledge(self._kinds.get(value, ""))
            if ledge == name or (not ledge and value not in shut):
                yield beside


def _ledge(kind: str) -> str:
    """Return the direction in which a ledge is hopped over; empty for what is none."""
    if not kind.startswith("ledge"):
        return ""
    return next((name for name in _STEPS if name in kind), "")


def _inside(tiles: NDArray[np.generic], cell: Cell) -> bool:
    height, width = tiles.shape
    return bool(0 <= cell[0] < width and 0 <= cell[1] < height)


Shortest = Callable[[int, Cell, Cell], int | None]
