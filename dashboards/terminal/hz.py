"""`runtime hz`: how often and how regularly messages come."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import click

from dashboards.terminal.figures import hertz
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.live import Source, open_live, source_options
from dashboards.terminal.rates import Intervals, Window
from dashboards.terminal.targets import Target, one_session, stream_name, target
from dashboards.terminal.ticks import ticks
from runtime.bus import Message
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, plain, print_json_line
from runtime.subjects import BY_KIND


@click.command(epilog=examples("runtime hz state in.action -n 2", "runtime hz health --json | jq .rate_hz"))
@click.argument("streams", metavar="KIND...", nargs=-1, required=True)
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
def hz(streams: tuple[str, ...], window_s: float, count: int | None, as_json: bool, source: Source) -> None:
    """Report the rate of streams every second, and how even it is.

    One line for each sender: `runtime hz in.action health` shows every actor.
    """
    wanted = [target(stream, source.session) for stream in streams]
    source = Source(source.nats, source.session or one_session(wanted))
    run(_hz(source, wanted, window_s, count, as_json))


async def _hz(source: Source, wanted: list[Target], window_s: float, count: int | None, as_json: bool) -> None:
    windows: dict[str, Window] = {}
    async with open_live(source) as live, contextlib.AsyncExitStack() as stack:
        start_ns = time.monotonic_ns()

        def on_message(message: Message) -> None:
            name = stream_name(message.subject)
            if name not in windows:
                windows[name] = Window(window_s, start_ns)
            windows[name].add(time.monotonic_ns(), len(message.data))

        patterns = {pattern for one in wanted for pattern in one.patterns(live.session)}
        await stack.enter_async_context(subscribed(live.bus, sorted(patterns), on_message))
        async for number in ticks(1.0, count):
            if as_json:
                for line in _values(windows):
                    print_json_line(line)
            else:
                click.echo(_report(wanted, windows, header=number % 20 == 1))
            if not live.bus.connected:
                click.echo("no connection to the NATS server; waiting for it to come back", err=True)


def _values(windows: dict[str, Window]) -> Iterator[dict[str, Any]]:
    """Yield what is known of each stream heard."""
    now_ns = time.monotonic_ns()
    for name in sorted(windows):
        yield {"stream": name, **plain(windows[name].intervals(now_ns))}


def _report(wanted: list[Target], windows: dict[str, Window], *, header: bool) -> str:
    """Return a line for each stream heard, and for each one asked for that was not."""
    now_ns = time.monotonic_ns()
    width = max([len(name) for name in windows] + [len(one.name) for one in wanted] + [8])
    lines = [f"{'stream':<{width}}  {'Hz':>8}  {'min ms':>8}  {'max ms':>8}  {'std ms':>8}  {'messages':>8}"]
    lines = lines if header else []
    for one in wanted:
        heard = sorted(name for name in windows if name == one.name or (name.startswith(f"{one.name}.")))
        lines += [f"{name:<{width}}  {_figures(windows[name].intervals(now_ns))}" for name in heard]
        if not heard:
            lines.append(f"{one.name:<{width}}  no message yet (usually: {BY_KIND[one.kind].rate})")
    return "\n".join(lines)


def _figures(seen: Intervals) -> str:
    if seen.messages < 2:
        return f"{seen.messages} message in the window, the last {seen.silent_s:.1f} s ago"
    text = (
        f"{hertz(seen.rate_hz):>8}  {seen.min_ms:>8.2f}  {seen.max_ms:>8.2f}  {seen.std_ms:>8.2f}  {seen.messages:>8,}"
    )
    return text if seen.rate_hz else f"{text}  silent for {seen.silent_s:.1f} s"
