"""From a policy's or a model's text to the buttons to press (requirements C15.4, C15.5)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from agents.strategist.grammar import GBA, parse, presses
from agents.strategist.masking import masked

#: How sure the model was of the characters from … to …, 0 to 1.
ConfidenceOf = Callable[[int, int], float]


class Decoded(NamedTuple):
    """What a text asks for."""

    buttons: dict[str, int]  # each of the console's: 1 when it is to be pressed now
    confidence: float  # the least of all presses, 0 to 1
    raw: str
    presses: tuple[tuple[str, ...], ...]  # what to press now and then, one combo after the other


def decode_output(
    text: str,
    state: Mapping[str, Any],
    buttons: Sequence[str] = GBA,
    confidence_of: ConfidenceOf = lambda start, end: 1.0,
) -> Decoded:
    """Parse a text, answer its conditions, and mask what may not be pressed.

    A press of which masking took something counts 0: what would be played is not what was meant. So does a text that
    presses nothing at all.

    Raises:
        GrammarError: The text is none of the grammar.
    """
    items = parse(text, buttons)
    meant = presses(items, state)
    played = [masked(item, state, buttons) for item in meant]
    sure = [confidence_of(*item.span) for item in presses(items)]
    sure += [0.0 for item, left in zip(meant, played, strict=True) if item != left]
    combos = tuple(item.buttons for item in played if item.buttons)
    now = combos[0] if combos else ()
    return Decoded({button: int(button in now) for button in buttons}, min(sure, default=0.0), text, combos)
