"""What may be known: labels of nodes and relations between them, with their properties (C11.1, C11.2, C11.4).

Properties are flat (R7): a place is `area`, `x`, `y`, an area's bounds `x1`, `y1`, `x2`, `y2`, an objective's target
`target_area`, `target_x`, `target_y`. What a key says (`tile:3:12:7`) need not be said again: `complete` fills it in.

A property of type COUNT only grows; one of type LATCH, once true, stays so. `agents.knowledge.merging` goes by that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agents.knowledge.errors import FactError
from agents.knowledge.keys import KEY, name_of, place_of, prefix_of
from runtime.wire import Fact, Scalar

#: Grows with every change that an old program would misread; `agents.knowledge.migrations` brings a store up to it.
VERSION = 1

INT, FLOAT, TEXT, FLAG = "int", "float", "str", "bool"
COUNT, LATCH = "count", "latch"  # an int that only grows; a bool that, once true, stays so

_TYPES: Mapping[str, tuple[type, ...]] = {
    INT: (int,),
    FLOAT: (int, float),
    TEXT: (str,),
    FLAG: (bool,),
    COUNT: (int,),
    LATCH: (bool,),
}

#: Stores keep 64-bit integers.
_LARGEST_INT = 2**63 - 1

#: A dialogue's page is at most a few hundred characters; longer texts are no property of a node.
_LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Label:
    """A kind of node.

    Attributes:
        prefix: What its keys begin with.
        props: Allowed properties and their types.
        required: Those it must have once `complete` has been at it.
    """

    prefix: str
    props: Mapping[str, str]
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A kind of relation.

    Attributes:
        sources: Labels at which it may begin.
        targets: Labels at which it may end.
        props: Allowed properties and their types.
        derived: Whether the nodes' own keys and properties say it, so that it need not be told on the bus.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    props: Mapping[str, str] = field(default_factory=dict)
    derived: bool = False


_PLACE = {"area": INT, "x": INT, "y": INT}
_PLACED = ("area", "x", "y")
_SOURCE = {"source": TEXT, "confidence": FLOAT, "frame": INT}  # who says so, how sure, on which frame

LABELS: Mapping[str, Label] = {
    "Game": Label("game", {"id": TEXT, "title": TEXT, "console": TEXT, "episodes": COUNT, **_SOURCE}, ("id",)),
    "Player": Label(
        "player",
        {
            **{
                "game_id": TEXT,
                "level": INT,
                "health": INT,
                "max_health": INT,
                "xp": INT,
                "gold": INT,
                "progress": INT,
            },
            **_PLACE,
            **_SOURCE,
        },
        ("game_id",),
    ),
    "Area": Label(
        "area",
        {
            **{"id": INT, "name": TEXT, "x1": INT, "y1": INT, "x2": INT, "y2": INT, "discovered": LATCH},
            **{"width": INT, "height": INT, "visits": COUNT, "scene": TEXT, "explored": FLOAT, "indoors": FLAG},
            **_SOURCE,
        },
        ("id",),
    ),
    "Tile": Label(
        "tile",
        {
            **_PLACE,
            **{"type": TEXT, "look": TEXT, "walked": COUNT, "blocked": COUNT, "hurt": COUNT, "seen": COUNT},
            **{"ledge": TEXT, "hazard": FLAG, "press": TEXT, "game_id": TEXT, "heals": FLAG, "spoke": LATCH},
            **{"ways": INT, "stops": INT, "stopped_frame": INT, "stopped_at": INT, "tried": INT, **_SOURCE},
        },
        _PLACED,
    ),
    "TileKind": Label(
        "kind",
        {
            **{"type": TEXT, "walked": COUNT, "blocked": COUNT, "hurt": COUNT, "talked": COUNT, "seen": COUNT},
            **{"ways": INT, "stops": INT, "silent": COUNT},
            **{"taken": COUNT, "led": COUNT, "fought": COUNT, "ledge": TEXT, "look": TEXT, "name": TEXT, **_SOURCE},
        },
    ),
    "NPC": Label(
        "npc",
        {
            **_PLACE,
            **{"name": TEXT, "role": TEXT, "text": TEXT, "met": LATCH, "talks": COUNT, "look": TEXT, "gives": TEXT},
            **{"at_x": INT, "at_y": INT, "talked": INT},
            **{"wants": TEXT, "sells": TEXT, "hostile": FLAG, "moves": FLAG, "gone": FLAG, "heals": FLAG, **_SOURCE},
        },
        _PLACED,
    ),
    "Item": Label(
        "item",
        {**_PLACE, **{"name": TEXT, "taken": LATCH, "look": TEXT, "count": INT, "price": INT}, **_SOURCE},
        _PLACED,
    ),
    "Door": Label(
        "door",
        {
            **_PLACE,
            **{"name": TEXT, "locked": FLAG, "needs": TEXT, "press": TEXT, "look": TEXT, "used": COUNT},
            **_SOURCE,
        },
        _PLACED,
    ),
    "Quest": Label(
        "quest",
        {
            **{"id": TEXT, "name": TEXT, "type": TEXT, "status": TEXT, "priority": INT, "parent": TEXT},
            **{"giver": TEXT, "area": INT, "x": INT, "y": INT, "text": TEXT, "done": INT, "steps": INT, **_SOURCE},
        },
        ("id",),
    ),
    "Objective": Label(
        "objective",
        {
            **{"quest": TEXT, "index": INT, "description": TEXT, "status": TEXT, "completion_criteria": TEXT},
            **{"target_area": INT, "target_x": INT, "target_y": INT, "press": TEXT, "kind": TEXT, "what": TEXT},
            **{"who": TEXT, "where": TEXT, "needs": TEXT, **_SOURCE},
        },
        ("quest", "index"),
    ),
    "Todo": Label(
        "todo",
        {
            **{"type": TEXT, "action": TEXT, "description": TEXT, "priority": INT, "status": TEXT},
            **{"target_area": INT, "target_x": INT, "target_y": INT, "target": TEXT, **_SOURCE},
        },
    ),
    "Experience": Label(
        "experience",
        {
            **{"plan": TEXT, "goal": TEXT, "strategy": TEXT, "outcome": TEXT, "context": TEXT, "reason": TEXT},
            **{"tried": COUNT, "succeeded": COUNT, "failed": COUNT, "frames": INT, "health": INT, "model": TEXT},
            **_PLACE,
            **_SOURCE,
        },
    ),
    "Recipe": Label(
        "recipe",
        {
            **{"situation": TEXT, "strategy": TEXT, "actions": TEXT, "goal": TEXT, "tried": COUNT, "worked": COUNT},
            **{"frames": INT, "context": TEXT, **_PLACE, **_SOURCE},
        },
    ),
}

_ON_A_CELL = ("NPC", "Item", "Door")

RELATIONS: Mapping[str, Relation] = {
    "HAS_OBJECTIVE": Relation(("Quest",), ("Objective",), derived=True),
    "LOCATED_IN": Relation(
        (*_ON_A_CELL, "Player", "Objective", "Quest", "Experience", "Recipe"), ("Area",), derived=True
    ),
    "CONTAINS_TILE": Relation(("Area",), ("Tile",), derived=True),
    "OF_KIND": Relation(("Tile",), ("TileKind",), derived=True),
    "HAS_QUEST": Relation(("Game",), ("Quest",), derived=True),
    "LEADS_TO": Relation(
        ("Tile", "Door", "Area"),
        ("Tile", "Door", "Area"),
        {
            **{
                "press": TEXT,
                "locked": FLAG,
                "needs": TEXT,
                "one_way": FLAG,
                "used": COUNT,
                "cost": INT,
                "failed": COUNT,
            },
            **{"kind": TEXT, **_SOURCE},
        },
    ),
    "GIVES_QUEST": Relation(("NPC",), ("Quest",), dict(_SOURCE)),
    "PART_OF": Relation(("Quest",), ("Quest",), dict(_SOURCE)),
    "OPENS": Relation(("Item",), ("Door", "Tile"), dict(_SOURCE)),
    "SERVES": Relation(("Experience", "Recipe", "Todo"), ("Quest", "Objective"), dict(_SOURCE)),
}

#: What is true within one game only, by label: who begins another has these back. It is kept, and not told.
OF_ONE_GAME: Mapping[str, tuple[str, ...]] = {
    "Tile": ("tried", "stopped_frame", "stopped_at"),
    "NPC": ("talked", "gone"),
    "Item": ("taken",),
    "Player": ("progress", "health", "area", "x", "y"),
}

LABEL_OF: Mapping[str, str] = {label.prefix: name for name, label in LABELS.items()}


def label_of(key: str) -> str:
    """Return the label of the node that a key names.

    Raises:
        FactError: No label's keys look like that.
    """
    if not KEY.fullmatch(key) or prefix_of(key) not in LABEL_OF:
        allowed = ", ".join(f"{prefix}:…" for prefix in LABEL_OF)
        raise FactError("node", key, f"{key!r} is no key; allowed are {allowed}, of letters, digits and _ . : -")
    return LABEL_OF[prefix_of(key)]


def complete(key: str, props: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return a node's properties with those that its key says.

    Raises:
        FactError: They say otherwise than the key, or the key is none.
    """
    said = _said_by(label_of(key), key)
    for name, value in said.items():
        if props.get(name, value) != value:
            raise FactError(label_of(key), key, f"{name} {props[name]!r}: the key says {value!r}")
    return {**said, **props}


def check(fact: Fact) -> None:
    """Check that a fact follows the schema.

    Raises:
        FactError: It does not; it says what is allowed.
    """
    if fact.to:
        _check_relation(fact)
    else:
        _check_node(fact)


def allowed(fact: Fact) -> Fact:
    """Return a fact without the properties that the schema does not know."""
    table = RELATIONS.get(fact.kind) if fact.to else LABELS.get(fact.kind)
    if table is None or fact.props.keys() <= table.props.keys():
        return fact
    return Fact(fact.kind, fact.key, {n: value for n, value in fact.props.items() if n in table.props}, fact.to)


def outlasting(fact: Fact) -> Fact:
    """Return a fact without what is true within one game only."""
    passing = OF_ONE_GAME.get(fact.kind, ())
    if fact.to or fact.props.keys().isdisjoint(passing):
        return fact
    return Fact(fact.kind, fact.key, {n: value for n, value in fact.props.items() if n not in passing})


def derived(key: str, props: Mapping[str, Scalar], game: str) -> Iterable[Fact]:
    """Yield the relations that a node's key and properties say."""
    label = label_of(key)
    if label == "Tile":
        yield Fact("CONTAINS_TILE", f"area:{props['area']}", {}, key)
        if props.get("look"):
            yield Fact("OF_KIND", key, {}, f"kind:{props['look']}")
    elif label == "Objective":
        yield Fact("HAS_OBJECTIVE", f"quest:{props['quest']}", {}, key)
        if int(props.get("target_area", -1)) >= 0:
            yield Fact("LOCATED_IN", key, {}, f"area:{props['target_area']}")
    else:
        if label == "Quest" and game:
            yield Fact("HAS_QUEST", f"game:{game}", {}, key)
        if label in RELATIONS["LOCATED_IN"].sources and int(props.get("area", -1)) >= 0:
            yield Fact("LOCATED_IN", key, {}, f"area:{props['area']}")


def prop_type(kind: str, name: str) -> str:
    """Return the type of a property of a label or relation; TEXT for one that the schema does not know."""
    table = LABELS.get(kind) or RELATIONS.get(kind)
    return table.props.get(name, TEXT) if table else TEXT


def _check_node(fact: Fact) -> None:
    if fact.kind not in LABELS:
        raise FactError(fact.kind, fact.key, f"no label {fact.kind!r}; there are {', '.join(LABELS)}")
    label = LABELS[fact.kind]
    if label_of(fact.key) != fact.kind:
        raise FactError(fact.kind, fact.key, f"its key must begin with {label.prefix!r}:")
    props = complete(fact.key, fact.props)
    _check_props(fact, label.props)
    if missing := [name for name in label.required if name not in props]:
        raise FactError(fact.kind, fact.key, f"lacks {', '.join(missing)}, which neither key nor properties say")


def _check_relation(fact: Fact) -> None:
    if fact.kind not in RELATIONS:
        raise FactError(fact.kind, fact.key, f"no relation {fact.kind!r}; there are {', '.join(RELATIONS)}")
    relation = RELATIONS[fact.kind]
    for key, allowed, end in ((fact.key, relation.sources, "begins"), (fact.to, relation.targets, "ends")):
        if label_of(key) not in allowed:
            raise FactError(fact.kind, fact.key, f"it {end} at {key}; allowed are {', '.join(allowed)}")
        complete(key, {})
    _check_props(fact, relation.props)


def _check_props(fact: Fact, allowed: Mapping[str, str]) -> None:
    for name, value in fact.props.items():
        if name not in allowed:
            raise FactError(fact.kind, fact.key, f"no property {name!r}; there are {', '.join(allowed) or 'none'}")
        if problem := _problem(value, allowed[name]):
            raise FactError(fact.kind, fact.key, f"{name} {value!r}: {problem}")


def _problem(value: Scalar, wanted: str) -> str:
    """Return why a value is not of a type; empty when it is."""
    types = _TYPES[wanted]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        return f"wanted {wanted}, got {type(value).__name__}"
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return f"{len(value)} characters; allowed are {_LONGEST_TEXT}"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        return "no finite number"
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        return "beyond 64 bits"
    if wanted == COUNT and value < 0:  # type: ignore[operator]  # an int, checked above
        return "a count is 0 or more"
    return ""


def _said_by(label: str, key: str) -> dict[str, Scalar]:
    """Return the properties that a key says."""
    name = name_of(key)
    place = place_of(key)
    if label in ("Tile", *_ON_A_CELL):
        if place.y == -1 and not key.endswith(":-1"):
            raise FactError(label, key, "its key must be area:x:y, whole numbers")
        return {"area": place.area, "x": place.x, "y": place.y}
    if label == "Area":
        if name != str(place.area):
            raise FactError(label, key, "its key must end in a whole number")
        return {"id": place.area}
    if label in ("Game", "Quest"):
        return {"id": name}
    if label == "Player":
        return {"game_id": name}
    if label == "Objective":
        quest, _, index = name.rpartition(":")
        if not quest or not index.isdigit():
            raise FactError(label, key, "its key must be quest:index")
        return {"quest": quest, "index": int(index)}
    return {}
