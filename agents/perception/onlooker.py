"""Somebody who looks on: sees every frame, learns from the player's steps, and knows where the player wants to go.

It makes the sight and guidance that the overlay and the text are drawn from, of a recording or a live session.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from agents.perception.eyes import Eyes
from agents.perception.guidance import Guidance
from agents.perception.kind_facts import LABEL, take_facts
from agents.perception.picture import Picture
from agents.perception.sight import Cell, Sight
from agents.perception.trials import Trials
from agents.perception.vocabulary import TileVocabulary
from runtime.expressions import Condition, condition
from runtime.game import Game, Objective
from runtime.wire import Fact, Plan, Scalar


@dataclass(frozen=True)
class Seen:
    """One frame, and what was made of it."""

    sight: Sight
    guidance: Guidance
    state: Mapping[str, Scalar]


class Onlooker:
    """Call `see` with frames in their order, ten a second or so."""

    def __init__(self, game: Game | None, vocabulary: TileVocabulary | None = None) -> None:
        self.eyes = Eyes(game, vocabulary)
        self._game = game
        self._trials = Trials()
        self._names: dict[int, str] = {}
        self._doors: dict[int, dict[Cell, str]] = {}
        self._objectives: list[tuple[Objective, Condition]] = []
        if game is None:
            return
        for watch in game.watch:
            if watch.name == "area":
                self._names = {int(value): name for value, name in watch.values.items()}
        self._names |= {area.id: area.name for area in game.area}
        for area in game.area:
            self._doors[area.id] = {(way.x, way.y): way.to for way in area.exits}
        self._objectives = [(objective, condition(objective.when)) for objective in game.objective]

    def learn(self, facts: Iterable[Fact]) -> None:
        """Take in what actors or a store know: what looks mean, where doors lead."""
        known = list(facts)
        take_facts(self.eyes.vocabulary, (fact for fact in known if fact.kind == LABEL))
        for fact in known:
            start, end = _cell_of(fact.key), _cell_of(fact.to)
            if fact.kind == "LEADS_TO" and start and end:
                self._doors.setdefault(start[0], {})[start[1]] = self._names.get(end[0], f"area {end[0]}")

    def see(
        self,
        picture: Picture,
        state: Mapping[str, Scalar],
        frame_index: int,
        *,
        held: Collection[str] = (),
        plans: Iterable[Plan] = (),
    ) -> Seen:
        """Look at a frame.

        Args:
            picture: The frame.
            state: Its watches.
            frame_index: Which it is.
            held: The buttons held on it.
            plans: The newest plan of each actor.
        """
        sight = self.eyes.look(picture, state, frame_index)
        for trial in self._trials.step(sight, state, held):
            self.eyes.vocabulary.observe(trial.look, trial.outcome)
        return Seen(sight, self._guidance(sight, state, tuple(plans)), state)

    def _guidance(self, sight: Sight, state: Mapping[str, Scalar], plans: tuple[Plan, ...]) -> Guidance:
        newest = max(plans, key=lambda plan: (plan.frame_index, plan.actor), default=None)
        first = [plan for plan in plans if not plan.parent_id]
        goal = max(first, key=lambda plan: (plan.frame_index, plan.actor)).goal if first else ""
        objective = self._objective(state)
        path: tuple[Cell, ...] = ()
        target: Cell | None = None
        if newest and newest.area in (-1, sight.area) and newest.waypoints:
            path = _ahead(tuple((point.x, point.y) for point in newest.waypoints), sight.player)
            target = path[-1] if path else None
        marks: dict[Cell, str] = {}
        if objective and self._names.get(sight.area) == objective.area:
            target = target or (objective.x, objective.y)
            marks[objective.x, objective.y] = "goal"
        return Guidance(
            target=target,
            path=path[:-1],
            quest=goal or (objective.name if objective else ""),
            marks=marks,
            doors=self._doors.get(sight.area, {}),
            area_name=self._names.get(sight.area, ""),
        )

    def _objective(self, state: Mapping[str, Scalar]) -> Objective | None:
        return next((objective for objective, holds in self._objectives if holds(state)), None)


def _ahead(path: tuple[Cell, ...], here: Cell | None) -> tuple[Cell, ...]:
    """Return the part of a path that is not walked yet."""
    return path[path.index(here) + 1 :] if here in path else path


def _cell_of(key: str) -> tuple[int, Cell] | None:
    """Return the area and the cell that a key names (`tile:3:12:7`); None when it names none."""
    parts = key.split(":")
    if len(parts) != 4 or not all(part.lstrip("-").isdigit() for part in parts[1:]):
        return None
    return int(parts[1]), (int(parts[2]), int(parts[3]))
