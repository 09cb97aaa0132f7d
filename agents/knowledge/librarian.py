"""The one actor that touches a store: it tells what earlier sessions knew, and keeps what this one learns.

It also writes down, as facts for all, what is said and done: quests, todos, places entered, what came of plans.

    [[actor]]
    name = "librarian"
    uses = "agents.knowledge.librarian:Librarian"

    [actor.config]
    store = "sqlite"       # .framewire/knowledge/<game>.db; or a path, or neo4j://user:password@host:7687/database

Without a store nothing is kept: two runs in lockstep are then equal, whatever was played before. With one, a session in
lockstep is told what the store knew at its first frame, and nothing later, so that it is a function of that.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import msgspec

from agents.knowledge.keys import slug
from agents.knowledge.mirror import Mirror, check_working
from agents.knowledge.shelf import Shelf, Status
from agents.knowledge.store import check_url, open_store
from agents.quests.scribe import Scribe
from runtime.actor import Learn, Output, Outputs, Report
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.observation import Observation
from runtime.subjects import SessionId
from runtime.wire import Fact

#: Bytes of one message of facts; servers are often set up for 1 MiB at most.
_MESSAGE_BYTES = 256 * 1024

#: What the end of a session waits for the last write, s.
_CLOSE_S = 5.0

#: Own messages that may not have come back yet.
_ECHOES = 256


@dataclass
class Librarian:
    """See the module's text.

    Attributes:
        store: Which store: empty for none, "sqlite", a path that ends in .db, or a Bolt URL.
        borrow: Games whose meanings of tiles are told, too: their stores, as `GAME=STORE`, separated by spaces.
        working: Where others may look at what is pursued now: nats://… or redis://…; empty for nowhere.
        write_s: Seconds between two writes.
        refresh_s: Seconds between two looks for what other sessions wrote (C11.6).
        limit: Things that may wait to be written; what is beyond is dropped, and reported.
        wait_s: In lockstep, how long the first frame waits for the store.
    """

    store: str = ""
    borrow: str = ""
    working: str = ""
    write_s: float = 1.0
    refresh_s: float = 5.0
    limit: int = 100_000
    wait_s: float = 10.0

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("state", "learnt", "plan", "event")
    writes: ClassVar[tuple[str, ...]] = ("learnt", "event")

    def __post_init__(self) -> None:
        if self.store:
            check_url(self.store)
        self._borrowed = [pair.partition("=")[::2] for pair in self.borrow.split()]
        for name, url in self._borrowed:
            if not name or not url:
                raise UsageError(f"borrow {self.borrow!r}: allowed is GAME=STORE, several separated by spaces")
            check_url(url)
        if self.working:
            check_working(self.working)
        self._shelf: Shelf | None = None
        self._mirror: Mirror | None = None
        self._scribe: Scribe | None = None
        self._echoes: deque[tuple[Fact, ...]] = deque(maxlen=_ECHOES)
        self._told = Status()

    def act(self, seen: Observation) -> Outputs:
        """Hand over what was learnt; publish what the store knew, what others wrote since, what was said and done."""
        lockstep = seen.welcome.clock == "lockstep"
        first = self._scribe is None
        if self._scribe is None:
            self._scribe = Scribe(seen.game, _game_of(seen))
            self._shelf = self._open(seen, lockstep) if self.store else None
            self._mirror = Mirror(self.working, SessionId(seen.welcome.session)) if self.working else None
        for learnt in seen.learnt:
            if not self._is_echo(learnt.facts):
                self._scribe.fold(learnt.facts)
                self._keep(learnt.facts)
        outputs: list[Output] = []
        if self._shelf:
            outputs += self._of_the_store(self._shelf, first, lockstep)
        written = self._scribe.write(seen.frame_index, seen.state, seen.plans.values(), seen.events)
        self._keep(written)
        if self._mirror:
            self._mirror.show(*self._scribe.now())
        return (*outputs, *self._learn(written))

    def measures(self) -> Mapping[str, float]:
        """Return quests by status, open todos, and what waits to be written, for metrics."""
        waiting = self._shelf.status.pending if self._shelf else 0
        return {"store.pending": waiting, **(self._scribe.figures() if self._scribe else {})}

    def close(self) -> None:
        """Write what waits."""
        if self._shelf:
            self._shelf.close(_CLOSE_S)
        if self._mirror:
            self._mirror.close(_CLOSE_S)

    def _open(self, seen: Observation, lockstep: bool) -> Shelf:
        session = seen.welcome.session
        return Shelf(
            partial(open_store, self.store, game=_game_of(seen), writer=session),
            writer=session,
            borrow=[partial(open_store, url, game=name, create=False) for name, url in self._borrowed],
            write_s=self.write_s,
            refresh_s=0.0 if lockstep else self.refresh_s,
            limit=self.limit,
        )

    def _of_the_store(self, shelf: Shelf, first: bool, lockstep: bool) -> Iterator[Output]:
        if first or not lockstep:
            yield from self._tell(shelf.take_snapshot(self.wait_s if lockstep else 0.0) or ())
        if not lockstep:
            yield from self._tell(shelf.take_news())
            yield from self._reports(shelf.status)

    def _keep(self, facts: Iterable[Fact]) -> None:
        if self._shelf:
            self._shelf.add(facts)

    def _tell(self, facts: tuple[Fact, ...]) -> Iterator[Learn]:
        """Tell all, and the scribe, what is in the store."""
        if self._scribe and facts:
            self._scribe.fold(facts)
        yield from self._learn(facts)

    def _learn(self, facts: Iterable[Fact]) -> Iterator[Learn]:
        for chunk in _chunks(facts):
            self._echoes.append(chunk)
            yield Learn(chunk)

    def _is_echo(self, facts: tuple[Fact, ...]) -> bool:
        """Return whether a message is one of one's own, which the store need not be told."""
        if facts not in self._echoes:
            return False
        self._echoes.remove(facts)
        return True

    def _reports(self, now: Status) -> Iterator[Report]:
        before, self._told = self._told, now
        if now.problem != before.problem:
            name = "knowledge.away" if now.problem else "knowledge.back"
            yield Report(name, {"problem": now.problem, "pending": now.pending})
        if now.dropped != before.dropped:
            yield Report("knowledge.dropped", {"things": now.dropped, "limit": self.limit})
        if now.refused != before.refused:
            yield Report("knowledge.refused", {"facts": now.refused, "problem": now.refusal})


def _game_of(seen: Observation) -> str:
    """Return the game's name as part of keys and file names."""
    return seen.game.game.name if seen.game else slug(seen.welcome.game)


def _chunks(facts: Iterable[Fact]) -> Iterator[tuple[Fact, ...]]:
    """Yield facts in messages of bounded size."""
    encode = msgspec.msgpack.Encoder().encode
    chunk: list[Fact] = []
    size = 0
    for fact in facts:
        fact_bytes = len(encode(fact))
        if chunk and size + fact_bytes > _MESSAGE_BYTES:
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(fact)
        size += fact_bytes
    if chunk:
        yield tuple(chunk)
