"""One frame as the reflex sees it: the watches by name, and what follows from them and from the frames before."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from agents.atlas.cells import STEPS, Cell
from runtime.expressions import Condition, condition
from runtime.game import Game
from runtime.observation import Observation
from runtime.vocabulary import CONTEXTS

#: Cells that are remembered, for going back the way we came.
_TRAIL = 32

#: The context of a game that does not say: somewhere to walk.
OVERWORLD = "overworld"


class Moment:
    """Made once, filled anew on each frame, so that a frame costs no allocation.

    Attributes:
        frame_index: The frame.
        values: The watches by name, with `now.…` and later `view.…` (see rules.toml).
        context: The context's name.
        area: The watch `area`; -1 where there is none.
        cell: Where the player is, or is stepping to; None where the game does not say.
        facing: The D-pad's name of where the player looks; empty where the game does not say.
        moving: Whether a step is under way.
        still: Frames since the player last changed cell.
        pushed: Frames since then in which a direction was held.
        hp: Health, 0 to 1; 1 where the game does not say.
        hurt: How often health was lost in the overworld since the player came to this cell.
        thinking: Whether the strategist thinks.
        trail: The cells walked over in this area, oldest first, without the present one.
        rules: game.toml's [start] and [dialogue], as (condition, button, name).
    """

    def __init__(self, game: Game | None) -> None:
        self.frame_index = -1
        self.values: dict[str, Any] = {}
        self.context = OVERWORLD
        self.area = -1
        self.cell: Cell | None = None
        self.facing = ""
        self.moving = False
        self.still = self.pushed = 0
        self.hp = 1.0
        self.hurt = 0
        self.thinking = False
        self.trail: deque[Cell] = deque(maxlen=_TRAIL)
        self.rules = _rules(game)
        self._contexts = _names(game, "context") or dict(enumerate(CONTEXTS))
        self._facings = {value: name.upper() for value, name in _names(game, "player.facing").items()}

    def take(self, seen: Observation, held: tuple[str, ...]) -> None:
        """Take in a frame; `held` is what was last pressed."""
        state = seen.state
        passed = max(seen.frame_index - self.frame_index, 1)
        self.frame_index = seen.frame_index
        self.values.clear()
        self.values.update(state)
        area = int(state.get("area", -1))
        cell = (int(state["player.x"]), int(state["player.y"])) if "player.x" in state and "player.y" in state else None
        self._measure(area, cell, passed, held)
        self.facing = self._facings.get(int(state.get("player.facing", -1)), "")
        self.moving = bool(state.get("player.moving", 0))
        self.context = self._context(state)
        full = state.get("player.max_hp", 0)
        hp = float(state.get("player.hp", full)) / float(full) if full else 1.0
        self.hurt += hp < self.hp and self.context == OVERWORLD  # a battle is no fault of the cell
        self.hp = hp
        values = self.values
        values["now.context"], values["now.hp"] = self.context, self.hp
        values["now.still"], values["now.pushed"], values["now.hurt"] = self.still, self.pushed, self.hurt

    def rule(self) -> tuple[str, str] | None:
        """Return what game.toml wants pressed now, as (button, name)."""
        for holds, button, name in self.rules:
            if holds(self.values):
                return button, name
        return None

    def _measure(self, area: int, cell: Cell | None, passed: int, held: tuple[str, ...]) -> None:
        """Count how long the player has stood, and remember the way."""
        if area != self.area:
            self.trail.clear()
            self.still = self.pushed = self.hurt = 0
        elif cell != self.cell:
            if self.cell is not None:
                self.trail.append(self.cell)
            self.still = self.pushed = self.hurt = 0
        else:
            self.still += passed
            self.pushed = self.pushed + passed if any(button in STEPS for button in held) else 0
        self.area, self.cell = area, cell

    def _context(self, state: Mapping[str, Any]) -> str:
        number = state.get("context")
        if number is not None:
            return self._contexts.get(int(number), str(number))
        rule = self.rule()
        return rule[1] if rule else OVERWORLD


def _rules(game: Game | None) -> tuple[tuple[Condition, str, str], ...]:
    tables = ((game.start, "title"), (game.dialogue, "dialogue")) if game else ()
    return tuple((condition(table.when), table.press, name) for table, name in tables if table)


def _names(game: Game | None, watch: str) -> dict[int, str]:
    """Return the names of a watch's values, by number."""
    found = next((each for each in game.watch if each.name == watch), None) if game else None
    return {int(number): name.replace(" ", "_") for number, name in found.values.items()} if found else {}
