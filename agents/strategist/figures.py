"""What a strategist counts, for metrics."""

from collections import Counter
from collections.abc import Mapping

from agents.strategist.thinking import Outcome

#: What is 0, not absent, when it never happened.
_ALWAYS = ("thoughts", "thinking_ms", "plans", "failures", "fallbacks", "tokens.prompt", "tokens.answer")


class Figures:
    """Counts since the start. Times are wall time: they measure, and decide nothing."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys(_ALWAYS, 0))
        self._last_ms = 0.0

    def count(self, name: str) -> None:
        """Count one of something."""
        self._counts[name] += 1

    def outcome(self, outcome: Outcome) -> None:
        """Count a thought that was had, or was not."""
        self._counts["thoughts"] += outcome.thought is not None
        self._last_ms = outcome.seconds * 1e3
        self._counts["thinking_ms"] += round(self._last_ms)
        if outcome.failure:
            self._counts["failures"] += 1
            self._counts[f"failures.{outcome.failure}"] += 1
        if outcome.thought:
            self._counts["tokens.prompt"] += outcome.thought.tokens[0]
            self._counts["tokens.answer"] += outcome.thought.tokens[1]

    def as_values(self) -> Mapping[str, float]:
        """Return all figures by name."""
        return {
            **{name: float(count) for name, count in sorted(self._counts.items())},
            "last_thought_ms": self._last_ms,
        }
