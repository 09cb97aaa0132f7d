"""Ages in seconds as quantiles and as a histogram of characters."""

import math
from bisect import bisect_left
from collections.abc import Sequence

#: Upper ends, seconds; .0167 is one frame at 60 Hz. What is above the last is counted after it.
BUCKETS_S = (0.001, 0.002, 0.004, 0.008, 0.012, 0.0167, 0.025, 0.033, 0.05, 0.1, 0.25, 1.0)

_BAR_WIDTH = 50

#: What is reported of ages, and the share of them that is not above it.
SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` of all are not above (nearest rank).

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values have no quantile")
    rank = math.ceil(share * len(values))
    return sorted(values)[max(rank, 1) - 1]


def counts(ages_s: Sequence[float]) -> list[int]:
    """Return how many are in each bucket, upper end included, and last how many are above all."""
    found = [0] * (len(BUCKETS_S) + 1)
    for age_s in ages_s:
        found[bisect_left(BUCKETS_S, age_s)] += 1
    return found


def histogram(ages_s: Sequence[float], bar: str = "█") -> list[str]:
    """Return one line a bucket, between the first and the last that is not empty."""
    found = counts(ages_s)
    full = [i for i, count in enumerate(found) if count]
    if not full:
        return []
    most = max(found)
    lines = []
    for i in range(full[0], full[-1] + 1):
        length = math.ceil(found[i] / most * _BAR_WIDTH)
        share = found[i] / len(ages_s)
        lines.append(f"{_label(i)}  {found[i]:>7,}  {share:>6.1%}  {bar * length}".rstrip())
    return lines


def summary(ages_s: Sequence[float]) -> str:
    """Return p50, p95, p99 and the maximum in milliseconds."""
    return "  ".join(f"{name} {quantile(ages_s, share) * 1000:8.3f} ms" for name, share in SHARES)


def _label(index: int) -> str:
    if index == len(BUCKETS_S):
        return f" > {BUCKETS_S[-1] * 1000:6g} ms"
    return f"<= {BUCKETS_S[index] * 1000:6g} ms"
