"""The default mind: what to do next and why, from quests, todos, the learnt map and the state. No model, no waiting."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agents.atlas import Atlas, Reach, Routes, Unknowns
from agents.knowledge import Facts
from agents.knowledge.keys import Place
from agents.quests import QuestManager, TodoManager
from agents.quests.targets import Target
from agents.quests.todos import health_share
from agents.strategist.again import Refused, Words, opened, people, refused
from agents.strategist.attempts import Attempts
from agents.strategist.goals import Goal, cost_from, healers, in_sight, of_target, of_todo, worth
from agents.strategist.news import News
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation
from agents.tactics.errands import EXPLORING, FRONTIER, LEFT, explored, left_key
from agents.tactics.moment import FLED, TITLE
from runtime.errors import UsageError
from runtime.expressions import Condition, condition
from runtime.wire import Scalar

#: The value of the watch `context` (runtime.vocabulary) in which somebody else has the say.
_BATTLE = 3

#: How far a shop is visited, and how far a side quest may lead off where the main story waits, in half steps.
_TO_A_SHOP, _NEAR = 160, 60

#: How far somebody's errand may lead where nobody knows how the story goes on, in half steps.
_TO_A_QUEST = 400

#: What the way to the main story's next place may grow by for something beside it, in half steps.
_DETOUR = 24

#: Share of the most health below which a potion is worth drinking in the field, and below which nobody goes to a fight
#: that the game warns of (an objective that needs something first), or on after running from one. When health is low
#: otherwise, the rules of agents.quests.todos say.
_WEAK, _RESTED = 0.5, 0.8

#: How far somebody may be who is asked anew before everything near is looked at closely, in half steps.
_WORTH_ASKING = 240

#: An area of which fewer cells are known has just been entered.
_SEEN_CELLS = 30

#: Frames of looking around, without anything coming of it, after which even the thorough go on with the story.
_CURIOUS_FRAMES = 3600

#: Todos that come before every quest.
_FIRST = frozenset({"find_healing", "rest", "buy_supplies"})

#: C12.4's priority of things that lie about: eyes see them before anybody knows what they are.
_COLLECT = 6

_SUCCESS = "episode.success"


@dataclass
class Rules:
    """The main story first, and beside it what lies near its way; when it has been told once, all else comes first.

    Attributes:
        sides: Whether side quests and todos are pursued beside the main story, where they lie near its way.
        thorough: Whether all else comes before the main story from the beginning.
    """

    sides: bool = True
    thorough: bool = False

    name: str = field(default="rules", init=False)
    quick: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self._quests: QuestManager | None = None
        self._facts, self._todos = Facts(), TodoManager()
        self._news, self._attempts = News(), Attempts()
        self._at_title = False
        self._needs: dict[str, Condition] = {}
        self._progress, self._came_on = -1, 0  # the game's progress, and since which frame it is so
        self._said = Words()
        self._left: dict[object, int] = {}  # keys of errands that the tactic leaves alone: until which frame
        self._meet(Atlas())

    def think(self, situation: Situation) -> Thought:
        """Return what to do next; the same again while nothing has changed."""
        self._take_in(situation)
        state = situation.state
        if int(state.get("context", 1)) == _BATTLE:
            return Thought(strategy="fight", goal="win", reason="a battle")
        if situation.cell is None or situation.area <= 0:
            return Thought(strategy="wait", goal="begin", reason="the game has not begun")
        place = Place(situation.area, *situation.cell)
        assert self._quests is not None
        self._quests.update(state, place)
        self._todos.update(state, self._facts)
        return self._decide(situation, place)

    def _take_in(self, situation: Situation) -> None:
        """Fold what was learnt, and what came of the goal; a game that begins anew has everything back."""
        if self._quests is None:
            self._quests = QuestManager(situation.game)
        if situation.atlas is not None and situation.atlas is not self._atlas:
            self._meet(situation.atlas)
        elif situation.atlas is None:
            self._atlas.fold(situation.learnt)
        for learnt in situation.learnt:
            self._quests.fold(learnt)
            self._facts.fold(learnt)
        self._said.fold(situation.learnt)
        told = [left_key(event.facts) for event in situation.events if event.name == LEFT]
        self._left = {key: until for key, until in (self._left | dict(told)).items() if until > situation.frame_index}
        self._news.look(self._atlas.progress, situation.state)
        self._attempts.look(situation, self._atlas.progress)
        at_title = situation.state.get("context") == TITLE
        if at_title and not self._at_title:
            self._attempts.begin_again()
            self._said = Words()
            self._left.clear()
        self._at_title = at_title
        if any(event.name == _SUCCESS for event in situation.events):
            self.thorough = self._quests.lasting = True

    def _meet(self, atlas: Atlas) -> None:
        """Look at a map from now on."""
        self._atlas, self._routes, self._hidden = atlas, Routes(atlas), Unknowns(atlas)

    def _decide(self, situation: Situation, place: Place) -> Thought:
        state, frame = situation.state, situation.frame_index
        reach = self._routes.reach((place.area, (place.x, place.y)), frame)
        health = health_share(state)
        if health <= _WEAK and any(state.get(name, 0) for name in ("item.potion", "item.tonic")):
            return Thought(strategy="use", goal="drink a potion", reason=f"health {health:.0%}")
        assert self._quests is not None
        targets = self._quests.ranked(place, lambda there: _half(reach.cost(there.area, (there.x, there.y))))
        wanted = [
            goal for target in targets if self._ready(target, state) and (goal := of_target(self._atlas, reach, target))
        ]
        again = refused(self._atlas, reach, self._news)
        story = self._story(reach, wanted)
        besides = self._besides(place, reach, wanted, again)
        goals = self._first(state, place, reach, targets)
        if self._progress != self._atlas.progress:
            self._progress, self._came_on = self._atlas.progress, frame
        if self.thorough:
            goals += besides
            goals += story if frame - self._came_on > _CURIOUS_FRAMES else []
        else:
            goals += self._on_the_way(besides, story, frame) if self.sides else []
            goals += [*story, *(each.goal for each in again if each.fits)]
            goals += sorted(opened(self._atlas, self._hidden, reach), key=lambda goal: goal.cost)
            goals += [goal for goal in besides if goal.cost <= _NEAR and (story or goal.area == place.area)]
            goals += [] if story else self._hints(reach, wanted)
        later = [each.goal for each in again if each.stage]
        later += [*(goal for goal in self._asked_again(reach) if goal.cost <= _WORTH_ASKING), *besides]
        rest = [*story, *besides, *(each.goal for each in again), *self._asked_again(reach)]
        return (
            self._pursue(goals, frame)
            or self._explore(place, reach, frame, FRONTIER, "somewhere nobody has been")
            or self._pursue(later, frame)
            or self._explore(place, reach, frame, EXPLORING, "something is unknown")
            or self._pursue(rest, frame)
            or self._despair(frame)
        )

    def _hints(self, reach: Reach, wanted: Iterable[Goal]) -> list[Goal]:
        """Return what may tell how the story goes on: those who told before, since it has, and what others ask for."""
        assert self._quests is not None
        asked = (quest for quest in self._quests.quests if quest.type == "main_story")
        givers = {quest.giver for quest in asked if quest.steps[0].kind != "enter"}  # a signpost says the same for ever
        there, since = self._atlas.npcs, self._news.stage_at
        tellers = [goal for goal in self._asked_again(reach) if goal.key in givers and there[goal.key].talked < since]
        return [*tellers, *(goal for goal in wanted if 0 <= goal.cost <= _TO_A_QUEST)]

    def _story(self, reach: Reach, wanted: Iterable[Goal]) -> list[Goal]:
        """Return what the main story asks for; where no way to it is known, first what has been opened."""
        story = [goal for goal in wanted if goal.main]
        if story and story[0].cost < 0:
            return [*sorted(opened(self._atlas, self._hidden, reach), key=lambda goal: goal.cost), *story]
        return story

    def _first(self, state: Mapping[str, Scalar], place: Place, reach: Reach, targets: Iterable[Target]) -> list[Goal]:
        """Return what comes before every quest: a shop where there is gold to spend, rest where health is low."""
        todos = [todo for todo in self._todos.open(place) if todo.action in _FIRST]
        goals = [goal for todo in todos for goal in of_todo(self._atlas, reach, todo)]
        danger = any(target.type == "main_story" and target.needs for target in targets)
        beaten = int(state.get("battle.result", 0)) == FLED
        if (danger or beaten) and health_share(state) <= _RESTED:
            goals += healers(self._atlas, reach)
        shops = [goal for goal in goals if goal.strategy == "buy" and goal.cost <= _TO_A_SHOP]
        rests = [goal for goal in goals if goal.strategy == "heal"]
        return [*sorted(shops, key=lambda goal: goal.cost), *sorted(rests, key=lambda goal: goal.cost)]

    def _besides(self, place: Place, reach: Reach, wanted: Iterable[Goal], again: Iterable[Refused]) -> list[Goal]:
        """Return the side quests and todos to which a way is known, the most worth first (C12.2), by the past."""
        goals = [goal for goal in wanted if not goal.main and goal.cost >= 0]
        fitting = {each.goal.key: each.goal for each in again if each.fits}
        for todo in self._todos.open(place):
            if todo.action == "come_back" and todo.target in fitting:
                goals.append(worth(fitting[todo.target], todo.priority))
            elif todo.action not in {*_FIRST, "come_back"}:
                goals += of_todo(self._atlas, reach, todo)
        goals += in_sight(self._atlas, self._hidden, reach, _COLLECT)
        return sorted(goals, key=lambda goal: -self._attempts.score(goal))

    def _on_the_way(self, besides: Iterable[Goal], story: Iterable[Goal], frame: int) -> list[Goal]:
        """Return what lies near the way to the story's next place: little is lost by it."""
        main = next(self._open(story, frame), None)
        if main is None:
            return []
        near = [goal for goal in self._open(besides, frame) if goal.cost <= _NEAR]
        return [goal for goal in near if self._detour(goal, main, frame) <= _DETOUR]

    def _detour(self, goal: Goal, main: Goal, frame: int) -> int:
        """Return what the way to the main goal grows by, in half steps; where that has no way, there and back."""
        on = self._routes.reach((goal.area, goal.cell), frame)
        cost = cost_from(self._atlas, on, main) if main.cost >= 0 else -1
        return 2 * goal.cost if cost < 0 else goal.cost + cost - main.cost

    def _asked_again(self, reach: Reach) -> list[Goal]:
        """Return the people who may have something new to say, the nearest first."""
        return sorted(people(self._atlas, reach, self._said), key=lambda goal: goal.cost)

    def _ready(self, target: Target, state: Mapping[str, Scalar]) -> bool:
        """Return whether an objective can be pursued yet: what it needs is there."""
        if not target.needs:
            return True
        if target.needs not in self._needs:
            try:
                self._needs[target.needs] = condition(target.needs)
            except UsageError:  # words of somebody, no condition
                return True
        return self._needs[target.needs](state)

    def _open(self, goals: Iterable[Goal], frame: int) -> Iterator[Goal]:
        """Yield the goals that did not come to nothing just now."""
        return (goal for goal in goals if self._attempts.may(goal, self._atlas.progress, frame))

    def _pursue(self, goals: Iterable[Goal], frame: int) -> Thought | None:
        """Return the first of some goals that is worth trying now; None for none."""
        goal = next(self._open(goals, frame), None)
        if goal is None:
            return None
        self._attempts.begin(goal, frame)
        return Thought(
            strategy=goal.strategy,
            goal=goal.what,
            area=goal.area,
            cell=goal.cell,
            press=goal.press,
            reason=goal.why,
        )

    def _explore(self, place: Place, reach: Reach, frame: int, costs: Mapping[str, int], why: str) -> Thought | None:
        """Return to explore where there is something to find out, or so little was seen here that nobody can tell."""
        new = len(self._atlas.area(place.area).tiles) < _SEEN_CELLS
        if not new and explored(self._atlas, self._hidden, reach, costs, but=self._left.keys()) is None:
            return None
        self._attempts.begin(None, frame)
        return Thought(strategy="explore", goal="explore", reason=why)

    def _despair(self, frame: int) -> Thought:
        self._attempts.begin(None, frame)
        return Thought(strategy="interact", goal="try everything", reason="all that is known has been done")


def _half(cost: int | None) -> float | None:
    return None if cost is None else cost / 2
