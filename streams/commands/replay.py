"""`runtime replay`: play a recording on the bus."""

import asyncio
import signal

import click

from runtime.clock import WallClock
from runtime.commands.options import INTERRUPTED, nats_options, run
from runtime.nats_bus import NatsOptions
from runtime.subjects import session_id
from streams.commands.opening import open_recordings
from streams.console import frames_progress
from streams.replay import Replay, ReplayOptions
from streams.session import open_session


def _rate(value: str) -> float:
    """Return a number above 0, or 0 for `max`."""
    try:
        rate = 0.0 if value == "max" else float(value)
    except ValueError:
        rate = -1.0
    if value != "max" and not 0 < rate < float("inf"):
        raise click.BadParameter(f"{value!r}: allowed are numbers above 0, and 'max'")
    return rate


@click.command()
@click.argument("session")
@click.option(
    "--rate",
    type=_rate,
    metavar="X|max",
    default="1",
    show_default=True,
    help="Times real time; max: as fast as it goes.",
)
@click.option("--start", type=click.IntRange(0), help="The first frame.")
@click.option("--end", type=click.IntRange(0), help="The last frame, inclusive.")
@click.option("--as", "name", help="Appear as this session; default: SESSION-replay.")
@nats_options
def replay(
    *, nats: NatsOptions, session: str, rate: float, start: int | None, end: int | None, name: str | None
) -> None:
    """Publish a recorded SESSION again, as if it were live, until its end or Ctrl-C."""
    options = ReplayOptions(session_id(name or f"{session}-replay"), rate, start, end)
    run(_replay(nats, session, options))


async def _replay(nats: NatsOptions, name: str, options: ReplayOptions) -> int:
    interrupted = asyncio.Event()
    async with open_recordings(nats, "replay") as (bus, store):
        session = await open_session(store, name)
        replaying = Replay(session, bus, options, WallClock())

        def stop() -> None:
            interrupted.set()
            replaying.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        first = session.first_frame if options.start is None else options.start
        last = session.last_frame if options.end is None else options.end
        click.echo(f"replaying frames {first} to {last} of {name} as {options.name}; Ctrl-C ends it", err=True)
        with frames_progress(f"replay {options.name}", last - first + 1) as advance:
            frames = await replaying.run(advance)
    pace = frames / replaying.seconds
    late = f", {replaying.missed} of them late" if replaying.missed else ""
    click.echo(f"replayed {frames} frames of {name} as {options.name}, {pace:,.1f} frames/s{late}")
    return INTERRUPTED if interrupted.is_set() else 0
