"""What rules do: small functions from a moment and its surroundings to buttons, by the names that rules.toml uses."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping

from agents.atlas.cells import OPPOSITE, STEPS, Cell, beside, distance, towards
from agents.reflex.moment import Moment
from agents.reflex.surroundings import Surroundings
from agents.reflex.walking import Move

#: Frames a random direction is kept: two steps.
_KEPT_FRAMES = 16

#: Frames of tapping A at something after which it counts as done with: it has shown a dialogue by then, or never will.
_ENOUGH_FRAMES = 24

#: Health below which an enemy is fled from.
_WEAK = 0.5


class Responses:
    """The functions, with what they remember: where the player has been, and the seeded random choice."""

    def __init__(self, surroundings: Surroundings, seed: int) -> None:
        self._around = surroundings
        self._random = random.Random(seed)
        self._visits: defaultdict[tuple[int, Cell], int] = defaultdict(int)
        self._last: tuple[int, Cell | None] = (-1, None)
        self._choice, self._chosen_frame = "", -_KEPT_FRAMES
        self._tapping: tuple[int, Cell] | None = None
        self._tapping_since = 0

    def visit(self, moment: Moment) -> None:
        """Count the cell the player is on; call it once a frame."""
        if moment.cell is not None and (moment.area, moment.cell) != self._last:
            self._last = (moment.area, moment.cell)
            self._visits[moment.area, moment.cell] += 1

    def do(self, name: str, moment: Moment) -> Move:
        """Carry out a response of RESPONSES."""
        return RESPONSES[name](self, moment)

    def turn_around(self, moment: Moment) -> Move:
        """Walk the other way."""
        return _walk(OPPOSITE.get(moment.facing, "DOWN"))

    def move_forward(self, moment: Moment) -> Move:
        """Walk on."""
        return _walk(moment.facing or "UP")

    def move_cautiously_forward(self, moment: Moment) -> Move:
        """Walk on a step at a time, around what is not to be entered."""
        ahead = moment.values["view.ahead"]
        if ahead in {"obstacle", "hazard", "door"} or moment.pushed >= _KEPT_FRAMES:
            return self.explore_randomly(moment)
        return Move((), (moment.facing or "UP",))

    def find_alternate_path(self, moment: Moment) -> Move:
        """Go left or right of what is ahead, where we have been less often."""
        return self._go([step for step in STEPS if step not in (moment.facing, OPPOSITE.get(moment.facing))], moment)

    def systematic_exploration(self, moment: Moment) -> Move:
        """Go where we have been least often."""
        return self._go(list(STEPS), moment)

    def backtrack(self, moment: Moment) -> Move:
        """Go back the way we came."""
        if not moment.trail or moment.cell is None:
            return self.turn_around(moment)
        return _walk(towards(moment.cell, moment.trail[-1]))

    def leave(self, moment: Moment) -> Move:
        """Get off this cell: to one that does no harm, else back."""
        if moment.cell is None:
            return Move()
        safe = [step for step in STEPS if self._kind(moment, step) == "walkable"]
        return self._go(safe, moment) if safe else self.backtrack(moment)

    def flee(self, moment: Moment) -> Move:
        """Go where the nearest enemy is furthest away."""
        enemy, cell = self._around.enemy, moment.cell
        if enemy is None or cell is None:
            return Move()
        ways = [step for step in STEPS if self._kind(moment, step) in {"walkable", ""}]
        if not ways:
            return Move()
        return _walk(max(ways, key=lambda step: (distance(beside(cell, step), enemy), self._kind(moment, step))))

    def flee_or_fight(self, moment: Moment) -> Move:
        """Flee while weak; else face it and press A."""
        if moment.hp <= _WEAK or self._around.enemy is None or moment.cell is None:
            return self.flee(moment)
        way = towards(moment.cell, self._around.enemy)
        if distance(moment.cell, self._around.enemy) > 1:
            return Move()  # it may pass
        return Move((), ("A",)) if moment.facing == way else _walk(way)

    def move_to_item(self, moment: Moment) -> Move:
        """Go towards the nearest item, and press A beside it."""
        item, cell = self._around.item, moment.cell
        if item is None or cell is None:
            return Move()
        way = towards(cell, item)
        if distance(cell, item) > 1:
            return _walk(way)
        return self.interact(moment) if moment.facing == way else _walk(way)

    def interact(self, moment: Moment) -> Move:
        """Press A at what is ahead; after a while it counts as an obstacle."""
        if moment.cell is not None and moment.facing:
            ahead = (moment.area, beside(moment.cell, moment.facing))
            if ahead != self._tapping:
                self._tapping, self._tapping_since = ahead, moment.frame_index
            elif moment.frame_index - self._tapping_since >= _ENOUGH_FRAMES:
                self._around.spend(*ahead)
        return self.confirm(moment)

    def explore_randomly(self, moment: Moment) -> Move:
        """Walk in a direction that is drawn anew every few frames."""
        if moment.frame_index - self._chosen_frame >= _KEPT_FRAMES:
            self._choice, self._chosen_frame = self._random.choice(tuple(STEPS)), moment.frame_index
        return _walk(self._choice)

    def confirm(self, moment: Moment) -> Move:
        """Tap A."""
        del moment
        return Move((), ("A",))

    def cancel(self, moment: Moment) -> Move:
        """Tap B."""
        del moment
        return Move((), ("B",))

    def wait(self, moment: Moment) -> Move:
        """Press nothing."""
        del moment
        return Move()

    def _kind(self, moment: Moment, step: str) -> str:
        assert moment.cell is not None
        return self._around.kind(moment.area, beside(moment.cell, step))

    def _go(self, steps: list[str], moment: Moment) -> Move:
        """Take the step that can be taken and leads where we have been least often."""
        cell = moment.cell
        if cell is None:
            return Move()
        ways = [step for step in steps if self._kind(moment, step) in {"walkable", ""}]
        if not ways:
            return self.turn_around(moment)
        return _walk(min(ways, key=lambda step: self._visits.get((moment.area, beside(cell, step)), 0)))


def _walk(direction: str) -> Move:
    return Move((direction,) if direction else ())


#: By name.
RESPONSES: Mapping[str, Callable[[Responses, Moment], Move]] = {
    response.__name__: response
    for response in (
        *(Responses.turn_around, Responses.move_forward, Responses.move_cautiously_forward),
        *(Responses.find_alternate_path, Responses.systematic_exploration, Responses.backtrack),
        *(Responses.leave, Responses.flee, Responses.flee_or_fight, Responses.move_to_item),
        *(Responses.interact, Responses.explore_randomly, Responses.confirm, Responses.cancel, Responses.wait),
    )
}
