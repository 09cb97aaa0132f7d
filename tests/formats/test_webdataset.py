"""Datasets of the format `webdataset`, loaded back by webdataset itself."""

import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import webdataset

from streams.datasets.rows import Row
from streams.datasets.webdataset import WebDatasetWriter
from tests.format_rows import episode, rgb, spec, write

#: webdataset leaves the shards that it opens to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def rows(stack: int = 1) -> list[Row]:
    return [
        *episode("s1", 0, 11, outcome="success", labels={"scene": "cave"}, stack=stack),
        *episode("s1", 1, 5, first=11, split="validation", stack=stack),
        *episode("s2", 0, 10, stack=stack),
    ]


def built(folder: Path, **of: Any) -> list[str]:
    """Build a dataset and return the training shards."""
    options = {"samples": "4"}
    of = {"splits": ("train", "validation"), "labels": ("scene",), "options": options, **of}
    write(folder, "webdataset", rows(of.get("stack", 1)), spec(**of))
    assert WebDatasetWriter.check(folder) == []
    return [str(path) for path in sorted(folder.glob("train-*.tar"))]


def test_every_pixel_and_everything_said(tmp_path: Path) -> None:
    shards = built(tmp_path)
    assert len(shards) == 6
    samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("rgb8"))
    wanted = [row for row in rows() if row.split == "train"]
    assert [sample["__key__"] for sample in samples] == [f"{row.session}_{row.frame_index:08}" for row in wanted]
    assert all(np.array_equal(sample["png"], rgb(row)) for sample, row in zip(samples, wanted, strict=True))
    for sample, row in zip(samples, wanted, strict=True):
        said = sample["json"]
        assert said["action"] == (None if row.action is None else list(row.action))
        assert said["state"] == row.state
        assert said["labels"] == row.labels
    assert samples[10]["json"]["outcome"] == "success"
    assert "outcome" not in samples[9]["json"]


def test_splits_are_apart(tmp_path: Path) -> None:
    built(tmp_path)
    shards = [str(path) for path in sorted(tmp_path.glob("validation-*.tar"))]
    samples = webdataset.WebDataset(shards, shardshuffle=False).decode()
    assert [sample["json"]["frame_index"] for sample in samples] == list(range(11, 16))


def test_stacks(tmp_path: Path) -> None:
    sample = next(iter(webdataset.WebDataset(built(tmp_path, stack=4), shardshuffle=False).decode()))
    assert "png" not in sample
    assert np.array_equal(sample["npy"], np.stack([rgb(rows()[0])] * 4))
    last = list(webdataset.WebDataset(built(tmp_path, stack=4), shardshuffle=False).decode())[10]
    assert np.array_equal(last["npy"], np.stack([rgb(row) for row in rows()[7:11]]))


def test_shuffled_and_split_among_two_workers(tmp_path: Path) -> None:
    shards = built(tmp_path)
    dataset = (
        webdataset.WebDataset(shards, shardshuffle=10, seed=1).shuffle(8).decode("rgb8").to_tuple("__key__", "png")
    )
    loader: Any = torch.utils.data.DataLoader(dataset, batch_size=None, num_workers=2, collate_fn=tuple)
    seen: dict[str, Any] = dict(loader)
    wanted = {f"{row.session}_{row.frame_index:08}": rgb(row) for row in rows() if row.split == "train"}
    assert list(seen) != list(wanted)
    assert set(seen) == set(wanted)
    assert all(np.array_equal(seen[key], wanted[key]) for key in wanted)


def test_a_missing_shard_and_a_missing_part_are_named(tmp_path: Path) -> None:
    shards = built(tmp_path)
    Path(shards[1]).unlink()
    assert WebDatasetWriter.check(tmp_path) == ["train-000001.tar: is missing"]
    with tarfile.open(shards[1], "w:") as tar:
        tar.addfile(tarfile.TarInfo("s1_00000004.png"))
    [wrong] = WebDatasetWriter.check(tmp_path)
    assert wrong == "train-000001.tar: sample s1_00000004 has png; wanted json and one of png and npy"


def test_a_damaged_header_is_not_the_end(tmp_path: Path) -> None:
    first = Path(built(tmp_path)[0])
    first.write_bytes(first.read_bytes().replace(b"s1_00000002.json", b"s1_00000003.json"))
    [wrong] = WebDatasetWriter.check(tmp_path)
    assert "train-000000.tar: is damaged or cut off after" in wrong
