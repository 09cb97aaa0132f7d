"""`runtime ctl`: control a live session or a replay: pause, step, speed, slots and more."""

import functools
import logging
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click
from rich.markup import escape
from rich.table import Table

from runtime import logs, wire
from runtime.client import connect
from runtime.clock import CLOCK_MODES
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option, print_json
from runtime.commands.terminal import console, size
from runtime.config import state_folder
from runtime.jetstream_slots import JetStreamSlots
from runtime.nats_bus import NatsOptions
from runtime.nats_server import open_bus
from runtime.slots import slot_name
from runtime.subjects import SessionId, session_id

F = TypeVar("F", bound=Callable[..., Any])

_NAME = "ctl"

#: How long an answer may take besides the frames of a step, seconds.
_PATIENCE_S = 30.0

#: Below this a game in lockstep or at full speed is not worth waiting for, frames a second.
_SLOWEST_HZ = 5.0


class Speed(click.ParamType[float]):
    """A number above 0, or `max`."""

    name = "X|max"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return times real time; 0 for `max`."""
        try:
            rate = 0.0 if value == "max" else float(value)
        except ValueError:
            rate = -1.0
        if value != "max" and not 0 < rate < math.inf:
            self.fail(f"{value!r}: allowed are numbers above 0, and 'max'", param, ctx)
        return rate


def _which(command: F) -> F:
    """Add `--session`, `--json` and the server's options; the command gets one argument `ask`, to be run."""

    @functools.wraps(command)
    def with_session(nats: NatsOptions, session: str, as_json: bool, **others: Any) -> Any:
        def ask(op: str, **fields: Any) -> None:
            run(_ask(nats, session, as_json, op, fields))

        return command(ask=ask, **others)

    with_json = json_option(with_session)
    named = click.option("--session", default="", metavar="NAME", help="Default: the only one on the bus.")(with_json)
    return cast("F", nats_options(named))


@click.group()
def ctl() -> None:
    """Control a live session or a replay; each prints where it is then."""


@ctl.command(epilog=examples("runtime ctl status", "runtime ctl status --session lab --json | jq .frame_index"))
@_which
def status(ask: Callable[..., None]) -> None:
    """Print where the session is."""
    ask("")


@ctl.command(epilog=examples("runtime ctl pause"))
@_which
def pause(ask: Callable[..., None]) -> None:
    """Stop before the next frame."""
    ask("pause")


@ctl.command(epilog=examples("runtime ctl resume"))
@_which
def resume(ask: Callable[..., None]) -> None:
    """Go on."""
    ask("resume")


@ctl.command(epilog=examples("runtime ctl step 5"))
@click.argument("frames", type=click.IntRange(1), default=1)
@_which
def step(ask: Callable[..., None], frames: int) -> None:
    """Emulate FRAMES frames (default: 1), then pause."""
    ask("step", frames=frames)


@ctl.command(epilog=examples("runtime ctl save here"))
@click.argument("name")
@_which
def save(ask: Callable[..., None], name: str) -> None:
    """Keep the emulator's state in the slot NAME; it outlives the session."""
    ask("save", slot=name)


@ctl.command(epilog=examples("runtime ctl load here", "runtime ctl load lab/here --session other"))
@click.argument("name")
@_which
def load(ask: Callable[..., None], name: str) -> None:
    """Go back to the state in the slot NAME, or SESSION/NAME of another session."""
    ask("load", slot=name)


@ctl.command(epilog=examples("runtime ctl reset"))
@_which
def reset(ask: Callable[..., None]) -> None:
    """Switch the console off and on."""
    ask("reset")


@ctl.command(epilog=examples("runtime ctl speed 4", "runtime ctl speed max"))
@click.argument("times", type=Speed())
@_which
def speed(ask: Callable[..., None], times: float) -> None:
    """Run at TIMES real time; max: as fast as it goes."""
    ask("set_rate", rate=times)


@ctl.command(epilog=examples("runtime ctl clock lockstep"))
@click.argument("mode", type=click.Choice(CLOCK_MODES))
@_which
def clock(ask: Callable[..., None], mode: str) -> None:
    """Run by another clock."""
    ask("set_clock", clock=mode)


@ctl.command(epilog=examples("runtime ctl seek 750 --session quest-replay"))
@click.argument("frame", type=click.IntRange(0))
@_which
def seek(ask: Callable[..., None], frame: int) -> None:
    """Go on at FRAME, of a replay."""
    ask("seek", frame=frame)


@ctl.command(epilog=examples("runtime ctl keep"))
@_which
def keep(ask: Callable[..., None]) -> None:
    """Record the last seconds of a session that runs with --snapshot."""
    ask("keep")


@ctl.command(epilog=examples("runtime ctl stop --session lab"))
@_which
def stop(ask: Callable[..., None]) -> None:
    """End the session."""
    ask("stop")


@ctl.command(epilog=examples("runtime ctl slots", "runtime ctl slots --remove lab/here"))
@click.option("--session", default="", metavar="NAME", help="Only this session's.")
@click.option("--remove", multiple=True, metavar="SESSION/NAME", help="Forget a slot.")
@json_option
@nats_options
def slots(nats: NatsOptions, session: str, remove: tuple[str, ...], as_json: bool) -> None:
    """List the slots of all sessions, also of those that have ended."""
    logs.set_up(logging.WARNING)
    if session:
        session_id(session)
    run(_slots(nats, session, remove, as_json))


async def _ask(nats: NatsOptions, session: str, as_json: bool, op: str, fields: dict[str, Any]) -> None:
    async with connect(nats, session, name=_NAME) as game:
        now: wire.Welcome | wire.ControlReply = game.welcome
        if op:
            timeout_s = _patience(game.welcome, fields.get("frames", 0))
            now = await game.control(op, timeout_s=timeout_s, **fields)
    facts = {
        "session": game.welcome.session,
        "origin": game.welcome.origin,
        "game": game.welcome.game,
        "frame_index": now.frame_index,
        "paused": now.paused,
        "clock": now.clock,
        "speed": now.speed,
    }
    if as_json:
        print_json(facts)
        return
    run_state = "paused" if now.paused else "running"
    pace = f"{now.clock} x {now.speed:g}" if now.speed else now.clock
    click.echo(f"{game.welcome.session}: frame {now.frame_index}, {run_state}, {pace}")


def _patience(welcome: wire.Welcome, frames: int) -> float:
    """Return how long an answer may take, seconds: a step of many frames takes its time."""
    rate_hz = welcome.rate_hz * welcome.speed * 0.5 if welcome.speed else _SLOWEST_HZ
    return _PATIENCE_S + frames / rate_hz


async def _slots(nats: NatsOptions, session: str, remove: tuple[str, ...], as_json: bool) -> None:
    async with open_bus(nats, state_folder(), "runtime-ctl") as bus:
        there = JetStreamSlots(bus)
        for name in remove:
            await there.remove(*slot_name(name, SessionId(session)))
        found = await there.list(session)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("no slot is saved; `runtime ctl save NAME` saves one")
        return
    table = Table("slot", "core", "rom", "stored", box=None)
    for heading in ("frame", "size"):
        table.add_column(heading, justify="right")
    for facts in found:
        name = escape(f"{facts.session}/{facts.slot}")
        rows = (escape(facts.core), facts.rom_sha256[:12], facts.stored[:19])
        table.add_row(name, *rows, str(facts.frame_index), size(facts.stored_bytes))
    console().print(table)
