"""Where the story goes on, as far as words tell: directions that somebody named, and signposts to places they named."""

import re
from collections.abc import Iterable, Mapping

from agents.atlas.atlas import Atlas
from agents.knowledge.words import words
from runtime.wire import Fact, Scalar

#: A way out of an area: its number, and the direction of the edge.
Edge = tuple[int, str]

#: The watch of the main story's step, by its names.
_STAGES = ("main.stage", "quest.stage")

_DIRECTIONS = {"north": "UP", "south": "DOWN", "west": "LEFT", "east": "RIGHT"}
_ANY = "|".join(_DIRECTIONS)

#: "North: the lighthouse South: Saltmere harbour"
_POINTS = re.compile(rf"\b({_ANY}): (.+?)(?=\s*\b(?:{_ANY}):|[.!?]|$)")


class Directions:
    """What was said by which the story, or else the game, came on last.

    Attributes:
        heading: Directions that it named.
        before: Directions that were named last, perhaps long before.
    """

    def __init__(self) -> None:
        self.heading: frozenset[str] = frozenset()
        self.before: frozenset[str] = frozenset()
        self._told = ""
        self._stage: tuple[Scalar, ...] = ()

    def hear(self, said: Iterable[Fact], state: Mapping[str, Scalar], *, came_on: bool, walking: bool) -> None:
        """Take in a tick.

        Args:
            said: The facts of a talk that has ended.
            state: The game's.
            came_on: Whether the game came on since it began.
            walking: Whether nobody talks any more.
        """
        text = " ".join(str(fact.props.get("text", "")) for fact in said).lower()
        stage = tuple(state[name] for name in _STAGES if name in state)
        if text and stage != self._stage:
            self.heading, self._told = heading(text), text
        elif text and came_on:
            self.heading = heading(text) or self.heading
        self.before = self.heading or self.before
        if walking:
            self._stage = stage

    def edges(self, atlas: Atlas) -> frozenset[Edge]:
        """Return the edges at which signposts say that a place lies which was named."""
        told = words(self._told)
        return frozenset(
            (npc.area, _DIRECTIONS[way])
            for npc in atlas.npcs.values()
            if npc.role == "sign"
            for way, place in _POINTS.findall(npc.text.lower())
            if told and words(place) and words(place) <= told
        )


def heading(text: str) -> frozenset[str]:
    """Return the directions that words name: "go north, along the cliffs"."""
    return frozenset(button for word, button in _DIRECTIONS.items() if re.search(rf"\b{word}\b", text))
