"""What a cell can be, and what can happen to who tries it."""

from enum import IntEnum, StrEnum


class TileType(IntEnum):
    """The types of requirement C6.3, and unknown."""

    UNKNOWN = 0
    WALKABLE_GRASS = 1
    WALKABLE_PATH = 2
    OBSTACLE_WALL = 3
    OBSTACLE_WATER = 4
    INTERACTIVE_NPC = 5
    INTERACTIVE_DOOR = 6
    INTERACTIVE_ITEM = 7
    INTERACTIVE_CHEST = 8

    @property
    def token(self) -> str:
        """The name of C6.3: `walkable_grass`."""
        return self.name.lower()


class Outcome(StrEnum):
    """What came of trying a cell."""

    WALKED = "walked"  # it was entered
    BLOCKED = "blocked"  # it was not, though a direction was held long enough
    HURT = "hurt"  # health fell on entering it or standing there
    SPOKE = "spoke"  # a text began when A was pressed at it
    DOOR = "door"  # the area changed from it
    ITEM = "item"  # a count rose when it was entered or A was pressed at it
    LEDGE = "ledge"  # it could be passed one way only


#: In this order everywhere that counts lie in an array.
OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)

WALKABLE = frozenset({TileType.WALKABLE_GRASS, TileType.WALKABLE_PATH})
OBSTACLES = frozenset({TileType.OBSTACLE_WALL, TileType.OBSTACLE_WATER})
INTERACTIVE = frozenset(
    {TileType.INTERACTIVE_NPC, TileType.INTERACTIVE_DOOR, TileType.INTERACTIVE_ITEM, TileType.INTERACTIVE_CHEST}
)
