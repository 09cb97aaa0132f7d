"""Runtime: what runs, at which rate, what it costs, what waits, what was lost."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import PICKED, Panel, Query
from dashboards.grafana.promql import increase, rate
from dashboards.grafana.variables import ACTORS

#: The bridge and the supervisor are shown whichever actors are chosen.
_PROCESS = f'{PICKED}, session!="", process=~"$actor|bridge|supervisor"'
_EACH = "{{session}} {{process}}"

RUNTIME = Board(
    "framewire-runtime",
    "Framewire: runtime",
    "Sessions and their processes.",
    {
        "Sessions": (
            Panel(
                "Sessions",
                (
                    Query(
                        f"sum by (session, game, clock, core) (framewire_session_info{{{PICKED}}})",
                        "{{session}}: {{game}}, {{clock}}, {{core}}",
                    ),
                ),
                "short",
                "What runs. 1 for each.",
                kind="values",
            ),
            Panel(
                "Frame",
                (Query(f"max by (session) (framewire_frame{{{PICKED}}})", "{{session}}"),),
                "short",
                "The last frame of each session. It stands while the game is paused.",
                kind="values",
            ),
            Panel(
                "Processes that answer",
                (Query(f'sum by (session) (up{{{PICKED}, session!=""}})', "{{session}}"),),
                "short",
                "The bridge, the supervisor and the actors, as Prometheus sees them.",
            ),
            Panel(
                "On rate",
                (Query(f"min by (session, process) (framewire_rate_ok{{{_PROCESS}}})", _EACH),),
                "short",
                "1 for a process that reaches its rate, or has none; 0 for one that does not.",
            ),
        ),
        "Rates": (
            Panel(
                "Ticks a second",
                (
                    Query(rate("framewire_tick_duration_seconds_count", _PROCESS, "session, process"), _EACH),
                    Query(f"sum by (session, process) (framewire_wanted_hz{{{_PROCESS}}})", f"{_EACH} wanted"),
                ),
                "hertz",
                "Frames of a bridge, decisions of an actor, beside what is wanted. A realtime game runs at 59.7 Hz.",
            ),
            Panel(
                "Bytes published, by kind",
                (Query(rate("framewire_published_bytes_total", PICKED, "kind"), "{{kind}}"),),
                "Bps",
                "Payloads on the bus.",
            ),
        ),
        "Cost": (
            Panel(
                "Processor",
                (Query(rate("process_cpu_seconds_total", _PROCESS, "session, process"), _EACH),),
                "percentunit",
                "Of one core, for each process.",
            ),
            Panel(
                "Memory",
                (Query(f"sum by (session, process) (process_resident_memory_bytes{{{_PROCESS}}})", _EACH),),
                "bytes",
                "Resident, for each process.",
            ),
        ),
        "Queues": (
            Panel(
                "What waits",
                (
                    Query(
                        f"sum by (session, process, queue) (framewire_queue{{{_PROCESS}}})",
                        f"{_EACH} {{{{queue}}}}",
                    ),
                ),
                "short",
                "In the bridge what joins the next frame; in an actor messages (on-message actors), and pictures and "
                "memory that its next look will need.",
            ),
            Panel(
                "Recorded and not yet stored",
                (Query(f"sum by (session) (framewire_recorder_unwritten_bytes{{{PICKED}}})", "{{session}}"),),
                "bytes",
                "Grows while JetStream stands still; the game goes on.",
            ),
        ),
        "Losses": (
            Panel(
                "Messages dropped",
                (Query(increase("framewire_dropped_total", _PROCESS, "process, kind"), "{{process}} {{kind}}"),),
                "short",
                "What a slow reader lost, a minute; the recording has gap records of it.",
                limit=1,
            ),
            Panel(
                "Gaps",
                (Query(increase("framewire_gap_messages_total", PICKED, "session, kind"), "{{session}} {{kind}}"),),
                "short",
                "Messages that gap records name, a minute: what the recording says that somebody, or it, lacks.",
                limit=1,
            ),
            Panel(
                "Restarts",
                (Query(increase("framewire_restarts_total", PICKED, "session, child", "5m"), "{{session}} {{child}}"),),
                "short",
                "Children that the supervisor started again, in five minutes.",
                limit=1,
            ),
            Panel(
                "Parts left out",
                (Query(f"sum by (session, process) (framewire_shed_parts{{{_PROCESS}}})", _EACH),),
                "short",
                "Of their work, by actors whose ticks take longer than they may.",
                limit=1,
            ),
        ),
    },
    ACTORS,
)
