"""The strategy cache: what slower actors planned, for as long as it holds (requirements C8.3, C3.5)."""

from agents.reflex.moment import Moment
from agents.reflex.rules import Rules, Validity
from agents.reflex.sequence import Sequence
from runtime.expressions import condition
from runtime.wire import Plan

#: Plans kept for other contexts: the way that a battle interrupts is gone on with after it.
_KEPT = 8

#: Frames of pushing against something after which the way is given up. The tactic takes a cell for blocked after 48.
STUCK_FRAMES = 90

#: Confidence below which a plan is not sure (requirement C15.6).
SURE = 0.7


class CachedPlan:
    """A plan, and how far it has come.

    Attributes:
        plan: The plan.
        sequence: Its actions, once they are played.
        fallback: Whether those are its fallback.
        over: Whether there is nothing left to do: played to the end, cut off, refused, or arrived.
        at_end: Whether its waypoints are walked.
        fell_back: Whether its fallback was taken; it is taken once.
    """

    def __init__(self, plan: Plan, validity: Validity | None) -> None:
        self.plan = plan
        self.sequence: Sequence | None = None
        self.fallback = self.over = self.at_end = self.fell_back = False
        self.contexts = frozenset(validity.contexts) if validity else None  # None: any
        self._holds = condition(validity.when) if validity and validity.when else None

    @property
    def walks(self) -> bool:
        """Whether it is waypoints that are left to walk."""
        return bool(self.plan.waypoints) and not self.at_end and self.sequence is None

    def why_not(self, moment: Moment) -> str:
        """Return why it does not hold: area, context, precondition, over, stuck, stale; empty when it does."""
        if self.plan.area not in (-1, moment.area):
            return "area"
        if self.contexts is not None and moment.context not in self.contexts:
            return "context"
        if self._holds and not self._holds(moment.values):
            return "precondition"
        if self.over:
            return "over"
        if self.walks and moment.pushed >= STUCK_FRAMES:
            return "stuck"
        return "stale" if self.is_stale(moment) else ""

    def is_valid(self, moment: Moment) -> bool:
        """Return whether it holds."""
        return not self.why_not(moment)

    def is_stale(self, moment: Moment) -> bool:
        """Return whether its time is over."""
        return 0 < self.plan.valid_frames <= moment.frame_index - self.plan.frame_index

    @property
    def harmless(self) -> bool:
        """Whether it may be used although it is stale: it only says where to walk."""
        return bool(self.plan.waypoints) and not self.plan.actions

    def pin(self, context: str) -> None:
        """Let it hold in this context only, when its strategy says nothing: it was made for what is shown."""
        if self.contexts is None:
            self.contexts = frozenset({context})


class StrategyCache:
    """Keeps the newest plan, and older ones for contexts that it is not for.

    Attributes:
        hits: Frames on which a plan held.
        stale: Those of them on which its time was over.
        misses: Frames on which none did.
        why: Why the newest does not hold; empty when one did, "empty" when there is none.
        doubt: What speaks against the one that held: stale, unsure; empty when nothing does.
    """

    def __init__(self, rules: Rules) -> None:
        self.hits = self.stale = self.misses = 0
        self.why, self.doubt = "empty", ""
        self._rules = rules
        self._plans: list[CachedPlan] = []  # the newest first

    @property
    def is_empty(self) -> bool:
        """Whether there is no plan."""
        return not self._plans

    @property
    def newest_id(self) -> str:
        """The newest plan's id; empty when there is none."""
        return self._plans[0].plan.plan_id if self._plans else ""

    @property
    def hit_rate(self) -> float:
        """The part of all frames on which a plan held; 0 before the first."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0

    def is_stale(self, moment: Moment) -> bool:
        """Return whether the newest plan's time is over."""
        return bool(self._plans) and self._plans[0].is_stale(moment)

    def update(self, plan: Plan | None) -> None:
        """Take the newest plan; it replaces those that were for a context of its own, too."""
        if plan is None or (self._plans and self._plans[0].plan is plan):
            return
        if self._plans and self._plans[0].plan.plan_id == plan.plan_id:
            return
        fresh = CachedPlan(plan, self._rules.validity_of(plan))
        others = [each for each in self._plans if _apart(each.contexts, fresh.contexts)]
        self._plans = [fresh, *others][:_KEPT]

    def get_action(self, moment: Moment, *, wanted: bool = True) -> CachedPlan | None:
        """Return the plan to carry out now, and count; None when none holds.

        One that is not sure gives way while the strategist thinks, one whose time is over holds while it is harmless.

        Args:
            moment: What must fit.
            wanted: Whether a plan is missed when there is none; else only one counts that says what to press.
        """
        self.why, self.doubt = "empty" if not self._plans else "", ""
        for cached in self._plans:
            if not wanted and not cached.plan.actions:
                continue
            why = cached.why_not(moment) or ("unsure" if cached.plan.confidence < SURE else "")
            if not why or (why == "stale" and cached.harmless) or (why == "unsure" and not moment.thinking):
                self.hits += 1
                self.stale += why == "stale"
                self.why, self.doubt = "", why
                return cached
            self.why = self.why or why
        self.misses += wanted
        return None

    def fallback(self, moment: Moment) -> CachedPlan | None:
        """Return a plan whose way is stuck and that says what to do then."""
        for cached in self._plans:
            if cached.plan.fallback and not cached.fell_back and cached.why_not(moment) == "stuck":
                return cached
        return None


def _apart(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is not None and other is not None and not one & other
