"""Ten minutes of real time with three actors and recording: not one frame missed by us, none lost."""

import tempfile
from pathlib import Path

import uvloop

from runtime.nats_bus import NatsOptions, connect
from runtime.nats_server import EmbeddedServer
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.bench.report import percentile, row
from tests.bench.session import make_plan, play

SECONDS = 600.0


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        options = NatsOptions(url=server.url)
        try:
            plan = make_plan("soak", clock="realtime", record=True, actors=None)
            played = await play(plan, options, Path(folder), duration_s=SECONDS)
            bus = await connect(options, "count")
            session = await open_session(JetStreamStore(bus), "soak")
            lost = sum(hole.frames for hole in await session.find_holes())
            await bus.close()
        finally:
            await server.stop()
    late = [value / 1e6 for value in played.samples.late]
    row(
        f"frames missed in {SECONDS / 60:.0f} minutes of real time",
        f"{played.missed} of {played.frames}",
        "0",
        ok=not played.missed,
    )
    row(
        "  frames late by, p50 / p99 / max",
        f"{percentile(late, 0.5):.3f} / {percentile(late, 0.99):.3f} / {max(late):.3f} ms",
    )
    trips = [value / 1e6 for value in played.samples.round_trips["reflex"]]
    row("  frame → action p50 / p99", f"{percentile(trips, 0.5):.3f} / {percentile(trips, 0.99):.3f} ms")
    row("  frames the recording lacks", f"{lost + played.lost}", "0", ok=not lost and not played.lost)
