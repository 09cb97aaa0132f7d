"""Shapes that join up with their neighbours: paths, water, rock seen from above.

A cell's quarter is one of five variants: outer corner, top or bottom edge, side edge, notch, no edge.
"""

from __future__ import annotations

from collections.abc import Callable
from math import hypot

from .canvas import Canvas

Texture = Callable[[int, int], str]
#: Distance in pixels from the shape's edge, then x and y in the cell -> colour.
Edge = Callable[[float, int, int], str]

INSIDE = 99.0


def edge_distance(variant: int, x: int, y: int) -> float:
    """Return how far a pixel is from the edge of its shape.

    `variant` is 0 outer corner, 1 top or bottom edge, 2 side edge, 3 notch, 4 no edge; `x` and `y`
    count from the cell's outer corner in this quarter.
    """
    round_by = 6
    if variant == 0:
        if x < round_by and y < round_by:
            return round_by - hypot(round_by - x - 0.5, round_by - y - 0.5)
        return min(x, y) + 0.5
    if variant == 1:
        return y + 0.5
    if variant == 2:
        return x + 0.5
    return hypot(x + 0.5, y + 0.5) if variant == 3 else INSIDE


def blob(edge: Edge) -> list[Canvas]:
    """Draw the five variants of a joining shape; each canvas holds all four quarters of one variant."""
    return [
        [[edge(edge_distance(variant, min(x, 15 - x), min(y, 15 - y)), x, y) for x in range(16)] for y in range(16)]
        for variant in range(5)
    ]
