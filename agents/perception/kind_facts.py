"""The vocabulary as facts, and facts as a vocabulary: `TileKind` nodes, named by their look.

A node's counts follow agents.knowledge.schema; what a look looks like is the property `look`, the descriptor as 16-bit
numbers in hex. Who counts tries in facts of their own publishes `looks_as_facts` beside them.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from agents.perception.descriptors import SIZE
from agents.perception.kinds import Outcome
from agents.perception.vocabulary import TileVocabulary
from runtime.wire import Fact, Scalar

LABEL, PREFIX = "TileKind", "kind:"

#: The schema's names of what comes of a try. Ledges are told from the directions (`ways`, `stops`) or by `ledge`.
_COUNTS: Mapping[Outcome, str] = {
    Outcome.WALKED: "walked",
    Outcome.BLOCKED: "blocked",
    Outcome.HURT: "hurt",
    Outcome.SPOKE: "talked",
    Outcome.DOOR: "led",
    Outcome.ITEM: "taken",
}


def kind_key(look: int) -> str:
    """Return the key of a look's node."""
    return f"{PREFIX}{look:016x}"


def looks_as_facts(vocabulary: TileVocabulary, looks: Iterable[int]) -> Iterator[Fact]:
    """Yield what looks look like, and what they are taken for."""
    for look in looks:
        kind, _ = vocabulary.type_of(look)
        yield Fact(LABEL, kind_key(look), {"type": kind.token, "look": _as_text(vocabulary.descriptor_of(look))})


def vocabulary_as_facts(vocabulary: TileVocabulary) -> Iterator[Fact]:
    """Yield all that was learnt by trying, with the counts."""
    for look in vocabulary.tried():
        counts = vocabulary.counts_of(look)
        props: dict[str, Scalar] = {name: counts[outcome] for outcome, name in _COUNTS.items() if counts[outcome]}
        if counts[Outcome.LEDGE]:
            props["ledge"] = "one way"
        for fact in looks_as_facts(vocabulary, (look,)):
            yield Fact(LABEL, fact.key, {**fact.props, **props})


def take_facts(vocabulary: TileVocabulary, facts: Iterable[Fact], *, prior: bool = False) -> int:
    """Take what facts say of looks into a vocabulary, each look's newest; return how many looks it was.

    Args:
        vocabulary: It grows.
        facts: Of any kind; those of looks count.
        prior: They are of another game: guesses are made from them, and one try overrules them.
    """
    props: dict[int, dict[str, Scalar]] = {}
    for fact in facts:
        if fact.kind == LABEL and not fact.to and (look := _look_of(fact.key)):
            props.setdefault(look, {}).update(fact.props)
    for look, known in props.items():
        counts = {outcome: float(known.get(name, 0)) for outcome, name in _COUNTS.items()}
        one_way = int(known.get("ways", 0)) and int(known.get("stops", 0)) & ~int(known.get("ways", 0))
        counts[Outcome.LEDGE] = float(bool(known.get("ledge") or one_way))
        vocabulary.put(look, counts, _as_descriptor(str(known.get("look", ""))), prior=prior)
    return len(props)


def _look_of(key: str) -> int:
    try:
        return int(key.removeprefix(PREFIX), 16) if key.startswith(PREFIX) else 0
    except ValueError:
        return 0


def _as_text(descriptor: NDArray[np.float32]) -> str:
    return descriptor.astype("<f2").tobytes().hex()


def _as_descriptor(text: str) -> NDArray[np.float32] | None:
    """Read a descriptor; None when there is none, or one of another program."""
    try:
        numbers = np.frombuffer(bytes.fromhex(text), "<f2")
    except ValueError:
        return None
    return numbers.astype(np.float32) if len(numbers) == SIZE and np.isfinite(numbers).all() else None
