"""The reflex with a policy: a network, asked when no plan holds, in bounded time, and believed when it is sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agents.confidence import ConfidenceGate
from agents.reflex.actor import Reflex
from agents.reflex.guard import PolicyGuard
from agents.reflex.history import FrameHistory
from agents.reflex.moment import Moment
from agents.reflex.sources import Decision
from agents.reflex.walking import Move
from runtime.actor import Outputs, load_object
from runtime.errors import UsageError
from runtime.observation import Observation
from runtime.wire import Scalar


@dataclass
class PolicyReflex(Reflex):
    """Ask a policy where the reflex would look for a pattern.

    Attributes:
        policy: Import path of what makes one, `module:name`; called without arguments it gives a
            agents.reflex.guard.Policy.
        threshold: Confidence below which its answer is not taken.
        exploration_rate: How often such an answer becomes a random button, in place of none.
    """

    policy: str = ""
    threshold: float = 0.7
    exploration_rate: float = 0.1

    reads: ClassVar[tuple[str, ...]] = (*Reflex.reads, "frame")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.policy:
            raise UsageError("policy: which one is missing; it is an import path, module:name")
        made = load_object(self.policy)
        if not callable(made):
            raise UsageError(f"policy {self.policy}: cannot be called; it should make a policy")
        self._policy: Any = made()
        if not callable(self._policy) or not isinstance(getattr(self._policy, "model", None), str):
            raise UsageError(f"policy {self.policy}: makes no policy: it cannot be called, or has no `model`")
        self._history = FrameHistory()
        self._guard: PolicyGuard | None = None
        self._gate: ConfidenceGate[tuple[str, ...]] | None = None

    def act(self, seen: Observation) -> Outputs:
        """See Reflex; the frame is written first."""
        if self._guard is None:
            self._guard = PolicyGuard(self._policy, lockstep=seen.welcome.clock == "lockstep")
            self._gate = ConfidenceGate(
                [(button,) for button in seen.welcome.buttons],
                (),
                threshold=self.threshold,
                exploration_rate=self.exploration_rate,
                seed=self.seed,
            )
        self._history.push(seen.raw)
        return super().act(seen)

    def close(self) -> None:
        """End the policy's thread."""
        if self._guard:
            self._guard.close()

    def react(self, moment: Moment) -> Decision | None:
        """Ask the policy; without an answer in time nothing is pressed."""
        assert self._guard is not None
        assert self._gate is not None
        answer = self._guard.ask(self._history, moment)
        if answer is None:
            return Decision("default", f"policy {self._policy.model} gave no answer", model=self._policy.model)
        buttons = self._gate.decide(answer.buttons, answer.confidence)
        return Decision("policy", f"{answer.confidence:.2f} sure", Move(buttons), model=self._policy.model)

    def counts(self) -> Mapping[str, Scalar]:
        """See Reflex: calls, and those without an answer."""
        guard = self._guard
        assert guard is not None
        counted = {"calls": guard.calls, "late": guard.late, "busy": guard.busy, "failed": guard.failed}
        return {f"policy.{name}": count for name, count in counted.items()} | {"policy.error": guard.error}
