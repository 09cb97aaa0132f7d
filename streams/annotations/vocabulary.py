"""Label vocabularies: which keys there are, what they may say, and the key of the keyboard for each label (R3).

A project writes a TOML file; without one the default below holds. What it leaves out is not there:

    required = ["context", "scene"]           # what a complete frame has

    [keys.context]
    type = "choice"                           # choice: one of the labels; text: anything; tags: several, in any order
    labels = { title = "1", overworld = "2", battle = "3" }

    [keys.tags]
    type = "tags"
    labels = { boss = "B" }                   # of tags, those that have a key of the keyboard; any other is allowed

    [keys.description]
    type = "text"

A key of the keyboard is one letter or digit (an upper-case letter: with Shift), or "" for none; no two labels share
one. The other keys of the keyboard belong to the page.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from runtime import toml_file
from runtime.errors import ConfigError, UsageError
from runtime.subjects import NAME
from runtime.vocabulary import ACTIONS, CONTEXTS, INTENTS, OUTCOMES, SCENES
from streams.annotations.acts import Value

#: The file in the folder where a command runs that holds its project's vocabulary.
PROJECT_FILE = "labels.toml"

_KEYBOARD = re.compile(r"[A-Ya-y0-9]?")


class LabelKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one key may say; `labels` maps each label to its key of the keyboard."""

    type: Literal["choice", "text", "tags"] = "choice"
    labels: dict[str, str] = {}


class LabelVocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All keys, in the order of the file, and those that a complete frame has."""

    keys: dict[str, LabelKey]
    required: tuple[str, ...]

    def check(self, key: str, value: Value) -> None:
        """Check a label; an empty one, which takes a label away, is always allowed.

        Raises:
            UsageError: There is no such key, or it may not say this; says what is allowed.
        """
        known = self.keys.get(key)
        if known is None:
            raise UsageError(f"no label {key!r}; there are {', '.join(self.keys)}")
        if known.type == "choice" and value and value not in known.labels:
            raise UsageError(f"label {key!r} is {value!r}; allowed are {', '.join(known.labels)}")
        if isinstance(value, tuple) and known.type != "tags":
            raise UsageError(f"label {key!r} takes one text, not several")

    def keyboard(self) -> dict[str, tuple[str, str]]:
        """Return (key, label) by key of the keyboard."""
        return {press: (key, label) for key, one in self.keys.items() for label, press in one.labels.items() if press}


@cache
def default_vocabulary() -> LabelVocabulary:
    """Return the default: ten contexts on the digits, nineteen scenes on the rows of letters, and the rest."""
    keys = {
        "context": LabelKey(labels=_on("1234567890", CONTEXTS)),
        "scene": LabelKey(labels=_on("qwertyuiopasdfghjkl", SCENES)),
        "description": LabelKey(type="text"),
        "action": LabelKey(labels=_on("QWERTYUIOP", ACTIONS)),
        "intent": LabelKey(labels=_on("ASDFGHJKL", INTENTS)),
        "outcome": LabelKey(labels=_on("xcvbnmX", OUTCOMES)),
        "tags": LabelKey(type="tags"),
    }
    return LabelVocabulary(keys=keys, required=("context", "scene"))


def load_vocabulary(path: Path | None = None) -> LabelVocabulary:
    """Read a project's vocabulary: `path`, else labels.toml where we are, else the default.

    Raises:
        ConfigError: The file cannot be read or does not fit, or two labels share a key of the keyboard.
    """
    if path is None:
        path = Path(PROJECT_FILE)
        if not path.exists():
            return default_vocabulary()
    file = toml_file.load(path, _File)
    keys = {key: _key(table, str(path), key) for key, table in file.keys.items()}
    vocabulary = LabelVocabulary(keys=keys, required=file.required)
    _check(vocabulary, str(path))
    return vocabulary


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file, before its tables are read one by one, so that errors name the key."""

    keys: dict[str, dict[str, Any]]
    required: tuple[str, ...]


def _key(table: dict[str, Any], name: str, key: str) -> LabelKey:
    try:
        return msgspec.convert(table, LabelKey)
    except msgspec.ValidationError as error:
        allowed = ", ".join(LabelKey.__struct_fields__)
        raise ConfigError(name, 0, f"keys.{key}", f"{error}; allowed here are {allowed}") from error


def _on(keyboard: str, labels: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(labels, keyboard, strict=True))


def _check(vocabulary: LabelVocabulary, name: str) -> None:
    taken: dict[str, str] = {}
    if not vocabulary.keys:
        raise ConfigError(name, 0, "keys", "needs at least one key")
    for key, known in vocabulary.keys.items():
        if not NAME.fullmatch(key):
            raise ConfigError(name, 0, f"keys.{key}", "a key is 1 to 64 letters, digits, '_' and '-'")
        if known.type == "choice" and not known.labels:
            raise ConfigError(name, 0, f"keys.{key}.labels", "a choice needs at least one label")
        if known.type == "text" and known.labels:
            raise ConfigError(name, 0, f"keys.{key}.labels", "a text has no labels; allowed for choice and tags")
        for label, press in known.labels.items():
            where = f"keys.{key}.labels.{label}"
            if not label:
                raise ConfigError(name, 0, where, "a label is a text that is not empty")
            if not _KEYBOARD.fullmatch(press):
                allowed = "one letter or digit, but not z or Z, or empty"
                raise ConfigError(name, 0, where, f"{press!r}: a key of the keyboard is {allowed}")
            if press and press in taken:
                raise ConfigError(name, 0, where, f"the key {press!r} is that of {taken[press]} already")
            taken[press] = where
    if unknown := [key for key in vocabulary.required if key not in vocabulary.keys]:
        raise ConfigError(name, 0, "required", f"{', '.join(unknown)}: allowed are {', '.join(vocabulary.keys)}")
