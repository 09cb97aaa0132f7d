"""`runtime verify`: prove that a recording is what its inputs do."""

import time
from pathlib import Path

import click

from runtime.commands.options import nats_options, run
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings
from streams.console import frames_progress
from streams.session import open_session
from streams.verify import Verdict, open_backend
from streams.verify import verify as execute


@click.command("verify")
@click.argument("session")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM; default: where it was recorded from.")
@click.option("--core", default="", help="A libretro core, by name or path.")
@nats_options
def verify(nats: NatsOptions, session: str, rom: Path | None, core: str) -> None:
    """Emulate SESSION again from its savestates and inputs, and compare every frame with the recorded one.

    Exits with 0 when all are equal, with 1 at the first that differs or when nothing could be compared.
    """
    run(_verify(nats, session, rom, core))


async def _verify(nats: NatsOptions, name: str, rom: Path | None, core: str) -> int:
    async with open_recordings(nats, "verify") as (_, store):
        session = await open_session(store, name)
        backend = open_backend(session.meta, rom, core)
        try:
            started_s = time.monotonic()
            with frames_progress(f"verify {name}", session.frame_count) as advance:
                verdict = await execute(session, backend, advance)
        finally:
            backend.close()
    return _report(name, verdict, time.monotonic() - started_s)


def _report(name: str, verdict: Verdict, seconds: float) -> int:
    for hole in verdict.skipped:
        click.echo(f"not compared: frames {hole.first_frame} to {hole.last_frame}: {hole.reason}", err=True)
    if verdict.difference:
        click.echo(
            f"{name}: {verdict.difference} (the {verdict.verified} frames compared before it are equal)", err=True
        )
        return 1
    if not verdict.verified:
        click.echo(f"{name}: not one frame could be compared", err=True)
        return 1
    click.echo(f"verified {verdict.verified} frames, {verdict.verified / seconds:,.0f} frames/s")
    return 0
