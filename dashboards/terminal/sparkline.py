"""A history of figures as a line of bars, one character each. Pure."""

import math
from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int, limit: float = 0.0) -> str:
    """Return the newest `width` values as bars, the newest at the right.

    Args:
        values: From 0 on, the newest last; zeros, where nothing was measured, are blank.
        width: Characters.
        limit: What a full bar stands for, and everything above it; 0: the largest value shown.

    Bars grow with the square root: of a limit of 16.7 ms, 1 ms and 2 ms can still be told apart.
    """
    shown = list(values)[-width:] if width > 0 else []
    full = limit or max(shown, default=0.0)
    bars = "".join(_bar(value / full) if value > 0 and full else " " for value in shown)
    return bars.rjust(max(width, 0))


def _bar(part: float) -> str:
    return _BARS[min(int(math.sqrt(part) * len(_BARS)), len(_BARS) - 1)]
