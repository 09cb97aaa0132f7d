"""What the LeRobot writer makes of rows. That lerobot itself loads it is tests/formats/test_lerobot.py."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from runtime.pixels import FORMATS, to_rgb
from streams.datasets.lerobot import LeRobotWriter
from streams.datasets.lerobot_meta import MISSING
from streams.datasets.lerobot_stats import LINES, FeatureStats, ImageStats, VectorStats, merged, stats_of_range
from streams.datasets.rows import Row, StateColumn
from tests.format_rows import COLUMNS, RATE, contents, episode, rgb, spec, write

SHARES = (0.01, 0.1, 0.5, 0.9, 0.99)


def data_of(folder: Path) -> Any:
    """Return all rows in the order in which LeRobot reads them."""
    return pa.concat_tables([pq.read_table(path) for path in sorted((folder / "data").glob("*/*.parquet"))])


def info_of(folder: Path) -> Any:
    return json.loads((folder / "meta/info.json").read_bytes())


def built(folder: Path, rows: list[Row], **of: Any) -> Any:
    write(folder, "lerobot", rows, spec(**of))
    assert LeRobotWriter.check(folder) == []
    return data_of(folder)


def test_rows_are_numbered_through_when_splits_take_turns(tmp_path: Path) -> None:
    order = ("test", "train", "validation", "train", "test")
    rows = [row for i, split in enumerate(order) for row in episode("s", i, 4, first=4 * i, split=split)]
    table = built(tmp_path, rows, splits=("train", "validation", "test"), options={"file_rows": "3"})
    assert table["index"].to_pylist() == list(range(15))
    assert table["episode_index"].to_pylist() == [i // 3 for i in range(15)]
    frames = [value - 4_000_000_001 for value in table["watch.frame"].to_pylist()]
    assert frames == [4, 5, 6, 12, 13, 14, 8, 9, 10, 0, 1, 2, 16, 17, 18]
    assert info_of(tmp_path)["splits"] == {"train": "0:2", "validation": "2:3", "test": "3:5"}
    names = [path for path in contents(tmp_path) if path.startswith("data/")]
    assert names == [
        f"data/chunk-{split}00/file-00{i}.parquet" for split, i in ((0, 0), (0, 1), (1, 0), (2, 0), (2, 1))
    ]


def test_a_split_may_be_empty(tmp_path: Path) -> None:
    table = built(tmp_path, episode("s", 0, 4, split="test"), splits=("train", "test"))
    assert table["index"].to_pylist() == [0, 1, 2]
    assert info_of(tmp_path)["splits"] == {"test": "0:1"}


def test_an_episode_is_cut_where_rows_do_not_follow(tmp_path: Path) -> None:
    rows = episode("s", 0, 10)
    kept = rows[:3] + rows[5:]  # as `--where` leaves them
    table = built(tmp_path, kept)
    assert table["episode_index"].to_pylist() == [0, 0, 0, 1, 1, 1, 1]
    assert np.flatnonzero(table["next.done"].to_numpy()).tolist() == [2, 6]


def test_an_episode_is_cut_where_no_action_is_known(tmp_path: Path) -> None:
    rows = episode("s", 0, 8)
    rows[3] = replace(rows[3], action=None, actions=())
    table = built(tmp_path, rows)
    assert table["episode_index"].to_pylist() == [0, 0, 0, 1, 1, 1]
    assert table["frame_index"].to_pylist() == [0, 1, 2, 0, 1, 2]


def test_success_is_said_on_the_last_action(tmp_path: Path) -> None:
    rows = episode("s", 0, 4, outcome="success", goes_on=True) + episode("s", 1, 3, first=4, outcome="failure")
    table = built(tmp_path, rows)
    assert table["next.done"].to_pylist() == [False, False, True, False, True]
    assert table["next.success"].to_pylist() == [False, False, True, False, False]
    assert table["next.reward"].to_pylist() == [0, 0, 1, 0, 0]


def test_with_a_stride_actions_are_shares(tmp_path: Path) -> None:
    held = (("A",), ("A", "B"), ("A",), ())
    rows = [replace(row, frame_index=4 * i, actions=held) for i, row in enumerate(episode("s", 0, 3, goes_on=True))]
    table = built(tmp_path, rows, stride=4, rows_per_s=RATE / 4)
    assert table["action"].to_pylist() == [[0.75, 0.25, 0, 0]] * 2
    assert info_of(tmp_path)["fps"] == pytest.approx(RATE / 4)


def test_a_vector_of_one_number_is_that_number(tmp_path: Path) -> None:
    rows = [replace(row, action=("A",), actions=(("A",),)) for row in episode("s", 0, 4)]
    table = built(tmp_path, rows, columns=COLUMNS[1:], buttons=("A",))
    assert table["observation.state"].to_pylist() == [0, 7, 14]
    assert table["action"].to_pylist() == [1, 1, 1]


def test_without_watches_there_is_no_state(tmp_path: Path) -> None:
    assert "observation.state" not in built(tmp_path, episode("s", 0, 4), columns=()).column_names


def test_a_watch_that_the_recording_lacks(tmp_path: Path) -> None:
    rows = episode("s", 0, 6)
    rows[2] = replace(rows[2], state={"player.x": 14})
    table = built(tmp_path, rows)
    assert table["watch.frame"].to_pylist()[2] == MISSING
    assert np.isnan(table["observation.state"].to_pylist()[2][0])
    stats = json.loads((tmp_path / "meta/stats.json").read_bytes())
    assert stats["observation.state"]["count"] == [4]
    assert stats["observation.state"]["max"][0] == pytest.approx(4_000_000_005)
    assert stats["action"]["count"] == [5]


def test_a_signed_wide_watch_is_exact(tmp_path: Path) -> None:
    rows = [replace(row, state={"debt": -(1 << 31) + i}) for i, row in enumerate(episode("s", 0, 4))]
    table = built(tmp_path, rows, columns=(StateColumn("debt", "s32le", ""),))
    assert table["watch.debt"].to_pylist() == [-(1 << 31) + i for i in range(3)]


def test_a_whole_rate_is_a_whole_number(tmp_path: Path) -> None:
    built(tmp_path, episode("s", 0, 3), rows_per_s=60.0)
    assert (tmp_path / "meta/info.json").read_text().count('"fps": 60,') == 1


def test_a_task_that_is_called_like_the_game(tmp_path: Path) -> None:
    labelled = episode("s1", 0, 3, labels={"task": "Play square"})
    table = built(tmp_path, labelled + episode("s2", 0, 3), labels=("task",))
    tasks = pq.read_table(tmp_path / "meta/tasks.parquet").column(1).to_pylist()
    assert len(set(tasks)) == 2
    assert table["task_index"].to_pylist() == [0, 0, 1, 1]


def test_episode_stats_are_those_of_its_rows(tmp_path: Path) -> None:
    built(tmp_path, episode("s", 0, 12) + episode("s", 1, 30, first=12))
    table = pq.read_table(tmp_path / "meta/episodes/chunk-000/file-000.parquet")
    x = 7.0 * np.arange(29)
    assert table["stats/observation.state/mean"][1].as_py()[1] == pytest.approx(x.mean())
    assert table["stats/observation.state/q90"][1].as_py()[1] == pytest.approx(np.quantile(x, 0.9))
    assert table["stats/index/min"][1].as_py() == [11]
    assert table["dataset_from_index"].to_pylist() == [0, 11]
    images = np.stack([rgb(row) for row in episode("s", 0, 12)[:11:5]]) / 255
    assert table["stats/observation.images.screen/count"][0].as_py() == [3]
    mean = np.array(table["stats/observation.images.screen/mean"][0].as_py())
    assert mean.shape == (3, 1, 1)
    assert mean.ravel() == pytest.approx(images.mean(axis=(0, 1, 2)))


def test_stats_of_vectors_are_exact() -> None:
    values = np.random.default_rng(1).normal(1e9, 3, (1000, 2))
    stats = VectorStats(2)
    for value in values:
        stats.add(value)
    _compare(stats.result(), values)


def test_stats_of_many_vectors_are_near() -> None:
    values = np.random.default_rng(1).integers(0, 1000, (40_000, 1)).astype(float)
    stats = VectorStats(1)
    for value in values:
        stats.add(value)
    found = stats.result()
    assert found.count == 40_000
    assert found.values[2, 0] == pytest.approx(values.mean())
    assert found.values[4:, 0] == pytest.approx(np.quantile(values, SHARES), abs=15)


def test_stats_of_a_range() -> None:
    _compare(stats_of_range(3, 0.5, 9), 3 + 0.5 * np.arange(9).reshape(-1, 1))


@pytest.mark.parametrize("pixel_format", sorted(FORMATS))
def test_stats_of_images(pixel_format: str) -> None:
    dtype = FORMATS[pixel_format].dtype
    raws = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, (4, 9, 7)).astype(dtype)
    stats = ImageStats()
    for raw in raws:
        stats.add(raw, pixel_format)
    pixels = np.stack([to_rgb(raw, pixel_format) for raw in raws]).reshape(-1, 3) / 255
    found = stats.result()
    assert found.count == 4
    assert found.values[0].tolist() == pixels.min(axis=0).tolist()
    assert found.values[2] == pytest.approx(pixels.mean(axis=0))
    assert found.values[3] == pytest.approx(pixels.std(axis=0))
    assert found.values[4:] == pytest.approx(np.quantile(pixels, SHARES, axis=0, method="inverted_cdf"))


def test_merged_stats_are_those_of_all_rows() -> None:
    values = np.random.default_rng(1).normal(5, 2, (60, 3))
    parts = []
    for rows in (values[:10], values[10:45], values[45:]):
        stats = VectorStats(3)
        for row in rows:
            stats.add(row)
        parts.append(stats.result())
    nothing = FeatureStats(np.zeros((len(LINES), 3)), 0)
    whole = merged([nothing, *parts])
    assert whole.count == 60
    assert whole.values[0] == pytest.approx(values.min(axis=0))
    assert whole.values[2] == pytest.approx(values.mean(axis=0))
    assert whole.values[3] == pytest.approx(values.std(axis=0))


def _compare(stats: FeatureStats, values: NDArray[np.floating[Any]]) -> None:
    assert stats.count == len(values)
    wanted = [values.min(axis=0), values.max(axis=0), values.mean(axis=0), values.std(axis=0)]
    assert stats.values == pytest.approx(np.stack([*wanted, *np.quantile(values, SHARES, axis=0)]))


def test_damage_of_each_kind_is_named(tmp_path: Path) -> None:
    rows = episode("s", 0, 6) + episode("s", 1, 6, first=6)
    built(tmp_path, rows)
    info = info_of(tmp_path)
    _rewrite(tmp_path, {**info, "total_frames": 11})
    assert any("total_frames is 11; there are 10" in wrong for wrong in LeRobotWriter.check(tmp_path))
    _rewrite(tmp_path, {**info, "splits": {"train": "0:1"}})
    assert LeRobotWriter.check(tmp_path) == ["meta/info.json: the splits end before episode 1; there are 2"]
    _rewrite(tmp_path, info)
    path = tmp_path / "data/chunk-000/file-000.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("index")
    pq.write_table(table.set_column(at, "index", pa.array(range(1, 11))), path)
    assert LeRobotWriter.check(tmp_path) == [
        "data/chunk-000/file-000.parquet: index of rows 0 to 9 is not what the episodes say"
    ]


def _rewrite(folder: Path, info: dict[str, Any]) -> None:
    (folder / "meta/info.json").write_text(json.dumps(info))
