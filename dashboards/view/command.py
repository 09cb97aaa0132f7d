"""`runtime view`: the game, drawn in the terminal."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import click

from dashboards.play.terminal import Terminal
from dashboards.terminal.fullscreen import send
from dashboards.view.asking import Abilities, area, ask
from dashboards.view.kitty import Kitty
from dashboards.view.painter import PROTOCOLS, Area, Blocks, Painter
from dashboards.view.sixel import Sixel
from dashboards.view.source import open_frames
from dashboards.view.viewing import Viewing
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples
from runtime.errors import BusError, UsageError
from runtime.nats_bus import NatsOptions
from runtime.subjects import session_id

#: Where a picture is written to a file there is no window to fit: a terminal's usual size.
_FILE_AREA = Area(80, 24)

#: How long one picture may take: a session in lockstep may wait for its actors.
_ONCE_S = 10.0


@click.command(
    epilog=examples(
        "runtime view",
        "runtime view quest --frame 3000 --overlay",
        "runtime view quest --frame 3000 --once --protocol sixel > frame.six",
    )
)
@click.argument("session", default="")
@click.option("--frame", type=click.IntRange(0), metavar="N", help="Of a recording: begin there, paused.")
@click.option("--overlay", is_flag=True, help="Draw over it what the agents' eyes make of it.")
@click.option("--fps", type=click.FloatRange(0.1, 240), metavar="X", help="Pictures a second at most; default: 60 by "
              "kitty, 30 by blocks, 20 by sixel.")  # fmt: skip
@click.option("--protocol", type=click.Choice(PROTOCOLS), default="auto", show_default=True, help="How pictures are "
              "sent; auto: the best that the terminal says it has.")  # fmt: skip
@click.option("--once", is_flag=True, help="One picture where the cursor is, then end.")
@nats_options
def view(
    nats: NatsOptions, session: str, frame: int | None, overlay: bool, fps: float | None, protocol: str, once: bool
) -> None:
    """Draw SESSION in this terminal: one on the bus, else a recording or an archive's path, which is replayed.

    Without SESSION the only one on the bus. The picture fills the window, by the kitty graphics protocol, sixel, or
    half blocks. Keys: space pauses and goes on, . steps, q ends; of a recording also , to step back, arrows for a
    second, - and + for the rate.
    """
    if session and not session.endswith(".mcap"):
        session_id(session)
    elif session and not Path(session).is_file():
        raise UsageError(f"{session}: there is no such archive")
    if not sys.stdout.isatty() and not (once and protocol != "auto"):
        raise UsageError(
            "stdout is no terminal: view in one; --once with a --protocol writes one picture's codes to a file"
        )
    abilities = ask() if sys.stdout.isatty() else Abilities()
    painter = _painter(abilities.best if protocol == "auto" else protocol)
    run(_view(nats, session, frame, painter, abilities, overlay=overlay, fps=fps or 0.0, once=once))


async def _view(
    nats: NatsOptions,
    session: str,
    frame: int | None,
    painter: Painter,
    abilities: Abilities,
    *,
    overlay: bool,
    fps: float,
    once: bool,
) -> None:
    async with open_frames(nats, session, frame) as source:
        viewing = Viewing(source, Terminal(painter, abilities), fps=fps, overlay=overlay)
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                asyncio.get_running_loop().add_signal_handler(number, viewing.stop)
        if not once:
            await viewing.run()
            return
        try:
            async with asyncio.timeout(_ONCE_S):
                rgb, _ = await viewing.first()
        except TimeoutError as error:
            raise BusError(f"no picture came within {_ONCE_S:g} s") from error
        send(painter.inline(rgb, area(abilities, below=1) if sys.stdout.isatty() else _FILE_AREA))


def _painter(name: str) -> Painter:
    painters: dict[str, Callable[[], Painter]] = {"kitty": Kitty, "sixel": Sixel, "blocks": Blocks}
    return painters[name]()
