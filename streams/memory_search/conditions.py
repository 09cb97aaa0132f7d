"""What is asked of a value over a range of frames, and how people write it.

    > 5                      on every frame
    = 20 @ 600               on frame 600
    != 0 some @ 600:900      on some frame of 600 to 900
    decreased by 3 @ 600:900 on frame 900 it is 3 less than on frame 600
    increased every          each change of it is upwards, and there is one
    changed 3 times          on exactly three frames

Several, one after the other, narrow: `= 20 @ 600 = 17 @ 900`.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.errors import UsageError

Scope = Literal["ends", "every", "some"]

Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

#: Comparisons with a number.
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

#: How a value may have moved.
MOVES = ("changed", "unchanged", "increased", "decreased")

_SPELLINGS = {"==": "=", "≠": "!=", "≤": "<=", "≥": ">="}

_TOKEN = re.compile(r"\s*(<=|>=|!=|==|=|<|>|≠|≤|≥|@|:|[^\s<>=!≠≤≥@:]+)")


@dataclass(frozen=True)
class Condition:
    """One step of a search.

    Attributes:
        op: A comparison or a move.
        operand: What is compared with; of a move by how much; None for any.
        times: Of "changed" how often exactly; None for at least once.
        scope: "every" frame (of a move: every change) or "some", or of a move from the first frame to the last: "ends".
        first: The first frame.
        last: The last frame.
    """

    op: str
    operand: int | None = None
    times: int | None = None
    scope: Scope = "every"
    first: int = 0
    last: int = 0

    def __post_init__(self) -> None:
        if self.op not in COMPARISONS and self.op not in MOVES:
            raise UsageError(f"no comparison {self.op!r}; there are {' '.join(COMPARISONS)}, {', '.join(MOVES)}")
        if self.op in COMPARISONS and self.operand is None:
            raise UsageError(f"{self.op}: the number to compare with is missing")
        if self.op in COMPARISONS and self.scope == "ends":
            raise UsageError(f"{self.op} ends: a comparison holds on every frame or on some")
        if self.operand is not None and self.op == "unchanged":
            raise UsageError("unchanged by a number: that is no change")
        if self.times is not None and self.op != "changed":
            raise UsageError(f"{self.op} {self.times} times: only changes are counted")
        if self.first > self.last:
            raise UsageError(f"frames {self.first} to {self.last}: the first must not be after the last")

    @property
    def is_move(self) -> bool:
        """Whether it asks how a value moved, not what it was."""
        return self.op in MOVES

    @property
    def needs_ends_only(self) -> bool:
        """Whether the images of the first and the last frame answer it."""
        return self.first == self.last or (self.scope == "ends" and self.times is None)

    def holds(self, values: Ints) -> Truths:
        """Return of which values a comparison is true."""
        found: Truths = COMPARISONS[self.op](values, self.operand)
        return found

    def moved(self, before: Ints, after: Ints) -> Truths:
        """Return which steps from one value to the next are the move."""
        by = self.operand
        rise = before - after if self.op == "decreased" else after - before
        found: Truths
        if self.op == "unchanged":
            found = rise == 0
        elif self.op == "changed":
            found = rise != 0 if by is None else np.abs(rise) == by
        else:
            found = rise > 0 if by is None else rise == by
        return found

    def __str__(self) -> str:
        text = self.op
        if self.operand is not None:
            text += f" by {self.operand}" if self.is_move else f" {self.operand}"
        text += f" {self.times} times" if self.times is not None else ""
        text += f" {self.scope}" if self.scope != _default_scope(self.op) else ""
        return f"{text} @ {self.first}" + (f":{self.last}" if self.last != self.first else "")


def parse(text: str, first: int, last: int) -> list[Condition]:
    """Read conditions as written above; `first` and `last` are the frames of those that name none.

    Raises:
        UsageError: They make no sense; the message says which part.
    """
    tokens = _tokens(text)
    found: list[Condition] = []
    while tokens:
        found.append(_condition(tokens, first, last))
    if not found:
        raise UsageError(f"no condition: write one such as '> 5', 'changed' or 'increased by 2 @ {first}:{last}'")
    return found


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise UsageError(f"{text[at:]!r}: no part of a condition")
        tokens.append(_SPELLINGS.get(match[1], match[1]))
        at = match.end()
    return tokens


def _condition(tokens: list[str], first: int, last: int) -> Condition:
    """Take one condition from the front."""
    op = tokens.pop(0)
    if op not in COMPARISONS and op not in MOVES:
        raise UsageError(f"{op!r}: a condition begins with {' '.join(COMPARISONS)}, {', '.join(MOVES)}")
    operand = times = None
    scope = _default_scope(op)
    if op in COMPARISONS:
        operand = _number(tokens, f"after {op}")
    elif tokens and tokens[0] == "by":
        tokens.pop(0)
        operand = _number(tokens, f"after {op} by")
    elif len(tokens) > 1 and tokens[1] == "times":
        times = _number(tokens, f"after {op}")
        tokens.pop(0)
    if tokens and tokens[0] in ("ends", "every", "some"):
        scope = _scope(tokens.pop(0))
    if tokens and tokens[0] == "@":
        tokens.pop(0)
        first = last = _number(tokens, "after @")
        if tokens and tokens[0] == ":":
            tokens.pop(0)
            last = _number(tokens, "after :")
    return Condition(op, operand, times, scope, first, last)


def _default_scope(op: str) -> Scope:
    return "every" if op in COMPARISONS else "ends"


def _scope(text: str) -> Scope:
    scopes: dict[str, Scope] = {"ends": "ends", "every": "every", "some": "some"}
    return scopes[text]


def _number(tokens: list[str], where: str) -> int:
    text = tokens.pop(0) if tokens else ""
    try:
        return int(text, 0)
    except ValueError as error:
        raise UsageError(f"{where}: wanted a whole number such as 5, -1 or 0x1F, got {text!r}") from error
