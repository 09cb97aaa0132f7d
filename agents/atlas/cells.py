"""Cells of an area's map, the D-pad's steps between them, and the keys under which facts name them."""

from collections.abc import Mapping

Cell = tuple[int, int]  # x, y; y grows downwards
Place = tuple[int, Cell]  # area, cell

#: The D-pad's directions as steps on the grid, in the order in which equal ways are tried.
STEPS: Mapping[str, Cell] = {"UP": (0, -1), "DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0)}

#: One bit a direction, for what is known of entering a cell that way.
BITS: Mapping[str, int] = {"UP": 1, "DOWN": 2, "LEFT": 4, "RIGHT": 8}

OPPOSITE: Mapping[str, str] = {"UP": "DOWN", "DOWN": "UP", "LEFT": "RIGHT", "RIGHT": "LEFT"}


def beside(cell: Cell, direction: str) -> Cell:
    """Return the next cell in a direction."""
    dx, dy = STEPS[direction]
    return cell[0] + dx, cell[1] + dy


def towards(start: Cell, to: Cell) -> str:
    """Return the D-pad button that leads from a cell towards another; empty when they are the same."""
    dx, dy = to[0] - start[0], to[1] - start[1]
    if abs(dx) >= abs(dy):
        return "RIGHT" if dx > 0 else "LEFT" if dx < 0 else ""
    return "DOWN" if dy > 0 else "UP"


def distance(one: Cell, other: Cell) -> int:
    """Return the steps between two cells where nothing is in the way."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def cell_key(label: str, area: int, cell: Cell) -> str:
    """Return the key of what is in a cell: "tile:3:12:7" for the label "tile"."""
    return f"{label}:{area}:{cell[0]}:{cell[1]}"


def place_of(key: str) -> Place | None:
    """Return the area and cell that a key names; None when it names none."""
    parts = key.split(":")
    try:
        _, area, x, y = parts
        return int(area), (int(x), int(y))
    except ValueError:
        return None
