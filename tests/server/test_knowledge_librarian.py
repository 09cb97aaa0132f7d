"""The librarian with real stores: told at the start, kept for later; nobody waits for a store that is away."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from agents.knowledge.facts import Facts
from agents.knowledge.keys import Place
from agents.knowledge.librarian import Librarian
from agents.knowledge.shelf import Shelf
from agents.knowledge.store import GraphStore, open_store
from agents.knowledge.view import KnowledgeView
from runtime import wire
from runtime.actor import Actor, Learn, Outputs
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.loop import ActorLoop, LoopOptions
from runtime.observation import Observation
from runtime.wire import Fact
from tests.arcadedb import arcadedb
from tests.stage import SESSION, Stage

ROWAN = Fact("NPC", "npc:1:10:6", {"name": "ROWAN", "met": True})
HERB = Fact("Item", "item:2:3:4", {"name": "herb", "taken": True})

#: Nothing hangs.
LIMIT_S = 60.0


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "k.db"


@pytest.fixture
def shelf(path: Path) -> Iterator[Shelf]:
    shelf = shelf_on(path)
    yield shelf
    shelf.close(LIMIT_S)


def shelf_on(path: Path, writer: str = "one", **options: float) -> Shelf:
    return Shelf(
        partial(open_store, str(path), game="square", writer=writer),
        writer=writer,
        write_s=0.01,
        refresh_s=options.get("refresh_s", 0.0),
        limit=int(options.get("limit", 1000)),
    )


def news_of(shelf: Shelf) -> set[str]:
    """Wait for news; return the things that they are about."""
    news: list[Fact] = []

    def came() -> bool:
        news.extend(shelf.take_news())
        return bool(news)

    until(came)
    return {fact.key for fact in news}


def stored(path: Path) -> Facts:
    with open_store(str(path), game="square") as store:
        return Facts(store.facts())


@dataclass
class Learner:
    """Learns what it was given, on the frame it was given for, and folds what all learn."""

    facts: dict[int, tuple[Fact, ...]] = field(default_factory=dict)
    heard: list[wire.Learnt] = field(default_factory=list)

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("learnt",)
    writes: ClassVar[tuple[str, ...]] = ("learnt",)

    def act(self, seen: Observation) -> Outputs:
        self.heard += seen.learnt
        facts = self.facts.get(seen.frame_index, ())
        return Learn(facts) if facts else None


def play(folder: Path, librarian: Librarian, learner: Learner, clock: str = "lockstep", frames: int = 241) -> Stage:
    stage = Stage(folder, clock, frames=frames, wait_for=("librarian", "learner"))  # type: ignore[arg-type]

    def run(actor: Actor, name: str) -> Callable[..., object]:
        return ActorLoop(actor, stage.bus, LoopOptions(name, SESSION, actor.rate)).run

    stage.play(run(librarian, "librarian"), run(learner, "learner"))  # type: ignore[arg-type]
    return stage


def heard_of(learner: Learner) -> Facts:
    facts = Facts()
    for learnt in learner.heard:
        facts.fold(learnt)
    return facts


def test_the_next_session_is_told_what_this_one_learnt_at_its_first_frame(tmp_path: Path, path: Path) -> None:
    play(tmp_path, Librarian(str(path)), Learner({6: (ROWAN,), 12: (HERB, Fact("NPC", "npc:1:10:6", {"talks": 2}))}))
    second = Learner()
    play(tmp_path, Librarian(str(path)), second)
    assert {(learnt.actor, learnt.frame_index) for learnt in second.heard} == {("librarian", 0)}
    facts = heard_of(second)
    rowan, herb = facts.node("npc:1:10:6"), facts.node("item:2:3:4")
    assert rowan is not None
    assert herb is not None
    assert rowan.props == {"area": 1, "x": 10, "y": 6, "name": "ROWAN", "met": True, "talks": 2}
    assert "taken" not in herb.props  # it lies there again in a new game
    assert stored(path).node("item:2:3:4").flag("taken")  # type: ignore[union-attr]


def test_two_sessions_in_lockstep_from_the_same_store_are_told_the_same(tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        path = tmp_path / name / "k.db"
        with open_store(str(path), game="square") as store:
            store.upsert([ROWAN, HERB, *(Fact("Tile", f"tile:1:{x}:0", {"type": "floor"}) for x in range(50))])
        learner = Learner({6: (Fact("NPC", "npc:1:1:1", {"name": "IDA"}),)})
        stage = play(tmp_path / name, Librarian(str(path), write_s=0.01), learner)
        told.append([(kind, p.frame_index, p.facts) for kind, p in stage.heard if isinstance(p, wire.Learnt)])
    assert told[0] == told[1]


def test_without_a_store_nothing_is_kept_and_nothing_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        learner = Learner({6: (ROWAN,)})
        play(tmp_path, Librarian(), learner)
        assert [learnt.actor for learnt in learner.heard] == ["learner"]
    assert not (tmp_path / ".framewire").exists()


def test_the_default_store_lies_with_the_games_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    play(tmp_path, Librarian("sqlite"), Learner({6: (ROWAN,)}))
    with open_store("sqlite", game="square", create=False) as store:
        assert store.node("npc:1:10:6") is not None


def test_meanings_of_tiles_are_borrowed_from_another_game_and_nothing_else(tmp_path: Path, path: Path) -> None:
    other = tmp_path / "other.db"
    with open_store(str(other), game="other") as store:
        store.upsert([ROWAN, Fact("TileKind", "kind:00ff", {"type": "floor", "walked": 9})])
    learner = Learner()
    play(tmp_path, Librarian(str(path), borrow=f"other={other}"), learner)
    assert [fact.key for learnt in learner.heard for fact in learnt.facts] == ["kind:00ff"]


@pytest.mark.parametrize(("store", "borrow"), [("mysql://x", ""), ("a.db", "x.db"), ("a.db", "other=x.txt")])
def test_a_store_that_is_none_is_refused_when_the_launch_file_is_read(store: str, borrow: str) -> None:
    with pytest.raises(UsageError, match="allowed"):
        Librarian(store, borrow)


def test_a_large_store_is_told_in_messages_below_a_servers_limit(tmp_path: Path, path: Path) -> None:
    with open_store(str(path), game="square") as store:
        store.upsert([Fact("NPC", f"npc:1:{x}:0", {"text": "la " * 1000}) for x in range(300)])
    learner = Learner()
    stage = play(tmp_path, Librarian(str(path)), learner)
    sizes = [len(wire.encode(payload)) for _, payload in stage.heard if isinstance(payload, wire.Learnt)]
    assert len(sizes) > 2
    assert max(sizes) < 300_000
    assert len(heard_of(learner).label("NPC")) == 300


class StandingStore:
    """A store whose every call stands still until the test ends."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()

    def open(self) -> GraphStore:
        self.asked.set()
        assert self.go.wait(LIMIT_S)
        raise UsageError("over")


def test_no_read_and_no_write_waits_while_the_store_stands_still() -> None:
    standing = StandingStore()
    shelf = Shelf(standing.open, writer="one")
    assert standing.asked.wait(LIMIT_S)
    facts = Facts()
    view = KnowledgeView(facts)
    for x in range(1000):  # were one of these to wait for the store, it would never return
        fact = Fact("NPC", f"npc:1:{x}:0", {"name": f"n{x}"})
        shelf.add([fact])
        facts.add([fact])
        assert view.get_instant_knowledge("npc", Place(1, x, 0), 1)[0].key == fact.key
        assert shelf.take_snapshot() is None
        assert shelf.take_news() == ()
    assert shelf.status.pending == 1000
    assert not standing.go.is_set()
    standing.go.set()
    shelf.close(LIMIT_S)


def test_what_is_learnt_while_the_file_is_locked_is_written_once_it_is_free(shelf: Shelf, path: Path) -> None:
    assert shelf.take_snapshot(LIMIT_S) == ()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        shelf.add([ROWAN])
        until(lambda: "locked" in shelf.status.problem)
        shelf.add([HERB, Fact("NPC", "npc:1:10:6", {"talks": 3})])
        assert shelf.status.pending == 2
        other.execute("ROLLBACK")
    until(lambda: shelf.status.pending == 0 and not shelf.status.problem)
    facts = stored(path)
    rowan = facts.node("npc:1:10:6")
    assert rowan is not None
    assert (rowan.text("name"), rowan.number("talks")) == ("ROWAN", 3)
    assert "item:2:3:4" in facts


def test_a_file_that_is_deleted_is_made_anew_with_all_that_is_known(shelf: Shelf, path: Path) -> None:
    shelf.add([ROWAN])
    until(lambda: shelf.status.written > 0)
    for file in path.parent.glob("k.db*"):
        file.unlink()
    shelf.add([HERB])
    until(lambda: path.exists() and shelf.status.pending == 0 and not shelf.status.problem)
    until(lambda: {"npc:1:10:6", "item:2:3:4"} <= {node.key for node in stored(path).nodes()})


def test_a_server_that_stands_still_and_dies_loses_nothing_and_delays_nobody(tmp_path: Path) -> None:
    """The server is ArcadeDB, a stand-in for Neo4j."""
    with arcadedb(tmp_path / "arcadedb") as url:
        pid = int((tmp_path / "arcadedb" / "pid").read_text())
        shelf = Shelf(partial(open_store, url, game="square", writer="one"), writer="one", write_s=0.01)
        assert shelf.take_snapshot(LIMIT_S) == ()
        os.kill(pid, signal.SIGSTOP)
        for x in range(100):
            shelf.add([Fact("NPC", f"npc:1:{x}:0", {"name": "A"})])
        assert shelf.take_news() == ()
        os.kill(pid, signal.SIGCONT)
        until(lambda: shelf.status.pending == 0)
        with open_store(url, game="square") as store:
            until(lambda: len(store.nodes("NPC")) == 100)
        os.kill(pid, signal.SIGKILL)
        shelf.add([ROWAN])
        until(lambda: shelf.status.problem != "")
        assert shelf.status.pending == 1
        shelf.close(0.1)


def test_news_of_another_session_are_taken_in_and_own_ones_are_not(path: Path) -> None:
    one, two = shelf_on(path, "one", refresh_s=0.01), shelf_on(path, "two", refresh_s=0.01)
    for shelf in (one, two):
        assert shelf.take_snapshot(LIMIT_S) == ()
    one.add([ROWAN])
    assert news_of(two) == {"npc:1:10:6", "area:1"}
    assert one.take_news() == ()
    one.close(LIMIT_S)
    two.close(LIMIT_S)


def test_what_another_session_writes_while_the_first_facts_are_read_is_news(path: Path) -> None:
    def written_meanwhile() -> GraphStore:
        store = open_store(str(path), game="square", writer="two")
        read = store.facts

        def facts(labels: Iterable[str] = ()) -> Iterator[Fact]:
            there = list(read(labels))
            with open_store(str(path), game="square", writer="one") as other:
                other.upsert([ROWAN])
            return iter(there)

        store.facts = facts  # type: ignore[method-assign]
        return store

    shelf = Shelf(written_meanwhile, writer="two", write_s=0.01, refresh_s=0.01)
    assert shelf.take_snapshot(LIMIT_S) == ()
    assert news_of(shelf) == {"npc:1:10:6", "area:1"}
    shelf.close(LIMIT_S)


def test_what_is_beyond_the_limit_is_dropped_and_counted_and_bad_facts_are_refused() -> None:
    standing = StandingStore()
    shelf = Shelf(standing.open, writer="one", limit=3)
    shelf.add([Fact("NPC", f"npc:1:{x}:0", {"name": "A"}) for x in range(5)])
    shelf.add([Fact("NPC", "npc:1:0:0", {"talks": 1, "nose": "red"})])  # merged with what waits; no nose
    shelf.add([Fact("Dragon", "dragon:1")])
    status = shelf.status
    assert (status.pending, status.dropped, status.refused) == (3, 2, 2)
    assert "dragon" in status.refusal
    standing.go.set()
    shelf.close(LIMIT_S)


def test_what_has_had_its_day_is_removed_when_a_session_begins(path: Path) -> None:
    with open_store(str(path), game="square") as store:
        store.upsert([Fact("Todo", "todo:a", {"status": "done"}), Fact("Todo", "todo:b", {"status": "pending"})])
        for first in range(0, 2100, 700):
            store.upsert([Fact("Experience", f"experience:{i}", {"tried": 1}) for i in range(first, first + 700)])
    shelf = shelf_on(path)
    snapshot: Sequence[Fact] = shelf.take_snapshot(LIMIT_S) or ()
    shelf.close(LIMIT_S)
    facts = Facts(snapshot)
    assert [node.key for node in facts.label("Todo")] == ["todo:b"]
    assert len(facts.label("Experience")) == 2000


def test_in_real_time_a_session_reports_facts_that_it_refused(tmp_path: Path, path: Path) -> None:
    learner = Learner({6: (Fact("Dragon", "dragon:1"),)})
    stage = play(tmp_path, Librarian(str(path)), learner, clock="free", frames=400)
    events = [payload for kind, payload in stage.heard if isinstance(payload, wire.Event)]
    assert "knowledge.refused" in {event.name for event in events}
