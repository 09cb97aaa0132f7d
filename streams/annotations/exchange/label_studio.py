"""Label Studio's JSON of tasks, with timeline labels of a video.

    [{"data": {"video": "quest.mp4", "session": "quest", "fps": 59.7275, "first_frame": 0},
      "annotations": [{"result": [{"id": …, "type": "timelinelabels", "from_name": "context", "to_name": "video",
                                   "value": {"ranges": [{"start": 601, "end": 720}], "timelinelabels": ["battle"]},
                                   "meta": {"text": ["ada"]}}]}],
      "predictions": [{"model_version": "cnn 3", "score": 0.8, "result": […]}]}]

Tasks are as in https://labelstud.io/guide/task_format, regions as in https://labelstud.io/tags/timelinelabels: frames
of a video count from 1 there, and `end` is inclusive. A key of the vocabulary is the name of a TimelineLabels tag, an
annotator the text of a region's `meta`; whoever labels in Label Studio is told by `completed_by`. The video is made by
`runtime dataset build --format mp4`.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value
from streams.annotations.exchange.acts import act_of
from streams.annotations.fold import Fold, Said
from streams.annotations.spans import Run

_TYPE = "timelinelabels"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


def write(session: str, fold: Fold, rate_hz: float, first_frame: int) -> str:
    """Return one task: what each annotator says as an annotation, each model's suggestions as a prediction."""
    keys = sorted({key for act in fold.acts for key in act.labels})
    said = [run for key in keys for layer in fold.layers(key).values() for run in layer if run.value.value]
    suggested = [run for key in keys for layer in fold.suggested(key).values() for run in layer if run.value.value]
    task = {
        "data": {"video": f"{session}.mp4", "session": session, "fps": rate_hz, "first_frame": first_frame},
        "annotations": [
            {
                "result": [_region(run, first_frame) for run in said if run.value.act.annotator == name],
                "was_cancelled": False,
            }
            for name in sorted({run.value.act.annotator for run in said})
        ],
        "predictions": [
            {
                "model_version": model,
                "score": min(run.value.act.confidence for run in suggested if _model(run) == model),
                "result": [_region(run, first_frame) for run in suggested if _model(run) == model],
            }
            for model in sorted({_model(run) for run in suggested})
        ],
    }
    return msgspec.json.format(msgspec.json.encode([task])).decode() + "\n"


def read(text: str, name: str, annotator: str) -> list[Annotation]:
    """Return the acts of all tasks: annotations as what people say, predictions as suggestions.

    Raises:
        UsageError: It is no Label Studio JSON, or a region is malformed; names task and region.
    """
    try:
        tasks = msgspec.json.decode(text, type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise UsageError(f"{name}: no Label Studio JSON, which is a list of tasks: {error}") from error
    acts: list[Annotation] = []
    for number, task in enumerate(tasks):
        shift = _first_frame(task, f"{name}: task {number}") - 1
        for i, annotation in enumerate(task.get("annotations") or ()):
            where = f"{name}: task {number}, annotation {i}"
            if not annotation.get("was_cancelled"):
                who = _person(annotation.get("completed_by"), annotator)
                acts += [_act(region, shift, f"{where}, region {r}", who, {}) for r, region in _regions(annotation)]
        for i, prediction in enumerate(task.get("predictions") or ()):
            where = f"{name}: task {number}, prediction {i}"
            model = str(prediction.get("model_version") or "model")
            more = {"kind": "model", "suggestion": True, "model": model}
            for r, region in _regions(prediction):
                score = region.get("score", prediction.get("score"))
                sure = {"confidence": 1.0 if score is None else float(score)}
                acts.append(_act(region, shift, f"{where}, region {r}", _name(model), more | sure))
    return acts


def _region(run: Run[Said], first_frame: int) -> dict[str, Any]:
    said = run.value
    values = [said.value] if isinstance(said.value, str) else list(said.value)
    return {
        "id": f"{said.act.act_id}-{said.key}-{run.first_frame}",
        "type": _TYPE,
        "from_name": said.key,
        "to_name": "video",
        "value": {"ranges": [{"start": run.first_frame - first_frame + 1, "end": run.last_frame - first_frame + 1}]}
        | {_TYPE: values},
        "score": said.act.confidence,
        "meta": {"text": [said.act.annotator]},
    }


def _model(run: Run[Said]) -> str:
    return run.value.act.model or run.value.act.annotator


def _regions(entry: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield a task's regions that are timeline labels; others have no frames."""
    for number, region in enumerate(entry.get("result") or ()):
        if isinstance(region, dict) and region.get("type") == _TYPE:
            yield number, region


def _act(region: dict[str, Any], shift: int, where: str, annotator: str, more: dict[str, Any]) -> Annotation:
    try:
        (span,) = region["value"]["ranges"]
        values = [str(value) for value in region["value"][_TYPE]]
        first, last, key = int(span["start"]) + shift, int(span["end"]) + shift, str(region["from_name"])
        said_by = (region.get("meta") or {}).get("text") or [annotator]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{where}: no timeline labels with one range: {error!r}") from error
    value: Value = tuple(values) if key == "tags" or len(values) != 1 else values[0]
    return act_of(where, _name(str(said_by[0])), first, last, {key: value}, **more)


def _first_frame(task: dict[str, Any], where: str) -> int:
    first = (task.get("data") or {}).get("first_frame", 0)
    if type(first) is not int or first < 0:
        raise UsageError(f"{where}: first_frame {first!r}: wanted a frame")
    return first


def _person(completed_by: object, annotator: str) -> str:
    """Return who labelled: in exports a number, or an object with an e-mail address."""
    if isinstance(completed_by, dict):
        return _name(str(completed_by.get("email") or completed_by.get("id") or annotator).partition("@")[0])
    return f"user-{completed_by}" if completed_by is not None else annotator


def _name(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text)[:64].strip("-") or "unknown"
