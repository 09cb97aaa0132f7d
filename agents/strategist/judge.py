"""Whose thought counts: the mind's, the rules', or one at random; and how long a mind that failed is left alone."""

from typing import Literal

from agents.confidence import ConfidenceGate
from agents.strategist.thinking import Outcome

Verdict = Literal["mind", "rules", "explore"]

#: Frames that a mind rests after its first failure in a row; twice as many after each more, up to the most. So a server
#: that is down is asked once a minute.
_REST_FRAMES, _MOST_REST_FRAMES = 60, 3600


class Judge:
    """Judges the thoughts of a slow mind, by ConfidenceGate (requirement C15.6)."""

    def __init__(self, threshold: float, exploration_rate: float, seed: int) -> None:
        """See ConfidenceGate."""
        exploring: tuple[Verdict, ...] = ("explore",)
        self._gate: ConfidenceGate[Verdict] = ConfidenceGate(
            exploring, "rules", threshold=threshold, exploration_rate=exploration_rate, seed=seed
        )
        self._failed = 0  # in a row
        self._rests_until = 0

    def rests(self, frame_index: int) -> bool:
        """Return whether the mind is left alone, having failed."""
        return frame_index < self._rests_until

    def verdict(self, outcome: Outcome, frame_index: int) -> Verdict:
        """Return whose thought counts, and let a mind that failed rest."""
        if outcome.thought is not None:
            self._failed = 0
            return self._gate.decide("mind", outcome.thought.confidence)
        if outcome.failure != "busy":  # that is no new failure
            self._rests_until = frame_index + min(_REST_FRAMES << self._failed, _MOST_REST_FRAMES)
            self._failed = min(self._failed + 1, 10)
        return "rules"
