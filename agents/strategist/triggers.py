"""When to think: the four triggers of requirement C10.1."""

from collections.abc import Iterable, Mapping

from agents.strategist.conditions import holds
from agents.strategist.plan import Thought
from runtime import wire
from runtime.wire import Scalar

#: Choices that decide much: what of conditions.CONDITIONS has just come true.
CRITICAL = ("battle_mode", "low_health", "shop_open")

#: Watches that are the progress of a quest, and the events that tell of one found or changed.
QUEST_WATCHES = ("main.stage", "quest.stage", "side.done", "objective")
QUEST_EVENTS = "quest."

#: What is told of a strategist's plan that leads no further, and of one carried out whole.
_OVER = ("plan.failed", "plan.refused", "plan.stuck", "plan.done")

#: What the reflex tells when it has no plan that fits (`why` says in which way).
_MISS = "reflex.miss"

#: A plan that leads no further is thought over at most once a second: else nothing but thinking would come of it.
LEAST_FRAMES = 60


class Triggers:
    """Watches what is seen and says why to think now. The same observations give the same answers."""

    def __init__(self) -> None:
        self._areas: set[int] = set()
        self._critical: dict[str, bool] = {}
        self._quest: tuple[Scalar | None, ...] | None = None
        self._stale = True
        self._thought_at = -LEAST_FRAMES

    def thought(self, frame_index: int) -> None:
        """Count a thought: what made the plan stale is dealt with."""
        self._stale, self._thought_at = False, frame_index

    def watch(
        self,
        frame_index: int,
        state: Mapping[str, Scalar],
        events: Iterable[wire.Event],
        plan: Thought | None,
        plan_frame: int,
        made_by: str,
    ) -> str:
        """Take in one observation; return "critical", "quest", "new_area", "stale", or "" for no reason to think.

        Args:
            frame_index: When.
            state: The watches.
            events: What happened since the last observation.
            plan: The thought that holds now.
            plan_frame: When it was had.
            made_by: The strategist's name in the session, with which its plans' names begin.
        """
        told = tuple(events)
        critical, quest, new_area = self._watch_critical(state), self._watch_quest(state, told), self._watch_area(state)
        ran_out = plan is not None and 0 < plan.valid_frames <= frame_index - plan_frame
        self._stale = self._stale or plan is None or ran_out or any(_ends_plan(event, made_by) for event in told)
        if critical:
            return "critical"
        if quest:
            return "quest"
        if new_area:
            return "new_area"
        return "stale" if self._stale and frame_index - self._thought_at >= LEAST_FRAMES else ""

    def _watch_critical(self, state: Mapping[str, Scalar]) -> bool:
        now = {name: holds(name, state) for name in CRITICAL}
        rose = any(now[name] and not self._critical.get(name, False) for name in CRITICAL)
        self._critical = now
        return rose

    def _watch_quest(self, state: Mapping[str, Scalar], events: tuple[wire.Event, ...]) -> bool:
        now = tuple(state.get(name) for name in QUEST_WATCHES)
        changed = self._quest is not None and now != self._quest
        self._quest = now
        return changed or any(event.name.startswith(QUEST_EVENTS) for event in events)

    def _watch_area(self, state: Mapping[str, Scalar]) -> bool:
        area = int(state.get("area", -1))
        new = area > 0 and area not in self._areas
        self._areas.add(area)
        return new


def _ends_plan(event: wire.Event, made_by: str) -> bool:
    if event.name == _MISS:
        return event.facts.get("why") in ("empty", "stale")
    return event.name in _OVER and str(event.facts.get("plan_id", "")).startswith(f"{made_by}-")
