"""Recording at free speed: frames a second stored with nothing lost, against the same run without recording."""

import tempfile
from pathlib import Path

import uvloop

from runtime.launch import ActorEntry
from runtime.nats_bus import NatsOptions
from runtime.nats_server import EmbeddedServer
from runtime.nats_server import open_bus as open_bus_over
from streams.jetstream_store import JetStreamStore
from streams.session import open_session
from tests.bench.report import row
from tests.bench.session import make_plan, play

FRAMES = 6000
ROUNDS = 3


def main() -> None:
    uvloop.run(_main())


async def _main() -> None:
    rates: dict[bool, list[float]] = {True: [], False: []}
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder) / "nats")
        await server.start()
        options = NatsOptions(url=server.url)
        try:
            for number in range(ROUNDS):
                for record in (True, False):
                    actors = (ActorEntry(name="reflex", uses="agents.reflex:Reflex"),)
                    plan = make_plan(f"record{number}{record}", clock="free", record=record, actors=actors)
                    played = await play(plan, options, Path(folder), frames=FRAMES)
                    rates[record].append(played.frames / played.seconds)
                    lost += played.lost
                async with open_bus_over(options, Path(folder), "bench") as bus:
                    session = await open_session(JetStreamStore(bus), f"record{number}True")
                    lost += FRAMES - session.frame_count + len(await session.find_holes())
        finally:
            await server.stop()
    ours, plain = sorted(rates[True])[ROUNDS // 2], sorted(rates[False])[ROUNDS // 2]
    row(
        "recording at free speed, one actor",
        f"{ours:,.0f} frames/s, {lost} lost",
        "≥ 1,000, 0 lost",
        ok=ours >= 1000 and not lost,
    )
    row("  ÷ without recording", f"{ours / plain:.2f}x   (without: {plain:,.0f} frames/s)")
