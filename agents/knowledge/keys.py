"""Keys of nodes: what a thing is called wherever it is known, so that two who learn of it mean the same node.

    game:emberwood   player:emberwood   area:3   tile:3:12:7   kind:00f3a1…   npc:3:10:6   item:3:5:2   door:3:10:15
    quest:fetch-herbs   objective:fetch-herbs:0   todo:find_healing   experience:goto:3:light-the-shrine
    recipe:enter-the-cave

Cells are `area:x:y`, x and y in cells of 16 px from the area's top left corner.
"""

import re
from typing import NamedTuple

#: Keys are plain ASCII, so that every store sorts them alike.
KEY = re.compile(r"[a-z]+:[A-Za-z0-9_.:-]{1,160}")

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


class Place(NamedTuple):
    """A cell of an area; -1 where it is not known."""

    area: int = -1
    x: int = -1
    y: int = -1


#: Not known where.
NOWHERE = Place()


def area_key(area: int) -> str:
    """Return the key of an area."""
    return f"area:{area}"


def cell_key(prefix: str, area: int, x: int, y: int) -> str:
    """Return the key of what lies on a cell: prefix "tile", "npc", "item" or "door"."""
    return f"{prefix}:{area}:{x}:{y}"


def quest_key(slug_name: str) -> str:
    """Return the key of a quest."""
    return f"quest:{slug_name}"


def objective_key(slug_name: str, index: int) -> str:
    """Return the key of a quest's objective, counted from 0."""
    return f"objective:{slug_name}:{index}"


def prefix_of(key: str) -> str:
    """Return what kind of thing a key names."""
    return key.partition(":")[0]


def name_of(key: str) -> str:
    """Return a key without its prefix."""
    return key.partition(":")[2]


def place_of(key: str) -> Place:
    """Return where a key says that its thing lies; -1 for what it does not say."""
    prefix, _, rest = key.partition(":")
    parts = rest.split(":")
    if prefix not in ("area", "tile", "npc", "item", "door") or not all(_is_number(part) for part in parts):
        return Place()
    return Place(*(int(part) for part in parts[:3]))


def slug(text: str) -> str:
    """Return a text as part of a key: lower-case words joined by '-', at most 60 characters."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-")[:60].rstrip("-") or "unnamed"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdigit()
