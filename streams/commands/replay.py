"""`runtime replay`: play a recording on the bus."""

import asyncio
import math
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import click

from runtime.clock import WallClock
from runtime.commands.keys import listening
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.progress import frames_progress
from runtime.errors import INTERRUPTED
from runtime.nats_bus import NatsOptions
from runtime.subjects import SessionId, session_id
from streams.commands.opening import open_recordings, open_source
from streams.moments import first_frame, last_frame
from streams.replay import Replay, ReplayOptions
from streams.replay_filter import chosen_kinds, everything_passes, passes, remapped
from streams.replay_keys import HELP, Keys
from streams.session import Session
from streams.store import labelled_as

_MOMENT = "FRAME|TIME"


def _plays(text: str) -> int:
    """Read how often to play; 0 without a number is without end."""
    if text and (not text.isdecimal() or int(text) < 1):
        raise click.BadParameter(f"{text} is not in the range x>=1")
    return int(text or 0)


def _rate(value: str) -> float:
    """Return a number above 0, or 0 for `max`."""
    try:
        rate = 0.0 if value == "max" else float(value)
    except ValueError:
        rate = -1.0
    if value != "max" and not 0 < rate < math.inf:
        raise click.BadParameter(f"{value!r}: allowed are numbers above 0, and 'max'")
    return rate


@dataclass(frozen=True)
class _Wish:
    """What was typed, before the recording is there to read it by."""

    name: SessionId
    rate: float
    start: str
    end: str
    plays: int
    paused: bool
    kinds: tuple[str, ...]
    remap: dict[str, str]
    condition: str

    def options(self, session: Session) -> ReplayOptions:
        return ReplayOptions(
            self.name,
            self.rate,
            first_frame(self.start, session) if self.start else None,
            last_frame(self.end, session) if self.end else None,
            plays=self.plays,
            paused=self.paused,
            kinds=self.kinds,
            remap=self.remap,
            passes=passes(self.condition, session.meta) if self.condition else everything_passes,
        )


@click.command(
    epilog=examples(
        "runtime replay quest --start 1:02 --end 1:10 --loop",
        'runtime replay quest --rate max --kinds frame,state --filter "player.hp < 3"',
        "runtime replay quest --as camera --remap frame:=camera.front",
    )
)
@click.argument("session")
@click.option(
    "--rate",
    type=_rate,
    metavar="X|max",
    default="1",
    show_default=True,
    help="Times real time; max: as fast as it goes.",
)
@click.option("--start", default="", metavar=_MOMENT, help="The first frame: 750, or a time: 12.5s, 1:02, 1:02:03.")
@click.option("--end", default="", metavar=_MOMENT, help="The last frame, inclusive, or the time to end at.")
@click.option(
    "--loop",
    "plays",
    type=_plays,
    is_flag=False,
    flag_value="",
    default="1",
    metavar="[N]",
    help="Play N times; without N until Ctrl-C.",
)
@click.option("--pause", "paused", is_flag=True, help="Begin paused.")
@click.option("--as", "name", help="Appear as this session; default: SESSION-replay.")
@click.option("--kinds", default="", metavar="KIND,…", help="Publish only these kinds of messages.")
@click.option("--exclude", default="", metavar="KIND,…", help="Do not publish these kinds of messages.")
@click.option("--filter", "condition", default="", metavar="EXPR", help="Only frames for which this holds.")
@click.option("--remap", multiple=True, metavar="KIND:=SUBJECT", help="Publish a kind on another subject.")
@json_option
@nats_options
def replay(
    *,
    nats: NatsOptions,
    session: str,
    rate: float,
    start: str,
    end: str,
    plays: int,
    paused: bool,
    name: str | None,
    kinds: str,
    exclude: str,
    condition: str,
    remap: tuple[str, ...],
    as_json: bool,
) -> None:
    """Publish a recorded SESSION again, as if it were live, until its end or Ctrl-C.

    In a terminal, keys pause, step and seek; scripts do so by control requests, as with a live session.
    """
    shown = session_id(name or f"{Path(session).stem}-replay")
    wish = _Wish(shown, rate, start, end, plays, paused, chosen_kinds(kinds, exclude), remapped(remap), condition)
    run(_replay(nats, session, wish, as_json))


async def _replay(nats: NatsOptions, name: str, wish: _Wish, as_json: bool) -> int:
    interrupted = asyncio.Event()
    async with open_recordings(nats, "replay") as (bus, store):
        session = await open_source(store, name)
        options = wish.options(session)
        if not name.endswith(".mcap"):
            options = replace(options, labelled=labelled_as(session.meta))
        replaying = Replay(session, bus, options, WallClock())

        def stop() -> None:
            interrupted.set()
            replaying.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        first, last = replaying.transport.first, replaying.transport.last
        keys = Keys(replaying.transport, lambda: replaying.frame_index, session.meta.rate_hz)
        click.echo(f"replaying frames {first} to {last} of {name} as {options.name}; Ctrl-C ends it", err=True)
        with listening(keys.press) as by_keys:
            if by_keys:
                click.echo(HELP, err=True)
            with frames_progress(f"replay {options.name}", (last - first + 1) * max(options.plays, 1)) as advance:
                frames = await replaying.run(advance)
    if as_json:
        facts = {"recording": name, "session": options.name, "frames": frames, "late": replaying.missed}
        print_json({**facts, "seconds": replaying.seconds})
        return INTERRUPTED if interrupted.is_set() else 0
    pace = frames / replaying.seconds if replaying.seconds else 0.0
    late = f", {replaying.missed} of them late" if replaying.missed else ""
    click.echo(f"replayed {frames} frames of {name} as {options.name}, {pace:,.1f} frames/s{late}")
    return INTERRUPTED if interrupted.is_set() else 0
