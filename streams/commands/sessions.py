"""`runtime sessions`: what is recorded."""

import asyncio
import contextlib
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from runtime import wire
from runtime.bus import Bus, Message
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console, length, size
from runtime.control import control
from runtime.discovery import discover
from runtime.errors import ControlError, UsageError
from runtime.jetstream_slots import JetStreamSlots
from runtime.nats_bus import NatsOptions
from runtime.subjects import RECORDED, SessionId, session_id, subject
from streams.commands.compact import compact_command
from streams.commands.opening import open_recordings
from streams.session import open_session
from streams.store import SessionStore, StoredSession

#: How long the name of what is kept may take; a paused game says it with its next frame.
_KEPT_S = 10.0


@dataclass(frozen=True)
class Line:
    """A session in the listing."""

    name: str
    game: str
    created: str
    frames: int
    seconds: float
    stored_bytes: int
    status: str  # complete | recording | interrupted
    frames_missing: int


@click.group()
def sessions() -> None:
    """List, describe and remove recorded sessions."""


@sessions.command("list", epilog=examples("runtime sessions list", "runtime sessions list --json | jq -r '.[].name'"))
@json_option
@nats_options
def list_(nats: NatsOptions, as_json: bool) -> None:
    """List all recorded sessions."""
    run(_list(nats, as_json))


@sessions.command(epilog=examples("runtime sessions info quest"))
@click.argument("name")
@json_option
@nats_options
def info(nats: NatsOptions, name: str, as_json: bool) -> None:
    """Describe the recorded session NAME."""
    run(_info(nats, name, as_json))


@sessions.command(epilog=examples("runtime sessions rm old older --yes"))
@click.argument("names", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@nats_options
def rm(nats: NatsOptions, names: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Remove recorded sessions for good, with their labels and the savestates in their slots."""
    run(_rm(nats, names, yes, as_json))


@sessions.command(epilog=examples("runtime sessions keep lab"))
@click.argument("name")
@json_option
@nats_options
def keep(nats: NatsOptions, name: str, as_json: bool) -> None:
    """Record the last seconds of the live session NAME, which runs with --snapshot."""
    run(_keep(nats, name, as_json))


sessions.add_command(compact_command)


async def _keep(nats: NatsOptions, name: str, as_json: bool) -> None:
    async with open_recordings(nats, "sessions") as (bus, _):
        kept: asyncio.Queue[str] = asyncio.Queue()

        def on_event(message: Message) -> None:
            event = wire.decode(wire.Event, message.data)
            if event.name == "session.kept":
                kept.put_nowait(str(event.facts["session"]))

        session = session_id(name)
        unsubscribe = await bus.subscribe(subject(session, "event"), on_event)
        try:
            await control(bus, session, wire.Control(op="keep", by="sessions"))
            made = await asyncio.wait_for(kept.get(), _KEPT_S)
            if as_json:
                print_json({"session": made})
            else:
                click.echo(made)
        finally:
            await unsubscribe()


async def _list(nats: NatsOptions, as_json: bool) -> None:
    async with open_recordings(nats, "sessions") as (bus, store):
        live = await _recording_now(bus)
        lines = [await _line(store, stored, live) for stored in await store.sessions()]
    if as_json:
        print_json(lines)
        return
    if not lines:
        click.echo("nothing is recorded; `runtime up` records")
        return
    table = Table("session", "game", "created", box=None)
    for heading in ("frames", "length", "size"):
        table.add_column(heading, justify="right")
    table.add_column("status")
    table.add_column("missing", justify="right")
    for line in lines:
        table.add_row(
            escape(line.name),
            escape(line.game),
            line.created,
            str(line.frames),
            length(line.seconds),
            size(line.stored_bytes),
            line.status,
            str(line.frames_missing),
        )
    console().print(table)


async def _info(nats: NatsOptions, name: str, as_json: bool) -> None:
    async with open_recordings(nats, "sessions") as (bus, store):
        stored = await store.describe(name)
        line = await _line(store, stored, await _recording_now(bus))
        payloads: Counter[str] = Counter()
        chunk_bytes: Counter[str] = Counter()
        async for chunk in store.chunks(name, RECORDED):
            payloads[chunk.kind] += chunk.count
            chunk_bytes[chunk.kind] += len(chunk.data)
        gaps = await _gaps(store, stored)
        acts = [act for _, act in await store.annotations(name)]
    if as_json:
        kinds = {kind: {"payloads": payloads[kind], "stored_bytes": chunk_bytes[kind]} for kind in payloads}
        print_json(
            {**msgspec.to_builtins(line), "meta": stored.meta, "kinds": kinds, "gaps": gaps, "annotations": len(acts)}
        )
        return
    _print_info(line, stored, payloads, chunk_bytes, gaps)
    if acts:
        click.echo(f"labels: {len(acts)} acts by {', '.join(sorted({act.annotator for act in acts}))}")


def _print_info(
    line: Line, stored: StoredSession, payloads: Counter[str], chunk_bytes: Counter[str], gaps: list[dict[str, Any]]
) -> None:
    screen = console()
    facts = Table(show_header=False, box=None)
    facts.add_row("session", f"{escape(line.name)}, {line.status}")
    facts.add_row("length", f"{line.frames} frames, {length(line.seconds)}, {size(line.stored_bytes)}")
    named = ("game", "created", "rom", "rom_sha256", "console", "backend", "core", "clock", "pixel_format", "parent")
    for field in named:
        if value := getattr(stored.meta, field):
            facts.add_row(field, escape(str(value)))
    facts.add_row("screen", f"{stored.meta.width}x{stored.meta.height}, {stored.meta.rate_hz:.4f} Hz")
    facts.add_row("memory", escape(", ".join(f"{region.name} {region.size}" for region in stored.meta.regions)))
    facts.add_row("framewire", f"{stored.meta.framewire_version} {stored.meta.git_commit}".strip())
    screen.print(facts)
    kinds = Table("kind", box=None)
    for heading in ("payloads", "size"):
        kinds.add_column(heading, justify="right")
    for kind in RECORDED:
        if payloads[kind]:
            kinds.add_row(kind, str(payloads[kind]), size(chunk_bytes[kind]))
    screen.print(kinds)
    for gap in gaps:
        click.echo(
            f"{gap['who']} lacks {gap['kind']} of frames {gap['first_frame']} to {gap['last_frame']}: {gap['reason']}"
        )


async def _rm(nats: NatsOptions, names: tuple[str, ...], yes: bool, as_json: bool) -> None:
    async with open_recordings(nats, "sessions") as (bus, store):
        stored = [await store.describe(name) for name in dict.fromkeys(names)]
        if running := sorted({session.name for session in stored} & await _recording_now(bus)):
            raise UsageError(f"being recorded right now: {', '.join(running)}; end the session first")
        what = f"{', '.join(session.name for session in stored)} ({size(sum(s.stored_bytes for s in stored))})"
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"would remove {what}: add --yes")
            click.confirm(f"Remove {what} for good?", abort=True)
        slots = JetStreamSlots(bus)
        for session in stored:
            await store.remove(session.name)
            for facts in await slots.list(session.name):
                with contextlib.suppress(ControlError):  # somebody else was faster
                    await slots.remove(SessionId(facts.session), facts.slot)
        if as_json:
            print_json({"removed": [session.name for session in stored]})
        else:
            click.echo(f"removed {what}")


async def _recording_now(bus: Bus) -> set[str]:
    return {welcome.session for welcome in await discover(bus) if welcome.origin == "live" and welcome.recorded}


async def _line(store: SessionStore, stored: StoredSession, live: set[str]) -> Line:
    status: str = stored.status
    if status == "recording" and stored.name not in live:
        status = "interrupted"
    frames, seconds, missing = 0, 0.0, 0
    if stored.chunks:
        session = await open_session(store, stored.name)
        missing = sum(hole.frames for hole in await session.find_holes())
        frames, seconds = session.frame_count, session.seconds
    meta = stored.meta
    return Line(stored.name, meta.game, meta.created, frames, seconds, stored.stored_bytes, status, missing)


async def _gaps(store: SessionStore, stored: StoredSession) -> list[dict[str, Any]]:
    """Return what the recording lacks, and what readers reported that they missed."""
    if not stored.chunks:
        return []
    session = await open_session(store, stored.name)
    gaps = [{"who": "recording", **msgspec.to_builtins(hole)} for hole in await session.find_holes(RECORDED)]
    async for tick in session.ticks(("gap",)):
        for gap in tick.gaps:
            if gap.source != "recorder":
                fields = ("kind", "first_frame", "last_frame", "reason")
                gaps.append({"who": gap.source, **{field: getattr(gap, field) for field in fields}})
    return gaps
