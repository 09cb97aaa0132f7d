"""Frame latency: from a frame to the button that answers it, and where the time goes."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import PICKED, Panel, Query
from dashboards.grafana.promql import OVER, increase, mean, quantile, quantiles
from dashboards.grafana.variables import ACTORS

#: As the bridge sees it; an actor's own ends when it has sent its answer.
_ANSWERS = f'{PICKED}, process="bridge", actor=~"$actor"'
_BUCKETS = f"framewire_frame_to_action_seconds_bucket{{{_ANSWERS}}}"
_STAGES = "framewire_stage_seconds"
_OF_BRIDGE = f'{PICKED}, actor="bridge"'
_OF_ANSWERS = f'{PICKED}, actor=~"$actor", actor!="bridge"'
_FRAME_S = 1 / 59.7275

#: The way of a frame and its answer (runtime.tracing), whose stage it is, and what people call it.
_WAY = (
    ("capture", _OF_BRIDGE, "capture"),
    ("deliver", _OF_ANSWERS, "publish: to the actor"),
    ("tick", _OF_ANSWERS, "tick: until it begins"),
    ("act", _OF_ANSWERS, "act"),
    ("answer", _OF_ANSWERS, "answer: to the bridge"),
    ("apply", _OF_ANSWERS, "apply: until the next frame"),
)

LATENCY = Board(
    "framewire-latency",
    "Framewire: frame latency",
    "From a frame to the buttons that answer it.",
    {
        "Frame to action": (
            Panel(
                "Frame to action, by actor",
                quantiles("framewire_frame_to_action_seconds", _ANSWERS, "actor"),
                "s",
                "From the moment the bridge sent a frame to the arrival of the actor's answer. Beyond 16.7 ms a 60 Hz "
                "actor answers a frame late.",
                limit=round(_FRAME_S, 4),
            ),
            Panel(
                "Frame to action, all answers",
                (Query(f"sum by (le) (increase({_BUCKETS}[{OVER}]))"),),
                "s",
                "How many answers took how long.",
                kind="heat",
            ),
            Panel(
                "Frame to action of $actor",
                (Query(f"sum by (le) (increase({_BUCKETS}[{OVER}]))"),),
                "s",
                "The same, for each actor that is chosen above.",
                kind="heat",
                repeat="actor",
            ),
        ),
        "From capture to apply": (
            Panel(
                "Where the time of an answer goes, mean",
                tuple(
                    Query(mean(_STAGES, f'{labels}, stage="{stage}"', "stage"), text) for stage, labels, text in _WAY
                ),
                "s",
                "One frame's way: read and encoded, to the actor, until its tick begins, its decision, back to the "
                "bridge, until the next frame begins and holds the buttons. In real time the last part is the rest of "
                "the frame. Of actors on another host, both ways count as the answer's.",
                stacked=True,
            ),
            Panel(
                "The same, p99",
                tuple(
                    Query(quantile(0.99, _STAGES, f'{labels}, stage="{stage}"', "stage"), text)
                    for stage, labels, text in _WAY
                    if stage != "apply"
                ),
                "s",
                "Each part's own 99th percentile; they do not add up.",
            ),
            Panel(
                "In the bridge",
                tuple(
                    Query(quantile(q, _STAGES, _OF_BRIDGE, "stage"), f"{{{{stage}}}} p{100 * q:g}") for q in (0.5, 0.99)
                ),
                "s",
                "Emulating a frame, with what precedes it; reading and encoding it; journal and handing it to the bus.",
            ),
            Panel(
                "Until the tick begins, p99, by actor",
                (Query(quantile(0.99, _STAGES, f'{_OF_ANSWERS}, stage="tick"', "actor"), "{{actor}}"),),
                "s",
                "A frame that arrived waits while its actor is still busy with the one before, or has no processor.",
            ),
        ),
        "In time": (
            Panel(
                "Computing one tick",
                quantiles("framewire_tick_duration_seconds", PICKED, "process"),
                "s",
                "Bridge: emulating, encoding and publishing a frame. Actors: one decision; a reflex has 1 ms.",
            ),
            Panel(
                "Lateness of frames",
                quantiles("framewire_tick_lateness_seconds", PICKED, "process"),
                "s",
                "How long after its deadline a frame began, on the realtime clock.",
            ),
            Panel(
                "Deadline misses",
                (Query(increase("framewire_deadline_misses_total", PICKED, "process"), "{{process}}"),),
                "short",
                "A minute: frames of the bridge that began a whole period late, ticks of an actor that took longer "
                "than they may. Should be 0.",
                limit=1,
            ),
            Panel(
                "Jitter: p99 less p50 of the lateness",
                (
                    Query(
                        f"{quantile(0.99, 'framewire_tick_lateness_seconds', PICKED, 'process')} - "
                        f"{quantile(0.5, 'framewire_tick_lateness_seconds', PICKED, 'process')}",
                        "{{process}}",
                    ),
                ),
                "s",
                "How unevenly frames begin.",
            ),
        ),
    },
    ACTORS,
)
