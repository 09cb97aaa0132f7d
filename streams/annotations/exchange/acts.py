"""Acts as JSON lines, without loss; and, when read, lines that only say what a range is labelled.

    {"session": "quest", "act_id": "…", "annotator": "ada", "first_frame": 600, "last_frame": 719, "labels": {…}, …}
    {"session": "quest", "first_frame": 0, "last_frame": 119, "scene": "title", "tags": ["menu", "calm"]}

The second form is that of `runtime dataset build --labels`.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value, check_act, make_act
from streams.annotations.fold import Fold

_FIELDS = tuple(field for field in Annotation.__struct_fields__ if field != "version")


def write(session: str, fold: Fold) -> str:
    """Return all acts, in order."""
    lines = ({"session": session, **{field: getattr(act, field) for field in _FIELDS}} for act in fold.acts)
    return "".join(f"{msgspec.json.encode(line).decode()}\n" for line in lines)


def read(text: str, name: str, annotator: str) -> list[Annotation]:
    """Return the acts of the lines, in their order; the same line read again gives the same act.

    Raises:
        UsageError: A line is malformed; names file and line.
    """
    return [_act(found, where, annotator) for found, where in json_lines(text, name)]


def json_lines(text: str, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the object of each line that is not empty, with what errors call it.

    Raises:
        UsageError: A line is no JSON object.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            where = f"{name}:{number}"
            try:
                yield msgspec.json.decode(line, type=dict[str, Any]), where
            except msgspec.DecodeError as error:
                raise UsageError(f"{where}: wanted a JSON object: {error}") from error


def act_of(
    where: str, annotator: str, first: object, last: object, labels: dict[str, Value], **more: Any
) -> Annotation:
    """Return the act that an entry of a file comes to. Its name follows from what it says.

    Raises:
        UsageError: It is no act that can be kept.
    """
    if type(first) is not int or type(last) is not int:
        raise UsageError(f"{where}: first_frame {first!r}, last_frame {last!r}: wanted two frames")
    said = msgspec.json.encode([annotator, first, last, labels, more], order="deterministic")
    try:
        act_id = f"file-{hashlib.sha256(said).hexdigest()[:32]}"
        return make_act(annotator, first, last, labels, **{"act_id": act_id, **more})
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from error


def _act(found: dict[str, Any], where: str, annotator: str) -> Annotation:
    found = {key: value for key, value in found.items() if key != "session"}
    if "act_id" not in found:
        first, last = found.pop("first_frame", None), found.pop("last_frame", None)
        return act_of(where, annotator, first, last, {key: _value(value, key, where) for key, value in found.items()})
    if unknown := sorted(set(found) - set(_FIELDS)):
        raise UsageError(f"{where}: unknown {', '.join(unknown)}; allowed are session, {', '.join(_FIELDS)}")
    try:
        act = Annotation(**{field: msgspec.convert(value, _TYPES[field]) for field, value in found.items()})
        check_act(act)
    except (msgspec.ValidationError, TypeError, UsageError) as error:
        raise UsageError(f"{where}: {error}") from error
    return act


_TYPES = {field.name: field.type for field in msgspec.structs.fields(Annotation)}


def _value(value: object, key: str, where: str) -> Value:
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if isinstance(value, str):
        return value
    raise UsageError(f"{where}: label {key!r} is {value!r}; allowed are text, numbers, true, false, lists of text")
