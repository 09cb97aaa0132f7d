"""What a dataset format is, and which there are. A new one is one file beside this and one line here."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runtime.errors import UsageError
from runtime.session_meta import SessionMeta
from streams.datasets.rows import Row, StateColumn
from streams.session import Hole


@dataclass(frozen=True)
class SessionSummary:
    """What one session gave to a dataset."""

    meta: SessionMeta
    rows: int
    episodes: int
    holes: tuple[Hole, ...]


class DatasetWriter(Protocol):
    """Writes rows into a folder that is renamed to its final name once `finish` has returned."""

    def add(self, row: Row) -> None:
        """Take the next row."""

    def finish(self, sessions: Sequence[SessionSummary], command: str) -> None:
        """Write what is left, and the description; `command` is what was typed."""

    def close(self) -> None:
        """Let go of files and threads, finished or not."""


class Format(Protocol):
    """Makes a writer: the class or function that FORMATS names."""

    def __call__(self, folder: Path, columns: Sequence[StateColumn]) -> DatasetWriter:
        """Return a writer into a new, empty folder."""


#: Import paths, so that a format's libraries are loaded only when it is used.
FORMATS = {"parquet": "streams.datasets.parquet:ParquetWriter"}


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
