"""What is said on the screen, page by page → whole talks, with who spoke and where.

A talk begins when the watch `context` says dialogue or shop and ends when it no longer does; without that watch, with
the text. Who spoke stands before the player, or behind a counter there; for what is no person (a sign, a spring) the cell
stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.knowledge.facts import Facts, Node
from agents.knowledge.keys import Place, tile_key
from agents.quests.discovery import Said
from runtime.game import Game
from runtime.vocabulary import CONTEXTS
from runtime.wire import Fact, Scalar

#: Contexts in which what is on the screen is somebody's talk.
_TALKING = tuple(CONTEXTS.index(name) for name in ("dialogue", "shop", "cutscene"))

_AHEAD = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}

#: A talk longer than this is cut, characters: a property holds 4000.
_LONGEST = 3000


@dataclass(frozen=True)
class Page:
    """What is on the screen now; empty when nobody speaks."""

    text: str = ""
    speaker: str = ""


class Ear:
    """Hears one player's talks."""

    def __init__(self, game: Game | None) -> None:
        """Prepare; a game without positions and facing has talks of nobody."""
        watches = {watch.name: watch for watch in game.watch} if game else {}
        facing = watches.get("player.facing")
        self._facing: Mapping[str, str] = facing.values if facing else {}
        self._pages: list[str] = []
        self._speaker = ""
        self._before = Place()
        self._beyond = Place()

    def hear(self, state: Mapping[str, Scalar], page: Page) -> Said | None:
        """Take in what is on the screen; return the talk that has just ended.

        The place of what is returned is the cell before the player; `spoken_to` says whose key that is.
        """
        context = state.get("context")
        talking = bool(page.text) if context is None else context in _TALKING
        if talking:
            self._listen(state, page)
            return None
        if not self._pages:
            return None
        said = Said(" ".join(self._pages)[:_LONGEST], self._speaker, place=self._before)
        self._pages, self._speaker = [], ""
        return said

    def spoken_to(self, said: Said, facts: Facts) -> Fact:
        """Return what is to be known of a talk: of the person before the player, else of the cell."""
        person = next((found for found in (_who(facts, self._before), _who(facts, self._beyond)) if found), None)
        if person is None:
            return Fact("Tile", tile_key(*said.place), {"text": said.words, "name": said.speaker})
        props: dict[str, Scalar] = {"text": said.words, "met": True, "talks": person.number("talks") + 1}
        if said.speaker:
            props["name"] = said.speaker
        return Fact("NPC", person.key, props)

    def _listen(self, state: Mapping[str, Scalar], page: Page) -> None:
        if not self._pages:
            self._before, self._beyond = self._ahead(state, 1), self._ahead(state, 2)
        if page.speaker:
            self._speaker = page.speaker
        text = " ".join(page.text.split())
        if not text or text in self._pages[-1:]:
            return
        if self._pages and text.startswith(self._pages[-1]):  # it is being typed
            self._pages[-1] = text
        else:
            self._pages.append(text)

    def _ahead(self, state: Mapping[str, Scalar], cells: int) -> Place:
        """Return the cell so far before the player."""
        if not {"area", "player.x", "player.y"} <= state.keys():
            return Place()
        dx, dy = _AHEAD.get(self._facing.get(str(state.get("player.facing", "")), ""), (0, 0))
        x, y = int(state["player.x"]) + cells * dx, int(state["player.y"]) + cells * dy
        return Place(int(state["area"]), x, y)


def ascii_text(array: NDArray[np.generic]) -> str:
    """Return the text of an array watch, (n,) of ASCII filled up with 0."""
    return bytes(array.astype(np.uint8)).partition(b"\0")[0].decode("ascii", "replace")


def _who(facts: Facts, place: Place) -> Node | None:
    """Return who stands on a cell."""
    if place.area < 0:
        return None
    there = facts.nearest("NPC", place.area, place.x, place.y, 1)
    return there[0] if there and (there[0].place.x, there[0].place.y) == (place.x, place.y) else None
