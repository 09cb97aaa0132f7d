"""What LeRobot v3.0 keeps in `meta/`: the features, info.json, stats.json, the table of tasks and that of episodes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa

from streams.datasets.format import DatasetSpec
from streams.datasets.lerobot_stats import FeatureStats, merged, stats_of_range
from streams.datasets.video import VideoKind

CODEBASE_VERSION = "v3.0"
SCREEN = "observation.images.screen"
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"

#: Files in a chunk, a folder. A split's files begin in a chunk of their own, so that all of a split follow each other.
CHUNK_FILES = 1000
SPLIT_CHUNKS = 100

#: Stands for a watch that a recording lacks, where a column has no NaN: below every value of 32 bits.
MISSING = -(1 << 31) - 1

#: Watches whose values float32, LeRobot's type of a state, cannot all hold.
_WIDE = ("u32", "s32")

_SCALAR: dict[str, Any] = {"shape": [1], "names": None}


@dataclass(frozen=True)
class Episode:
    """An episode of a split.

    Attributes:
        split: The split's place among the splits.
        file: The number of its file in the split.
        file_row: Where it begins in that file: a row of the data, a frame of the video.
        length: Its rows.
        tasks: The tasks in it, by index.
        source: Where it comes from: session, episode_index, first_frame, outcome.
        stats: By feature, but for those that count rows.
    """

    split: int
    file: int
    file_row: int
    length: int
    tasks: tuple[int, ...]
    source: Mapping[str, Any]
    stats: Mapping[str, FeatureStats]


def chunk_and_file(split: int, file: int) -> dict[str, int]:
    """Return `chunk_index` and `file_index` of a split's file."""
    return {"chunk_index": split * SPLIT_CHUNKS + file // CHUNK_FILES, "file_index": file % CHUNK_FILES}


def wide_watches(spec: DatasetSpec) -> list[str]:
    """Return the watches that have a column of their own beside the state, where they are exact."""
    return [column.watch for column in spec.columns if column.type.startswith(_WIDE)]


def features(spec: DatasetSpec, video: VideoKind | None, fps: float) -> dict[str, dict[str, Any]]:
    """Return the features, in the order of the columns."""
    screen: dict[str, Any] = {
        "dtype": "video" if video else "image",
        "shape": [spec.height, spec.width, 3],
        "names": ["height", "width", "channels"],
    }
    if video:
        screen["info"] = {
            "video.height": spec.height,
            "video.width": spec.width,
            "video.codec": "h264",
            "video.pix_fmt": "gbrp" if video.lossless else video.pixel_format,
            "video.is_depth_map": False,
            "video.fps": fps,
            "video.channels": 3,
            "has_audio": False,
        }
    found = {SCREEN: screen}
    if spec.columns:
        found["observation.state"] = _vector([column.watch for column in spec.columns])
    found["action"] = _vector(spec.buttons)
    found["next.reward"] = {"dtype": "float32", **_SCALAR}
    found["next.done"] = {"dtype": "bool", **_SCALAR}
    found["next.success"] = {"dtype": "bool", **_SCALAR}
    found |= {f"watch.{watch}": {"dtype": "int64", **_SCALAR} for watch in wide_watches(spec)}
    found |= {f"label.{key}": {"dtype": "string", **_SCALAR} for key in spec.labels}
    found["timestamp"] = {"dtype": "float32", **_SCALAR}
    found |= {key: {"dtype": "int64", **_SCALAR} for key in ("frame_index", "episode_index", "index", "task_index")}
    return found


def schema(all_features: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the Arrow schema of a data file, with the features that `datasets` reads."""
    types: list[tuple[str, Any]] = []
    described: dict[str, Any] = {}
    for name, feature in all_features.items():
        if feature["dtype"] == "video":
            continue
        if feature["dtype"] == "image":
            types.append((name, pa.struct([("bytes", pa.binary()), ("path", pa.string())])))
            described[name] = {"_type": "Image"}
            continue
        value = {"dtype": feature["dtype"], "_type": "Value"}
        one = {"bool": pa.bool_(), "string": pa.string()}.get(feature["dtype"]) or pa.type_for_alias(feature["dtype"])
        length = feature["shape"][0]
        types.append((name, pa.list_(one, length) if length > 1 else one))
        described[name] = {"feature": value, "length": length, "_type": "List"} if length > 1 else value
    metadata = {"huggingface": json.dumps({"info": {"features": described}})}
    return pa.schema(types, metadata=metadata)


def info(
    all_features: Mapping[str, Any],
    rate: Fraction,
    episodes: Sequence[Episode],
    splits: Sequence[str],
    *,
    robot_type: str | None,
    tasks: int,
) -> dict[str, Any]:
    """Return info.json; `episodes` in their order, so that each split's follow each other."""
    ranges, first = {}, 0
    for i, split in enumerate(splits):
        count = sum(episode.split == i for episode in episodes)
        if count:
            ranges[split] = f"{first}:{first + count}"
        first += count
    # The sizes are what LeRobot goes by when it appends; ours are counted in rows.
    return {
        "codebase_version": CODEBASE_VERSION,
        "robot_type": robot_type,
        "total_episodes": len(episodes),
        "total_frames": sum(episode.length for episode in episodes),
        "total_tasks": tasks,
        "chunks_size": CHUNK_FILES,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": fps(rate),
        "splits": ranges,
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if all_features[SCREEN]["dtype"] == "video" else None,
        "features": all_features,
    }


def fps(rate: Fraction) -> float:
    """Return the rate as info.json holds it: a whole number where it is one."""
    return int(rate) if rate.denominator == 1 else float(rate)


def tasks_table(tasks: Sequence[str]) -> Any:
    """Return meta/tasks.parquet: a pandas frame whose index is the tasks' texts."""
    index = "__index_level_0__"
    described = {
        "index_columns": [index],
        "column_indexes": [
            {"name": None, "field_name": None, "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
        ],
        "columns": [
            {"name": name, "field_name": field, "pandas_type": kind, "numpy_type": numpy_type, "metadata": None}
            for name, field, kind, numpy_type in (
                ("task_index", "task_index", "int64", "int64"),
                (None, index, "unicode", "object"),
            )
        ],
        "creator": {"library": "pyarrow", "version": "0"},
        "pandas_version": "2.0.0",
    }
    fields = [("task_index", pa.int64()), (index, pa.string())]
    return pa.table(
        [list(range(len(tasks))), list(tasks)], schema=pa.schema(fields, metadata={"pandas": json.dumps(described)})
    )


def all_stats(episodes: Sequence[Episode], names: Iterable[str], rate: Fraction) -> list[dict[str, FeatureStats]]:
    """Return the statistics of each episode, with those of the columns that count rows, in the order of `names`."""
    found, first = [], 0
    for i, episode in enumerate(episodes):
        counted = {
            "timestamp": stats_of_range(0, float(1 / rate), episode.length),
            "frame_index": stats_of_range(0, 1, episode.length),
            "episode_index": stats_of_range(i, 0, episode.length),
            "index": stats_of_range(first, 1, episode.length),
        }
        every = {**episode.stats, **counted}
        found.append({name: every[name] for name in names if name in every})  # not of text
        first += episode.length
    return found


def total_stats(of_episodes: Sequence[Mapping[str, FeatureStats]]) -> dict[str, Any]:
    """Return stats.json."""
    return {name: merged([stats[name] for stats in of_episodes]).named(image=name == SCREEN) for name in of_episodes[0]}


def episodes_table(
    episodes: Sequence[Episode],
    of_episodes: Sequence[Mapping[str, FeatureStats]],
    tasks: Sequence[str],
    rate: Fraction,
    *,
    video: bool,
) -> Any:
    """Return meta/episodes; `of_episodes` holds the statistics of each.

    `source/…` is ours: the recording, its episode, the first row's frame and what ended it.
    """
    columns: dict[str, list[Any]] = {}
    first = 0
    for i, (episode, stats) in enumerate(zip(episodes, of_episodes, strict=True)):
        place = chunk_and_file(episode.split, episode.file)
        said: dict[str, Any] = {
            "episode_index": i,
            "tasks": [tasks[task] for task in episode.tasks],
            "length": episode.length,
            **{f"data/{name}": value for name, value in place.items()},
            "dataset_from_index": first,
            "dataset_to_index": first + episode.length,
            **(_video_place(episode, rate) if video else {}),
            **{f"source/{name}": value for name, value in episode.source.items()},
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        for name, found in stats.items():
            for line, value in found.named(image=name == SCREEN).items():
                said[f"stats/{name}/{line}"] = value
        first += episode.length
        for name, value in said.items():
            columns.setdefault(name, []).append(value)
    return pa.table(columns)


def _video_place(episode: Episode, rate: Fraction) -> dict[str, Any]:
    """Return where an episode lies in its video."""
    said: dict[str, Any] = dict(chunk_and_file(episode.split, episode.file))
    said["from_timestamp"] = float(episode.file_row / rate)
    said["to_timestamp"] = float((episode.file_row + episode.length) / rate)
    return {f"videos/{SCREEN}/{name}": value for name, value in said.items()}


def _vector(names: Sequence[str]) -> dict[str, Any]:
    return {"dtype": "float32", "shape": [len(names)], "names": list(names)}
