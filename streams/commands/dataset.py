"""`runtime dataset`: turn recordings into training sets."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, plain, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console, size
from runtime.errors import UsageError
from runtime.expressions import condition
from runtime.game import load_game
from runtime.nats_bus import NatsOptions
from runtime.plan import git_commit
from streams.commands.dataset_request import Request, typed
from streams.commands.opening import open_recordings
from streams.datasets.build import Options
from streams.datasets.build import build as build_dataset
from streams.datasets.format import FORMATS, DatasetSummary, load_format
from streams.datasets.manifest import PROVENANCE, STATS, read_described, read_manifest
from streams.datasets.manifest import verify as verify_dataset
from streams.datasets.options import check_names
from streams.datasets.partial import check_out, partial_of
from streams.datasets.selection import choose
from streams.session import Session


@click.group()
def dataset() -> None:
    """Turn recordings into training sets."""


@dataset.command(
    epilog=examples(
        "runtime dataset build quest --format parquet --out quest-set",
        "runtime dataset build --game emberwood --stack 4 --fps 15 --split train=0.8,test=0.2 --out stacks",
    )
)
@click.argument("sessions", nargs=-1)
@click.option("--format", "format_name", default="parquet", show_default=True, help=f"One of: {', '.join(FORMATS)}.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write; made whole or not.")
@click.option("--overwrite", is_flag=True, help="Replace the dataset that is there.")
@click.option("--game", "games", multiple=True, help="Sessions of this game (or glob).")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Sessions with a frame labelled so.")
@click.option("--since", default="", metavar="TIME", help="Sessions created at this date or time (UTC) or later.")
@click.option("--until", default="", metavar="TIME", help="Sessions created at this date or time (UTC) or earlier.")
@click.option("--min-length", type=click.FloatRange(min=0), help="Sessions of at least so many emulated seconds.")
@click.option("--max-length", type=click.FloatRange(min=0), help="Sessions of at most so many emulated seconds.")
@click.option("--frames", default="", metavar="A:B", help="Of each session, the frames from A up to and without B.")
@click.option("--fps", type=click.FloatRange(min=0, min_open=True), help="Rows a second of play; the nearest stride.")
@click.option("--stride", type=click.IntRange(min=1), help="A row for every n-th frame of an episode.")
@click.option(
    "--stack", type=click.IntRange(min=1), default=1, show_default=True, help="Last N rows as one image list."
)
@click.option("--where", default="", metavar="EXPR", help="Only frames whose state fulfils it: 'hp < 3 and area == 2'.")
@click.option(
    "--game-toml",
    type=click.Path(path_type=Path),
    help="Take watches and episode ends from this description, not from the recorded one.",
)
@click.option("--split", default="train=1", show_default=True, metavar="NAME=SHARE,…", help="train=0.8,test=0.2")
@click.option("--split-by", type=click.Choice(["session", "episode"]), default="session", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Another division into splits.")
@click.option(
    "--labels",
    "label_files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="JSONL: {session, first_frame, last_frame, any keys}; they become columns.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the format.")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM, for sessions that keep inputs only.")
@click.option("--core", default="", help="The libretro core for them, by name or path.")
@json_option
@nats_options
def build(nats: NatsOptions, as_json: bool, **given: Any) -> None:
    """Write the recorded SESSIONS (names, globs or .mcap archives) as a dataset: each frame's image, state and action.

    Without names, all sessions that the filters leave. The command repeated after a kill continues.
    """
    run(_build(nats, Request(**given), as_json=as_json))


@dataset.command(epilog=examples("runtime dataset info quest-set"))
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def info(folder: Path, as_json: bool) -> None:
    """Say what is in the dataset FOLDER."""
    run(_info(folder, as_json=as_json))


@dataset.command(epilog=examples("runtime dataset verify quest-set && echo whole"))
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def verify(folder: Path, as_json: bool) -> None:
    """Compare the dataset FOLDER with its manifest, and look inside its files."""
    run(_verify(folder, as_json=as_json))


async def _build(nats: NatsOptions, request: Request, *, as_json: bool) -> None:
    make_writer = load_format(request.format_name)
    if request.fps and request.stride:
        raise UsageError("--fps and --stride: give one of them")
    options = request.options(request.stride or 1)
    check_names(request.format_name, options.settings, make_writer.OPTIONS)
    if request.where:
        condition(request.where)
    if request.game_toml:
        load_game(request.game_toml)
    choice = request.choice
    check_out(request.out, overwrite=request.overwrite)
    async with open_recordings(nats, "dataset") as (_, store):
        sessions, labels = await choose(store, choice, request.label_files, request.rom, request.core)
        if request.fps:
            options = dataclasses.replace(options, stride=stride_of(request.fps, sessions))
        started_s = time.monotonic()
        with frames_progress("dataset", _expected_rows(sessions, options)) as advance:
            try:
                summary = await build_dataset(
                    sessions,
                    make_writer,
                    request.out,
                    command=typed(request),
                    options=options,
                    labels=labels,
                    git_commit=git_commit(Path.cwd()),
                    overwrite=request.overwrite,
                    on_frame=advance,
                    on_continue=lambda whole: click.echo(f"continuing a build: {whole} files are whole", err=True),
                )
            except OSError as error:
                raise UsageError(f"{request.out}: cannot be written: {error}") from error
            finally:
                if partial_of(request.out).exists():
                    click.echo("what is whole is kept: the same command continues", err=True)
    _report(summary, request.out, time.monotonic() - started_s, as_json=as_json)


def stride_of(fps: float, sessions: Sequence[Session]) -> int:
    """Return the stride that comes nearest to so many rows a second.

    Raises:
        UsageError: The sessions have fewer frames a second.
    """
    rate_hz = sessions[0].meta.rate_hz
    if fps > rate_hz + 0.5:  # 60 for a console of 59.7275
        raise UsageError(f"--fps {fps:g}: session {sessions[0].name!r} has {rate_hz:.4f} frames a second")
    return max(1, round(rate_hz / fps))


def _expected_rows(sessions: Sequence[Session], options: Options) -> int:
    first, last = options.first_frame or 0, options.last_frame
    frames = (
        min(one.last_frame, one.last_frame if last is None else last) - max(one.first_frame, first) + 1
        for one in sessions
    )
    return sum(max(0, count) // options.stride for count in frames)


def _report(summary: DatasetSummary, out: Path, seconds: float, *, as_json: bool) -> None:
    for session in summary.sessions:
        for hole in session.holes:
            frames = f"frames {hole.first_frame} to {hole.last_frame}"
            click.echo(f"{session.meta.session}: lacks {hole.kind} of {frames}: {hole.reason}", err=True)
    rows = sum(summary.rows.values())
    episodes = sum(session.episodes for session in summary.sessions)
    written = read_manifest(out).size
    if as_json:
        facts = {"out": out, "format": read_manifest(out).format, "rows": summary.rows, "episodes": episodes}
        print_json({**facts, "bytes": written, "seconds": seconds})
        return
    splits = "" if len(summary.rows) == 1 else f" ({_counts(summary.rows)})"
    click.echo(f"{out}: {rows} rows{splits} in {episodes} episodes, {size(written)}, {rows / seconds:,.0f} frames/s")


async def _info(folder: Path, *, as_json: bool) -> None:
    manifest = read_manifest(folder)
    provenance, stats = read_described(folder, PROVENANCE), read_described(folder, STATS)
    if as_json:
        print_json({**plain(manifest), "provenance": provenance, "stats": stats})
        return
    screen = console()
    files = sum(file.rows > 0 for file in manifest.files)
    rows = sum(manifest.rows.values())
    head = f"{folder}: {rows} rows, {files} files, {size(manifest.size)}, {manifest.format}"
    screen.print(escape(f"{head}\n{_counts(manifest.rows)}\n{provenance['command']}"), soft_wrap=True)
    table = Table("session", "game", "rows", "episodes", "core", box=None)
    for session in provenance["sessions"]:
        cells = (str(session[key]) for key in ("session", "game", "rows", "episodes", "core"))
        table.add_row(*map(escape, cells))
    screen.print(table)
    screen.print(_actions(stats["buttons"]), soft_wrap=True)
    columns = Table("column", "count", "min", "max", "mean", "std", "q01", "q50", "q99", box=None)
    for name, found in stats.items():
        if "values" in found:
            values = ", ".join(f"{value} {count}" for value, count in found["values"].items())
            columns.add_row(name, str(found["count"]), escape(values))
        elif "held" not in found:
            keys = ("count", "min", "max", "mean", "std", "q01", "q50", "q99")
            columns.add_row(name, *(_shown(found.get(key)) for key in keys))
    screen.print(columns)


async def _verify(folder: Path, *, as_json: bool) -> int:
    manifest = read_manifest(folder)
    wrong: list[str] = []
    with frames_progress(f"verify {folder.name}", len(manifest.files), "files") as advance:
        for line in verify_dataset(folder, advance):
            wrong.append(line)
            click.echo(line, err=as_json)
    if as_json:
        print_json({"folder": folder, "files": len(manifest.files), "bytes": manifest.size, "wrong": wrong})
    elif not wrong:
        click.echo(f"{folder}: {len(manifest.files)} files, {size(manifest.size)}: all as they were written")
    if wrong:
        click.echo(f"{folder}: {len(wrong)} things are wrong", err=True)
    return int(bool(wrong))


def _actions(buttons: dict[str, Any]) -> str:
    held = {button: count for button, count in buttons["held"].items() if count}
    pressed = ", ".join(f"{button} {count / buttons['count']:.0%}" for button, count in sorted(held.items()))
    return f"actions: {pressed or 'no button is ever pressed'}; {buttons['without_action']} rows have none"


def _counts(rows: dict[str, int]) -> str:
    return ", ".join(f"{split} {count}" for split, count in rows.items())


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_shown(item) for item in value)
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
