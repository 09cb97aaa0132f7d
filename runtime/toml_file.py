"""TOML to typed structs, with errors that name file, line, key and what is allowed."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from runtime.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)

_HEADER = re.compile(r"^\s*\[(\[)?\s*([\w.\-\"' ]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w.\-\"']+)\s*=")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_MISSING = re.compile(r"missing required field `([^`]+)`")
_PATH = re.compile(r" - at `(?:key in )?\$([^`]*)`")
_STEP = re.compile(r"\.([\w\-]+)|\[(\d+|\.\.\.)\]")

Step = str | int


def load(path: Path, struct: type[T]) -> T:
    """Read a file into a struct whose classes forbid unknown fields.

    Raises:
        ConfigError: The file is missing, no TOML, or does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), 0, "file", f"cannot be read: {error}") from error
    return parse(text, struct, str(path))


def parse(text: str, struct: type[T], name: str) -> T:
    """Read text into a struct; `name` is what errors call it.

    Raises:
        ConfigError: As `load`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ConfigError(name, int(line[1]) if line else 0, "TOML", str(error)) from error
    try:
        return msgspec.convert(table, struct)
    except msgspec.ValidationError as error:
        raise _explained(text, struct, name, str(error)) from error


def line_of(text: str, path: tuple[Step, ...]) -> int:
    """Return the line (1-based) of the deepest part of `path` that is written out in `text`; 0 if none is."""
    best, best_length = 0, 0
    here: tuple[Step, ...] = ()
    counts: dict[tuple[Step, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = _header_path(header[2], bool(header[1]), counts)
            found = here
        elif key := _KEY.match(line):
            found = (*here, *_parts(key[1]))
        else:
            continue
        if path[: len(found)] == found and len(found) > best_length:
            best, best_length = number, len(found)
    return best


def _header_path(dotted: str, is_array: bool, counts: dict[tuple[Step, ...], int]) -> tuple[Step, ...]:
    """Return the path of a table header; a sub-table of an array belongs to the array's newest entry."""
    *parents, last = _parts(dotted)
    path: tuple[Step, ...] = ()
    for part in parents:
        path = (*path, part)
        path = (*path, counts[path]) if path in counts else path
    path = (*path, last)
    if is_array:
        counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path]) if path in counts else path


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _explained(text: str, struct: type[msgspec.Struct], name: str, message: str) -> ConfigError:
    at = _PATH.search(message)
    path: tuple[Step, ...] = tuple(
        key or (int(index) if index.isdigit() else 0) for key, index in _STEP.findall(at[1] if at else "")
    )
    problem = message[: at.start()] if at else message
    if unknown := _UNKNOWN.search(message):
        allowed = ", ".join(_fields_at(struct, path))
        path = (*path, unknown[1])
        problem = f"unknown key; allowed here are {allowed}"
    elif missing := _MISSING.search(message):
        problem = f"the key {missing[1]!r} is missing; allowed here are {', '.join(_fields_at(struct, path))}"
    return ConfigError(name, line_of(text, path), dotted(path), problem)


def dotted(path: tuple[Step, ...]) -> str:
    """Write a path as `watch[1].type`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "top level"


def _fields_at(struct: type[msgspec.Struct], path: tuple[Step, ...]) -> tuple[str, ...]:
    """Return the keys allowed in the table at `path`."""
    kind: Any = struct
    for step in path:
        if isinstance(step, str):
            kind = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}[step]
        kind = _struct_in(kind) or kind
    return tuple(field.encode_name for field in msgspec.structs.fields(kind)) if _struct_in(kind) else ()


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the struct in a type such as `tuple[Leaf, ...] | None`."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(filter(None, map(_struct_in, get_args(kind))), None)
