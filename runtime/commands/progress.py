"""How far a long command is, on stderr, if that is a terminal: a bar, the rate, the time left."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Task as ProgressTask
from rich.text import Text

from runtime.commands.terminal import console

#: Drawing is 10 Hz, but each update costs 20 µs: a command that does 10,000 frames a second feels every one of them.
_EVERY = 16


class Advance(Protocol):
    """Counts what is done."""

    def __call__(self, count: int = 1, /) -> None:
        """Count so many more."""


@contextlib.contextmanager
def frames_progress(label: str, total: int, unit: str = "frames") -> Iterator[Advance]:
    """Show a bar with rate and time left; call what it gives once a frame, or whatever else the `unit` is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    done = shown = 0
    with Progress(*columns, console=console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(label, total=total)

        def advance(count: int = 1) -> None:
            nonlocal done, shown
            done += count
            if done - shown >= min(_EVERY, max(total // 100, 1)) or done >= total:
                progress.update(task, completed=done)
                shown = done

        yield advance


class _Rate(TextColumn):
    """Units a second; of slow ones the time that each takes."""

    def __init__(self, unit: str) -> None:
        super().__init__("")
        self._unit = unit

    def render(self, task: ProgressTask) -> Text:
        """Return the column's text."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        return Text(f"{speed:,.0f} {self._unit}/s" if speed >= 1 else f"{1 / speed:,.0f} s for one")
