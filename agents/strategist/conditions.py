"""Named conditions of the action grammar's `<if_…>`: the game contexts of requirement C6.5 and those of the screen."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from runtime.expressions import Condition, condition

#: Opens the name of a condition's opposite: `<if_not_low_health>`.
NOT = "not_"

#: Name → expression over watches (runtime.expressions). `context` is numbered as in the project's vocabulary:
#: 1 overworld, 2 dialogue, 3 battle, 4 menu, 5 inventory, 6 shop, 7 cutscene, 8 transition. That a quarter of full
#: health is low was set by hand.
CONDITIONS: Mapping[str, str] = {
    "low_health": "player.hp * 4 <= player.max_hp",
    "full_health": "player.hp >= player.max_hp",
    "inventory_full": "inventory.free == 0",
    "quest_active": "main.stage > 0",
    "battle_mode": "context == 3",
    "menu_open": "context in (4, 5)",
    "dialogue_active": "context == 2",
    "cutscene_active": "context == 7",
    "can_move": "context == 1",
    "shop_open": "context == 6",
    "in_transition": "context == 8",
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
