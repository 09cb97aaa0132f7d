"""Random access, slices, the PyTorch loader and following, on the built-in game.

`python -m tests.bench loader` records ten minutes; `python -m tests.bench.bench_loader --hour` an hour (some minutes).
"""

import asyncio
import contextlib
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import uvloop
from torch.utils.data import DataLoader

from runtime import logs
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.console import CONSOLES
from runtime.game import find_game
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.private_loop import PrivateLoop
from streams.following import Pace, SessionStream
from streams.jetstream_store import JetStreamStore
from streams.recorder import StreamRecorder
from streams.recording import Recording, open_recording
from streams.torch_dataset import FrameStackDataset
from tests.bench.report import percentile, row
from tests.streams_source import meta_of, play, walk

FRAMES, HOUR = 36_000, 215_000
STACKS = 6000
LIVE = 780
ROUNDS = 3

#: What the requirements ask for: milliseconds to a frame in an hour's session, stacks a second with 2 workers.
FRAME_MS, STACKS_A_SECOND = 20, 2000


def main(frames: int = FRAMES) -> None:
    logs.set_up(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        loop, resources = PrivateLoop("bench"), contextlib.AsyncExitStack()

        async def start() -> str:
            return await resources.enter_async_context(_server(Path(folder)))

        url = loop.call(start())
        try:
            _record(url, frames)
            with open_recording("bench", url) as rec:
                _random_access(rec)
                _slices(rec)
            _loading(url)
            uvloop.run(_following(url))
        finally:
            loop.call(resources.aclose())
            loop.close()


@contextlib.asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[str]:
    server = EmbeddedServer(folder / "nats")
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


def _record(url: str, frames: int) -> None:
    async def record() -> None:
        bus = await connect(NatsOptions(url=url), "bench")
        await _play(StreamRecorder(JetStreamStore(bus)), "bench", frames, lambda _: asyncio.sleep(0))
        await bus.close()

    uvloop.run(record())


async def _play(recorder: StreamRecorder, name: str, frames: int, pause: Callable[[int], Awaitable[None]]) -> None:
    game = find_game("emberwood")
    rom = game.parent / "emberwood.gba"
    game_toml = game.read_text(encoding="utf-8")
    backend = LibretroBackend(find_core(CONSOLES["gba"]), rom, CONSOLES["gba"])
    await recorder.open(meta_of(backend, name, rom=str(rom), game_toml=game_toml))
    for frame_index, payloads, key in play(backend, frames, game_toml=game_toml, held=walk):
        recorder.record(frame_index, payloads, key=key)
        await pause(frame_index)
        await recorder.make_room()
    await recorder.close()
    backend.close()


def _random_access(rec: Recording) -> None:
    rng = np.random.default_rng(1)
    reads: dict[str, Callable[[int], object]] = {
        "a random frame as RGB": rec.frame,
        "a random frame's memory": lambda i: rec.memory(i, "ewram"),
    }
    for what, read in reads.items():
        times = []
        for frame_index in rng.integers(0, len(rec), 150):
            started_s = time.perf_counter()
            read(int(frame_index))
            times.append((time.perf_counter() - started_s) * 1e3)
        middle = statistics.median(times)
        seen = f"{middle:.1f} ms, p95 {percentile(times, 0.95):.1f} ms"
        row(f"{what}, of {len(rec):,}", seen, f"{FRAME_MS} ms", ok=middle <= FRAME_MS)
    rec.frame(999)
    started_s = time.perf_counter()
    for frame_index in range(1000, 1050):
        rec.frame(frame_index)
    row("its neighbours", f"{(time.perf_counter() - started_s) / 50 * 1e3:.2f} ms")


def _slices(rec: Recording) -> None:
    for count in (64, 600):
        times = []
        for start in np.random.default_rng(2).integers(0, len(rec) - count, 7):
            started_s = time.perf_counter()
            rec[int(start) : int(start) + count]
            times.append(time.perf_counter() - started_s)
        row(f"slices of {count} frames, RGB", f"{count / statistics.median(times):,.0f} frames/s")
    started_s = time.perf_counter()
    count = sum(tick.frame is not None for tick in rec.ticks(("frame", "input"), end=5999))
    row("ticks with frames and inputs", f"{count / (time.perf_counter() - started_s):,.0f} frames/s")


def _loading(url: str) -> None:
    for workers in (0, 1, 2):
        rate = statistics.median(_stacks_a_second(url, workers, batch_size=32) for _ in range(ROUNDS))
        ok = rate >= STACKS_A_SECOND if workers == 2 else None
        what = f"loader, 4-frame stacks, shuffled, batches of 32, {workers} workers"
        row(what, f"{rate:,.0f} stacks/s", f"{STACKS_A_SECOND:,}" if workers == 2 else "", ok=ok)
    row("the same collated by DataLoader", f"{_stacks_a_second(url, 2, batch_size=None):,.0f} stacks/s")


def _stacks_a_second(url: str, workers: int, batch_size: int | None) -> float:
    """Return the rate after the first two thousand stacks, when the workers have begun."""
    dataset = FrameStackDataset(["bench"], batch_size=batch_size, seed=1, nats=url)
    loader = DataLoader(dataset, batch_size=None if batch_size else 32, num_workers=workers)
    count, started_s = 0, 0.0
    for batch in loader:
        count += len(batch["action"])
        if count >= 2048 and not started_s:
            begun, started_s = count, time.perf_counter()
        if count >= STACKS + 2048:
            break
    return (count - begun) / (time.perf_counter() - started_s)


async def _following(url: str) -> None:
    """Record at the console's rate and follow it."""
    recorder_bus, reader_bus = [await connect(NatsOptions(url=url), "bench") for _ in range(2)]
    sent_s: dict[int, float] = {}
    started_s = time.perf_counter()

    async def at_rate(frame_index: int) -> None:
        sent_s[frame_index] = time.perf_counter()
        await asyncio.sleep(max(0.0, started_s + (frame_index + 1) / 59.7275 - time.perf_counter()))

    store = JetStreamStore(reader_bus)
    late = []
    async with asyncio.TaskGroup() as tasks, SessionStream(store, ["live*"], pace=Pace()) as stream:
        tasks.create_task(_play(StreamRecorder(JetStreamStore(recorder_bus)), "live", LIVE, at_rate))
        async for seen in stream:
            late.append(time.perf_counter() - sent_s[seen.frame_index])
            if seen.frame_index >= LIVE - 180:  # the last groups are written at once, by the recording's end
                break
    row("a live frame until its row comes", f"{statistics.median(late):.2f} s, p99 {percentile(late, 0.99):.2f} s")
    for bus in (recorder_bus, reader_bus):
        await bus.close()


if __name__ == "__main__":
    print(f"load {os.getloadavg()[0]:.2f}")
    main(HOUR if "--hour" in sys.argv else FRAMES)
