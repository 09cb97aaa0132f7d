"""An episode in HDF5 as Minari lays it out (`streams.datasets.minari`), written while its rows come."""

import math
import zlib
from array import array
from collections import deque
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.pixels import to_rgb
from streams.datasets.aside import Aside
from streams.datasets.format import DatasetSpec
from streams.datasets.rows import Row
from streams.datasets.shards import Shards

#: zlib's level, as for PNG (`streams.datasets.png`).
_LEVEL = 3

#: Observations that may wait to be written while threads compress them.
_WAITING = 128

#: Rows of the small columns that are written at once.
_CHUNK = 1024


class EpisodeFile:
    """A file of episodes under way, or one that is whole already.

    Attributes:
        name: Its name in the folder of the dataset's data.
        observations: How many it holds, for the writer to count.
        group: The open file; None when it is whole.
    """

    def __init__(self, h5py: Any, shards: Shards, path: str, name: str) -> None:
        self.name = name
        self.observations = 0
        self._aside = Aside(shards, path)
        # The oldest layout of groups: newer ones hold the time when they were made.
        self.group: Any = None if shards.whole(path) else h5py.File(self._aside.path, "w", libver="earliest")

    def keep(self) -> None:
        """Put the file in its place."""
        if self.group is not None:
            self.group.close()
            self._aside.keep(self.observations)

    def drop(self) -> None:
        """Remove the file, which is not whole."""
        if self.group is not None:
            self.group.close()
            self._aside.drop()


class Episode:
    """An episode under way. In a file that is whole it only counts its steps.

    Its group is made with the first step, so that an episode of a single observation leaves nothing.
    """

    def __init__(
        self, spec: DatasetSpec, file: EpisodeFile, name: str, row: Row, *, threads: Executor, with_state: bool
    ) -> None:
        self.first = row
        self.steps = 0
        self._spec, self._file, self._name = spec, file, name
        self._threads, self._with_state = threads, with_state
        self._group: Any = None
        self._pixels: Any = None
        self._compressed: deque[Future[bytes]] = deque()
        self._written = 0
        self._actions = bytearray()
        self._frame_indices = array("q")
        self._state = {column.watch: array("d") for column in spec.columns}
        self._labels: dict[str, list[str]] = {key: [] for key in spec.labels}
        self._observe(row)

    def step(self, held: NDArray[np.bool_], row: Row) -> None:
        """Take the buttons that followed the last observation, (buttons,), and the observation that they led to."""
        self.steps += 1
        if self._file.group is None:
            return
        if self._group is None:
            self._begin()
        self._actions += held.tobytes()
        self._observe(row)
        if len(self._compressed) >= _WAITING:
            self._write_pixels(_WAITING // 2)

    def end(self, outcome: str) -> None:
        """Write what is left; `outcome` is "success", "failure", or empty for a cut."""
        if self._file.group is None:
            return
        self._write_pixels(len(self._compressed))
        actions = np.frombuffer(bytes(self._actions), dtype=np.int8).reshape(self.steps, -1)
        last = np.zeros(self.steps, dtype=bool)
        last[-1] = True
        ended = outcome in ("success", "failure")
        self._small("actions", actions)
        self._small("rewards", last * float(outcome == "success"))
        self._small("terminations", last & ended)
        self._small("truncations", last & (not ended))
        self._small("infos/frame_index", np.array(self._frame_indices))
        state = {watch: np.array(values) for watch, values in self._state.items()}
        for watch, values in state.items():
            self._small(f"infos/state/{watch}", values)
        for key, texts in self._labels.items():
            self._group[f"infos/label/{key}"] = [text.encode() for text in texts]
        if self._with_state:
            self._small("observations/state", np.stack(list(state.values()), axis=1).astype(np.float32))
        said = {"session": self.first.session, "episode_index": self.first.episode_index, "split": self.first.split}
        self._group.attrs.update({**said, "outcome": outcome, "total_steps": self.steps})

    def _begin(self) -> None:
        assert self._file.group is not None
        self._group = self._file.group.create_group(self._name)
        self._group.attrs["id"] = int(self._name.partition("_")[2])
        shape = pixels_shape(self._spec)
        self._pixels = self._group.create_dataset(
            "observations/pixels" if self._with_state else "observations",
            (0, *shape),
            "u1",
            maxshape=(None, *shape),
            chunks=(1, *shape),
            compression="gzip",
            compression_opts=_LEVEL,
        )

    def _observe(self, row: Row) -> None:
        if self._file.group is None:
            return
        self._compressed.append(self._threads.submit(_compress, row))
        self._frame_indices.append(row.frame_index)
        for watch, values in self._state.items():
            values.append(float(row.state.get(watch, math.nan)))
        for key, texts in self._labels.items():
            texts.append(row.labels.get(key, ""))

    def _write_pixels(self, count: int) -> None:
        self._pixels.resize(self._written + count, axis=0)
        for _ in range(count):
            offset = (self._written, *(0 for _ in pixels_shape(self._spec)))
            self._pixels.id.write_direct_chunk(offset, self._compressed.popleft().result())
            self._written += 1

    def _small(self, name: str, values: NDArray[Any]) -> None:
        if len(values) <= _CHUNK:  # an index of chunks would be larger
            self._group.create_dataset(name, data=values)
            return
        chunks = (_CHUNK, *values.shape[1:])
        self._group.create_dataset(name, data=values, chunks=chunks, compression="gzip", compression_opts=_LEVEL)


def _compress(row: Row) -> bytes:
    """Return the observation's pixels as HDF5 stores a chunk of them."""
    frames = [to_rgb(raw, row.pixel_format) for raw in (row.stack if len(row.stack) > 1 else (row.raw,))]
    return zlib.compress(b"".join(frame.data for frame in frames), _LEVEL)


def pixels_shape(spec: DatasetSpec) -> tuple[int, ...]:
    """Return the shape of an observation's pixels."""
    one = (spec.height, spec.width, 3)
    return (spec.stack, *one) if spec.stack > 1 else one


def observation_space(spec: DatasetSpec, *, with_state: bool) -> dict[str, Any]:
    """Return the space as `minari.serialization` reads it."""
    pixels = _box("uint8", pixels_shape(spec), 0, 255)
    if not with_state:
        return pixels
    largest = float(np.finfo(np.float32).max)
    return {
        "type": "Dict",
        "subspaces": {"pixels": pixels, "state": _box("float32", (len(spec.columns),), -largest, largest)},
    }


def _box(dtype: str, shape: tuple[int, ...], low: float, high: float) -> dict[str, Any]:
    bounds = {name: np.full(shape, value).tolist() for name, value in (("low", low), ("high", high))}
    return {"type": "Box", "dtype": dtype, "shape": list(shape), **bounds}
