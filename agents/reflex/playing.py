"""Plays the actions of plans, one at a time, and says once of each how it ended."""

from collections.abc import Iterator, Sequence

from agents.atlas.cells import Cell
from agents.reflex.cache import CachedPlan, StrategyCache
from agents.reflex.moment import Moment
from agents.reflex.sequence import Sequence as Played
from agents.reflex.sequence import program
from agents.reflex.sources import Decision
from agents.reflex.walking import Move
from agents.strategist.grammar import GrammarError, parse
from runtime.actor import Report
from runtime.wire import Scalar

#: Frames of pushing against something after which it is told (a step takes 8).
_TOLD_FRAMES = 45


class PlanPlayer:
    """Plays what plans say to press. What happened is kept until `take_reports`."""

    def __init__(self, buttons: Sequence[str]) -> None:
        """Play with the console's buttons."""
        self._buttons = buttons
        self._playing: CachedPlan | None = None
        self._played = False
        self._reports: list[Report] = []
        self._stuck: tuple[str, Cell | None] = ("", None)

    def play(self, cached: CachedPlan, moment: Moment) -> Decision | None:
        """Return the next buttons of a plan; None when it has nothing (more) to press."""
        if cached.sequence is None and not self._begin(cached, moment):
            return self._arrive(cached, moment)
        sequence = cached.sequence
        assert sequence is not None
        self._playing, self._played = cached, True
        buttons = sequence.buttons(moment.frame_index, moment.values, moving=moment.moving)
        if sequence.ended:
            self._playing, cached.over = None, True
            facts: dict[str, Scalar] = {"frames": sequence.frames, "presses": sequence.presses}
            self._say("plan.done", cached, facts)
        return _decision(cached, Move(buttons))

    def walk(self, cached: CachedPlan, moment: Moment) -> None:
        """Say once of a plan and a place that the walk is stuck there."""
        here = (cached.plan.plan_id, moment.cell)
        if moment.pushed >= _TOLD_FRAMES and here != self._stuck:
            self._stuck = here
            self._say("plan.stuck", cached, _place(moment) | {"frames": moment.pushed})

    def fall_back(self, cached: CachedPlan, moment: Moment) -> None:
        """Play a plan's fallback from now on, in place of what it says."""
        cached.fell_back = cached.fallback = True
        self._begin(cached, moment)

    def end_frame(self, cache: StrategyCache, moment: Moment, decision: Decision) -> None:
        """Cut off what was not played on this frame."""
        cut = self._playing
        if cut is not None and not self._played:
            assert cut.sequence is not None
            why = "emergency" if decision.source == "emergency" else _cut_because(cut, cache, moment)
            self._playing, cut.over = None, True
            self._say("plan.stopped", cut, {"step": cut.sequence.presses, "why": why})
        self._played = False

    def take_reports(self) -> Iterator[Report]:
        """Yield what happened since the last call."""
        yield from self._reports
        self._reports.clear()

    def _begin(self, cached: CachedPlan, moment: Moment) -> bool:
        """Read a plan's actions, or its fallback; return whether there are any."""
        texts = [cached.plan.fallback] if cached.fallback else [cached.plan.actions, cached.plan.fallback]
        for text in texts:
            if not text:
                break
            try:
                steps = program(parse(text, self._buttons))
            except GrammarError as error:
                self._say("plan.refused", cached, {"why": str(error)})
                cached.fallback = True
                continue
            cached.sequence = Played(steps)
            cached.pin(moment.context)
            return True
        return False

    def _arrive(self, cached: CachedPlan, moment: Moment) -> Decision | None:
        """Return what a plan without anything to press wants: to be where it leads, or to wait."""
        if not cached.plan.waypoints and not cached.plan.actions:
            return _decision(cached, Move())
        cached.over = True
        if cached.plan.waypoints and not cached.plan.actions:
            self._say("plan.arrived", cached, _place(moment))
        return _decision(cached, Move(), "arrived")

    def _say(self, name: str, cached: CachedPlan, facts: dict[str, Scalar]) -> None:
        more: dict[str, Scalar] = {"fallback": True} if cached.fallback else {}
        self._reports.append(Report(name, {"plan_id": cached.plan.plan_id, **facts, **more}))


def _cut_because(cached: CachedPlan, cache: StrategyCache, moment: Moment) -> str:
    """Return why a plan's actions are not played on."""
    return "replaced" if cache.newest_id != cached.plan.plan_id else cached.why_not(moment) or "other"


def _decision(cached: CachedPlan, move: Move, detail: str = "") -> Decision:
    return Decision("plan", detail or cached.plan.goal, move, cached.plan.plan_id, cached.plan.model)


def _place(moment: Moment) -> dict[str, Scalar]:
    x, y = moment.cell or (-1, -1)
    return {"x": x, "y": y}
