"""Datasets of the format `minari`, loaded back by Minari itself."""

import time
from pathlib import Path
from typing import Any

import minari
import numpy as np
import pytest
from minari.storage.local import list_local_datasets

from streams.datasets.minari import MinariWriter
from streams.datasets.rows import Row
from tests.format_rows import contents, episode, rgb, spec, write

SPLITS = ("train", "validation")


def rows(stack: int = 1) -> list[Row]:
    labels = {"scene": "cave"}
    return [
        *episode("s1", 0, 9, outcome="success", goes_on=True, labels=labels, stack=stack),
        *episode("s1", 1, 5, first=9, split="validation", stack=stack),
        *episode("s2", 0, 6, outcome="failure", goes_on=True, stack=stack),
        *episode("s2", 1, 1, first=6, stack=stack),
        *episode("s3", 0, 4, stack=stack),
    ]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that builds a dataset and lets Minari load it by its id."""

    def load(made: list[Row], dataset_id: str = "framewire/play-v0", **of: Any) -> Any:
        folder = tmp_path / "dataset"
        write(folder, "minari", made, spec(splits=SPLITS, labels=("scene",), **of))
        assert MinariWriter.check(folder) == []
        monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder))
        return minari.load_dataset(dataset_id)

    return load


def test_every_pixel_action_and_end(load: Any) -> None:
    dataset = load(rows(), options={"file_rows": "10"})
    assert (dataset.total_episodes, dataset.total_steps) == (4, 8 + 4 + 5 + 3)
    by_episode = [[row for row in rows() if (row.session, row.episode_index) == key] for key in (("s1", 0), ("s1", 1))]
    for found, wanted in zip(dataset.iterate_episodes([0, 1]), by_episode, strict=True):
        assert np.array_equal(found.observations, np.stack([rgb(row) for row in wanted]))
        held = [[button in (row.action or ()) for button in ("A", "B", "RIGHT", "LEFT")] for row in wanted[:-1]]
        assert found.actions.tolist() == held
        assert found.infos["frame_index"].tolist() == [row.frame_index for row in wanted]
        assert found.infos["state"]["frame"].tolist() == [row.state["frame"] for row in wanted]
        assert found.infos["label"]["scene"][0].decode() == wanted[0].labels.get("scene", "")
    ends = [(e.rewards.tolist(), e.terminations.tolist(), e.truncations.tolist()) for e in dataset]
    assert ends[0] == ([0.0] * 7 + [1.0], [False] * 7 + [True], [False] * 8)
    assert ends[1] == ([0.0] * 4, [False] * 4, [False] * 3 + [True])
    assert ends[2] == ([0.0] * 5, [False] * 4 + [True], [False] * 5)


def test_spaces_hold_what_is_in_them(load: Any) -> None:
    dataset = load(rows())
    first = dataset[0]
    assert dataset.observation_space.shape == (32, 48, 3)
    assert all(dataset.observation_space.contains(observation) for observation in first.observations)
    assert all(dataset.action_space.contains(action) for action in first.actions)


def test_stacks(load: Any) -> None:
    dataset = load(rows(stack=4), stack=4)
    assert dataset.observation_space.shape == (4, 32, 48, 3)
    pixels = [rgb(row) for row in rows()[:9]]
    wanted = [[pixels[max(0, i - back)] for back in (3, 2, 1, 0)] for i in range(9)]
    assert np.array_equal(dataset[0].observations, np.array(wanted))


def test_pixels_and_state(load: Any) -> None:
    dataset = load(rows(), options={"observation": "dict"})
    first = dataset[0].observations
    assert np.array_equal(first["pixels"], np.stack([rgb(row) for row in rows()[:9]]))
    assert first["state"][:, 1].tolist() == [7 * i for i in range(9)]
    assert dataset.observation_space["state"].contains(first["state"][0])


def test_long_episodes_can_be_cut(load: Any) -> None:
    dataset = load(rows(), options={"steps": "3"})
    lengths = [len(found.rewards) for found in dataset]
    assert lengths == [3, 3, 2, 3, 1, 3, 2, 3]
    first, second = dataset[0], dataset[1]
    assert np.array_equal(first.observations[-1], second.observations[0])
    assert first.truncations.tolist() == [False, False, True]
    assert dataset[2].rewards.tolist() == [0, 1]


def test_it_is_listed_under_its_id_with_its_splits(load: Any) -> None:
    dataset = load(rows(), "emberwood/human-v3", options={"id": "emberwood/human-v3"})
    assert list(list_local_datasets()) == ["emberwood/human-v3"]
    assert dataset.storage.metadata["splits"] == {"train": [0, 2, 3], "validation": [1]}
    told = next(iter(dataset.storage.get_episode_metadata([1])))
    assert (told["session"], told["split"], told["total_steps"]) == ("s1", "validation", 4)


def test_it_goes_on_where_minari_filters_and_samples(load: Any) -> None:
    dataset = load(rows())
    dataset.set_seed(1)
    assert len(dataset.sample_episodes(2)) == 2
    assert len(dataset.filter_episodes(lambda found: bool(found.terminations[-1]))) == 2


def test_nothing_in_it_says_when_it_was_made(tmp_path: Path) -> None:
    """HDF5 likes to keep times, in whole seconds."""
    of = spec(splits=SPLITS, labels=("scene",), options={"observation": "dict"})
    write(tmp_path / "one", "minari", rows(), of)
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.05)
    write(tmp_path / "two", "minari", rows(), of)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_episode_longer_than_a_chunk(load: Any) -> None:
    made = episode("s", 0, 2100)
    found = load(made)[0]
    assert found.infos["frame_index"].tolist() == list(range(2100))
    assert found.actions.sum(axis=0).tolist() == [1050, 0, 525, 524]
    assert np.array_equal(found.observations[2050], rgb(made[2050]))
