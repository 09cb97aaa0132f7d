"""`runtime bw`: how many bytes go over each kind of stream."""

import time

import click
from rich.table import Table

from dashboards.terminal.figures import hertz
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.live import Source, open_live, source_options
from dashboards.terminal.rates import Traffic, Window
from dashboards.terminal.targets import Target, one_session, target
from dashboards.terminal.ticks import ticks
from runtime.bus import Message
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json_line
from runtime.commands.terminal import console, size
from runtime.subjects import BY_KIND, kind_of


@click.command(epilog=examples("runtime bw", "runtime bw frame memory -n 1 --json"))
@click.argument("streams", metavar="[KIND...]", nargs=-1)
@click.option(
    "--window",
    "window_s",
    type=click.FloatRange(min=0.1),
    default=10.0,
    metavar="S",
    show_default=True,
    help="Seconds looked back on.",
)
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="End after N reports.")
@json_option
@source_options
def bw(streams: tuple[str, ...], window_s: float, count: int | None, as_json: bool, source: Source) -> None:
    """Report bytes and messages a second and message sizes, every second; without KIND of all kinds.

    Sizes are those of the payloads, without NATS's own lines.
    """
    wanted = [target(stream, source.session) for stream in streams] or [target(kind) for kind in BY_KIND]
    source = Source(source.nats, source.session or one_session(wanted))
    run(_bw(source, wanted, window_s, count, named=bool(streams), as_json=as_json))


async def _bw(
    source: Source, wanted: list[Target], window_s: float, count: int | None, *, named: bool, as_json: bool
) -> None:
    async with open_live(source) as live:
        start_ns = time.monotonic_ns()
        windows = {one.kind: Window(window_s, start_ns) for one in wanted}

        def on_message(message: Message) -> None:
            windows[kind_of(message.subject)].add(time.monotonic_ns(), len(message.data))

        patterns = {pattern for one in wanted for pattern in one.patterns(live.session)}
        out = console()
        async with subscribed(live.bus, sorted(patterns), on_message):
            async for _ in ticks(1.0, count):
                now_ns = time.monotonic_ns()
                seen = {kind: w.traffic(now_ns) for kind, w in windows.items() if named or w.total}
                if as_json:
                    print_json_line(seen)
                else:
                    out.print(_table(seen))
                if not live.bus.connected:
                    click.echo("no connection to the NATS server; waiting for it to come back", err=True)


def _table(seen: dict[str, Traffic]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("kind")
    for name in ("bytes/s", "messages/s", "mean", "min", "max", "messages"):
        table.add_column(name, justify="right")
    for kind, traffic in seen.items():
        sizes = (size(traffic.mean_bytes), size(traffic.min_bytes), size(traffic.max_bytes))
        row = (f"{size(traffic.bytes_s)}/s", hertz(traffic.messages_s), *sizes, f"{traffic.messages:,}")
        table.add_row(kind, *row)
    bytes_s = sum(traffic.bytes_s for traffic in seen.values())
    messages_s = sum(traffic.messages_s for traffic in seen.values())
    messages = sum(traffic.messages for traffic in seen.values())
    table.add_row("all", f"{size(bytes_s)}/s", hertz(messages_s), "", "", "", f"{messages:,}", style="bold")
    return table
