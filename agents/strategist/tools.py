"""Tools a mind may call (requirements C1.4, C20.10): their arguments, what they answer, and why they refuse.

A call is the event `tool.called`, an answer the event `tool.answered` with the same `call`; both carry JSON. Whoever is
in the session may call, and reads the answer from the bus; the strategist carries calls out at its next tick.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from agents.strategist.conditions import CONDITIONS, holds
from agents.strategist.grammar import GBA, GrammarError, parse, presses, unparse
from agents.strategist.masking import masked
from agents.strategist.plan import Call
from runtime import wire
from runtime.actor import Report
from runtime.wire import Scalar

CALLED, ANSWERED = "tool.called", "tool.answered"

#: Memories a search gives at most (C20.10).
MEMORY_RESULTS = 5

#: Presses that one call may ask for, so that no tool plays the game alone.
_MOST_PRESSES = 16

#: Of a refusal's text, in characters.
_LONGEST_REFUSAL = 300


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """A call cannot be carried out; the text says why."""


class ButtonPress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Press these buttons, in the action grammar."""

    actions: str


class MemorySearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Look for what is known."""

    query: str
    max_results: int = MEMORY_RESULTS


class StateAnalysis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Read the watches whose name begins so, and the named conditions that hold."""

    prefix: str = ""


class Planning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Find the way to a cell over the learnt map."""

    area: int
    x: int
    y: int


@dataclass(frozen=True)
class Tool:
    """A tool.

    Attributes:
        arguments: Their type.
        usage: How it is called, for the prompt.
    """

    arguments: type[msgspec.Struct]
    usage: str


TOOLS: Mapping[str, Tool] = {
    "button_press": Tool(ButtonPress, '{"actions": "<btn_A>"}'),
    "memory_search": Tool(MemorySearch, '{"query": "key"}'),
    "state_analysis": Tool(StateAnalysis, '{"prefix": "player."}'),
    "planning": Tool(Planning, '{"area": 3, "x": 12, "y": 7}'),
}


@dataclass(frozen=True)
class Answer:
    """What a tool answered.

    Attributes:
        call: The call's name, unique in the session.
        name: The tool.
        result: As JSON; empty when it was refused.
        error: Why it was refused; empty when it was not.
    """

    call: str
    name: str
    result: str = ""
    error: str = ""

    @property
    def line(self) -> str:
        """The answer as a line of a prompt."""
        return f"{self.name}: {f'refused: {self.error}' if self.error else self.result}"

    def report(self) -> Report:
        """Return the event that carries it."""
        return Report(ANSWERED, {"call": self.call, "tool": self.name, "result": self.result, "error": self.error})


class Searchable(Protocol):
    """What memory_search looks through: `agents.knowledge`'s view of all facts."""

    def search(self, text: str, limit: int) -> Sequence[str]:
        """Return what is known about a text, the nearest first, a line each."""


class Pathfinder(Protocol):
    """What planning asks: the learnt map."""

    def way(self, start: tuple[int, tuple[int, int]], to: tuple[int, tuple[int, int]]) -> int | None:
        """Return the steps from a cell of an area to another; None where no way is known."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What tools work with: one moment of the game and what is known of it."""

    state: Mapping[str, Scalar]
    buttons: Sequence[str] = GBA
    here: tuple[int, tuple[int, int]] | None = None  # area and cell
    memory: Searchable | None = None
    atlas: Pathfinder | None = None
    pressed: list[str] = field(default_factory=list)  # action texts that button_press asks to be played


def called(call: Call, name: str) -> Report:
    """Return the event that calls a tool; `name` must be unique in the session."""
    return Report(CALLED, {"call": name, "tool": call.name, "arguments": json.dumps(call.arguments, sort_keys=True)})


def answer_to(event: wire.Event) -> Answer | None:
    """Return the answer that an event carries, if it is one."""
    if event.name != ANSWERED:
        return None
    facts = {name: str(event.facts.get(name, "")) for name in ("call", "tool", "result", "error")}
    return Answer(facts["call"], facts["tool"], facts["result"], facts["error"])


def carry_out(event: wire.Event, bench: Bench) -> Answer:
    """Carry out the call that a `tool.called` event carries. Never raises: what cannot be done is refused."""
    call, name = str(event.facts.get("call", "")), str(event.facts.get("tool", ""))
    try:
        asked = _arguments(name, str(event.facts.get("arguments", "{}")))
        result = _DO[name](asked, bench)
    except Refused as refused:
        return Answer(call, name, error=str(refused)[:_LONGEST_REFUSAL])
    return Answer(call, name, result=json.dumps(result, sort_keys=True))


def _arguments(name: str, text: str) -> Any:
    tool = TOOLS.get(name)
    if tool is None:
        raise Refused(f"no tool {name!r}; there are {', '.join(TOOLS)}")
    try:
        return msgspec.json.decode(text, type=tool.arguments)
    except msgspec.DecodeError as error:
        raise Refused(f"arguments {text}: {error}; they look like {tool.usage}") from error


def _button_press(asked: ButtonPress, bench: Bench) -> object:
    try:
        items = parse(asked.actions, bench.buttons)
    except GrammarError as error:
        raise Refused(str(error)) from error
    meant = presses(items, bench.state)
    if not meant:
        raise Refused(f"{asked.actions!r} presses nothing now")
    if len(meant) > _MOST_PRESSES:
        raise Refused(f"{len(meant)} presses: allowed are {_MOST_PRESSES} a call")
    lost = [unparse([item]) for item in meant if masked(item, bench.state, bench.buttons) != item]
    if lost:
        raise Refused(f"{', '.join(lost)} cannot be pressed now")
    bench.pressed.append(asked.actions)
    return {"presses": len(meant)}


def _memory_search(asked: MemorySearch, bench: Bench) -> object:
    if bench.memory is None:
        raise Refused("nothing is remembered in this session")
    if not 1 <= asked.max_results <= MEMORY_RESULTS:
        raise Refused(f"max_results {asked.max_results}: allowed are 1 to {MEMORY_RESULTS}")
    return {"found": list(bench.memory.search(asked.query, asked.max_results))}


def _state_analysis(asked: StateAnalysis, bench: Bench) -> object:
    values = {name: value for name, value in sorted(bench.state.items()) if name.startswith(asked.prefix)}
    if not values:
        raise Refused(f"no watch begins with {asked.prefix!r}; there are {', '.join(sorted(bench.state))}")
    return {"values": values, "holds": [name for name in CONDITIONS if holds(name, bench.state)]}


def _planning(asked: Planning, bench: Bench) -> object:
    if bench.atlas is None or bench.here is None:
        raise Refused("no map is learnt, or where the player is is not known")
    steps = bench.atlas.way(bench.here, (asked.area, (asked.x, asked.y)))
    if steps is None:
        raise Refused(f"no way is known to cell {asked.x},{asked.y} of area {asked.area}")
    return {"steps": steps}


_DO: Mapping[str, Callable[[Any, Bench], object]] = {
    "button_press": _button_press,
    "memory_search": _memory_search,
    "state_analysis": _state_analysis,
    "planning": _planning,
}
