"""The console that commands print to, and numbers as people read them."""

import shutil
import sys

from rich.console import Console

#: Columns when there is no terminal to ask and COLUMNS is not set: nothing is wrapped away before `grep` sees it.
_WIDE = 160


def console(*, stderr: bool = False) -> Console:
    """Return stdout, or stderr, as a rich console."""
    if (sys.stderr if stderr else sys.stdout).isatty():
        return Console(highlight=False, stderr=stderr)
    return Console(highlight=False, stderr=stderr, width=shutil.get_terminal_size((_WIDE, 24)).columns)


def size(count: float) -> str:
    """Return bytes as `312 B`, `61.9 KB`, `1.2 MB`; 1 KB is 1000 bytes."""
    for unit in ("B", "KB", "MB"):
        if abs(count) < 999.5:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def length(seconds: float) -> str:
    """Return a duration as `12.3 s` or `1:02:03`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
