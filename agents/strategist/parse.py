"""What a model said → a thought: JSON of `plan.schema()`, or the lines of requirement C7.4.

    STRATEGY: goto
    TARGET: 3 12,7 A                    area, cell and buttons to press there; each may be left out
    ACTIONS: <seq><btn_up><btn_A></seq>
    FALLBACK: <btn_B>
    CONFIDENCE: 0.8
    REASON: the elder stands north of here
    TOOL: memory_search {"query": "key"}
    REMEMBER: the cave is dark

STRATEGY and ACTIONS must be there, the rest may; TOOL and REMEMBER may come more than once. What stands before the
first of these keys is passed over (models like to talk first), as is a fence of backticks around all.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agents.strategist.grammar import GBA, GrammarError, parse
from agents.strategist.plan import STRATEGIES, Call, Note, Thought
from runtime.errors import UsageError

#: The keys of the text, in the order in which they are asked for.
KEYS = ("STRATEGY", "TARGET", "ACTIONS", "FALLBACK", "CONFIDENCE", "REASON", "TOOL", "REMEMBER")

#: Ways to say that there is nothing to play.
_NOTHING = ("", "none", "-")

_LINE = re.compile(rf"\s*[*#]*\s*({'|'.join(KEYS)})\s*[*]*\s*:[*]*\s*(.*)", re.IGNORECASE)
_TARGET = re.compile(r"(?P<area>-?\d+)?\s*(?:\(?(?P<x>\d+)\s*,\s*(?P<y>\d+)\)?)?\s*(?P<press>[A-Za-z_]+)?")

#: Of the text in an error message.
_QUOTED = 160


class ThoughtError(UsageError):
    """What a model said is no thought.

    Attributes:
        field: What of it is wrong: a key of the text, a path of the JSON, or "" for all of it.
        problem: Why.
        text: What was said, whole.
    """

    def __init__(self, field: str, problem: str, text: str) -> None:
        self.field, self.problem, self.text = field, problem, text
        said = text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
        super().__init__(f"{f'{field}: ' if field else ''}{problem}; said was {said!r}")


def parse_thought(text: str, buttons: Sequence[str] = GBA) -> Thought:
    """Read what a model said.

    Args:
        text: JSON or lines, see above.
        buttons: The console's, which its actions may name.

    Raises:
        ThoughtError: It is neither, a field is missing or wrong, or actions are none of the grammar.
    """
    body = _unfenced(text)
    if not body:
        raise ThoughtError("", "nothing was said", text)
    thought = _from_json(body, text) if body.startswith("{") else _from_lines(body, text)
    return _checked(thought, text, buttons)


def as_text(thought: Thought) -> str:
    """Return a thought as the lines that a model is asked for."""
    target = " ".join(
        part
        for part in (
            str(thought.area) if thought.area >= 0 or thought.cell else "",
            "{},{}".format(*thought.cell) if thought.cell else "",
            "_".join(thought.press),
        )
        if part
    )
    lines = [("STRATEGY", thought.strategy), ("TARGET", target), ("ACTIONS", thought.actions or "none")]
    lines += [("FALLBACK", thought.fallback), ("CONFIDENCE", f"{thought.confidence:g}"), ("REASON", thought.reason)]
    lines += [("TOOL", f"{call.name} {json.dumps(call.arguments)}") for call in thought.tool_calls]
    lines += [("REMEMBER", note) for note in thought.remember]
    return "".join(f"{key}: {value}\n" for key, value in lines if value)


def _unfenced(text: str) -> str:
    body = text.strip()
    if body.startswith("```"):
        body = body.partition("\n")[2].rpartition("```")[0].strip()
    return body


def _from_json(body: str, text: str) -> Thought:
    try:
        return msgspec.json.decode(body, type=Thought)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at ")
        raise ThoughtError(path.strip("`").removeprefix("$").removeprefix("."), problem, text) from error
    except msgspec.DecodeError as error:
        raise ThoughtError("", f"no JSON: {error}", text) from error


def _from_lines(body: str, text: str) -> Thought:
    said: dict[str, str] = {}
    tools: list[Call] = []
    notes: list[str] = []
    key = ""
    for line in body.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            if key in ("ACTIONS", "FALLBACK") and line.strip().startswith("<"):  # a long sequence, wrapped
                said[key] += line.strip()
            continue
        key, value = found[1].upper(), found[2].strip()
        if key == "TOOL":
            tools.append(_tool(value, text))
        elif key == "REMEMBER":
            notes.append(_note(value, text))
        elif key in said:
            raise ThoughtError(key, "said twice", text)
        else:
            said[key] = value
    if missing := [key for key in ("STRATEGY", "ACTIONS") if key not in said]:
        raise ThoughtError(missing[0], f"no line {missing[0]}: …", text)
    fields: dict[str, Any] = {
        "strategy": said["STRATEGY"].lower(),
        "actions": _played(said["ACTIONS"]),
        "fallback": _played(said.get("FALLBACK", "")),
        "reason": said.get("REASON", ""),
        "tool_calls": tuple(tools),
        "remember": tuple(notes),
        **_target(said.get("TARGET", ""), text),
    }
    if "CONFIDENCE" in said:
        fields["confidence"] = _number(said["CONFIDENCE"], text)
    if fields["strategy"] not in STRATEGIES:
        problem = f"{said['STRATEGY']!r} is none; there are {', '.join(STRATEGIES)}"
        raise ThoughtError("STRATEGY", problem, text)
    return Thought(**fields)


def _played(value: str) -> str:
    return "" if value.lower() in _NOTHING else value


def _target(value: str, text: str) -> Mapping[str, Any]:
    if value.lower() in _NOTHING:
        return {}
    found = _TARGET.fullmatch(value)
    if found is None:
        raise ThoughtError("TARGET", f"{value!r}: it looks like `3 12,7 A`: area, cell, buttons", text)
    return {
        "area": int(found["area"]) if found["area"] else -1,
        "cell": (int(found["x"]), int(found["y"])) if found["x"] else None,
        "press": tuple(found["press"].upper().split("_")) if found["press"] else (),
    }


def _number(value: str, text: str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise ThoughtError("CONFIDENCE", f"{value!r} is no number", text) from error
    if not 0 <= number <= 1:
        raise ThoughtError("CONFIDENCE", f"{value}: allowed are 0 to 1", text)
    return number


def _note(value: str, text: str) -> str:
    try:
        return msgspec.convert(value, Note)
    except msgspec.ValidationError as error:
        raise ThoughtError("REMEMBER", str(error), text) from error


def _tool(value: str, text: str) -> Call:
    name, _, arguments = value.partition(" ")
    try:
        return msgspec.convert({"name": name, "arguments": json.loads(arguments or "{}")}, Call)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors, too
        raise ThoughtError(
            "TOOL", f'{value!r}: it looks like `memory_search {{"query": "key"}}`: {error}', text
        ) from error


def _checked(thought: Thought, text: str, buttons: Sequence[str]) -> Thought:
    for field in ("actions", "fallback"):
        try:
            parse(getattr(thought, field), buttons)
        except GrammarError as error:
            raise ThoughtError(field, str(error), text) from error
    if wrong := [button for button in thought.press if button not in buttons]:
        raise ThoughtError("press", f"no button {', '.join(wrong)}; there are {', '.join(buttons)}", text)
    return thought
