"""`runtime sessions compact`: keep of a recording only what the rest can be made from again, or encode it smaller."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console, size
from runtime.discovery import discover
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from runtime.subjects import RECORDED, session_id
from streams.commands.opening import open_recordings
from streams.compact import archive, compact, in_place
from streams.execution import open_backend
from streams.session import Session, open_session
from streams.store import SessionStore


@click.command(
    "compact", epilog=examples("runtime sessions compact quest", "runtime sessions compact quest --archive --replace")
)
@click.argument("session")
@click.option("--as", "name", help="The new session's name; default: SESSION-inputs, or SESSION-archive.")
@click.option("--replace", is_flag=True, help="Put it in the original's place, once it is written and verified.")
@click.option("--archive", "keep_all", is_flag=True, help="Keep everything, and encode the video smaller.")
@click.option("--rom", type=click.Path(path_type=Path), help="The ROM; default: where it was recorded from.")
@click.option("--core", default="", help="The libretro core it was recorded with, by name or path.")
@json_option
@nats_options
def compact_command(
    *,
    nats: NatsOptions,
    session: str,
    name: str | None,
    replace: bool,
    keep_all: bool,
    rom: Path | None,
    core: str,
    as_json: bool,
) -> None:
    """Reduce SESSION to its inputs, savestates and hashes: frames and memory are emulated again when asked for.

    It is verified wholly before and after: pixels, memory and state of every frame must come out equal, or nothing is
    changed. One that was killed goes on when it is called again.
    """
    if replace and name:
        raise click.UsageError("--replace keeps the session's name: leave --as out")
    new_name = session_id(name or f"{session}-{'archive' if keep_all else 'inputs'}")
    run(_compact(nats, session, new_name, replace=replace, keep_all=keep_all, rom=rom, core=core, as_json=as_json))


async def _compact(
    nats: NatsOptions,
    name: str,
    new_name: str,
    *,
    replace: bool,
    keep_all: bool,
    rom: Path | None,
    core: str,
    as_json: bool,
) -> None:
    async with open_recordings(nats, "compact") as (bus, store):
        if any(welcome.session == name and welcome.origin == "live" for welcome in await discover(bus)):
            raise UsageError(f"session {name!r} is running; end it first")
        before: Counter[str] = Counter()

        async def make(session: Session, made_name: str) -> Session:
            before.update(await _bytes_by_kind(store, session.name))
            with frames_progress(f"compact {session.name}", session.frame_count) as advance:
                if keep_all:
                    return await archive(store, session, made_name, advance)
                backend = open_backend(session.meta, rom, core)
                try:
                    return await compact(store, session, made_name, backend, advance)
                finally:
                    backend.close()

        made = await _made(store, name, new_name, make, replace=replace)
        after = await _bytes_by_kind(store, made.name)
    if as_json:
        kinds = {
            kind: {"before": before[kind], "after": after[kind]} for kind in RECORDED if before[kind] or after[kind]
        }
        print_json({"session": made.name, "frames": made.frame_count, "seconds": made.seconds, "kinds": kinds})
    else:
        _report(made, before, after)


async def _made(
    store: SessionStore,
    name: str,
    new_name: str,
    make: Callable[[Session, str], Awaitable[Session]],
    *,
    replace: bool,
) -> Session:
    if replace:
        return await in_place(store, name, make)
    return await make(await open_session(store, name), new_name)


async def _bytes_by_kind(store: SessionStore, name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    async for chunk in store.chunks(name, RECORDED):
        found[chunk.kind] += len(chunk.data)
    return found


def _report(made: Session, before: Counter[str], after: Counter[str]) -> None:
    hours = made.seconds / 3600
    table = Table("kind", box=None)
    for heading in ("before", "after", "an hour of it"):
        table.add_column(heading, justify="right")
    for kind in RECORDED:
        if before[kind] or after[kind]:
            table.add_row(kind, size(before[kind]), size(after[kind]), size(round(after[kind] / hours)))
    total = size(round(after.total() / hours))
    table.add_row("all", size(before.total()), size(after.total()), total)
    console().print(table)
    was = f", {before.total() / after.total():.1f} times smaller" if before else ""
    click.echo(f"{made.name}: {made.frame_count} frames, verified{was}; {total} an hour")
