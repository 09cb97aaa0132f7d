"""`runtime top`: what runs, how fast, and what is slow, in one live picture."""

import asyncio
import contextlib
import io
import signal
import sys
from collections.abc import Iterator

import click
from rich.console import Console, RenderableType

from dashboards.terminal.fullscreen import HOME, LINE_END, at_once, fullscreen, send, size
from dashboards.terminal.live import Source, open_server, source_options
from dashboards.terminal.ticks import ticks
from dashboards.terminal.top_board import Board
from runtime.commands.keys import KeyReader, hearing
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json_line
from runtime.commands.terminal import console

#: Where only one picture is wanted: each process has reported by then.
_FIRST_S = 1.5


@click.command(
    epilog=examples(
        "runtime top",
        "runtime top --session demo --once",
        "runtime top --once --json | jq '.processes[] | {process, rate_hz}'",
    )
)
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="End after N pictures.")
@click.option("--once", is_flag=True, help="One picture, as -n 1; the default where stdout is no terminal.")
@click.option(
    "--interval", type=click.FloatRange(0.5, 60), default=1.0, metavar="S", show_default=True, help="Between pictures."
)
@json_option
@source_options
def top(count: int | None, once: bool, interval: float, as_json: bool, source: Source) -> None:
    """Show processes, storage, thoughts, quests and streams of a session, live; what is slow is above, in colour.

    Of several sessions, none of them named, one row each. A bar of the history is the 99th percentile of a second; a
    full one is as long as a tick may take.

    Keys: space pauses and goes on, . steps, s writes a PNG, arrows choose a row, Enter looks at it, Esc goes back, q
    ends. With --json one object on one line for each picture.
    """
    if once and count not in (None, 1):
        raise click.UsageError("--once is -n 1: leave one of them out")
    run(_top(1 if once else count, interval, as_json, source))


async def _top(count: int | None, interval: float, as_json: bool, source: Source) -> None:
    async with open_server(source.nats) as bus, Board(bus, source.session) as board:
        if sys.stdout.isatty() and not as_json and count is None:
            await _watch(board, interval)
            return
        count = count if count or sys.stdout.isatty() else 1
        out = console()
        async for number in ticks(max(interval, _FIRST_S) if count == 1 else interval, count):
            await board.ask()
            if as_json:
                print_json_line(board.as_json())
                continue
            if number > 1:
                out.print()
            out.print(board.picture(out.width))


async def _watch(board: Board, interval: float) -> None:
    """Show the picture on the other screen, again when a second is over, a key was pressed or the size changed."""
    clock = asyncio.get_running_loop().time
    with fullscreen(), hearing(KeyReader(), board.press), _resizes(board.changed):
        obeying = asyncio.create_task(board.obey())
        try:
            due = clock()
            while not board.over:
                if clock() >= due:
                    await board.ask()
                    due = clock() + interval
                send(at_once(_drawn(board)))
                board.changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(board.changed.wait(), max(due - clock(), 0))
        finally:
            obeying.cancel()
            await asyncio.gather(obeying, return_exceptions=True)


def _drawn(board: Board) -> str:
    now = size()
    lines = _text(board.picture(now.columns, now.lines), now.columns).splitlines()[: now.lines]
    lines += [""] * (now.lines - len(lines))
    return HOME + "\r\n".join(f"{line}{LINE_END}" for line in lines)


def _text(picture: RenderableType, columns: int) -> str:
    out = Console(file=io.StringIO(), force_terminal=True, width=columns, highlight=False)
    out.print(picture, end="")
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


@contextlib.contextmanager
def _resizes(changed: asyncio.Event) -> Iterator[None]:
    """Set an event whenever the terminal changes its size."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, changed.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
