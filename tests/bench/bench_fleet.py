"""16 recorded sessions at 60 Hz on one nats-server: round trips and losses (scripted emulator, one actor each).

Bridges and actors are spread over few processes, as many sessions a process: what is measured is the bus.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import ClassVar

import uvloop

from runtime.actor import Press
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.scripted import ScriptedBackend
from runtime.clock import Rate, WallClock
from runtime.launch import RecorderChoice
from runtime.loop import ActorLoop, LoopOptions
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.observation import Observation
from runtime.process import session_meta
from runtime.slots import MemorySlots
from runtime.subjects import session_id
from streams.jetstream_store import JetStreamStore
from streams.recorder import jetstream_recorder
from streams.session import open_session
from tests.bench.report import percentile, row
from tests.bench.session import Samples, make_plan

SESSIONS = 16
SECONDS = 15.0


class Answer:
    """Presses RIGHT on every frame."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def act(self, seen: Observation) -> Press:
        return Press("RIGHT")


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            workers = [
                subprocess.Popen(
                    [sys.executable, "-m", "tests.bench.bench_fleet", role, server.url, folder],
                    stdout=subprocess.PIPE,
                    text=True,
                )
                for role in ("actors", "bridges")
            ]
            outputs = [worker.communicate()[0] for worker in workers]
            lost = await _lost(server.url)
        finally:
            await server.stop()
    measured = json.loads(outputs[1].splitlines()[-1])
    p50, p99 = measured["p50"], measured["p99"]
    row(
        f"{SESSIONS} recorded sessions at 60 Hz, one server: p50 / p99",
        f"{p50:.2f} / {p99:.2f} ms",
        "p99 < 5 ms",
        ok=p99 < 5,
    )
    frames = measured["frames"]
    row("  frames lost", f"{lost} of {frames}, {measured['missed']} missed", "0 lost", ok=not lost)


async def _lost(url: str) -> int:
    bus = await connect(NatsOptions(url=url), "count")
    store = JetStreamStore(bus)
    lost = 0
    for number in range(SESSIONS):
        session = await open_session(store, f"fleet{number}")
        lost += sum(hole.frames for hole in await session.find_holes())
    await bus.close()
    return lost


async def _bridges(url: str, folder: Path) -> None:
    samples = Samples("fleet")
    begin_s = asyncio.get_running_loop().time() + 2.0
    bridges = await asyncio.gather(*(_bridge(number, url, folder, samples, begin_s) for number in range(SESSIONS)))
    values = [value / 1e6 for value in samples.round_trips["answer"][SESSIONS * 120 :]]
    facts = {
        "p50": percentile(values, 0.5),
        "p99": percentile(values, 0.99),
        "frames": sum(bridge.frame_index + 1 for bridge in bridges),
        "missed": sum(bridge.missed for bridge in bridges),
    }
    print(json.dumps(facts), flush=True)


async def _bridge(number: int, url: str, folder: Path, samples: Samples, begin_s: float) -> Bridge:
    backend = ScriptedBackend()
    bus = await connect(NatsOptions(url=url), f"bridge{number}")
    session = session_id(f"fleet{number}")
    options = BridgeOptions(session, "realtime", duration_s=SECONDS)
    recorder = await jetstream_recorder(bus, RecorderChoice())
    plan = make_plan(session, rom="scripted", clock="realtime", record=True, actors=())
    await recorder.open(session_meta(plan, options, backend))
    slots = MemorySlots()
    bridge = Bridge(
        backend, bus, options, clock=WallClock(), game=None, slots=slots, recorder=recorder, metrics=samples
    )
    # Sessions of different users do not start their frames at one instant: spread them over a frame.
    await asyncio.sleep(begin_s + number / SESSIONS / 60 - asyncio.get_running_loop().time())
    await bridge.run()
    await bus.close()
    return bridge


async def _actors(url: str) -> None:
    await asyncio.gather(*(_actor(number, url) for number in range(SESSIONS)))


async def _actor(number: int, url: str) -> None:
    bus = await connect(NatsOptions(url=url), f"actor{number}")
    loop = ActorLoop(Answer(), bus, LoopOptions("answer", session_id(f"fleet{number}"), "frame"))
    await loop.run()
    await bus.close()


if __name__ == "__main__":
    role, where, state = sys.argv[1:]
    uvloop.run(_bridges(where, Path(state)) if role == "bridges" else _actors(where))
