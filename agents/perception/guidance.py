"""What the mind wants and knows, beside what the eyes see: for the overlay, the text and the tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.perception.sight import Cell

#: Facings as compass words: north is up.
COMPASS: Mapping[str, str] = {"up": "north", "down": "south", "left": "west", "right": "east"}


@dataclass(frozen=True)
class Guidance:
    """Where to, and what is known of this area.

    Attributes:
        target: The cell of this area to reach, or to face; None for none.
        path: The cells on the way there, the first one next to the player.
        quest: What is being done, in a few words.
        marks: Cells worth a sign, with a word each: quest givers, goals.
        doors: Cells that lead away, and the name of the area behind each; empty while nobody went through.
        area_name: Of this area.
    """

    target: Cell | None = None
    path: tuple[Cell, ...] = ()
    quest: str = ""
    marks: Mapping[Cell, str] = field(default_factory=dict)
    doors: Mapping[Cell, str] = field(default_factory=dict)
    area_name: str = ""


def compass_to(start: Cell, to: Cell) -> str:
    """Return the way from a cell to another, of eight: north, northeast …; "here" when they are the same.

    A way is straight when the other axis is less than half as long.
    """
    dx, dy = to[0] - start[0], to[1] - start[1]
    if not dx and not dy:
        return "here"
    vertical = ("north" if dy < 0 else "south") if 2 * abs(dy) >= abs(dx) else ""
    horizontal = ("west" if dx < 0 else "east") if 2 * abs(dx) >= abs(dy) else ""
    return vertical + horizontal
