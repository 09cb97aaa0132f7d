"""Runtime: what runs, at which rate, what it costs, what was lost."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import PICKED, Panel, Query


def _rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}{{{PICKED}}}[$__rate_interval]))"


RUNTIME = Board(
    "framewire-runtime",
    "Framewire: runtime",
    "Sessions and their processes.",
    {
        "Rates": (
            Panel(
                "Ticks a second",
                (Query(_rate("framewire_tick_duration_seconds_count", "session, process"), "{{session}} {{process}}"),),
                "hertz",
                "Frames of a bridge, decisions of an actor. A realtime game runs at 59.7 Hz.",
            ),
            Panel(
                "Frame",
                (Query(f"max by (session) (framewire_frame{{{PICKED}}})", "{{session}}"),),
                "short",
                "The last frame of each session. It stands while the game is paused.",
                kind="values",
            ),
            Panel(
                "Bytes published, by kind",
                (Query(_rate("framewire_published_bytes_total", "kind"), "{{kind}}"),),
                "Bps",
                "Payloads on the bus.",
            ),
        ),
        "Cost": (
            Panel(
                "Processor",
                (Query(_rate("process_cpu_seconds_total", "session, process"), "{{session}} {{process}}"),),
                "percentunit",
                "Of one core, for each process.",
            ),
            Panel(
                "Memory",
                (
                    Query(
                        f"sum by (session, process) (process_resident_memory_bytes{{{PICKED}}})",
                        "{{session}} {{process}}",
                    ),
                ),
                "bytes",
                "Resident, for each process.",
            ),
        ),
        "Losses": (
            Panel(
                "Messages dropped",
                (
                    Query(
                        f"sum by (process, kind) (increase(framewire_dropped_total{{{PICKED}}}[1m])) "
                        f"or 0 * sum by (process) (framewire_frame{{{PICKED}}})",
                        "{{process}} {{kind}}",
                    ),
                ),
                "short",
                "What a slow reader lost, a minute; the recording has gap records of it.",
                limit=1,
            ),
            Panel(
                "Restarts",
                (
                    Query(
                        f"sum by (session, child) (increase(framewire_restarts_total{{{PICKED}}}[5m])) "
                        f"or 0 * sum by (session) (framewire_frame{{{PICKED}}})",
                        "{{session}} {{child}}",
                    ),
                ),
                "short",
                "Children that the supervisor started again, in five minutes.",
                limit=1,
            ),
        ),
    },
    {"session": "label_values(framewire_frame, session)"},
)
