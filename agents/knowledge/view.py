"""Answers from memory: what is known about a place, and what matters most in a situation (C11.5, C11.6, C11.10, C20.8).

    view = KnowledgeView(facts)
    view.get_instant_knowledge("spatial", Place(3, 12, 7))
    view.recall(Query("semantic", text="where is the key", place=here), limit=5)
    [line.text for line in view.relevant(Situation(here, goal="open the gate"), limit=8)]

Nothing here waits, writes or asks anybody: it reads a `Facts` of the same process.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.knowledge.facts import Facts, Node
from agents.knowledge.keys import NOWHERE, Place
from agents.knowledge.phrases import phrase
from agents.knowledge.words import words
from runtime.errors import UsageError

#: C11.6, and items of C11.5.
Topic = Literal["spatial", "quest", "npc", "item"]

TOPICS: Mapping[str, tuple[str, ...]] = {
    "spatial": ("Tile", "Door", "Area"),
    "quest": ("Quest", "Objective", "Todo"),
    "npc": ("NPC",),
    "item": ("Item",),
}

#: C20.8's types of memory, as labels.
MEMORIES: Mapping[str, tuple[str, ...]] = {
    "episodic": ("Experience",),
    "semantic": ("NPC", "Item", "Door", "Area", "TileKind"),
    "procedural": ("Recipe",),
    "strategic": ("Quest", "Objective", "Todo"),
}

#: What a label counts for before place and words are looked at; a quest step outweighs a neighbour's small talk. Set by
#: hand so that each is outweighed by two shared words (`_WORD`), and none by distance alone.
_WORTH = {
    "Objective": 3.0,
    "Todo": 3.0,
    "Quest": 2.0,
    "Recipe": 2.0,
    "NPC": 2.0,
    "Item": 2.0,
    "Door": 1.5,
    "Experience": 1.0,
}
_WORD = 2.0

#: Of what lies on the cell itself; it halves every five cells, and is 0 in other areas.
_NEAR = 2.0

#: Of the newest fact; falls to 0 towards the oldest.
_NEW = 0.5


@dataclass(frozen=True)
class Query:
    """A question to memory (C20.8).

    Attributes:
        type: Of MEMORIES.
        text: What about; words shared with a memory make it matter more.
        place: Where; what is near matters more.
        priority: Of several queries the highest is answered first.
        tick: When it was asked, frames.
    """

    type: str
    text: str = ""
    place: Place = NOWHERE
    priority: float = 0.0
    tick: int = 0


@dataclass(frozen=True)
class Situation:
    """Where one is and what one wants."""

    place: Place = NOWHERE
    goal: str = ""
    context: str = ""


@dataclass(frozen=True)
class Relevant:
    """A node that matters, how much, and as a sentence."""

    node: Node
    score: float
    text: str


class KnowledgeView:
    """Questions to facts in memory."""

    def __init__(self, facts: Facts) -> None:
        """Answer from these facts, as they are when asked."""
        self.facts = facts

    def get_instant_knowledge(self, query_type: Topic, location: Place, limit: int = 16) -> list[Node]:
        """Return what is known of a topic around a place, nearest first; of quests those that are not done.

        Raises:
            UsageError: There is no such topic.
        """
        if query_type not in TOPICS:
            raise UsageError(f"no knowledge of {query_type!r}; there is {', '.join(TOPICS)}")
        if query_type == "quest":
            nodes = [node for label in TOPICS["quest"] for node in self.facts.label(label) if _is_open(node)]
        elif location.area < 0:
            nodes = [node for label in TOPICS[query_type] for node in self.facts.label(label)]
        else:
            nodes = [node for label in TOPICS[query_type] for node in self.facts.of_area(location.area, label)]
        return sorted(nodes, key=lambda node: (_far(node, location), node.key))[:limit]

    def recall(self, query: Query, limit: int = 5) -> list[Relevant]:
        """Return the memories of a type that answer a question best.

        Raises:
            UsageError: There is no such type.
        """
        if query.type not in MEMORIES:
            raise UsageError(f"no memory of type {query.type!r}; there are {', '.join(MEMORIES)}")
        nodes = (node for label in MEMORIES[query.type] for node in self.facts.label(label))
        return self._best(nodes, query.place, words(query.text), limit)

    def recall_all(self, queries: Iterable[Query], limit: int = 5) -> list[Relevant]:
        """Return what answers several questions, the one of highest priority first, nothing twice."""
        answers: dict[str, Relevant] = {}
        for query in sorted(queries, key=lambda query: (-query.priority, query.tick)):
            for found in self.recall(query, limit):
                answers.setdefault(found.node.key, found)
        return list(answers.values())[:limit]

    def relevant(self, situation: Situation, limit: int = 8) -> list[Relevant]:
        """Return what matters most in a situation, for prompts and plans (C11.10)."""
        labels = ("Objective", "Todo", "Quest", "NPC", "Item", "Door", "Recipe", "Experience")
        nodes = (node for label in labels for node in self.facts.label(label) if _is_open(node))
        return self._best(nodes, situation.place, words(f"{situation.goal} {situation.context}"), limit)

    def search(self, text: str, limit: int = 20) -> list[Relevant]:
        """Return the nodes that share words with a text, the most first."""
        wanted = words(text)
        nodes = [node for node in self.facts.nodes() if wanted & words(_texts(node))]
        return self._best(nodes, NOWHERE, wanted, limit)

    def _best(self, nodes: Iterable[Node], place: Place, wanted: frozenset[str], limit: int) -> list[Relevant]:
        scored = [(self._score(node, place, wanted), node) for node in nodes]
        scored.sort(key=lambda item: (-item[0], item[1].key))
        return [Relevant(node, score, phrase(node)) for score, node in scored[:limit]]

    def _score(self, node: Node, place: Place, wanted: frozenset[str]) -> float:
        shared = len(wanted & words(_texts(node))) if wanted else 0
        far = _far(node, place)
        near = _NEAR * 0.5 ** (far / 5.0) if far < _ELSEWHERE else 0.0
        new = _NEW * node.changed / max(self.facts.changes, 1)
        return round(_WORTH.get(node.kind, 0.5) + _WORD * shared + near + new, 6)


#: A distance beyond any area.
_ELSEWHERE = 1e6


def _far(node: Node, place: Place) -> float:
    """Return how far a node is, cells; `_ELSEWHERE` in another area or an unknown place."""
    there = node.place
    if place.area < 0 or there.area != place.area:
        return _ELSEWHERE
    if there.x < 0 or place.x < 0:
        return 0.0
    return float(math.hypot(there.x - place.x, there.y - place.y))


def _is_open(node: Node) -> bool:
    """Return whether it still matters: not done, not taken, not gone."""
    return not (node.text("status") in ("completed", "done", "failed") or node.flag("taken") or node.flag("gone"))


def _texts(node: Node) -> str:
    """Return all that is said of a node."""
    return " ".join([node.key, *(str(value) for value in node.props.values() if isinstance(value, str))])
