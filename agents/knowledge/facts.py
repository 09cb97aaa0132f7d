"""Everybody's knowledge: the fold of the facts on the bus, in memory, with indexes. No reader ever waits for anything.

    facts = Facts()
    for learnt in seen.learnt:
        facts.fold(learnt)
    facts.node("npc:3:10:6"), facts.label("NPC"), facts.of_area(3, "Item"), facts.nearest("NPC", 3, 5, 5)

The same messages in the same order give the same facts and the same answers, whatever the process.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from agents.knowledge.errors import FactError
from agents.knowledge.keys import Place, place_of, prefix_of
from agents.knowledge.paths import Path, shortest
from agents.knowledge.schema import LABEL_OF, complete
from runtime.wire import Fact, Learnt, Scalar


class Node:
    """A thing that is known of.

    Attributes:
        kind: Its label.
        key: Its name.
        props: What is known of it; grows as more is learnt, so look and do not keep.
        changed: Number of the fact that changed it last, counted by its `Facts`; larger is newer.
    """

    __slots__ = ("changed", "key", "kind", "props")

    def __init__(self, kind: str, key: str, props: dict[str, Scalar], changed: int = 0) -> None:
        self.kind, self.key, self.props, self.changed = kind, key, props, changed

    @property
    def place(self) -> Place:
        """Where it is, or where it sends one; -1 for what is not known."""
        props = self.props
        if "at_x" in props:  # somebody who walks about
            return Place(place_of(self.key).area, int(props["at_x"]), int(props.get("at_y", -1)))
        if "target_area" in props:
            return Place(int(props["target_area"]), int(props.get("target_x", -1)), int(props.get("target_y", -1)))
        if "area" in props:
            return Place(int(props["area"]), int(props.get("x", -1)), int(props.get("y", -1)))
        return place_of(self.key)

    def number(self, name: str, default: int = 0) -> int:
        """Return a property as a whole number."""
        return int(self.props.get(name, default))

    def text(self, name: str) -> str:
        """Return a property as text; empty when it is not known."""
        return str(self.props.get(name, ""))

    def flag(self, name: str) -> bool:
        """Return whether a property is known and true."""
        return bool(self.props.get(name, False))

    def __repr__(self) -> str:
        return f"Node({self.kind} {self.key} {self.props})"


class Edge(NamedTuple):
    """A relation from `key` to `to`."""

    kind: str
    key: str
    to: str
    props: dict[str, Scalar]


class Facts:
    """The fold. Facts whose keys are none are passed over and counted: no actor stops for another's mistake."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.refused = 0
        self._nodes: dict[str, Node] = {}
        self._labels: dict[str, dict[str, Node]] = {}
        self._areas: dict[int, dict[str, dict[str, Node]]] = {}  # area: label: key: node
        self._edges: dict[str, dict[tuple[str, str], Edge]] = {}  # relation: (from, to): edge
        self._out: dict[str, dict[tuple[str, str], Edge]] = {}  # from: (relation, to): edge
        self._in: dict[str, dict[tuple[str, str], Edge]] = {}  # to: (relation, from): edge
        self._changes = 0
        self.add(facts)

    def fold(self, learnt: Learnt) -> None:
        """Take in a message."""
        self.add(learnt.facts)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take in facts, in their order."""
        for fact in facts:
            try:
                if fact.to:
                    self._add_edge(fact)
                else:
                    self._add_node(fact.key, fact.props)
            except FactError:
                self.refused += 1

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    @property
    def changes(self) -> int:
        """How many facts have been taken in; a reader that saw this number has seen all."""
        return self._changes

    def node(self, key: str) -> Node | None:
        """Return what is known of a thing."""
        return self._nodes.get(key)

    def nodes(self) -> Iterator[Node]:
        """Yield everything, in the order in which it was first heard of."""
        yield from self._nodes.values()

    def label(self, label: str, where: Mapping[str, Scalar] | None = None) -> list[Node]:
        """Return the nodes of a label whose properties are as given."""
        there = self._labels.get(label, {}).values()
        return [node for node in there if not where or where.items() <= node.props.items()]

    def of_area(self, area: int, label: str) -> list[Node]:
        """Return the nodes of a label in an area."""
        return list(self._areas.get(area, {}).get(label, {}).values())

    def nearest(self, label: str, area: int, x: int, y: int, limit: int = 1) -> list[Node]:
        """Return the nodes of a label in an area that lie nearest to a cell, by distance, then by key."""
        found = [(square_distance(node.place, x, y), node.key, node) for node in self.of_area(area, label)]
        return [node for _, _, node in sorted(found, key=lambda item: item[:2])[:limit]]

    def edges(self, relation: str) -> list[Edge]:
        """Return the relations of a kind."""
        return list(self._edges.get(relation, {}).values())

    def neighbours(self, key: str, relation: str = "", *, back: bool = False) -> list[Edge]:
        """Return the relations that begin at a node, or with `back` those that end there."""
        there = (self._in if back else self._out).get(key, {}).values()
        return [edge for edge in there if relation in ("", edge.kind)]

    def path(self, relation: str, start: str, goal: str, most: int = 64) -> Path:
        """Return the keys from start to goal over a relation, both included; empty when there is no way that short."""
        return shortest(lambda keys: self._steps(relation, keys), start, goal, most)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each label and relation."""
        counts = {label: len(nodes) for label, nodes in sorted(self._labels.items())}
        return counts | {relation: len(edges) for relation, edges in sorted(self._edges.items()) if edges}

    def export(self) -> Iterator[Fact]:
        """Yield facts that give the same knowledge again."""
        for node in self._nodes.values():
            yield Fact(node.kind, node.key, dict(node.props))
        for edges in self._edges.values():
            for edge in edges.values():
                yield Fact(edge.kind, edge.key, dict(edge.props), edge.to)

    def _steps(self, relation: str, keys: list[str]) -> Iterator[tuple[str, str]]:
        for key in keys:
            for edge in self.neighbours(key, relation):
                yield key, edge.to

    def _add_node(self, key: str, props: Mapping[str, Scalar]) -> Node:
        self._changes += 1
        node = self._nodes.get(key)
        if node is None:
            node = Node(LABEL_OF.get(prefix_of(key), ""), key, complete(key, props), self._changes)
            self._nodes[key] = node
            self._labels.setdefault(node.kind, {})[key] = node
            self._index(node, -1)
            return node
        before = node.place.area
        node.props.update(props)
        node.changed = self._changes
        if node.place.area != before:
            self._index(node, before)
        return node

    def _index(self, node: Node, before: int) -> None:
        """Put a node where its area is; it was in area `before`."""
        self._areas.get(before, {}).get(node.kind, {}).pop(node.key, None)
        area = node.place.area
        if area >= 0:
            self._areas.setdefault(area, {}).setdefault(node.kind, {})[node.key] = node

    def _add_edge(self, fact: Fact) -> None:
        for key in (fact.key, fact.to):
            if key not in self._nodes:
                self._add_node(key, {})
        self._changes += 1
        edges = self._edges.setdefault(fact.kind, {})
        edge = edges.get((fact.key, fact.to))
        if edge is not None:
            edge.props.update(fact.props)
            return
        edge = edges[fact.key, fact.to] = Edge(fact.kind, fact.key, fact.to, dict(fact.props))
        self._out.setdefault(fact.key, {})[fact.kind, fact.to] = edge
        self._in.setdefault(fact.to, {})[fact.kind, fact.key] = edge


def square_distance(place: Place, x: int, y: int) -> int:
    """Return the square of the distance from a place to a cell of the same area, cells."""
    return (place.x - x) ** 2 + (place.y - y) ** 2
