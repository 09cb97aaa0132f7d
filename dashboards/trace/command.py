"""`runtime trace`: where the time of a frame went, on its way through bridge, bus and actors and back."""

import json

import click
import msgspec
from rich.text import Text

from dashboards.terminal.live import find_live, open_server
from dashboards.trace.choosing import Wanted
from dashboards.trace.sources import from_live, from_recording
from dashboards.trace.waterfall import waterfall
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples
from runtime.commands.terminal import console
from runtime.errors import FramewireError, UsageError
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source


@click.command(epilog=examples("runtime trace --slowest 5", "runtime trace quest 3000 --json"))
@click.argument("words", metavar="[SESSION] [FRAME]", nargs=-1)
@click.option("--slowest", type=click.IntRange(1, 1000), metavar="N", help="The frames that took longest, not FRAME.")
@click.option("--actor", default="", metavar="NAME", help="Only this actor's answers, also for what is slow.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    help="How long a session that plays is looked at for its slowest frames.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object; times in microseconds since the frame began.")
@click.option("--otlp", default="", metavar="URL", help="Also send them to an OTLP/HTTP receiver; extra `otel`.")
@nats_options
def trace(
    nats: NatsOptions,
    words: tuple[str, ...],
    slowest: int | None,
    actor: str,
    seconds: float,
    as_json: bool,
    otlp: str,
) -> None:
    """Show a frame's way through bridge, bus and actors and back, or those of the slowest frames.

    SESSION is a recorded session or an archive's path; without it, the session that plays now.
    """
    session, frame = _read(words, slowest)
    wanted = Wanted(frame, slowest or 0, actor)
    run(_trace(nats, session, wanted, seconds, as_json, otlp))


async def _trace(nats: NatsOptions, source: str, wanted: Wanted, seconds: float, as_json: bool, otlp: str) -> None:
    session = await _recorded(nats, source, wanted) if source else await _live(nats, wanted, seconds)
    if not wanted.found:
        what = f"frame {wanted.frame}" if wanted.frame >= 0 else "any frame"
        who = f" by {wanted.actor}" if wanted.actor else ""
        raise FramewireError(f"session {session!r} has no trace of {what}{who}")
    if as_json:
        click.echo(json.dumps({"session": session, "frames": [msgspec.to_builtins(way) for way in wanted.found]}))
    else:
        for number, way in enumerate(wanted.found):
            console().print(*([Text()] if number else []), waterfall(way, wanted.actor), sep="\n")
    if otlp:
        from dashboards.trace.otlp import send  # noqa: PLC0415 - an extra

        click.echo(f"sent {send(otlp, session, wanted.found)} spans to {otlp}", err=True)


async def _recorded(nats: NatsOptions, source: str, wanted: Wanted) -> str:
    async with open_recordings(nats, "trace") as (_, store):
        session = await open_source(store, source)
        await from_recording(session, wanted)
        return session.name


async def _live(nats: NatsOptions, wanted: Wanted, seconds: float) -> str:
    async with open_server(nats) as bus:
        live = await find_live(bus)
        if live.welcome.origin == "replay":
            click.echo("note: a replay sends the traces that were recorded, not its own", err=True)
        await from_live(live, wanted, seconds)
        return live.session


def _read(words: tuple[str, ...], slowest: int | None) -> tuple[str, int]:
    """Return the session, empty for the one that plays, and the frame, -1 for the slowest.

    Raises:
        UsageError: It is not said which frame.
    """
    *session, last = words or ("",)
    frame = int(last) if last.isdecimal() and slowest is None else -1
    if frame < 0 and last:
        session = [*session, last]
    if len(session) > 1 or (frame < 0 and slowest is None):
        there = " ".join(words) or "nothing"
        raise UsageError(f"{there!r}: allowed is [SESSION] FRAME, or [SESSION] --slowest N")
    return session[0] if session else "", frame
