"""The format `mp4`: a video for each episode, for people and for models that eat video; a line for each of its frames.

    train/SESSION-00000.mp4      the frames of one episode, in order
    train/SESSION-00000.jsonl    as many lines: what was held, pressed and known on each

Line n belongs to the video's frame n, shown at n / rate. Its keys: `session`, `episode_index`, `split`, `frame_index`
(emulated frames since the session's start), `held` (buttons while the frame was emulated), `action` (buttons held on
the next; null where none follows), `actions` (with a stride: of all frames up to the next line), `actor`, `plan_id`,
`model`, `state`, `labels`; on an episode's last line also `ends` and `outcome`.

Videos are lossless unless told otherwise (`streams.datasets.video` says what plays them).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, ClassVar

import msgspec

from runtime.errors import UsageError
from runtime.pixels import to_rgb
from streams.datasets.aside import Aside
from streams.datasets.described import described
from streams.datasets.format import DatasetSpec, DatasetSummary
from streams.datasets.options import check_names
from streams.datasets.rows import Row
from streams.datasets.shards import Shards
from streams.datasets.video import LOSSLESS, VideoFile, check_size, frame_rate, import_av, lossy

_NAME = "mp4"


class Mp4Writer:
    """Encodes one episode at a time."""

    reads_memory: ClassVar[bool] = False
    stacks: ClassVar[bool] = False
    OPTIONS: ClassVar[Mapping[str, str]] = {
        "crf": "lossy video that every player plays, 0 (best) to 51; without it video is lossless"
    }

    def __init__(self, shards: Shards, spec: DatasetSpec) -> None:
        check_names(_NAME, spec.options, self.OPTIONS)
        if spec.stack > 1:
            raise UsageError(f"format {_NAME!r} holds single frames: leave --stack out")
        self._av = import_av(_NAME)
        self._kind = lossy(spec.options) if "crf" in spec.options else LOSSLESS
        check_size(self._kind, spec.width, spec.height)
        self._shards, self._spec = shards, spec
        self._rate = frame_rate(spec.rows_per_s)
        self._episode: _Episode | None = None

    def add(self, row: Row) -> None:
        """See DatasetWriter."""
        name = f"{row.split}/{row.session}-{row.episode_index:05}"
        if self._episode is None or self._episode.name != name:
            self._end_episode()
            self._episode = _Episode(self._shards, name)
            if not self._episode.video_whole:
                size = self._spec.width, self._spec.height
                self._episode.video = VideoFile(self._av, self._episode.video_file.path, self._kind, *size, self._rate)
        self._episode.add(row)

    def finish(self, summary: DatasetSummary) -> None:
        """See DatasetWriter."""
        del summary
        self._end_episode()

    def close(self) -> None:
        """See DatasetWriter."""
        if self._episode:
            self._episode.drop()
            self._episode = None

    def _end_episode(self) -> None:
        if self._episode:
            self._episode.keep()
            self._episode = None

    @staticmethod
    def check(folder: Path) -> list[str]:
        """Decode every video of a built folder and return what is wrong: damaged, or not a frame for each line."""
        av = import_av(_NAME)
        wrong = []
        videos = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.mp4"))
        lines = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*.jsonl"))
        for alone in sorted({Path(name).with_suffix("") for name in videos} ^ {Path(n).with_suffix("") for n in lines}):
            wrong.append(f"{alone}: there is only one of .mp4 and .jsonl")
        if not videos:
            wrong.append("there is no video")
        for name in videos:
            try:
                with av.open(str(folder / name)) as container:
                    frames = sum(1 for _ in container.decode(video=0))
            except (av.FFmpegError, IndexError) as error:
                wrong.append(f"{name}: cannot be decoded: {error}")
                continue
            beside = (folder / name).with_suffix(".jsonl")
            count = len(beside.read_bytes().splitlines()) if beside.is_file() else frames
            if count != frames:
                wrong.append(f"{name}: has {frames} frames, {beside.name} {count} lines")
        return wrong


class _Episode:
    """The two files of an episode under way; those that are whole are not written again."""

    def __init__(self, shards: Shards, name: str) -> None:
        self.name = name
        self.video_whole = shards.whole(f"{name}.mp4")
        self.lines_whole = shards.whole(f"{name}.jsonl")
        self.video: VideoFile | None = None
        self.video_file = Aside(shards, f"{name}.mp4")
        self._lines_file = Aside(shards, f"{name}.jsonl")
        self._lines: IO[bytes] | None = None if self.lines_whole else self._lines_file.path.open("wb")
        self._rows = 0

    def add(self, row: Row) -> None:
        if self.video:
            self.video.add(to_rgb(row.raw, row.pixel_format))
        if self._lines:
            self._lines.write(msgspec.json.encode(described(row)) + b"\n")
        self._rows += 1

    def keep(self) -> None:
        if self.video:
            self.video.end()
            self.video = None
            self.video_file.keep(self._rows)
        if self._lines:
            self._lines.close()
            self._lines = None
            self._lines_file.keep(0)

    def drop(self) -> None:
        if self.video:
            self.video.abandon()
        if self._lines:
            self._lines.close()
        self.video_file.drop()
        self._lines_file.drop()
