"""What an objective is worth: priority * 100 - distance * 0.1 (C12.2), and what a strategist is told of it (C12.3)."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from agents.knowledge.keys import Place
from agents.quests.quest import ACTIVE, URGENT_PRIORITY, Quest, Step

#: Returns how far a place is from where one stands, cells; None for no known way.
Distance = Callable[[Place], float | None]

#: Cells to an objective in another area, or at a place not known, where nobody measures the way.
_ELSEWHERE = 100.0

#: C12.2.
_PER_PRIORITY, _PER_CELL = 100.0, 0.1


@dataclass(frozen=True)
class Target:
    """An objective worth pursuing (C12.3).

    Attributes:
        quest: Its quest's id.
        index: Which of the quest's steps.
        description: For people.
        place: Where; -1 for what is not known.
        press: What to press there.
        score: C12.2: priority * 100 - distance * 0.1.
        kind: What it takes: when, has, given, talk, enter, defeat, won or seen.
        what: Of what: a condition, an item, a name, a place, a number.
        where: The place's name, as it was heard.
        type: The quest's type.
        needs: A condition without which it is not worth going there yet.
        ready: Whether that holds.
        urgent: Whether it comes before all else, exploring included.
    """

    quest: str
    index: int
    description: str
    place: Place
    press: str
    score: float
    kind: str
    what: str
    where: str
    type: str
    needs: str = ""
    ready: bool = True
    urgent: bool = False


def target_of(quest: Quest, index: int, step: Step, here: Place, distance: Distance | None) -> Target:
    """Return a step as a target, seen from a place; of a quest that is not active, at half its priority."""
    priority = URGENT_PRIORITY if step.urgent else quest.priority if quest.status == ACTIVE else quest.priority / 2
    return Target(
        quest=quest.id,
        index=index,
        description=step.description,
        place=step.place,
        press=step.press,
        score=score_of(priority, _cells(here, step.place, distance)),
        kind=step.kind,
        what=step.what,
        where=step.where,
        type=quest.type,
        needs=step.needs,
        ready=step.ready,
        urgent=step.urgent,
    )


def score_of(priority: float, cells: float) -> float:
    """Return what something of a priority is worth at a distance (C12.2)."""
    return round(priority * _PER_PRIORITY - cells * _PER_CELL, 6)


def straight(here: Place, there: Place) -> float:
    """Return the distance between two cells of one area, cells."""
    return math.hypot(here.x - there.x, here.y - there.y)


def _cells(here: Place, there: Place, distance: Distance | None) -> float:
    if distance is not None:
        measured = distance(there)
        if measured is not None:
            return measured
    if there.area != here.area or there.area < 0:
        return _ELSEWHERE
    return straight(here, there)
