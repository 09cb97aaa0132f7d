"""Waypoints → the buttons of a frame. Pure: the same plan, place and facing always give the same step."""

from typing import NamedTuple

from agents.atlas.cells import STEPS, Cell, towards
from runtime.wire import Plan, Waypoint

#: Frames of one tap: held, then released, so that a game that looks for a fresh press sees one. A cartridge reads its
#: keys once a frame and acts on the frame they go down; four frames leave room for a late answer.
TAP_FRAMES = 4

#: Of the cycle that turns and then acts where the game does not say which way the player looks: frames to turn, when
#: the tap begins, and the cycle's length. Emberwood's step takes 8 frames, a turn 1.
TURN_FRAMES = 6
_ACT_FROM = 8
_TURN_AND_ACT_FRAMES = 16


class Move(NamedTuple):
    """What to do on a cell.

    Attributes:
        hold: Buttons to hold.
        tap: Buttons to tap, again and again; what turns towards them is in `hold` while it is needed.
        arrived: There is nothing left to walk.
    """

    hold: tuple[str, ...] = ()
    tap: tuple[str, ...] = ()
    arrived: bool = False

    @property
    def presses(self) -> bool:
        """Whether it presses anything."""
        return bool(self.hold or self.tap)

    def buttons(self, frame_index: int) -> tuple[str, ...]:
        """Return the buttons of a frame."""
        if not self.tap:
            return self.hold
        if not self.hold:
            return self.tap if tapping(frame_index) else ()
        phase = frame_index % _TURN_AND_ACT_FRAMES
        if phase < TURN_FRAMES:
            return self.hold
        return self.tap if _ACT_FROM <= phase < _ACT_FROM + TAP_FRAMES else ()


def tapping(frame_index: int) -> bool:
    """Return whether a button that is tapped again and again is down on this frame."""
    return frame_index // TAP_FRAMES % 2 == 0


def move(plan: Plan, here: Cell, facing: str = "", *, moving: bool = False) -> Move:
    """Return what to do on a cell to follow a plan's waypoints.

    Args:
        plan: The plan.
        here: The cell the player is on; during a step the one that is being entered, so that a button is released, or
            changed for the next direction, while the step still runs, and no cell too many is entered.
        facing: The direction the player looks; empty where the game does not say.
        moving: Whether a step is under way.
    """
    point = next_point(plan.waypoints, here)
    if point is None:
        return Move(arrived=True)
    if here != (point.x, point.y):
        return Move((towards(here, (point.x, point.y)),))
    return _act(point.press, facing, moving)


def next_point(waypoints: tuple[Waypoint, ...], here: Cell) -> Waypoint | None:
    """Return the waypoint to make for: the one after the cell we are on, or the last one itself to act there."""
    for i, point in enumerate(waypoints):
        if here == (point.x, point.y):
            return waypoints[i + 1] if i + 1 < len(waypoints) else point if point.press else None
    return waypoints[0] if waypoints else None


def _act(press: tuple[str, ...], facing: str, moving: bool) -> Move:
    """Hold a lone direction; turn first and then tap when there is more to press."""
    turns = tuple(button for button in press if button in STEPS)
    taps = tuple(button for button in press if button not in STEPS)
    if not taps or not turns:
        return Move(turns, taps)
    if not facing:
        return Move(turns, taps)
    if moving:  # the step ends by itself; a button now would begin another
        return Move()
    return Move((), taps) if facing in turns else Move(turns)
