"""Five minutes of real time with the whole mind: the reflex's ticks, decisions end to end, and no frame missed."""

import asyncio
import contextlib
import re
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path

import uvloop

from agents.reflex import source_of
from runtime import wire
from runtime.bus import Message
from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from runtime.subjects import SessionId, subject
from tests.bench.report import percentile, row
from tests.bench.session import make_plan, play

SECONDS = 300.0
SESSION = SessionId("reflexsoak")

#: Requirement R4 and C22.2: a tick of the reflex, and a cached decision from frame to action.
TICK_MS, DECISION_MS = 1, 5

#: Of the tick's histogram on /metrics: ticks that took a millisecond or less, and all.
_BUCKET = re.compile(r'^framewire_tick_duration_seconds_bucket\{.*le="0.001".*\} ([\d.e+]+)$', re.MULTILINE)
_COUNT = re.compile(r"^framewire_tick_duration_seconds_count\{.*\} ([\d.e+]+)$", re.MULTILINE)


class Watched:
    """What the session says of itself while it runs."""

    def __init__(self) -> None:
        self.sources: Counter[str] = Counter()
        self.tick_p50_ms: list[float] = []
        self.mind: set[str] = set()
        self.port = 0
        self.quick = self.ticks = 0.0

    def on_input(self, message: Message) -> None:
        for cause in wire.decode(wire.Input, message.data).causes:
            if cause.actor == "reflex":
                self.sources[source_of(cause.reason)] += 1

    def on_health(self, message: Message) -> None:
        health = wire.decode(wire.Health, message.data)
        if health.process == "reflex":
            self.tick_p50_ms.append(health.tick_ms_p50)
            self.port = health.metrics_port

    def on_plan(self, message: Message) -> None:
        self.mind.add(wire.decode(wire.Plan, message.data).actor)

    async def scrape_for_ever(self) -> None:
        """Read how many of the reflex's ticks took less than a millisecond, every few seconds."""
        while True:
            await asyncio.sleep(5)
            if self.port:
                with contextlib.suppress(OSError):
                    self._read(await asyncio.to_thread(_metrics, self.port))

    def _read(self, text: str) -> None:
        bucket, count = _BUCKET.search(text), _COUNT.search(text)
        if bucket and count:
            self.quick, self.ticks = float(bucket[1]), float(count[1])


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    watched = Watched()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        options = NatsOptions(url=server.url)
        try:
            bus = await connect(options, "watch")
            await bus.subscribe(subject(SESSION, "input"), watched.on_input)
            await bus.subscribe(subject(SESSION, "plan"), watched.on_plan)
            await bus.subscribe(subject(SESSION, "health", "*"), watched.on_health)
            scraping = asyncio.create_task(watched.scrape_for_ever())
            plan = make_plan(SESSION, clock="realtime", record=True, actors=None)
            played = await play(plan, options, Path(folder), duration_s=SECONDS)
            scraping.cancel()
            await bus.close()
        finally:
            await server.stop()
    trips = [value / 1e6 for value in played.samples.round_trips["reflex"]][60:]
    late = [value / 1e6 for value in played.samples.late]
    within = watched.quick / max(watched.ticks, 1)
    minutes = f"{SECONDS / 60:.0f} minutes with {', '.join(entry.name for entry in plan.actors)}"
    row(f"frames missed in {minutes}", f"{played.missed} of {played.frames}", "0", ok=not played.missed)
    row("  frames late by, p50 / p99 / max", _spread(late))
    row(
        f"  reflex ticks within {TICK_MS} ms, answer sent",
        f"{within:.3%} of {watched.ticks:.0f}, p50 {percentile(watched.tick_p50_ms, 0.5):.3f} ms",
        "≥ 99 %",
        ok=within >= 0.99,
    )
    row(
        "  decision end to end (frame → action), p50 / p99 / max",
        _spread(trips),
        f"p99 < {DECISION_MS} ms",
        ok=percentile(trips, 0.99) < DECISION_MS,
    )
    row("  decisions by source", ", ".join(f"{source} {count}" for source, count in watched.sources.most_common()))
    row("  plans came from", ", ".join(sorted(watched.mind)))


def _spread(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.3f} / {percentile(values, 0.99):.3f} / {max(values):.3f} ms"


def _metrics(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as reply:
        text: str = reply.read().decode()
        return text
