"""The grammar of what a model may say, in llguidance's dialect of Lark, from the tables that the parser uses.

It is narrower than the parser: combos that may not be pressed are left out, conditions nest at most twice and lists are
short, so that a model that goes on and on still comes to an end within its tokens.
"""

from collections.abc import Collection, Iterable, Sequence

from agents.strategist.conditions import CONDITIONS, NOT
from agents.strategist.grammar import GBA, ORDER, token
from agents.strategist.masking import why_invalid
from agents.strategist.plan import STRATEGIES

#: Presses in a row, and levels of `<if_…>` in each other.
_MOST_ITEMS, _DEEPEST = 8, 2

#: Buttons held together: more than two mean something in no game of ours.
_MOST_HELD = 2


def actions_lark(buttons: Sequence[str] = GBA, name: str = "actions") -> str:
    """Return the rules of an action text; `name` is the first one's."""
    inner = f"{name}_{_DEEPEST}"
    lines = [f"{name}: {inner}{{1,{_MOST_ITEMS}}}"]
    for level in range(_DEEPEST, 0, -1):
        below = f"{name}_{level - 1}{{1,{_MOST_ITEMS}}}"
        lines.append(f'{name}_{level}: PRESS | "<seq>" {below} "</seq>" | WHEN {below} "</if>"')
    lines += [
        f"{name}_0: PRESS",
        f"PRESS: {_choice(token(combo) for combo in combos(buttons))}",
        f"WHEN: {_choice(f'<if_{prefix}{condition}>' for condition in CONDITIONS for prefix in ('', NOT))}",
    ]
    return "\n".join(lines)


def thought_lark(buttons: Sequence[str] = GBA) -> str:
    """Return the grammar of a whole thought as the lines of `parse`, without tools and target."""
    return "\n".join(
        [
            'start: "STRATEGY: " STRATEGY "\\nACTIONS: " actions "\\nFALLBACK: " actions '
            '"\\nCONFIDENCE: " NUMBER "\\n"',
            f"STRATEGY: {_choice(STRATEGIES)}",
            "NUMBER: /0\\.[0-9][0-9]?/",
            actions_lark(buttons),
        ]
    )


def combos(buttons: Collection[str] = GBA) -> tuple[tuple[str, ...], ...]:
    """Return what may be held of these buttons, alone and together, in the grammar's order."""
    there = [button for button in ORDER if button in buttons]
    found: list[tuple[str, ...]] = [(button,) for button in there]
    for _ in range(_MOST_HELD - 1):
        longer = [(*combo, button) for combo in found for button in there[there.index(combo[-1]) + 1 :]]
        found += [combo for combo in longer if combo not in found]
    return tuple(combo for combo in found if not why_invalid(combo))


def _choice(words: Iterable[str]) -> str:
    return " | ".join(f'"{word}"' for word in words)
