"""Processes that the tests of the studio look at: `runtime studio`, and games that run."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Page

T = TypeVar("T")

#: The session that `home` holds: ten seconds of the built-in game, played by its actors in lockstep.
RECORDED, FRAMES = "quest", 600

#: How long a process may take to say that it is ready, seconds.
_READY_S = 60.0


@dataclass
class Running:
    """A `runtime` command that runs, and the lines that it printed."""

    process: subprocess.Popen[str]
    lines: list[str]
    reader: threading.Thread

    def stop(self) -> int:
        """Press Ctrl-C; return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; return the exit status."""
        status = self.process.wait(30)
        self.reader.join(30)
        return status


@dataclass(frozen=True)
class Studio:
    """A studio that runs: its address ends with "/"."""

    url: str
    home: Path
    running: Running


def runtime(home: Path, *arguments: str, until: Callable[[str], bool]) -> tuple[Running, str]:
    """Start `runtime …` on a state folder; return it and the first line that `until` likes."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from runtime.cli import main; main()", *arguments],
        cwd=home, env={**os.environ, "FRAMEWIRE_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    lines: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                lines.append(line.rstrip())
                if until(line):
                    found.set()
        found.set()

    running = Running(process, lines, threading.Thread(target=read, daemon=True))
    running.reader.start()
    found.wait(_READY_S)
    wanted = [line for line in lines if until(line)]
    if not wanted:
        running.stop()
        pytest.fail(f"{arguments}: nothing said that it is ready: {lines}")
    return running, wanted[0]


def record_session(home: Path) -> None:
    """Record the session RECORDED into a state folder."""
    words = ("up", "--clock", "lockstep", "--frames", str(FRAMES), "--session", RECORDED)
    running, _ = runtime(home, *words, until=lambda line: line.startswith("recorded:"))
    assert running.ended() == 0, running.lines


@contextlib.contextmanager
def studio_over(home: Path, *arguments: str) -> Iterator[Studio]:
    """Run `runtime studio` on a free port over a state folder."""
    words = arguments if "--port" in arguments else ("--port", "0", *arguments)
    running, line = runtime(home, "studio", *words, until=lambda line: line.startswith("studio: http"))
    try:
        yield Studio(line.split()[1], home, running)
    finally:
        status = running.stop()
    assert status == 0, running.lines


@contextlib.contextmanager
def game_in(home: Path, session: str, *arguments: str) -> Iterator[Running]:
    """Run `runtime up` until its session plays."""
    words = ("up", "--session", session, *arguments)
    running, _ = runtime(home, *words, until=lambda line: "session.started" in line)
    try:
        yield running
    finally:
        running.stop()


def eventually(page: Page, expression: str, patience_s: float = 30.0) -> None:
    """Wait until a JavaScript expression is true. Playwright's own wait uses `eval`, which the pages forbid."""
    deadline = time.monotonic() + patience_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"{expression}: not within {patience_s:g} s"
        page.wait_for_timeout(50)


def elsewhere(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
