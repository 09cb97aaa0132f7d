"""Prompts from typed parts (requirements C7.2 to C7.4, C14.3, C14.4). Pure: the same situation gives the same bytes.

What the game or a memory says is data: angle brackets in it are replaced, so that no text of a game opens or closes a
section, or passes for the picture.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from PIL import Image

from agents.strategist.conditions import CONDITIONS, NOT
from agents.strategist.grammar import token
from agents.strategist.plan import STRATEGIES
from agents.strategist.situation import Situation
from agents.strategist.tools import TOOLS
from runtime.pixels import Rgb

#: Where the picture goes.
IMAGE = "<image>"

#: Lines of objectives and of memories, as many as C20.10 gives a memory search; characters of the spatial text.
_MOST_LINES, _MOST_SPATIAL = 5, 1500

#: Combos of the button history.
_MOST_HELD = 16

#: What a prompt asks for (C7.3).
_ASKED = (
    "immediate navigation goals",
    "quest objectives",
    "resource management",
    "risk assessment",
)

#: How a model answers (C7.4): in lines, or as JSON of plan.schema().
_LINES_FORM = f"""Answer in these lines and no others:
STRATEGY: one of {", ".join(STRATEGIES)}
TARGET: area and cell to go to and the button to press there, as 3 12,7 A; leave the line out for none
ACTIONS: buttons to press, or none to walk to the target
FALLBACK: buttons to press if that cannot be done
CONFIDENCE: 0 to 1
REASON: one sentence
TOOL: a tool and its arguments as JSON; leave the line out for none
REMEMBER: a sentence worth knowing later; leave the line out for none
"""
_JSON_FORM = f"""Answer with one JSON object and nothing else:
strategy: one of {", ".join(STRATEGIES)}
area, cell: where to go, as 3 and [12, 7]; press: the buttons to press there, as ["A"]
actions: buttons to press, or "" to walk there
fallback: buttons to press if that cannot be done
confidence: 0 to 1; goal and reason: a sentence each
tool_calls: tools and their arguments
remember: sentences worth knowing later
"""

#: C14.4.
DESCRIBE = "describe next action\n"

#: Frames that become one picture, and how they lie (C14.2).
GRID_FRAMES, _GRID_COLUMNS = 4, 2


class Prompt(NamedTuple):
    """What a model is asked."""

    text: str  # IMAGE in it once where there is a picture, otherwise not at all
    image: Rgb | None  # (H, W, 3)


def build(situation: Situation, *, as_json: bool = False) -> Prompt:
    """Return the prompt of C7.2 to C7.4 for models that follow instructions, and answer in lines or as JSON."""
    image = picture(situation)
    sections = [IMAGE] if image is not None else []
    sections += [
        _section("spatial_context", [_plain(situation.spatial)[:_MOST_SPATIAL] or "unknown"]),
        _section("game_state", state_lines(situation)),
        _section("current_objectives", _numbered(situation.objectives)),
        _section("memory_context", _numbered(situation.memories)),
    ]
    if situation.held:
        sections.append(_section("button_history", [history(situation)]))
    if situation.answers:
        sections.append(_section("tool_results", [_plain(answer.line) for answer in situation.answers]))
    return Prompt("\n".join([*sections, instructions(situation, as_json=as_json)]), image)


def for_paligemma(situation: Situation) -> Prompt:
    """Return the prompt in the order of C14.4: button history, context, picture, request; `<bos>` comes before it."""
    context = [
        *([_plain(situation.spatial)[:_MOST_SPATIAL]] if situation.spatial else []),
        *state_lines(situation),
        *(f"objective: {_plain(line)}" for line in situation.objectives[:_MOST_LINES]),
        *(f"memory: {_plain(line)}" for line in situation.memories[:_MOST_LINES]),
        *(f"tool: {_plain(answer.line)}" for answer in situation.answers),
    ]
    image = picture(situation)
    shown = IMAGE if image is not None else ""
    return Prompt(f"{history(situation)}\n" + "\n".join(context) + f"\n{shown}{DESCRIBE}", image)


def instructions(situation: Situation, *, as_json: bool) -> str:
    """Return what the model is to do and how it is to answer."""
    buttons = " ".join(token([button]) for button in situation.buttons)
    conditions = " ".join(CONDITIONS)
    tools = "; ".join(f"{name} {tool.usage}" for name, tool in TOOLS.items())
    return (
        "You play this game. Decide on " + ", ".join(_ASKED[:-1]) + f" and {_ASKED[-1]}.\n"
        f"{_JSON_FORM if as_json else _LINES_FORM}"
        f"Buttons: {buttons}; together <btn_left_A>; in order <seq>…</seq>; on a condition <if_…>…</if>: {conditions}, "
        f"or {NOT}… of each.\n"
        f"Tools: {tools}."
    )


def state_lines(situation: Situation) -> list[str]:
    """Return location, level, health and grid position (C7.2), as far as they are known."""
    state, game = situation.state, situation.game
    area = game.area_of_id(situation.area) if game else None
    name = (
        f"{area.name} (area {situation.area})"
        if area
        else f"area {situation.area}"
        if situation.area >= 0
        else "unknown"
    )
    lines = [f"location: {_plain(name)}"]
    if "player.level" in state:
        lines.append(f"level: {state['player.level']}")
    if {"player.hp", "player.max_hp"} <= state.keys():
        lines.append(f"health: {state['player.hp']}/{state['player.max_hp']}")
    if situation.cell:
        lines.append("grid position: {},{}".format(*situation.cell))
    lines += [
        f"{name.removeprefix('player.')}: {state[name]}" for name in ("player.gold", "player.xp") if name in state
    ]
    lines += [f"{name}: {state[name]}" for name in sorted(state) if name.startswith("item.") and state[name]]
    if situation.plan:
        lines.append(f"plan: {_plain(situation.plan.goal or situation.plan.strategy)}")
    return lines


def history(situation: Situation) -> str:
    """Return the last combos held as their tokens, oldest first, each once however long it was held."""
    changes = [
        now for before, now in zip((None, *situation.held), situation.held, strict=False) if now and now != before
    ]
    return "".join(token(combo) for combo in changes[-_MOST_HELD:])


def picture(situation: Situation) -> Rgb | None:
    """Return what the model is shown: the last frames as a grid, or the marked screen, or nothing."""
    if len(situation.frames) >= GRID_FRAMES:
        return grid(situation.frames[-GRID_FRAMES:])
    return situation.overlay if situation.overlay is not None else situation.frames[-1] if situation.frames else None


def grid(frames: Iterable[Rgb]) -> Rgb:
    """Lay four frames of (H, W, 3) two by two, the oldest top left: (2H, 2W, 3)."""
    four = list(frames)
    rows = [np.concatenate(four[i : i + _GRID_COLUMNS], axis=1) for i in range(0, len(four), _GRID_COLUMNS)]
    return np.concatenate(rows, axis=0)


def resized(image: Rgb, size: int) -> Rgb:
    """Return a picture as (size, size, 3), by pixels' areas and neighbours (bicubic, as PaliGemma was trained)."""
    return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))


def _section(name: str, lines: Iterable[str]) -> str:
    return f"<{name}>\n" + "\n".join(lines) + f"\n</{name}>"


def _numbered(lines: tuple[str, ...]) -> list[str]:
    return [f"{number}. {_plain(line)}" for number, line in enumerate(lines[:_MOST_LINES], 1)] or ["none"]


def _plain(text: str) -> str:
    return text.replace("<", "(").replace(">", ")")
