"""What a mind brings along: facts published at an episode's first frame, as a librarian publishes its store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from agents.knowledge.facts import Facts
from runtime.actor import Learn, Outputs
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.observation import Observation
from runtime.wire import Fact

#: What holds in another game, too: what cells that look so are like.
MEANINGS = frozenset({"TileKind"})

#: Facts in one message, well below its largest size (runtime.memory_bus: 8 MiB; a fact has about 100 bytes).
_TOGETHER = 2000


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


def read_facts(path: Path, kinds: frozenset[str] = frozenset()) -> tuple[Fact, ...]:
    """Read facts, one JSON array a line; of these kinds, or all.

    Raises:
        UsageError: There is no such file, or a line is no fact.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    facts = []
    for number, line in enumerate(lines, start=1):
        try:
            fact = msgspec.json.decode(line, type=Fact)
        except msgspec.DecodeError as error:
            raise UsageError(f"{path}:{number}: is no fact: {error}") from error
        if not kinds or fact.kind in kinds:
            facts.append(fact)
    return tuple(facts)


def write_facts(path: Path, facts: Iterable[Fact]) -> int:
    """Write what facts come to, one JSON array a line; return how many."""
    lines = [msgspec.json.encode(fact) for fact in folded(facts)]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(lines)


def folded(facts: Iterable[Fact]) -> Sequence[Fact]:
    """Return the fewest facts that give the same knowledge."""
    return list(Facts(facts).export())
