"""What a mind brings along from a store and leaves in one: as a librarian does, at the first frame and the end."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from agents.knowledge.facts import Facts
from agents.knowledge.schema import outlasting
from agents.knowledge.shelf import Shelf
from agents.knowledge.store import check_url, open_store
from runtime.actor import Learn, Outputs
from runtime.clock import Rate
from runtime.errors import FramewireError
from runtime.observation import Observation
from runtime.wire import Fact

#: Who tells what was brought along.
BRINGER = "bringer"

#: What holds in another game, too: what cells that look so are like.
MEANINGS = ("TileKind",)

#: Facts in one message, well below its largest size (runtime.memory_bus: 8 MiB; a fact has about 100 bytes).
_TOGETHER = 2000

#: How long a store may take to write an episode's facts, s; ten thousand take 0.2 s.
_WRITE_S = 30.0


@dataclass
class Bringer:
    """Publish facts on the first frame; then nothing.

    Attributes:
        facts: What is brought.
    """

    facts: tuple[Fact, ...]

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("learnt",)

    def act(self, seen: Observation) -> Outputs:
        """Publish what is left to publish."""
        facts, self.facts = self.facts, ()
        return [Learn(facts[at : at + _TOGETHER]) for at in range(0, len(facts), _TOGETHER)]


def read_store(url: str, labels: tuple[str, ...] = ()) -> tuple[Fact, ...]:
    """Return what a store knows of things with these labels, or of all.

    Raises:
        UsageError: No store looks like that.
        StoreError: There is none, or it cannot be used.
    """
    with open_store(url, game="", create=False) as store:
        return tuple(outlasting(fact) for fact in store.facts(labels))


def check_store(url: str, game: str) -> None:
    """Check that facts can be written to a store; it is made when there is none.

    Raises:
        UsageError: No store looks like that.
        StoreError: It cannot be used.
    """
    check_url(url)
    open_store(url, game=game).close()


def write_store(url: str, game: str, facts: Iterable[Fact]) -> None:
    """Write facts to a store.

    Raises:
        FramewireError: They could not be written.
    """
    shelf = Shelf(partial(open_store, url, game=game), writer="eval", refresh_s=0.0, limit=1_000_000)
    shelf.add(facts)
    shelf.close(_WRITE_S)
    if shelf.status.pending:
        raise FramewireError(f"{url}: {shelf.status.pending} facts were not written: {shelf.status.problem}")


def remembered(facts: Iterable[Fact], game: str) -> Facts:
    """Return what is known after a restart: facts written to a store on disk and read again.

    Raises:
        FramewireError: The store cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="framewire-eval-") as folder:
        url = str(Path(folder) / "knowledge.db")
        write_store(url, game, facts)
        return Facts(read_store(url))


def folded(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the fewest facts that give the same knowledge."""
    return tuple(Facts(facts).export())
