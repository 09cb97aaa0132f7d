"""Actions: what an agent chooses, as a Gymnasium space, and the buttons that it means."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from runtime.console import Console
from runtime.errors import UsageError

Buttons = frozenset[str]

_DIRECTIONS = ("UP", "DOWN", "LEFT", "RIGHT")

#: Menus and pauses, which an agent that presses at random would seldom leave.
_MENU = ("SELECT", "START")


def combinations(console: Console) -> tuple[Buttons, ...]:
    """Return the default discrete actions: none, each button but SELECT and START, each direction with A or B."""
    single = [*_DIRECTIONS, *(button for button in console.buttons if button not in (*_DIRECTIONS, *_MENU))]
    double = [(button, direction) for button in ("A", "B") for direction in _DIRECTIONS]
    return (frozenset(), *(frozenset((button,)) for button in single), *map(frozenset, double))


class Actions:
    """The actions of one console.

    Attributes:
        space: MultiBinary over the console's buttons in their order, or Discrete over `combinations`.
        combinations: The buttons of each discrete action; empty for "multi".
    """

    def __init__(self, wanted: str | Sequence[str | Sequence[str]], console: Console) -> None:
        """Choose the actions.

        Args:
            wanted: "multi", "discrete", or a list of combinations.
            console: Whose buttons.

        Raises:
            UsageError: There is no such choice or button.
        """
        self._console = console
        self._by_bits: dict[bytes, Buttons] = {}
        self.space: spaces.Space[Any]
        if wanted == "multi":
            self.combinations: tuple[Buttons, ...] = ()
            self.space = spaces.MultiBinary(len(console.buttons))
            return
        if isinstance(wanted, str) and wanted != "discrete":
            raise UsageError(f"actions {wanted!r}: allowed are 'discrete', 'multi' or a list of combinations")
        self.combinations = combinations(console) if wanted == "discrete" else tuple(map(self._combination, wanted))
        if not self.combinations:
            raise UsageError("actions: an empty list; allowed are 1 or more combinations")
        self.space = spaces.Discrete(len(self.combinations))

    def buttons(self, action: Any) -> Buttons:
        """Return an action's buttons.

        Raises:
            UsageError: It is none of the space.
        """
        if self.combinations:
            number = int(action)
            if not 0 <= number < len(self.combinations):
                raise UsageError(f"action {number}: allowed are 0 to {len(self.combinations) - 1}")
            return self.combinations[number]
        bits = np.asarray(action, np.int8)
        if bits.shape != self.space.shape:
            raise UsageError(f"action of shape {bits.shape}: allowed is {self.space.shape}, a bit for each button")
        held = self._by_bits.get(bits.tobytes())
        if held is None:
            held = frozenset(button for button, bit in zip(self._console.buttons, bits, strict=True) if bit)
            self._by_bits[bits.tobytes()] = held
        return held

    def _combination(self, wanted: str | Sequence[str]) -> Buttons:
        names = [name for name in wanted.split("+") if name] if isinstance(wanted, str) else wanted
        if unknown := [name for name in names if name not in self._console.buttons]:
            raise UsageError(f"no button {', '.join(unknown)}; there are {', '.join(self._console.buttons)}")
        return frozenset(names)
