"""Keys as text: keyboard keys and console buttons, what is held, and what was held of late."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from runtime.console import CONSOLES
from runtime.errors import UsageError

#: Written where no key is held.
NONE = "None"

#: Between keys held together, and between the states of a history.
TOGETHER, THEN = "+", " | "

#: How many states a key history has.
HISTORY = 10

#: The keys that the published collector reads (rommer-gba, resources/game_configs/metabots_rokusho.json).
_USUAL_KEYS = {
    "A": "x",
    "B": "z",
    "L": "w",
    "R": "e",
    "START": "enter",
    "SELECT": "space",
    "UP": "up",
    "DOWN": "down",
    "LEFT": "left",
    "RIGHT": "right",
}


@dataclass(frozen=True)
class GameConfig:
    """How a game's config file names keys.

    Attributes:
        game: The game's name; empty when none is given.
        buttons: Keyboard key, lower-case → the console's button.
        names: The console's button → the name that the file has for it.
        keys: The console's button → the keyboard key, as written in the file.
    """

    game: str = ""
    buttons: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def named(self, held: Iterable[str]) -> list[str]:
        """Return buttons by the names that the file has for them; others as they are."""
        return [self.names.get(button, button) for button in held]

    def keyboard(self, held: Iterable[str]) -> list[str]:
        """Return the keyboard keys of buttons; a button without a key as it is."""
        return [self.keys.get(button, button) for button in held]


#: The usual keys, and each button by its own name.
USUAL = GameConfig(buttons={key: b for b, key in _USUAL_KEYS.items()} | {b.lower(): b for b in _USUAL_KEYS})


def load_config(path: Path, allowed: Sequence[str] = CONSOLES["gba"].buttons) -> GameConfig:
    """Read a game config: JSON, `{"game": NAME, "keys": {BUTTON: KEY}}`, or only `{KEY: BUTTON}`.

    Upper and lower case do not matter. Other entries of the first form are left alone.

    Raises:
        UsageError: It cannot be read, or names a button that the console does not have, or one twice.
    """
    try:
        config = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: no game config: {error}") from error
    keys = config.get("keys")
    if isinstance(keys, dict):
        pairs = [(str(button), str(key)) for button, key in keys.items()]
    else:
        pairs = [(str(button), key) for key, button in config.items()]
    buttons: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, key in pairs:
        button = name.upper()
        if button not in allowed:
            raise UsageError(f"{path}: button {name!r}: allowed are {', '.join(allowed)}")
        if key.lower() in buttons:
            raise UsageError(f"{path}: key {key!r} is named twice, for {buttons[key.lower()]} and {button}")
        buttons[key.lower()] = button
        names[button] = name
    return GameConfig(str(config.get("game", "")), buttons, names, {name.upper(): key for name, key in pairs})


def held_text(held: Sequence[str]) -> str:
    """Return keys held together as one text."""
    return TOGETHER.join(held) or NONE


def held_keys(text: str) -> list[str]:
    """Return the keys in a text like `A+Left`; none in `None` and in an empty one."""
    text = text.strip()
    if not text or text == NONE:
        return []
    return [key.strip() for key in text.split(TOGETHER) if key.strip()]


class KeyHistory:
    """The last 10 states of the keys: each differs from the one before it, none is empty."""

    def __init__(self) -> None:
        self._states: deque[str] = deque(maxlen=HISTORY)
        self._before = NONE

    def see(self, text: str) -> str:
        """Take what is held on the next frame, as `held_text` writes it; return the history, newest last."""
        if text not in (NONE, self._before):
            self._states.append(text)
        self._before = text
        return THEN.join(self._states) or NONE
