"""The format `parquet`: a folder that `datasets.load_dataset(FOLDER)` opens, with lossless images inside.

    README.md                    the dataset card
    data/train-00000.parquet     shards of 20,000 rows in row groups of 500

The same recording gives the same bytes: sizes are fixed and no time is written.
"""

import os
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from streams.datasets import png
from streams.datasets.card import card
from streams.datasets.columns import IMAGE, all_columns, schema
from streams.datasets.format import SessionSummary
from streams.datasets.rows import Row, StateColumn

#: A row group is what a reader must load to see one row: about 4 MB of images.
ROW_GROUP_ROWS = 500

#: About 150 MB of images.
SHARD_ROWS = 20_000

#: Encoded images kept for frames that come again; games stand still for a third of their time.
_KEPT_IMAGES = 1024


class ParquetWriter:
    """Encodes images on all cores and writes rows in order."""

    def __init__(self, folder: Path, columns: Sequence[StateColumn]) -> None:
        self._folder = folder
        self._columns = all_columns(columns)
        self._schema = schema(self._columns)
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="png")
        self._images: OrderedDict[int, Future[bytes]] = OrderedDict()
        self._rows: list[tuple[Row, Future[bytes]]] = []
        self._writer: Any = None
        self._count = 0
        (folder / "data").mkdir()

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        self._rows.append((row, self._image(row)))
        if len(self._rows) >= 2 * ROW_GROUP_ROWS:  # so that the second half is encoded while the first is written
            self._write_group()

    def finish(self, sessions: Sequence[SessionSummary], command: str) -> None:
        """See DatasetWriter."""
        while self._rows:
            self._write_group()
        self._close_shard()
        shards = sorted((self._folder / "data").glob("*.parquet"))
        text = card(self._columns, sessions, command, sum(shard.stat().st_size for shard in shards))
        (self._folder / "README.md").write_text(text, encoding="utf-8")

    def close(self) -> None:
        """See DatasetWriter."""
        self._threads.shutdown(cancel_futures=True)
        self._close_shard()

    def _image(self, row: Row) -> Future[bytes]:
        """Return the row's PNG, encoded once for equal pixels."""
        found = self._images.get(row.pixels_hash)
        if found is None:
            found = self._images[row.pixels_hash] = self._threads.submit(png.encode, row.raw, row.pixel_format)
            if len(self._images) > _KEPT_IMAGES:
                self._images.popitem(last=False)
        else:
            self._images.move_to_end(row.pixels_hash)
        return found

    def _write_group(self) -> None:
        group, self._rows = self._rows[:ROW_GROUP_ROWS], self._rows[ROW_GROUP_ROWS:]
        if self._writer is None:
            self._writer = self._open_shard()
        self._writer.write_table(self._table(group), row_group_size=ROW_GROUP_ROWS)
        self._count += len(group)
        if self._count % SHARD_ROWS == 0:
            self._close_shard()

    def _table(self, group: Sequence[tuple[Row, "Future[bytes]"]]) -> Any:
        arrays = []
        for column in self._columns:
            if column.value is None:
                values: list[Any] = [{"bytes": image.result(), "path": None} for _, image in group]
            else:
                values = [column.value(row) for row, _ in group]
            arrays.append(pa.array(values, type=column.type))
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _open_shard(self) -> Any:
        path = self._folder / "data" / f"train-{self._count // SHARD_ROWS:05}.parquet"
        names = [column.name for column in self._columns if column is not IMAGE]
        compression = {"image.bytes": "NONE", "image.path": "NONE"}  # a PNG does not get smaller
        for name in names:
            leaf = f"{name}.list.element" if name.startswith("buttons") else name
            compression[leaf] = "ZSTD"
        return pq.ParquetWriter(path, self._schema, compression=compression, use_dictionary=names)

    def _close_shard(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
