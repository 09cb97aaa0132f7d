"""What became of the strategist's plans, as facts: plan → outcome, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.knowledge.keys import slug
from agents.tactics.errands import Errand
from agents.tactics.moment import Moment
from runtime.actor import Learn
from runtime.wire import Fact, Scalar


@dataclass
class Experiences:
    """Counts the outcomes of this session's plans, by what they were for."""

    _counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, errand: Errand, outcome: str, now: Moment) -> Learn:
        """Return the experience of a plan that has ended.

        Args:
            errand: What served it.
            outcome: "done", or why it failed.
            now: When and how it ended.
        """
        key = f"experience:{slug(errand.goal)}"
        counts = self._counts.setdefault(key, {"tried": 0, "succeeded": 0, "failed": 0})
        counts["tried"] += 1
        counts["succeeded" if outcome == "done" else "failed"] += 1
        props: Mapping[str, Scalar] = {
            **{"plan": errand.plan_id, "goal": errand.goal, "outcome": outcome, "health": now.hp, "frame": now.frame},
            **{"area": errand.area, "x": errand.cell[0], "y": errand.cell[1], **counts},
        }
        return Learn((Fact("Experience", key, dict(props)),))
