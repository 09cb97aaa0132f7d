"""Large pictures built of lit balls and limbs: what the player fights.

A ramp is colour names from dark to light. Light falls from the upper left.
"""

from __future__ import annotations

from itertools import pairwise
from math import hypot

from .canvas import Canvas, noise, stamp
from .palette import TRANSPARENT

Ramp = tuple[str, ...]


def shade(ramp: Ramp, light: float, x: int, y: int) -> str:
    """Return the ramp's colour for a light of 0 to 1, dithered between steps."""
    step = min(max(light, 0.0), 0.999) * len(ramp)
    whole = int(step)
    if step - whole > 0.72 and (x + y) % 2 and whole + 1 < len(ramp):
        whole += 1
    return ramp[whole]


class Sculpture:
    """A square picture that shapes are put on, the later ones in front."""

    def __init__(self, size: int = 64) -> None:
        self.canvas: Canvas = [[TRANSPARENT] * size for _ in range(size)]

    def ball(self, cx: float, cy: float, rx: float, ry: float, ramp: Ramp, rough: int = 0) -> None:
        """Put an ellipsoid; `rough` (0 to 100) roughens its surface."""
        for y, row in enumerate(self.canvas):
            for x in range(len(row)):
                dx, dy = (x + 0.5 - cx) / rx, (y + 0.5 - cy) / ry
                depth = hypot(dx, dy)
                if depth >= 1:
                    continue
                height = (1 - depth * depth) ** 0.5
                light = 0.12 + 0.62 * height - 0.26 * dx - 0.36 * dy
                light += (noise(x, y, rough) - 128) / 128 * rough / 100
                row[x] = shade(ramp, light, x, y)

    def limb(self, points: list[tuple[float, float, float]], ramp: Ramp, rough: int = 0) -> None:
        """Put a chain of balls (x, y, radius) with the gaps filled."""
        for (x0, y0, r0), (x1, y1, r1) in pairwise(points):
            steps = max(1, round(hypot(x1 - x0, y1 - y0)))
            for i in range(steps + 1):
                part = i / steps
                radius = r0 + (r1 - r0) * part
                self.ball(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part, radius, radius, ramp, rough)

    def blade(
        self, tip: tuple[float, float], left: tuple[float, float], right: tuple[float, float], ramp: Ramp
    ) -> None:
        """Put a triangle that is light on its left side: an ear, a tooth, a spike, a wing."""

        def side(a: tuple[float, float], b: tuple[float, float], x: float, y: float) -> float:
            return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])

        whole = side(left, right, *tip)
        for y, row in enumerate(self.canvas):
            for x in range(len(row)):
                centre = (x + 0.5, y + 0.5)
                weights = [side(*edge, *centre) / whole for edge in ((left, right), (right, tip), (tip, left))]
                if min(weights) >= 0:
                    row[x] = shade(ramp, 0.15 + 0.8 * weights[1], x, y)

    def stamp(self, x: int, y: int, picture: str, ink: dict[str, str]) -> None:
        """Draw a text picture; "." leaves what is there."""
        stamp(self.canvas, x, y, picture, ink)

    def mirrored(self) -> None:
        """Make the right half the left one's mirror image."""
        for row in self.canvas:
            half = len(row) // 2
            row[half:] = row[:half][::-1]

    def outlined(self, colour: str) -> Canvas:
        """Return the picture with a line around everything, inside the canvas."""
        size = len(self.canvas)

        def solid(x: int, y: int) -> bool:
            return 0 <= x < size and 0 <= y < size and self.canvas[y][x] != TRANSPARENT

        return [
            [
                colour
                if not solid(x, y) and any(solid(x + dx, y + dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)))
                else self.canvas[y][x]
                for x in range(size)
            ]
            for y in range(size)
        ]
