"""Walking, judged: how long the ways were that were walked to where a plan sent the player, and when it only stood."""

from dataclasses import dataclass, field

from agents.evaluation.moments import Place
from agents.evaluation.truth import Shortest
from runtime import wire

#: Without a step for so long while the plan says walk, the player is stuck. A step takes 8 frames, a talk is another
#: context; this is a second.
STUCK_FRAMES = 60

#: Legs shorter than this say nothing about the way that was chosen.
_SHORTEST_LEG = 2


@dataclass
class _Leg:
    """On the way to a cell."""

    area: int
    start: tuple[int, int]
    goal: tuple[int, int]
    walked: int = 0


@dataclass
class Travels:
    """Follows the player from frame to frame.

    Attributes:
        shortest: Steps of the shortest way on the true map.
        legs: Ways walked to their end, as (walked, shortest), cells.
        stuck_frames: Frames of those standstills that were long.
    """

    shortest: Shortest
    legs: list[tuple[int, int]] = field(default_factory=list)
    stuck_frames: int = 0
    _leg: _Leg | None = None
    _place: Place | None = None
    _still: int = 0

    def walks(self, place: Place, plan: wire.Plan | None) -> None:
        """Take a frame on which the player could walk; `plan` is the one that its buttons followed."""
        moved = place != self._place
        if self._leg and self._place and moved:
            self._step(self._leg, self._place, place)
        self._place = place
        self._aim(place, plan)
        self._stand(place, plan, moved)

    def interrupted(self) -> None:
        """Take a frame on which the player could not walk."""
        self._still = 0

    def _step(self, leg: _Leg, before: Place, place: Place) -> None:
        if place.area != leg.area:
            self._leg = None
            return
        leg.walked += abs(place.x - before.x) + abs(place.y - before.y)
        if (place.x, place.y) == leg.goal:
            shortest = self.shortest(leg.area, leg.start, leg.goal)
            if shortest is not None and shortest >= _SHORTEST_LEG:
                self.legs.append((leg.walked, shortest))
            self._leg = None

    def _aim(self, place: Place, plan: wire.Plan | None) -> None:
        """Begin a leg where the plan has another goal than the one under way."""
        goal = _goal(plan, place.area)
        if goal is None or goal == (place.x, place.y):
            if plan is not None and self._leg and goal != self._leg.goal:
                self._leg = None
            return
        if self._leg is None or self._leg.goal != goal or self._leg.area != place.area:
            self._leg = _Leg(place.area, (place.x, place.y), goal)

    def _stand(self, place: Place, plan: wire.Plan | None, moved: bool) -> None:
        goal = _goal(plan, place.area)
        if moved or goal is None or goal == (place.x, place.y):
            self._still = 0
            return
        self._still += 1
        if self._still == STUCK_FRAMES:
            self.stuck_frames += STUCK_FRAMES
        elif self._still > STUCK_FRAMES:
            self.stuck_frames += 1


def _goal(plan: wire.Plan | None, area: int) -> tuple[int, int] | None:
    """Return the cell in this area that a plan leads to."""
    if plan is None or not plan.waypoints or plan.area not in (-1, area):
        return None
    return plan.waypoints[-1].x, plan.waypoints[-1].y
