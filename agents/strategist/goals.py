"""What could be done next, as far as atlas and quests tell, with the way's cost: errands for the strategist to rank."""

from collections.abc import Iterator
from dataclasses import dataclass

from agents.atlas.atlas import Atlas
from agents.atlas.cells import Cell
from agents.atlas.known import Npc
from agents.atlas.routes import Reach
from agents.quests.progress import same_thing
from agents.quests.targets import Target
from agents.strategist.plan import Strategy
from agents.tactics.errands import Errand, cost_of

#: Words of things that are shut or not ready; a sign that only tells the way has none of them.
_WAITING = ("lock", "key", "shut", "closed", "gate", "cold", "cannot", "not yet", "too ", "need", "stuck", "bar")


@dataclass(frozen=True)
class Goal:
    """Something to do.

    Attributes:
        strategy: What kind of thing it is.
        what: For people.
        area: Where.
        cell: At which cell.
        press: What to press there; empty to be there.
        why: For people.
        key: What makes it the same goal though somebody has moved.
        cost: Of the way, in half steps; -1 where no way is known.
        main: Whether it is the main story's, or comes before all.
    """

    strategy: Strategy
    what: str
    area: int
    cell: Cell
    press: tuple[str, ...]
    why: str
    key: str
    cost: int = -1
    main: bool = False


def of_target(atlas: Atlas, reach: Reach, target: Target) -> Goal | None:
    """Return the goal of a quest's objective; None while nobody knows where it is."""
    area, cell = target.place.area, (target.place.x, target.place.y)
    if area < 0:
        npc = _called(atlas, target.what) or _called(atlas, target.where)
        if npc is None:
            return None
        area, cell = npc.area, npc.cell
    thing = atlas.area(area).tiles.get(cell)
    answers = target.kind in {"talk", "given"} or (thing is not None and thing.spoke and not thing.ways)
    press = (target.press,) if target.press else ("A",) if answers else ()
    return Goal(
        "interact" if press else "goto",
        target.description,
        area,
        cell,
        press,
        f"{target.type} {target.quest}",
        f"{target.quest}:{target.index}",
        _cost(atlas, reach, area, cell, press),
        main=target.urgent or target.type == "main_story",
    )


def refused(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield the things that spoke and may answer otherwise since the game came on: a locked door, a cold shrine."""
    somebody = {(npc.area, npc.cell) for npc in atlas.npcs.values() if not npc.gone and not _is_shut(npc)}
    for number in reach.legs:
        for cell, tile in atlas.area(number).tiles.items():
            if tile.spoke and not tile.ways and tile.tried < atlas.progress and (number, cell) not in somebody:
                cost = _cost(atlas, reach, number, cell, ("A",))
                if cost >= 0:
                    yield Goal("interact", "try it again", number, cell, ("A",), "the game came on", f"{cell}", cost)


def people(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield those who may have something new to say since the game came on."""
    for npc in atlas.npcs.values():
        if npc.hostile or npc.gone or npc.talked < 0 or npc.talked >= atlas.progress:
            continue
        cost = _cost(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
        if cost >= 0:
            who = npc.name or "somebody"
            yield Goal("interact", f"talk to {who}", npc.area, npc.cell, ("A",), "the game came on", npc.key, cost)


def healers(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield the places where health is to be had."""
    for number in reach.legs:
        for cell, tile in atlas.area(number).tiles.items():
            if tile.heals:
                cost = _cost(atlas, reach, number, cell, ("A",))
                if cost >= 0:
                    yield Goal("heal", "heal", number, cell, ("A",), "health is low", f"heal {cell}", cost)
    for npc in atlas.npcs.values():
        if npc.heals and not npc.gone:
            cost = _cost(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
            if cost >= 0:
                yield Goal("heal", "rest", npc.area, npc.cell, ("A",), "health is low", f"heal {npc.key}", cost)


def sellers(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield those who keep a shop."""
    for npc in atlas.npcs.values():
        if npc.sells and not npc.gone:
            cost = _cost(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
            if cost >= 0:
                who = npc.name or "a shop"
                yield Goal("buy", f"buy at {who}", npc.area, npc.cell, ("A",), "gold to spend", f"buy {npc.key}", cost)


def _is_shut(npc: Npc) -> bool:
    """Return whether a thing's words say that it waits for something: a lock for its key, a shrine for its flame."""
    return npc.role == "sign" and any(word in npc.text.lower() for word in _WAITING)


def _called(atlas: Atlas, name: str) -> Npc | None:
    """Return who goes by a name."""
    if not name:
        return None
    return next((npc for npc in atlas.npcs.values() if npc.name and same_thing(name, npc.name)), None)


def _cost(atlas: Atlas, reach: Reach, area: int, cell: Cell, press: tuple[str, ...], npc: str = "") -> int:
    errand = Errand("act" if press else "go", area, cell, press, npc=npc)
    cost = cost_of(atlas.area(area), atlas.kinds, reach, errand) if area in reach.legs else None
    return -1 if cost is None else cost
