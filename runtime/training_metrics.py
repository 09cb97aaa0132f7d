"""What a trainer measures, under names that the dashboard "Training" knows; scraped like a session's processes.

    with TrainingMetrics("clone-1", trainer="behaviour cloning", game="emberwood", state=state_folder()) as figures:
        for batch in loader:
            with figures.time("data"): …
            with figures.time("compute"): loss = …
            figures.step(loss={"action": loss.item()}, learning_rate=1e-3, rows=len(batch))
        figures.episode(gained=12.0, success=True)

Names: `framewire_training_` and steps_total, rows_total, seconds_total{part}, loss{part}, learning_rate, gradient_norm,
episodes_total, episode_return, success_rate, evaluation{name}, gpu_memory_bytes{device}; all with `run`.
"""

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from runtime.errors import UsageError
from runtime.scrape import ScrapeTargets
from runtime.subjects import NAME

_PREFIX = "framewire_training"

#: Parts of a trainer's time: waiting for rows, playing, computing, evaluating.
Part = Literal["data", "play", "compute", "evaluate"]
PARTS: tuple[Part, ...] = ("data", "play", "compute", "evaluate")

#: Return and success are means over so many episodes; a hundred is what papers on Atari report.
_EPISODES = 100


class TrainingMetrics(contextlib.AbstractContextManager["TrainingMetrics"]):
    """One training run's figures, served on a port of its own. Use it as a context, from one thread."""

    def __init__(self, run: str, *, trainer: str, state: Path, game: str = "", dataset: str = "") -> None:
        """Serve a run's figures, and tell Prometheus where.

        Args:
            run: Its name: letters, digits, '_' and '-'.
            trainer: What trains.
            state: The state folder, where Prometheus looks for targets (runtime.config.state_folder).
            game: What it is trained for.
            dataset: What it is trained on.

        Raises:
            UsageError: The name cannot be part of a file's name.
        """
        if not NAME.fullmatch(run):
            raise UsageError(f"run {run!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
        self._run = run
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_GpuMemory(run))
        self._steps = self._counter("steps", "Updates of the model").labels(run)
        self._rows = self._counter("rows", "Rows of datasets that were taken in").labels(run)
        self._episodes = self._counter("episodes", "Episodes played").labels(run)
        seconds = self._counter("seconds", "Time, by part", "part")
        self._seconds = {part: seconds.labels(run, part) for part in PARTS}
        self._loss = self._gauge("loss", "Of the last step, by part", "part")
        self._learning_rate = self._gauge("learning_rate", "Of the last step")
        self._gradient_norm = self._gauge("gradient_norm", "Of the last step, before clipping")
        self._return = self._gauge("episode_return", f"Mean of the last {_EPISODES} episodes")
        self._success = self._gauge("success_rate", f"Part of the last {_EPISODES} episodes")
        self._evaluation = self._gauge("evaluation", "Figures of the last evaluation, by name", "name")
        facts = {"trainer": trainer, "game": game, "dataset": dataset}
        self._gauge("info", "What a run is; always 1", *facts).labels(run, *facts.values()).set(1)
        self._last: deque[tuple[float, bool]] = deque(maxlen=_EPISODES)
        folder = state / "metrics"
        _remove_left(folder)
        self._server, _ = start_http_server(0, addr="127.0.0.1", registry=self._registry)
        self._targets = ScrapeTargets(folder / f"train.{run}.{os.getpid()}.json", {"run": run, "game": game})
        self._targets.set("trainer", int(self._server.server_port))

    @property
    def registry(self) -> CollectorRegistry:
        """What is served."""
        return self._registry

    def step(
        self,
        *,
        loss: Mapping[str, float],
        rows: int = 0,
        learning_rate: float | None = None,
        gradient_norm: float | None = None,
    ) -> None:
        """Count an update: its loss by part, and the rows that it took in."""
        self._steps.inc()
        self._rows.inc(rows)
        for part, value in loss.items():
            self._loss.labels(self._run, part).set(value)
        if learning_rate is not None:
            self._learning_rate.labels(self._run).set(learning_rate)
        if gradient_norm is not None:
            self._gradient_norm.labels(self._run).set(gradient_norm)

    def episode(self, *, gained: float, success: bool) -> None:
        """Count an episode: the sum of its rewards, and whether its goal was reached."""
        self._episodes.inc()
        self._last.append((gained, success))
        self._return.labels(self._run).set(sum(each for each, _ in self._last) / len(self._last))
        self._success.labels(self._run).set(sum(done for _, done in self._last) / len(self._last))

    def evaluated(self, figures: Mapping[str, float]) -> None:
        """Set the figures of an evaluation."""
        for name, value in figures.items():
            self._evaluation.labels(self._run, name).set(value)

    @contextlib.contextmanager
    def time(self, part: Part) -> Iterator[None]:
        """Count the time that is spent within."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[part].inc(time.perf_counter() - started)

    def close(self) -> None:
        """Stop serving. Prometheus keeps what it has."""
        self._targets.remove()
        self._server.shutdown()
        self._server.server_close()

    def __exit__(self, *error: object) -> None:
        """Close."""
        self.close()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", text, ("run", *labels), registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", text, ("run", *labels), registry=self._registry)


class _GpuMemory(Collector):
    """Asks PyTorch, if it is in use, when Prometheus asks us; without a GPU there is one device "none" with 0."""

    def __init__(self, run: str) -> None:
        self._run = run

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the memory of each device."""
        family = GaugeMetricFamily(f"{_PREFIX}_gpu_memory_bytes", "Allocated by tensors", labels=("run", "device"))
        torch: Any = sys.modules.get("torch")
        devices = torch.cuda.device_count() if torch and torch.cuda.is_initialized() else 0
        for device in range(devices):
            family.add_metric((self._run, f"cuda:{device}"), torch.cuda.memory_allocated(device))
        if not devices:
            family.add_metric((self._run, "none"), 0)
        yield family


def _remove_left(folder: Path) -> None:
    """Remove the targets of trainers that were killed."""
    for path in folder.glob("train.*.json"):
        pid = path.name.split(".")[-2]
        try:
            os.kill(int(pid), 0)
        except (ValueError, ProcessLookupError):
            path.unlink(missing_ok=True)
        except PermissionError:  # it lives, and is somebody else's
            continue
