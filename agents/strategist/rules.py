"""The default mind: what to do next and why, from quests, the learnt map and the state. No model, no waiting."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agents.atlas import Atlas, Reach, Routes, Unknowns
from agents.knowledge.keys import Place
from agents.quests import QuestManager
from agents.quests.targets import Target
from agents.quests.todos import health_share
from agents.strategist.goals import Goal, healers, of_target, people, refused, sellers
from agents.strategist.news import News
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation
from agents.tactics.errands import EXPLORING, FRONTIER, explored
from agents.tactics.moment import FLED
from runtime.errors import UsageError
from runtime.expressions import Condition, condition
from runtime.wire import Fact, Scalar

#: The values of the watch `context` (runtime.vocabulary) in which somebody else has the say.
_BATTLE, _SHOP = 3, 6

#: Gold that came since the last visit to a shop, for which it is worth another, and how far that may be, in half steps.
_TO_SPEND, _TO_A_SHOP = 30, 160

#: How far a side quest may lead off while the main story is not done, in half steps.
_ON_THE_WAY = 60

#: Share of the most health below which healing comes first, below which a potion is worth drinking in the field, and
#: below which nobody goes to a fight that the game warns of (an objective that needs something first), or on after
#: running from one.
_LOW, _WEAK, _RESTED = 0.4, 0.5, 0.8

#: Frames after which a goal that came to nothing is tried again, though nothing has changed.
_AGAIN_FRAMES = 3600

#: How far somebody may be who is asked anew before everything near is looked at closely, in half steps.
_WORTH_ASKING = 240

#: An area of which fewer cells are known has just been entered.
_SEEN_CELLS = 30


@dataclass
class Rules:
    """Quests first, then what was refused, what is unknown, and people anew.

    Attributes:
        sides: Whether side quests are pursued before the main story is done, where they lie near.
    """

    sides: bool = True

    name: str = field(default="rules", init=False)
    quick: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        self._atlas = Atlas()
        self._routes = Routes(self._atlas)
        self._hidden = Unknowns(self._atlas)
        self._quests: QuestManager | None = None
        self._tried: dict[tuple[str, int], int] = {}  # goal and progress: frame at which it came to nothing or was done
        self._goal: Goal | None = None
        self._left_with = 0  # gold when a shop was last left
        self._needs: dict[str, Condition] = {}
        self._news = News()
        self._same: dict[str, int] = {}  # by the key of somebody: how often they have said the same again

    def think(self, situation: Situation) -> Thought:
        """Return what to do next; the same again while nothing has changed."""
        if self._quests is None:
            self._quests = QuestManager(situation.game)
        for learnt in situation.learnt:
            self._count_words(learnt.facts)
        self._atlas.fold(situation.learnt)
        for learnt in situation.learnt:
            self._quests.fold(learnt)
        self._news.look(self._atlas.progress, situation.state)
        if self._news.began_anew:
            self._begin_again()
        self._take_outcomes(situation)
        state = situation.state
        if int(state.get("context", 1)) == _BATTLE:
            return Thought(strategy="fight", goal="win", reason="a battle")
        if situation.cell is None or situation.area <= 0:
            return Thought(strategy="wait", goal="begin", reason="the game has not begun")
        place = Place(situation.area, *situation.cell)
        self._quests.update(state, place)
        return self._decide(situation, place)

    def _decide(self, situation: Situation, place: Place) -> Thought:
        state, atlas = situation.state, self._atlas
        reach = self._routes.reach((place.area, (place.x, place.y)), situation.frame_index)
        health = health_share(state)
        if health <= _WEAK and any(state.get(name, 0) for name in ("item.potion", "item.tonic")):
            return Thought(strategy="use", goal="drink a potion", reason=f"health {health:.0%}")
        goals: list[Goal] = []
        gold = int(state.get("player.gold", 0))
        if int(state.get("context", 1)) == _SHOP:
            self._left_with = gold
        if gold >= self._left_with + _TO_SPEND:
            shops = sorted(sellers(atlas, reach), key=lambda goal: goal.cost)
            goals += [goal for goal in shops if goal.cost <= _TO_A_SHOP]
        assert self._quests is not None
        targets = self._quests.ranked(place, lambda there: _half(reach.cost(there.area, (there.x, there.y))))
        danger = any(target.type == "main_story" and target.needs for target in targets)
        beaten = int(state.get("battle.result", 0)) == FLED
        if health <= (_RESTED if danger or beaten else _LOW):
            goals += sorted(healers(atlas, reach), key=lambda goal: goal.cost)
        wanted = [
            goal for target in targets if self._ready(target, state) and (goal := of_target(atlas, reach, target))
        ]
        goals += [goal for goal in wanted if goal.main or 0 <= goal.cost <= _ON_THE_WAY]
        goals += [goal for goal in wanted if not goal.main and goal.cost >= 0 and not any(g.main for g in wanted)]
        again = refused(atlas, reach, self._news)
        goals += [each.goal for each in again if each.fits]
        for goal in self._open(goals, situation.frame_index):
            return self._pursue(goal)
        if self._explores(place, reach, FRONTIER):
            return self._explore("somewhere nobody has been")
        anew = [each.goal for each in again if each.stage]
        anew += [goal for goal in self._asked_again(reach) if goal.cost <= _WORTH_ASKING]
        for goal in self._open(anew, situation.frame_index):
            return self._pursue(goal)
        if self._explores(place, reach, EXPLORING):
            return self._explore("something is unknown")
        for goal in self._open([*(each.goal for each in again), *self._asked_again(reach)], situation.frame_index):
            return self._pursue(goal)
        self._goal = None
        return Thought(strategy="interact", goal="try everything", reason="all that is known has been done")

    def _explores(self, place: Place, reach: Reach, costs: Mapping[str, int]) -> bool:
        """Return whether there is something to find out, or so little was seen of this area that nobody can tell."""
        if len(self._atlas.area(place.area).tiles) < _SEEN_CELLS:
            return True
        return explored(self._atlas, self._hidden, reach, costs) is not None

    def _explore(self, why: str) -> Thought:
        self._goal = None
        return Thought(strategy="explore", goal="explore", reason=why)

    def _asked_again(self, reach: Reach) -> list[Goal]:
        """Return the people who may have something new to say, the nearest first."""
        return sorted(people(self._atlas, reach, self._same), key=lambda goal: goal.cost)

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

    def _open(self, goals: list[Goal], frame_index: int) -> Iterator[Goal]:
        """Yield the goals that did not come to nothing just now."""
        for goal in goals:
            tried = self._tried.get((goal.key, self._atlas.progress), -_AGAIN_FRAMES)
            if frame_index - tried >= _AGAIN_FRAMES:
                yield goal

    def _pursue(self, goal: Goal) -> Thought:
        self._goal = goal
        return Thought(
            strategy=goal.strategy,
            goal=goal.what,
            area=goal.area,
            cell=goal.cell,
            press=goal.press,
            reason=goal.why,
        )

    def _begin_again(self) -> None:
        """Another game has begun: what was tried in the one before is to be tried again."""
        progress = self._atlas.progress
        self._atlas.begin_again()
        self._atlas.progress = progress
        self._tried.clear()
        self._same.clear()

    def _count_words(self, facts: Iterable[Fact]) -> None:
        """Count how often each says the same again."""
        for fact in facts:
            npc = self._atlas.npcs.get(fact.key)
            if fact.kind == "NPC" and npc and npc.text and fact.props.get("text"):
                self._same[fact.key] = self._same.get(fact.key, 0) + 1 if fact.props["text"] == npc.text else 0

    def _take_outcomes(self, situation: Situation) -> None:
        """Note that a goal is done, or came to nothing: it is not pursued again at once."""
        ended = {event.name for event in situation.events if event.source == "tactic" and event.name in _ENDED}
        if ended and self._goal:
            once = _DONE in ended and self._goal.strategy in _ONCE
            self._tried[self._goal.key, self._atlas.progress] = _FOR_GOOD if once else situation.frame_index
            self._goal = None


#: What the tactic tells of a plan of ours.
_DONE = "plan.done"
_ENDED = frozenset({_DONE, "plan.failed"})

#: What is done once and not again until the game comes on.
_ONCE = frozenset({"goto", "interact"})

_FOR_GOOD = 1 << 60


def _half(cost: int | None) -> float | None:
    return None if cost is None else cost / 2
