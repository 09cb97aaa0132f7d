"""What trainers measure: names, means over episodes, and where Prometheus is told to look."""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from runtime.errors import UsageError
from runtime.training_metrics import PARTS, TrainingMetrics


def test_figures_have_the_names_that_the_dashboard_knows(tmp_path: Path) -> None:
    with TrainingMetrics("r1", trainer="ppo", game="emberwood", dataset="quest", state=tmp_path) as figures:
        figures.step(loss={"policy": 0.5, "value": 2.0}, rows=32, learning_rate=1e-3, gradient_norm=0.7)
        figures.step(loss={"policy": 0.25}, rows=32)
        figures.evaluated({"success": 0.75})
        with figures.time("data"):
            pass
        page = {}
        for name, labels in (
            ("steps_total", {}),
            ("rows_total", {}),
            ("loss", {"part": "policy"}),
            ("loss", {"part": "value"}),
            ("learning_rate", {}),
            ("gradient_norm", {}),
            ("evaluation", {"name": "success"}),
            ("info", {"trainer": "ppo", "game": "emberwood", "dataset": "quest"}),
            ("gpu_memory_bytes", {"device": "none"}),
        ):
            value = figures.registry.get_sample_value(f"framewire_training_{name}", {"run": "r1", **labels})
            page[name, labels.get("part", "")] = value
        assert page == {
            ("steps_total", ""): 2, ("rows_total", ""): 64, ("loss", "policy"): 0.25, ("loss", "value"): 2.0,
            ("learning_rate", ""): 1e-3, ("gradient_norm", ""): 0.7, ("evaluation", ""): 0.75, ("info", ""): 1,
            ("gpu_memory_bytes", ""): 0,
        }  # fmt: skip
        for part in PARTS:
            seconds = figures.registry.get_sample_value("framewire_training_seconds_total", {"run": "r1", "part": part})
            assert seconds is not None
            assert (seconds > 0) == (part == "data")


def test_return_and_success_are_means_of_the_last_hundred_episodes(tmp_path: Path) -> None:
    with TrainingMetrics("r1", trainer="ppo", state=tmp_path) as figures:
        value = figures.registry.get_sample_value
        assert value("framewire_training_success_rate", {"run": "r1"}) is None, "nothing was played yet"
        for i in range(150):
            figures.episode(gained=float(i), success=i >= 100)
        assert value("framewire_training_episodes_total", {"run": "r1"}) == 150
        assert value("framewire_training_episode_return", {"run": "r1"}) == sum(range(50, 150)) / 100
        assert value("framewire_training_success_rate", {"run": "r1"}) == 0.5


def test_it_is_served_where_its_file_says_and_the_file_goes_with_it(tmp_path: Path) -> None:
    with TrainingMetrics("r1", trainer="ppo", game="emberwood", state=tmp_path):
        (path,) = (tmp_path / "metrics").iterdir()
        (group,) = json.loads(path.read_text(encoding="utf-8"))
        assert group["labels"] == {"run": "r1", "game": "emberwood", "process": "trainer"}
        with urllib.request.urlopen(f"http://{group['targets'][0]}/metrics", timeout=5) as reply:
            assert b'framewire_training_steps_total{run="r1"} 0.0' in reply.read()
    assert list((tmp_path / "metrics").iterdir()) == []


def test_what_a_killed_trainer_left_is_removed_and_what_others_have_stays(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    left, mine = folder / "train.old.999999999.json", folder / f"train.other.{os.getpid()}.json"
    session = folder / "seen.json"
    for path in (left, mine, session):
        path.write_text("[]")
    with TrainingMetrics("r1", trainer="ppo", state=tmp_path):
        assert not left.exists()
        assert mine.exists()
        assert session.exists()


@pytest.mark.parametrize("run", ["", "a.b", "../x", "a b"])
def test_a_run_whose_name_is_no_file_name_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(UsageError, match="allowed are 1 to 64"):
        TrainingMetrics(run, trainer="ppo", state=tmp_path)
