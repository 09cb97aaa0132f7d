"""One session's decisions: emergencies first, then the plan that holds, then patterns, then the last action (C4.6)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from agents.reflex.cache import StrategyCache
from agents.reflex.counts import REPORT_FRAMES, Counts
from agents.reflex.emergencies import EmergencyDetector
from agents.reflex.matcher import FastPatternMatcher
from agents.reflex.moment import Moment
from agents.reflex.playing import PlanPlayer
from agents.reflex.predictor import Compact, Predictor, compact, direction_in
from agents.reflex.responses import Responses
from agents.reflex.rules import Rule, Rules
from agents.reflex.sources import Decision
from agents.reflex.surroundings import Surroundings
from agents.reflex.thinking import Thinking
from agents.reflex.walking import Move, move
from runtime.actor import Press, Report
from runtime.observation import Observation
from runtime.wire import Plan, Scalar

#: Frames for which the last action goes on when no plan holds: two of the tactic's, which then has had its say.
CONTINUE_FRAMES = 12

#: What is left out when ticks take too long, in this order: decisions ahead of time; new looks at the learnt map.
SHEDS = ("predictor", "surroundings")

_NOTHING = Decision("default", "")

#: Decides where a policy does; None for rules alone.
React = Callable[[Moment], Decision | None]


class ReactiveController:
    """What the reflex knows in one session, and its decision on each frame.

    Attributes:
        frame_index: The last frame seen; -1 before the first.
    """

    def __init__(self, seen: Observation, rules: Rules, *, predict: bool, seed: int, react: React | None) -> None:
        self._moment = Moment(seen.game)
        self._cache = StrategyCache(rules)
        self._around = Surroundings()
        self._responses = Responses(self._around, seed)
        self._thinking = Thinking()
        self._player = PlanPlayer(seen.welcome.buttons)
        self._predictor: Predictor[Decision] | None = Predictor(_direction_of) if predict else None
        self._predicts = True
        self._react = react
        self._idle = frozenset(rules.idle)
        self._emergencies, self._patterns = EmergencyDetector(rules.emergency), FastPatternMatcher(rules.pattern)
        self._explorations = FastPatternMatcher(rules.explore)
        self._counts = Counts()
        self._last = Press()
        self._acted = _NOTHING  # the last decision that may be gone on with
        self._acted_at = (-CONTINUE_FRAMES, -1, "")  # its frame, area and context
        self._plan_frame = -1  # on which the newest plan was made
        self._missed_since = -1
        self._reported = ("", "")  # the last miss told, and of which plan

    @property
    def frame_index(self) -> int:
        """See the class."""
        return self._moment.frame_index

    def decide(self, seen: Observation, plan: Plan | None) -> Press:
        """Return the buttons for the next frame.

        Args:
            seen: The frame.
            plan: The newest plan to carry out.
        """
        moment = self._moment
        moment.take(seen, self._last.buttons)
        moment.thinking = self._thinking.listen(seen.events, seen.frame_index)
        self._cache.update(plan)
        self._plan_frame = plan.frame_index if plan else -1
        self._around.hear(seen.learnt)
        self._around.look(moment, anew="surroundings" not in seen.shed)
        self._predicts = "predictor" not in seen.shed
        self._responses.visit(moment)
        decision = self._decide(moment)
        self._counts.add(decision)
        self._player.end_frame(self._cache, moment, decision)
        self._last = decision.press(seen.frame_index)
        return self._last

    def figures(self) -> Mapping[str, float]:
        """Return counts of the cache and of the predictor, and how old the newest plan is."""
        age = self._moment.frame_index - self._plan_frame if self._plan_frame >= 0 else 0
        return {"plan.age_frames": age, **self._counts.figures(self._cache, self._predictor)}

    def reports(self, more: Callable[[], Mapping[str, Scalar]]) -> Iterator[Report]:
        """Yield what happened on this frame: of plans, a miss that lasts, and now and then the counts with `more`."""
        moment = self._moment
        yield from self._player.take_reports()
        missing = self._cache.why if self._missed(moment) >= CONTINUE_FRAMES else ""
        why = (missing or self._cache.doubt, self._cache.newest_id)
        if why[0] and why != self._reported:
            yield Report("reflex.miss", {"why": why[0], "context": moment.context, "area": moment.area})
            self._reported = why
        if self._missed_since < 0 and not why[0]:
            self._reported = ("", "")
        if moment.frame_index % REPORT_FRAMES == REPORT_FRAMES - 1:
            yield self._counts.report(self._cache, self._predictor, more())

    def _decide(self, moment: Moment) -> Decision:
        """Return the first decision there is, in the order of C4.6."""
        values = moment.values
        values["now.missed"] = self._missed(moment)
        urgent = self._emergencies.check(moment, critical=True)
        if urgent:
            return self._by_rule("emergency", urgent, moment)
        rule = moment.rule()
        if rule is None and moment.context in self._idle:
            self._missed_since = -1
            return Decision("default", moment.context)
        planned = self._planned(moment, ruled=rule is not None)
        if planned:
            self._missed_since = -1
            return planned
        if rule:
            self._missed_since = -1
            return Decision("rule", rule[1], Move((), (rule[0],)))
        if self._missed_since < 0:
            self._missed_since = moment.frame_index
        return self._without_plan(moment)

    def _planned(self, moment: Moment, *, ruled: bool) -> Decision | None:
        """Return what the plan wants; where game.toml has a rule, only a plan that says what to press comes first."""
        stuck = self._cache.fallback(moment)
        cached = stuck or self._cache.get_action(moment, wanted=not ruled)
        if cached is None:
            return None
        if stuck:
            self._player.fall_back(cached, moment)
        if cached.walks:
            if moment.cell is None:
                return Decision("default", "no position", plan_id=cached.plan.plan_id)
            decision = self._walk(cached.plan, moment)
            self._player.walk(cached, moment)
            if not decision.move.arrived:
                return self._may_go_on(decision, moment)
            cached.at_end = True
            self._acted = _NOTHING  # a step that went on would go too far
        return self._player.play(cached, moment)

    def _walk(self, plan: Plan, moment: Moment) -> Decision:
        """Return the step along the waypoints, made ahead of time if it could be foreseen."""
        decide = partial(_step, plan)
        if self._predictor is None or not self._predicts:
            return decide(compact(moment))
        self._predictor.begin(plan.plan_id)
        return self._predictor.look(compact(moment), direction_in(self._last.buttons), decide)

    def _without_plan(self, moment: Moment) -> Decision:
        """Return what to do while no plan holds."""
        values = moment.values
        urgent = self._emergencies.check(moment)
        if urgent:
            return self._by_rule("emergency", urgent, moment)
        reaction = self._react(moment) if self._react else None
        if reaction:
            return self._may_go_on(reaction, moment)
        if moment.thinking:
            rule = self._explorations.classify(values)
            if rule:
                return self._by_rule("explore", rule, moment)
        rule = self._patterns.classify(values, values["now.missed"])
        if rule:
            return self._by_rule("pattern", rule, moment)
        return self._go_on(moment)

    def _may_go_on(self, decision: Decision, moment: Moment) -> Decision:
        """Remember a decision that may be gone on with when none follows it: one that does not count its presses."""
        self._acted, self._acted_at = decision, (moment.frame_index, moment.area, moment.context)
        return decision

    def _go_on(self, moment: Moment) -> Decision:
        """Return the last action for a while, where it was made; then none."""
        frame_index, *place = self._acted_at
        acted = self._acted
        recent = moment.frame_index - frame_index <= CONTINUE_FRAMES and place == [moment.area, moment.context]
        if recent and acted.move.presses and self._cache.why != "stuck":
            return acted._replace(source="continue")
        return Decision("default", f"no plan: {self._cache.why}")

    def _by_rule(self, source: str, rule: Rule, moment: Moment) -> Decision:
        return Decision(source, f"{rule.name} → {rule.do}", self._responses.do(rule.do, moment))

    def _missed(self, moment: Moment) -> int:
        return moment.frame_index - self._missed_since if self._missed_since >= 0 else 0


def _step(plan: Plan, state: Compact) -> Decision:
    """Return what a plan's waypoints want in a state."""
    wanted = move(plan, (state.x, state.y), state.facing, moving=state.moving)
    return Decision("plan", plan.goal, wanted, plan.plan_id, plan.model)


def _direction_of(decision: Decision) -> str:
    return direction_in(decision.move.hold)
