"""`runtime up --instances 8` at free speed, recorded and not, against as many bare cores: frames a second of all.

The bare cores run in as many processes and are read as by anybody without a bridge: frame and all memory copied, every
frame. All show the built-in game's title. Rounds take turns; sessions are counted by their own health reports over the
time in which all of them play.
"""

import asyncio
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import uvloop

from runtime import wire
from runtime.bus import Message
from runtime.launch import ClockChoice, GameChoice, Launch, RecorderChoice, RunChoice
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.plan import resolve_all
from runtime.process import make_backend
from runtime.subjects import SessionId, subject
from runtime.supervisor import Supervisor
from tests.bench.report import row
from tests.bench.session import make_plan

INSTANCES, SECONDS, ROUNDS = 8, 8.0, 3

#: How long the processes may take to start.
_START_S = 180.0


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    speeds: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        nats = NatsOptions(url=server.url)
        try:
            for turn, what in itertools.product(range(ROUNDS), ("bare", "live", "recorded")):
                if what == "bare":
                    speeds[what].append(await asyncio.to_thread(_bare_cores))
                else:
                    speeds[what].append(await _fleet(f"{what}{turn}", nats, Path(folder), record=what == "recorded"))
        finally:
            await server.stop()
    bare = statistics.median(speeds["bare"])
    row(f"{INSTANCES} bare cores, frame and memory read: frames/s of all", f"{bare:,.0f}")
    for what, name in (("live", "not recorded"), ("recorded", "recorded")):
        ratio = statistics.median(mine / its for mine, its in zip(speeds[what], speeds["bare"], strict=True))
        row(
            f"{INSTANCES} sessions at free speed, {name}",
            f"{statistics.median(speeds[what]):,.0f}",
            f"{ratio:.2f} of the bare cores'",
        )


async def _fleet(name: str, nats: NatsOptions, folder: Path, *, record: bool) -> float:
    """Return the frames a second of all sessions while all play."""
    launch = Launch(
        nats=nats,
        game=GameChoice(instances=INSTANCES),
        clock=ClockChoice(mode="free"),
        recorder=RecorderChoice(enabled=record),
        run=RunChoice(session=name),
        actor=(),
    )
    plans = resolve_all(launch, Path.cwd())
    reports: dict[str, list[wire.Health]] = {plan.session: [] for plan in plans}

    def on_health(message: Message) -> None:
        reports[message.subject.split(".")[1]].append(wire.decode(wire.Health, message.data))

    bus = await connect(nats, "bench")
    await bus.subscribe(subject(SessionId("*"), "health", "bridge"), on_health)
    supervisor = Supervisor(plans, folder, lambda session, process, line: None)
    running = asyncio.create_task(supervisor.run())
    try:
        deadline = time.monotonic() + _START_S
        while not all(reports.values()):
            assert time.monotonic() < deadline, [name for name, heard in reports.items() if not heard]
            await asyncio.sleep(0.1)
        begin_ns = time.monotonic_ns()
        await asyncio.sleep(SECONDS)
    finally:
        supervisor.stop()
        await running
        await bus.close()
    return sum(_speed([report for report in heard if report.sent_ns >= begin_ns]) for heard in reports.values())


def _speed(reports: list[wire.Health]) -> float:
    """Return frames a second from the first report to the last."""
    first, last = reports[0], reports[-1]
    return (last.frame_index - first.frame_index) / (last.sent_ns - first.sent_ns) * 1e9


def _bare_cores() -> float:
    """Return the frames a second of all cores."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.bench_instances"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(INSTANCES)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    begin_s = time.time() + 1.0
    for worker in workers:  # all at once: `communicate` waits for the end of one
        assert worker.stdin is not None
        worker.stdin.write(f"{begin_s}\n")
        worker.stdin.flush()
    return sum(float(worker.communicate()[0]) for worker in workers)


def _bare_core() -> None:
    """Say that the core is ready, read when to begin, print its frames a second from then on."""
    backend = make_backend(make_plan("bare", clock="free", record=False, actors=()))
    none: frozenset[str] = frozenset()
    print("ready", flush=True)
    begin_s = float(sys.stdin.readline())
    time.sleep(max(0.0, begin_s - time.time()))
    frames, began = 0, time.perf_counter()
    while time.perf_counter() < began + SECONDS:
        backend.step(none)
        backend.frame().copy()
        for memory in backend.memory().values():
            memory.copy()
        frames += 1
    print(frames / (time.perf_counter() - began))
    backend.close()


if __name__ == "__main__":
    _bare_core()
