"""Annotations of the rommer web interface: files `annotations.json`, and suggestions in `cnn_annotations.json`.

    annotations.json        {"context": …, "scene": …, "tags": …, "description": …, "action": …, "intent": …,
                             "outcome": …, "complete": …}
    cnn_annotations.json    {"context": {"prediction": …, "confidence": …}, "scene": {…}}

Frame set s is frames 5 s to 5 s + 4, as `streams.importers.rommer` makes them. The field names are those of
dtand/rommer-gba, src/web_app/routes/annotate.py and src/ml/classify_frames.py @ 68fde7b, 55a2879.
"""

from pathlib import Path
from typing import Any

import msgspec

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value
from streams.annotations.exchange.acts import act_of
from streams.annotations.exchange.rows import OUTPUTS
from streams.framesets.layout import FRAMES_PER_SET

#: Who suggests what cnn_annotations.json holds, and the model that made it: the file does not name one.
_CNN, _MODEL = "cnn", "rommer cnn"


def read(folder: Path, annotator: str) -> list[Annotation]:
    """Return the acts of all frame sets of a processed session, by frame set.

    Raises:
        UsageError: It is no folder, or a file is malformed; names it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: wanted a folder of frame sets, <frame_set_id>/annotations.json")
    acts: list[Annotation] = []
    for of_set in sorted((one for one in folder.iterdir() if one.name.isdecimal()), key=lambda one: int(one.name)):
        acts += _said(of_set, annotator)
        acts += _suggested(of_set)
    return acts


def _said(of_set: Path, annotator: str) -> list[Annotation]:
    path = of_set / "annotations.json"
    found = _load(path)
    labels: dict[str, Value] = {key: str(found[key]) for key in OUTPUTS if found.get(key)}
    if tags := found.get("tags"):
        listed = tags if isinstance(tags, list) else str(tags).split(",")
        labels["tags"] = tuple(text for tag in listed if (text := str(tag).strip()))
    return [act_of(str(path), annotator, *_frames(of_set), labels)] if labels else []


def _suggested(of_set: Path) -> list[Annotation]:
    path = of_set / "cnn_annotations.json"
    acts = []
    for key, guess in _load(path).items():
        if isinstance(guess, dict) and guess.get("prediction"):
            try:
                confidence = float(guess.get("confidence") or 0.0)
            except (TypeError, ValueError) as error:
                raise UsageError(f"{path}: {key}: {error}") from error
            more = {"kind": "model", "suggestion": True, "confidence": confidence, "model": _MODEL}
            acts.append(act_of(str(path), _CNN, *_frames(of_set), {key: str(guess["prediction"])}, **more))
    return acts


def _frames(of_set: Path) -> tuple[int, int]:
    first = int(of_set.name) * FRAMES_PER_SET
    return first, first + FRAMES_PER_SET - 1


def _load(path: Path) -> dict[str, Any]:
    """Return a file's object; nothing where there is no such file, which is a set that nobody annotated (A9.6)."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: wanted a JSON object: {error}") from error
