"""Play in the terminal: true-colour half blocks; releases of keys where it speaks the kitty keyboard protocol."""

import asyncio
import contextlib
import os
import select
import sys
from collections.abc import Iterator

from dashboards.play.blocks import BlockPainter, fit
from dashboards.play.screen import Heard
from runtime.commands.keys import ASK_RELEASES, FORGET_RELEASES, KeyReader, hearing
from runtime.errors import UsageError
from runtime.pixels import Rgb

#: The other screen, without a cursor; and what undoes it (xterm, "DEC Private Mode Set").
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[2J", "\x1b[0m\x1b[?25h\x1b[?1049l"

#: Around one picture, so that a terminal that can shows it at once (mode 2026).
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Terminal:
    """The terminal that the command runs in."""

    most_hz = 30.0  # a busy frame is some 100 KB of escape codes

    def __init__(self) -> None:
        self._keys = KeyReader()
        self._painter = BlockPainter()
        self._size = os.terminal_size((0, 0))

    @property
    def releases(self) -> bool:
        """See Screen."""
        return self._keys.releases

    @contextlib.contextmanager
    def open(self, heard: Heard, width: int, height: int, title: str) -> Iterator[None]:
        """See Screen."""
        if not sys.stdout.isatty():
            raise UsageError("stdout is no terminal: play in a terminal, or with --window on a display")
        with hearing(self._keys, heard) as hears:
            if not hears:
                raise UsageError("stdin is no terminal in the foreground: keys cannot be read from it")
            try:
                _write(_ENTER + ASK_RELEASES)
                yield
            finally:
                _write(FORGET_RELEASES + _LEAVE)

    async def show(self, rgb: Rgb, status: str) -> None:
        """See Screen."""
        size = os.get_terminal_size(sys.stdout.fileno())
        clear = ""
        if size != self._size:
            self._size, clear = size, "\x1b[0m\x1b[2J"
            self._painter.forget()
        picture = self._painter.paint(fit(rgb, size.columns, size.lines - 1))
        line = f"\x1b[0m\x1b[{size.lines};1H{status[: size.columns - 1]}\x1b[K"
        # In a thread: a slow terminal must not keep keys waiting.
        await asyncio.to_thread(_write, f"{_BEGIN}{clear}{picture}{line}{_END}")

    async def pump(self) -> None:
        """See Screen; the event loop reads the keys."""
        await asyncio.Event().wait()


def _write(text: str) -> None:
    """Send all of it; the terminal does not block, for the event loop reads keys from it."""
    terminal, data = sys.stdout.fileno(), memoryview(text.encode())
    while data:
        try:
            data = data[os.write(terminal, data) :]
        except BlockingIOError:
            select.select([], [terminal], [], 1.0)
