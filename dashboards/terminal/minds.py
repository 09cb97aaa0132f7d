"""What the thinkers of a session do: thinking now, the last plan and its age, failures. Pure."""

from dataclasses import dataclass

from runtime import wire

#: Events of agents.strategist.actor.
_BEGUN, _ENDED, _FAILED = "think.begun", "think.ended", "think.failed"


@dataclass
class Mind:
    """A strategist as heard.

    Attributes:
        actor: Its name.
        mind: The name of what thinks in it; empty until it said so.
        thinking_ns: Since when it thinks, monotonic; 0 when it does not.
        failure: What kind of failure the last one was; empty for none.
        figures: Its own, as of its last report.
    """

    actor: str
    mind: str = ""
    thinking_ns: int = 0
    failure: str = ""
    figures: dict[str, float] | None = None

    def figure(self, name: str) -> float:
        """Return one of its figures; 0 for one that it lacks."""
        return (self.figures or {}).get(name, 0.0)


class Minds:
    """All strategists heard of, and the newest plan of each actor."""

    def __init__(self) -> None:
        self._minds: dict[str, Mind] = {}
        self.plans: dict[str, wire.Plan] = {}

    def take_plan(self, plan: wire.Plan) -> None:
        """Take a plan in; one that is older than the known one, as from the recording, changes nothing."""
        known = self.plans.get(plan.actor)
        if known is None or known.frame_index <= plan.frame_index:
            self.plans[plan.actor] = plan

    def take_event(self, event: wire.Event, now_ns: int) -> None:
        """Take an event in, if it is about thinking."""
        if event.name not in (_BEGUN, _ENDED, _FAILED):
            return
        mind = self._of(event.source)
        mind.mind = str(event.facts.get("mind", mind.mind))
        if event.name == _BEGUN:
            mind.thinking_ns = now_ns
        elif event.name == _ENDED:
            mind.thinking_ns = 0
        else:
            mind.failure = str(event.facts.get("kind", "failed"))

    def take_health(self, health: wire.Health) -> None:
        """Take a report in, if it has the figures of a strategist."""
        if "thoughts" in health.figures or "failures" in health.figures:
            self._of(health.process).figures = health.figures

    def all(self) -> list[Mind]:
        """Return the strategists, by name."""
        return [self._minds[name] for name in sorted(self._minds)]

    def _of(self, actor: str) -> Mind:
        return self._minds.setdefault(actor, Mind(actor))


def target(plan: wire.Plan) -> str:
    """Return what a plan wants, in some words."""
    parts = [plan.strategy, plan.goal if plan.goal != plan.strategy else ""]
    if plan.waypoints:
        parts.append(f"at {plan.waypoints[-1].x},{plan.waypoints[-1].y}")
    if plan.area >= 0:
        parts.append(f"in area {plan.area}")
    return " ".join(part for part in parts if part)
