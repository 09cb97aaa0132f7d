"""What could be done next, as far as atlas and quests tell, with the way's cost: errands for the strategist to rank."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from agents.atlas.atlas import Atlas
from agents.atlas.cells import Cell, cell_key
from agents.atlas.known import Npc, Tile
from agents.atlas.routes import Reach
from agents.atlas.unknowns import Unknowns
from agents.knowledge.words import words
from agents.quests.patterns import waits
from agents.quests.progress import same_thing
from agents.quests.targets import Target, score_of
from agents.quests.todos import Todo
from agents.strategist.news import News
from agents.strategist.plan import Strategy
from agents.tactics.errands import Errand, cost_of

#: A side quest's or todo's half steps to a cell.
_HALF_STEPS = 2

#: Words of what is shut: a key may be for it, whatever else it is called.
_SHUT = re.compile(r"\b(?:lock(?:s|ed)?|keyhole|shut|closed|gate|door|chest|barred)\b")

#: Characters that a thing says at most: whoever says more is somebody, who is asked again for other reasons.
_BRIEF = 80

#: How much dearer it is, in half steps, to ask somebody again for each time that they said the same as before.
_DULL = 80


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
        score: What it is worth (C12.2): priority * 100 - distance * 0.1.
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
    score: float = 0.0


@dataclass
class Refused:
    """Something that spoke, waits for something, and may answer otherwise by now.

    Attributes:
        goal: To try it again.
        fits: Whether something has come since that is for it, by its name.
        stage: Whether the main story has gone on since.
    """

    goal: Goal
    fits: bool
    stage: bool


def of_target(atlas: Atlas, reach: Reach, target: Target) -> Goal | None:
    """Return the goal of a quest's objective; None while nobody knows where it is."""
    area, cell = target.place.area, (target.place.x, target.place.y)
    if area < 0:
        npc = _called(atlas, target.what) or _called(atlas, target.where)
        if npc is None:
            return None
        area, cell = npc.area, npc.cell
    thing = atlas.area(area).tiles.get(cell)
    if target.kind == "enter" and target.place.area < 0 and (thing is None or not thing.spoke or thing.ways):
        return None  # somebody called so is no place, and what is open has been entered
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
        score=target.score,
    )


def of_todo(atlas: Atlas, reach: Reach, todo: Todo) -> Iterator[Goal]:
    """Yield the goals that carry out a todo, where a way is known."""
    if todo.action in {"find_healing", "rest"}:
        goals = healers(atlas, reach)
    elif todo.action == "buy_supplies":
        goals = sellers(atlas, reach)
    elif todo.target:
        goals = _at(atlas, reach, todo)
    else:
        goals = iter(())
    yield from (worth(goal, todo.priority) for goal in goals)


def in_sight(atlas: Atlas, hidden: Unknowns, reach: Reach, priority: int) -> Iterator[Goal]:
    """Yield the things that eyes take for something to pick up, as a todo of this priority."""
    for number in reach.legs:
        for unknown in hidden.of(atlas.area(number)):
            if unknown.why == "take":
                cost = _cost(atlas, reach, number, unknown.cell, ("A",))
                if cost >= 0:
                    key = f"take {number} {unknown.cell}"
                    goal = Goal(
                        "interact", "collect it", number, unknown.cell, ("A",), "something lies there", key, cost
                    )
                    yield worth(goal, priority)


def _at(atlas: Atlas, reach: Reach, todo: Todo) -> Iterator[Goal]:
    """Yield the goal of going to whom or what a todo is about, and pressing A."""
    npc = atlas.npcs.get(todo.target)
    if npc and (npc.hostile or npc.gone):
        return
    area, cell = (npc.area, npc.cell) if npc else (todo.place.area, (todo.place.x, todo.place.y))
    cost = _cost(atlas, reach, area, cell, ("A",), npc.key if npc and npc.role != "sign" else "")
    if cost >= 0:
        yield Goal("interact", todo.description, area, cell, ("A",), f"todo {todo.action}", todo.key, cost)


def worth(goal: Goal, priority: int) -> Goal:
    """Return a goal with what it is worth at a priority."""
    return replace(goal, score=score_of(priority, goal.cost / _HALF_STEPS))


def refused(atlas: Atlas, reach: Reach, news: News) -> list[Refused]:
    """Return the things that may answer otherwise since the game came on, the nearest first: a lock, a cold shrine."""
    found = []
    for npc in atlas.npcs.values():
        tile = atlas.area(npc.area).tiles.get(npc.cell)
        if tile is None or not _waits(npc, tile) or tile.tried >= atlas.progress or npc.area not in reach.legs:
            continue
        cost = _cost(atlas, reach, npc.area, npc.cell, ("A",))
        if cost >= 0:
            what = npc.name.lower() or "it"
            goal = Goal(
                *("interact", f"try the {what} again", npc.area, npc.cell, ("A",), "the game came on", npc.key, cost)
            )
            fits = any(_is_for(name, npc) for name in news.since(tile.tried))
            found.append(Refused(goal, fits, tile.tried < news.stage_at))
    return sorted(found, key=lambda each: each.goal.cost)


def opened(atlas: Atlas, hidden: Unknowns, reach: Reach) -> Iterator[Goal]:
    """Yield the ways that were locked and look otherwise since they last answered: whatever is sought may lie behind."""
    said = {(npc.area, npc.cell) for npc in atlas.npcs.values() if npc.role == "sign" and waits(_told(npc))}
    for number in reach.legs:
        area = atlas.area(number)
        for unknown in hidden.of(area):
            if (
                unknown.why in {"enter", "odd"}
                and (number, unknown.cell) in said
                and not area.tiles[unknown.cell].stops
            ):
                cost = _cost(atlas, reach, number, unknown.cell, ())
                if cost >= 0:
                    key = f"opened {number} {unknown.cell}"
                    yield Goal("goto", "go where it is open now", number, unknown.cell, (), "it was locked", key, cost)


def people(atlas: Atlas, reach: Reach, same: Mapping[str, int]) -> Iterator[Goal]:
    """Yield those who may have something new to say since the game came on.

    Args:
        atlas: What is known.
        reach: From where the player is.
        same: By their key: how often they have said the same again.
    """
    for npc in atlas.npcs.values():
        if npc.hostile or npc.gone or npc.talked < 0 or npc.talked >= atlas.progress:
            continue
        if npc.role == "sign" and atlas.items.get(cell_key("item", npc.area, npc.cell)):
            continue  # what was there was taken
        cost = _cost(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
        if cost >= 0:
            who, cost = npc.name or "somebody", cost + _DULL * same.get(npc.key, 0)
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


def cost_from(atlas: Atlas, reach: Reach, goal: Goal) -> int:
    """Return the cost of a goal's way from another place, in half steps; -1 where none is known."""
    return _cost(atlas, reach, goal.area, goal.cell, goal.press)


def _waits(npc: Npc, tile: Tile) -> bool:
    """Return whether a thing's words say that it waits for something: a lock for its key, a shrine for its flame."""
    if npc.role != "sign" or not tile.spoke or tile.ways or tile.heals or len(npc.text) > _BRIEF:
        return False
    return waits(_told(npc))


def _is_for(thing: str, npc: Npc) -> bool:
    """Return whether a thing that one has may be what another waits for."""
    there = words(_told(npc)) | ({"key"} if _SHUT.search(_told(npc)) else frozenset())
    return bool(words(thing.replace("_", " ")) & there)


def _told(npc: Npc) -> str:
    return f"{npc.name} {npc.text}".lower()


def _called(atlas: Atlas, name: str) -> Npc | None:
    """Return who goes by a name."""
    if not name:
        return None
    return next((npc for npc in atlas.npcs.values() if npc.name and same_thing(name, npc.name)), None)


def _cost(atlas: Atlas, reach: Reach, area: int, cell: Cell, press: tuple[str, ...], npc: str = "") -> int:
    errand = Errand("act" if press else "go", area, cell, press, npc=npc)
    cost = cost_of(atlas.area(area), atlas.kinds, reach, errand) if area in reach.legs else None
    return -1 if cost is None else cost
