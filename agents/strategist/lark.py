"""The grammar of what a model may say, in llguidance's dialect of Lark, from the tables that the parser uses.

It is narrower than the parser: combos that may not be pressed are left out, lists are short, and only conditions hold
conditions, once. So a model that goes on and on still comes to an end.
"""

from collections.abc import Collection, Iterable, Sequence

from agents.strategist.conditions import CONDITIONS, NOT
from agents.strategist.grammar import GBA, ORDER, token
from agents.strategist.masking import why_invalid
from agents.strategist.plan import STRATEGIES

#: Items of a text, presses of a sequence, and presses of a fallback or under a condition.
_MOST_ITEMS, _MOST_STEPS, _FEW = 3, 6, 2

#: Buttons held together: more than two mean something in no game of ours.
_MOST_HELD = 2


def thought_lark(buttons: Sequence[str] = GBA, tokens: Collection[str] = ()) -> str:
    """Return the grammar of a whole thought as the lines of `parse`, without tools and target.

    Args:
        buttons: The console's.
        tokens: Words in angle brackets that are tokens of the model's tokenizer; all others it spells.
    """
    return "\n".join(
        [
            'start: "STRATEGY: " STRATEGY "\\nACTIONS: " actions "\\nFALLBACK: " fallback '
            '"\\nCONFIDENCE: " NUMBER "\\n"',
            f"STRATEGY: {_choice(STRATEGIES)}",
            "NUMBER: /0\\.[0-9][0-9]?/",
            actions_lark(buttons, tokens),
            f"fallback: press{{1,{_FEW}}}",
        ]
    )


def actions_lark(buttons: Sequence[str] = GBA, tokens: Collection[str] = ()) -> str:
    """Return the rules of an action text, from the rule `actions` on."""
    pressed = [token(combo) for combo in combos(buttons)]
    conditions = [f"<if_{prefix}{condition}>" for condition in CONDITIONS for prefix in ("", NOT)]
    seq, end_seq, end_if = (_choice([word], tokens) for word in ("<seq>", "</seq>", "</if>"))
    return "\n".join(
        [
            f"actions: item{{1,{_MOST_ITEMS}}}",
            f"item: press | sequence | when (press | sequence | inner) {end_if}",
            f"sequence: {seq} press{{1,{_MOST_STEPS}}} {end_seq}",
            f"inner: when press{{1,{_FEW}}} {end_if}",
            f"press: {_choice(pressed, tokens)}",
            f"when: {_choice(conditions, tokens)}",
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


def _choice(words: Iterable[str], tokens: Collection[str] = ()) -> str:
    """Return one of these words; what is a token is named without quotes."""
    return " | ".join(word if word in tokens else f'"{word}"' for word in words)
