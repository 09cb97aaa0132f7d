"""The families of emulators, by entry point: a new one is a file in runtime/bridges and a line in pyproject.toml."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import msgspec

from runtime.backend import Capabilities, Family
from runtime.console import Console
from runtime.errors import CoreError, UsageError

GROUP = "framewire.backends"

#: What runs a game when none is named.
DEFAULT_FAMILY = "libretro"


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def family_names() -> tuple[str, ...]:
    """Return the names of all families, in alphabetical order."""
    return tuple(_entries())


def family(name: str) -> Family:
    """Return a family.

    Raises:
        UsageError: There is none of this name.
        CoreError: It needs a package that is not installed.
    """
    found = _entries().get(name or DEFAULT_FAMILY)
    if found is None:
        raise UsageError(f"no backend {name!r}; there are {', '.join(family_names())}")
    try:
        loaded: Family = found.load()
    except ImportError as error:
        raise CoreError(f"backend {name!r} cannot be used: {error}; pip install 'framewire[{name}]'") from error
    return loaded


def options_of(chosen: Family, table: Mapping[str, Any]) -> msgspec.Struct:
    """Read a family's `[game.options]`.

    Raises:
        UsageError: A key is unknown, or a value of the wrong type.
    """
    try:
        return msgspec.convert(dict(table), chosen.options, strict=False)
    except msgspec.ValidationError as error:
        allowed = ", ".join(field.name for field in msgspec.structs.fields(chosen.options)) or "none"
        raise UsageError(f"options of backend {chosen.name}: {error}; allowed are {allowed}") from error


def check_console(chosen: Family, console: Console) -> None:
    """Check that a family emulates a console.

    Raises:
        UsageError: It does not.
    """
    if console.name not in chosen.consoles:
        raise UsageError(f"backend {chosen.name} emulates {', '.join(chosen.consoles)}, not {console.name}")


def missing_of(can: Capabilities) -> tuple[str, ...]:
    """Return what an emulator cannot do, for people; empty when it can do all."""
    named = {
        "deterministic": "repeatable runs (verify, --store inputs)",
        "savestates": "savestates",
        "reset": "reset",
        "steps": "waiting for us (pause, step, speed, lockstep)",
        "exact_input": "buttons on exactly the frames asked for",
    }
    return tuple(text for field, text in named.items() if not getattr(can, field))


def lacks(can: Capabilities, *, clock: str = "", store: str = "", prefetch: int = 0) -> str:
    """Return what of a run an emulator cannot do; empty when it can do all."""
    if prefetch > 0 and can.remote:
        return f"prefetch {prefetch}: the emulator is another program already (allowed is 0)"
    if clock in ("lockstep", "free") and not can.steps:
        return f"the clock {clock!r}: the emulator runs at its own speed (allowed is realtime)"
    if store == "inputs" and not can.deterministic:
        return "store 'inputs': frames are emulated again from the inputs, and this emulator is not deterministic"
    if store == "inputs" and not can.savestates:
        return "store 'inputs': it needs savestates"
    return ""
