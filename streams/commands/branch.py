"""`runtime branch` and `runtime resume`: go on from a recording."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import click
import msgspec

from runtime import logs
from runtime.clock import CLOCK_MODES
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option
from runtime.commands.playing import play
from runtime.config import state_folder
from runtime.launch import UNTIL, Launch, read_launch, with_overrides
from runtime.nats_bus import NatsOptions
from runtime.plan import Plan, resolve
from streams.commands.opening import open_recordings, open_source
from streams.recovery import last_part
from streams.relaunch import plan_of, recorded_launch, start_at


def _limits(command: Any) -> Any:
    """Add the options that say how long to play."""
    for option in (
        click.option("--until", type=click.Choice(UNTIL[1:]), help="End with the episode."),
        click.option("--duration", type=click.FloatRange(0, min_open=True), help="End after this many seconds."),
        click.option("--frames", type=click.IntRange(1), help="End before this frame index."),
        click.option("--clock", type=click.Choice(CLOCK_MODES), help="Default: as recorded."),
    ):
        command = option(command)
    return command


@click.command(epilog=examples("runtime branch quest --at 600 --frames 300 --clock lockstep --as twig"))
@click.argument("session")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--at", required=True, type=click.IntRange(0), help="The first frame that is played anew.")
@click.option("--as", "name", help="Name of the new session; default: SESSION-FRAME.")
@click.option("--no-actors", is_flag=True, help="Run the game alone, for scripts and notebooks.")
@_limits
@json_option
@nats_options
def branch(
    nats: NatsOptions,
    session: str,
    file: Path | None,
    at: int,
    name: str | None,
    no_actors: bool,
    as_json: bool,
    **overrides: Any,
) -> None:
    """Begin a new live session from frame AT of the recorded SESSION, in that very state.

    Its actors are those of the recording, or those of the launch FILE. The new recording names its parent.
    """
    logs.set_up()
    branch = _branch(nats, session, file, at, name or f"{session}-{at}", no_actors, overrides)
    run(_play(branch, as_json))


@click.command(epilog=examples("runtime resume quest"))
@click.argument("session")
@_limits
@json_option
@nats_options
def resume(nats: NatsOptions, session: str, as_json: bool, **overrides: Any) -> None:
    """Go on with a recorded SESSION that was cut off, from the frame after its last, as a new segment of it."""
    logs.set_up()
    run(_play(_resume(nats, session, overrides), as_json))


async def _play(planning: Awaitable[Plan], as_json: bool) -> int:
    return await play([await planning], as_json=as_json)


async def _branch(
    nats: NatsOptions, name: str, file: Path | None, at: int, new: str, no_actors: bool, overrides: dict[str, Any]
) -> Plan:
    async with open_recordings(nats, "branch") as (_, store):
        session = await open_source(store, name)
        start = await start_at(session, at)
        launch = recorded_launch(session.meta, nats)
    if file:
        launch = msgspec.structs.replace(read_launch(file), game=launch.game, nats=nats)
    if no_actors:
        launch = msgspec.structs.replace(launch, actor=())
    launch = _with(launch, overrides, session=new, resume=False)
    plan = resolve(launch, file.parent.absolute()) if file else plan_of(launch, session.meta)
    path = state_folder() / "runs" / plan.launch.run.session / "start"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.msgpack.encode(start))
    return msgspec.structs.replace(plan, start=str(path.absolute()), parent=f"{name}@{at}")


async def _resume(nats: NatsOptions, name: str, overrides: dict[str, Any]) -> Plan:
    async with open_recordings(nats, "resume") as (_, store):
        meta = (await last_part(store, name)).meta
    launch = _with(recorded_launch(meta, nats), overrides, session=name, resume=True)
    return plan_of(launch, meta)


def _with(launch: Launch, overrides: dict[str, Any], *, session: str, resume: bool) -> Launch:
    """Return the launch with what was asked for, and without the recording's own end."""
    mode = overrides["clock"] or launch.clock.mode
    run_table = {
        "session": session,
        "resume": resume,
        "frames": overrides["frames"] or 0,
        "duration_s": overrides["duration"] or 0.0,
        "until": overrides["until"] or "",
    }
    return with_overrides(launch, {"run": run_table, "clock": {"mode": mode}})
