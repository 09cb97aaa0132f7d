"""What was tried and what came of it, now and in earlier sessions: which goals rest, and what others are worth (C11.4).

A goal that was done rests until the game comes on; one that failed is tried again later. One that ended, and was there
again, rests longer each time, whatever happens; one that failed here in experiences is worth less, one of which there
is a recipe more.
"""

from collections.abc import Iterable

from agents.knowledge.keys import slug
from agents.strategist.goals import Goal
from agents.strategist.situation import Situation
from runtime.wire import Learnt

#: Frames after which a goal that came to nothing is tried again, though nothing has changed.
_AGAIN_FRAMES = 3600

#: A way that seems open from afar, and shut when one comes near, makes a goal come and go.
_OFTEN_PUT_OFF = 3

#: What the tactic tells of a plan of ours.
_DONE = "plan.done"
_ENDED = frozenset({_DONE, "plan.failed"})

#: What is done once and not again until the game comes on.
_ONCE = frozenset({"goto", "interact"})

_FOR_GOOD = 1 << 60

#: What a failure more than successes costs, and what having worked before is worth, as C12.2 scores: a failure weighs
#: as much as a step of priority, a recipe as much as two hundred cells of way.
_FAILURE, _WORKED = 100.0, 20.0

#: Failures that count: nothing is ruled out for good.
_MOST_FAILURES = 4


class Attempts:
    """The goals of a mind, the one under way, and the fold of the experiences and recipes that the librarian writes."""

    def __init__(self) -> None:
        self._goal: Goal | None = None
        self._tried: dict[tuple[str, int], int] = {}  # goal and progress: frame at which it came to nothing or was done
        self._ends: dict[str, int] = {}  # goal: how often it ended
        self._put_off: dict[str, int] = {}  # goal: how often another came before it was done
        self._rests: dict[str, int] = {}  # goal: until which frame
        self._failures: dict[str, int] = {}  # by an experience's key: failures, less what worked
        self._worked: dict[str, bool] = {}  # by a recipe's key

    def begin_again(self) -> None:
        """Another game has begun: what was tried in the one before is to be tried again."""
        self._goal = None
        self._tried.clear()
        self._ends.clear()
        self._put_off.clear()
        self._rests.clear()

    def begin(self, goal: Goal | None, frame: int) -> None:
        """Pursue a goal from now on, None for no goal of the list; one put off again and again for others rests."""
        before, self._goal = self._goal, goal
        if before is None or (goal and goal.key == before.key) or before.main or before.strategy == "heal":
            return
        times = self._put_off[before.key] = self._put_off.get(before.key, 0) + 1
        if times % _OFTEN_PUT_OFF == 0:
            self._rests[before.key] = frame + _AGAIN_FRAMES * (times // _OFTEN_PUT_OFF)

    def look(self, situation: Situation, progress: int) -> None:
        """Take in what is told of the goal that is pursued, and what was learnt of earlier ones."""
        self._fold(situation.learnt)
        ended = {event.name for event in situation.events if event.source == "tactic" and event.name in _ENDED}
        goal = self._goal
        if not ended or goal is None:
            return
        frame = situation.frame_index
        self._goal = None
        self._tried[goal.key, progress] = _FOR_GOOD if _DONE in ended and goal.strategy in _ONCE else frame
        before = self._ends.get(goal.key, 0)
        self._ends[goal.key] = before + 1
        if not goal.main and goal.strategy != "heal":
            self._rests[goal.key] = frame + _AGAIN_FRAMES * (before + self.failures(goal))

    def may(self, goal: Goal, progress: int, frame: int) -> bool:
        """Return whether a goal may be pursued: it does not rest."""
        tried = self._tried.get((goal.key, progress), -_AGAIN_FRAMES)
        return frame - tried >= _AGAIN_FRAMES and frame >= self._rests.get(goal.key, 0)

    def failures(self, goal: Goal) -> int:
        """Return how much more often a goal failed in its area than it worked, at most _MOST_FAILURES."""
        return self._failures.get(f"experience:{_name(goal)}:{max(goal.area, 0)}", 0)

    def score(self, goal: Goal) -> float:
        """Return what a goal is worth after what came of it before."""
        worked = _WORKED if self._worked.get(f"recipe:{_name(goal)}", False) else 0.0
        return goal.score + worked - _FAILURE * self.failures(goal)

    def _fold(self, learnt: Iterable[Learnt]) -> None:
        for message in learnt:
            for fact in message.facts:
                if fact.kind == "Experience" and "tried" in fact.props:
                    more = int(fact.props.get("failed", 0)) - int(fact.props.get("succeeded", 0))
                    self._failures[fact.key] = min(max(more, 0), _MOST_FAILURES)
                elif fact.kind == "Recipe":
                    self._worked[fact.key] = int(fact.props.get("worked", 0)) > 0


def _name(goal: Goal) -> str:
    """Return what the chronicle calls a goal."""
    return slug(f"{goal.strategy} {goal.what}")
