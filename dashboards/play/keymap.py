"""What each key does: a button of the console, or a command. From a TOML file, a game.toml, or the defaults."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from runtime import toml_file
from runtime.errors import ConfigError

#: What a key can do besides pressing a button.
COMMANDS: Mapping[str, str] = {
    "pause": "pause, or go on",
    "save": "save to the slot",
    "load": "load from the slot",
    "reset": "reset",
    "slower": "half the speed",
    "faster": "twice the speed",
    "realtime": "real time",
    "step": "one frame",
    "quit": "quit",
}

_COMMAND_KEYS = {
    "f1": "pause", "f2": "save", "f3": "load", "f4": "reset", "f5": "slower", "f6": "faster", "f7": "realtime",
    "f8": "step", "f10": "quit", "escape": "quit", "ctrl+c": "quit",
}  # fmt: skip

_BUTTON_KEYS = {
    "up": "UP", "down": "DOWN", "left": "LEFT", "right": "RIGHT",
    "x": "A", "z": "B", "a": "L", "s": "R", "enter": "START", "backspace": "SELECT",
}  # fmt: skip

#: The SNES pad's four buttons lie as on the keyboard.
_OF_CONSOLE: Mapping[str, Mapping[str, str]] = {"snes": {"a": "Y", "s": "X", "q": "L", "w": "R"}}

Keymap = Mapping[str, str]  # key's name -> button or command


def default_keymap(console: str, buttons: tuple[str, ...]) -> Keymap:
    """Return the keys for a console."""
    keys = {**_BUTTON_KEYS, **_OF_CONSOLE.get(console, {})}
    return {key: button for key, button in keys.items() if button in buttons} | _COMMAND_KEYS


def with_keys(keymap: Keymap, keys: Mapping[str, str], buttons: tuple[str, ...], where: str) -> Keymap:
    """Return a keymap with other keys over it; an empty string takes a key's meaning away.

    Raises:
        ConfigError: A key is to do something that there is not; `where` is the file's name.
    """
    for key, does in keys.items():
        if does and does not in buttons and does not in COMMANDS:
            raise ConfigError(where, 0, f"keys.{key}", f"{does!r}: allowed are {', '.join((*buttons, *COMMANDS))}")
    merged = {**keymap, **{key.lower(): does for key, does in keys.items()}}
    return {key: does for key, does in merged.items() if does}


def read_keys(path: Path) -> dict[str, str]:
    """Read the `[keys]` of a TOML file.

    Raises:
        ConfigError: It cannot be read, or holds something else.
    """
    return dict(toml_file.load(path, KeysFile).keys)


class KeysFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file with the table `[keys]`: `x = "A"`, `f9 = "save"`."""

    keys: dict[str, str]


def help_text(keymap: Keymap) -> str:
    """Return one line that names the keys: buttons first, then commands."""
    by_use: dict[str, list[str]] = {}
    for key, does in keymap.items():
        by_use.setdefault(does, []).append(key)
    order = sorted(by_use, key=lambda does: (does in COMMANDS, list(by_use).index(does)))
    return " · ".join(f"{'/'.join(by_use[does])} {does}" for does in order)
