"""Datasets of the format `lerobot`, loaded back by lerobot 0.4.4 itself.

Its pins do not go with ours, so it runs in a venv of its own: `make lerobot`, or FRAMEWIRE_LEROBOT_PYTHON.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streams.datasets.lerobot import LeRobotWriter
from streams.datasets.rows import Row
from tests.format_rows import RATE, episode, rgb, spec, write

SPLITS = ("train", "validation")


def lerobot_python() -> str:
    beside = Path(__file__).parents[2] / ".venv-lerobot/bin/python"
    found = os.environ.get("FRAMEWIRE_LEROBOT_PYTHON", str(beside))
    if not Path(found).exists():
        missing = f"no lerobot: {found} does not exist; make lerobot"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def rows() -> list[Row]:
    """Return two sessions whose splits take turns, one with a label; an episode that succeeds and goes on."""
    labels = {"scene": "cave", "task": "go right"}
    return [
        *episode("s1", 0, 9, outcome="success", goes_on=True, labels=labels),
        *episode("s1", 1, 5, first=9, split="validation", labels=labels),
        *episode("s2", 0, 6, outcome="failure", goes_on=True),
        *episode("s2", 1, 1, first=6, split="validation"),
        *episode("s3", 0, 4, split="validation"),
    ]


class Loaded:
    """What lerobot gave: arrays by key, and what it told of the dataset."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as arrays:
            self.arrays: dict[str, Any] = {key: arrays[key] for key in arrays.files}
        self.told: dict[str, Any] = json.loads(str(self.arrays.pop("told")))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    """Return the same rows as images, as lossless and as lossy video. Importing lerobot takes seconds: once for all."""
    python = lerobot_python()
    folder = tmp_path_factory.mktemp("lerobot")
    arguments: list[str] = []
    for video in ("none", "lossless", "h264"):
        of = spec(splits=SPLITS, labels=("scene", "task"), options={"video": video})
        write(folder / video, "lerobot", rows(), of)
        assert LeRobotWriter.check(folder / video) == []
        arguments += [str(folder / video), str(folder / f"{video}.npz")]
    dump = Path(__file__).with_name("lerobot_dump.py")
    environment = {**os.environ, "HF_HOME": str(folder / "cache")}
    command = [python, "-W", "ignore", str(dump), *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return {video: Loaded(folder / f"{video}.npz") for video in ("none", "lossless", "h264")}


def kept() -> list[Row]:
    """Return the rows that LeRobot has, in its order: split by split, without the last of each episode."""
    return [row for split in SPLITS for row in rows() if row.split == split and not row.ends]


@pytest.mark.parametrize("video", ["none", "lossless"])
def test_every_pixel_is_what_the_emulator_showed(loaded: dict[str, Loaded], video: str) -> None:
    assert np.array_equal(loaded[video].arrays["pixels"], np.stack([rgb(row) for row in kept()]))


def test_lossy_video_has_as_many_frames(loaded: dict[str, Loaded]) -> None:
    assert loaded["h264"].arrays["pixels"].shape == (len(kept()), 32, 48, 3)


def test_columns(loaded: dict[str, Loaded]) -> None:
    arrays = loaded["none"].arrays
    wanted = kept()
    held = [[float(button in (row.action or ())) for button in ("A", "B", "RIGHT", "LEFT")] for row in wanted]
    assert arrays["action"].tolist() == held
    assert arrays["watch.frame"].tolist() == [row.state["frame"] for row in wanted]
    assert arrays["observation.state"][:, 1].tolist() == [row.state["player.x"] for row in wanted]
    assert arrays["label.scene"].tolist() == [row.labels.get("scene", "") for row in wanted]
    assert arrays["index"].tolist() == list(range(len(wanted)))
    positions = [*range(8), *range(5), *range(4), *range(3)]
    assert arrays["frame_index"].tolist() == positions
    assert np.allclose(arrays["timestamp"], np.array(positions) / RATE, rtol=1e-6)
    assert arrays["episode_index"].tolist() == [0] * 8 + [1] * 5 + [2] * 4 + [3] * 3
    assert np.flatnonzero(arrays["next.done"]).tolist() == [7, 12, 16, 19]
    assert np.flatnonzero(arrays["next.success"]).tolist() == np.flatnonzero(arrays["next.reward"]).tolist() == [7]
    assert set(arrays["task"][:8]) == {"go right"}
    assert set(arrays["task"][8:13]) == {"Play square"}


def test_stacks_by_delta_timestamps(loaded: dict[str, Loaded]) -> None:
    wanted = kept()
    for video in ("none", "lossless"):
        stacks = loaded[video].arrays["stacks"]
        for i, position in enumerate(loaded[video].arrays["frame_index"]):
            frames = [rgb(wanted[i - min(back, position)]) for back in (2, 1, 0)]
            assert np.array_equal(stacks[i], np.stack(frames))
    is_pad = loaded["none"].arrays["stack_is_pad"]
    assert is_pad[0].tolist() == is_pad[8].tolist() == [True, True, False]
    assert is_pad[3].tolist() == [False, False, False]


def test_what_it_says_of_itself(loaded: dict[str, Loaded]) -> None:
    told = loaded["none"].told
    assert told["splits"] == {"train": "0:2", "validation": "2:4"}
    assert told["lengths"] == [8, 5, 4, 3]
    assert told["sessions"] == ["s1", "s2", "s1", "s3"]
    assert told["tasks"] == ["go right", "Play square"]
    assert told["fps"] == pytest.approx(RATE)
    assert told["last_episode"] == [17, 18, 19]


def test_stats_are_those_that_policies_normalize_by(loaded: dict[str, Loaded]) -> None:
    stats = loaded["none"].told["stats"]
    names = {"min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99"}
    numbers = set(loaded["none"].told["features"]) - {"label.scene", "label.task"}
    assert set(stats) == numbers
    assert all(set(of) == names for of in stats.values())
    assert stats["observation.images.screen"]["mean"] == [3, 1, 1]
    assert stats["action"]["q50"] == [4]
    assert stats["action"]["count"] == [1]
