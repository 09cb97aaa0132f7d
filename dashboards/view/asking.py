"""What the terminal can do, asked of itself: graphics, and how many pixels a cell has."""

import os
import re
import select
import struct
import sys
import time
from dataclasses import dataclass

from dashboards.terminal.fullscreen import send
from dashboards.view.painter import Area

#: A terminal answers within milliseconds; one far away takes a round trip.
_LIMIT_S = 1.0

#: Take one black pixel without showing it (kitty); cell size (xterm, "Window manipulation", 16); device attributes,
#: which every terminal answers and which come last.
_ASK = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + "\x1b[16t" + "\x1b[c"

_KITTY = re.compile(rb"\x1b_Gi=31;OK\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")

#: "4" among the primary device attributes is sixel graphics (VT330/340, "DA1").
_SIXEL = b"4"


@dataclass(frozen=True)
class Abilities:
    """What a terminal said of itself.

    Attributes:
        kitty: It shows pictures of the kitty graphics protocol.
        sixel: It shows sixel graphics.
        cell: Width and height of a cell, pixels; zeros when it did not say.
    """

    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] = (0, 0)

    @property
    def best(self) -> str:
        """The protocol to use."""
        return "kitty" if self.kitty else "sixel" if self.sixel else "blocks"


def abilities_in(answer: bytes) -> Abilities:
    """Return what an answer says. Pure."""
    cell, attributes = _CELL.search(answer), _ATTRIBUTES.search(answer)
    return Abilities(
        kitty=_KITTY.search(answer) is not None,
        sixel=attributes is not None and _SIXEL in attributes[1].split(b";"),
        cell=(int(cell[2]), int(cell[1])) if cell else (0, 0),
    )


def ask() -> Abilities:
    """Ask the terminal, for at most a second; keys pressed meanwhile are lost. Without a terminal there is nothing."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Abilities()
    import termios  # noqa: PLC0415 - not on Windows
    import tty  # noqa: PLC0415

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    answer = b""
    try:
        tty.setcbreak(terminal)
        send(_ASK)
        deadline = time.monotonic() + _LIMIT_S
        while not _ATTRIBUTES.search(answer) and (left := deadline - time.monotonic()) > 0:
            if select.select([terminal], [], [], left)[0]:
                answer += os.read(terminal, 1024)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    return abilities_in(answer)


def area(abilities: Abilities, *, below: int) -> Area:
    """Return the terminal's room as it is now, without the lowest `below` lines."""
    size = os.get_terminal_size(sys.stdout.fileno())
    width, height = _pixels()
    cell = abilities.cell
    if width >= size.columns and height >= size.lines:  # some say nothing, which is 0
        cell = width // size.columns, height // size.lines
    rows = max(size.lines - below, 1)
    return Area(size.columns, rows, *cell) if all(cell) else Area(size.columns, rows)


def _pixels() -> tuple[int, int]:
    """Return the window's width and height as the kernel has them (man 4 tty_ioctl, TIOCGWINSZ); or zeros."""
    import fcntl  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    found = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
    _, _, width, height = struct.unpack("HHHH", found)
    return width, height
