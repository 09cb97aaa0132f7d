"""JetStream: what is stored, who reads it and how far behind, and how the server does."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import Panel, Query

_STREAM = 'stream=~"$stream"'

JETSTREAM = Board(
    "framewire-jetstream",
    "Framewire: JetStream",
    "The NATS server that `runtime up` runs: what it stores, and what passes through it.",
    {
        "Streams": (
            Panel(
                "Bytes stored, by stream",
                (Query(f"framewire_jetstream_bytes{{{_STREAM}}}", "{{stream}}"),),
                "bytes",
                "One stream a session. A session that is recorded grows all the time.",
            ),
            Panel(
                "Bytes stored, a second",
                (Query(f"clamp_min(sum(deriv(framewire_jetstream_bytes{{{_STREAM}}}[$__rate_interval])), 0)", "all"),),
                "Bps",
                "How fast the disk fills.",
            ),
            Panel(
                "Messages stored, by stream",
                (Query(f"framewire_jetstream_messages{{{_STREAM}}}", "{{stream}}"),),
                "short",
                "Chunks of about a second of one kind.",
            ),
            Panel(
                "Lag of consumers",
                (
                    Query(
                        f"sum by (stream, consumer) (framewire_jetstream_lag{{{_STREAM}}}) "
                        f"or sum by (stream) (0 * framewire_jetstream_messages{{{_STREAM}}})",
                        "{{stream}} {{consumer}}",
                    ),
                ),
                "short",
                "Messages that a consumer has not been given yet; 0 for a stream that nobody reads.",
            ),
        ),
        "Server": (
            Panel(
                "Messages",
                (
                    Query("rate(framewire_nats_in_msgs_total[$__rate_interval])", "received"),
                    Query("rate(framewire_nats_out_msgs_total[$__rate_interval])", "delivered"),
                ),
                "cps",
                "All that passes through the server, live and stored.",
            ),
            Panel(
                "Bytes",
                (
                    Query("rate(framewire_nats_in_bytes_total[$__rate_interval])", "received"),
                    Query("rate(framewire_nats_out_bytes_total[$__rate_interval])", "delivered"),
                ),
                "Bps",
                "The same in bytes.",
            ),
            Panel("Memory", (Query("framewire_nats_mem", "nats-server"),), "bytes", "Resident."),
            Panel(
                "Clients cut off, requests refused",
                (
                    Query("increase(framewire_nats_slow_consumers_total[5m])", "slow consumers"),
                    Query("increase(framewire_jetstream_api_errors_total[5m])", "refused"),
                ),
                "short",
                "In five minutes. A slow consumer is a client that did not read for seconds.",
                limit=1,
            ),
        ),
    },
    {"stream": "label_values(framewire_jetstream_messages, stream)"},
)
