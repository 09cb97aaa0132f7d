"""The format `lerobot`: LeRobotDataset v3.0, as lerobot 0.4 reads it.

    meta/info.json  meta/stats.json  meta/tasks.parquet  meta/episodes/chunk-000/file-000.parquet
    data/chunk-000/file-000.parquet                                  whole episodes, about 20,000 rows in a file
    videos/observation.images.screen/chunk-000/file-000.mp4          with video=lossless or video=h264

    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    stacks = {"observation.images.screen": [-1 / fps, 0]}
    dataset = LeRobotDataset("framewire/play", root="DIR", delta_timestamps=stacks)

A row is an observation and the action that followed:

    observation.images.screen    the frame: lossless PNG in the data file; or a video's frame
    observation.state            float32 (watches,); NaN where the recording lacks one
    action                       float32 (buttons,): the share of the frames up to the next row on which each is held,
                                 so 0 or 1 without a stride
    next.reward, next.done       1 where the action ended the episode with success; true on an episode's last row
    next.success                 true where next.reward is 1
    watch.<name>                 int64: watches of 32 bits, which float32 cannot hold exactly; -2^31 - 1 where the
                                 recording lacks one
    label.<key>                  the labels; empty where one does not apply
    timestamp, frame_index, episode_index, index, task_index         LeRobot's own

An episode is an unbroken run of rows. Its last frame led to no further action in it and is no row: what came of the
last action is in `next.*`. The task is the label `task` where sessions have it, else "Play" and the game's title. Rows
are in the order of the splits (`splits` in info.json counts episodes); files of the second split are in chunk 100, of
the third in chunk 200. LeRobot stacks frames when it loads, by `delta_timestamps`. It finds video frames by
timestamps of 32 bits: to load video episodes of more than 34 minutes, pass it tolerance_s=1e-3.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow.parquet as pq

from runtime.errors import UsageError
from runtime.game import parse_game
from runtime.session_meta import SessionMeta
from streams.datasets import lerobot_meta as meta
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.lerobot_check import check
from streams.datasets.lerobot_episode import EpisodeStats
from streams.datasets.lerobot_files import FILE_ROWS, Frame, Layout, SplitFile
from streams.datasets.multi_hot import Buttons
from streams.datasets.options import check_names, choice, whole_number
from streams.datasets.png_pool import PngPool
from streams.datasets.rows import Row
from streams.datasets.runs import Runs
from streams.datasets.shards import Shards
from streams.datasets.video import LOSSLESS, VideoFile, VideoKind, check_size, frame_rate, import_av, lossy

_NAME = "lerobot"

#: The label that names what the player is to do.
_TASK = "task"


class LeRobotWriter:
    """Writes a file of each split at a time; images are encoded on all cores."""

    reads_memory: ClassVar[bool] = False
    stacks: ClassVar[bool] = False
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "video": "none (if not given: lossless PNG), lossless (H.264, RGB), h264 (lossy, 4:2:0)",
        "crf": "with video=h264: 0 (best) to 51; 18 if not given",
        "file_rows": f"a file ends with the episode in which it reaches so many rows; {FILE_ROWS} if not given",
    }
    check = staticmethod(check)

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names(_NAME, spec.options, self.OPTIONS)
        if spec.stack > 1:
            raise UsageError(
                f"format {_NAME!r} holds single frames, and LeRobot stacks them when it loads: leave --stack out and "
                f"pass delta_timestamps to LeRobotDataset"
            )
        self._shards, self._spec = shards, spec
        self._file_rows = whole_number(spec.options, "file_rows", FILE_ROWS, 1, 10**9)
        self._rate = frame_rate(spec.rows_per_s)
        self._video = _video_kind(spec)
        self._av = import_av(_NAME) if self._video else None
        self._features = meta.features(spec, self._video, meta.fps(self._rate))
        self._layout = Layout(meta.schema(self._features), tuple(meta.wide_watches(spec)), spec.labels)
        self._watches = [column.watch for column in spec.columns]
        self._wide_at = [self._watches.index(watch) for watch in self._layout.wide]
        self._buttons = Buttons(spec.buttons)
        self._runs = Runs(spec.stride)
        self._pngs = PngPool()
        self._tasks: list[str] = []  # in the order in which they were met; empty for the game's
        self._splits = [_Split(i) for i in range(len(spec.splits))]
        self._split: _Split | None = None  # of the episode under way
        self._before: Frame | None = None  # waits to know whether it is its episode's last
        self._stats = EpisodeStats(spec)

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        if self._runs.begins(row):
            self._end_episode("")
        if row.ends or row.action is None:
            self._end_episode(row.outcome)
            return
        if self._before:
            self._write(self._before)
        if self._split is None:
            self._begin_episode(row)
        self._before = self._frame(row)

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        self._end_episode("")
        first_episode = first_row = 0
        for split in self._splits:
            split.end_file()
            for file in split.files:
                file.settle(first_episode, first_row)
            split.files.clear()
            first_episode += len(split.episodes)
            first_row += split.rows
        if not first_episode:
            raise UsageError("no frame is followed by another with known buttons, so there is no row for LeRobot")
        self._write_meta([session.meta for session in summary.sessions])

    def close(self) -> None:
        """See DatasetWriter."""
        self._pngs.close()
        for split in self._splits:
            for file in (*split.files, *((split.file,) if split.file else ())):
                file.drop()

    def _begin_episode(self, row: Row) -> None:
        split = self._split = self._splits[self._spec.splits.index(row.split)]
        if split.file is None:
            split.file = SplitFile(self._shards, split.place, split.file_number, self._layout)
            if self._video:
                split.file.begin_video(self._make_video)
        split.episode_first = row
        split.episode_file_row = split.file.rows
        self._stats = EpisodeStats(self._spec)

    def _make_video(self, path: Path) -> VideoFile:
        assert self._video is not None
        return VideoFile(self._av, path, self._video, self._spec.width, self._spec.height, self._rate)

    def _frame(self, row: Row) -> Frame:
        assert self._split is not None
        assert self._split.file is not None
        state = np.array([row.state.get(watch, np.nan) for watch in self._watches], dtype=np.float64)
        task = row.labels.get(_TASK, "")
        if task not in self._tasks:
            self._tasks.append(task)
        wanted = self._split.file.wants_images and not self._video
        position = self._stats.rows
        return Frame(
            row=row,
            image=self._pngs.image(row) if wanted else None,
            frame_index=position,
            episode_index=len(self._split.episodes),
            index=self._split.rows,
            task_index=self._tasks.index(task),
            state=state,
            action=self._buttons.shares(row),
            exact=state[self._wide_at],
            timestamp=float(position / self._rate),
        )

    def _write(self, frame: Frame) -> None:
        assert self._split is not None
        assert self._split.file is not None
        self._stats.add(frame)
        self._split.file.add(frame)
        self._split.rows += 1

    def _end_episode(self, outcome: str) -> None:
        frame, split = self._before, self._split
        if frame is None or split is None:
            return
        frame.done, frame.success = True, outcome == "success"
        self._write(frame)
        self._before = self._split = None
        first = split.episode_first
        assert first is not None
        assert split.file is not None
        source = {
            "session": first.session,
            "episode_index": first.episode_index,
            "first_frame": first.frame_index,
            "outcome": outcome,
        }
        split.episodes.append(
            meta.Episode(
                split=split.place,
                file=split.file_number,
                file_row=split.episode_file_row,
                length=self._stats.rows,
                tasks=self._stats.tasks,
                source=source,
                stats=self._stats.result(),
            )
        )
        if split.file.rows >= self._file_rows:
            split.end_file()

    def _write_meta(self, sessions: list[SessionMeta]) -> None:
        episodes = [episode for split in self._splits for episode in split.episodes]
        tasks = _task_texts(self._tasks, sessions)
        consoles = sorted({session.console for session in sessions})
        info = meta.info(
            self._features,
            self._rate,
            episodes,
            self._spec.splits,
            robot_type="+".join(consoles) or None,
            tasks=len(tasks),
        )
        of_episodes = meta.all_stats(episodes, self._features, self._rate)
        table = meta.episodes_table(episodes, of_episodes, tasks, self._rate, video=self._video is not None)
        self._put("meta/episodes/chunk-000/file-000.parquet", lambda path: pq.write_table(table, path))
        self._put("meta/tasks.parquet", lambda path: pq.write_table(meta.tasks_table(tasks), path))
        self._put("meta/stats.json", lambda path: _write_json(path, meta.total_stats(of_episodes)))
        self._put("meta/info.json", lambda path: _write_json(path, info))

    def _put(self, name: str, write: Any) -> None:
        if not self._shards.whole(name):
            with self._shards.writing(name, 0) as path:
                write(path)


class _Split:
    """What is under way in a split, and what was."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.rows = 0
        self.episodes: list[meta.Episode] = []
        self.file: SplitFile | None = None
        self.file_number = 0
        self.files: list[SplitFile] = []  # ended, but not settled
        self.episode_first: Row | None = None
        self.episode_file_row = 0

    def end_file(self) -> None:
        if self.file:
            self.file.end()
            self.files.append(self.file)
            self.file = None
            self.file_number += 1


def _video_kind(spec: DatasetSpec) -> VideoKind | None:
    chosen = choice(spec.options, "video", ("none", "lossless", "h264"))
    if "crf" in spec.options and chosen != "h264":
        raise UsageError(f"option crf: belongs to video=h264; here video is {chosen}")
    if chosen == "none":
        return None
    kind = LOSSLESS if chosen == "lossless" else lossy(spec.options)
    check_size(kind, spec.width, spec.height)
    return kind


def _task_texts(tasks: list[str], sessions: list[SessionMeta]) -> list[str]:
    """Return the tasks, with the game's own in place of the empty one."""
    titles = []
    for session in sessions:
        game = parse_game(session.game_toml, f"game.toml of {session.session}").game if session.game_toml else None
        titles.append((game.title or game.name) if game else session.game)
    own = f"Play {' and '.join(dict.fromkeys(titles))}"
    while own in tasks:
        own += " "
    return [task or own for task in tasks]


def _write_json(path: Path, what: object) -> None:
    path.write_text(json.dumps(what, indent=4) + "\n", encoding="utf-8")
