"""PromQL that panels are made of."""

from dashboards.grafana.panel import Query

#: Over which rates are taken; Grafana makes it four scrapes or more.
OVER = "$__rate_interval"


def rate(metric: str, labels: str, by: str) -> str:
    """Return how fast a counter grows, a second, summed by labels."""
    return f"sum by ({by}) (rate({metric}{{{labels}}}[{OVER}]))"


def increase(metric: str, labels: str, by: str, over: str = "1m") -> str:
    """Return by how much a counter grew, summed by labels."""
    return f"sum by ({by}) (increase({metric}{{{labels}}}[{over}]))"


def quantile(q: float, metric: str, labels: str, by: str) -> str:
    """Return a quantile of a histogram, by labels."""
    return f"histogram_quantile({q}, sum by (le, {by}) (rate({metric}_bucket{{{labels}}}[{OVER}])))"


def quantiles(metric: str, labels: str, by: str) -> tuple[Query, ...]:
    """Return the median and the 99th percentile of a histogram, by one label."""
    return tuple(Query(quantile(q, metric, labels, by), f"{{{{{by}}}}} p{100 * q:g}") for q in (0.5, 0.99))


def mean(metric: str, labels: str, by: str) -> str:
    """Return the mean of a histogram, by labels."""
    return f"{rate(f'{metric}_sum', labels, by)} / {rate(f'{metric}_count', labels, by)}"
