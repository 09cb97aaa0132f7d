"""`runtime import`: make sessions of other programs' data."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, plain, print_json
from runtime.commands.progress import frames_progress
from runtime.errors import SessionError
from runtime.nats_bus import NatsOptions
from runtime.wire import Annotation
from streams.annotations.exchange.formats import read_file
from streams.commands.opening import open_recordings
from streams.framesets.keys import USUAL, load_config
from streams.framesets.layout import FRAMES_PER_SET
from streams.importers.pictures import RESAMPLE, Framing
from streams.importers.recording import name_of
from streams.importers.rommer import Imported, Source, clean_up, import_rommer
from streams.importers.videos import Found, Wanted, expected_frames, find, import_frames
from streams.store import SessionStore

#: Lines shown of what is missing.
_SHOWN = 5


def _numbers(form: str, separator: str) -> Callable[[str], tuple[int, ...]]:
    """Return a reader of whole numbers of this form; the last two are a width and a height."""

    def read(value: str) -> tuple[int, ...]:
        parts = value.split(separator)
        numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
        if len(numbers) != len(parts) or len(parts) != form.count(separator) + 1 or not all(numbers[-2:]):
            raise click.BadParameter(f"{value!r}: allowed is {form}, whole numbers; width and height are 1 or more")
        return numbers

    return read


@click.group("import")
def import_() -> None:
    """Make recorded sessions of other programs' data."""


@import_.command(epilog=examples("runtime import rommer --csv events.csv --snapshots pictures"))
@click.option("--csv", required=True, type=click.Path(path_type=Path), help="The 12-column event log.")
@click.option("--snapshots", required=True, type=click.Path(path_type=Path), help="The folder with <frame_set_id>.png.")
@click.option(
    "--annotations",
    type=click.Path(path_type=Path),
    help="The processed session: a folder of frame sets with annotations.json and cnn_annotations.json.",
)
@click.option("--game-config", type=click.Path(path_type=Path), help="JSON: which key is which button.")
@click.option("--as", "name", help="The session's name; default: made of the log's.")
@click.option("--skip-bad", is_flag=True, help="Leave bad lines out and count them.")
@click.option("--cleanup", is_flag=True, help="Remove the snapshots once the session is stored and read back.")
@json_option
@nats_options
def rommer(
    *,
    nats: NatsOptions,
    csv: Path,
    snapshots: Path,
    annotations: Path | None,
    game_config: Path | None,
    name: str | None,
    skip_bad: bool,
    cleanup: bool,
    as_json: bool,
) -> None:
    """Make a session of an event log and its snapshots, as the rommer collector writes them."""
    config = load_config(game_config) if game_config else USUAL
    acts = read_file(annotations, "rommer", "rommer") if annotations else []
    source = Source(csv, snapshots, config, skip_bad)
    run(_rommer(nats, name or name_of(csv.stem), source, acts, cleanup, as_json))


@import_.command(epilog=examples("runtime import video run.mp4 --fps 10 --size 240x160"))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--fps", type=click.FloatRange(0, min_open=True), help="Frames a second; default: all of the video's.")
@click.option("--crop", type=_numbers("X,Y,W,H", ","), metavar="X,Y,W,H", help="The part to keep, pixels.")
@click.option("--size", type=_numbers("WxH", "x"), metavar="WxH", help="Make that part smaller.")
@click.option("--resample", type=click.Choice(RESAMPLE), default="area", show_default=True, help="How it is made so.")
@click.option("--as", "name", help="The session's name; default: made of the file's.")
@json_option
@nats_options
def video(
    *,
    nats: NatsOptions,
    path: Path,
    fps: float | None,
    crop: tuple[int, int, int, int] | None,
    size: tuple[int, int] | None,
    resample: str,
    name: str | None,
    as_json: bool,
) -> None:
    """Make sessions of frames without actions: of a video, of each video in a folder, or of a folder of pictures."""
    run(_video(nats, path, Wanted(fps or 0.0, Framing(crop, size, resample)), name or "", as_json))


async def _rommer(
    nats: NatsOptions, name: str, source: Source, acts: Sequence[Annotation], cleanup: bool, as_json: bool
) -> None:
    async with open_recordings(nats, "import") as (_, store):
        await _check_free(store, [name])
        started_s = time.monotonic()
        likely = FRAMES_PER_SET * sum(1 for _ in source.snapshots.glob("*.png"))
        with frames_progress(f"import {name}", likely) as advance:
            imported = await import_rommer(store, source, name, advance)
        for act in acts:
            await store.annotate(name, act)
        seconds = time.monotonic() - started_s
    if as_json:
        print_json({**plain(imported), "annotations": len(acts), "seconds": seconds})
    else:
        _report_rommer(imported, source.csv, seconds)
    if acts and not as_json:
        click.echo(f"{name}: {len(acts)} frame sets' annotations and suggestions (`runtime annotate list {name}`)")
    if not cleanup:
        return
    left = clean_up(source, imported)
    folder = source.snapshots
    kept = f"; {folder} keeps {len(left)} other files: {', '.join(left[:3])}" if left else f" and {folder}"
    click.echo(f"removed {len(imported.pictures)} snapshots{kept}", err=as_json)


def _report_rommer(imported: Imported, csv: Path, seconds: float) -> None:
    if imported.cut:
        click.echo(f"{csv}: its last line is cut off; left out", err=True)
    if imported.bad:
        click.echo(f"{csv}: {imported.bad} bad lines left out", err=True)
    for set_id, reason in list(imported.lacking.items())[:_SHOWN]:
        click.echo(f"frame set {set_id} has no picture: {reason}", err=True)
    if len(imported.lacking) > _SHOWN:
        click.echo(f"and {len(imported.lacking) - _SHOWN} more frame sets have none", err=True)
    if imported.unused:
        click.echo(f"{imported.unused} pictures belong to no frame set of the log; not taken", err=True)
    if imported.unknown_keys:
        keys = ", ".join(f"{key} ({rows} rows)" for key, rows in imported.unknown_keys.most_common(_SHOWN))
        click.echo(f"keys that are no button: {keys}; name them in a --game-config", err=True)
    click.echo(
        f"imported {imported.session}: {imported.rows} rows, {imported.frames} frames, {len(imported.pictures)} "
        f"pictures, {imported.rows / seconds:,.0f} rows/s"
    )


async def _video(nats: NatsOptions, path: Path, wanted: Wanted, name: str, as_json: bool) -> None:
    found = find(path, name)
    async with open_recordings(nats, "import") as (_, store):
        await _check_free(store, [one.name for one in found])
        imported = [await _import_one(store, one, wanted, quiet=as_json) for one in found]
    if as_json:
        print_json(imported)


async def _import_one(store: SessionStore, found: Found, wanted: Wanted, *, quiet: bool) -> dict[str, Any]:
    started_s = time.monotonic()
    with frames_progress(f"import {found.name}", expected_frames(found, wanted)) as advance:
        frames = await import_frames(store, found, wanted, advance)
    seconds = time.monotonic() - started_s
    if not quiet:
        click.echo(f"imported {found.name}: {frames} frames, {frames / seconds:,.0f} frames/s")
    return {"session": found.name, "frames": frames, "seconds": seconds}


async def _check_free(store: SessionStore, names: Sequence[str]) -> None:
    """Check that none of the names is taken, before anything is read.

    Raises:
        SessionError: One is.
    """
    if taken := sorted({session.name for session in await store.sessions()}.intersection(names)):
        raise SessionError(
            f"already recorded: {', '.join(taken)}; choose another name (--as) or remove it (sessions rm)"
        )
