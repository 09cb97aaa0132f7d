"""What commands print for scripts, and the examples in their help.

A result for scripts is JSON on stdout: one indented object or list, or one object on each line where results go on. Its
keys stay. Errors are text on stderr in either case, `error: …`, and the exit status says that there was one.
"""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, TypeVar

import click
import msgspec

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Add `--json`; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Machine-readable, on stdout.")(command)


def print_json(value: object) -> None:
    """Print one result, indented."""
    click.echo(msgspec.json.format(msgspec.json.encode(plain(value))).decode())


def print_json_line(value: object) -> None:
    """Print one of several results, on a line of its own, at once."""
    click.echo(msgspec.json.encode(plain(value)))


def plain(value: Any) -> Any:
    """Return structs and dataclasses as tables by field, also those that are arrays on the wire; paths as text."""
    match value:
        case msgspec.Struct():
            names = [name for name in value.__struct_fields__ if name != "version"]
            return {name: plain(getattr(value, name)) for name in names}
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [plain(item) for item in value]
        case PurePath():
            return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def examples(*lines: str, more: str = "") -> str:
    """Return the end of a command's help: how it is used, a line each; then what else there is to say."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) + (f"\n\n{more}" if more else "")
