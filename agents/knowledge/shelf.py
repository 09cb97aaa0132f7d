"""Writing behind: a thread that owns the store, so that nobody who learns or asks ever waits for it.

`add` keeps what is to be written, one entry for each thing however often it changes, until the store takes it. A store
that is away is tried again; what was learnt meanwhile is written when it is back. One that comes back empty is given
everything that is known. What is beyond `limit` things is dropped, and counted.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from agents.knowledge.errors import FactError, StoreError
from agents.knowledge.facts import Facts
from agents.knowledge.maintenance import maintain
from agents.knowledge.schema import allowed, check, outlasting
from agents.knowledge.store import BATCH, GraphStore, told
from runtime.errors import FramewireError
from runtime.wire import Fact

log = structlog.get_logger()

#: Between two tries to reach a store that is away, s.
_RETRY_S = 1.0

Open = Callable[[], GraphStore]


@dataclass(frozen=True)
class Status:
    """How the shelf is doing.

    Attributes:
        pending: Things that wait to be written.
        written: Nodes and relations that writing changed.
        dropped: Things that were not kept, for too many waited.
        refused: Facts that do not follow the schema; of one with properties too many the others are kept.
        refusal: What was wrong with the last of them.
        problem: Why the store cannot be used now; empty when it can.
    """

    pending: int = 0
    written: int = 0
    dropped: int = 0
    refused: int = 0
    refusal: str = ""
    problem: str = ""


class Shelf:
    """A store behind a thread. All but `close` return at once."""

    def __init__(
        self,
        open_store: Open,
        *,
        writer: str,
        borrow: Sequence[Open] = (),
        write_s: float = 1.0,
        refresh_s: float = 5.0,
        limit: int = 100_000,
    ) -> None:
        """Start.

        Args:
            open_store: Opens the store; called in the thread, again after it was away.
            writer: Who writes; what others wrote is news.
            borrow: Open stores of other games, whose meanings of tiles are told, too.
            write_s: Between two writes.
            refresh_s: Between two looks for news of others; 0 for none.
            limit: Things that may wait.
        """
        self._open, self._borrow, self._writer = open_store, borrow, writer
        self._write_s, self._refresh_s, self._limit = write_s, refresh_s, limit
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ready = threading.Event()
        self._stopping = False
        self._pending: dict[tuple[str, str, str], Fact] = {}
        self._snapshot: tuple[Fact, ...] | None = None
        self._news: list[Fact] = []
        self._written = self._dropped = self._refused = 0
        self._refusal = self._problem = ""
        self._store: GraphStore | None = None
        self._identity = ""
        self._known = Facts()
        self._seen_revision = 0
        self._looked_s = 0.0
        self._thread = threading.Thread(target=self._run, name="knowledge", daemon=True)
        self._thread.start()

    @property
    def status(self) -> Status:
        """How it is doing now."""
        with self._lock:
            return Status(len(self._pending), self._written, self._dropped, self._refused, self._refusal, self._problem)

    def add(self, facts: Iterable[Fact]) -> None:
        """Keep facts until they are written."""
        with self._lock:
            for fact in facts:
                self._keep(fact)
        self._wake.set()

    def take_snapshot(self, wait_s: float = 0.0) -> tuple[Fact, ...] | None:
        """Return what the store knew when it was opened, once; None while it is not open, or was taken.

        With `wait_s` it waits so long for the store: before the first frame of a session in lockstep.
        """
        if wait_s:
            self._ready.wait(wait_s)
        with self._lock:
            snapshot, self._snapshot = self._snapshot, None
            return snapshot

    def take_news(self) -> tuple[Fact, ...]:
        """Return what others wrote since the last call."""
        with self._lock:
            news, self._news = tuple(self._news), []
            return news

    def close(self, limit_s: float) -> None:
        """Write what waits, and end; what is not written within `limit_s` is lost, and logged."""
        self._stopping = True
        self._wake.set()
        self._thread.join(limit_s)
        pending = self.status.pending
        if pending:
            log.error(
                "knowledge.lost", things=pending, problem=self.status.problem or f"not written within {limit_s:g} s"
            )

    def _keep(self, fact: Fact) -> None:
        """Keep what the schema knows of a fact."""
        known = allowed(fact)
        try:
            check(fact)
        except FactError as error:
            self._refused += 1
            self._refusal = str(error)
            if known is fact or not _is_sound(known):
                return
        fact = known
        name = (fact.kind, fact.key, fact.to)
        before = self._pending.get(name)
        if before is None and len(self._pending) >= self._limit:
            self._dropped += 1
            return
        self._pending[name] = Fact(fact.kind, fact.key, {**before.props, **fact.props}, fact.to) if before else fact

    def _run(self) -> None:
        while True:
            stopping = self._stopping
            problem = self._work()
            if problem != self._problem:
                log.warning("knowledge.away", problem=problem) if problem else log.info("knowledge.back")
            with self._lock:
                self._problem = problem
            if stopping:
                break
            self._wake.clear()
            if not self._stopping:
                self._pause(_RETRY_S if problem else self._write_s)
        if self._store:
            self._store.close()

    def _pause(self, seconds: float) -> None:
        """Wait, also for what is learnt meanwhile to be a batch; the end comes at once."""
        deadline = time.monotonic() + seconds
        while not self._stopping and (left := deadline - time.monotonic()) > 0:
            self._wake.wait(left)
            self._wake.clear()

    def _work(self) -> str:
        """Open the store if it is not, write what waits, look for news; return why it cannot be done."""
        try:
            store = self._opened()
            self._write(store)
            if self._refresh_s and time.monotonic() - self._looked_s >= self._refresh_s:
                self._look(store)
        except FramewireError as error:
            if self._store:
                self._store.close()
                self._store = None
            return str(error)
        return ""

    def _opened(self) -> GraphStore:
        if self._store is not None:
            return self._store
        store = self._open()
        first = not self._identity
        if first:
            log.info("knowledge.opened", removed=maintain(store))
            # Before the facts are read: what others write meanwhile may come twice, but is not missed.
            self._seen_revision, self._looked_s = store.revision(), time.monotonic()
            facts = [*store.facts(), *self._borrowed()]
            self._known.add(facts)
            with self._lock:
                self._snapshot = tuple(outlasting(fact) for fact in facts)
            self._ready.set()
        elif store.identity != self._identity:  # it was deleted, and is made anew
            self._put_back(list(self._known.export()))
            self._seen_revision = store.revision()
        self._store, self._identity = store, store.identity
        return store

    def _borrowed(self) -> list[Fact]:
        facts: list[Fact] = []
        for open_store in self._borrow:
            with open_store() as store:
                facts += store.facts(["TileKind"])
        return facts

    def _write(self, store: GraphStore) -> None:
        with self._lock:
            waiting, self._pending = list(self._pending.values()), {}
        for first in range(0, len(waiting), BATCH):
            batch = waiting[first : first + BATCH]
            try:
                changed = store.upsert(batch)
            except StoreError:
                self._put_back(waiting[first:])
                raise
            self._known.add(batch)
            with self._lock:
                self._written += changed

    def _put_back(self, facts: Iterable[Fact]) -> None:
        """Let facts wait again, before what was learnt since."""
        with self._lock:
            since, self._pending = self._pending, {}
            for fact in (*facts, *since.values()):
                self._keep(fact)

    def _look(self, store: GraphStore) -> None:
        self._looked_s = time.monotonic()
        revision = store.revision()
        if revision == self._seen_revision:
            return
        news = [outlasting(fact) for fact in told(store.records(self._seen_revision, self._writer))]
        self._seen_revision = revision
        self._known.add(news)
        with self._lock:
            self._news += news


def _is_sound(fact: Fact) -> bool:
    try:
        check(fact)
    except FactError:
        return False
    return True
