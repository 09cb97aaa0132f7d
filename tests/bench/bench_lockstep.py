"""Lockstep with one actor: frames a second over the bus, against the bare core with frame and memory read."""

import tempfile
import time
from pathlib import Path

import uvloop

from runtime.launch import ActorEntry
from runtime.nats_bus import NatsOptions
from runtime.nats_server import EmbeddedServer
from runtime.process import make_backend
from tests.bench.report import row
from tests.bench.session import make_plan, play

FRAMES = 3000
ROUNDS = 3


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    rates, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            for number in range(ROUNDS):
                actors = (ActorEntry(name="reflex", uses="agents.reflex:Reflex"),)
                plan = make_plan(f"lockstep{number}", clock="lockstep", record=False, actors=actors)
                played = await play(plan, NatsOptions(url=server.url), Path(folder), frames=FRAMES)
                rates.append(played.frames / played.seconds)
                bare.append(_bare())
        finally:
            await server.stop()
    ours, core = sorted(rates)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    row("lockstep, one actor over the bus", f"{ours:,.0f} frames/s", "≥ 600", ok=ours >= 600)
    row("  ÷ the bare core, frame and memory read", f"{ours / core:.2f}x   (core: {core:,.0f} frames/s)")


def _bare() -> float:
    backend = make_backend(make_plan("bare", clock="free", record=False, actors=()))
    started = time.perf_counter()
    for _ in range(FRAMES):
        backend.step(frozenset())
        backend.frame().copy()
        for region in backend.memory().values():
            region.copy()
    seconds = time.perf_counter() - started
    backend.close()
    return FRAMES / seconds
