"""`runtime memory`: what changed in a recording's memory, and where a value lies."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from streams.commands.memory_search import changed, name_command, search_command
from streams.commands.opening import open_recordings, open_source
from streams.framesets.changes import SCANS, Scan
from streams.framesets.keys import load_config
from streams.framesets.trace import NEEDED, trace
from streams.session import HoleFinder


@click.group()
def memory() -> None:
    """Say what changed in a recording's memory, search it, and name what was found."""


@memory.command(epilog=examples("runtime memory csv quest --out changes.csv --header"))
@click.argument("session")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; default: standard output.")
@click.option("--scan", type=click.Choice(SCANS), default="full", show_default=True, help="chunked: a fifth a frame.")
@click.option("--game-config", type=click.Path(path_type=Path), help="JSON: write its keys instead of buttons.")
@click.option("--header", is_flag=True, help="Begin with the columns' names.")
@json_option
@nats_options
def csv(
    *,
    nats: NatsOptions,
    session: str,
    out: Path | None,
    scan: Scan,
    game_config: Path | None,
    header: bool,
    as_json: bool,
) -> None:
    """Write SESSION's memory changes as a 12-column event log, one line for each word that changed."""
    if as_json and not out:
        raise UsageError("--json tells of the file: name one with --out; without it the log itself goes to stdout")
    run(_csv(nats, session, out, scan, game_config, header, as_json))


memory.add_command(search_command)
memory.add_command(changed)
memory.add_command(name_command)


async def _csv(
    nats: NatsOptions, name: str, out: Path | None, scan: Scan, game_config: Path | None, header: bool, as_json: bool
) -> None:
    started_s, rows = time.monotonic(), -int(header)
    holes = HoleFinder(NEEDED)
    async with open_recordings(nats, "memory") as (_, store):
        session = await open_source(store, name)
        config = load_config(game_config, session.meta.buttons) if game_config else None
        with _whole_file(out) as file, frames_progress(f"memory {name}", session.frame_count) as advance:
            lines = trace(session, scan=scan, config=config, header=header, holes=holes, on_frame=advance)
            async with contextlib.aclosing(lines):
                async for text in lines:
                    file.write(text)
                    rows += text.count("\n")
    for hole in holes.found:
        frames = f"frames {hole.first_frame} to {hole.last_frame}"
        click.echo(f"{name}: lacks {hole.kind} of {frames}: {hole.reason}", err=True)
    if as_json:
        lacking = [
            {"kind": hole.kind, "first_frame": hole.first_frame, "last_frame": hole.last_frame} for hole in holes.found
        ]
        print_json({"file": out, "session": name, "rows": rows, "lacking": lacking})
    elif out:
        click.echo(f"{out}: {rows} rows, {rows / (time.monotonic() - started_s):,.0f} rows/s")


@contextlib.contextmanager
def _whole_file(out: Path | None) -> Iterator[TextIO]:
    """Give a file beside `out` that takes its name at the end; standard output without `out`.

    Raises:
        UsageError: `out` is there already, or cannot be written.
    """
    if out is None:
        yield sys.stdout
        return
    if out.exists():
        raise UsageError(f"{out}: it is there already; choose another, or remove it")
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            yield file
        partial.replace(out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
