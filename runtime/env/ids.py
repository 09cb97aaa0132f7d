"""The ids of our environments. Importing this module tells Gymnasium about them.

Gymnasium 1 has no plugins: a program imports runtime.env, or names it before the id, "runtime.env:framewire/Game-v0".
"""

import re

from gymnasium.envs.registration import register

from runtime.game import BUILTIN

#: Any game, by `game=` or `rom=`.
GAME = "framewire/Game-v0"

#: A session on the bus.
BUS = "framewire/Bus-v0"

_ROM_SUFFIXES = (".gba", ".gb", ".gbc", ".nes")


def built_in() -> dict[str, str]:
    """Return the built-in games that come with a ROM, by id."""
    folders = sorted({rom.parent.name for rom in BUILTIN.glob("*/*") if rom.suffix in _ROM_SUFFIXES})
    return {f"framewire/{_camel(name)}-v0": name for name in folders}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[-_.]", name))


for _id, _game in {GAME: "", **built_in()}.items():
    register(
        _id,
        entry_point="runtime.env.game_env:GameEnv",
        vector_entry_point="runtime.env.vector:GameVectorEnv",
        kwargs={"game": _game} if _game else {},
    )
register(BUS, entry_point="runtime.env.bus_env:BusEnv")
