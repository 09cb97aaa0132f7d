"""`runtime dataset`: turn recordings into training sets."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.terminal import console, size
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings
from streams.console import frames_progress
from streams.datasets.build import build as build_dataset
from streams.datasets.build import check_out
from streams.datasets.format import FORMATS, SessionSummary, load_format
from streams.datasets.summary import summarize
from streams.session import open_session


@click.group()
def dataset() -> None:
    """Turn recordings into training sets."""


@dataset.command()
@click.argument("sessions", nargs=-1, required=True)
@click.option("--format", "format_name", default="parquet", show_default=True, help=f"One of: {', '.join(FORMATS)}.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to write; made whole or not.")
@click.option("--overwrite", is_flag=True, help="Replace the dataset that is there.")
@nats_options
def build(nats: NatsOptions, sessions: tuple[str, ...], format_name: str, out: Path, overwrite: bool) -> None:
    """Write the recorded SESSIONS as a dataset: a row for each frame, with its image, state and action."""
    run(_build(nats, sessions, format_name, out, overwrite))


@dataset.command()
@click.argument("folder", type=click.Path(path_type=Path))
def info(folder: Path) -> None:
    """Say what is in the dataset FOLDER."""
    run(_info(folder))


async def _build(nats: NatsOptions, names: Sequence[str], format_name: str, out: Path, overwrite: bool) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"named twice: {', '.join(twice)}")
    make_writer = load_format(format_name)
    check_out(out, overwrite=overwrite)
    async with open_recordings(nats, "dataset") as (_, store):
        opened = [await open_session(store, name) for name in names]
        # The folder's name is left out: the same recording gives the same bytes wherever they are written.
        typed = f"runtime dataset build {' '.join(names)} --format {format_name} --out DIR"
        started_s = time.monotonic()
        with frames_progress("dataset", sum(session.frame_count for session in opened)) as advance:
            try:
                summaries = await build_dataset(
                    opened, make_writer, out, command=typed, overwrite=overwrite, on_frame=advance
                )
            except OSError as error:
                raise UsageError(f"{out}: cannot be written: {error}") from error
    _report(summaries, out, time.monotonic() - started_s)


def _report(summaries: Sequence[SessionSummary], out: Path, seconds: float) -> None:
    for summary in summaries:
        for hole in summary.holes:
            frames = f"frames {hole.first_frame} to {hole.last_frame}"
            click.echo(f"{summary.meta.session}: lacks {hole.kind} of {frames}: {hole.reason}", err=True)
    rows = sum(summary.rows for summary in summaries)
    episodes = sum(summary.episodes for summary in summaries)
    written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    click.echo(f"{out}: {rows} rows in {episodes} episodes, {size(written)}, {rows / seconds:,.0f} frames/s")


async def _info(folder: Path) -> None:
    summary = summarize(folder)
    rows = sum(summary.rows.values())
    screen = console()
    screen.print(f"{folder}: {rows} rows, {summary.shards} files, {size(summary.data_bytes)}", soft_wrap=True)
    table = Table("session", "rows", "episodes", box=None)
    for session, count in summary.rows.items():
        table.add_row(session, str(count), str(summary.episodes[session]))
    screen.print(table)
    pressed = ", ".join(f"{button} {count / rows:.0%}" for button, count in sorted(summary.buttons.items()))
    screen.print(
        f"actions: {pressed or 'no button is ever pressed'}; {summary.without_action} rows have none", soft_wrap=True
    )
    columns = Table("column", "type", box=None)
    for name, kind in summary.columns.items():
        columns.add_row(name, kind)
    screen.print(columns)
