"""Giving way to those who have a frame's time, and child processes that do not give way with us.

On Linux niceness is each thread's own, and a child has that of the thread which started it; no process may lower its
own again. So whoever gives way first begins a thread that does not, and that one starts the children.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from runtime.parent import stand_apart
from runtime.slices import take_long_slices

#: Niceness of those who are not asked on every frame, in real time: they give way to the bridge and to those that are.
#: Beside a 1 Hz actor with two threads that compute without end, on 2 busy cores, a fourteenth to a third as many
#: frames were missed with 5 as with 0, and frame → action took 3 ms in the median, not 8 to 11 (Nov 2026).
NICENESS = 5

#: Their slice: more than anybody has who does not ask, who so takes a processor from them when it wakes.
_SLICE_NS = 20_000_000

_starter: Executor | None = None


def give_way() -> None:
    """Let this thread, and those that it begins from now on, give way; not the processes that `spawn` starts.

    On systems other than Linux, where children would give way, too, and on Windows it does nothing.
    """
    global _starter  # noqa: PLW0603 - niceness is a fact of the process, too
    if sys.platform != "linux" or _starter:
        return
    _starter = ThreadPoolExecutor(1, "starter")
    _starter.submit(int).result()  # the thread begins now, before we are nice
    os.nice(NICENESS)
    take_long_slices(_SLICE_NS)


class Spawned:
    """A child process, in the words of `asyncio.subprocess.Process`."""

    def __init__(self, process: subprocess.Popen[bytes], stdout: asyncio.StreamReader | None) -> None:
        """Take a process that was started just now, with what reads its output. Use from the running loop."""
        self.stdout = stdout
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        threading.Thread(target=self._wait, name=f"wait-{process.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status once it has ended, negative for a signal; None before."""
        return self._process.poll()

    async def wait(self) -> int:
        """Return the exit status when it ends; negative for a signal."""
        await asyncio.shield(self._ended)
        return self._process.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _wait(self) -> None:
        self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)


async def spawn(
    *words: str,
    given: bytes = b"",
    output: IO[bytes] | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Spawned:
    """Start a process that ends with us, out of the terminal's reach, and that does not give way when we do.

    Args:
        words: The program and its arguments.
        given: What its standard input gives, up to what a pipe holds (64 KiB).
        output: Where its output and errors go; None for a pipe that is read by `stdout`.
        folder: Where it works; None for here.
        environment: Its environment; None for ours.

    Raises:
        OSError: It cannot be started.
    """

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            words,
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=stand_apart,  # noqa: PLW1509 - two system calls; the terminal's Ctrl-C is for us
            cwd=folder,
            env=environment,
        )

    process = await asyncio.get_running_loop().run_in_executor(_starter, start) if _starter else start()
    if process.stdin:
        process.stdin.write(given)
        process.stdin.close()
    return Spawned(process, await _reader(process.stdout) if process.stdout else None)


async def _reader(pipe: IO[bytes]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader
