"""One child process: started, its output read into a file and onto the terminal, and ended for certain."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime.parent import stand_apart

#: What a child gets to end in order after SIGINT, then after SIGTERM; then SIGKILL.
INTERRUPT_S = 5.0
TERMINATE_S = 2.0

#: Opens the last line of a child that cannot run; whoever started it shows the rest as the error.
ERROR_MARK = "error: "

#: Among a child's arguments: how often it was started before.
STARTS = "{starts}"


class ChildProcess:
    """A process of a session. Its standard input is a pipe that closes with us: that is how it knows that we died."""

    def __init__(self, name: str, arguments: Sequence[str], log_file: Path, show: Callable[[str, str], None]) -> None:
        """Prepare.

        Args:
            name: What it is called beside its lines.
            arguments: What Python is called with: `-m MODULE …`; STARTS among them stands for how often it was started
                before.
            log_file: Where its lines are kept.
            show: Called with its name and each line.
        """
        self.name = name
        self._arguments, self._log_file, self._show = tuple(arguments), log_file, show
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starts = 0
        self.error = ""  # why it cannot run, once it has ended with that

    @property
    def pid(self) -> int:
        """The process; 0 when none runs."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    async def start(self) -> None:
        """Start the process."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(str(self._starts) if word == STARTS else word for word in self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=stand_apart,  # the terminal's Ctrl-C is for the supervisor
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._starts += 1
        self._reader = asyncio.create_task(self._read(self._process))

    async def wait(self) -> int:
        """Return the exit status when the process ends; negative for a signal."""
        assert self._process is not None
        assert self._reader is not None
        status = await self._process.wait()
        await self._reader
        return status

    async def stop(self) -> None:
        """End the process: SIGINT, then SIGTERM, then SIGKILL."""
        for number, patience_s in ((signal.SIGINT, INTERRUPT_S), (signal.SIGTERM, TERMINATE_S), (signal.SIGKILL, 5.0)):
            if not self.pid:
                return
            assert self._process is not None
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), patience_s)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with self._log_file.open("ab") as log_file:
            while line := await _line(process.stdout):
                log_file.write(line)
                log_file.flush()
                text = line.decode(errors="replace").rstrip()
                if text.startswith(ERROR_MARK):
                    self.error = text.removeprefix(ERROR_MARK)
                else:
                    self._show(self.name, text)


async def _line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line, or a piece of one that is longer than the reader's limit."""
    try:
        return await stream.readline()
    except ValueError:
        return b"(a line too long to show)\n"
