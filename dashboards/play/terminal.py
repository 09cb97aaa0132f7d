"""Play in the terminal: true-colour half blocks; releases of keys where it speaks the kitty keyboard protocol."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator

from dashboards.play.blocks import BlockPainter, fit
from dashboards.play.screen import Heard
from dashboards.terminal.fullscreen import CLEAR, LINE_END, at_once, fullscreen, send, size
from runtime.commands.keys import ASK_RELEASES, FORGET_RELEASES, KeyReader, hearing
from runtime.errors import UsageError
from runtime.pixels import Rgb


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
            with fullscreen(ASK_RELEASES, FORGET_RELEASES):
                yield

    async def show(self, rgb: Rgb, status: str) -> None:
        """See Screen."""
        now, clear = size(), ""
        if now != self._size:
            self._size, clear = now, CLEAR
            self._painter.forget()
        picture = self._painter.paint(fit(rgb, now.columns, now.lines - 1))
        line = f"\x1b[0m\x1b[{now.lines};1H{status[: now.columns - 1]}{LINE_END}"
        # In a thread: a slow terminal must not keep keys waiting.
        await asyncio.to_thread(send, at_once(f"{clear}{picture}{line}"))

    async def pump(self) -> None:
        """See Screen; the event loop reads the keys."""
        await asyncio.Event().wait()
