"""Who plays: the actors of a launch file or built-in name, without what is left out, each with the episode's seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from runtime.actor import config_fields, load_class
from runtime.errors import UsageError
from runtime.launch import LAUNCHES, ActorEntry, read_launch

#: Baselines by name; novelty alone would rarely pass a title, so the starter does that.
_BASELINES: Mapping[str, tuple[ActorEntry, ...]] = {
    "random": (ActorEntry(name="random", uses="agents.evaluation.baselines:RandomPresser"),),
    "repeat": (ActorEntry(name="repeat", uses="agents.evaluation.baselines:Repeater"),),
    "novelty": (
        ActorEntry(name="starter", uses="agents.starter:Starter", priority=1),
        ActorEntry(name="explorer", uses="agents.explorer:Explorer"),
    ),
}

#: What can be left out, as the config field that an actor has for it (`predictor: bool = True`). Without knowledge
#: nothing that is learnt reaches anybody: each actor has what it found out itself.
PARTS = ("knowledge", "predictor")

THINKS = ("background", "pause")


class Lineup(msgspec.Struct, frozen=True, kw_only=True):
    """Who plays.

    Attributes:
        name: For people: the launch file or built-in name, and what was changed.
        entries: The actors.
        folder: Where their classes are looked for first.
        told: Whether they hear what others learn.
    """

    name: str
    entries: tuple[ActorEntry, ...]
    folder: str = ""
    told: bool = True

    def seeded(self, seed: int) -> tuple[ActorEntry, ...]:
        """Return the actors; those whose config has a `seed` get this one, unless the launch file gives it."""
        return tuple(
            _with(entry, {"seed": seed}) if "seed" in self._fields(entry) and "seed" not in entry.config else entry
            for entry in self.entries
        )

    def without(self, parts: Sequence[str]) -> "Lineup":
        """Return the lineup with some PARTS switched off, in all actors that have them.

        Raises:
            UsageError: There is no such part, or no actor has it.
        """
        lineup = self
        for part in parts:
            if part not in PARTS:
                raise UsageError(f"without {part}: there are {', '.join(PARTS)}")
            if part == "knowledge":
                lineup = msgspec.structs.replace(lineup, told=False)
            lineup = lineup._set(part, False, f"without {part}", must=lineup.told)
        return lineup

    def thinking(self, think: str) -> "Lineup":
        """Return the lineup with another way to think: while the game goes on, or while it stands.

        Raises:
            UsageError: There is no such way, or no actor has the choice.
        """
        if think not in THINKS:
            raise UsageError(f"think {think}: there are {', '.join(THINKS)}")
        return self._set("think", think, f"think {think}", must=True)

    def _set(self, field: str, value: object, name: str, *, must: bool) -> "Lineup":
        entries = tuple(
            _with(entry, {field: value}) if field in self._fields(entry) else entry for entry in self.entries
        )
        if must and entries == self.entries and not any(field in entry.config for entry in entries):
            actors = ", ".join(entry.name for entry in entries) or "none"
            raise UsageError(f"{name}: no actor's config has {field!r}; the actors are {actors}")
        return msgspec.structs.replace(self, entries=entries, name=f"{self.name}, {name}")

    def _fields(self, entry: ActorEntry) -> Mapping[str, Any]:
        return config_fields(load_class(entry.uses, Path(self.folder) if self.folder else None))


def lineup(agent: str) -> Lineup:
    """Return the actors of a launch file, of `mind` (the default ones) or of a baseline.

    Raises:
        UsageError: There is no such thing.
        ConfigError: The launch file is wrong.
    """
    if agent in _BASELINES:
        return Lineup(name=agent, entries=_BASELINES[agent])
    if agent == "mind":
        return Lineup(name=agent, entries=read_launch(LAUNCHES / "default.toml").actor or ())
    path = Path(agent)
    if not path.is_file():
        there = ", ".join(("mind", *_BASELINES))
        raise UsageError(f"no agent {agent!r}: neither a launch file nor one of {there}")
    entries = read_launch(path).actor
    if not entries:
        raise UsageError(f"{path}: has no [[actor]]: nobody would play")
    return Lineup(name=path.stem, entries=entries, folder=str(path.parent.resolve()))


def _with(entry: ActorEntry, config: Mapping[str, Any]) -> ActorEntry:
    return msgspec.structs.replace(entry, config={**entry.config, **config})
