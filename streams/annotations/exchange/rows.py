"""Frame sets as JSON lines whose outputs are those of a training row (A7.5), for the six keys that it has.

    {"session": "quest", "frame_set_id": 120, "first_frame": 600, "last_frame": 604, "inputs": {"frame_range": 5},
     "outputs": {"context": "battle", "scene": "battle_main", "description": "…", "action": "…", …}, "tags": ["boss"]}

`runtime dataset build --format jsonl` writes whole training rows, with buttons and memory changes.
"""

import msgspec

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value
from streams.annotations.exchange.acts import act_of, json_lines
from streams.annotations.fold import Fold
from streams.annotations.progress import NONE, units

#: The outputs of a training row (A7.5).
OUTPUTS = ("context", "scene", "description", "action", "intent", "outcome")


def write(session: str, fold: Fold, first_frame: int, last_frame: int) -> str:
    """Return a line for each labelled frame set; of each key the last label in it."""
    lines = []
    for unit in units(fold, first_frame, last_frame, ()):
        if unit.state == NONE:
            continue
        labels: dict[str, Value] = {}
        for key in fold.keys:
            for run in fold.runs(key).within(unit.first_frame, unit.last_frame):
                labels[key] = run.value.value
        line = {
            "session": session,
            "frame_set_id": unit.index,
            "first_frame": unit.first_frame,
            "last_frame": unit.last_frame,
            "inputs": {"frame_range": unit.last_frame - unit.first_frame + 1},
            "outputs": {key: labels.pop(key, "") for key in OUTPUTS},
            **labels,
        }
        lines.append(f"{msgspec.json.encode(line).decode()}\n")
    return "".join(lines)


def read(text: str, name: str, annotator: str) -> list[Annotation]:
    """Return an act for each line.

    Raises:
        UsageError: A line is malformed; names file and line.
    """
    acts = []
    for found, where in json_lines(text, name):
        outputs = found.get("outputs")
        if not isinstance(outputs, dict):
            raise UsageError(f"{where}: wanted outputs: an object with {', '.join(OUTPUTS)}")
        labels: dict[str, Value] = {key: str(value) for key, value in outputs.items() if value}
        if tags := found.get("tags"):
            labels["tags"] = tuple(str(tag) for tag in tags) if isinstance(tags, list) else str(tags)
        if labels:
            acts.append(act_of(where, annotator, found.get("first_frame"), found.get("last_frame"), labels))
    return acts
