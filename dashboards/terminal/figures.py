"""Numbers as people read them, and the console they are shown on."""

import shutil
import sys

from rich.console import Console

#: Columns when there is no terminal to ask and COLUMNS is not set: nothing is wrapped away before `grep` sees it.
_WIDE = 160


def console() -> Console:
    """Return stdout as a rich console."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=shutil.get_terminal_size((_WIDE, 24)).columns)


def size(count: float) -> str:
    """Return bytes as `312 B`, `61.9 KB`, `1.2 MB`; 1 KB is 1000 bytes."""
    for unit in ("B", "KB", "MB"):
        if abs(count) < 999.5:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def hertz(rate_hz: float) -> str:
    """Return a rate with as many digits as help: `59.73`, `1.0`, `2,400`."""
    return f"{rate_hz:,.0f}" if rate_hz >= 1000 else f"{rate_hz:.2f}"
