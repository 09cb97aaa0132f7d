"""Real time on an idle machine: how late frames start, frames missed, and what the runtime costs without a core."""

import asyncio
import tempfile
from pathlib import Path

import uvloop

from runtime.launch import LAUNCHES, read_launch
from runtime.nats_bus import NatsOptions
from runtime.nats_server import EmbeddedServer
from runtime.supervisor import Supervisor
from tests.bench.report import percentile, row
from tests.bench.session import make_plan, play

SECONDS = 30.0


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            plan = make_plan("pace", clock="realtime", record=True, actors=None)
            played = await play(plan, NatsOptions(url=server.url), Path(folder), duration_s=SECONDS)
        finally:
            await server.stop()
        late = [value / 1e6 for value in played.samples.late[60:]]
        p50, p99 = percentile(late, 0.5), percentile(late, 0.99)
        row(
            "frames start late by, p50 / p99 (3 actors, recording)",
            f"{p50:.3f} / {p99:.3f} ms",
            "p99 < 0.5 ms",
            ok=p99 < 0.5,
        )
        row(f"  frames missed in {SECONDS:.0f} s", f"{played.missed} of {played.frames}", "0", ok=not played.missed)
        share = await _idle_share(Path(folder))
        row("CPU of 5 processes at 60 Hz without a core", f"{share:.1%} of one core", "≤ 35 %", ok=share <= 0.35)


async def _idle_share(folder: Path) -> float:
    """Run nats-server, bridge with the scripted emulator and three actors, supervised; return CPU ÷ wall time."""
    actors = read_launch(LAUNCHES / "default.toml").actor
    plan = make_plan("idle", rom="scripted", clock="realtime", record=False, actors=actors)
    supervisor = Supervisor([plan], folder / "idle", lambda session, process, line: None)
    running = asyncio.create_task(supervisor.run())
    await asyncio.sleep(4)
    pids = supervisor.pids()
    assert len(pids) == 5, pids
    before = sum(map(_cpu_seconds, pids))
    await asyncio.sleep(SECONDS)
    used = sum(map(_cpu_seconds, pids)) - before
    supervisor.stop()
    await running
    return used / SECONDS


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100  # utime and stime, proc(5), in ticks of 1/100 s
