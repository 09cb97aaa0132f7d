"""Which formats labels are written in and read from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.exchange import acts, label_studio, rommer, rows, table
from streams.annotations.fold import Fold


@dataclass(frozen=True)
class Labelled:
    """A session's labels, to be written.

    Attributes:
        session: Its name.
        fold: What is labelled.
        first_frame: The session's first frame.
        last_frame: Its last one, inclusive.
        rate_hz: Its frames a second.
    """

    session: str
    fold: Fold
    first_frame: int
    last_frame: int
    rate_hz: float


@dataclass(frozen=True)
class Exchange:
    """One format.

    Attributes:
        meaning: One line for `--help`.
        read: Returns the acts that a file speaks of; what it does not say anybody said is the annotator's.
        write: Returns the file's text; None for what is only read.
    """

    meaning: str
    read: Callable[[Path, str], list[Annotation]]
    write: Callable[[Labelled], str] | None = None


def _of_text(read: Callable[[str, str, str], list[Annotation]]) -> Callable[[Path, str], list[Annotation]]:
    """Return a reader of files from one of texts."""

    def of_file(path: Path, annotator: str) -> list[Annotation]:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from error
        return read(text, str(path), annotator)

    return of_file


FORMATS = {
    "acts": Exchange(
        "JSON lines, one for each act, without loss",
        _of_text(acts.read),
        lambda of: acts.write(of.session, of.fold),
    ),
    "rows": Exchange(
        "JSON lines, one for each labelled frame set, with the outputs of a training row",
        _of_text(rows.read),
        lambda of: rows.write(of.session, of.fold, of.first_frame, of.last_frame),
    ),
    "csv": Exchange(
        "one line for each label that an annotator gave to a range",
        _of_text(table.read),
        lambda of: table.write(of.session, of.fold),
    ),
    "label-studio": Exchange(
        "Label Studio JSON: timeline labels of a video, suggestions as predictions",
        _of_text(label_studio.read),
        lambda of: label_studio.write(of.session, of.fold, of.rate_hz, of.first_frame),
    ),
    "rommer": Exchange("a folder of frame sets with annotations.json and cnn_annotations.json", rommer.read),
}

WRITTEN = tuple(name for name, one in FORMATS.items() if one.write)


def read_file(path: Path, name: str, annotator: str) -> list[Annotation]:
    """Return the acts of a file, or folder, in the format `name`, in its order.

    Raises:
        UsageError: It cannot be read, or a line or entry is malformed; names it.
    """
    return FORMATS[name].read(path, annotator)


def write_text(labelled: Labelled, name: str) -> str:
    """Return a session's labels in the format `name`, one of WRITTEN."""
    write = FORMATS[name].write
    assert write is not None
    return write(labelled)
