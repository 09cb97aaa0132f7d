"""`runtime archive`: recordings as MCAP files."""

import time
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, plain, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console, length, size
from runtime.nats_bus import NatsOptions
from runtime.subjects import RECORDED, session_id
from streams.archive.export import Exported, export
from streams.archive.importing import Imported, import_archive
from streams.archive.layout import Start
from streams.archive.reading import Archive, open_archive
from streams.archive.records import is_whole
from streams.archive.store import McapStore
from streams.commands.opening import open_recordings
from streams.session import open_session


@click.group()
def archive() -> None:
    """Keep recordings as MCAP files, which Foxglove and other tools read."""


@archive.command("export", epilog=examples("runtime archive export quest -o quest.mcap"))
@click.argument("session")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The file to write; default: SESSION.mcap.")
@click.option(
    "--images",
    type=click.Choice(["png", "none"]),
    default="png",
    show_default=True,
    help="Pictures for people beside the video, lossless; an import does not need them.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file that is there.")
@json_option
@nats_options
def export_(nats: NatsOptions, session: str, out: Path | None, images: str, overwrite: bool, as_json: bool) -> None:
    """Write the recorded SESSION as one MCAP file, with everything that was recorded."""
    path = out or Path(f"{session_id(session)}.mcap")
    run(_export(nats, session, path, images=images == "png", overwrite=overwrite, as_json=as_json))


@archive.command("import", epilog=examples("runtime archive import quest.mcap --as again"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "name", default="", help="The session's new name; default: its own.")
@click.option("--strict", is_flag=True, help="Exit with 1 when the file was cut short.")
@json_option
@nats_options
def import_(nats: NatsOptions, file: Path, name: str, strict: bool, as_json: bool) -> None:
    """Store FILE as a session again, message for message; of a file cut short, what is there."""
    run(_import(nats, file, session_id(name) if name else "", strict=strict, as_json=as_json))


@archive.command(epilog=examples("runtime archive info quest.mcap --check"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Read all of it, not only its indexes, and compare every checksum.")
@json_option
def info(file: Path, check: bool, as_json: bool) -> None:
    """Say what is in FILE. Exits with 1 when it was cut short."""
    run(_info(file, check=check, as_json=as_json))


async def _export(nats: NatsOptions, name: str, path: Path, *, images: bool, overwrite: bool, as_json: bool) -> None:
    async with open_recordings(nats, "archive") as (_, store):
        session = await open_session(store, name)
        started_s = time.monotonic()
        with frames_progress(f"export {name}", session.frame_count) as advance:
            exported = await export(store, session, path, images=images, overwrite=overwrite, on_frame=advance)
    if images and not exported.payloads["frame"]:
        click.echo(f"no images: {name} keeps no frames", err=True)
    seconds = time.monotonic() - started_s
    if as_json:
        stored_bytes = session.stored.stored_bytes
        print_json({"file": path, "session": name, **plain(exported), "stored_bytes": stored_bytes, "seconds": seconds})
    else:
        _report_export(exported, session.stored.stored_bytes, path, seconds)


def _report_export(exported: Exported, stored_bytes: int, path: Path, seconds: float) -> None:
    if exported.undecodable:
        click.echo(f"{exported.undecodable} frames have no image: they cannot be decoded", err=True)
    if exported.raw:
        click.echo(f"{exported.raw} payloads are kept as wire bytes: JSON cannot hold them", err=True)
    click.echo(
        f"{path}: {exported.frames} frames, {exported.payloads.total()} payloads, {exported.images} images, "
        f"{size(exported.file_bytes)} (stored: {size(stored_bytes)}), {exported.frames / seconds:,.0f} frames/s"
    )


async def _import(nats: NatsOptions, path: Path, name: str, *, strict: bool, as_json: bool) -> int:
    frames = _start_of(path)
    async with open_recordings(nats, "archive") as (_, store):
        started_s = time.monotonic()
        with frames_progress(f"import {path.name}", frames.last_frame - frames.first_frame + 1) as advance:
            imported = await import_archive(path, store, name, on_frame=advance)
    seconds = time.monotonic() - started_s
    if imported.cut:
        click.echo(f"warning: {path}: the file was cut short: {_lacking(imported)}", err=True)
    if as_json:
        print_json({"file": path, **plain(imported), "seconds": seconds})
        return int(strict and imported.cut)
    click.echo(
        f"imported {imported.frames} frames, {imported.payloads} payloads as {imported.name}, "
        f"{imported.frames / seconds:,.0f} frames/s"
    )
    return int(strict and imported.cut)


def _lacking(imported: Imported) -> str:
    if imported.complete:
        return "only indexes and images are lost"
    if imported.last_frame < imported.promised:
        return f"frames {imported.last_frame + 1} to {imported.promised} are missing"
    return f"what was recorded last, after frame {imported.promised}, is missing"


def _start_of(path: Path) -> Start:
    with open_archive(path) as file:
        return Archive(file, str(path)).start


async def _info(path: Path, *, check: bool, as_json: bool) -> int:
    with open_archive(path) as file:
        whole = is_whole(file)
    if whole and not check:
        store = McapStore(path)
        _give_info(path, store.start, store.payloads, whole=True, as_json=as_json)
        return 0
    start = _start_of(path)
    last_frame = -1
    with open_archive(path) as file, frames_progress("read", start.last_frame - start.first_frame + 1) as advance:
        reading = Archive(file, str(path))
        for frame in reading.frames():
            last_frame = frame.frame_index
            advance()
    if whole:
        McapStore(path)  # checks the indexes
    _give_info(path, start, reading.payloads, whole=whole, as_json=as_json)
    if whole:
        click.echo("all of it was read: it is whole", err=as_json)
    else:
        there = f"frames {start.first_frame} to {last_frame} are there" if last_frame >= 0 else "no frame is there"
        click.echo(f"warning: the file was cut short: {there}", err=True)
    return int(not whole)


def _give_info(path: Path, start: Start, payloads: dict[str, int], *, whole: bool, as_json: bool) -> None:
    if not as_json:
        _print_info(path, start, payloads)
        return
    facts = {"file": path, "file_bytes": path.stat().st_size, "whole": whole, "payloads": payloads}
    print_json({**facts, **plain(start)})


def _print_info(path: Path, start: Start, payloads: dict[str, int]) -> None:
    meta = start.meta
    count = start.last_frame - start.first_frame + 1
    facts = Table(show_header=False, box=None)
    facts.add_row("session", f"{escape(meta.session)}, {start.status}")
    facts.add_row("length", f"{count} frames, {length(count / meta.rate_hz)}, {size(path.stat().st_size)}")
    for field in ("game", "created", "rom_sha256", "console", "core", "clock", "store", "parent", "part_of"):
        if value := getattr(meta, field):
            facts.add_row(field, escape(str(value)))
    facts.add_row("images", start.images)
    facts.add_row("framewire", f"{start.framewire_version}, layout {start.layout}")
    screen = console()
    screen.print(facts)
    kinds = Table("kind", box=None)
    kinds.add_column("payloads", justify="right")
    for kind in RECORDED:
        if payloads.get(kind):
            kinds.add_row(kind, str(payloads[kind]))
    screen.print(kinds)
