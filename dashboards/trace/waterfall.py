"""A frame's way as people see it: a bar for each part, to scale."""

import sys

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dashboards.trace.ways import OTHER, UNKNOWN, Answer, Stage, Way

#: Columns of the bars; beside them stand names and numbers.
_WIDTH = 64

#: What each part is, in words.
_MEANING = {
    "emulate": "emulated",
    "capture": "read, encoded",
    "publish": "to journal and bus",
    "deliver": "on its way to the actor",
    "tick": "waited for its tick",
    "act": "decided",
    "answer": "on its way back",
    "apply": "until the next frame",
}
_COLOURS = {
    "emulate": "blue",
    "capture": "cyan",
    "publish": "green",
    "tick": "yellow",
    "act": "magenta",
    "apply": "dim",
}


def waterfall(way: Way, actor: str = "") -> RenderableType:
    """Return a frame's way; of one actor alone where that is named."""
    answers = [answer for answer in way.answers if actor in ("", answer.actor)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("who")
    table.add_column("part")
    table.add_column("from ms", justify="right")
    table.add_column("took ms", justify="right")
    table.add_column("")
    ends_us = max(way.ends_us, *(stage.ends_us for answer in answers for stage in answer.stages), 1)
    for stage in way.stages:
        _row(table, "bridge", stage, ends_us)
    for answer in answers:
        for stage in answer.stages:
            _row(table, answer.actor, stage, ends_us, both=answer.clock == OTHER)
    return Group(_head(way), table, *(Text(line) for line in _notes(answers)))


def _head(way: Way) -> Text:
    parts = [f"frame {way.frame_index}", f"{way.took_us() / 1000:.2f} ms until all had answered"]
    if way.late_us:
        parts.append(f"began {way.late_us / 1000:.2f} ms after its deadline")
    return Text(", ".join(parts), style="bold")


def _row(table: Table, who: str, stage: Stage, ends_us: int, *, both: bool = False) -> None:
    meaning = "both ways" if both and stage.name == "answer" else _MEANING[stage.name]
    bar = Text(_bar(stage, ends_us), style=_COLOURS.get(stage.name, ""))
    begins, took = f"{stage.begins_us / 1000:.2f}", f"{stage.took_us / 1000:.2f}"
    table.add_row(escape(who), f"{stage.name} [dim]{meaning}[/]", begins, took, bar)


def _bar(stage: Stage, ends_us: int) -> str:
    utf = (sys.stdout.encoding or "").lower().startswith("utf")
    full, thin = ("█", "▏") if utf else ("#", "|")
    begins = round(max(stage.begins_us, 0) / ends_us * _WIDTH)
    length = round(stage.ends_us / ends_us * _WIDTH) - begins
    return " " * begins + (full * length or thin)


def _notes(answers: list[Answer]) -> list[str]:
    notes = []
    for answer in answers:
        if answer.pressed is not None:
            pressed = "+".join(answer.pressed) or "no button"
            plan = f", plan {answer.plan_id}" if answer.plan_id else ""
            why = f": {answer.reason}" if answer.reason else ""
            notes.append(f"{answer.actor} held {pressed} from frame {answer.pressed_on} on{plan}{why}")
        if answer.clock == OTHER:
            notes.append(
                f"{answer.actor} runs on another host, whose clock cannot be compared with the bridge's: "
                "where its parts begin is not known, only how long they took"
            )
        elif answer.clock == UNKNOWN:
            notes.append(f"{answer.actor} does not say when it got the frame: only the whole way is known")
    return notes
