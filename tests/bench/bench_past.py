"""The studio over an hour's session in real Chromium, and searches of ten minutes of memory.

Recording the hour takes some minutes; `python -m tests.bench past`.
"""

import asyncio
import logging
import statistics
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import uvloop
from playwright.sync_api import Browser, Page, sync_playwright

from runtime import logs, wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.memory_codec import MemoryEncoder
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.wire import Region
from streams.jetstream_store import JetStreamStore
from streams.memory_search.conditions import parse
from streams.memory_search.history import History
from streams.memory_search.search import change_counts, search
from streams.memory_search.values import kind_named
from streams.recorder import StreamRecorder
from streams.session import Session, open_session
from tests.bench.bench_loader import HOUR, _play
from tests.bench.report import percentile, row
from tests.streams_source import meta_of
from tests.studio.conftest import CHROMIUM
from tests.studio.running import Studio, studio_over

#: Ten minutes at 59.7275 Hz.
TEN_MINUTES = 35_836

#: What issue 6 asks for: opening an hour's session, a random frame, a search; seconds, milliseconds, seconds.
OPEN_S, SCRUB_MS, SEARCH_S = 1.0, 150.0, 2.0

#: A busy game: GBA regions, and as many changed bytes a frame as the busiest of six games had (measurements.md:
#: medians of 62 to 1,335), in words that lie anywhere among some thousands.
REGIONS = (Region("ewram", 0x0200_0000, 1 << 18), Region("iwram", 0x0300_0000, 1 << 15))
BUSY_BYTES, BUSY_PLACES = 1335, 4000

OPENED, SCRUBBED, SEARCHED = 7, 60, 3

SEARCHES = ("> 5", "increased every", "decreased by 1 some", "changed 3 times", "changed @ 100:35000")

#: Goes to frames one after the other, each as soon as the one before is drawn; returns milliseconds.
_SCRUB = """async (frames) => {
  const canvas = document.querySelector(".screen canvas"), field = document.querySelector(".frame-number"), times = [];
  for (const frame of frames) {
    const begun = performance.now();
    await new Promise((resolve) => {
      const seen = new MutationObserver(() => {
        if (canvas.dataset.frame !== `${frame}`) return;
        seen.disconnect();
        resolve();
      });
      seen.observe(canvas, {attributes: true});
      field.value = frame;
      field.dispatchEvent(new Event("change"));
    });
    times.push(performance.now() - begun);
  }
  return times;
}"""


def main(frames: int = HOUR) -> None:
    logs.set_up(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        uvloop.run(_prepare(home, frames))
        with studio_over(home) as studio, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            _studio(browser, studio, frames)
            browser.close()


async def _prepare(home: Path, frames: int) -> None:
    """Record, and search memory."""
    async with open_bus(NatsOptions(), home, "bench") as bus:
        store = JetStreamStore(bus)
        await _play(StreamRecorder(store), "bench", frames, lambda _: asyncio.sleep(0))
        await _record_busy(store)
        for name, what in (("bench", "Emberwood"), ("busy", f"{BUSY_BYTES:,} bytes a frame")):
            await _searching(await open_session(store, name), what)


async def _record_busy(store: JetStreamStore) -> None:
    """Record ten minutes of memory alone, in which so many bytes change on each frame."""
    recorder, encoder, rng = StreamRecorder(store), MemoryEncoder(REGIONS), np.random.default_rng(1)
    meta = msgspec.structs.replace(meta_of(ScriptedBackend(), "busy", game_toml=""), regions=REGIONS)
    await recorder.open(meta)
    memory = {region.name: np.zeros(region.size, np.uint8) for region in REGIONS}
    words = {name: held.view("<u4") for name, held in memory.items()}
    often = {name: rng.choice(held.size, BUSY_PLACES // 2, replace=False) for name, held in words.items()}
    for i in range(TEN_MINUTES):
        for name, held in words.items():
            held[rng.choice(often[name], BUSY_BYTES // 8)] += rng.integers(1 << 24, 1 << 32, dtype=np.uint32)
        diff = encoder.encode(i, memory, i)
        payloads = [("input", wire.encode(wire.Input(frame_index=i, sent_ns=i, buttons=())))]
        recorder.record(i, [*payloads, ("memory", wire.encode(diff))], key=diff.whole)
        await asyncio.sleep(0)
        await recorder.make_room()
    await recorder.close()


async def _searching(session: Session, what: str) -> None:
    last = session.first_frame + TEN_MINUTES - 1
    cold, warm = [], []
    for i in range(SEARCHED):
        history = History(session, keep_bytes=2 << 30)
        started_s = time.perf_counter()
        await search(history, kind_named("u16"), parse(SEARCHES[i], 0, last))
        cold.append(time.perf_counter() - started_s)
    for text in SEARCHES:
        started_s = time.perf_counter()
        await search(history, kind_named("u16"), parse(text, 0, last))
        warm.append(time.perf_counter() - started_s)
    started_s = time.perf_counter()
    await change_counts(history, 0, last)
    heat_s = time.perf_counter() - started_s
    first, again = statistics.median(cold), max(warm)
    row(
        f"first search of 10 minutes, {what}",
        f"{first:.2f} s, slowest {max(cold):.2f} s",
        f"≤ {SEARCH_S:g} s",
        ok=first <= SEARCH_S,
    )
    row("  the next ones: slowest of five", f"{again:.3f} s", f"≤ {SEARCH_S:g} s", ok=again <= SEARCH_S)
    row("  heat map", f"{heat_s:.3f} s")


def _studio(browser: Browser, studio: Studio, frames: int) -> None:
    rng = np.random.default_rng(2)
    opened = [_open(browser, studio, int(rng.integers(0, frames))) for _ in range(OPENED)]
    middle = statistics.median(opened)
    row(
        f"opening {frames:,} frames: page, picture, first timeline",
        f"{middle:.2f} s, slowest {max(opened):.2f} s",
        f"≤ {OPEN_S:g} s",
        ok=middle <= OPEN_S,
    )
    page = browser.new_page()
    page.goto(f"{studio.url}#/sessions/bench")
    started_s = time.perf_counter()
    page.locator("canvas.timeline[data-complete=true]").wait_for(timeout=120_000)
    row("  until the whole hour's timeline is drawn", f"{time.perf_counter() - started_s:.1f} s")
    times = page.evaluate(_SCRUB, [int(frame) for frame in rng.integers(0, frames, SCRUBBED)])
    middle = statistics.median(times)
    row(
        "a random frame, asked for → drawn in Chromium",
        f"{middle:.0f} ms, p95 {percentile(times, 0.95):.0f} ms",
        f"≤ {SCRUB_MS:g} ms",
        ok=middle <= SCRUB_MS,
    )
    times = page.evaluate(_SCRUB, list(range(5000, 5000 + SCRUBBED)))
    row("  the next frame", f"{statistics.median(times):.0f} ms")
    page.close()


def _open(browser: Browser, studio: Studio, frame: int) -> float:
    """Return the seconds until a fresh browser window shows a frame and the timeline."""
    context = browser.new_context()
    page: Page = context.new_page()
    started_s = time.perf_counter()
    page.goto(f"{studio.url}#/sessions/bench?frame={frame}")
    page.locator(f'.screen canvas[data-frame="{frame}"]').wait_for()
    page.locator("canvas.timeline[data-complete]").wait_for()
    seconds = time.perf_counter() - started_s
    context.close()
    return seconds


if __name__ == "__main__":
    main()
