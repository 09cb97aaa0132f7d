"""A split's data and video files of a LeRobot dataset while its rows come.

Every row of a dataset has its number, counted through all splits. The first split's rows are numbered when they come;
those of a later split are not known before the splits in front of it are whole, so its files are written aside with
numbers of their own, and copied with the right ones at the end (`settle`): what was encoded stays as it is.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runtime.pixels import to_rgb
from streams.datasets.aside import Aside
from streams.datasets.lerobot_meta import DATA_PATH, MISSING, SCREEN, VIDEO_PATH, chunk_and_file
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from streams.datasets.video import VideoFile

#: A file ends with the episode in which it reaches this many rows, unless told otherwise: about 100 MB of images.
FILE_ROWS = 20_000

#: A row group is what a reader must load to see one row: about 1.5 MB of images.
_GROUP_ROWS = 250


@dataclass
class Frame:
    """A row with its place and what its columns hold; `episode_index` and `index` count within its split."""

    row: Row
    image: Future[bytes] | None
    frame_index: int
    episode_index: int
    index: int
    task_index: int
    state: NDArray[np.float64]
    action: NDArray[np.float32]
    exact: NDArray[np.float64]
    timestamp: float
    done: bool = False
    success: bool = False


@dataclass(frozen=True)
class Layout:
    """The columns of all data files: their schema, the watches with a column of their own, the labels' keys."""

    schema: Any
    wide: tuple[str, ...]
    labels: tuple[str, ...]


class SplitFile:
    """A data file and, with video, a video file under way; those that are whole are not written again."""

    def __init__(self, shards: Shards, split: int, number: int, layout: Layout) -> None:
        self.rows = 0
        place = chunk_and_file(split, number)
        self._shards, self._layout, self._first_split = shards, layout, split == 0
        self._name = DATA_PATH.format(**place)
        self._video_name = VIDEO_PATH.format(video_key=SCREEN, **place)
        self._aside = None if shards.whole(self._name) else Aside(shards, self._name)
        self._writer: Any = None
        self._waiting: list[Frame] = []
        self._video: VideoFile | None = None
        self._video_aside: Aside | None = None

    @property
    def wants_images(self) -> bool:
        """Whether rows must come with their images."""
        return self._aside is not None

    def begin_video(self, make: Callable[[Path], VideoFile]) -> None:
        """Write frames to a video, which `make` begins at a path."""
        if not self._shards.whole(self._video_name):
            self._video_aside = Aside(self._shards, self._video_name)
            self._video = make(self._video_aside.path)

    def add(self, frame: Frame) -> None:
        """Take the next row."""
        self.rows += 1
        if self._video:
            self._video.add(to_rgb(frame.row.raw, frame.row.pixel_format))
        if self._aside:
            self._waiting.append(frame)
            if len(self._waiting) >= 2 * _GROUP_ROWS:  # the second half is encoded while the first is written
                self._write_group()

    def end(self) -> None:
        """Write what is left. A first split's file is whole then, another's waits for `settle`."""
        if self._video and self._video_aside:
            self._video.end()
            self._video = None
            self._video_aside.keep(self.rows)
        if self._aside is None:
            return
        while self._waiting:
            self._write_group()
        self._writer.close()
        self._writer = None
        if self._first_split:
            self._aside.keep(self.rows)
            self._aside = None

    def settle(self, first_episode: int, first_index: int) -> None:
        """Number a later split's rows: its first episode and row have these numbers in the dataset."""
        if self._aside is None:
            return
        schema = self._layout.schema
        with (
            self._shards.writing(self._name, self.rows) as partial,
            pq.ParquetFile(self._aside.path) as source,
            _writer(partial, schema) as writer,
        ):
            for group in range(source.num_row_groups):
                table = source.read_row_group(group)
                for name, first in (("episode_index", first_episode), ("index", first_index)):
                    moved = pa.array(table[name].to_numpy() + first)
                    table = table.set_column(schema.get_field_index(name), schema.field(name), moved)
                writer.write_table(table.replace_schema_metadata(schema.metadata), row_group_size=_GROUP_ROWS)
        self._aside.drop()
        self._aside = None

    def drop(self) -> None:
        """Let go of what is not whole."""
        if self._video:
            self._video.abandon()
        if self._writer:
            self._writer.close()
        for aside in (self._aside, self._video_aside):
            if aside:
                aside.drop()

    def _write_group(self) -> None:
        assert self._aside is not None
        group, self._waiting = self._waiting[:_GROUP_ROWS], self._waiting[_GROUP_ROWS:]
        if self._writer is None:
            self._writer = _writer(self._aside.path, self._layout.schema)
        columns = _columns(group, self._layout)
        schema = self._layout.schema
        table = pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)
        self._writer.write_table(table, row_group_size=_GROUP_ROWS)


def _writer(path: Path, schema: Any) -> Any:
    compression: dict[str, str] = {}
    repeating: list[str] = []
    for field in schema:
        if field.name == SCREEN:
            compression |= {f"{SCREEN}.bytes": "NONE", f"{SCREEN}.path": "NONE"}  # a PNG does not get smaller
        elif pa.types.is_fixed_size_list(field.type):
            compression[f"{field.name}.list.element"] = "ZSTD"
            repeating.append(f"{field.name}.list.element")
        else:
            compression[field.name] = "ZSTD"
            repeating.append(field.name)
    return pq.ParquetWriter(path, schema, compression=compression, use_dictionary=repeating)


def _columns(group: Sequence[Frame], layout: Layout) -> dict[str, Any]:
    """Return the columns of a data file by name."""
    columns = {
        "action": _vectors([frame.action for frame in group]),
        "next.reward": pa.array([float(frame.success) for frame in group], pa.float32()),
        "next.done": pa.array([frame.done for frame in group]),
        "next.success": pa.array([frame.success for frame in group]),
        "timestamp": pa.array([frame.timestamp for frame in group], pa.float32()),
    }
    for name in ("frame_index", "episode_index", "index", "task_index"):
        columns[name] = pa.array([getattr(frame, name) for frame in group], pa.int64())
    if SCREEN in layout.schema.names:
        images = pa.array([frame.image.result() for frame in group if frame.image], pa.binary())
        columns[SCREEN] = pa.StructArray.from_arrays([images, pa.nulls(len(group), pa.string())], ["bytes", "path"])
    if "observation.state" in layout.schema.names:
        columns["observation.state"] = _vectors([frame.state.astype(np.float32) for frame in group])
    for i, watch in enumerate(layout.wide):
        values = np.array([frame.exact[i] for frame in group])
        columns[f"watch.{watch}"] = pa.array(np.where(np.isnan(values), MISSING, values).astype(np.int64))
    for key in layout.labels:
        columns[f"label.{key}"] = pa.array([frame.row.labels.get(key, "") for frame in group])
    return columns


def _vectors(vectors: Sequence[NDArray[np.float32]]) -> Any:
    """Return a column of vectors; LeRobot keeps a vector of one number as that number."""
    values = np.concatenate(vectors)
    length = len(vectors[0])
    return pa.FixedSizeListArray.from_arrays(pa.array(values), length) if length > 1 else pa.array(values)
