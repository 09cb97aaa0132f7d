"""What lies around the player on the grid: free ways, blocked ones, things to act on. For text and tokens."""

from dataclasses import dataclass

import numpy as np

from agents.perception.kinds import INTERACTIVE, OBSTACLES, TileType
from agents.perception.sight import Cell, Sight
from agents.perception.trials import STEPS

#: What cannot be walked through as far as is known; a door can, and an item is taken on the way.
_SOLID = OBSTACLES | {TileType.INTERACTIVE_NPC, TileType.INTERACTIVE_CHEST}

#: A type below this confidence counts as unknown, in words and colours: guesses above it were right 9 times in 10.
SURE = 0.5


@dataclass(frozen=True)
class Thing:
    """Something to act on, or somebody.

    Attributes:
        cell: Where.
        name: npc, door, item, chest; "someone" for who stands there and was not spoken to.
    """

    cell: Cell
    name: str


@dataclass(frozen=True)
class Surroundings:
    """Around the player; directions are up, down, left, right.

    Attributes:
        walkable: Cells of the 3x3 area around the player, without his own, that can be walked.
        obstacles: Those that cannot.
        unknown: Those not known, or not on the screen.
        ahead: Free cells in the direction faced, as far as the screen shows.
        free: Directions that are free.
        blocked: Directions that are not, with what blocks.
        things: What can be acted on, the nearest first.
    """

    walkable: int
    obstacles: int
    unknown: int
    ahead: int
    free: tuple[str, ...]
    blocked: dict[str, str]
    things: tuple[Thing, ...]


def survey(sight: Sight) -> Surroundings | None:
    """Look around the player; None where the picture shows no map or no player."""
    if not sight.is_map or sight.player is None:
        return None
    x, y = sight.player
    around = [(x + dx, y + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dx or dy]
    standings = [_standing(sight, *cell) for cell in around]
    sides = {name: _standing(sight, x + dx, y + dy) for name, (dx, dy) in STEPS.items()}
    return Surroundings(
        walkable=standings.count(""),
        obstacles=sum(standing not in ("", "unknown") for standing in standings),
        unknown=standings.count("unknown"),
        ahead=_ahead(sight),
        free=tuple(name for name, standing in sides.items() if standing == ""),
        blocked={name: standing for name, standing in sides.items() if standing not in ("", "unknown")},
        things=_things(sight),
    )


def name_of(kind: TileType) -> str:
    """Return the short word for a type, such as wall, water, npc or door."""
    return kind.token.rpartition("_")[2]


def _standing(sight: Sight, x: int, y: int) -> str:
    """Return what blocks a cell; empty when it is free, "unknown" when nobody knows."""
    if (x, y) not in sight:
        return "unknown"
    place = (y - sight.y0, x - sight.x0)
    if sight.sprites[place]:
        return "someone"
    kind = TileType(sight.types[place])
    if kind is TileType.UNKNOWN or sight.confidence[place] < SURE:
        return "unknown"
    return name_of(kind) if kind in _SOLID else ""


def _ahead(sight: Sight) -> int:
    if sight.player is None or sight.facing not in STEPS:
        return 0
    dx, dy = STEPS[sight.facing]
    x, y = sight.player
    count = 0
    while _standing(sight, x + dx * (count + 1), y + dy * (count + 1)) == "":
        count += 1
    return count


def _things(sight: Sight) -> tuple[Thing, ...]:
    assert sight.player is not None
    kinds = _IS_INTERACTIVE[sight.types] & (sight.confidence >= SURE)
    found = []
    for row, column in zip(*np.nonzero(kinds | sight.sprites), strict=True):
        kind = TileType(int(sight.types[row, column]))
        known = kind in INTERACTIVE and bool(kinds[row, column])
        found.append(Thing((sight.x0 + int(column), sight.y0 + int(row)), name_of(kind) if known else "someone"))
    x, y = sight.player
    return tuple(sorted(found, key=lambda thing: (abs(thing.cell[0] - x) + abs(thing.cell[1] - y), thing.cell)))


def in_sight(sight: Sight) -> frozenset[TileType]:
    """Return the types that are on the screen, told surely enough."""
    counts = np.bincount(sight.types[sight.confidence >= SURE], minlength=len(TileType))
    return frozenset(kind for kind in TileType if kind and counts[kind])


_IS_INTERACTIVE = np.array([kind in INTERACTIVE for kind in TileType])
