"""The format `webdataset`: tar files that `webdataset.WebDataset` streams, shuffles and splits among workers.

    train-000000.tar … train-000012.tar    1,000 samples each

A sample is one row; its key is SESSION_FRAME, the frame in eight digits, and its files are

    KEY.png     the frame, lossless, RGB; with stacking instead
    KEY.npy     the observation, uint8 (T, H, W, 3), RGB, oldest first
    KEY.json    session, episode_index, frame_index, split, held, action, actions, actor, plan_id, model, state, labels;
                on an episode's last row also ends and outcome

    dataset = webdataset.WebDataset("DIR/train-{000000..000012}.tar", shardshuffle=100).shuffle(1000).decode("rgb8")

The tar headers hold no time and no owner, so the same rows give the same bytes.
"""

import io
import tarfile
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from runtime.pixels import to_rgb
from streams.datasets.aside import Aside
from streams.datasets.described import described
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.options import check_names, whole_number
from streams.datasets.png_pool import PngPool
from streams.datasets.rows import Row
from streams.datasets.shards import Shards

_NAME = "webdataset"

#: Samples of a shard: small enough that a short dataset has one for each worker, large enough to read in one go (7 MB).
_SAMPLES = 1000

#: Images that may wait to be written; frames are held until they are encoded.
_WAITING = 256

_BLOCK = tarfile.BLOCKSIZE


class WebDatasetWriter:
    """Writes a shard of each split at a time; images are encoded on all cores."""

    reads_memory: ClassVar[bool] = False
    stacks: ClassVar[bool] = True
    OPTIONS: ClassVar[Mapping[str, str]] = {"samples": f"samples in a shard; {_SAMPLES} if not given"}

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names(_NAME, spec.options, self.OPTIONS)
        self._samples = whole_number(spec.options, "samples", _SAMPLES, 1, 10_000_000)
        self._shards, self._stack = shards, spec.stack
        self._pngs = PngPool()
        self._open: dict[str, _Shard] = {}
        self._counts: dict[str, int] = {}

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        count = self._counts.get(row.split, 0)
        if count % self._samples == 0:
            self._open[row.split] = _Shard(self._shards, f"{row.split}-{count // self._samples:06}.tar")
        shard = self._open[row.split]
        if shard.file:
            shard.add(row, None if self._stack > 1 else self._pngs.image(row))
        shard.rows += 1
        self._counts[row.split] = count + 1
        if shard.rows == self._samples:
            self._open.pop(row.split).keep()

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        del summary
        for split in sorted(self._open):
            self._open.pop(split).keep()

    def close(self) -> None:
        """See DatasetWriter."""
        self._pngs.close()
        for shard in self._open.values():
            shard.drop()
        self._open.clear()

    @staticmethod
    def check(folder: Path) -> list[str]:
        """Read every shard of a built folder and return what is wrong: numbers left out, samples with parts missing."""
        wrong = []
        numbers: dict[str, list[int]] = {}
        for path in sorted(folder.glob("*-??????.tar")):
            split, _, number = path.stem.rpartition("-")
            numbers.setdefault(split, []).append(int(number))
            wrong += [f"{path.name}: {problem}" for problem in _check_shard(path)]
        if not numbers:
            wrong.append("there is no shard, SPLIT-000000.tar")
        for split, there in numbers.items():
            if lacking := sorted(set(range(max(there) + 1)) - set(there)):
                wrong.append(f"{split}-{lacking[0]:06}.tar: is missing")
        return wrong


class _Shard:
    """A tar file under way, or one that is whole already and counts rows only."""

    def __init__(self, shards: Shards, name: str) -> None:
        self._aside = Aside(shards, name)
        self.file = None if shards.whole(name) else self._aside.path.open("wb")
        self.rows = 0
        self._waiting: list[tuple[Row, Future[bytes] | None]] = []

    def add(self, row: Row, image: Future[bytes] | None) -> None:
        """Take a row; with `image` None its stack is written."""
        self._waiting.append((row, image))
        if len(self._waiting) >= _WAITING:
            self._write(_WAITING // 2)

    def keep(self) -> None:
        if self.file:
            self._write(len(self._waiting))
            self.file.write(bytes(2 * _BLOCK))  # how a tar ends
            self.file.close()
            self.file = None
            self._aside.keep(self.rows)

    def drop(self) -> None:
        if self.file:
            self.file.close()
            self._aside.drop()

    def _write(self, count: int) -> None:
        assert self.file is not None
        written, self._waiting = self._waiting[:count], self._waiting[count:]
        for row, image in written:
            key = f"{row.session}_{row.frame_index:08}"
            pixels = (f"{key}.npy", _stack(row)) if image is None else (f"{key}.png", image.result())
            for name, data in (pixels, (f"{key}.json", msgspec.json.encode(described(row)))):
                self.file.write(_header(name, len(data)) + data + bytes(-len(data) % _BLOCK))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member.tobuf(tarfile.USTAR_FORMAT)


def _stack(row: Row) -> bytes:
    """Return the observation as an .npy file: uint8 (T, H, W, 3)."""
    file = io.BytesIO()
    np.save(file, np.stack([to_rgb(raw, row.pixel_format) for raw in row.stack]), allow_pickle=False)
    return file.getvalue()


def _check_shard(path: Path) -> list[str]:
    parts: dict[str, set[str]] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                key, _, extension = member.name.partition(".")
                parts.setdefault(key, set()).add(extension)
            end = tar.offset  # tarfile takes a damaged header for it
        with path.open("rb") as file:
            file.seek(end)
            if file.read(2 * _BLOCK) != bytes(2 * _BLOCK):
                return [f"is damaged or cut off after {end} bytes"]
    except (tarfile.TarError, OSError) as error:
        return [f"cannot be read: {error}"]
    wrong = [
        f"sample {key} has {', '.join(sorted(there))}; wanted json and one of png and npy"
        for key, there in parts.items()
        if there not in ({"json", "png"}, {"json", "npy"})
    ]
    return wrong or ([] if parts else ["has no sample"])
