"""The format `parquet`: a folder that `datasets.load_dataset(FOLDER)` opens, with lossless images inside.

    data/train-00000.parquet     of each split, shards of 20,000 rows in row groups of 500

    rows = datasets.load_dataset("DIR", split="train")

The same recording gives the same bytes: sizes are fixed and no time is written. A frame that comes again, in a stack or
in a still picture, is encoded once, and lies once in a row group: its bytes are a dictionary.
"""

import io
import os
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash

from runtime.pixels import Raw, to_rgb
from streams.datasets import png
from streams.datasets.aside import Aside
from streams.datasets.columns import Column, all_columns, schema
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.options import whole_number
from streams.datasets.rows import Row
from streams.datasets.shards import Shards

#: A row group is what a reader must load to see one row: about 4 MB of images.
GROUP_ROWS = 500

#: About 150 MB of images.
FILE_ROWS = 20_000

#: Images that are kept for frames that come again; games stand still for a third of their time.
_KEPT_IMAGES = 1024

#: Images that wait for a core, with their pixels.
_WAITING_IMAGES = 256

#: A row group's images fit into its dictionary.
_DICTIONARY_BYTES = 1 << 30

#: A PNG and the xxh3-64 of its RGB bytes.
Image = tuple[bytes, int]


class ParquetWriter:
    """Encodes images on all cores and writes rows in order, each split into files of its own."""

    reads_memory: ClassVar[bool] = False
    stacks: ClassVar[bool] = True
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "file_rows": f"rows in a file; {FILE_ROWS} if not given",
        "group_rows": f"rows in a row group; {GROUP_ROWS} if not given",
    }

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        """See Format."""
        file_rows = whole_number(spec.options, "file_rows", FILE_ROWS, 1, 10**9)
        group_rows = whole_number(spec.options, "group_rows", GROUP_ROWS, 1, 10**6)
        self._images = _Images()
        self._splits = {split: _Split(split, shards, spec, file_rows, group_rows) for split in spec.splits}

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        self._splits[row.split].add(row, self._images)

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        for split in self._splits.values():
            split.finish()

    def close(self) -> None:
        """See DatasetWriter."""
        self._images.close()
        for split in self._splits.values():
            split.close()

    @staticmethod
    def check(folder: Path) -> list[str]:
        """See Format: decode every image, compare it with its hash, and check the order of frames."""
        return [wrong for path in sorted((folder / "data").glob("*.parquet")) for wrong in _check(folder, path)]


class _Images:
    """Encodes frames in threads, equal ones once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="png")
        self._kept: OrderedDict[tuple[str, int], Future[Image]] = OrderedDict()
        self._waiting: deque[Future[Image]] = deque()

    def encode(self, raw: Raw, pixel_format: str, pixels_hash: int) -> "Future[Image]":
        """Return the frame's image, there or on its way; wait while too many are."""
        key = pixel_format, pixels_hash
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        made = self._kept[key] = self._threads.submit(_encode, raw, pixel_format)
        if len(self._kept) > _KEPT_IMAGES:
            self._kept.popitem(last=False)
        self._waiting.append(made)
        if len(self._waiting) > _WAITING_IMAGES:
            self._waiting.popleft().result()
        return made

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(cancel_futures=True)


class _Split:
    """The files of one split."""

    def __init__(self, name: str, shards: Shards, spec: DatasetSpec, file_rows: int, group_rows: int) -> None:
        self._name, self._shards, self._stack = name, shards, spec.stack
        self._file_rows, self._group_rows = file_rows, group_rows
        self._columns = all_columns(spec)
        self._schema = schema(self._columns)
        self._rows: list[tuple[list[Any], list[Future[Image]]]] = []
        self._seen = 0  # rows
        self._written = 0  # rows of the open shard
        self._writer: Any = None

    def add(self, row: Row, images: _Images) -> None:
        """Take the next row; those of files that are whole are only counted."""
        if not self._shards.whole(self._path_of(self._seen // self._file_rows)):
            values = [column.value(row) for column in self._columns if column.value]
            frames = zip(row.stack or (row.raw,), row.stack_hashes or (row.pixels_hash,), strict=True)
            encoded = [images.encode(raw, row.pixel_format, pixels_hash) for raw, pixels_hash in frames]
            self._rows.append((values, encoded))
        self._seen += 1
        if self._seen % self._file_rows == 0:
            self._end_shard(self._seen // self._file_rows - 1)
        elif len(self._rows) >= 2 * self._group_rows:  # so that the second half is encoded while the first is written
            self._write_group(self._seen // self._file_rows)

    def finish(self) -> None:
        """Write what is left."""
        if self._rows:
            self._end_shard(self._seen // self._file_rows)

    def close(self) -> None:
        """Let go of the open file; what there is of it is of no use."""
        if self._writer is not None:
            self._writer.close()
            self._aside.drop()

    def _path_of(self, number: int) -> str:
        return f"data/{self._name}-{number:05}.parquet"

    def _end_shard(self, number: int) -> None:
        if not self._rows:
            return
        while self._rows:
            self._write_group(number)
        self._writer.close()
        self._writer = None
        self._aside.keep(self._written)
        self._written = 0

    def _write_group(self, number: int) -> None:
        group, self._rows = self._rows[: self._group_rows], self._rows[self._group_rows :]
        if self._writer is None:
            self._aside = Aside(self._shards, self._path_of(number))
            self._writer = self._open(self._aside.path)
        self._writer.write_table(self._table(group), row_group_size=self._group_rows)
        self._written += len(group)

    def _table(self, group: Sequence[tuple[list[Any], "list[Future[Image]]"]]) -> Any:
        found = [[image.result() for image in images] for _, images in group]
        plain = zip(*(values for values, _ in group), strict=True)
        arrays = [
            pa.array(next(plain) if column.value else self._made(column, found), type=column.type)
            for column in self._columns
        ]
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _made(self, column: Column, found: list[list[Image]]) -> list[Any]:
        if column.name == "image":
            made: list[list[Any]] = [[{"bytes": data, "path": None} for data, _ in images] for images in found]
        else:
            made = [[digest for _, digest in images] for images in found]
        return made if self._stack > 1 else [one for (one,) in made]

    def _open(self, path: Path) -> Any:
        leaves = [leaf for column in self._columns for leaf in _leaves(column)]
        compression = {leaf: "NONE" if leaf.startswith("image.") else "ZSTD" for leaf in leaves}
        return pq.ParquetWriter(
            path,
            self._schema,
            compression=compression,  # a PNG does not get smaller
            use_dictionary=[leaf for leaf in leaves if not leaf.endswith("_hash")],
            dictionary_pagesize_limit=_DICTIONARY_BYTES,
            write_statistics=[leaf for leaf in leaves if not leaf.startswith("image.")],
        )


def _encode(raw: Raw, pixel_format: str) -> Image:
    rgb = to_rgb(raw, pixel_format)
    return png.encode_rgb(rgb), xxhash.xxh3_64_intdigest(rgb.data)


def _leaves(column: Column) -> Iterator[str]:
    """Yield the Parquet paths of a column's leaves."""
    path, inner = column.name, column.type
    while pa.types.is_list(inner):
        path, inner = f"{path}.list.element", inner.value_type
    if pa.types.is_struct(inner):
        yield from (f"{path}.{field.name}" for field in inner)
    else:
        yield path


def _check(folder: Path, path: Path) -> Iterator[str]:
    """Yield what is wrong inside a shard."""
    from PIL import Image as Pictures  # noqa: PLC0415 - only checks need it

    name = path.relative_to(folder).as_posix()
    last: dict[str, tuple[int, int]] = {}
    try:
        batches = pq.ParquetFile(path).iter_batches(
            200, columns=["session", "episode_index", "frame_index", "image", "image_hash"]
        )
        for row in (row for batch in batches for row in batch.to_pylist()):
            where = f"{name}: session {row['session']!r}, frame {row['frame_index']}"
            place = row["episode_index"], row["frame_index"]
            before = last.get(row["session"], (-1, -1))
            if place[0] < before[0] or place[1] <= before[1]:
                yield f"{where}: episode {place[0]} comes after frame {before[1]} of episode {before[0]}"
            last[row["session"]] = place
            images, hashes = row["image"], row["image_hash"]
            stacked = isinstance(images, list)
            for image, digest in zip(images if stacked else [images], hashes if stacked else [hashes], strict=True):
                with Pictures.open(io.BytesIO(image["bytes"])) as picture:
                    seen = xxhash.xxh3_64_intdigest(np.ascontiguousarray(picture).data)
                if seen != digest:
                    yield f"{where}: its image has hash {seen}, recorded was {digest}"
    except (pa.ArrowException, OSError, SyntaxError, ValueError) as error:
        yield f"{name}: cannot be read: {error}"
