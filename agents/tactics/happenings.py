"""What happened between two ticks: walked, blocked, hurt, spoke, a door, an item, a fight."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agents.atlas.cells import Cell, Place, beside, distance, towards
from agents.tactics.moment import BATTLE, DIALOGUE, MENU, OVERWORLD, SHOP, TRANSITION, Moment

What = Literal["walked", "ledge", "blocked", "hurt", "spoke", "silent", "door", "item", "fought", "fled", "healed"]

#: Ticks after the first on which a direction is held, before the cell ahead counts as blocked: six frames, while a step
#: begins on the first that a direction is held, or after a turn.
_BUMP_TICKS = 1

#: Frames for which A was offered to a cell before it counts as silent: the reflex presses it every 8 frames, and what
#: is said begins on the next.
_SILENT_FRAMES = 18


#: Frames between the words of somebody who fights and the battle: a transition takes 40.
_DUEL_FRAMES = 120

#: From how far one talks: over a counter at most.
_TALKING_CELLS = 2


@dataclass(frozen=True)
class Happening:
    """One thing that happened.

    Attributes:
        what: Which.
        area: Where.
        cell: To which cell.
        direction: In which the player went or looked; empty where it does not matter.
        to: Of a door: where it led.
        name: Of an item: its watch; of words, and of running from who said them: the key of an NPC, empty for a thing;
            of a door: which way one looks behind it.
    """

    what: What
    area: int
    cell: Cell
    direction: str = ""
    to: Place | None = None
    name: str = ""


@dataclass(frozen=True)
class Asked:
    """To what A is offered: a cell, and who is there (the key of an NPC; empty for a thing)."""

    cell: Cell
    npc: str = ""


class Happenings:
    """Compares each tick with the one before."""

    def __init__(self) -> None:
        self._before: Moment | None = None
        self._world: Moment | None = None  # the last moment in the overworld
        self._pushed_ticks = 0
        self._answered: tuple[int, Asked] | None = None  # who answered last
        self._answered_frame = -_DUEL_FRAMES
        self._duel: tuple[int, Asked] | None = None  # whose words led to the battle
        self._asked: tuple[int, str, int] = (-1, "", 0)  # area and what A is offered to, since which frame

    def between(self, now: Moment, asked: Asked | None) -> list[Happening]:
        """Return what happened since the last call.

        Args:
            now: This tick.
            asked: To what the tactic offers A; None when it does not.
        """
        before, self._before = self._before, now
        found = list(self._found(before, now, asked)) if before else []
        if now.context == OVERWORLD:
            self._world = now
        return found

    def _found(self, before: Moment, now: Moment, asked: Asked | None) -> Iterator[Happening]:
        if now.area != before.area:
            yield from self._passed(before, now)
        elif now.context == OVERWORLD == before.context:
            yield from self._stepped(before, now)
        if now.hp < before.hp and before.context == OVERWORLD and now.area == before.area:
            left = now.moving and now.cell != before.cell  # health is lost on arrival, and that was the cell before
            yield Happening("hurt", now.area, before.cell if left else now.cell, now.facing)
        if before.context in {OVERWORLD, TRANSITION} and now.context == BATTLE:
            yield Happening("fought", now.area, now.cell)
            self._duel = self._answered if now.frame - self._answered_frame <= _DUEL_FRAMES else None
        if self._duel and now.context == OVERWORLD and now.area == self._duel[0]:
            (area, asked), self._duel = self._duel, None
            if now.fled:
                yield Happening("fled", area, asked.cell, name=asked.npc)
        yield from self._spoken(before, now, asked)
        yield from _got(before, now)
        if now.hp > before.hp and now.context in {DIALOGUE, SHOP} and self._answered and now.max_hp == before.max_hp:
            area, answered = self._answered
            if area == now.area:
                yield Happening("healed", area, answered.cell, name=answered.npc)

    def _passed(self, before: Moment, now: Moment) -> Iterator[Happening]:
        """A door; not so the beginning of a game, or waking up elsewhere after a defeat."""
        self._pushed_ticks = 0
        last = self._world
        if last is None or last.area != before.area or now.area <= 0 or before.area <= 0:
            return
        if before.context in {OVERWORLD, TRANSITION} and last.hp > 0:
            yield Happening("door", before.area, before.cell, before.facing, to=(now.area, now.cell), name=now.facing)

    def _stepped(self, before: Moment, now: Moment) -> Iterator[Happening]:
        if now.cell != before.cell:
            self._pushed_ticks = 0
            way = towards(before.cell, now.cell)
            apart = distance(before.cell, now.cell)
            if apart == 2 and beside(beside(before.cell, way), way) == now.cell:
                yield Happening("ledge", now.area, beside(before.cell, way), way)
            if apart <= 2:
                yield Happening("walked", now.area, now.cell, way)
            return
        pushed = bool(now.pushed) and now.pushed == before.pushed
        self._pushed_ticks = self._pushed_ticks + 1 if pushed else 0
        if self._pushed_ticks >= _BUMP_TICKS:
            self._pushed_ticks = 0
            yield Happening("blocked", now.area, beside(now.cell, now.pushed), now.pushed)

    def _spoken(self, before: Moment, now: Moment, asked: Asked | None) -> Iterator[Happening]:
        if asked is None or now.area != before.area or distance(before.cell, asked.cell) > _TALKING_CELLS:
            self._asked = (-1, "", 0)
            return
        if before.context == OVERWORLD and now.context in {DIALOGUE, SHOP, MENU}:
            self._asked = (-1, "", 0)
            self._answered, self._answered_frame = (now.area, asked), now.frame
            yield Happening("spoke", now.area, asked.cell, before.facing, name=asked.npc)
        elif now.context == OVERWORLD and not now.moving and towards(now.cell, asked.cell) == now.facing:
            who = asked.npc or str(asked.cell)
            if self._asked[:2] != (now.area, who):
                self._asked = (now.area, who, now.frame)
            elif now.frame - self._asked[2] >= _SILENT_FRAMES:
                self._asked = (now.area, who, now.frame)
                yield Happening("silent", now.area, asked.cell, now.facing, name=asked.npc)


def _got(before: Moment, now: Moment) -> Iterator[Happening]:
    """Things in the cell that is faced, or that was stepped on."""
    for name, count in now.counts.items():
        if count > before.counts.get(name, count) and now.area == before.area:
            yield Happening("item", now.area, beside(now.cell, now.facing), now.facing, name=name)
