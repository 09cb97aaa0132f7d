"""How the reflex decided: counts since the start, published as the event `reflex.stats`."""

from collections.abc import Mapping

from agents.reflex.cache import StrategyCache
from agents.reflex.predictor import Predictor
from agents.reflex.sources import SOURCES, Decision
from runtime.actor import Report
from runtime.wire import Scalar

#: Frames between two reports: ten seconds.
REPORT_FRAMES = 600


class Counts:
    """Frames by the source of their decision."""

    def __init__(self) -> None:
        self.by_source = dict.fromkeys(SOURCES, 0)

    def add(self, decision: Decision) -> None:
        """Count a frame."""
        self.by_source[decision.source] += 1

    def report(self, cache: StrategyCache, predictor: Predictor[Decision] | None, more: Mapping[str, Scalar]) -> Report:
        """Return the counts as an event: frames by source, the cache's, the predictor's, and what is given."""
        facts: dict[str, Scalar] = {f"from.{source}": count for source, count in self.by_source.items()}
        return Report("reflex.stats", {**facts, **self.figures(cache, predictor), **more})

    def figures(self, cache: StrategyCache, predictor: Predictor[Decision] | None) -> Mapping[str, int]:
        """Return the cache's counts and the predictor's."""
        figures = {"cache.hits": cache.hits, "cache.stale": cache.stale, "cache.misses": cache.misses}
        return {**figures, **(_predicted(predictor) if predictor else {})}


def _predicted(predictor: Predictor[Decision]) -> Mapping[str, int]:
    names = ("asked", "expected", "hits", "near", "checked", "agreed")
    return {f"predict.{name}": getattr(predictor, name) for name in names}
