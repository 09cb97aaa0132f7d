"""1 Hz: where to go next, and why. The slow end of plan → waypoints → buttons."""

from dataclasses import dataclass
from typing import ClassVar

from agents.navigation import nearest_area
from runtime.actor import Intend, Outputs
from runtime.clock import Rate
from runtime.expressions import Condition, condition
from runtime.game import Game, Objective
from runtime.observation import Observation
from runtime.wire import Waypoint


@dataclass
class Planner:
    """Visit every area once, then pursue the first objective of game.toml whose condition holds.

    An objective marked urgent is pursued before exploring.
    """

    explore: bool = True

    rate: ClassVar[Rate] = 1
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("plan",)

    def __post_init__(self) -> None:
        self._visited: set[int] = set()
        self._conditions: dict[str, Condition] = {}
        self._intent: Intend | None = None

    def act(self, seen: Observation) -> Outputs:
        """Publish a plan when it changes."""
        game = seen.game
        if game is None or (game.start and self._holds(game.start.when, seen)):
            self._visited.clear()  # a new game begins
            self._intent = None
            return None
        area_id = int(seen.state.get("area", -1))
        self._visited.add(area_id)
        intent = self._decide(game, seen)
        if intent is None or intent == self._intent:
            return None
        self._intent = intent
        return intent

    def _decide(self, game: Game, seen: Observation) -> Intend | None:
        current = next((o for o in game.objective if self._holds(o.when, seen)), None)
        if current and current.urgent:
            return _pursue(game, current)
        here = game.area_of_id(int(seen.state.get("area", -1)))
        unseen = {area.name for area in game.area if area.id not in self._visited}
        goal = nearest_area(game, here, unseen) if self.explore and here else ""
        if goal:
            return Intend(goal=f"explore {goal}", area=game.area_named(goal).id, reason="an area not seen yet")
        return _pursue(game, current) if current else None

    def _holds(self, when: str, seen: Observation) -> bool:
        if when not in self._conditions:
            self._conditions[when] = condition(when)
        return self._conditions[when](seen.state)


def _pursue(game: Game, objective: Objective) -> Intend:
    press = (objective.press,) if objective.press else ()
    return Intend(
        goal=objective.name,
        area=game.area_named(objective.area).id,
        waypoints=(Waypoint(objective.x, objective.y, press),),
        reason=objective.when,
    )
