"""10 Hz: the way there. Turns the planner's goal into waypoints through the present area."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from agents.navigation import Cell, cell_costs, direction, exits_towards, find_path, neighbours
from runtime.actor import Intend, Outputs
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.game import Area, Exit, Game
from runtime.observation import Observation
from runtime.wire import Plan, Waypoint


@dataclass
class Tactic:
    """Find a path over the map in memory; a cell that cannot be entered for a while counts as blocked.

    Attributes:
        follow: The actor whose plans say where to go.
        stuck_ticks: Ticks without a step after which the next cell is taken for blocked.
        forget_ticks: Ticks after which a blocked cell is tried again.
    """

    follow: str = "planner"
    stuck_ticks: int = 8
    forget_ticks: int = 40

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("state", "memory", "plan")
    writes: ClassVar[tuple[str, ...]] = ("plan",)

    def __post_init__(self) -> None:
        self._intent: Intend | None = None
        self._blocked: dict[Cell, int] = {}  # cell: ticks until it is tried again
        self._still_ticks = 0
        self._last_cell: Cell = (-1, -1)
        self._last_area = -1

    def act(self, seen: Observation) -> Outputs:
        """Publish waypoints when they change."""
        plan = seen.plans.get(self.follow)
        game = seen.game
        area = game.area_of_id(int(seen.state.get("area", -1))) if game else None
        if plan is None or game is None or area is None or not {"player.x", "player.y"} <= seen.state.keys():
            return None
        here = (int(seen.state["player.x"]), int(seen.state["player.y"]))
        self._watch_progress(here, area)
        waypoints = self._waypoints(seen, game, area, here, plan)
        intent = Intend(goal=plan.goal, area=area.id, waypoints=waypoints, parent_id=plan.plan_id)
        if not waypoints or (self._intent and _continues(intent, self._intent)):
            return None
        self._intent = intent
        return intent

    def _waypoints(self, seen: Observation, game: Game, area: Area, here: Cell, plan: Plan) -> tuple[Waypoint, ...]:
        costs = self._costs(seen, game, area)
        if costs is None:
            return ()
        if plan.area not in (-1, area.id):
            goal = game.area_of_id(plan.area)
            ways = exits_towards(game, area, goal.name) if goal else []
            presses = dict(_leaving(way) for way in ways)
        else:
            presses = _places_to_act(plan, costs)
        path = find_path(costs, here, presses, self._blocked)
        if not path and here not in presses:
            return ()
        cells = path or [here]
        return (*(Waypoint(x, y) for x, y in cells[:-1]), Waypoint(*cells[-1], presses[cells[-1]]))

    def _costs(self, seen: Observation, game: Game, area: Area) -> NDArray[np.int32] | None:
        if game.tiles is None:
            return None
        try:
            tiles = seen.array(game.tiles.watch)
        except UsageError:  # no whole memory image yet
            return None
        return cell_costs(tiles, game, area.width, area.height)

    def _watch_progress(self, here: Cell, area: Area) -> None:
        """Take the next cell for blocked when there has been no step for a while."""
        self._blocked = {cell: ticks - 1 for cell, ticks in self._blocked.items() if ticks > 1}
        if area.id != self._last_area:
            self._blocked.clear()
        moved = here != self._last_cell or area.id != self._last_area
        self._still_ticks = 0 if moved else self._still_ticks + 1
        self._last_cell, self._last_area = here, area.id
        if self._still_ticks >= self.stuck_ticks and self._intent and self._intent.area == area.id:
            ahead = _cell_ahead(here, self._intent.waypoints)
            if ahead:
                self._blocked[ahead] = self.forget_ticks
                self._still_ticks = 0


def _leaving(way: Exit) -> tuple[Cell, tuple[str, ...]]:
    return (way.x, way.y), (way.press,) if way.press else ()


def _places_to_act(plan: Plan, costs: NDArray[np.int32]) -> dict[Cell, tuple[str, ...]]:
    """Return the cells from which the plan's target can be acted on, with what to press there."""
    places: dict[Cell, tuple[str, ...]] = {}
    for target in plan.waypoints[:1]:
        cell = (target.x, target.y)
        if not target.press:
            places[cell] = ()
        else:
            places |= {beside: (direction(beside, cell), *target.press) for beside in neighbours(cell, costs)}
    return places


def _continues(now: Intend, before: Intend) -> bool:
    """Return whether a plan is only the rest of the one before."""
    same_goal = (now.goal, now.area, now.parent_id) == (before.goal, before.area, before.parent_id)
    return same_goal and before.waypoints[-len(now.waypoints) :] == now.waypoints


def _cell_ahead(here: Cell, waypoints: tuple[Waypoint, ...]) -> Cell | None:
    cells = [(point.x, point.y) for point in waypoints]
    if here in cells:
        index = cells.index(here) + 1
        return cells[index] if index < len(cells) else None
    return cells[0] if cells else None
