"""Frame → action at 60 Hz: the runtime with three actors and recording, against the same hop made by hand."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from runtime.nats_bus import NatsOptions
from runtime.nats_server import EmbeddedServer
from tests.bench.report import median_of, percentile, row
from tests.bench.session import make_plan, play

ROUNDS = 3
SECONDS = 8.0
PEERS = ("nats", "zeromq", "unix", "faststream")

#: What the bare hop carries: as much as the runtime sends per frame of the built-in game (video, memory, state, input).
FRAME_BYTES = 1_800
ACTION_BYTES = 90


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    results: dict[str, list[list[float]]] = {name: [] for name in ("runtime", *PEERS)}
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            for number in range(ROUNDS):
                results["runtime"].append(await _runtime(Path(folder), server.url, number))
                for peer in PEERS:
                    results[peer].append(_peer(peer, server.url, folder))
        finally:
            await server.stop()
    _print(results)


async def _runtime(folder: Path, url: str, number: int) -> list[float]:
    plan = make_plan(f"bench{number}", clock="realtime", record=True, actors=None)
    played = await play(plan, NatsOptions(url=url), folder, duration_s=SECONDS)
    assert played.lost == 0
    return [value / 1e6 for value in played.samples.round_trips["reflex"]][60:]


def _peer(name: str, url: str, folder: str) -> list[float]:
    """Run a peer's two ends in processes of their own; return round trips in ms."""
    arguments = [sys.executable, "-m", "tests.bench.peers", name]
    where = f"{folder}/{name}.sock" if name in ("unix", "zeromq") else url
    echo = subprocess.Popen([*arguments, "echo", where], stdout=subprocess.PIPE)
    try:
        assert echo.stdout is not None
        echo.stdout.readline()
        ask = [*arguments, "ask", where, str(SECONDS), str(FRAME_BYTES), str(ACTION_BYTES)]
        done = subprocess.run(ask, capture_output=True, text=True, check=True)
    finally:
        echo.kill()
        echo.wait()
    values: list[float] = json.loads(done.stdout)
    return values[60:]


def _print(results: dict[str, list[list[float]]]) -> None:
    ours, ours99 = median_of(results["runtime"], 0.5), median_of(results["runtime"], 0.99)
    row(
        "frame → action p50 / p99, runtime, 3 actors, recording",
        f"{ours:.3f} / {ours99:.3f} ms",
        "p99 < 5 ms",
        ok=ours99 < 5,
    )
    limits = {"nats": 1.3, "faststream": 0.5}
    for peer in PEERS:
        theirs, theirs99 = median_of(results[peer], 0.5), median_of(results[peer], 0.99)
        ratio = statistics.median(
            percentile(a, 0.5) / percentile(b, 0.5) for a, b in zip(results["runtime"], results[peer], strict=True)
        )
        limit = limits.get(peer)
        row(
            f"  runtime ÷ bare {peer} at p50",
            f"{ratio:.2f}x   ({peer}: {theirs:.3f} / {theirs99:.3f} ms)",
            f"≤ {limit}x" if limit else "",
            ok=ratio <= limit if limit else None,
        )


async def paced(seconds: float, hop: Callable[[], Awaitable[None]]) -> list[float]:
    """Call `hop` 60 times a second; return its durations in ms."""
    durations = []
    begin = time.perf_counter()
    for number in range(int(seconds * 60)):
        await asyncio.sleep(max(0.0, begin + number / 60 - time.perf_counter()))
        started = time.perf_counter()
        await hop()
        durations.append((time.perf_counter() - started) * 1e3)
    return durations
