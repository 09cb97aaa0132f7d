"""JetStream: what is stored, who reads it and how far behind, and how the server does."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import Panel, Query
from dashboards.grafana.variables import STREAMS

_STREAM = 'stream=~"$stream"'

JETSTREAM = Board(
    "framewire-jetstream",
    "Framewire: JetStream",
    "The NATS server that `runtime up` runs: what it stores, and what passes through it.",
    {
        "Streams": (
            Panel(
                "Streams",
                (Query("framewire_jetstream_streams", "streams"),),
                "short",
                "All that this server keeps: one a session, savestates by name, working memory.",
                kind="values",
            ),
            Panel(
                "On disk",
                (Query("framewire_jetstream_storage_bytes", "all streams"),),
                "bytes",
                "What all streams take.",
                kind="values",
            ),
            Panel(
                "Consumers, by stream",
                (Query(f"framewire_jetstream_consumers{{{_STREAM}}}", "{{stream}}"),),
                "short",
                "Who reads it now: replays, exports, followers. A live game needs none.",
            ),
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
            Panel(
                "Given and not acknowledged",
                (
                    Query(
                        f"sum by (stream, consumer) (framewire_jetstream_unacknowledged{{{_STREAM}}}) "
                        f"or sum by (stream) (0 * framewire_jetstream_messages{{{_STREAM}}})",
                        "{{stream}} {{consumer}}",
                    ),
                ),
                "short",
                "What a consumer may be given again.",
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
            Panel(
                "Clients",
                (
                    Query("framewire_nats_connections", "connections"),
                    Query("framewire_nats_subscriptions", "subscriptions"),
                ),
                "short",
                "Each process of a session is one; each command that looks at it, too.",
            ),
            Panel("Memory", (Query("framewire_nats_mem", "nats-server"),), "bytes", "Resident."),
            Panel("Processor", (Query("framewire_nats_cpu / 100", "nats-server"),), "percentunit", "Of one core."),
            Panel(
                "Requests to JetStream",
                (Query("rate(framewire_jetstream_api_total[$__rate_interval])", "requests"),),
                "cps",
                "Of its API: to make, to read, to list. Storing a chunk is none.",
            ),
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
    STREAMS,
)
