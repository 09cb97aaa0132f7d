"""`runtime dataset build` as typed: read, checked, and written down again for the dataset's provenance."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import UsageError
from streams.datasets.build import Options
from streams.datasets.selection import Choice, parse_time
from streams.datasets.split import By, Splits, parse_shares

_FRAMES = re.compile(r"(\d*):(\d*)")


@dataclass(frozen=True, kw_only=True)
class Request:
    """`runtime dataset build` as typed."""

    sessions: tuple[str, ...]
    format_name: str
    out: Path
    overwrite: bool
    games: tuple[str, ...]
    labels: tuple[str, ...]
    since: str
    until: str
    min_length: float | None
    max_length: float | None
    frames: str
    fps: float | None
    stride: int | None
    stack: int
    where: str
    game_toml: Path | None
    split: str
    split_by: By
    seed: int
    label_files: tuple[Path, ...]
    settings: tuple[str, ...]
    rom: Path | None
    core: str

    @property
    def choice(self) -> Choice:
        """The sessions wanted."""
        return Choice(
            names=self.sessions,
            games=self.games,
            labels=tuple(pair(text, "--label") for text in self.labels),
            since=parse_time(self.since) if self.since else None,
            until=parse_time(self.until, end=True) if self.until else None,
            min_length_s=self.min_length,
            max_length_s=self.max_length,
        )

    def options(self, stride: int) -> Options:
        """Return the rows wanted."""
        first, last = frame_range(self.frames)
        settings = [pair(text, "--set") for text in self.settings]
        keys = [key for key, _ in settings]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise UsageError(f"--set {', '.join(twice)} is given twice")
        return Options(
            first_frame=first,
            last_frame=last,
            stride=stride,
            stack=self.stack,
            where=self.where,
            game_toml=self.game_toml,
            splits=Splits(parse_shares(self.split), self.split_by, self.seed),
            settings=dict(settings),
        )


def typed(request: Request) -> str:
    """Return the command without where it writes and how it reaches the server: the same rows, the same text."""
    words = ["runtime", "dataset", "build", *request.sessions, "--format", request.format_name, "--out", "DIR"]
    single = {
        "--since": request.since,
        "--until": request.until,
        "--min-length": request.min_length,
        "--max-length": request.max_length,
        "--frames": request.frames,
        "--fps": request.fps,
        "--stride": request.stride,
        "--stack": request.stack if request.stack > 1 else None,
        "--where": request.where,
        "--game-toml": request.game_toml,
    }
    for name, value in single.items():
        if value is not None and value != "":
            words += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    shares = parse_shares(request.split)
    if len(shares) > 1:
        words += ["--split", request.split, "--split-by", request.split_by, "--seed", str(request.seed)]
    several: dict[str, Sequence[object]] = {
        "--game": request.games,
        "--label": request.labels,
        "--labels": request.label_files,
        "--set": request.settings,
    }
    words += [word for name, values in several.items() for value in values for word in (name, str(value))]
    return shlex.join(words)


def frame_range(text: str) -> tuple[int | None, int | None]:
    """Return the first and last frame, inclusive, of `A:B`, of which either may be missing; B is not included.

    Raises:
        UsageError: It is no such range.
    """
    if not text:
        return None, None
    matched = _FRAMES.fullmatch(text)
    if not matched or text == ":":
        raise UsageError(f"--frames {text}: wanted A:B, as in 600:1200, 600: or :1200")
    first, end = (int(part) if part else None for part in matched.groups())
    if end is not None and end <= (first or 0):
        raise UsageError(f"--frames {text}: there is no frame from {first or 0} up to and without {end}")
    return first, None if end is None else end - 1


def pair(text: str, option: str) -> tuple[str, str]:
    """Read KEY=VALUE; `option` is what errors call it.

    Raises:
        UsageError: It is none.
    """
    key, found, value = text.partition("=")
    if not found or not key:
        raise UsageError(f"{option} {text}: wanted KEY=VALUE")
    return key, value
