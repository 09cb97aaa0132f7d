"""`runtime verify`: prove that a recording is what its inputs do."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source
from streams.difference import Difference, check_report, write_report
from streams.execution import open_backend, other_options
from streams.session import Session
from streams.verify import Verdict
from streams.verify import verify as execute


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line."""

    session: str
    rom: Path | None
    core: str
    start: int | None
    end: int | None
    report: Path
    as_json: bool


@click.command(
    "verify", epilog=examples("runtime verify quest", "runtime verify quest.mcap --start 600 --end 1200 --json")
)
@click.argument("session")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM; default: where it was recorded from.")
@click.option(
    "--core", default="", help="A libretro core, by name or path; another than the recording's shows where they part."
)
@click.option("--start", type=click.IntRange(0), help="The first frame.")
@click.option("--end", type=click.IntRange(0), help="The last frame, inclusive.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where both pictures and the memory diff go if a frame differs; default: verify-SESSION.",
)
@json_option
@nats_options
def verify(
    *,
    nats: NatsOptions,
    session: str,
    rom: Path | None,
    core: str,
    start: int | None,
    end: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Emulate SESSION again from its savestates and inputs, and compare every frame with the recorded one.

    Exits with 0 when all are equal, with 1 at the first that differs or when nothing could be compared.
    """
    request = Request(session, rom, core, start, end, report or Path(f"verify-{session}"), as_json)
    run(_verify(nats, request))


async def _verify(nats: NatsOptions, request: Request) -> int:
    async with open_recordings(nats, "verify") as (_, store):
        session = await open_source(store, request.session)
        first, last = session.span(request.start, request.end)
        check_report(request.report)
        backend = open_backend(session.meta, request.rom, request.core)
        try:
            if backend.core != session.meta.core:
                click.echo(f"recorded with {session.meta.core}, verified with {backend.core}", err=True)
            for option in other_options(session.meta, backend):
                click.echo(f"core option {option}", err=True)
            started_s = time.monotonic()
            with frames_progress(f"verify {session.name}", last - first + 1) as advance:
                verdict = await execute(session, backend, advance, start=request.start, end=request.end)
            seconds = time.monotonic() - started_s
        finally:
            backend.close()
    return _report(session, verdict, request, seconds)


def _report(session: Session, verdict: Verdict, request: Request, seconds: float) -> int:
    for hole in verdict.skipped:
        click.echo(f"not compared: frames {hole.first_frame} to {hole.last_frame}: {hole.reason}", err=True)
    if verdict.memory_unreadable:
        click.echo(f"not compared: the memory of {verdict.memory_unreadable} frames, which cannot be decoded", err=True)
    if request.as_json:
        first = verdict.difference.frame_index if verdict.difference else None
        equal = first is None and bool(verdict.verified)
        facts = {
            "equal": equal,
            "memory_checked": verdict.memory_checked,
            "differs_at_frame": first,
            "seconds": seconds,
        }
        print_json({**_facts(session, verdict), **facts})
    if verdict.difference:
        _report_difference(session, verdict, verdict.difference, request.report)
        return 1
    if not verdict.verified:
        click.echo(f"{session.name}: not one frame could be compared", err=True)
        return 1
    if request.as_json:
        return 0
    memory = f", memory on {verdict.memory_checked} of them" if verdict.memory_checked else ""
    click.echo(f"verified {verdict.verified} frames{memory}, {verdict.verified / seconds:,.0f} frames/s")
    return 0


def _report_difference(session: Session, verdict: Verdict, difference: Difference, folder: Path) -> None:
    parted = verdict.memory_parted
    if parted and parted is not difference:
        click.echo(f"{session.name}: memory parts at frame {parted.frame_index}, while the picture is equal", err=True)
    click.echo(
        f"{session.name}: {difference} (the {verdict.verified} frames compared before it are equal)"
        if difference.picture_differs
        else f"{session.name}: {difference} ({verdict.verified} frames have equal pictures)",
        err=True,
    )
    for line in difference.lines():
        click.echo(f"  {line}", err=True)
    written = write_report(folder, difference, _facts(session, verdict))
    click.echo(f"written to {folder}: {', '.join(written)}", err=True)


def _facts(session: Session, verdict: Verdict) -> dict[str, Any]:
    return {
        "session": session.name,
        "recorded_core": verdict.recorded_core,
        "core": verdict.core,
        "rom_sha256": session.meta.rom_sha256,
        "frames_equal": verdict.verified,
        "not_compared": verdict.skipped,
        "memory_parted_at_frame": verdict.memory_parted.frame_index if verdict.memory_parted else None,
    }
