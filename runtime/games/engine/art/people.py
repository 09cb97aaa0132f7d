"""Put people together: the common body, what is worn over it, each person's inks."""

from __future__ import annotations

from dataclasses import dataclass, field

from .bodies import BODY
from .canvas import Canvas, grid
from .hats import HATS
from .palette import TRANSPARENT

#: Character in a sprite -> colour name. "." is transparent.
INK = {
    "k": "ink",
    "h": "hair",
    "H": "hair_light",
    "s": "skin",
    "S": "skin_dark",
    "c": "red",
    "C": "red_dark",
    "w": "cream",
    "p": "navy",
    "b": "boot",
    "y": "straw",
    "a": "white",
    "A": "silver",
}

#: The rows of the body a child lacks: one of the chest, one of the legs.
CHILD_LACKS = (10, 13)


@dataclass(frozen=True)
class Person:
    """Somebody to be drawn in six poses.

    Attributes:
        inks: Where the inks differ from the player's.
        worn: Names of HATS, put on in order.
        small: A child.
    """

    inks: dict[str, str] = field(default_factory=dict)
    worn: tuple[str, ...] = ()
    small: bool = False


def coloured(rows: list[str], ink: dict[str, str]) -> Canvas:
    """Return a text picture in colours."""
    return [[TRANSPARENT if c == "." else ink[c] for c in row] for row in rows]


def dressed(pose: str, person: Person) -> list[str]:
    """Return one pose as text with everything that is worn."""
    rows = grid(BODY[pose], 16)
    view = pose.removesuffix("_walk")
    lowered = 1 if pose == "down" else 0  # the head of this pose alone begins a row lower
    for name in person.worn:
        for y, over in enumerate(grid(HATS[name].get(view, "." * 16), 16), start=lowered):
            rows[y] = "".join(below if c == "." else c for below, c in zip(rows[y], over, strict=True))
    if person.small:
        rows = ["." * 16] * len(CHILD_LACKS) + [row for y, row in enumerate(rows) if y not in CHILD_LACKS]
    return rows


def poses(people: dict[str, Person]) -> dict[str, Canvas]:
    """Return every pose of every person by name, the six poses in a fixed order."""
    return {
        f"{name}_{pose}": coloured(dressed(pose, person), INK | person.inks)
        for name, person in people.items()
        for pose in BODY
    }
