"""Backdrops of battles, 32x160 and joining sideways."""

from __future__ import annotations

from math import pi, sin

from .canvas import Canvas, noise

WIDTH, HEIGHT = 32, 160
HORIZON = 64


def banded(ramp: tuple[str, ...], part: float, x: int, y: int) -> str:
    """Return a ramp's colour for 0 to 1, with a dithered row between bands."""
    step = min(max(part, 0.0), 0.999) * len(ramp)
    whole = int(step)
    close = step - whole > 0.8 and (x + y) % 2 == 0
    return ramp[min(whole + close, len(ramp) - 1)]


def backdrop(sky: tuple[str, ...], far: tuple[str, str], near: tuple[str, ...]) -> Canvas:
    """Draw sky from top to horizon, two ridges of far colours, and ground that lightens towards the front."""
    canvas: Canvas = []
    for y in range(HEIGHT):
        row = []
        for x in range(WIDTH):
            ridge = HORIZON - 14 - 5 * sin(2 * pi * x / WIDTH) - 2 * sin(6 * pi * x / WIDTH)
            nearer = HORIZON - 6 - 3 * sin(2 * pi * (x + 9) / WIDTH) - 1.5 * sin(8 * pi * x / WIDTH)
            if y < ridge:
                row.append(banded(sky, y / HORIZON, x, y))
            elif y < nearer:
                row.append(far[1])
            elif y < HORIZON:
                row.append(far[0])
            else:
                depth = (y - HORIZON) / (HEIGHT - HORIZON)
                fleck = noise(x // 3 % 10, y // 2, 90) > 240 and y > HORIZON + 8
                row.append(banded(near, depth * 1.4 + 0.12 * fleck, x, y))
        canvas.append(row)
    return canvas
