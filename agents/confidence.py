"""What to do when a policy is not sure: explore at random now and then, else the safe choice. Pure."""

import random
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

from runtime.errors import UsageError

A = TypeVar("A")


class ConfidenceGate(Generic[A]):
    """Lets sure decisions pass and replaces the others. The defaults are those of requirement C15.6.

    Attributes:
        threshold: Below it a decision is not taken as it is.
        exploration_rate: How often an unsure one becomes a random action, 0 to 1; otherwise it becomes the default.
        passed: Decisions that were sure enough, since the start.
        explored: Unsure ones that became a random action.
        defaulted: Unsure ones that became the default.
    """

    def __init__(
        self,
        actions: Sequence[A],
        default: A,
        *,
        threshold: float = 0.7,
        exploration_rate: float = 0.1,
        history: int = 100,
        seed: int = 0,
    ) -> None:
        """Make a gate.

        Args:
            actions: What a random action is drawn from, each alike.
            default: The safe action.
            threshold: See the attribute.
            exploration_rate: See the attribute.
            history: Confidences that are remembered.
            seed: The same seed and confidences give the same actions.

        Raises:
            UsageError: A number is out of its range, or there is no action to draw.
        """
        for name, value in (("threshold", threshold), ("exploration_rate", exploration_rate)):
            if not 0 <= value <= 1:
                raise UsageError(f"{name} {value}: allowed are 0 to 1")
        if history < 1:
            raise UsageError(f"history {history}: allowed are 1 or more confidences")
        if not actions and exploration_rate:
            raise UsageError("no actions to explore with: name some, or set exploration_rate to 0")
        self.threshold, self.exploration_rate = threshold, exploration_rate
        self.passed = self.explored = self.defaulted = 0
        self._actions, self._default = tuple(actions), default
        self._confidences: deque[float] = deque(maxlen=history)
        self._random = random.Random(seed)

    @property
    def confidences(self) -> tuple[float, ...]:
        """The last confidences, oldest first."""
        return tuple(self._confidences)

    @property
    def mean(self) -> float:
        """The mean of the last confidences; 0 before the first."""
        return sum(self._confidences) / len(self._confidences) if self._confidences else 0.0

    def decide(self, action: A, confidence: float) -> A:
        """Return the action to take for one that a policy proposes with this confidence.

        Raises:
            UsageError: The confidence is not in 0 to 1.
        """
        if not 0 <= confidence <= 1:
            raise UsageError(f"confidence {confidence}: allowed are 0 to 1")
        self._confidences.append(confidence)
        if confidence >= self.threshold:
            self.passed += 1
            return action
        if self._random.random() < self.exploration_rate:
            self.explored += 1
            return self._random.choice(self._actions)
        self.defaulted += 1
        return self._default
