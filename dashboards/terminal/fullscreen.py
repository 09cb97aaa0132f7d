"""The terminal's other screen: taken, written to, and given back as it was."""

import contextlib
import os
import select
import sys
from collections.abc import Iterator

#: The other screen, without a cursor; and what undoes it (xterm, "DEC Private Mode Set").
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h\x1b[?1049l"

#: Around one picture, so that a terminal that can shows it at once (mode 2026).
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"

HOME = "\x1b[H"
CLEAR = "\x1b[0m\x1b[2J"
LINE_END = "\x1b[0m\x1b[K"


@contextlib.contextmanager
def fullscreen(also: str = "", undo: str = "") -> Iterator[None]:
    """Take the other screen, and give it back however this is left; `also` and `undo` are sent beside that."""
    try:
        send(_ENTER + also)
        yield
    finally:
        send(undo + _LEAVE)


def size() -> os.terminal_size:
    """Return the terminal's columns and lines as they are now, whatever COLUMNS says."""
    return os.get_terminal_size(sys.stdout.fileno())


def at_once(text: str) -> str:
    """Return what shows a picture at once."""
    return f"{_BEGIN}{text}{_END}"


def send(text: str) -> None:
    """Send all of it; the terminal may not block, for the event loop reads keys from it."""
    terminal, data = sys.stdout.fileno(), memoryview(text.encode())
    while data:
        try:
            data = data[os.write(terminal, data) :]
        except BlockingIOError:
            select.select([], [terminal], [], 1.0)
