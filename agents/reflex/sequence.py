"""The action grammar's items → the buttons of each frame: held, released, one press after the other."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from agents.atlas.cells import STEPS
from agents.reflex.walking import TAP_FRAMES
from agents.strategist.conditions import holds
from agents.strategist.grammar import Item, Press, Steps

#: A lone direction is held until the step begins, and released until it ends, but never longer than this: twice a step
#: of 8 frames, the time that a wall or a game without the watch `player.moving` costs.
_STEP_LIMIT_FRAMES = 16


class Tap(NamedTuple):
    """Press these buttons once."""

    buttons: tuple[str, ...]


class Unless(NamedTuple):
    """Pass over the next `skip` instructions unless a condition of the grammar holds when this one is reached."""

    condition: str
    skip: int


Program = tuple[Tap | Unless, ...]


def program(items: Iterable[Item]) -> Program:
    """Lay items end to end."""
    flat: list[Tap | Unless] = []
    for item in items:
        if isinstance(item, Press):
            flat.append(Tap(item.buttons))
        elif isinstance(item, Steps):
            flat += program(item.items)
        else:
            inner = program(item.items)
            flat += [Unless(item.condition, len(inner)), *inner]
    return tuple(flat)


class Sequence:
    """Plays a program once. Every press is seen by the game as a fresh one, however many frames its reader misses.

    Attributes:
        presses: Presses begun; where the sequence is.
        frames: Frames from its first to its last call.
        ended: Whether it came to its end.
    """

    def __init__(self, steps: Program) -> None:
        self.presses = 0
        self.frames = 0
        self.ended = False
        self._steps = steps
        self._next = 0
        self._held: tuple[str, ...] = ()
        self._began_frame = -1
        self._since_frame = -1  # of the press or the release under way

    def buttons(self, frame_index: int, values: Mapping[str, Any], *, moving: bool = False) -> tuple[str, ...]:
        """Return what to hold on the frame after this one; call it once a frame, in order.

        Args:
            frame_index: The frame seen.
            values: What conditions are asked of.
            moving: Whether the player is between two cells.
        """
        if self._began_frame < 0:
            self._began_frame = self._since_frame = frame_index
        self.frames = frame_index - self._began_frame
        passed = frame_index - self._since_frame
        if self.ended or (self._held and not self._pressed_enough(passed, moving)):
            return self._held
        if self._held:
            self._held, self._since_frame = (), frame_index
            return ()
        if not self._released_enough(passed, moving):
            return ()
        self._held = self._next_press(values)
        self._since_frame = frame_index
        if self._held:
            self.presses += 1
        self.ended = not self._held
        return self._held

    def _pressed_enough(self, passed: int, moving: bool) -> bool:
        if passed < TAP_FRAMES:
            return False
        steps = len(self._held) == 1 and self._held[0] in STEPS
        return not steps or moving or passed >= _STEP_LIMIT_FRAMES // 2

    def _released_enough(self, passed: int, moving: bool) -> bool:
        if moving and passed < _STEP_LIMIT_FRAMES:
            return False
        return passed >= TAP_FRAMES or not self.presses  # the first one waits for a step to end, too

    def _next_press(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Go on to the next press that counts; nothing at the end."""
        while self._next < len(self._steps):
            step = self._steps[self._next]
            self._next += 1
            if isinstance(step, Tap):
                return step.buttons
            if not holds(step.condition, values):
                self._next += step.skip
        return ()
