"""Labels as CSV: a line for each label that an annotator gave to a range and that nobody took back.

session,first_frame,last_frame,key,value,annotator,kind,origin,confidence,model,act_id

Tags are parted by "|". `origin` is said | accepted | corrected | suggestion. What is read needs first_frame,
last_frame, key and value; the other columns may be missing.
"""

import csv
import io
from collections.abc import Iterator

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value
from streams.annotations.exchange.acts import act_of
from streams.annotations.fold import Fold, Said
from streams.annotations.spans import Run

COLUMNS = (
    *("session", "first_frame", "last_frame", "key", "value", "annotator", "kind", "origin", "confidence", "model"),
    "act_id",
)
_NEEDED = ("first_frame", "last_frame", "key", "value")
SUGGESTION = "suggestion"


def write(session: str, fold: Fold) -> str:
    """Return the table, by key, annotator and frame."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for run, origin in _runs(fold):
        said, act = run.value, run.value.act
        value = said.value if isinstance(said.value, str) else "|".join(said.value)
        who = act.annotator, act.kind, origin, f"{act.confidence:g}", act.model, act.act_id
        writer.writerow((session, run.first_frame, run.last_frame, said.key, value, *who))
    return text.getvalue()


def read(text: str, name: str, annotator: str) -> list[Annotation]:
    """Return an act for each line.

    Raises:
        UsageError: A column is missing, or a line is malformed; names file and line.
    """
    lines = csv.DictReader(io.StringIO(text))
    if missing := [column for column in _NEEDED if column not in (lines.fieldnames or ())]:
        raise UsageError(f"{name}:1: no column {', '.join(missing)}; wanted are {', '.join(COLUMNS)}")
    return [_act(line, f"{name}:{lines.line_num}", annotator) for line in lines]


def _act(line: dict[str, str], where: str, annotator: str) -> Annotation:
    try:
        first, last = int(line["first_frame"]), int(line["last_frame"])
        confidence = float(line.get("confidence") or 1.0)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{where}: {error}") from error
    key, text = line["key"] or "", line["value"] or ""
    value: Value = tuple(text.split("|")) if key == "tags" and text else text
    more = {
        "kind": line.get("kind") or "human",
        "suggestion": line.get("origin") == SUGGESTION,
        "confidence": confidence,
        "model": line.get("model") or "",
    }
    return act_of(where, line.get("annotator") or annotator, first, last, {key: value}, **more)


def _runs(fold: Fold) -> Iterator[tuple[Run[Said], str]]:
    keys = sorted({key for act in fold.acts for key in act.labels})
    for key in keys:
        for _, layer in sorted(fold.layers(key).items()):
            yield from ((run, run.value.origin) for run in layer if run.value.value)
        for _, layer in sorted(fold.suggested(key).items()):
            yield from ((run, SUGGESTION) for run in layer if run.value.value)
