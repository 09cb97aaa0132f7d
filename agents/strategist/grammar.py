"""The action grammar (requirement C15.3) and its parser: text → items → combos of buttons.

    text  := item*
    item  := press | "<seq>" item+ "</seq>" | "<if_" CONDITION ">" item+ "</if>"
    press := "<btn_" BUTTON ("_" BUTTON)* ">"

White space between tokens means nothing, names are case-insensitive. Buttons are those of the console, conditions those
of `conditions.CONDITIONS`. The parser says what the text means; `masking` says what may be pressed, and `lark` writes
the same grammar for constrained decoding.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.strategist.conditions import CONDITIONS, NOT, holds, known
from runtime.console import CONSOLES
from runtime.errors import UsageError

#: In this order a token names its buttons: a direction first, as in `<btn_left_A>` (C15.2).
ORDER = ("UP", "DOWN", "LEFT", "RIGHT", "A", "B", "L", "R", "START", "SELECT")

#: The console that is meant when none is named.
GBA = CONSOLES["gba"].buttons

#: What a text may be long, in characters, and deep: far beyond any plan, and little work to read.
LONGEST, DEEPEST = 8000, 16

_TOKEN = re.compile(r"<(/?)([^<>]*)>")

#: Of the text in an error message.
_QUOTED = 24


class GrammarError(UsageError):
    """A text is none of this grammar.

    Attributes:
        position: Where, in characters from 0.
        text: What stands there.
        problem: What is wrong with it.
    """

    def __init__(self, position: int, text: str, problem: str) -> None:
        self.position, self.text, self.problem = position, text, problem
        super().__init__(f"actions, character {position}, at {text!r}: {problem}")


@dataclass(frozen=True)
class Press:
    """Buttons held together."""

    buttons: tuple[str, ...]  # in ORDER
    span: tuple[int, int] = field(default=(0, 0), compare=False)  # in the text: characters, from and to


@dataclass(frozen=True)
class Steps:
    """Items one after the other: `<seq>`."""

    items: tuple["Item", ...]
    span: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class When:
    """Items that count only while a condition holds: `<if_…>`."""

    condition: str
    items: tuple["Item", ...]
    span: tuple[int, int] = field(default=(0, 0), compare=False)


Item = Press | Steps | When


def parse(text: str, buttons: Sequence[str] = GBA) -> tuple[Item, ...]:
    """Read a text; an empty one has no items.

    Args:
        text: Of the grammar.
        buttons: The console's.

    Raises:
        GrammarError: It is none of the grammar, or names a button or a condition that there is not.
    """
    if len(text) > LONGEST:
        raise GrammarError(LONGEST, text[LONGEST : LONGEST + _QUOTED], f"longer than {LONGEST} characters")
    return _Parser(text, buttons).items(opened=None)


def unparse(items: Iterable[Item]) -> str:
    """Return the canonical text of items; `parse` gives the same items back."""
    return "".join(_text(item) for item in items)


def press(*buttons: str) -> Press:
    """Return a press, its buttons in the grammar's order."""
    return Press(tuple(sorted(buttons, key=_rank)))


def resolve(items: Iterable[Item], state: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Return the combos to press one after the other, with every condition answered by the state."""
    return tuple(item.buttons for item in presses(items, state))


def presses(items: Iterable[Item], state: Mapping[str, Any] | None = None) -> tuple[Press, ...]:
    """Return the presses in order: those that the state lets count, or all of them without one."""
    found: list[Press] = []
    for item in items:
        if isinstance(item, Press):
            found.append(item)
        elif isinstance(item, Steps) or state is None or holds(item.condition, state):
            found.extend(presses(item.items, state))
    return tuple(found)


def token(buttons: Iterable[str]) -> str:
    """Return the token of a combo, its names written as in requirement C15.1: `<btn_left_A>`."""
    return f"<btn_{'_'.join(_written(button) for button in sorted(buttons, key=_rank))}>"


def button_tokens(buttons: Sequence[str] = GBA) -> tuple[str, ...]:
    """Return the tokens of C15.1, one a button of the console."""
    return tuple(token([button]) for button in sorted(buttons, key=_rank))


def _rank(button: str) -> tuple[int, str]:
    return (ORDER.index(button), "") if button in ORDER else (len(ORDER), button)


def _written(button: str) -> str:
    return button if len(button) == 1 else button.lower()


def _text(item: Item) -> str:
    match item:
        case Press():
            return token(item.buttons)
        case Steps():
            return f"<seq>{unparse(item.items)}</seq>"
        case When():
            return f"<if_{item.condition}>{unparse(item.items)}</if>"


class _Parser:
    """Recursive descent; `_at` is where the next token begins."""

    def __init__(self, text: str, buttons: Sequence[str]) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._buttons = {button.lower(): button for button in buttons}

    def items(self, opened: tuple[str, int] | None) -> tuple[Item, ...]:
        """Read items up to the end of the text, or to the token that closes `opened` (its name and position)."""
        found: list[Item] = []
        while True:
            self._skip_space()
            start = self._at
            if start == len(self._text):
                if opened:
                    raise self._error(opened[1], f"<{opened[0]}…> is never closed by </{opened[0]}>")
                return tuple(found)
            closes, name = self._next()
            if closes:
                self._check_close(opened, name, start, found)
                return tuple(found)
            found.append(self._item(name, start))

    def _item(self, name: str, start: int) -> Item:
        lower = name.lower()
        if lower.startswith("btn_"):
            return Press(self._pressed(lower.removeprefix("btn_"), start), (start, self._at))
        if lower == "seq":
            return Steps(self._inner("seq", start), (start, self._at))
        if lower.startswith("if_"):
            condition = lower.removeprefix("if_")
            if not known(condition):
                there = ", ".join(CONDITIONS)
                raise self._error(start, f"no condition {condition!r}; there are {there}, each also as {NOT}…")
            return When(condition, self._inner("if", start), (start, self._at))
        raise self._error(start, f"unknown token <{name}>; there are <btn_…>, <seq> and <if_…>")

    def _inner(self, name: str, start: int) -> tuple[Item, ...]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(start, f"nested deeper than {DEEPEST}")
        items = self.items((name, start))
        self._depth -= 1
        return items

    def _check_close(self, opened: tuple[str, int] | None, name: str, start: int, found: list[Item]) -> None:
        if opened is None:
            raise self._error(start, f"</{name}> closes nothing")
        if name.lower() != opened[0]:
            raise self._error(start, f"</{name}> where </{opened[0]}> should close what began at {opened[1]}")
        if not found:
            raise self._error(opened[1], f"nothing between <{opened[0]}…> and </{opened[0]}>")

    def _pressed(self, names: str, start: int) -> tuple[str, ...]:
        found: list[str] = []
        for name in names.split("_"):
            button = self._buttons.get(name)
            if button is None:
                raise self._error(start, f"no button {name!r}; there are {', '.join(self._buttons.values())}")
            if button in found:
                raise self._error(start, f"{button} twice in one token")
            found.append(button)
        return press(*found).buttons

    def _next(self) -> tuple[bool, str]:
        token = _TOKEN.match(self._text, self._at)
        if token is None:
            raise self._error(self._at, "a token <…> should stand here")
        self._at = token.end()
        return bool(token[1]), token[2]

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _error(self, position: int, problem: str) -> GrammarError:
        return GrammarError(position, self._text[position : position + _QUOTED], problem)
