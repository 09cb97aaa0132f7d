"""10 Hz: sees, learns from what happened, and turns the strategist's goal into waypoints or presses."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.atlas import Atlas, Reach, Routes, Unknowns
from agents.atlas.atlas import coverage
from agents.atlas.cells import STEPS, Cell, beside, cell_key, distance
from agents.perception import Eyes, Picture, Sight
from agents.perception.kind_facts import looks_as_facts, take_facts
from agents.tactics.directions import Directions, Edge
from agents.tactics.errands import (
    EXPLORING,
    FROM_BESIDE,
    FRONTIER,
    ONTO,
    SEEKING,
    THOROUGH,
    Errand,
    ahead,
    cost_of,
    explored,
    followed,
    found_out,
    left,
    of_plan,
    waypoints,
)
from agents.tactics.hands import Hands
from agents.tactics.happenings import Asked, Happening, Happenings
from agents.tactics.lessons import facts_of, outcome_of, stood_on
from agents.tactics.listening import Listening
from agents.tactics.moment import OVERWORLD, SHOP, TITLE, Moment, Moments
from agents.tactics.people import People
from agents.tactics.seeing import extent, new_ground, sprites_of, visible_of
from agents.tactics.stuck import Remedy, Stuck
from runtime.actor import Intend, Learn, Output, Outputs, Report
from runtime.clock import Rate
from runtime.observation import Observation
from runtime.wire import Fact, Plan, Waypoint

#: How long an errand that led nowhere is left alone, frames; four times as long after the second time, and so on.
_GIVEN_UP_FRAMES = 3600

#: An area counts as looked at when so many cells in sight are known, or after so many frames.
_SEEN_CELLS, _LOOK_FRAMES = 30, 90

#: Ticks of walking after which an errand is given up, besides three times what its way takes: a half step is two thirds
#: of a tick. Somebody may keep out of reach, and two ways may seem the better one in turns.
_PATIENCE_TICKS = 120

#: How long the eyes are given to see that something has changed: they believe what several pictures show.
_LOOK_AGAIN_FRAMES = 48

#: How long a step aside, or a press, is given before the way is walked again, frames.
_MOMENT_FRAMES = 18

#: How often an errand is begun before it is left alone, and for how long then, frames.
_MOST_BEGINNINGS, _LEFT_ALONE_FRAMES = 6, 20_000

#: How long a way is walked without looking for a better one, frames.
_SAME_WAY_FRAMES = 30

#: How long a cell that could not be entered just now is walked around, frames.
_DETOUR_FRAMES = 180


@dataclass
class Tactic:
    """See the cells around, learn from what happened, and do one errand after the other.

    Attributes:
        follow: The actor whose plans say what to go for.
        name: Its own name in the session: what it learnt itself it need not read again.
    """

    follow: str = "strategist"
    name: str = "tactic"

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame", "state", "plan", "memory", "input", "learnt", "event")
    writes: ClassVar[tuple[str, ...]] = ("plan", "learnt", "event")

    def __post_init__(self) -> None:
        self._atlas = Atlas()
        self._routes = Routes(self._atlas)
        self._hidden = Unknowns(self._atlas)
        self._people = People(self._atlas)
        self._happenings = Happenings()
        self._stuck = Stuck()
        self._eyes: Eyes | None = None
        self._moments: Moments | None = None
        self._hands = Hands(None)
        self._listening = Listening(None)
        self._way: object = None  # what the way that was sent leads to, and when it was found
        self._way_frame = -1
        self._under = ""  # the strategist's plan under which the errand was chosen
        self._directions = Directions()  # in which it lies, as somebody said
        self._progress_before = 0  # before the talk under way
        self._hold_until = -1
        self._answered = False  # a thing has just said something
        self._look_until = -1
        self._failed: dict[object, int] = {}  # key of an errand: how often it was given up
        self._begun: dict[object, int] = {}  # key of an errand: how often it was begun
        self._interrupted: object = None  # key of the errand under way when another plan came
        self._patience = 0  # ticks of walking left for the errand
        self._bumped = False  # on this tick
        self._counter = ""  # whom A was offered to last
        self._game = ""
        self._progress: tuple[object, ...] = ()
        self._errand: Errand | None = None
        self._sent: Intend | None = None
        self._given_up: dict[object, int] = {}  # key of an errand: until which frame
        self._left: list[Report] = []  # what is to be told of those
        self._detours: dict[Cell, int] = {}  # cell of the present area: until which frame it is walked around
        self._entered = (-1, -1)  # the present area, and since which frame
        self._served: set[str] = set()  # plans that are done, or failed

    def act(self, seen: Observation) -> Outputs:
        """Learn, then publish the next waypoints when they change."""
        if self._eyes is None or self._moments is None:
            self._eyes, self._moments, self._hands = Eyes(seen.game), Moments(seen.game), Hands(seen.game)
            self._listening = Listening(seen.game)
            self._game = seen.game.game.name if seen.game else "game"
        self._atlas.fold(seen.learnt, but=self.name)
        for learnt in seen.learnt:
            if learnt.actor != self.name:
                take_facts(self._eyes.vocabulary, learnt.facts, prior=True)
        now = self._moments.of(seen)
        if now is None:
            return None
        if now.context == TITLE:
            self._begin_again()
            return None
        sight = self._eyes.look(Picture.of_raw(seen.raw, seen.welcome.pixel_format), seen.state, seen.frame_index)
        happenings = self._happenings.between(now, self._asked())
        self._bumped = any(each.what == "blocked" for each in happenings)
        facts = self._learn(now, sight, happenings)
        facts += self._sold_by(now)
        facts += self._listen(seen, now)
        outputs: list[Output] = [Learn(tuple(facts))] if facts else []
        outputs += self._finish(now, happenings)
        plan = seen.plans.get(self.follow)
        wants = plan.strategy if plan and plan.plan_id not in self._served else ""
        by_hand = list(self._hands.act(seen, now, wants, self._counter))
        if by_hand:
            self._sent = None  # the way is published anew when walking goes on
            return [*outputs, *by_hand]
        if now.context == OVERWORLD and wants != "use":
            outputs += self._walk(seen, now, sight)
        left_alone, self._left = self._left, []
        return [*outputs, *left_alone]

    def _begin_again(self) -> None:
        self._atlas.begin_again()
        self._errand = self._sent = None
        self._given_up.clear()
        self._served.clear()

    def measures(self) -> dict[str, float]:
        """Return how much of the game is known, and how many errands led nowhere, for metrics."""
        return {**coverage(self._atlas), "errands.given_up": sum(self._failed.values())}

    def _asked(self) -> Asked | None:
        """Return to what A is offered now."""
        errand = self._errand
        return Asked(errand.cell, errand.npc) if errand and errand.aim in FROM_BESIDE else None

    def _learn(self, now: Moment, sight: Sight, happenings: list[Happening]) -> list[Fact]:
        assert self._eyes is not None
        facts: list[Fact] = []
        if now.progress != self._progress:
            self._progress = now.progress
            progress = Fact("Player", f"player:{self._game}", {"progress": self._atlas.progress + 1})
            self._atlas.add([progress])
            facts.append(progress)
        sprites = sprites_of(sight)
        for happening in happenings:
            tile = self._atlas.area(happening.area).tiles.get(happening.cell)
            outcome = outcome_of(self._atlas, happening)
            if tile and tile.look and outcome and happening.cell not in sprites:
                self._eyes.vocabulary.observe(int(tile.look, 16), outcome)
        facts += facts_of(self._atlas, happenings, now.frame, sprites)
        facts += looks_as_facts(self._eyes.vocabulary, self._eyes.vocabulary.take_changed())
        if sight.is_map and now.context == OVERWORLD:
            facts += stood_on(self._atlas, now)
            facts += new_ground(self._atlas, sight)
            facts += extent(self._atlas, sight)
            facts += self._people.see(now.area, sprites, visible_of(sight))
        return facts

    def _walk(self, seen: Observation, now: Moment, sight: Sight) -> Iterator[Output]:
        plan = seen.plans.get(self.follow)
        people = {npc.cell for npc in self._people.of(now.area)}
        self._detours = {cell: until for cell, until in self._detours.items() if until > now.frame}
        self._given_up = {key: until for key, until in self._given_up.items() if until > now.frame}
        yield from self._check(now)
        if now.frame < self._hold_until:
            return
        if plan and plan.plan_id != self._under:
            self._interrupted = self._errand.key if self._errand else None
            self._under, self._errand = plan.plan_id, None
        reach = None
        if self._errand is None:
            if not self._looked_around(now, sight) or self._looks_again(now):
                return
            reach = self._reach(now, people)
            self._choose(plan, reach, now)
        if self._errand is not None:
            yield from self._go(now, people, reach)
        elif self._sent is not None:
            self._sent = None
            yield Intend(goal="nothing left to do", area=now.area, strategy="wait")

    def _check(self, now: Moment) -> Iterator[Output]:
        """Give up what takes too long, or whom one cannot talk to any more; help oneself where nothing moves."""
        self._patience -= 1
        if self._errand and self._patience < 0:
            yield from self._give_up(now, "takes too long")
        remedy = self._stuck.tick(now.cell, wanting=self._sent is not None)
        if remedy:
            yield from self._remedy(now, remedy)
        who = self._atlas.npcs.get(self._errand.npc) if self._errand else None
        if who and (who.hostile or who.gone):
            yield from self._give_up(now, "they are gone")

    def _choose(self, plan: Plan | None, reach: Reach, now: Moment) -> None:
        """Choose the next errand; none where the best was begun too often."""
        errand = self._next(plan, reach, now)
        if errand and not errand.plan_id and self._too_often(errand, now):
            errand = None
        self._errand = errand
        self._patience = _PATIENCE_TICKS + 2 * self._cost(reach)
        self._stuck.reset()

    def _go(self, now: Moment, people: set[Cell], reach: Reach | None) -> Iterator[Output]:
        """Publish the way to the errand where it is new."""
        assert self._errand is not None
        errand = self._errand = followed(self._errand, self._atlas)
        if reach is None and self._on_the_way(now, people):
            return
        points = waypoints(self._atlas, reach or self._reach(now, people, errand.area), errand)
        if not points and errand.plan_id:
            self._errand = None  # what is in the way is to be found out first
        elif not points:
            yield from self._give_up(now, "no way")
        else:
            intend = Intend(errand.goal, now.area, points, self._serves(errand), strategy="goto")
            self._way, self._way_frame = (errand.key, errand.cell), now.frame
            if self._sent is None or not _continues(intend, self._sent):
                self._sent = intend
                yield intend

    def _on_the_way(self, now: Moment, people: set[Cell]) -> bool:
        """Return whether the way that was sent still is the way: walked on, with nobody in it, and nothing learnt anew.

        A map that only grows is looked at again every few ticks: there may be a shorter way.
        """
        sent = self._sent
        if (
            sent is None
            or self._errand is None
            or sent.area != now.area
            or sent.parent_id != self._serves(self._errand)
        ):
            return False
        cells = [(point.x, point.y) for point in sent.waypoints]
        start = cells.index(now.cell) if now.cell in cells else -1 if distance(now.cell, cells[0]) == 1 else None
        if start is None or self._way != (self._errand.key, self._errand.cell) or self._bumped:
            return False
        left = cells[start + 1 :]
        if people.intersection(left[:-1]) or self._detours.keys() & set(left):
            return False
        return now.frame - self._way_frame < _SAME_WAY_FRAMES

    def _serves(self, errand: Errand) -> str:
        """Return the strategist's plan that an errand serves: its own, or the one under which it is to be found out."""
        return errand.plan_id or ("" if self._under in self._served else self._under)

    def _listen(self, seen: Observation, now: Moment) -> list[Fact]:
        """Return what was said; words by which the game came on say where to go next."""
        said = self._listening.listen(seen, now, self._asked(), self._atlas)
        came_on, walking = self._atlas.progress > self._progress_before, now.context == OVERWORLD
        self._directions.hear(said, seen.state, came_on=came_on, walking=walking)
        if walking:
            self._progress_before = self._atlas.progress
        return said

    def _sold_by(self, now: Moment) -> list[Fact]:
        """Return that whoever was asked last keeps a shop, when one has opened."""
        npc = self._atlas.npcs.get(self._counter)
        if now.context != SHOP or npc is None or npc.sells:
            return []
        facts = [Fact("NPC", npc.key, {"sells": "goods"})]
        self._atlas.add(facts)
        return facts

    def _too_often(self, errand: Errand, now: Moment) -> bool:
        """Return whether an errand was begun again and again without an end; then it is left alone for long."""
        if errand.key == self._interrupted:  # by a battle, or the strategist: it goes on
            self._interrupted = None
            return False
        self._begun[errand.key] = self._begun.get(errand.key, 0) + 1
        if self._begun[errand.key] <= _MOST_BEGINNINGS:
            return False
        self._begun[errand.key] = 0
        self._leave_alone(errand, now.frame + _LEFT_ALONE_FRAMES)
        return True

    def _leave_alone(self, errand: Errand, until: int) -> None:
        """Note that an errand is given up until a frame; whoever says where to explore is told."""
        self._given_up[errand.key] = until
        self._left.append(left(errand, until))

    def _looks_again(self, now: Moment) -> bool:
        """Return whether to stand for a moment: what has just answered may look otherwise now, a gate that is open."""
        if self._answered:
            self._answered, self._look_until = False, now.frame + _LOOK_AGAIN_FRAMES
        return now.frame < self._look_until

    def _cost(self, reach: Reach) -> int:
        """Return the cost of the errand's way, in half steps; 0 for none."""
        errand = self._errand
        if errand is None:
            return 0
        return cost_of(self._atlas.area(errand.area), self._atlas.kinds, reach, errand) or 0

    def _looked_around(self, now: Moment, sight: Sight) -> bool:
        """Return whether the eyes have had time for an area: its ground is known after a few pictures."""
        if now.area != self._entered[0]:
            self._entered = (now.area, now.frame)
        known = int(np.count_nonzero(sight.looks))
        return known >= _SEEN_CELLS or now.frame - self._entered[1] > _LOOK_FRAMES

    def _reach(self, now: Moment, people: set[Cell], only: int = -1) -> Reach:
        standing = people | self._detours.keys()
        if only == now.area:
            return self._routes.here((now.area, now.cell), now.frame, standing)
        return self._routes.reach((now.area, now.cell), now.frame, standing)

    def _next(self, plan: Plan | None, reach: Reach, now: Moment) -> Errand | None:
        """Return what the plan asks for; where no way leads there yet, or it asks for nothing, what is to find out."""
        but = self._given_up.keys()
        if plan and plan.plan_id not in self._served:
            errand = of_plan(plan, self._atlas, now.area)
            if errand and waypoints(self._atlas, reach, errand):
                return errand
            if errand:
                near = None
                if errand.area in reach.legs:
                    near = explored(self._atlas, self._hidden, reach, THOROUGH, errand.area, errand.cell, but)
                return near or self._first(reach, -1, (SEEKING,))
            if plan.strategy == "explore":
                return self._first(reach, plan.area, (FRONTIER, EXPLORING, THOROUGH))
        return explored(self._atlas, self._hidden, reach, but=but)

    def _first(self, reach: Reach, only: int, lists: Iterable[Mapping[str, int]]) -> Errand | None:
        """Return the cheapest thing to find out by the first of some price lists by which there is any."""
        edges = self._directions.edges(self._atlas)
        found = (self._by(costs, reach, only, edges) for costs in lists)
        return next((errand for errand in found if errand), None)

    def _finish(self, now: Moment, happenings: list[Happening]) -> Iterator[Output]:
        """End the errand when what happened was it."""
        errand = self._errand
        if errand is None:
            return
        if any(each.what == "door" for each in happenings) and not errand.plan_id and errand.area != now.area:
            self._errand = None  # in another area other things are near
        if errand.area != now.area:
            return
        if errand.aim in FROM_BESIDE:
            done = any(each.what in {"spoke", "silent", "item"} for each in happenings)
        else:
            done = self._found_out(errand, now)
        if done:
            self._errand = self._sent = None
            self._counter = errand.npc or cell_key("npc", errand.area, errand.cell)
            if errand.aim in FROM_BESIDE and not errand.npc and any(each.what == "spoke" for each in happenings):
                self._answered = True
            if errand.aim in FROM_BESIDE:  # or the reflex would go on to press A
                yield Intend(goal=f"done: {errand.goal}", parent_id=errand.plan_id, strategy="wait")
            if errand.plan_id:
                self._served.add(errand.plan_id)
                yield Report("plan.done", {"plan_id": errand.plan_id})
        elif errand.aim in ONTO and any(each.what == "blocked" and each.cell == errand.cell for each in happenings):
            yield from self._give_up(now, "somebody stands there")
        elif errand.aim in FROM_BESIDE and not errand.npc and now.cell == errand.cell:
            yield from self._give_up(now, "it is ground")  # nobody presses A at that, and it may harm

    def _by(self, costs: Mapping[str, int], reach: Reach, only: int, edges: Collection[Edge]) -> Errand | None:
        """Return the cheapest thing to find out by a price list."""
        but, said = self._given_up.keys(), self._directions
        if costs is SEEKING:
            return explored(self._atlas, self._hidden, reach, costs, only, but=but, heading=said.before)
        return explored(self._atlas, self._hidden, reach, costs, only, but=but, heading=said.heading, edges=edges)

    def _found_out(self, errand: Errand, now: Moment) -> bool:
        if errand.aim == "go":
            return now.cell == errand.cell and not now.moving
        return found_out(errand, self._atlas.area(errand.area))

    def _remedy(self, now: Moment, remedy: Remedy) -> Iterator[Output]:
        if self._sent is None:
            return
        if remedy == "around":
            cell = ahead(self._sent.waypoints, now.cell)
            if cell:
                self._detours[cell] = now.frame + _DETOUR_FRAMES
        elif remedy == "aside":
            yield from self._step_aside(now)
        elif remedy == "back":
            yield self._instead(now, Intend(goal="step back", area=now.area, strategy="use", actions="<btn_B>"))
        elif remedy == "give_up":
            yield from self._give_up(now, "stuck")

    def _step_aside(self, now: Moment) -> Iterator[Output]:
        """Step to a side that is free, for somebody who wants to pass."""
        assert self._sent is not None
        area, wall = self._atlas.area(now.area), ahead(self._sent.waypoints, now.cell)
        sides = (beside(now.cell, step) for step in STEPS)
        free = [cell for cell in sides if cell != wall and (tile := area.tiles.get(cell)) and tile.ways]
        for cell in free[:1]:
            yield self._instead(now, Intend("step aside", area=now.area, waypoints=(Waypoint(*cell),), strategy="goto"))

    def _instead(self, now: Moment, intend: Intend) -> Intend:
        """Let something else be done for a moment; then the way is sent anew."""
        self._sent, self._hold_until = None, now.frame + _MOMENT_FRAMES
        return intend

    def _give_up(self, now: Moment, why: str) -> Iterator[Output]:
        errand, self._errand, self._sent = self._errand, None, None
        if errand is None:
            return
        failed = self._failed[errand.key] = self._failed.get(errand.key, 0) + 1
        self._leave_alone(errand, now.frame + _GIVEN_UP_FRAMES * failed**2)
        if errand.plan_id:
            self._served.add(errand.plan_id)
            yield Report("plan.failed", {"plan_id": errand.plan_id, "why": why})


def _continues(now: Intend, before: Intend) -> bool:
    """Return whether a plan is only the rest of the one before."""
    same_goal = (now.goal, now.area, now.parent_id) == (before.goal, before.area, before.parent_id)
    return same_goal and before.waypoints[-len(now.waypoints) :] == now.waypoints
