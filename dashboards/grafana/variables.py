"""The variables of dashboards: what stands above them to choose from, each narrowed by those before it."""

from collections.abc import Mapping

from dashboards.grafana.panel import PICKED

SESSIONS: Mapping[str, str] = {
    "game": "label_values(framewire_session_info, game)",
    "session": 'label_values(framewire_session_info{game=~"$game"}, session)',
}

ACTORS: Mapping[str, str] = {
    **SESSIONS,
    "actor": f'label_values(framewire_tick_duration_seconds_count{{{PICKED}, process!="bridge"}}, process)',
}

RUNS: Mapping[str, str] = {
    "game": "label_values(framewire_training_info, game)",
    "run": 'label_values(framewire_training_info{game=~"$game"}, run)',
}

STREAMS: Mapping[str, str] = {"stream": "label_values(framewire_jetstream_messages, stream)"}
