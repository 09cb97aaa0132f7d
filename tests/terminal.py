"""A terminal of its own for a command under test, as a person has one."""

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from tests.desk import PATIENCE_S, RUNTIME, Desk

#: Makes stdin the session's own terminal, then becomes the program named.
_OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""

#: Of what was shown; a game shows megabytes.
_KEPT = 1 << 17


class Terminal:
    """A command that runs in a terminal of its own."""

    def __init__(self, desk: Desk, *words: str, columns: int = 160, rows: int = 24) -> None:
        self._master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.shown = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")  # a read may end within a character
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, RUNTIME, *words],
            cwd=desk.folder,
            env={**desk.env, "COLUMNS": str(columns), "TERM": "xterm"},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def look(self, seconds: float = 0.1) -> None:
        """Read what is shown for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                self.shown = (self.shown + self._decoder.decode(os.read(self._master, 1 << 16)))[-_KEPT:]

    def wait_for(self, pattern: str) -> str:
        """Wait until what is shown, without colours and moves, has what matches the pattern last; return that."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := re.findall(pattern, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.shown))):
            assert time.monotonic() < deadline, self.shown[-4000:]
            self.look()
        return str(found[-1])

    def ended(self) -> int:
        """Wait until the command has ended; return its status."""
        deadline = time.monotonic() + PATIENCE_S
        while (status := self.process.poll()) is None:
            assert time.monotonic() < deadline, self.shown[-4000:]
            self.look()
        self.look()  # what it showed last
        return status

    def close(self) -> None:
        """End the command, and the terminal."""
        self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self.slave)
