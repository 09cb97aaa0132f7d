"""`runtime memory search|changed|name`: where a value lies, found as in Cheat Engine, and its name."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.errors import UsageError
from runtime.nats_bus import NatsOptions
from streams.commands.opening import open_recordings, open_source
from streams.memory_search.conditions import Condition, parse
from streams.memory_search.history import History
from streams.memory_search.naming import Named, add_watch
from streams.memory_search.search import Found, change_counts, search
from streams.memory_search.values import KINDS, addresses, kind_named
from streams.session import Session


def _range(command: Any) -> Any:
    """Add the options that say which frames."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Machine-readable, all of them."),
        click.option("--limit", default=40, show_default=True, type=click.IntRange(1), help="Rows shown."),
        click.option("--to", "last", type=click.IntRange(0), help="Last frame; default: the recording's."),
        click.option("--from", "first", type=click.IntRange(0), help="First frame; default: the recording's."),
    ):
        command = option(command)
    return command


@click.command(
    "search",
    epilog=examples(
        "runtime memory search quest '> 5'", "runtime memory search quest '= 20 @ 600' '= 17 @ 900' --type u16"
    ),
)
@click.argument("session")
@click.argument("condition", nargs=-1, required=True)
@click.option("--type", "kind", default="u8", show_default=True, help=f"One of {', '.join(KINDS)}; u16 is u16le.")
@click.option("--unaligned", is_flag=True, help="Values may begin at any address, not only at multiples of their size.")
@_range
@nats_options
def search_command(nats: NatsOptions, session: str, condition: tuple[str, ...], **given: Any) -> None:
    r"""Say where in SESSION's memory a value lies that fulfils each CONDITION; each narrows what the last one left.

    \b
    '> 5'                       more than 5 on every frame (--from to --to)
    '= 20 @ 600' '= 17 @ 900'   20 on frame 600, then 17 on frame 900
    '!= 0 some @ 600:900'       not 0 on some frame of 600 to 900
    'decreased by 3 @ 600:900'  3 less on frame 900 than on frame 600
    'changed', 'unchanged', 'increased', 'decreased'    from the first frame to the last
    'increased every'           each change is upwards, and there is one
    'changed 3 times'           on exactly three frames
    """
    run(_search(nats, session, " ".join(condition), **given))


@click.command(epilog=examples("runtime memory changed quest --from 600 --to 900"))
@click.argument("session")
@_range
@nats_options
def changed(nats: NatsOptions, session: str, **given: Any) -> None:
    """List the words of SESSION's memory that changed, those that changed most often first."""
    run(_changed(nats, session, **given))


@click.command("name", epilog=examples("runtime memory name quest 0x02000004 player.x --type u16"))
@click.argument("session")
@click.argument("address")
@click.argument("name")
@click.option("--type", "kind", default="u8", show_default=True, help=f"One of {', '.join(KINDS)}; u16 is u16le.")
@click.option("--meaning", default="", help="One line for people.")
@json_option
@nats_options
def name_command(
    nats: NatsOptions, session: str, address: str, name: str, kind: str, meaning: str, as_json: bool
) -> None:
    """Give an ADDRESS of SESSION's memory a NAME: it becomes a watch in your own game.toml.

    That is the game.toml the session was played with, or, of a built-in game, a copy in ./GAME/, which `--game GAME`
    then finds first.
    """
    run(_name(nats, session, Named(name, _address(address), kind, meaning), as_json))


async def _search(
    nats: NatsOptions,
    name: str,
    text: str,
    *,
    kind: str,
    unaligned: bool,
    first: int | None,
    last: int | None,
    limit: int,
    as_json: bool,
) -> None:
    async with open_recordings(nats, "memory") as (_, store):
        session = await open_source(store, name)
        begin, end = session.span(first, last)
        conditions = parse(text, begin, end)
        found = await search(History(session), kind_named(kind), conditions, aligned=not unaligned)
    if as_json:
        rows = _rows(found, session, len(found.places))
        steps = [{"condition": str(one), "left": left} for one, left in zip(conditions, found.left, strict=True)]
        sys.stdout.buffer.write(msgspec.json.encode({"steps": steps, "found": rows}) + b"\n")
        return
    for condition, left in zip(conditions, found.left, strict=True):
        click.echo(f"{condition}: {left:,} left", err=True)
    _print_found(found, conditions[-1], _rows(found, session, limit))


def _print_found(found: Found, condition: Condition, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    table = Table("address", "region", box=None)
    for heading in dict.fromkeys((f"frame {condition.first}", f"frame {condition.last}")):
        table.add_column(heading, justify="right")
    counted = rows[0]["changes"] is not None
    if counted:
        table.add_column("changes", justify="right")
    for row in rows:
        values = [row["first"], row["last"]] if condition.first != condition.last else [row["last"]]
        cells = [*values, row["changes"]] if counted else values
        table.add_row(row["address"], row["region"], *(f"{cell:,}" for cell in cells))
    console().print(table)
    if len(found.places) > len(rows):
        click.echo(f"and {len(found.places) - len(rows):,} more: --limit, or narrow by another condition", err=True)


def _rows(found: Found, session: Session, limit: int) -> list[dict[str, Any]]:
    places = found.places[:limit]
    columns = (found.first_values[:limit], found.last_values[:limit], found.changes[:limit])
    return [
        {
            "address": f"0x{address:08X}",
            "region": region,
            "first": first,
            "last": last,
            "changes": changes if changes >= 0 else None,
        }
        for (region, address), first, last, changes in zip(
            addresses(places, session.meta.regions), *(column.tolist() for column in columns), strict=True
        )
    ]


async def _changed(
    nats: NatsOptions, name: str, *, first: int | None, last: int | None, limit: int, as_json: bool
) -> None:
    async with open_recordings(nats, "memory") as (_, store):
        session = await open_source(store, name)
        places, counts = await change_counts(History(session), *session.span(first, last))
    order = (-counts).argsort(kind="stable")
    if not as_json:
        order = order[:limit]
    rows = [
        {"address": f"0x{address:08X}", "region": region, "changes": count}
        for (region, address), count in zip(
            addresses(places[order], session.meta.regions), counts[order].tolist(), strict=True
        )
    ]
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(rows) + b"\n")
        return
    table = Table("address", "region", box=None)
    table.add_column("changes", justify="right")
    for row in rows:
        table.add_row(row["address"], row["region"], f"{row['changes']:,}")
    console().print(table)
    click.echo(f"{len(places):,} words changed", err=True)


async def _name(nats: NatsOptions, session: str, named: Named, as_json: bool) -> None:
    async with open_recordings(nats, "memory") as (_, store):
        meta = (await open_source(store, session)).meta
    path = add_watch(meta, Path.cwd(), named)
    if as_json:
        print_json({"file": path, "watch": named})
        return
    click.echo(f"{path}: watch {named.name}; play with it: runtime up --game {path.parent}")


def _address(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError as error:
        raise UsageError(f"address {text!r}: wanted a number such as 0x02000014") from error
