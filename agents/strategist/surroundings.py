"""What the strategist knows of where it is: folds what is learnt, and makes situations of it.

A quick mind may read what is folded here. For a slow one everything is put into words and pictures, which nothing
changes while it thinks.
"""

from collections.abc import Mapping, Sequence

from agents.atlas import Atlas, Routes
from agents.knowledge import Facts, KnowledgeView, Place
from agents.knowledge import Situation as Query
from agents.knowledge.keys import slug
from agents.knowledge.phrases import NOTED
from agents.perception import Picture
from agents.perception.description import describe_sight
from agents.perception.onlooker import Onlooker, Seen
from agents.perception.overlay import Overlay
from agents.quests import QuestManager
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation
from agents.strategist.tools import MEMORY_RESULTS, Answer, Bench
from agents.tactics.moment import TITLE
from runtime import wire
from runtime.observation import Observation
from runtime.pixels import Rgb
from runtime.wire import Fact, Scalar

#: Steps of a path in half steps, as the atlas counts them.
_HALF_STEPS = 2


class Surroundings:
    """One session's, from its first observation on. What a slow mind alone needs is not made for a quick one."""

    def __init__(self, first: Observation, *, looks: bool) -> None:
        """Begin with nothing known.

        Args:
            first: The first observation.
            looks: Whether pictures are looked at and put into words.
        """
        self._game = first.game
        self._facts = Facts()
        self._view = KnowledgeView(self._facts)
        self._atlas = Atlas()
        self._routes = Routes(self._atlas)
        self._quests = QuestManager(first.game)
        self._onlooker = Onlooker(first.game) if looks else None
        self._overlay: Overlay | None = None
        self._seen: Seen | None = None
        self._at_title = False

    def take_in(self, seen: Observation) -> None:
        """Fold what was learnt since the last observation, and look."""
        for learnt in seen.learnt:
            self._facts.fold(learnt)
            if self._onlooker:
                self._quests.fold(learnt)
                self._onlooker.learn(learnt.facts)
        self._atlas.fold(seen.learnt)
        at_title = seen.state.get("context") == TITLE
        if at_title and not self._at_title:
            self._atlas.begin_again()
        self._at_title = at_title
        if self._onlooker:
            picture = Picture.of_raw(seen.raw, seen.welcome.pixel_format)
            self._seen = self._onlooker.see(
                picture, seen.state, seen.frame_index, held=seen.held, plans=seen.plans.values()
            )
            if place := _place(seen.state):
                self._quests.update(seen.state, Place(place[0], *place[1]))

    def bench(self, seen: Observation) -> Bench:
        """Return what tools work with now."""
        ways = KnownWays(self._routes, seen.frame_index)
        return Bench(
            state=seen.state,
            buttons=seen.welcome.buttons,
            here=_place(seen.state),
            memory=Remembered(self._view),
            atlas=ways,
        )

    def new_notes(self, thought: Thought, mind: str) -> tuple[Fact, ...]:
        """Return what a mind wants remembered and nobody knows yet, as facts."""
        keys = {f"experience:{slug(note)}:0": note for note in thought.remember}
        return tuple(
            Fact("Experience", key, {"goal": note, "outcome": NOTED, "source": mind, "model": mind})
            for key, note in keys.items()
            if self._facts.node(key) is None
        )

    def told(
        self,
        seen: Observation,
        why: str,
        *,
        plan: Thought | None,
        held: tuple[tuple[str, ...], ...],
        events: tuple[wire.Event, ...],
        learnt: tuple[wire.Learnt, ...],
    ) -> Situation:
        """Return what a quick mind is told."""
        place = _place(seen.state)
        return Situation(
            frame_index=seen.frame_index,
            trigger=why,
            state=seen.state,
            game=self._game,
            buttons=seen.welcome.buttons,
            area=int(seen.state.get("area", -1)),
            cell=place[1] if place else None,
            held=held,
            events=events,
            plans=seen.plans,
            plan=plan,
            learnt=learnt,
            atlas=self._atlas,
            knowledge=self._view,
        )

    def shown(
        self,
        seen: Observation,
        why: str,
        *,
        plan: Thought | None,
        held: tuple[tuple[str, ...], ...],
        frames: tuple[Rgb, ...],
        answers: tuple[Answer, ...],
    ) -> Situation:
        """Return what a slow mind is shown: nothing in it changes while it thinks."""
        place = _place(seen.state)
        here = Place(place[0], *place[1]) if place else Place()
        objectives = tuple(target.description for target in self._quests.ranked(here)[:MEMORY_RESULTS])
        goal = objectives[0] if objectives else ""
        return Situation(
            frame_index=seen.frame_index,
            trigger=why,
            state=dict(seen.state),
            game=self._game,
            buttons=seen.welcome.buttons,
            area=int(seen.state.get("area", -1)),
            cell=place[1] if place else None,
            held=held,
            plan=plan,
            objectives=objectives,
            memories=tuple(found.text for found in self._view.relevant(Query(here, goal=goal), MEMORY_RESULTS)),
            spatial=describe_sight(self._seen.sight, self._seen.guidance) if self._seen else "",
            overlay=self._drawn(seen),
            frames=frames,
            answers=answers,
        )

    def _drawn(self, seen: Observation) -> Rgb | None:
        if self._seen is None:
            return None
        if self._overlay is None:
            self._overlay = Overlay(seen.welcome.width, seen.welcome.height)
        return self._overlay.draw(seen.pixels, self._seen.sight, self._seen.guidance).copy()


class Remembered:
    """Knowledge as memory_search asks for it."""

    def __init__(self, view: KnowledgeView) -> None:
        self._view = view

    def search(self, text: str, limit: int) -> Sequence[str]:
        """See Searchable."""
        return [found.text for found in self._view.search(text, limit)]


class KnownWays:
    """The atlas as planning asks for it."""

    def __init__(self, routes: Routes, now: int) -> None:
        self._routes, self._now = routes, now

    def way(self, start: tuple[int, tuple[int, int]], to: tuple[int, tuple[int, int]]) -> int | None:
        """See Pathfinder."""
        cost = self._routes.reach(start, self._now).cost(*to)
        return None if cost is None else cost // _HALF_STEPS


def _place(state: Mapping[str, Scalar]) -> tuple[int, tuple[int, int]] | None:
    if not {"area", "player.x", "player.y"} <= state.keys():
        return None
    return int(state["area"]), (int(state["player.x"]), int(state["player.y"]))
