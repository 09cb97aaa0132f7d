"""How benchmark rows are printed."""

import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which `part` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def row(what: str, seen: str, wanted: str = "", *, ok: bool | None = None) -> None:
    """Print one row; `ok` says whether a limit was kept."""
    mark = {True: "ok  ", False: "MISS", None: "    "}[ok]
    print(f"{mark} {what:<58} {seen:<44} {wanted}", flush=True)


def median_of(rounds: Sequence[Sequence[float]], part: float) -> float:
    """Return the median over rounds of a percentile within each."""
    return statistics.median(percentile(values, part) for values in rounds)
