"""The reflex's own time: the CPU that one decision takes, on what it saw in a whole quest."""

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.reflex import Reflex
from agents.reflex.guard import LIMIT_S, PolicyGuard
from agents.reflex.history import FrameHistory
from agents.reflex.moment import Moment
from agents.reflex.sources import SOURCES
from agents.reflex.walking import Move, move
from runtime.actor import Actor, Outputs, Press, Report, check_rate, load_class, make
from runtime.clock import Rate
from runtime.launch import LAUNCHES, read_launch
from runtime.observation import Observation
from runtime.wire import Scalar
from tests.bench.report import percentile, row
from tests.tiny_policy import TinyPolicy
from tests.whole_session import play_whole

ROUNDS = 5
MOST_FRAMES = 9000
CALLS = 3000

#: Requirement R4: less than a millisecond of compute a tick.
BUDGET_MS = 1.0


@dataclass
class Keeping(Reflex):
    """The reflex, keeping what it sees."""

    kept: ClassVar[list[Observation]] = []

    def act(self, seen: Observation) -> Outputs:
        """See Reflex."""
        self.kept.append(seen)
        return super().act(seen)


class Walker:
    """The least that plays: [start], [dialogue] and waypoints, as the reflex did before it was a package."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "plan")
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __init__(self) -> None:
        self._rules: Moment | None = None

    def act(self, seen: Observation) -> Outputs:
        """Return the buttons for the next frame."""
        self._rules = self._rules or Moment(seen.game)
        for holds, button, name in self._rules.rules:
            if holds(seen.state):
                return Press(*Move((), (button,)).buttons(seen.frame_index), reason=name)
        plan = seen.plans.get("tactic")
        if plan is None or plan.area not in (-1, seen.state.get("area", -1)):
            return Press(reason="no waypoints")
        step = move(plan, (int(seen.state["player.x"]), int(seen.state["player.y"])))
        return Press(*step.buttons(seen.frame_index), plan_id=plan.plan_id, reason=plan.goal)


def main() -> None:
    seen = asyncio.run(_quest())
    bare = [_timed(Walker(), seen) for _ in range(ROUNDS)]
    alone = [_timed(Reflex(predictor=False), seen) for _ in range(ROUNDS)]
    whole = [_timed(Reflex(), seen) for _ in range(ROUNDS)]
    p50, p99 = _median(whole, 0.5), _median(whole, 0.99)
    row(f"reflex, CPU a tick over {len(seen)} frames, p50", f"{p50 * 1000:.0f} µs")
    row("  p99", f"{p99 * 1000:.0f} µs, {p99 / BUDGET_MS:.2f} of the budget", "< 1 ms", ok=p99 < BUDGET_MS)
    row("  the worst", f"{_median(whole, 1.0) * 1000:.0f} µs")
    row("  ÷ waypoints alone, p50", f"{p50 / _median(bare, 0.5):.1f}x")
    row("  ÷ without the predictor, p50", f"{p50 / _median(alone, 0.5):.2f}x")
    _sources(seen)
    _policy()


async def _quest() -> list[Observation]:
    """Play the built-in quest with the default actors, in lockstep; return what the reflex saw."""
    Keeping.kept.clear()
    actors: dict[str, tuple[Actor, Rate]] = {}
    for entry in read_launch(LAUNCHES / "default.toml").actor or ():
        kept = entry.uses == "agents.reflex:Reflex"
        actor = Keeping() if kept else make(load_class(entry.uses), entry.config, entry.name)
        actors[entry.name] = (actor, check_rate(entry.rate or actor.rate, entry.name))
    await play_whole(actors, MOST_FRAMES, until="episode")
    return list(Keeping.kept)


def _timed(actor: Actor, seen: list[Observation]) -> list[float]:
    """Return the milliseconds of CPU of each decision."""
    taken = []
    for each in seen:
        started = time.thread_time_ns()
        actor.act(each)
        taken.append((time.thread_time_ns() - started) / 1e6)
    return taken


def _median(rounds: list[list[float]], part: float) -> float:
    return sorted(percentile(each, part) for each in rounds)[len(rounds) // 2]


def _sources(seen: list[Observation]) -> None:
    reflex, counts = Reflex(), dict[str, Scalar]()
    for each in seen:
        outputs = reflex.act(each)
        told = outputs if isinstance(outputs, list) else []
        counts = next(
            (dict(out.facts) for out in told if isinstance(out, Report) and out.name == "reflex.stats"), counts
        )
    parts = ", ".join(f"{source} {counts[f'from.{source}']}" for source in SOURCES if counts[f"from.{source}"])
    row("  decisions by source", parts)
    asked, hits, checked = (int(counts[f"predict.{name}"]) for name in ("asked", "hits", "checked"))
    row("  predictor: changes answered from the cache", f"{hits} of {asked} ({hits / asked:.0%})")
    row("  predictor: those made anew that came out the same", f"{counts['predict.agreed']} of {checked}")
    looked = int(counts["cache.hits"]) + int(counts["cache.misses"])
    row("  strategy cache: hits", f"{counts['cache.hits']} of {looked} ({int(counts['cache.hits']) / looked:.0%})")


def _policy() -> None:
    """Time a frame's way into the history, and a tiny policy through the guard, by the wall."""
    history, moment, raw = FrameHistory(), Moment(None), np.zeros((160, 240), np.uint16)
    guard = PolicyGuard(TinyPolicy(), lockstep=False)
    pushes, calls = [], []
    for _ in range(CALLS):
        started = time.perf_counter_ns()
        history.push(raw)
        pushed = time.perf_counter_ns()
        guard.ask(history, moment)
        pushes.append((pushed - started) / 1e3)
        calls.append((time.perf_counter_ns() - pushed) / 1e3)
    guard.close()
    row(
        "frame history: a frame written, p50 / p99",
        f"{percentile(pushes, 0.5):.0f} / {percentile(pushes, 0.99):.0f} µs",
    )
    spread = f"{percentile(calls, 0.5):.0f} / {percentile(calls, 0.99):.0f} µs"
    row("policy of one layer through the guard, p50 / p99", spread, f"< {LIMIT_S * 1000:.0f} ms, {guard.late} late")


def _spread(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.99):.0f} µs"
