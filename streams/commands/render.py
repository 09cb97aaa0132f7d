"""`runtime render`: a recording as a film for people."""

import time
from pathlib import Path

import click

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, plain, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import length, size
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source
from streams.render import FORMATS, Rendered, RenderOptions, check_options, check_out
from streams.render import render as make_film


@click.command(
    epilog=examples(
        "runtime render quest -o quest.mp4 --scale 3 --inputs", "runtime render quest --start 600 --end 900 -o walk.gif"
    )
)
@click.argument("session")
@click.option("--format", "format_name", type=click.Choice(FORMATS), help="Default: as OUT ends; else mp4.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="A file, of png a folder.")
@click.option("--start", type=click.IntRange(0), help="The first frame.")
@click.option("--end", type=click.IntRange(0), help="The last frame, inclusive.")
@click.option("--scale", type=click.IntRange(1, 16), default=1, metavar="N", help="Each pixel N by N.")
@click.option("--fps", type=click.FloatRange(1, 240), help="Pictures a second; default: the console's, of a GIF 30.")
@click.option(
    "--speed", type=click.FloatRange(0.01, 1000), default=1.0, metavar="X", help="Times the game's own speed."
)
@click.option("--inputs", is_flag=True, help="Draw the held buttons under the picture.")
@click.option("--lossless", is_flag=True, help="Keep every pixel's colour (mp4; not every player shows it).")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM, of a session that keeps inputs only.")
@click.option("--core", default="", help="The libretro core for that, by name or path.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
@json_option
@nats_options
def render(
    *,
    nats: NatsOptions,
    session: str,
    format_name: str | None,
    output: Path | None,
    start: int | None,
    end: int | None,
    scale: int,
    fps: float | None,
    speed: float,
    inputs: bool,
    lossless: bool,
    rom: Path | None,
    core: str,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make a film of the recorded SESSION."""
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    chosen = format_name or (suffix if suffix in FORMATS else "mp4")
    options = RenderOptions(chosen, start, end, scale, fps or 0.0, speed, inputs, lossless)
    out = output or Path(f"{session}-frames" if chosen == "png" else f"{session}.{chosen}")
    run(_render(nats, session, out, options, rom, core, overwrite=overwrite, as_json=as_json))


async def _render(
    nats: NatsOptions,
    name: str,
    out: Path,
    options: RenderOptions,
    rom: Path | None,
    core: str,
    *,
    overwrite: bool,
    as_json: bool,
) -> None:
    check_options(options)
    check_out(out, options.format, overwrite=overwrite)
    async with open_recordings(nats, "render") as (_, store):
        session = await open_source(store, name, rom, core)
        first, last = session.span(options.start, options.end)
        started_s = time.monotonic()
        with frames_progress(f"render {name}", last - first + 1) as advance:
            rendered = await make_film(session, out, options, advance, overwrite=overwrite)
        seconds = time.monotonic() - started_s
    if as_json:
        print_json({"file": out, "session": name, **plain(rendered), "frames": last - first + 1, "took_s": seconds})
    else:
        _report(out, rendered, (last - first + 1) / seconds)


def _report(out: Path, rendered: Rendered, frames_a_second: float) -> None:
    if rendered.left_out:
        click.echo(f"left out: {rendered.left_out} frames before the first that the recording has", err=True)
    if rendered.held:
        click.echo(f"{rendered.held} pictures show an earlier frame: the recording lacks theirs", err=True)
    for note in rendered.notes:
        click.echo(note, err=True)
    files = out.iterdir() if out.is_dir() else [out]
    written = size(sum(path.stat().st_size for path in files))
    click.echo(
        f"{out}: {rendered.pictures} pictures, {length(rendered.seconds)}, {written}, {frames_a_second:,.0f} frames/s"
    )
