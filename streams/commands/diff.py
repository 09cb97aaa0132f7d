"""`runtime diff`: a regression test for an actor, from a recording."""

import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.commands.terminal import console
from runtime.errors import UsageError
from runtime.launch import ActorEntry
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source
from streams.diff import actor_entry
from streams.diff import diff as compare
from streams.diff_compare import Output, Verdict
from streams.session import Session


@click.command(
    "diff",
    epilog=examples("runtime diff quest --actor reflex", "runtime diff quest --actor tactic --config 'seed=2' --json"),
)
@click.argument("session")
@click.option("--actor", required=True, metavar="NAME", help="The recorded actor.")
@click.option("--uses", default="", metavar="MODULE:CLASS", help="Another class in its place; default: as recorded.")
@click.option("--config", multiple=True, metavar="KEY=VALUE", help="Over the recorded config; values as in TOML.")
@click.option("--show", "most", type=click.IntRange(min=1), default=10, show_default=True, help="Differences to show.")
@json_option
@nats_options
def diff(
    *, nats: NatsOptions, session: str, actor: str, uses: str, config: tuple[str, ...], most: int, as_json: bool
) -> None:
    """Feed the recorded SESSION to an actor and compare what it does now with what it did, frame by frame.

    The class is imported as `runtime up` imports it, the current folder first. Exits with 0 when all is equal, with 1
    when something differs or nothing could be compared.
    """
    values = dict(setting(text) for text in config)
    run(_diff(nats, session, actor, uses, values, most, as_json))


async def _diff(
    nats: NatsOptions, name: str, actor: str, uses: str, config: dict[str, Any], most: int, as_json: bool
) -> int:
    async with open_recordings(nats, "diff") as (_, store):
        session = await open_source(store, name)
        entry = actor_entry(session.meta, actor, Path.cwd(), uses=uses, config=config)
        started_s = time.monotonic()
        with frames_progress(f"diff {actor}", session.frame_count) as advance:
            verdict = await compare(session, entry, Path.cwd(), most=most, on_frame=advance)
        seconds = time.monotonic() - started_s
    if as_json:
        print_json(_report(session, entry, verdict))
    else:
        _show(session, entry, verdict, seconds)
    return 0 if verdict.equal else 1


def _report(session: Session, entry: ActorEntry, verdict: Verdict) -> dict[str, Any]:
    return {
        "session": session.name,
        "clock": session.meta.clock,
        "frames": session.frame_count,
        "actor": entry.name,
        "uses": entry.uses,
        "config": entry.config,
        "equal": verdict.equal,
        **msgspec.to_builtins(verdict),
    }


def _show(session: Session, entry: ActorEntry, verdict: Verdict, seconds: float) -> None:
    if verdict.differences:
        table = Table("frame", "kind", "recorded", "now", title=f"{session.name}: {entry.name}, first differences")
        for found in verdict.differences:
            table.add_row(
                str(found.frame_index), found.kind, _text(found.recorded, found.now), _text(found.now, found.recorded)
            )
        console().print(table)
    for kind, counts in verdict.kinds.items():
        if counts.equal or counts.different or counts.not_comparable:
            skipped = f", {counts.not_comparable} not comparable" if counts.not_comparable else ""
            click.echo(f"{kind}: {counts.equal} equal, {counts.different} different{skipped}")
    pace = f"{session.frame_count / seconds:,.0f} frames/s"
    what = f"{verdict.compared} of {verdict.ticks} ticks of {entry.name} compared, {session.frame_count} frames, {pace}"
    if not verdict.compared:
        click.echo(f"{session.name}: {what}: the recording shows nothing of it", err=True)
    elif verdict.equal:
        click.echo(f"{session.name}: equal; {what}")
    else:
        click.echo(f"{session.name}: differs from frame {verdict.differences[0].frame_index} on; {what}")


def _text(output: Output, other: Output) -> str:
    """Return an output on one line: of two the fields that differ, of one all that say something."""
    if output is None:
        return "nothing"
    shown = {key: value for key, value in output.items() if other is None or value != other[key]}
    if other is None:
        shown = {key: value for key, value in shown.items() if value not in ("", (), [], {})}
    return " ".join(f"{key}={_VALUES.get(key, str)(value) or 'none'}" for key, value in shown.items())


def _buttons(buttons: list[str]) -> str:
    return "+".join(buttons)


def _way(waypoints: list[tuple[int, int, tuple[str, ...]]]) -> str:
    """Return waypoints as `4,7 5,7:A`, the middle of a long way left out."""
    points = [f"{x},{y}{':' if press else ''}{'+'.join(press)}" for x, y, press in waypoints]
    return " ".join(points if len(points) <= _LONGEST_WAY else [*points[:3], "…", *points[-3:]])


_LONGEST_WAY = 8
_VALUES: dict[str, Callable[[Any], str]] = {"buttons": _buttons, "waypoints": _way}


def setting(text: str) -> tuple[str, Any]:
    """Read `key=value`: a TOML value, else a string.

    Raises:
        UsageError: It has no key.
    """
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise UsageError(f"config {text!r}: settings look like KEY=VALUE")
    try:
        return key, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key, value
