"""The terminal as a screen: frames by a painter; releases of keys where it speaks the kitty keyboard protocol."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator

from dashboards.play.screen import Heard
from dashboards.terminal.fullscreen import CLEAR, LINE_END, at_once, fullscreen, send
from dashboards.view.asking import Abilities, area
from dashboards.view.painter import Area, Blocks, Painter
from runtime.commands.keys import ASK_RELEASES, FORGET_RELEASES, KeyReader, hearing
from runtime.errors import UsageError
from runtime.pixels import Rgb

_UNKNOWN = Abilities()


class Terminal:
    """The terminal that the command runs in."""

    def __init__(self, painter: Painter | None = None, abilities: Abilities = _UNKNOWN) -> None:
        """Show frames by a painter, half blocks if none is given; `abilities` as the terminal said them."""
        self._keys = KeyReader()
        self._painter = painter or Blocks()
        self._abilities = abilities
        self._area: Area | None = None

    @property
    def most_hz(self) -> float:
        """See Screen."""
        return self._painter.most_hz

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
                try:
                    yield
                finally:
                    send(self._painter.leave())

    async def show(self, rgb: Rgb, status: str) -> None:
        """See Screen."""
        # In a thread: encoding takes its time, and a slow terminal must not keep keys waiting.
        await asyncio.to_thread(self._show, rgb, status)

    def _show(self, rgb: Rgb, status: str) -> None:
        room, clear = area(self._abilities, below=1), ""
        if room != self._area:
            self._area, clear = room, self._painter.leave() + CLEAR
            self._painter.forget()
        picture = self._painter.paint(rgb, room)
        line = f"\x1b[0m\x1b[{room.rows + 1};1H{status[: room.columns - 1]}{LINE_END}"
        send(at_once(f"{clear}{picture}{line}"))

    async def pump(self) -> None:
        """See Screen; the event loop reads the keys."""
        await asyncio.Event().wait()
