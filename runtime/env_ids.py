"""The ids of our environments; Gymnasium finds `register` by its entry point. Nothing of runtime.env is loaded here."""

import re

from gymnasium.envs.registration import register as register_env

from runtime.game import BUILTIN

#: Gymnasium puts them into the namespace that the entry point names: "framewire/Emberwood-v0".
GAME = "Game-v0"
BUS = "Bus-v0"

_ROM_SUFFIXES = (".gba", ".gb", ".gbc", ".nes")


def built_in() -> dict[str, str]:
    """Return the built-in games that come with a ROM, by id."""
    folders = sorted({rom.parent for rom in BUILTIN.glob("*/*") if rom.suffix in _ROM_SUFFIXES})
    return {f"{_camel(folder.name)}-v0": folder.name for folder in folders}


def register() -> None:
    """Tell Gymnasium about the built-in games, any game (`game=` or `rom=`), and sessions on the bus."""
    games = {GAME: {}, **{id_: {"game": game} for id_, game in built_in().items()}}
    for id_, settings in games.items():
        register_env(
            id_,
            entry_point="runtime.env.game_env:GameEnv",
            vector_entry_point="runtime.env.vector:GameVectorEnv",
            kwargs=settings,
        )
    register_env(BUS, entry_point="runtime.env.bus_env:BusEnv")


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[-_.]", name))
