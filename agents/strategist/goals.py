"""What could be done next, as far as atlas and quests tell, with the way's cost: errands for the strategist to rank."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.atlas.atlas import Atlas
from agents.atlas.cells import Cell
from agents.atlas.known import Npc, Tile
from agents.atlas.routes import Reach
from agents.atlas.unknowns import Unknowns
from agents.knowledge.words import words
from agents.quests.patterns import waits
from agents.quests.progress import same_thing
from agents.quests.targets import Target, score_of
from agents.quests.todos import Todo
from agents.strategist.plan import Strategy
from agents.tactics.errands import Errand, cost_of

#: A side quest's or todo's half steps to a cell.
_HALF_STEPS = 2


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


def of_target(atlas: Atlas, reach: Reach, target: Target) -> Goal | None:
    """Return the goal of a quest's objective; None while nobody knows where it is."""
    area, cell = target.place.area, (target.place.x, target.place.y)
    npc = None
    if area < 0:
        npc = _called(atlas, target.what, thing=target.kind == "has") or _called(atlas, target.where)
        if npc is None:
            return None
        area, cell = npc.area, npc.cell
    thing = atlas.area(area).tiles.get(cell)
    if target.kind == "enter" and target.place.area < 0 and not _is_shut(npc, thing):
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
        cost_to(atlas, reach, area, cell, press),
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
            kind = atlas.kind_of(atlas.area(number).tile(unknown.cell))
            if unknown.why == "take" and (kind.taken or not kind.silent):  # a counter may look like something to take
                cost = cost_to(atlas, reach, number, unknown.cell, ("A",))
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
    cost = cost_to(atlas, reach, area, cell, ("A",), npc.key if npc and npc.role != "sign" else "")
    if cost >= 0:
        yield Goal("interact", todo.description, area, cell, ("A",), f"todo {todo.action}", todo.key, cost)


def worth(goal: Goal, priority: int) -> Goal:
    """Return a goal with what it is worth at a priority."""
    return replace(goal, score=score_of(priority, goal.cost / _HALF_STEPS))


def healers(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield the places where health is to be had."""
    for number in reach.legs:
        for cell, tile in atlas.area(number).tiles.items():
            if tile.heals:
                cost = cost_to(atlas, reach, number, cell, ("A",))
                if cost >= 0:
                    yield Goal("heal", "heal", number, cell, ("A",), "health is low", f"heal {cell}", cost)
    for npc in atlas.npcs.values():
        if npc.heals and not npc.gone:
            cost = cost_to(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
            if cost >= 0:
                yield Goal("heal", "rest", npc.area, npc.cell, ("A",), "health is low", f"heal {npc.key}", cost)


def sellers(atlas: Atlas, reach: Reach) -> Iterator[Goal]:
    """Yield those who keep a shop."""
    for npc in atlas.npcs.values():
        if npc.sells and not npc.gone:
            cost = cost_to(atlas, reach, npc.area, npc.cell, ("A",), npc.key)
            if cost >= 0:
                who = npc.name or "a shop"
                yield Goal("buy", f"buy at {who}", npc.area, npc.cell, ("A",), "gold to spend", f"buy {npc.key}", cost)


def cost_from(atlas: Atlas, reach: Reach, goal: Goal) -> int:
    """Return the cost of a goal's way from another place, in half steps; -1 where none is known."""
    return cost_to(atlas, reach, goal.area, goal.cell, goal.press)


def _is_shut(npc: Npc | None, thing: Tile | None) -> bool:
    """Return whether somebody is a thing that has said that it is shut, and still stands in the way."""
    if npc is None or thing is None or thing.ways:
        return False
    return npc.role == "sign" and waits(f"{npc.name} {npc.text}")


def _called(atlas: Atlas, name: str, *, thing: bool = False) -> Npc | None:
    """Return who goes by a name; of a thing it has to hold the last word, too: lamp oil is no lamp."""
    if not name:
        return None
    last = words(name.rsplit(maxsplit=1)[-1]) if thing else frozenset()
    named = (npc for npc in atlas.npcs.values() if npc.name and same_thing(name, npc.name))
    return next((npc for npc in named if last <= words(npc.name)), None)


def cost_to(atlas: Atlas, reach: Reach, area: int, cell: Cell, press: tuple[str, ...], npc: str = "") -> int:
    """Return the cost of the way to a place, or to where it can be acted on, in half steps; -1 where none is known."""
    errand = Errand("act" if press else "go", area, cell, press, npc=npc)
    cost = cost_of(atlas.area(area), atlas.kinds, reach, errand) if area in reach.legs else None
    return -1 if cost is None else cost
