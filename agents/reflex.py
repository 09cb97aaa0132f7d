"""60 Hz: buttons. Follows the tactic's waypoints; title screens and dialogues come first."""

from dataclasses import dataclass
from typing import ClassVar

from agents.navigation import STEPS, Cell, direction
from runtime.actor import Outputs, Press
from runtime.clock import Rate
from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.observation import Observation
from runtime.wire import Plan, Waypoint

#: Frames of one tap: held, then released, so that a game that looks for a fresh press sees one.
_TAP_FRAMES = 4

#: Of the cycle that turns and then acts: frames to turn, and its length.
_TURN_FRAMES = 6
_TURN_AND_ACT_FRAMES = 16


@dataclass
class Reflex:
    """Tap through titles and dialogues, else walk to the next waypoint and press what it says.

    Attributes:
        follow: The actor whose waypoints are walked.
    """

    follow: str = "tactic"

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "plan")
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __post_init__(self) -> None:
        self._rules: list[tuple[Condition, str, str]] | None = None

    def act(self, seen: Observation) -> Outputs:
        """Return the buttons for the next frame."""
        if self._rules is None:
            self._rules = _rules(seen.game)
        for holds, button, reason in self._rules:
            if holds(seen.state):
                return _tap(seen.frame_index, button, reason)
        plan = seen.plans.get(self.follow)
        if plan is None or plan.area not in (-1, seen.state.get("area", -1)):
            return Press(reason="no waypoints")
        if not {"player.x", "player.y"} <= seen.state.keys():  # behind a pointer that leads nowhere now
            return Press(reason="no position")
        here = (int(seen.state["player.x"]), int(seen.state["player.y"]))
        return _towards(plan, here, seen.frame_index)


def _rules(game: Game | None) -> list[tuple[Condition, str, str]]:
    tables = ((game.start, "title"), (game.dialogue, "dialogue")) if game else ()
    return [(condition(table.when), table.press, reason) for table, reason in tables if table]


def _tap(frame_index: int, button: str, reason: str) -> Press:
    held = frame_index // _TAP_FRAMES % 2 == 0
    return Press(*([button] if held else []), reason=reason)


def _towards(plan: Plan, here: Cell, frame_index: int) -> Press:
    point = _next_point(plan.waypoints, here)
    if point is None:
        return Press(reason="arrived")
    if here != (point.x, point.y):
        return Press(direction(here, (point.x, point.y)), plan_id=plan.plan_id, reason=plan.goal)
    return Press(*_pressed(point.press, frame_index), plan_id=plan.plan_id, reason=plan.goal)


def _next_point(waypoints: tuple[Waypoint, ...], here: Cell) -> Waypoint | None:
    """Return the waypoint to make for: the one after the cell we are on, or the last one itself to act there."""
    for i, point in enumerate(waypoints):
        if here == (point.x, point.y):
            return waypoints[i + 1] if i + 1 < len(waypoints) else point if point.press else None
    return waypoints[0] if waypoints else None


def _pressed(buttons: tuple[str, ...], frame_index: int) -> tuple[str, ...]:
    """Hold a lone direction; turn first and then tap when there is more to press."""
    turns = tuple(button for button in buttons if button in STEPS)
    taps = tuple(button for button in buttons if button not in STEPS)
    if not taps:
        return turns
    phase = frame_index % _TURN_AND_ACT_FRAMES
    if phase < _TURN_FRAMES:
        return turns
    return taps if 8 <= phase < 12 else ()
