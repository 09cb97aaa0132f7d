"""`runtime top`: what runs, how fast, and what is slow, in one live picture."""

import contextlib
import time
from collections.abc import Callable

import click
from rich.console import Console, RenderableType
from rich.live import Live as LiveScreen

from dashboards.terminal.health_rows import Processes
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.live import Live, Source, find_live, open_server, source_options
from dashboards.terminal.rates import Window
from dashboards.terminal.ticks import ticks
from dashboards.terminal.top_fleet import EVERY_HEALTH, FleetWatch
from dashboards.terminal.top_view import Sight, Stream, view
from runtime import wire
from runtime.bus import Message
from runtime.commands.options import run
from runtime.commands.terminal import console
from runtime.discovery import discover
from runtime.errors import UsageError, WireError
from runtime.subjects import BY_KIND, everything, kind_of

#: Rates are of the last few seconds: steady to the eye, and a few of each 1 Hz stream are in it.
_WINDOW_S = 4.0


class Watch:
    """Everything heard of one session."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._welcome, self._answers = live.welcome, True
        self._processes = Processes()
        self._windows: dict[str, Window] = {}
        self._start_ns = time.monotonic_ns()
        self._state = b""

    def on_message(self, message: Message) -> None:
        """Count a message; look into those that tell of processes."""
        try:
            kind = kind_of(message.subject)
        except UsageError:  # chunks on their way into the recording
            return
        now_ns = time.monotonic_ns()
        if kind not in self._windows:
            self._windows[kind] = Window(_WINDOW_S, self._start_ns)
        self._windows[kind].add(now_ns, len(message.data))
        if kind == "state":
            self._state = message.data
        elif kind == "health":
            with contextlib.suppress(WireError):  # `runtime echo health` shows what it was
                self._processes.hear(wire.decode(wire.Health, message.data), now_ns)

    async def ask(self) -> None:
        """Ask the session what it is now: it may be paused, or gone."""
        there = [welcome for welcome in await discover(self._live.bus) if welcome.session == self._live.session]
        self._answers = bool(there)
        self._welcome = there[0] if there else self._welcome

    def picture(self) -> RenderableType:
        """Return what is known now, drawn."""
        return view(self._sight())

    def _sight(self) -> Sight:
        now_ns = time.monotonic_ns()
        windows = {kind: self._windows[kind] for kind in BY_KIND if kind in self._windows}
        return Sight(
            welcome=self._welcome,
            answers=self._answers,
            connected=self._live.bus.connected,
            frame_index=self._frame_index(),
            processes=self._processes.all(),
            streams={kind: Stream(w.intervals(now_ns), w.traffic(now_ns), w.total) for kind, w in windows.items()},
            now_ns=now_ns,
        )

    def _frame_index(self) -> int:
        if self._state:
            with contextlib.suppress(WireError):
                return wire.decode(wire.State, self._state).frame_index
        return self._welcome.frame_index


@click.command()
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="End after N pictures.")
@click.option(
    "--interval", type=click.FloatRange(0.5, 60), default=1.0, metavar="S", show_default=True, help="Between pictures."
)
@source_options
def top(count: int | None, interval: float, source: Source) -> None:
    """Show processes and streams of a session, live, with what is slow in red and yellow.

    Of several sessions, none of them named, one row each.
    Where stdout is no terminal, the pictures follow one another as text.
    """
    run(_top(count, interval, source))


async def _top(count: int | None, interval: float, source: Source) -> None:
    out = console()
    async with open_server(source.nats) as bus:
        watch: Watch | FleetWatch
        if not source.session and len(await discover(bus)) > 1:
            watch, heard = FleetWatch(bus), EVERY_HEALTH
        else:
            live = await find_live(bus, source.session)
            watch, heard = Watch(live), everything(live.session)
        async with subscribed(bus, [heard], watch.on_message):
            with contextlib.ExitStack() as stack:
                show = _screen(out, stack) if out.is_terminal else _printer(out)
                async for _ in ticks(interval, count):
                    await watch.ask()
                    show(watch.picture())


def _screen(out: Console, stack: contextlib.ExitStack) -> Callable[[RenderableType], None]:
    """Take the terminal's other screen, and give it back at the end."""
    screen = stack.enter_context(LiveScreen(console=out, screen=True, auto_refresh=False))
    return lambda picture: screen.update(picture, refresh=True)


def _printer(out: Console) -> Callable[[RenderableType], None]:
    def show(picture: RenderableType) -> None:
        out.print(picture)
        out.print()

    return show
