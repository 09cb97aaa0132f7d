"""The format `minari`: episodes for offline reinforcement learning, loaded by `minari.load_dataset`.

    framewire/play-v0/data/metadata.json          spaces, counts, author
    framewire/play-v0/data/main_data.hdf5         one link for each episode, to where it lies
    framewire/play-v0/data/episodes-00000.hdf5    the episodes, about 5,000 observations in a file

    MINARI_DATASETS_PATH=DIR python -c 'import minari; print(minari.load_dataset("framewire/play-v0"))'

Storage is Minari's default, HDF5, with JPEG encoding off: pixels are lossless, each observation a chunk of zlib that
any HDF5 reader opens. An episode of T steps has T + 1 observations and T actions:

    observations   uint8 (T+1, H, W, 3) RGB, with stacking (T+1, S, H, W, 3); with observation=dict a group of `pixels`
                   and `state`, float32 (T+1, watches)
    actions        int8 (T, buttons), 1 where a button is held on any frame up to the next observation
    rewards        float64 (T,): 1 on the step that ends an episode with success, else 0
    terminations   bool (T,): true on the step that ends an episode with success or failure
    truncations    bool (T,): true on the last step of all other episodes
    infos          frame_index (T+1,), state/<watch> (T+1,) exact, label/<key> (T+1,)
    attributes     of each episode: session, episode_index, split, outcome, total_steps

Minari loads an episode into memory as a whole: `steps` cuts long ones. Episodes are numbered in the order of the rows;
which split each belongs to is in its attributes and in metadata.json, `splits`.
"""

import json
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import numpy as np

from runtime.errors import UsageError
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.minari_check import check_dataset, import_h5py
from streams.datasets.minari_episode import Episode, EpisodeFile, observation_space
from streams.datasets.multi_hot import Buttons
from streams.datasets.options import check_names, choice, whole_number
from streams.datasets.rows import Row
from streams.datasets.runs import Runs
from streams.datasets.shards import Shards

_NAME = "minari"

#: The release whose files these are.
_MINARI_VERSION = "0.5.4"

#: Namespaces and name as Minari allows them, and the version that `load_dataset` wants.
_ID = re.compile(r"(?:[-_\w]+/)*[-_\w]+-v\d+")

#: A file ends with the episode in which it reaches this many observations, unless told otherwise: about 40 MB.
_FILE_ROWS = 5000


class MinariWriter:
    """Writes one episode at a time; pixels are compressed on all cores."""

    reads_memory: ClassVar[bool] = False
    stacks: ClassVar[bool] = True
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "id": "the dataset's id, [NAMESPACE/]NAME-vN; framewire/play-v0 if not given",
        "observation": "pixels (if not given), or dict: pixels and the watches as a vector",
        "file_rows": f"a file ends with the episode in which it reaches so many rows; {_FILE_ROWS} if not given",
        "steps": "cut episodes after so many steps; 0, never, if not given",
    }

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names(_NAME, spec.options, self.OPTIONS)
        self._h5py = import_h5py()
        self._id = spec.options.get("id", "framewire/play-v0")
        if not _ID.fullmatch(self._id):
            raise UsageError(f"option id={self._id!r}: wanted [NAMESPACE/]NAME-vN, as in framewire/play-v0")
        self._with_state = choice(spec.options, "observation", ("pixels", "dict")) == "dict"
        if self._with_state and not spec.columns:
            raise UsageError("option observation='dict': these sessions have no watches, so there is only pixels")
        self._file_rows = whole_number(spec.options, "file_rows", _FILE_ROWS, 1, 10**9)
        self._most_steps = whole_number(spec.options, "steps", 0, 0, 10**9)
        self._shards, self._spec = shards, spec
        self._folder = f"{self._id}/data"
        self._buttons = Buttons(spec.buttons)
        self._runs = Runs(spec.stride)
        self._threads = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="zlib")
        self._file: EpisodeFile | None = None
        self._episode: Episode | None = None
        self._held = np.zeros(len(spec.buttons), dtype=np.bool_)  # what followed the last row
        self._kept: list[tuple[str, str, int]] = []  # of each episode its file, split and steps

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        if self._runs.begins(row):
            self._end_episode("")
        if self._episode is None:
            self._episode = self._begin_episode(row)
        else:
            self._episode.step(self._held, row)
        if row.ends or row.action is None:
            self._end_episode(row.outcome)
            return
        self._held = self._buttons.shares(row) > 0
        if self._episode.steps and self._episode.steps == self._most_steps:
            self._end_episode("")
            self._episode = self._begin_episode(row)  # what is seen after a step is what the next one begins with

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        self._end_episode("")
        self._end_file()
        if not self._kept:
            raise UsageError("no episode has two frames that follow each other, so there is no step")
        self._write_links()
        self._write_metadata(summary)

    def close(self) -> None:
        """See DatasetWriter."""
        self._threads.shutdown(cancel_futures=True)
        if self._file:
            self._file.drop()
            self._file = None

    @staticmethod
    def check(folder: Path) -> list[str]:
        """Read every episode of a built folder and return what is wrong."""
        found = sorted(folder.glob("**/data/metadata.json"))
        if not found:
            return ["there is no NAMESPACE/NAME-vN/data/metadata.json"]
        return [problem for path in found for problem in check_dataset(path)]

    def _begin_episode(self, row: Row) -> Episode:
        if self._file is None:
            name = f"episodes-{len({file for file, _, _ in self._kept}):05}.hdf5"
            self._file = EpisodeFile(self._h5py, self._shards, f"{self._folder}/{name}", name)
        name = f"episode_{len(self._kept)}"
        return Episode(self._spec, self._file, name, row, threads=self._threads, with_state=self._with_state)

    def _end_episode(self, outcome: str) -> None:
        episode, self._episode = self._episode, None
        if episode is None or not episode.steps:  # one observation is no step
            return
        assert self._file is not None
        episode.end(outcome)
        self._kept.append((self._file.name, episode.first.split, episode.steps))
        self._file.observations += episode.steps + 1
        if self._file.observations >= self._file_rows:
            self._end_file()

    def _end_file(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        if file.observations:
            file.keep()
        else:
            file.drop()

    def _write_links(self) -> None:
        path = f"{self._folder}/main_data.hdf5"
        if self._shards.whole(path):
            return
        with (
            self._shards.writing(path, 0) as partial,
            self._h5py.File(partial, "w", libver="earliest", track_order=True) as links,
        ):
            for i, (file, _, _) in enumerate(self._kept):
                links[f"episode_{i}"] = self._h5py.ExternalLink(file, f"episode_{i}")

    def _write_metadata(self, summary: DatasetSummary) -> None:
        path = f"{self._folder}/metadata.json"
        if self._shards.whole(path):
            return
        games = sorted({session.meta.game for session in summary.sessions})
        splits: dict[str, list[int]] = {}
        for i, (_, split, _) in enumerate(self._kept):
            splits.setdefault(split, []).append(i)
        files = [file for file in self._shards.files() if file.path.startswith(f"{self._folder}/")]
        said = {
            "total_episodes": len(self._kept),
            "total_steps": sum(steps for _, _, steps in self._kept),
            "data_format": "hdf5",
            "jpeg_encoding": False,
            "observation_space": json.dumps(observation_space(self._spec, with_state=self._with_state)),
            "action_space": json.dumps({"type": "MultiBinary", "n": len(self._spec.buttons)}),
            "dataset_id": self._id,
            "dataset_size": round(sum(file.size for file in files) / 1_000_000, 1),
            "minari_version": _MINARI_VERSION,
            "description": f"Recorded play of {', '.join(games)}",
            "buttons": list(self._spec.buttons),
            "watches": [column.watch for column in self._spec.columns],
            "splits": splits,
        }
        with self._shards.writing(path, 0) as partial:
            partial.write_text(json.dumps(said) + "\n", encoding="utf-8")
