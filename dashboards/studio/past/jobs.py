"""What runs in the background for the pages: datasets being built and games branched off, each a process of its own."""

import asyncio
import contextlib
import itertools
import os
import re
import signal
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from dashboards.studio.hub import Hub
from dashboards.studio.past.building import Order, Progress
from runtime.errors import SessionError, UsageError
from runtime.spawning import Spawned, spawn
from runtime.subjects import session_id
from streams.datasets.format import FORMATS
from streams.datasets.partial import check_out

State = Literal["running", "done", "failed", "cancelled"]

#: Jobs that run at once; each is a busy process.
_AT_ONCE = 4

#: Jobs remembered.
_KEPT = 30

#: Lines of output remembered of each.
_LINES = 12

#: How long a process gets to end in order, seconds.
_GRACE_S = 10.0

#: A dataset's folder: one name, no hidden one.
_FOLDER = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")

#: What `runtime up` says when the game runs.
_STARTED = "session.started"


@dataclass
class Job:
    """One job.

    Attributes:
        number: Counts from 1.
        kind: "dataset" or "branch".
        title: For people.
        state: How it stands.
        done: Rows done.
        total: Rows there may be; 0 where that is not known.
        result: The folder that was written, or the session that runs.
        lines: What it said last.
    """

    number: int
    kind: str
    title: str
    state: State = "running"
    done: int = 0
    total: int = 0
    result: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LINES))
    process: Spawned | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def answer(self) -> dict[str, Any]:
        """The job as JSON."""
        error = ""
        if self.state == "failed":
            error = next((line for line in reversed(self.lines) if line.startswith("error: ")), "")
            error = error.removeprefix("error: ") or " ".join(self.lines) or "it ended without a word"
        return {
            "number": self.number,
            "kind": self.kind,
            "title": self.title,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "result": self.result,
            "error": error,
        }


class Jobs:
    """All jobs. Use from one event loop."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        """Prepare; datasets are written into `folder`."""
        self._hub, self._folder = hub, folder
        self._numbers = itertools.count(1)
        self._jobs: dict[int, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self) -> list[dict[str, Any]]:
        """Return all jobs as JSON, the newest first."""
        return [job.answer for job in reversed(self._jobs.values())]

    async def build(self, session: str, format_name: str, first: int, last: int, stride: int, out: str) -> Job:
        """Begin to build a dataset of frames `first` to `last`, inclusive.

        Raises:
            UsageError: The format, the folder's name or the frames are none, or the folder is there.
        """
        if format_name not in FORMATS:
            raise UsageError(f"no format {format_name!r}; there are {', '.join(FORMATS)}")
        if not _FOLDER.fullmatch(out):
            raise UsageError(f"folder {out!r}: allowed are 1 to 100 letters, digits, '.', '_' and '-'")
        if stride < 1 or first > last:
            raise UsageError(f"frames {first} to {last}, stride {stride}: nothing would be in it")
        path = self._folder / out
        check_out(path, overwrite=False)
        order = Order(
            nats=self._hub.options,
            session=session,
            format=format_name,
            first=first,
            last=last,
            stride=stride,
            out=str(path),
        )
        job = self._new("dataset", f"{out}: {session}, frames {first} to {last}, {format_name}")
        job.result = str(path)
        await self._start(job, ["-m", "dashboards.studio.past.building"], msgspec.json.encode(order))
        return job

    async def branch(self, session: str, frame_index: int, name: str) -> Job:
        """Begin a live session from a frame of a recording; return when it plays, or cannot.

        Raises:
            UsageError: The name is none.
            SessionError: It did not start; the message says why.
        """
        session_id(name)
        words = ["branch", session, "--at", str(frame_index), "--as", name, *_nats_words(self._hub)]
        job = self._new("branch", f"{name}: from frame {frame_index} of {session}")
        job.result = name
        await self._start(job, ["-c", "from runtime.cli import main; main()", *words], b"")
        await job.started.wait()
        if job.state == "failed":
            raise SessionError(f"branch of {session!r}: {job.answer['error']}")
        return job

    async def cancel(self, number: int) -> None:
        """End a job that runs.

        Raises:
            UsageError: There is none of this number.
        """
        job = self._jobs.get(number)
        if job is None:
            raise UsageError(f"no job {number}; there are {', '.join(map(str, self._jobs)) or 'none'}")
        if job.state == "running":
            job.state = "cancelled"
            await _end(job)

    async def close(self) -> None:
        """End all jobs."""
        for job in self._jobs.values():
            if job.state == "running":
                job.state = "cancelled"
        await asyncio.gather(*(_end(job) for job in self._jobs.values()))
        await asyncio.gather(*self._tasks)

    def _new(self, kind: str, title: str) -> Job:
        if sum(job.state == "running" for job in self._jobs.values()) >= _AT_ONCE:
            raise UsageError(f"{_AT_ONCE} jobs run already: wait for one, or cancel it")
        job = Job(next(self._numbers), kind, title)
        self._jobs[job.number] = job
        for old in [number for number, known in self._jobs.items() if known.state != "running"][: -_KEPT or None]:
            del self._jobs[old]
        return job

    async def _start(self, job: Job, words: list[str], given: bytes) -> None:
        job.process = await spawn(
            sys.executable,
            *words,
            given=given,
            folder=self._folder,
            environment={**os.environ, "PYTHONUNBUFFERED": "1", "FRAMEWIRE_HOME": str(self._hub.state)},
        )
        task = asyncio.create_task(self._watch(job, job.process))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, job: Job, process: Spawned) -> None:
        """Read what a process says until it ends."""
        assert process.stdout
        async for line in process.stdout:
            _take(job, line.decode("utf-8", "replace").rstrip())
        status = await process.wait()
        if job.state == "running":
            job.state = "done" if status == 0 else "failed"
        job.started.set()


def _take(job: Job, line: str) -> None:
    """Take a line of a process's output."""
    if job.kind == "dataset" and line.startswith("{"):
        with contextlib.suppress(msgspec.DecodeError):
            progress = msgspec.json.decode(line.encode(), type=Progress)
            job.done, job.total = progress.done, progress.total
            return
    job.lines.append(line)
    if _STARTED in line:
        job.started.set()


async def _end(job: Job) -> None:
    """End a process: in order, else at once."""
    process = job.process
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), _GRACE_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _nats_words(hub: Hub) -> list[str]:
    """Return the options by which a command reaches the server that was named; none for the state folder's own."""
    if not hub.named.url:
        return []
    given = {
        "--nats": hub.named.url,
        "--credentials": hub.named.credentials,
        "--token": hub.named.token,
        "--tls-ca": hub.named.tls_ca,
        "--tls-cert": hub.named.tls_cert,
        "--tls-key": hub.named.tls_key,
        "--js-domain": hub.named.js_domain,
    }
    return [word for name, value in given.items() if value for word in (name, value)]
