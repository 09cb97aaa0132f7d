"""Keys pressed in the terminal while a command runs."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator

#: What a terminal sends for keys of more than one byte (ECMA-48 CSI, and SS3 of application mode).
_LONG_KEYS = {b"\x1b[C": "right", b"\x1b[D": "left", b"\x1bOC": "right", b"\x1bOD": "left"}


def keys_in(data: bytes) -> list[str]:
    """Return the keys that a terminal sent, in order; those that mean nothing here are left out."""
    found: list[str] = []
    at = 0
    while at < len(data):
        long = next((key for key in _LONG_KEYS if data.startswith(key, at)), None)
        if long:
            found.append(_LONG_KEYS[long])
            at += len(long)
        elif data[at] == 0x1B:
            break  # the rest is a key that we do not know
        else:
            found.append(chr(data[at]))
            at += 1
    return found


@contextlib.contextmanager
def listening(press: Callable[[str], object]) -> Iterator[bool]:
    """Call `press` for every key while inside; give False where there is no terminal to read keys from.

    The terminal is as it was when this is left, however it is left.
    """
    if not _in_foreground():
        yield False
        return
    import termios  # noqa: PLC0415 - not on Windows
    import tty  # noqa: PLC0415

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    loop = asyncio.get_running_loop()

    def read() -> None:
        data = os.read(terminal, 256)
        if not data:  # hung up
            loop.remove_reader(terminal)
        for key in keys_in(data):
            press(key)

    try:
        tty.setcbreak(terminal)
        loop.add_reader(terminal, read)
        yield True
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _in_foreground() -> bool:
    """Return whether stdin is a terminal that is ours to change: a job in the background would be stopped for it."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False
