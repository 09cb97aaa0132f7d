"""What came of goals before, in this session and earlier ones: experiences and recipes (C11.4) as a goal's worth.

A goal that failed here again and again comes later, and rests for longer; one that worked before is preferred.
"""

from collections.abc import Iterable

from agents.knowledge.keys import slug
from agents.strategist.goals import Goal
from runtime.wire import Learnt

#: What a failure more than successes costs, and what having worked before is worth, as C12.2 scores: a failure weighs
#: as much as a step of priority, a recipe as much as some twenty cells of way.
_FAILURE, _WORKED = 100.0, 20.0

#: Failures that count: nothing is ruled out for good.
_MOST_FAILURES = 4


class Past:
    """The fold of the experiences and recipes that the librarian writes and tells."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}  # by an experience's key: failures, less what worked
        self._worked: dict[str, bool] = {}  # by a recipe's key

    def fold(self, learnt: Iterable[Learnt]) -> None:
        """Take in messages."""
        for message in learnt:
            for fact in message.facts:
                if fact.kind == "Experience" and "tried" in fact.props:
                    more = int(fact.props.get("failed", 0)) - int(fact.props.get("succeeded", 0))
                    self._failures[fact.key] = min(max(more, 0), _MOST_FAILURES)
                elif fact.kind == "Recipe":
                    self._worked[fact.key] = int(fact.props.get("worked", 0)) > 0

    def failures(self, goal: Goal) -> int:
        """Return how much more often a goal failed in its area than it worked, at most _MOST_FAILURES."""
        return self._failures.get(f"experience:{_name(goal)}:{max(goal.area, 0)}", 0)

    def score(self, goal: Goal) -> float:
        """Return what a goal is worth after what came of it before."""
        worked = _WORKED if self._worked.get(f"recipe:{_name(goal)}", False) else 0.0
        return goal.score + worked - _FAILURE * self.failures(goal)


def _name(goal: Goal) -> str:
    """Return what the chronicle calls a goal."""
    return slug(f"{goal.strategy} {goal.what}")
