"""Training: what trainers measure (runtime.training_metrics)."""

from dashboards.grafana.board import Board
from dashboards.grafana.panel import Panel, Query
from dashboards.grafana.promql import rate
from dashboards.grafana.variables import RUNS

_RUN = 'game=~"$game", run=~"$run"'


def _now(metric: str, by: str = "run") -> str:
    return f"max by ({by}) (framewire_training_{metric}{{{_RUN}}})"


TRAINING = Board(
    "framewire-training",
    "Framewire: training",
    "What is being trained, how well and how fast.",
    {
        "Learning": (
            Panel(
                "Runs",
                (
                    Query(
                        f"max by (run, trainer, game, dataset) (framewire_training_info{{{_RUN}}})",
                        "{{run}}: {{trainer}}, {{game}}, {{dataset}}",
                    ),
                ),
                "short",
                "What trains. 1 for each.",
                kind="values",
            ),
            Panel("Loss", (Query(_now("loss", "run, part"), "{{run}} {{part}}"),), "short", "Of the last step."),
            Panel(
                "Return of an episode",
                (Query(_now("episode_return"), "{{run}}"),),
                "short",
                "Mean of the last 100 episodes; may be negative.",
                signed=True,
            ),
            Panel(
                "Success rate",
                (Query(_now("success_rate"), "{{run}}"),),
                "percentunit",
                "Part of the last 100 episodes that reached their goal.",
            ),
            Panel(
                "Evaluation",
                (Query(_now("evaluation", "run, name"), "{{run}} {{name}}"),),
                "short",
                "Figures of the last evaluation.",
                signed=True,
            ),
        ),
        "Step": (
            Panel("Learning rate", (Query(_now("learning_rate"), "{{run}}"),), "short", "Of the last step."),
            Panel(
                "Gradient's norm",
                (Query(_now("gradient_norm"), "{{run}}"),),
                "short",
                "Before clipping; a jump is a bad batch.",
            ),
        ),
        "Speed": (
            Panel(
                "Steps a second",
                (Query(rate("framewire_training_steps_total", _RUN, "run"), "{{run}}"),),
                "cps",
                "Updates of the model.",
            ),
            Panel(
                "Rows a second",
                (Query(rate("framewire_training_rows_total", _RUN, "run"), "{{run}}"),),
                "cps",
                "Of datasets, as they are taken in.",
            ),
            Panel(
                "Episodes a second",
                (Query(rate("framewire_training_episodes_total", _RUN, "run"), "{{run}}"),),
                "cps",
                "Played in environments.",
            ),
            Panel(
                "Where the time goes",
                (Query(rate("framewire_training_seconds_total", _RUN, "run, part"), "{{run}} {{part}}"),),
                "percentunit",
                "Waiting for rows, playing, computing, evaluating. Much waiting wants more workers.",
                stacked=True,
            ),
        ),
        "Cost": (
            Panel(
                "Memory of GPUs",
                (Query(_now("gpu_memory_bytes", "run, device"), "{{run}} {{device}}"),),
                "bytes",
                'Allocated by tensors; 0 on "none" where there is no GPU.',
            ),
            Panel(
                "Processor",
                (Query(rate("process_cpu_seconds_total", _RUN + ', process="trainer"', "run"), "{{run}}"),),
                "percentunit",
                "Of one core.",
            ),
            Panel(
                "Memory",
                (Query(f'sum by (run) (process_resident_memory_bytes{{{_RUN}, process="trainer"}})', "{{run}}"),),
                "bytes",
                "Resident.",
            ),
        ),
    },
    RUNS,
)
