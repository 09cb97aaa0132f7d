"""How far two annotators agree beyond chance: Cohen's kappa (Cohen 1960, doi:10.1177/001316446002000104).

Of the frames that both labelled, `observed` is the share on which they say the same, and `expected` the share on which
they would if each kept its own frequencies and threw dice: kappa = (observed - expected) / (1 - expected), as in
scikit-learn's `cohen_kappa_score` without weights. Where both only ever say one and the same thing it is not defined.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from streams.annotations.fold import Fold, Said
from streams.annotations.spans import Spans, cuts
from streams.annotations.statements import comparable


@dataclass(frozen=True)
class Agreement:
    """What two annotators say of one key.

    Attributes:
        key: The key.
        first: An annotator.
        second: Another one, later by name.
        frames: Frames that both labelled.
        observed: Share of them on which both say the same, 0 to 1.
        kappa: Cohen's kappa, at most 1; None where it is not defined.
    """

    key: str
    first: str
    second: str
    frames: int
    observed: float
    kappa: float | None


def agreement(fold: Fold, key: str = "") -> list[Agreement]:
    """Return the agreement of every two annotators who labelled a frame in common, by key and names."""
    found = []
    for one in (key,) if key else fold.keys:
        for (first, left), (second, right) in combinations(sorted(fold.layers(one).items()), 2):
            pairs = _pairs(left, right)
            if frames := pairs.total():
                same = sum(count for (a, b), count in pairs.items() if a == b)
                found.append(Agreement(one, first, second, frames, same / frames, cohens_kappa(pairs)))
    return found


def cohens_kappa(pairs: Counter[tuple[str, str]]) -> float | None:
    """Return kappa of two annotators.

    Args:
        pairs: How many frames have (what the first says, what the second says).

    Returns:
        At most 1; 0 is what chance gives; None where it is not defined.
    """
    total = pairs.total()
    left: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (one, other), count in pairs.items():
        left[one] += count
        right[other] += count
    by_chance = sum(left[value] * right[value] for value in left)  # times total, as whole numbers
    if total == 0 or by_chance == total * total:
        return None
    same = sum(count for (one, other), count in pairs.items() if one == other)
    return (same * total - by_chance) / (total * total - by_chance)


def _pairs(left: Spans[Said], right: Spans[Said]) -> Counter[tuple[str, str]]:
    """Count frames by what both say of them."""
    pairs: Counter[tuple[str, str]] = Counter()
    for first, last in cuts((left, right)):
        one, other = left.at(first), right.at(first)
        if one and other and one.value and other.value:
            pairs[comparable(one.value), comparable(other.value)] += last - first + 1
    return pairs
