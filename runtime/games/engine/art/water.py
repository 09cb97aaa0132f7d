"""Water that ripples: the same drawing in every cartridge, so that it is known again by its shape."""

from __future__ import annotations

from .canvas import noise
from .joins import Edge, Texture


def water_at(x: int, y: int) -> str:
    """Ripples: each row band shows the four cycling colours in turn along a slanted line."""
    band = (y // 4) % 2
    phase = (x + 8 * band + (y % 4 == 2)) % 16
    if y % 4 == 1 and phase < 6:
        return ["water_a", "water_b", "water_c", "water_d"][(phase // 2 + y // 4) % 4]
    if y % 4 == 2 and 2 <= phase < 5:
        return "water_b"
    return "water_deep" if noise(x, y, 33) > 246 else "water_still"


def water_edge(outside: Texture) -> Edge:
    """Return how water is coloured between banks of `outside`."""

    def edge(distance: float, x: int, y: int) -> str:
        if distance < 1:
            return outside(x, y)
        if distance < 2:
            return "bank"
        if distance < 3:
            return "foam" if noise(x, y, 34) > 50 else "water_d"
        if distance < 4:
            return "water_c" if (x + y) % 2 else "water_b"
        return water_at(x, y)

    return edge
