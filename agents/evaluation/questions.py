"""Questions made of what really happened, and asked of what was learnt: doors, what people said, where things lay."""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from agents.evaluation.moments import Moments, Place, State
from agents.evaluation.score import Recall
from agents.evaluation.truth import Arrays, TrueMap
from agents.knowledge.facts import Facts, Node
from runtime.wire import Scalar

#: The watch of the words on the screen, ASCII, and those that tell one page from another.
_TEXT, _PAGE = "dialogue.text", ("dialogue.id", "dialogue.page")

_COUNTED = "item."
_LIE_IN = frozenset({"item", "chest"})

_FACING: Mapping[int, tuple[int, int]] = {0: (0, 1), 1: (0, -1), 2: (-1, 0), 3: (1, 0)}

#: How far away counts, cells: a door is the cell left or the one beyond; people wander, and talk across counters.
_DOOR_CELLS, _PERSON_CELLS, _ITEM_CELLS = 1, 5, 1

#: How alike texts must be: an eye may misread a letter in ten.
_ALIKE = 0.85


class Questions:
    """Watches a session; then asks."""

    def __init__(self, moments: Moments, true_map: TrueMap | None, arrays: Arrays | None) -> None:
        self._moments, self._map = moments, true_map
        self._arrays = arrays if arrays and _TEXT in arrays else None
        self._last: Place | None = None  # where the player walked last
        self._facing = 0
        self._only_changed = False  # since then nothing happened but a change of area
        self._counts: dict[str, float] = {}
        self._pages: dict[tuple[Scalar, ...], str] = {}  # of the conversation under way
        self.doors: dict[Place, int] = {}  # the cell left: the area beyond
        self.said: dict[Place, tuple[str, ...]] = {}  # who was spoken to: the pages
        self.items: dict[Place, str] = {}  # where it lay: what it was

    def see(self, state: State, place: Place | None) -> None:
        """Take the next frame; `place` is None when one could not walk."""
        self._count(state)
        if place is None:
            self._only_changed = self._only_changed and self._moments.changing(state)
            if self._arrays and self._last:
                self._read(state, self._arrays)
            return
        if self._last and self._only_changed and place.area != self._last.area:
            self.doors[self._last] = place.area
        if self._pages:
            self._close()
        self._last, self._only_changed = place, True
        self._facing = int(state.get("player.facing", self._facing))

    def ask(self, facts: Facts, kept: Facts | None = None) -> dict[str, Recall]:
        """Return how many of the questions these facts answer, and those that came back from a store."""
        asked = Counter(kind for kind, _, _ in self._asked())
        right = Counter(kind for kind, place, answer in self._asked() if _KNOWS[kind](facts, place, answer))
        again = Counter(kind for kind, place, answer in self._asked() if kept and _KNOWS[kind](kept, place, answer))
        return {
            kind: Recall(asked=asked[kind], right=right[kind], kept=again[kind] if kept is not None else None)
            for kind in sorted(asked)
        }

    def _asked(self) -> Iterator[tuple[str, Place, tuple[str, ...]]]:
        yield from (("door", place, (str(area),)) for place, area in self.doors.items())
        yield from (("person", place, pages) for place, pages in self.said.items())
        yield from (("item", place, (name,)) for place, name in self.items.items())

    def _read(self, state: State, arrays: Arrays) -> None:
        """Keep the page on the screen; it may still be typed, so the last look at it counts."""
        if not self._moments.talking(state):
            return
        text = bytes(arrays.read(_TEXT)).split(b"\0")[0].decode("ascii", "replace").strip()
        if text:
            self._pages[tuple(state.get(name, 0) for name in _PAGE)] = text

    def _close(self) -> None:
        place = self._faced()
        if place:
            self.said[place] = tuple(self._pages.values())
        self._pages = {}

    def _count(self, state: State) -> None:
        counts = {name: float(value) for name, value in state.items() if name.startswith(_COUNTED)}
        grown = [name for name, value in counts.items() if value > self._counts.get(name, value)]
        self._counts = counts
        place = self._faced()
        if grown and place and self._map and self._map.kind(place.area, (place.x, place.y)) in _LIE_IN:
            self.items[place] = grown[0].removeprefix(_COUNTED)

    def _faced(self) -> Place | None:
        if self._last is None:
            return None
        dx, dy = _FACING.get(self._facing, (0, 0))
        return Place(self._last.area, self._last.x + dx, self._last.y + dy)


def _knows_door(facts: Facts, place: Place, answer: tuple[str, ...]) -> bool:
    for edge in facts.edges("LEADS_TO"):
        start, end = facts.node(edge.key), facts.node(edge.to)
        if start and end and _near(start, place, _DOOR_CELLS) and str(end.place.area) == answer[0]:
            return True
    return False


def _knows_person(facts: Facts, place: Place, answer: tuple[str, ...]) -> bool:
    texts = [
        str(node.props[name])
        for label in ("NPC", "Tile")
        for node in facts.of_area(place.area, label)
        if _near(node, place, _PERSON_CELLS)
        for name in ("text", "said")
        if name in node.props
    ]
    return any(_alike(page, text) for page in answer for text in texts)


def _knows_item(facts: Facts, place: Place, answer: tuple[str, ...]) -> bool:
    items = [node for node in facts.of_area(place.area, "Item") if _near(node, place, _ITEM_CELLS)]
    return any(_words(answer[0]) <= _words(node.text("name")) for node in items)


_KNOWS = {"door": _knows_door, "person": _knows_person, "item": _knows_item}


def _near(node: Node, place: Place, cells: int) -> bool:
    there = node.place
    now = node.number("at_x", there.x), node.number("at_y", there.y)  # of somebody who has wandered since
    apart = min(abs(x - place.x) + abs(y - place.y) for x, y in ((there.x, there.y), now))
    return there.area == place.area and apart <= cells


def _words(text: str) -> set[str]:
    return set(text.casefold().replace("_", " ").replace(".", " ").split())


def _alike(one: str, other: str) -> bool:
    """Return whether a page was read right; the other text may hold more than it, or be its beginning."""
    first, second = (" ".join(text.casefold().split()) for text in (one, other))
    if not first or not second:
        return False
    return first in second or second in first or SequenceMatcher(None, first, second).ratio() >= _ALIKE
