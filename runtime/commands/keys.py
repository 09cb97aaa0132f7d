"""Keys pressed in the terminal while a command runs."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

#: What ends a CSI or SS3 sequence, for keys with a letter of their own (ECMA-48; xterm, "PC-Style Function Keys").
_LETTERS = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end",
    "P": "f1", "Q": "f2", "R": "f3", "S": "f4",
}  # fmt: skip

#: The number before `~` (xterm, "VT220-Style Function Keys").
_NUMBERS = {
    1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 11: "f1", 12: "f2", 13: "f3", 14: "f4",
    15: "f5", 17: "f6", 18: "f7", 19: "f8", 20: "f9", 21: "f10", 23: "f11", 24: "f12",
}  # fmt: skip

#: The Linux console's first five function keys, `ESC [ [ A` to `E`.
_LINUX = {"A": "f1", "B": "f2", "C": "f3", "D": "f4", "E": "f5"}

#: Keys that are one byte, and their code points in the kitty keyboard protocol.
_NAMED = {9: "tab", 10: "enter", 13: "enter", 27: "escape", 8: "backspace", 127: "backspace"}

_SEQUENCE = re.compile(r"\x1b\[(?P<private>[?>=<]?)(?P<numbers>[0-9;:]*)(?P<end>[A-Za-z~])|\x1bO(?P<ss3>[A-Za-z])")
_UNFINISHED = re.compile(r"\x1b(\[\[?[?>=<]?[0-9;:]*|O)\Z")

#: Kitty's modifiers count from 1; bit 2 is Ctrl.
_CTRL_BIT = 4

Kind = Literal["press", "repeat", "release"]
_KINDS: dict[int, Kind] = {1: "press", 2: "repeat", 3: "release"}

#: Ask a terminal for the kitty keyboard protocol (sw.kovidgoyal.net/kitty/keyboard-protocol): 1 no ambiguous codes,
#: 2 releases, 8 all keys as codes; then ask whether it does so.
ASK_RELEASES = "\x1b[>11u\x1b[?u"
FORGET_RELEASES = "\x1b[<u"


class Key(NamedTuple):
    """One key: its name, `x`, `up`, `f5`, `ctrl+c`, and what happened to it."""

    name: str
    kind: Kind = "press"


class KeyReader:
    """Turns what a terminal sends into keys, over any pieces that it arrives in.

    Attributes:
        releases: Whether the terminal tells when keys are released: it answered ASK_RELEASES.
    """

    def __init__(self) -> None:
        self.releases = False
        self._rest = ""

    def feed(self, data: bytes) -> list[Key]:
        """Return the keys in what has arrived; sequences that mean nothing here are left out."""
        text = self._rest + data.decode("utf-8", errors="replace")
        self._rest = ""
        found: list[Key] = []
        at = 0
        while at < len(text):
            if text.startswith("\x1b[[", at) and len(text) > at + 3:
                found += [Key(_LINUX[text[at + 3]])] if text[at + 3] in _LINUX else []
                at += 4
            elif sequence := _SEQUENCE.match(text, at):
                if key := self._of(sequence):
                    found.append(key)
                at = sequence.end()
            elif at < len(text) - 1 and _UNFINISHED.match(text, at):
                self._rest = text[at:]
                break
            else:
                found.append(Key(_plain(ord(text[at]))))
                at += 1
        return found

    def _of(self, sequence: "re.Match[str]") -> Key | None:
        if sequence["ss3"]:
            return _key(_LETTERS.get(sequence["ss3"], ""), 1, 1)
        if sequence["private"]:
            self.releases = self.releases or (sequence["end"] == "u" and sequence["private"] == "?")
            return None
        fields = [[int(part or 0) for part in field.split(":")] for field in sequence["numbers"].split(";")]
        first = fields[0][0]
        modifiers, event = ((fields[1] if len(fields) > 1 else [1]) + [1])[:2]
        if sequence["end"] == "u":
            return _key(_plain(first), modifiers, event)
        names = _NUMBERS.get(first, "") if sequence["end"] == "~" else _LETTERS.get(sequence["end"], "")
        return _key(names, modifiers, event)


def keys_in(data: bytes) -> list[str]:
    """Return the names of the keys that a terminal sent, in order."""
    return [key.name for key in KeyReader().feed(data)]


@contextlib.contextmanager
def listening(press: Callable[[str], object]) -> Iterator[bool]:
    """Call `press` for every key while inside; give False where there is no terminal to read keys from.

    The terminal is as it was when this is left, however it is left.
    """
    with hearing(KeyReader(), lambda key: press(key.name)) as heard:
        yield heard


@contextlib.contextmanager
def hearing(reader: KeyReader, heard: Callable[[Key], object]) -> Iterator[bool]:
    """Call `heard` for every key while inside, as `listening` does."""
    if not _in_foreground():
        yield False
        return
    import termios  # noqa: PLC0415 - not on Windows
    import tty  # noqa: PLC0415

    terminal = sys.stdin.fileno()
    before, blocking = termios.tcgetattr(terminal), os.get_blocking(terminal)
    loop = asyncio.get_running_loop()

    def read() -> None:
        data = os.read(terminal, 256)
        if not data:  # hung up
            loop.remove_reader(terminal)
        for key in reader.feed(data):
            heard(key)

    try:
        tty.setcbreak(terminal)
        loop.add_reader(terminal, read)
        yield True
    finally:
        loop.remove_reader(terminal)
        os.set_blocking(terminal, blocking)  # uvloop's readers do not block, and the shell has the same terminal
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _key(name: str, modifiers: int, event: int) -> Key | None:
    if not name or event not in _KINDS:
        return None
    ctrl = "ctrl+" if (modifiers - 1) & _CTRL_BIT else ""
    return Key(ctrl + name, _KINDS[event])


def _plain(code: int) -> str:
    """Return the name of a key by its character's code point; those of Ctrl with a letter as `ctrl+c`."""
    if code in _NAMED:
        return _NAMED[code]
    if 0 < code < 27:
        return f"ctrl+{chr(code + 96)}"
    return chr(code) if code < 0x110000 else ""


def _in_foreground() -> bool:
    """Return whether stdin is a terminal that is ours to change: a job in the background would be stopped for it."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False
