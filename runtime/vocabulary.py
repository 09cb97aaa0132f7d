"""Names of contexts and scenes: what kind of screen a game shows, and which one.

The numbers are those of the built-in cartridges' watches `context` and `scene`. They are a default (R3): a project with
other names writes a TOML file with the two lists, and `load_vocabulary` reads it.

    contexts = ["title", "overworld", "battle"]
    scenes = ["title", "town", "battle_main"]
"""

from pathlib import Path

import msgspec

from runtime import toml_file
from runtime.errors import ConfigError

#: What kind of screen it is, by number (R3).
CONTEXTS = (
    "title",
    "overworld",
    "dialogue",
    "battle",
    "menu",
    "inventory",
    "shop",
    "cutscene",
    "transition",
    "game_over",
)

#: What the screen shows, by number (R3).
SCENES = (
    "title",
    "intro",
    "town",
    "route",
    "forest",
    "cave",
    "house",
    "store",
    "dialogue",
    "battle_start",
    "battle_main",
    "battle_item",
    "battle_end",
    "menu_main",
    "menu_items",
    "menu_save",
    "shop_counter",
    "ending",
    "game_over",
)


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names of contexts and scenes; the place in the list is the number."""

    contexts: tuple[str, ...] = CONTEXTS
    scenes: tuple[str, ...] = SCENES


def load_vocabulary(path: Path) -> Vocabulary:
    """Read a project's vocabulary; a list it leaves out is the default's.

    Raises:
        ConfigError: The file cannot be read, has an unknown key, or a list is empty or names something twice.
    """
    vocabulary = toml_file.load(path, Vocabulary)
    for key in ("contexts", "scenes"):
        names: tuple[str, ...] = getattr(vocabulary, key)
        twice = sorted({name for name in names if names.count(name) > 1})
        if not names or twice:
            problem = f"{', '.join(map(repr, twice))} given twice" if twice else "needs at least one name"
            raise ConfigError(str(path), 0, key, problem)
    return vocabulary
