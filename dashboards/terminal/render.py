"""Payloads as text: readable blocks, CSV rows, JSON lines."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dashboards.terminal.fields import look_up

#: Words that YAML reads as something else than a string.
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "~", ""})


def block(subject: str, size_bytes: int, tree: dict[str, Any]) -> str:
    """Return one message as a YAML document, its subject in a comment; bytes are shown by their number."""
    shown = {name: value for name, value in tree.items() if name != "version"}
    return "\n".join([f"--- # {subject}, {size_bytes:,} bytes", *_lines(shown, "")])


def chosen(tree: dict[str, Any], paths: Iterable[str]) -> list[Any]:
    """Return the values at full paths; None where a message lacks one."""
    values = []
    for path in paths:
        try:
            values.append(look_up(tree, path))
        except KeyError:
            values.append(None)
    return values


def fields_text(names: Sequence[str], values: Sequence[Any]) -> str:
    """Return chosen fields: on one line if all are single values, else as a block."""
    if any(isinstance(value, (dict, list)) and value for value in values):
        return "\n".join(["---", *_lines(dict(zip(names, values, strict=True)), "")])
    return "  ".join(f"{name}: {scalar(value)}" for name, value in zip(names, values, strict=True))


def csv_row(values: Iterable[Any]) -> str:
    """Return one CSV line without its end: names of a list parted by spaces, other lists and dicts as JSON."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_cell(value) for value in values])
    return out.getvalue()


def json_line(subject: str, tree: dict[str, Any]) -> str:
    """Return one JSON object on one line; bytes as base64, floats that are no number as null."""
    return msgspec.json.encode({"subject": subject, **tree}).decode()


def scalar(value: Any) -> str:
    """Return a single value as YAML would write it; floats with six digits, CSV and JSON have all."""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return f"{value:g}"
    return msgspec.json.encode(value).decode()  # null, true, 12, [], {} are YAML too


def _lines(value: Any, indent: str) -> list[str]:
    """Return the lines of a dict or a list below a name."""
    pairs = value.items() if isinstance(value, dict) else (("-", item) for item in value)
    lines: list[str] = []
    for name, item in pairs:
        lead = f"{indent}-" if name == "-" else f"{indent}{name}:"
        if isinstance(item, list) and item and not any(isinstance(part, (dict, list)) for part in item):
            lines.append(f"{lead} [{', '.join(scalar(part) for part in item)}]")
        elif isinstance(item, (dict, list)) and item:
            lines += _nested(lead, name == "-", _lines(item, f"{indent}  "))
        else:
            lines.append(f"{lead} {scalar(item)}")
    return lines


def _nested(lead: str, is_item: bool, below: list[str]) -> list[str]:
    """Put an item's dash on the first line of what it holds."""
    return [f"{lead} {below[0].lstrip()}", *below[1:]] if is_item else [lead, *below]


def _string(text: str) -> str:
    bare = text.lower() not in _YAML_WORDS and text.isprintable() and text == text.strip()
    numeric = text[:1] in "+-.0123456789"
    if bare and not numeric and text[0] not in "[]{}<>!&*|>%@`'\"#," and ": " not in text and " #" not in text:
        return text
    return msgspec.json.encode(text).decode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    if isinstance(value, (bytes, bool)):
        return scalar(value)
    return value
