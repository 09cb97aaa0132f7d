"""What was refused or said before and may be otherwise by now: locks, shrines, people."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.atlas.atlas import Atlas
from agents.atlas.cells import cell_key
from agents.atlas.known import Npc, Tile
from agents.atlas.routes import Reach
from agents.atlas.unknowns import Unknowns
from agents.knowledge.words import words
from agents.quests.patterns import waits
from agents.strategist.goals import Goal, cost_to
from agents.strategist.news import News
from runtime.wire import Learnt

#: Words of what is shut: a key may be for it, whatever else it is called.
_SHUT = re.compile(r"\b(?:lock(?:s|ed)?|keyhole|shut|closed|gate|door|chest|barred)\b")

#: Characters that a thing says at most: whoever says more is somebody, who is asked again for other reasons.
_BRIEF = 80

#: How much dearer it is, in half steps, to ask somebody again for each time that they said the same as before.
_DULL = 80


@dataclass(frozen=True)
class Refused:
    """Something that spoke, waits for something, and may answer otherwise by now.

    Attributes:
        goal: To try it again.
        fits: Whether something has come since that is for it, by its name.
        stage: Whether the main story has gone on since.
    """

    goal: Goal
    fits: bool
    stage: bool


class Words:
    """Counts how often each says the same again."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, int]] = {}  # by the key of somebody: their words, and how often again

    def fold(self, learnt: Iterable[Learnt]) -> None:
        """Take in messages."""
        for message in learnt:
            for fact in message.facts:
                text = str(fact.props.get("text", "")) if fact.kind == "NPC" else ""
                if text:
                    before, times = self._said.get(fact.key, ("", 0))
                    self._said[fact.key] = (text, times + 1 if text == before else 0)

    def times(self, key: str) -> int:
        """Return how often somebody has said their last words again."""
        return self._said.get(key, ("", 0))[1]


def refused(atlas: Atlas, reach: Reach, news: News) -> list[Refused]:
    """Return the things that may answer otherwise since the game came on, the nearest first: a lock, a cold shrine."""
    found = []
    for npc in atlas.npcs.values():
        tile = atlas.area(npc.area).tiles.get(npc.cell)
        if tile is None or not _waits(npc, tile) or tile.tried >= atlas.progress or npc.area not in reach.legs:
            continue
        if _is_taken(atlas, npc):
            continue  # the key that one has came from it
        cost = cost_to(atlas, reach, npc.area, npc.cell, ("A",))
        if cost >= 0:
            what = npc.name.lower() or "it"
            why = "the game came on"
            goal = Goal("interact", f"try the {what} again", npc.area, npc.cell, ("A",), why, npc.key, cost)
            fits = any(_is_for(name, npc) for name in news.since(tile.tried))
            found.append(Refused(goal, fits, tile.tried < news.stage_at))
    return sorted(found, key=lambda each: each.goal.cost)


def opened(atlas: Atlas, hidden: Unknowns, reach: Reach) -> Iterator[Goal]:
    """Yield the ways that were locked and look otherwise since they answered: whatever is sought may lie behind."""
    signs = (npc for npc in atlas.npcs.values() if npc.role == "sign" and not _is_taken(atlas, npc))
    said = {(npc.area, npc.cell) for npc in signs if waits(_told(npc))}
    for number in reach.legs:
        area = atlas.area(number)
        for unknown in hidden.of(area):
            if (
                unknown.why in {"enter", "odd"}
                and (number, unknown.cell) in said
                and not area.tiles[unknown.cell].stops
            ):
                cost = cost_to(atlas, reach, number, unknown.cell, ())
                if cost >= 0:
                    key = f"opened {number} {unknown.cell}"
                    yield Goal("goto", "go where it is open now", number, unknown.cell, (), "it was locked", key, cost)


def people(atlas: Atlas, reach: Reach, said: Words) -> Iterator[Goal]:
    """Yield those who may have something new to say since the game came on."""
    for npc in atlas.npcs.values():
        if npc.hostile or npc.gone or npc.talked < 0 or npc.talked >= atlas.progress:
            continue
        if npc.role == "sign" and _is_taken(atlas, npc):
            continue
        cost = cost_to(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
        if cost >= 0:
            who, cost = npc.name or "somebody", cost + _DULL * said.times(npc.key)
            yield Goal("interact", f"talk to {who}", npc.area, npc.cell, ("A",), "the game came on", npc.key, cost)


def _is_taken(atlas: Atlas, npc: Npc) -> bool:
    """Return whether what a thing gave was taken: nothing more is to be had from it."""
    return atlas.items.get(cell_key("item", npc.area, npc.cell), False)


def _waits(npc: Npc, tile: Tile) -> bool:
    """Return whether a thing's words say that it waits for something: a lock for its key, a shrine for its flame."""
    if npc.role != "sign" or not tile.spoke or tile.ways or tile.heals or len(npc.text) > _BRIEF:
        return False
    return waits(_told(npc))


def _is_for(thing: str, npc: Npc) -> bool:
    """Return whether a thing that one has may be what another waits for."""
    there = words(_told(npc)) | ({"key"} if _SHUT.search(_told(npc)) else frozenset())
    return bool(words(thing.replace("_", " ")) & there)


def _told(npc: Npc) -> str:
    return f"{npc.name} {npc.text}".lower()
