"""Which buttons may be pressed together, and which in what the game shows (requirement C15.5)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agents.strategist.grammar import GBA, Press, press
from runtime.vocabulary import CONTEXTS

_DIRECTIONS = ("UP", "DOWN", "LEFT", "RIGHT")

#: Combos that no pad gives or that leave the game, and why. Four buttons together reset many games of these consoles.
INVALID: Mapping[frozenset[str], str] = {
    frozenset(("UP", "DOWN")): "opposite directions",
    frozenset(("LEFT", "RIGHT")): "opposite directions",
    frozenset(("A", "B", "START", "SELECT")): "resets the game",
}

#: What counts in each context of the watch `context`; in one that is not here (the overworld, or unknown), all does.
_COUNTS: Mapping[str, tuple[str, ...]] = {
    "title": (*_DIRECTIONS, "A", "START"),
    "dialogue": (*_DIRECTIONS, "A", "B"),
    "battle": (*_DIRECTIONS, "A", "B"),
    "menu": (*_DIRECTIONS, "A", "B", "START"),
    "inventory": (*_DIRECTIONS, "A", "B", "START"),
    "shop": (*_DIRECTIONS, "A", "B"),
    "cutscene": ("A", "B"),
    "transition": (),
    "game_over": ("A", "START"),
}

#: The same by the watch's value.
BY_CONTEXT: Mapping[int, frozenset[str]] = {CONTEXTS.index(name): frozenset(counts) for name, counts in _COUNTS.items()}


def why_invalid(buttons: Iterable[str]) -> str:
    """Return why these buttons may not be held together; empty when they may."""
    held = frozenset(buttons)
    return next((why for combo, why in INVALID.items() if combo <= held), "")


def allowed(state: Mapping[str, Any], buttons: Sequence[str] = GBA) -> frozenset[str]:
    """Return the console's buttons that count in what the game shows."""
    context = state.get("context")
    return (
        frozenset(buttons) & BY_CONTEXT.get(int(context), frozenset(buttons))
        if context is not None
        else frozenset(buttons)
    )


def masked(item: Press, state: Mapping[str, Any], buttons: Sequence[str] = GBA) -> Press:
    """Return a press without what may not be pressed; of an invalid combo nothing is left."""
    if why_invalid(item.buttons):
        return Press((), item.span)
    return Press(press(*(allowed(state, buttons) & set(item.buttons))).buttons, item.span)
