"""What this package's commands show: progress, and durations as people read them."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.progress import Task as ProgressTask
from rich.text import Text

from runtime.commands.terminal import console


@contextlib.contextmanager
def frames_progress(label: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar with rate and time left on stderr, if that is a terminal; call what it gives once a frame."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    count = 0
    with Progress(*columns, console=console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(label, total=total)

        def advance() -> None:
            nonlocal count
            count += 1
            if count % 16 == 0 or count == total:  # drawing is 10 Hz, but each update costs 20 µs
                progress.update(task, completed=count)

        yield advance


def length(seconds: float) -> str:
    """Return a duration as `12.3 s` or `1:02:03`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class _Rate(TextColumn):
    """Frames a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: ProgressTask) -> Text:
        """Return the column's text."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} frames/s")
