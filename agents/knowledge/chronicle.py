"""Plans and what came of them → experiences, and recipes of what worked (C11.4): episodic and procedural memory.

An experience is counted for each goal in each area, so that a store does not grow with the hours played. A recipe is a
goal that a plan reached: what was done, and how often that worked.
"""

from collections.abc import Iterable, Iterator, Mapping

from agents.knowledge.facts import Facts
from agents.knowledge.keys import slug
from runtime.vocabulary import CONTEXTS
from runtime.wire import Event, Fact, Plan, Scalar

#: What events say of a plan.
_OUTCOMES = {"plan.done": "done", "plan.failed": "failed", "plan.refused": "failed"}

_GAME_OVER = CONTEXTS.index("game_over")

#: Plans whose outcome may still come.
_REMEMBERED = 64


class Chronicle:
    """Follows the plans of a session."""

    def __init__(self) -> None:
        self._plans: dict[str, tuple[Plan, int]] = {}  # by id: the plan, and the health when it was made
        self._last = ""  # the newest plan that nobody else's plan serves
        self._was_over = False

    def look(
        self, frame: int, plans: Iterable[Plan], events: Iterable[Event], state: Mapping[str, Scalar], facts: Facts
    ) -> Iterator[Fact]:
        """Yield what is learnt from plans that ended since the last look."""
        health = int(state.get("player.hp", 0))
        for plan in plans:
            if not plan.parent_id and plan.plan_id not in self._plans:
                self._plans[plan.plan_id] = (plan, health)
                self._last = plan.plan_id
        while len(self._plans) > _REMEMBERED:
            del self._plans[next(iter(self._plans))]
        for event in events:
            outcome = _OUTCOMES.get(event.name)
            plan_id = str(event.facts.get("plan_id", ""))
            if outcome and plan_id in self._plans:
                yield from self._ended(plan_id, outcome, str(event.facts.get("why", "")), frame, health, facts)
        over = state.get("context") == _GAME_OVER
        if over and not self._was_over and self._last in self._plans:
            yield from self._ended(self._last, "died", "health ran out", frame, health, facts)
        self._was_over = over

    def _ended(self, plan_id: str, outcome: str, reason: str, frame: int, health: int, facts: Facts) -> Iterator[Fact]:
        plan, before = self._plans.pop(plan_id)
        worked = outcome == "done"
        name = slug(f"{plan.strategy} {plan.goal}")
        key = f"experience:{name}:{max(plan.area, 0)}"
        known = facts.node(key)
        props: dict[str, Scalar] = {
            **{"plan": plan_id, "goal": plan.goal, "strategy": plan.strategy, "outcome": outcome, "area": plan.area},
            "tried": (known.number("tried") if known else 0) + 1,
            "succeeded": (known.number("succeeded") if known else 0) + worked,
            "failed": (known.number("failed") if known else 0) + (not worked),
            **{"frames": frame - plan.frame_index, "health": health - before, "reason": reason, "model": plan.model},
        }
        yield Fact("Experience", key, {name: value for name, value in props.items() if value != ""})
        recipe = facts.node(f"recipe:{name}")
        if worked or recipe is not None:
            yield Fact(
                "Recipe",
                f"recipe:{name}",
                {
                    **{"situation": plan.goal, "goal": plan.goal, "strategy": plan.strategy, "area": plan.area},
                    **({"actions": plan.actions} if plan.actions else {}),
                    "tried": (recipe.number("tried") if recipe else 0) + 1,
                    "worked": (recipe.number("worked") if recipe else 0) + worked,
                    "frames": frame - plan.frame_index,
                },
            )
