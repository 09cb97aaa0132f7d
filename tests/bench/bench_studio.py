"""The studio's live view: frame published → drawn in Chromium, and what it costs the game that is watched."""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import uvloop

from runtime.discovery import find_session
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from tests.bench.report import median_of, percentile, row
from tests.bench.session import make_plan, play

ROUNDS = 3
SECONDS = 36.0

#: Of the game's round trips, those of the first 10 s, while actors and Chromium start: every round leaves them out.
_FIRST = 600

#: Issue 6.
LIMIT_MS, LEAST_FPS = 40.0, 50.0

#: "Unchanged within noise": the p99 of rounds without anything beside them differ by as much.
_NOISE = 1.3

#: What looks on, as tests.bench.studio_viewer names it.
_MODES = {
    "bare": "a socket that draws nothing",
    "apart": "Chromium, drawing 60 pictures a second without the studio",
    "off": "Chromium, picture",
    "on": "Chromium, picture and annotated view",
}

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    game: dict[str, list[list[float]]] = {"": [], **{mode: [] for mode in _MODES}}
    drawn: dict[str, list[dict[str, list[float]]]] = {mode: [] for mode in _MODES}
    processor: dict[str, list[float]] = {mode: [] for mode in _MODES}
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        try:
            async with _studio(Path(folder), server.url) as (url, pid):
                for number in range(ROUNDS):
                    for annotated, seen in game.items():
                        name = f"studio{number}{annotated}"
                        async with asyncio.TaskGroup() as group:
                            watching = None
                            if annotated:
                                watching = group.create_task(_watch(server.url, url, pid, name, annotated))
                            seen.append(await _play(Path(folder), server.url, name))
                        if watching:
                            what, share = watching.result()
                            drawn[annotated].append(what)
                            processor[annotated].append(share)
        finally:
            await server.stop()
    _print(game, drawn, processor)


async def _play(folder: Path, url: str, name: str) -> list[float]:
    plan = make_plan(name, clock="realtime", record=True, actors=None)
    played = await play(plan, NatsOptions(url=url), folder, duration_s=SECONDS)
    return [value / 1e6 for value in played.samples.round_trips["reflex"]][_FIRST:]


@contextlib.asynccontextmanager
async def _studio(folder: Path, nats: str) -> AsyncIterator[tuple[str, int]]:
    """Run the studio in the game's session, as `runtime up` does; give its address and its process."""
    words = (sys.executable, "-m", "runtime", "studio", "--port", "0", "--nats", nats)
    environment = {**os.environ, "FRAMEWIRE_HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, env=environment)
    assert process.stdout
    try:
        line = (await process.stdout.readline()).decode()
        yield line.split()[1], process.pid
    finally:
        process.terminate()
        await process.wait()


async def _watch(nats: str, url: str, pid: int, session: str, annotated: str) -> tuple[dict[str, list[float]], float]:
    """Return what Chromium drew, and the processor's time that the studio took meanwhile ÷ time."""
    bus = await connect(NatsOptions(url=nats), "bench")
    await find_session(bus, session, 60.0)
    await bus.close()
    words = (sys.executable, "-m", "tests.bench.studio_viewer", url, session, str(SECONDS), annotated)
    before, began = _used_s(pid), asyncio.get_running_loop().time()
    # In a session of its own, as a person's browser is: Linux may share processors among sessions first.
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, start_new_session=True)
    output, _ = await process.communicate()
    share = (_used_s(pid) - before) / (asyncio.get_running_loop().time() - began)
    what: dict[str, list[float]] = json.loads(output)
    assert what["lags"] or annotated == "apart", (
        f"{session}: nothing was drawn in time; this machine is too busy to measure"
    )
    return what, share


def _used_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def _print(
    game: dict[str, list[list[float]]],
    drawn: dict[str, list[dict[str, list[float]]]],
    processor: dict[str, list[float]],
) -> None:
    alone = median_of(game[""], 0.99)
    spread = max(percentile(each, 0.99) for each in game[""]) / min(percentile(each, 0.99) for each in game[""])
    limit = max(_NOISE, spread)
    row("frame → action p99 without a studio's page; largest ÷ smallest round", f"{alone:.2f} ms; {spread:.2f}x")
    for mode, name in _MODES.items():
        _print_drawn(name, [each["lags"] for each in drawn[mode]], [each["fps"] for each in drawn[mode]])
        ratio, text = median_of(game[mode], 0.99) / alone, f"{name}: the game's p99 ÷ beside nobody"
        if mode == "apart":
            row(text, f"{ratio:.2f}x")
            continue
        row(text, f"{ratio:.2f}x", f"≤ {limit:.2f}x", ok=ratio <= limit)
        if mode != "bare":
            beside = median_of(game[mode], 0.99) / median_of(game["apart"], 0.99)
            row("  ÷ beside that Chromium without the studio", f"{beside:.2f}x")
        row("  the studio's own processor", f"{100 * statistics.median(processor[mode]):.0f} % of one core")


def _print_drawn(name: str, lags: list[list[float]], fps: list[list[float]]) -> None:
    if not any(lags):
        return
    p50, p95 = median_of(lags, 0.5), median_of(lags, 0.95)
    each = statistics.median(value for round_ in fps for value in round_)
    row(
        f"{name}: published → drawn p50 / p95; frames/s", f"{p50:.1f} / {p95:.1f} ms; {each:.1f}",
        f"p95 ≤ {LIMIT_MS:g} ms, ≥ {LEAST_FPS:g}", ok=p95 <= LIMIT_MS and each >= LEAST_FPS,
    )  # fmt: skip
