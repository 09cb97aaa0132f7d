"""Knowledge: the SQLite store against a graph in memory (networkx), and the view that actors read.

Ten thousand cells in a hundred areas, a door from each area to the next. CPU time; the medians of rounds taken in turn.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place
from agents.knowledge.store import BATCH, GraphStore, open_store
from agents.knowledge.view import KnowledgeView, Situation
from runtime.wire import Fact, Scalar
from tests.bench.report import row

AREAS, SIDE, ROUNDS, READS = 100, 10, 5, 200


def main() -> None:
    facts = list(_world())
    random.seed(5)
    keys = [fact.key for fact in random.choices([fact for fact in facts if not fact.to], k=READS)]
    with tempfile.TemporaryDirectory() as name:
        times: dict[str, list[float]] = {}
        for turn in range(ROUNDS):
            with open_store(str(Path(name) / f"{turn}.db"), game="bench") as store:
                _measure("upsert of all, SQLite", times, 1, lambda store=store: _fill(store, facts))  # type: ignore[misc]
                graph = nx.DiGraph()
                _measure("upsert of all, networkx", times, 1, lambda graph=graph: _fill_graph(graph, facts))  # type: ignore[misc]
                _reads(store, graph, keys, times)
        view = KnowledgeView(Facts(facts))
        for _ in range(ROUNDS):
            _view(view, times)
    medians = {what: statistics.median(values) for what, values in times.items()}
    for what, seconds in medians.items():
        row(what, _unit(seconds))
    for what in ("upsert of all", "one node by key", "nearest 5 of an area", "path through 20 doors"):
        row(f"{what}: SQLite ÷ networkx", f"{medians[f'{what}, SQLite'] / medians[f'{what}, networkx']:.1f}x")
    row(
        "the view ÷ SQLite, nearest 5 of an area",
        f"{medians['instant knowledge, view'] / medians['nearest 5 of an area, SQLite']:.2f}x",
    )


def _world() -> list[Fact]:
    facts = []
    for area in range(AREAS):
        for x in range(SIDE):
            for y in range(SIDE):
                props: dict[str, Scalar] = {"type": "walkable_grass", "look": f"{x:016x}", "walked": x * y}
                facts.append(Fact("Tile", f"tile:{area}:{x}:{y}", props))
        facts.append(Fact("NPC", f"npc:{area}:3:4", {"name": f"somebody {area}", "text": "Go east and find the key."}))
        facts.append(Fact("LEADS_TO", f"tile:{area}:9:5", {"press": "RIGHT"}, f"tile:{area + 1}:0:5"))
        facts.append(Fact("LEADS_TO", f"tile:{area}:0:5", {}, f"tile:{area}:9:5"))
    return facts


def _fill(store: GraphStore, facts: list[Fact]) -> None:
    for first in range(0, len(facts), BATCH):
        store.upsert(facts[first : first + BATCH])


def _fill_graph(graph: "nx.DiGraph[str]", facts: list[Fact]) -> None:
    for fact in facts:
        if fact.to:
            graph.add_edge(fact.key, fact.to, kind=fact.kind, **fact.props)
        else:
            _, area, x, y = fact.key.split(":")
            graph.add_node(fact.key, label=fact.kind, area=int(area), x=int(x), y=int(y), **fact.props)


def _reads(store: GraphStore, graph: "nx.DiGraph[str]", keys: list[str], times: dict[str, list[float]]) -> None:
    _measure("one node by key, SQLite", times, READS, lambda: [store.node(key) for key in keys])
    _measure("one node by key, networkx", times, READS, lambda: [dict(graph.nodes[key]) for key in keys])
    _measure("nearest 5 of an area, SQLite", times, 20, lambda: [store.nearest("Tile", a, 4, 4, 5) for a in range(20)])
    _measure("nearest 5 of an area, networkx", times, 20, lambda: [_nearest(graph, a) for a in range(20)])
    start, goal = "tile:3:0:5", "tile:13:0:5"
    _measure("path through 20 doors, SQLite", times, 1, lambda: store.path("LEADS_TO", start, goal))
    _measure("path through 20 doors, networkx", times, 1, lambda: nx.shortest_path(graph, start, goal))


def _nearest(graph: "nx.DiGraph[str]", area: int) -> list[str]:
    there = [
        (key, node) for key, node in graph.nodes(data=True) if node.get("area") == area and node["label"] == "Tile"
    ]
    return [key for key, _ in sorted(there, key=lambda item: (item[1]["x"] - 4) ** 2 + (item[1]["y"] - 4) ** 2)[:5]]


def _view(view: KnowledgeView, times: dict[str, list[float]]) -> None:
    here = Place(50, 4, 4)
    _measure("one node by key, view", times, READS, lambda: [view.facts.node("tile:50:4:4") for _ in range(READS)])
    _measure(
        "instant knowledge, view",
        times,
        20,
        lambda: [view.get_instant_knowledge("spatial", here, 5) for _ in range(20)],
    )
    _measure(
        "8 most relevant of 100 people, view", times, 1, lambda: view.relevant(Situation(here, goal="find the key"))
    )


def _measure(what: str, times: dict[str, list[float]], count: int, work: Callable[[], object]) -> None:
    started = time.process_time()
    work()
    times.setdefault(what, []).append((time.process_time() - started) / count)


def _unit(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


if __name__ == "__main__":
    main()
