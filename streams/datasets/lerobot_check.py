"""Whether a folder is a LeRobot dataset, by its rules: the tables agree, rows are numbered through, images decode."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from streams.datasets.lerobot_meta import CODEBASE_VERSION, SCREEN
from streams.datasets.video import import_av


def check(folder: Path) -> list[str]:
    """Read a built folder, every image and video of it, and return what is wrong."""
    try:
        info = json.loads((folder / "meta/info.json").read_bytes())
        if info["codebase_version"] != CODEBASE_VERSION:
            return [f"meta/info.json: version {info['codebase_version']!r}; wanted {CODEBASE_VERSION!r}"]
        episodes = pq.read_table(folder / "meta/episodes/chunk-000/file-000.parquet")
        tasks = pq.read_table(folder / "meta/tasks.parquet")
        stats = json.loads((folder / "meta/stats.json").read_bytes())
        return [
            *_check_info(info, episodes, tasks, stats),
            *_check_rows(folder, info, episodes),
            *(_check_videos(folder, info, episodes) if info["video_path"] else ()),
        ]
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        return [f"cannot be read: {error}"]


def _check_info(info: dict[str, Any], episodes: Any, tasks: Any, stats: dict[str, Any]) -> Iterator[str]:
    frames = sum(episodes["length"].to_pylist())
    for key, there in (("episodes", len(episodes)), ("frames", frames), ("tasks", len(tasks))):
        if info[f"total_{key}"] != there:
            yield f"meta/info.json: total_{key} is {info[f'total_{key}']}; there are {there}"
    reached = 0
    for split, text in info["splits"].items():
        first, _, end = text.partition(":")
        if int(first) != reached:
            yield f"meta/info.json: split {split!r} begins with episode {first}; wanted {reached}"
        reached = int(end)
    if reached != len(episodes):
        yield f"meta/info.json: the splits end before episode {reached}; there are {len(episodes)}"
    if tasks["task_index"].to_pylist() != list(range(len(tasks))):
        yield "meta/tasks.parquet: task_index does not count from 0"
    for name, feature in info["features"].items():
        if feature["dtype"] != "string" and name not in stats:
            yield f"meta/stats.json: lacks {name}"


def _check_rows(folder: Path, info: dict[str, Any], episodes: Any) -> Iterator[str]:
    """Check all data files in the order in which LeRobot reads them."""
    row = 0
    wanted_episode = np.repeat(np.arange(len(episodes)), episodes["length"].to_numpy())
    wanted_frame = np.concatenate([np.arange(length) for length in episodes["length"].to_pylist()] or [np.zeros(0)])
    for path in sorted((folder / "data").glob("*/*.parquet")):
        name = path.relative_to(folder).as_posix()
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=500):
                here = slice(row, row + len(batch))
                for column, wanted in (
                    ("index", np.arange(here.start, here.stop)),
                    ("episode_index", wanted_episode[here]),
                    ("frame_index", wanted_frame[here]),
                    ("timestamp", (wanted_frame[here] / info["fps"]).astype(np.float32)),
                ):
                    there = batch[column].to_numpy()
                    if len(there) != len(wanted) or not np.allclose(there, wanted, rtol=1e-6, atol=1e-6):
                        yield f"{name}: {column} of rows {here.start} to {here.stop - 1} is not what the episodes say"
                if SCREEN in batch.schema.names:
                    yield from _check_images(name, row, batch[SCREEN].field("bytes"), info["features"][SCREEN]["shape"])
                row += len(batch)
    if row != info["total_frames"]:
        yield f"data/: has {row} rows; meta/info.json says {info['total_frames']}"


def _check_images(name: str, first_row: int, images: Any, shape: list[int]) -> Iterator[str]:
    for i, data in enumerate(images.to_pylist()):
        try:
            with Image.open(io.BytesIO(data)) as image:
                there = np.asarray(image).shape
        except (OSError, SyntaxError) as error:
            yield f"{name}: the image of row {first_row + i} does not decode: {error}"
            continue
        if list(there) != shape:
            yield f"{name}: the image of row {first_row + i} has the shape {there}; wanted {tuple(shape)}"


def _check_videos(folder: Path, info: dict[str, Any], episodes: Any) -> Iterator[str]:
    av = import_av("lerobot")
    frames: dict[str, int] = {}
    places = (episodes[f"videos/{SCREEN}/{name}"].to_pylist() for name in ("chunk_index", "file_index"))
    for chunk, file, length in zip(*places, episodes["length"].to_pylist(), strict=True):
        path = info["video_path"].format(video_key=SCREEN, chunk_index=chunk, file_index=file)
        frames[path] = frames.get(path, 0) + length
    for name, wanted in frames.items():
        try:
            with av.open(str(folder / name)) as container:
                there = sum(1 for _ in container.decode(video=0))
        except (av.FFmpegError, IndexError) as error:
            yield f"{name}: cannot be decoded: {error}"
            continue
        if there != wanted:
            yield f"{name}: has {there} frames; its episodes {wanted}"
