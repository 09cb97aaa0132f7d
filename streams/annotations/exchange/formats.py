"""Which formats labels are written in and read from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.exchange import acts, label_studio, rows, table
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
        write: Returns the file's text.
        read: Returns the acts that a file's text speaks of; `annotator` is who says what the file says nobody said.
    """

    meaning: str
    write: Callable[[Labelled], str]
    read: Callable[[str, str, str], list[Annotation]]  # (text, what errors call it, annotator)


FORMATS = {
    "acts": Exchange(
        "JSON lines, one for each act, without loss",
        lambda of: acts.write(of.session, of.fold),
        acts.read,
    ),
    "rows": Exchange(
        "JSON lines, one for each labelled frame set, with the outputs of a training row",
        lambda of: rows.write(of.session, of.fold, of.first_frame, of.last_frame),
        rows.read,
    ),
    "csv": Exchange(
        "one line for each label that an annotator gave to a range",
        lambda of: table.write(of.session, of.fold),
        table.read,
    ),
    "label-studio": Exchange(
        "Label Studio JSON: timeline labels of a video, suggestions as predictions",
        lambda of: label_studio.write(of.session, of.fold, of.rate_hz, of.first_frame),
        label_studio.read,
    ),
}


def read_file(path: Path, name: str, annotator: str) -> list[Annotation]:
    """Return the acts of a file in the format `name`, in its order.

    Raises:
        UsageError: It cannot be read, or a line or entry is malformed; names it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    return FORMATS[name].read(text, str(path), annotator)
