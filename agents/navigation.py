"""Finding the way: on an area's grid of cells, and from area to area."""

import heapq
from collections import deque
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from runtime.game import Area, Exit, Game

Cell = tuple[int, int]  # x, y

#: The D-pad's directions as steps on the grid, y downwards.
STEPS: Mapping[str, Cell] = {"UP": (0, -1), "DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0)}

#: What entering a hazard is worth in steps: a longer way around is taken up to this.
HAZARD_COST = 25


def cell_costs(tiles: NDArray[np.uint8], game: Game, width: int, height: int) -> NDArray[np.int32]:
    """Return the cost of entering each cell (height, width); 0 for solid ones."""
    grid = tiles[:height, :width]
    costs = np.ones(grid.shape, dtype=np.int32)
    if game.tiles:
        costs[np.isin(grid, game.tiles.hazard)] = HAZARD_COST
        costs[np.isin(grid, game.tiles.solid)] = 0
    return costs


def find_path(costs: NDArray[np.int32], start: Cell, goals: Iterable[Cell], blocked: Iterable[Cell] = ()) -> list[Cell]:
    """Return the cheapest path to the nearest goal, without `start` itself; empty when there is none or it is there."""
    targets, walls = set(goals), set(blocked) - {start}
    best: dict[Cell, int] = {start: 0}
    came_from: dict[Cell, Cell] = {}
    queue: list[tuple[int, Cell]] = [(0, start)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if cell in targets:
            return _unwound(came_from, cell)
        if cost > best[cell]:
            continue
        for neighbour in neighbours(cell, costs):
            if neighbour in walls:
                continue
            through = cost + int(costs[neighbour[1], neighbour[0]])
            if through < best.get(neighbour, 1 << 30):
                best[neighbour], came_from[neighbour] = through, cell
                heapq.heappush(queue, (through, neighbour))
    return []


def neighbours(cell: Cell, costs: NDArray[np.int32]) -> list[Cell]:
    """Return the enterable cells beside a cell."""
    height, width = costs.shape
    beside = ((cell[0] + dx, cell[1] + dy) for dx, dy in STEPS.values())
    return [(x, y) for x, y in beside if 0 <= x < width and 0 <= y < height and costs[y, x] > 0]


def direction(start: Cell, to: Cell) -> str:
    """Return the D-pad button that leads from a cell towards another; empty when they are the same."""
    dx, dy = to[0] - start[0], to[1] - start[1]
    if abs(dx) >= abs(dy):
        return "RIGHT" if dx > 0 else "LEFT" if dx < 0 else ""
    return "DOWN" if dy > 0 else "UP"


def exits_towards(game: Game, area: Area, goal: str) -> list[Exit]:
    """Return the exits of an area that begin a shortest way to the area named `goal`; empty when there is none."""
    first: dict[str, str] = {way.to: way.to for way in area.exits}  # area reached: first area on the way there
    queue = deque(first)
    while queue:
        here = queue.popleft()
        if here == goal:
            return [way for way in area.exits if way.to == first[goal]]
        for way in game.area_named(here).exits:
            if way.to not in first and way.to != area.name:
                first[way.to] = first[here]
                queue.append(way.to)
    return []


def nearest_area(game: Game, area: Area, among: set[str]) -> str:
    """Return the name of the area in `among` that is fewest exits away; empty when none can be reached."""
    seen, queue = {area.name}, deque([area.name])
    while queue:
        here = queue.popleft()
        if here in among:
            return here
        for way in game.area_named(here).exits:
            if way.to not in seen:
                seen.add(way.to)
                queue.append(way.to)
    return ""


def _unwound(came_from: Mapping[Cell, Cell], cell: Cell) -> list[Cell]:
    path = []
    while cell in came_from:
        path.append(cell)
        cell = came_from[cell]
    return path[::-1]
