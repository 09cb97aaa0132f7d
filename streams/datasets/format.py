"""What a dataset format is, and which there are. A new one is one file beside this and one line here."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from runtime.errors import UsageError
from runtime.session_meta import SessionMeta
from runtime.wire import Region
from streams.datasets.rows import Row, StateColumn
from streams.datasets.shards import Shards
from streams.session import Hole


@dataclass(frozen=True)
class DatasetSpec:
    """What is known of a dataset before its first row.

    Attributes:
        columns: The watches that become columns.
        buttons: The console's buttons, in its order; what a multi-hot action counts through.
        width: Pixels.
        height: Pixels.
        rows_per_s: Rows a second of emulated time: the console's rate over the stride.
        stack: Frames in each observation, oldest first; 1 for single frames.
        stride: Emulated frames from one row to the next.
        labels: Keys of the label columns, sorted.
        regions: Memory regions; empty unless the format reads memory.
        splits: Names of the splits that may occur.
        sessions: Metadata of the sessions, in the order of their rows.
        options: The format's own options, as given on the command line (`--set key=value`).
    """

    columns: tuple[StateColumn, ...]
    buttons: tuple[str, ...]
    width: int
    height: int
    rows_per_s: float
    stack: int = 1
    stride: int = 1
    labels: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    splits: tuple[str, ...] = ("train",)
    sessions: tuple[SessionMeta, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionSummary:
    """What one session gave to a dataset."""

    meta: SessionMeta
    rows: int
    episodes: int
    holes: tuple[Hole, ...]


@dataclass(frozen=True)
class DatasetSummary:
    """What is known of a dataset after its last row.

    Attributes:
        sessions: What each session gave.
        rows: Rows by split.
        stats: What goes into stats.json: by column count, min, max, mean, std and quantiles.
        provenance: What goes into provenance.json: command, commit, versions, options, sessions and stream ranges.
        command: What was typed.
    """

    sessions: Sequence[SessionSummary]
    rows: dict[str, int]
    stats: dict[str, Any]
    provenance: dict[str, Any]
    command: str


class DatasetWriter(Protocol):
    """Writes rows into files. Rows come episode by episode; one split's rows may follow another's.

    A build that was killed sends all rows again: a writer skips the encoding and writing of files that are `whole`, and
    cuts its files where it cut them before, so the result has the same bytes.
    """

    def add(self, row: Row) -> None:
        """Take the next row."""

    def finish(self, summary: DatasetSummary) -> None:
        """Write what is left, and the format's own description; stats.json and provenance.json are the builder's."""

    def close(self) -> None:
        """Let go of files and threads, finished or not."""


class Format(Protocol):
    """Makes a writer: the class that FORMATS names.

    It may have a static method `check(folder: Path) -> list[str]`: what is wrong inside a dataset whose files have the
    sizes and SHA-256 of the manifest. It reads nothing into memory as a whole.

    Attributes:
        reads_memory: Whether rows need `Row.memory`.
        stacks: Whether an observation may be several frames.
        OPTIONS: The options that it takes with `--set key=value`: name → meaning, its default included. Values come as
            text in `DatasetSpec.options`; the format checks them when it is made.
    """

    reads_memory: ClassVar[bool]
    stacks: ClassVar[bool]
    OPTIONS: ClassVar[Mapping[str, str]]

    def __call__(self, shards: Shards, spec: DatasetSpec) -> DatasetWriter:
        """Return a writer.

        Raises:
            UsageError: The format cannot hold what `spec` asks for, or a library is missing; names the extra.
        """


#: Import paths, so that a format's libraries are loaded only when it is used.
FORMATS = {
    "parquet": "streams.datasets.parquet:ParquetWriter",
    "lerobot": "streams.datasets.lerobot:LeRobotWriter",
    "minari": "streams.datasets.minari:MinariWriter",
    "webdataset": "streams.datasets.webdataset:WebDatasetWriter",
    "mp4": "streams.datasets.mp4:Mp4Writer",
    "frameset": "streams.datasets.frameset:FrameSetWriter",
    "jsonl": "streams.datasets.jsonl:JsonlWriter",
}


def name_of(made: Format) -> str:
    """Return the name under which FORMATS has a format.

    Raises:
        UsageError: It does not have it.
    """
    path = f"{getattr(made, '__module__', '')}:{getattr(made, '__qualname__', '')}"
    for name, listed in FORMATS.items():
        if listed == path:
            return name
    raise UsageError(f"{path} is none of the dataset formats in streams/datasets/format.py")


def load_format(name: str) -> Format:
    """Return a format.

    Raises:
        UsageError: There is none of this name.
    """
    if name not in FORMATS:
        raise UsageError(f"no dataset format {name!r}; there are {', '.join(FORMATS)}")
    module, _, attribute = FORMATS[name].partition(":")
    found: Format = getattr(importlib.import_module(module), attribute)
    return found
