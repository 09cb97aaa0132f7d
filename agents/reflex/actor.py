"""60 Hz: buttons. The fast end of plan → waypoints, actions → buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agents.reflex.controller import SHEDS, ReactiveController
from agents.reflex.moment import Moment
from agents.reflex.responses import RESPONSES
from agents.reflex.rules import SHIPPED, load_rules
from agents.reflex.sources import SOURCES, Decision
from runtime.actor import Outputs
from runtime.clock import Rate
from runtime.observation import Observation
from runtime.wire import Scalar


@dataclass
class Reflex:
    """Decide on every frame, from memory alone.

    Attributes:
        follow: The actor whose plans are carried out.
        rules: A file in place of agents/reflex/rules.toml; empty for that one.
        predictor: Whether decisions are made ahead of time for likely next states.
        seed: Of random exploration.
    """

    follow: str = "tactic"
    rules: str = ""
    predictor: bool = True
    seed: int = 0

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state", "plan", "learnt", "event")
    writes: ClassVar[tuple[str, ...]] = ("action", "event")
    sources: ClassVar[tuple[str, ...]] = SOURCES
    sheds: ClassVar[tuple[str, ...]] = SHEDS

    def __post_init__(self) -> None:
        self._rules = load_rules(Path(self.rules) if self.rules else SHIPPED, frozenset(RESPONSES))
        self._controller: ReactiveController | None = None

    def act(self, seen: Observation) -> Outputs:
        """Return the buttons for the next frame, and what others should know."""
        controller = self._controller
        if controller is None or seen.frame_index <= controller.frame_index:  # a session begins, or a replay went back
            controller = self._controller = ReactiveController(
                seen, self._rules, predict=self.predictor, seed=self.seed, react=self.react
            )
        press = controller.decide(seen, seen.plans.get(self.follow))
        reports = list(controller.reports(self.counts))
        return [*reports, press] if reports else press

    def measures(self) -> Mapping[str, float]:
        """Return the figures, for metrics."""
        return self._controller.figures() if self._controller else {}

    def react(self, moment: Moment) -> Decision | None:
        """Return a decision where no plan holds, before patterns are asked; rules alone have none."""
        del moment
        return None

    def counts(self) -> Mapping[str, Scalar]:
        """Return more facts for the event `reflex.stats`."""
        return {}
