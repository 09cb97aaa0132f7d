"""Frame latency: from a frame to the button that answers it, and where the time goes."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import PICKED, Panel, Query

_BUCKETS = "framewire_frame_to_action_seconds_bucket"
_ACTOR = f'{PICKED}, actor=~"$actor"'
_FRAME_S = 1 / 59.7275


def _quantile(q: float, metric: str, labels: str, by: str) -> str:
    return f"histogram_quantile({q}, sum by (le, {by}) (rate({metric}_bucket{{{labels}}}[$__rate_interval])))"


def _quantiles(metric: str, labels: str, by: str) -> tuple[Query, ...]:
    return tuple(Query(_quantile(q, metric, labels, by), f"{{{{{by}}}}} p{100 * q:g}") for q in (0.5, 0.99))


LATENCY = Board(
    "framewire-latency",
    "Framewire: frame latency",
    "From a frame to the buttons that answer it.",
    {
        "Frame to action": (
            Panel(
                "Frame to action, by actor",
                _quantiles("framewire_frame_to_action_seconds", _ACTOR, "actor"),
                "s",
                "From the moment the bridge sent a frame to the arrival of the actor's answer. Beyond 16.7 ms a 60 Hz "
                "actor answers a frame late.",
                limit=round(_FRAME_S, 4),
            ),
            Panel(
                "Frame to action, all answers",
                (Query(f"sum by (le) (increase({_BUCKETS}{{{_ACTOR}}}[$__rate_interval]))"),),
                "s",
                "How many answers took how long.",
                kind="heat",
            ),
        ),
        "Where the time goes": (
            Panel(
                "Computing one tick",
                _quantiles("framewire_tick_duration_seconds", PICKED, "process"),
                "s",
                "Bridge: emulating, encoding and publishing a frame. Actors: one decision; a reflex has 1 ms.",
            ),
            Panel(
                "Lateness of frames",
                _quantiles("framewire_tick_lateness_seconds", PICKED, "process"),
                "s",
                "How long after its deadline a frame began, on the realtime clock.",
            ),
            Panel(
                "Deadline misses",
                (
                    Query(
                        f"sum by (process) (increase(framewire_deadline_misses_total{{{PICKED}}}[1m]))", "{{process}}"
                    ),
                ),
                "short",
                "Frames that began a whole period late, a minute. Should be 0.",
                limit=1,
            ),
            Panel(
                "Jitter: p99 less p50 of the lateness",
                (
                    Query(
                        f"{_quantile(0.99, 'framewire_tick_lateness_seconds', PICKED, 'process')} - "
                        f"{_quantile(0.5, 'framewire_tick_lateness_seconds', PICKED, 'process')}",
                        "{{process}}",
                    ),
                ),
                "s",
                "How unevenly frames begin.",
            ),
        ),
    },
    {
        "session": "label_values(framewire_frame, session)",
        "actor": 'label_values(framewire_frame_to_action_seconds_count{session=~"$session"}, actor)',
    },
)
