"""`runtime topics`: the table of the traffic, and what each message holds."""

import asyncio
import time
from collections import Counter

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from dashboards.terminal.figures import hertz
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.live import Source, open_live, source_options
from dashboards.terminal.payload_fields import nested_structs, payload_fields, summary
from dashboards.terminal.targets import target
from runtime import wire
from runtime.bus import Message
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console
from runtime.errors import BusError, UsageError
from runtime.subjects import BY_KIND, PREFIX, TABLE, Subject, everything, kind_of

#: How long `topics list` counts when it was not told, seconds.
_MEASURE_S = 1.0


class ListFirst(click.Group):
    """A group whose `list` is meant when no sub-command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front of no arguments, or of options only."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListFirst)
def topics() -> None:
    """Show which kinds of message there are; without a sub-command, as `topics list`."""


@topics.command("list", epilog=examples("runtime topics list --measure 2", "runtime topics --json | jq -r '.[].kind'"))
@click.option(
    "--measure",
    "measure_s",
    type=click.FloatRange(min=0),
    metavar="S",
    help="Count a live session's messages for S seconds; 0: do not. Default: 1 if there is one.",
)
@json_option
@source_options
def topics_list(measure_s: float | None, as_json: bool, source: Source) -> None:
    """List every kind of message; with a live session, also how many came and how often.

    Works without a server too.
    """
    run(_list(measure_s, source, as_json))


@topics.command("info", epilog=examples("runtime topics info plan"))
@click.argument("kind", metavar="KIND")
@json_option
def topics_info(kind: str, as_json: bool) -> None:
    """Show the fields of a kind of message."""
    row = BY_KIND[target(kind).kind]
    if as_json:
        structs = {struct_type.__name__: payload_fields(struct_type) for struct_type in nested_structs(row.payload)}
        print_json({**_row(row), "fields": payload_fields(row.payload), "structs": structs})
        return
    out = console()
    out.print(f"[bold]{row.kind}[/]  {escape(row.meaning)}")
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, value in _facts(row):
        facts.add_row(name, escape(value))
    out.print(facts)
    out.print(f"\n[bold]{row.payload.__name__}[/]: {escape(summary(row.payload))}\n")
    out.print(fields_table(row.payload))
    for struct_type in nested_structs(row.payload):
        out.print(f"\n[bold]{struct_type.__name__}[/]: {escape(summary(struct_type))}\n")
        out.print(fields_table(struct_type))


def _row(row: Subject) -> dict[str, str | bool]:
    """Return a row of the table for scripts."""
    facts = {name: getattr(row, name) for name in ("kind", "rate", "recorded", "slow_reader", "sender", "meaning")}
    return {**facts, "payload": wire.tag_of(row.payload), "subject": subject_text(row)}


def subject_text(row: Subject) -> str:
    """Return what a kind's subjects look like."""
    sender = ".<sender>" if row.sender == "actor" and row.slow_reader != "request and reply" else ""
    return f"{PREFIX}.<session>.{row.kind}{sender}"


def topics_table(counts: Counter[str] | None = None, measured_s: float = 0.0) -> Table:
    """Return the table of subjects; with counts, also the messages and the rate that were measured."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("kind", no_wrap=True)
    if counts is not None:
        table.add_column("msgs", justify="right", no_wrap=True)
        table.add_column("Hz", justify="right", no_wrap=True)
    for name in ("payload", "rate", "rec"):
        table.add_column(name, no_wrap=True)
    for name in ("a slow reader gets", "meaning"):
        table.add_column(name)
    for row in TABLE:
        recorded = "yes" if row.recorded else "no"
        fixed = (wire.tag_of(row.payload), row.rate, recorded, row.slow_reader, escape(row.meaning))
        if counts is None:
            table.add_row(row.kind, *fixed)
        else:
            count = counts[row.kind]
            rate = hertz(count / measured_s) if count else "-"
            table.add_row(row.kind, f"{count:,}" if count else "-", rate, *fixed, style="" if count else "dim")
    return table


def fields_table(struct_type: type[msgspec.Struct]) -> Table:
    """Return the fields of a struct of `runtime.wire`."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("field", no_wrap=True)
    table.add_column("type", no_wrap=True)
    table.add_column("default", no_wrap=True)
    table.add_column("meaning")
    for field in payload_fields(struct_type):
        table.add_row(field.name, escape(field.type_text), escape(field.default), escape(field.meaning))
    return table


def _facts(row: Subject) -> list[tuple[str, str]]:
    return [
        ("subject", subject_text(row)),
        ("sender", row.sender),
        ("rate", row.rate),
        ("recorded", "yes" if row.recorded else "no"),
        ("slow reader", row.slow_reader),
        ("wire", f"MessagePack [{wire.tag_of(row.payload)!r}, {wire.version_of(row.payload)}, fields in this order]"),
    ]


async def _list(measure_s: float | None, source: Source, as_json: bool) -> None:
    """Measure if a session is there; that there is none is an error only for who asked for one."""
    asked = bool(measure_s or source.session)
    counts, measured_s, session, problem = None, 0.0, "", ""
    if measure_s != 0:
        try:
            counts, measured_s, session = await _count(measure_s or _MEASURE_S, source, 5.0 if asked else 0.0)
        except (BusError, UsageError) as error:
            if asked:
                raise
            problem = str(error)
    if as_json:
        print_json([{**_row(row), **_measured(row, counts, measured_s)} for row in TABLE])
    else:
        console().print(topics_table(counts, measured_s))
    if problem:
        click.echo(f"\nnot measured: {problem}", err=True)
    elif counts is not None:
        click.echo(f"\nsession {session}: {sum(counts.values()):,} messages in {measured_s:.2f} s", err=True)


def _measured(row: Subject, counts: Counter[str] | None, measured_s: float) -> dict[str, float]:
    if counts is None:
        return {}
    return {"messages": counts[row.kind], "rate_hz": counts[row.kind] / measured_s}


async def _count(measure_s: float, source: Source, wait_s: float) -> tuple[Counter[str], float, str]:
    """Count the session's messages by kind; the seconds are those really measured."""
    counts: Counter[str] = Counter()

    def on_message(message: Message) -> None:
        try:
            counts[kind_of(message.subject)] += 1
        except UsageError:  # chunks on their way into the recording
            return

    async with open_live(source, wait_s) as live, subscribed(live.bus, [everything(live.session)], on_message):
        start_ns = time.monotonic_ns()
        counts.clear()
        await asyncio.sleep(measure_s)
        return counts, (time.monotonic_ns() - start_ns) / 1e9, live.session
