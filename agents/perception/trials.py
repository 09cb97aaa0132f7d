"""What the player's own steps teach: from one sight to the next, which cell was tried, and what came of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from agents.perception.kinds import Outcome
from agents.perception.sight import Cell, Sight
from runtime.wire import Scalar

#: The D-pad as steps on the grid, y downwards, and the facings as buttons.
STEPS: Mapping[str, Cell] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}

#: Frames for which a direction must be held against a cell before it counts as blocked: longer than a step (8 frames
#: on our cartridges, 16 in slower games) and the turn before it.
_BLOCKED_FRAMES = 24

#: Frames after A in which a text that begins is its answer.
_ANSWER_FRAMES = 20

#: Watches that count what the player carries begin with one of these.
_CARRIED = ("item.", "quest.has_")


@dataclass(frozen=True)
class Trial:
    """One try.

    Attributes:
        area: Of the cell.
        cell: Which one was tried.
        look: What it looked like: its ground, or who stood there.
        outcome: What came of it.
    """

    area: int
    cell: Cell
    look: int
    outcome: Outcome


class Trials:
    """Compares each sight with the one before. Call `step` with all, in their order, at 10 Hz or faster."""

    def __init__(self) -> None:
        self._sight: Sight | None = None  # the last that showed the map, and where the player was
        self._cell: Cell | None = None
        self._hp = -1
        self._carried: dict[str, int] = {}
        self._view = ""
        self._pushed: tuple[Cell, str] | None = None  # against which cell, from which direction
        self._pushed_at = 0
        self._told = False  # that push is a trial already
        self._pressed_at = -_ANSWER_FRAMES - 1
        self._entered: dict[tuple[int, Cell], set[str]] = {}  # from which directions cells were entered

    def step(self, sight: Sight, state: Mapping[str, Scalar], held: Collection[str]) -> tuple[Trial, ...]:
        """Return what was tried since the last call.

        Args:
            sight: Of this frame.
            state: The watches of the same frame.
            held: The buttons held on it.
        """
        trials: list[Trial] = []
        if "A" in held:
            self._pressed_at = sight.frame_index
        before = self._sight
        if sight.view == "talk" and before is not None and self._view == "map":
            trials += self._talk(before, sight)
        trials += self._carry(before, sight, state)
        if sight.view == "map" and sight.player is not None:
            if before is not None and before.area != sight.area:
                trials += self._leave(before, state)
            elif before is not None and self._cell not in (None, sight.player):
                trials += self._walk(before, sight)
            trials += self._hurt(sight, state)
            trials += self._push(sight, held)
            self._sight, self._cell = sight, sight.player
        self._hp = int(state.get("player.hp", -1))
        self._view = sight.view
        return tuple(trials)

    def _talk(self, before: Sight, sight: Sight) -> list[Trial]:
        if sight.frame_index - self._pressed_at > _ANSWER_FRAMES:
            return []
        return self._trial(before, _ahead(sight), Outcome.SPOKE)

    def _carry(self, before: Sight | None, sight: Sight, state: Mapping[str, Scalar]) -> list[Trial]:
        now = {name: int(value) for name, value in state.items() if name.startswith(_CARRIED)}
        more = any(value > self._carried.get(name, value) for name, value in now.items())
        self._carried = now
        if not more or before is None or self._view != "map":  # in the middle of a talk it is a present
            return []
        if sight.view == "map" and sight.player != self._cell:  # stepped on
            return self._trial(before, sight.player, Outcome.ITEM)
        return self._trial(before, _ahead(sight if sight.is_map else before), Outcome.ITEM)

    def _leave(self, before: Sight, state: Mapping[str, Scalar]) -> list[Trial]:
        self._pushed = None
        if self._hp == 0 or int(state.get("player.hp", 1)) == 0:
            return []
        return self._trial(before, before.player, Outcome.DOOR)

    def _walk(self, before: Sight, sight: Sight) -> list[Trial]:
        assert self._cell is not None
        assert sight.player is not None
        step = (sight.player[0] - self._cell[0], sight.player[1] - self._cell[1])
        direction = next((name for name, delta in STEPS.items() if delta == step), "")
        if not direction:  # carried somewhere, or several steps at once
            return []
        self._entered.setdefault((sight.area, sight.player), set()).add(direction)
        return self._trial(sight if sight.player in sight else before, sight.player, Outcome.WALKED, ground=True)

    def _hurt(self, sight: Sight, state: Mapping[str, Scalar]) -> list[Trial]:
        hp = int(state.get("player.hp", -1))
        if not 0 <= hp < self._hp or sight.player is None or _somebody_near(sight, sight.player):
            return []
        return self._trial(sight, sight.player, Outcome.HURT, ground=True)

    def _push(self, sight: Sight, held: Collection[str]) -> list[Trial]:
        """Notice that the player pushes against a cell and stays."""
        ahead = _ahead(sight)
        pushes = ahead is not None and sight.facing.upper() in held and sight.player == self._cell
        if not pushes or ahead is None:
            self._pushed = None
            return []
        if self._pushed != (ahead, sight.facing):
            self._pushed, self._pushed_at, self._told = (ahead, sight.facing), sight.frame_index, False
        if self._told or sight.frame_index - self._pushed_at < _BLOCKED_FRAMES:
            return []
        self._told = True
        cell = sight.at(*ahead)
        if cell is None or cell.sprite:
            return []
        ways = self._entered.get((sight.area, ahead), set())
        one_way = bool(ways) and sight.facing not in ways
        return self._trial(sight, ahead, Outcome.LEDGE if one_way else Outcome.BLOCKED, ground=True)

    def _trial(self, sight: Sight, cell: Cell | None, outcome: Outcome, *, ground: bool = False) -> list[Trial]:
        """Return the trial of a cell with its ground's look, or with the look of who stands there."""
        if cell is None or cell not in sight:
            return []
        place = (cell[1] - sight.y0, cell[0] - sight.x0)
        stands = bool(sight.sprites[place]) and not ground
        look = int(sight.now[place] if stands else sight.looks[place])
        return [Trial(sight.area, cell, look, outcome)] if look else []


def _ahead(sight: Sight) -> Cell | None:
    """Return the cell that the player faces."""
    if sight.player is None or sight.facing not in STEPS:
        return None
    dx, dy = STEPS[sight.facing]
    return sight.player[0] + dx, sight.player[1] + dy


def _somebody_near(sight: Sight, cell: Cell) -> bool:
    row, column = cell[1] - sight.y0, cell[0] - sight.x0
    around = sight.sprites[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    return bool(around.any())
