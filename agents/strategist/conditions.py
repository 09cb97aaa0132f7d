"""Named conditions of the action grammar's `<if_…>`: the game contexts of requirement C6.5 and those of the screen."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from runtime.expressions import Condition, condition
from runtime.vocabulary import CONTEXTS

#: Opens the name of a condition's opposite: `<if_not_low_health>`.
NOT = "not_"


def _shows(*contexts: str) -> str:
    return " or ".join(f"context == {CONTEXTS.index(context)}" for context in contexts)


#: Name → expression over watches (runtime.expressions). That a quarter of full health is low was set by hand.
CONDITIONS: Mapping[str, str] = {
    "low_health": "player.hp * 4 <= player.max_hp",
    "full_health": "player.hp >= player.max_hp",
    "inventory_full": "inventory.free == 0",
    "quest_active": "main.stage > 0",
    "battle_mode": _shows("battle"),
    "menu_open": _shows("menu", "inventory"),
    "dialogue_active": _shows("dialogue"),
    "cutscene_active": _shows("cutscene"),
    "can_move": _shows("overworld"),
    "shop_open": _shows("shop"),
    "in_transition": _shows("transition"),
}


@cache
def _compiled(expression: str) -> Condition:
    return condition(expression)


def holds(name: str, state: Mapping[str, Any]) -> bool:
    """Return whether a named condition, or its opposite by `not_…`, holds; without its watches the former does not.

    Raises:
        KeyError: There is no such condition.
    """
    if name.startswith(NOT):
        return not holds(name.removeprefix(NOT), state)
    return _compiled(CONDITIONS[name])(state)


def known(name: str) -> bool:
    """Return whether there is such a condition."""
    return name.removeprefix(NOT) in CONDITIONS
