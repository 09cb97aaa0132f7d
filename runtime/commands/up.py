"""`runtime up`: run a game with its actors, and record it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from runtime import logs
from runtime.actor import load_object
from runtime.clock import CLOCK_MODES
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples, json_option
from runtime.commands.playing import play
from runtime.commands.record_options import record_options, recorder_overrides
from runtime.errors import UsageError
from runtime.launch import UNTIL, GameChoice, Launch, check_recorder, read_launch, with_overrides
from runtime.nats_bus import NatsOptions
from runtime.plan import Plan, resolve_all
from runtime.prefetch import MOST_PREFETCHED

#: Reads a recording, which the core does not import: (session, server) -> the launch that made it.
_RECORDED_LAUNCH = "streams.relaunch:read_recorded_launch"


@click.command(
    epilog=examples(
        "runtime up",
        "runtime up --clock lockstep --frames 3600 --session quest",
        "runtime up --rom my.gba --no-actors",
        "runtime up deploy/launch/fleet.toml --instances 8",
        "runtime up --clock lockstep --frames 3600 --json | jq 'select(.event == \"ended\") | .frames'",
    )
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--rom", help="Run this ROM; 'scripted' is an emulator without a core.")
@click.option("--game", help="A built-in game, or a folder or file with a game.toml.")
@click.option("--backend", help="The emulator: libretro (the default), or another that `runtime doctor` lists.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option of the backend.")
@click.option("--core", help="A libretro core or the emulator's program, by name or path.")
@click.option("--clock", type=click.Choice(CLOCK_MODES), help="realtime: 59.7 Hz; free: as fast as the core; lockstep: "
              "each frame waits for the actors.")  # fmt: skip
@click.option("--prefetch", type=click.IntRange(0, MOST_PREFETCHED), help="With the clock free: frames emulated in "
              "advance, in a process of its own; 0: none. Default: 16 where it pays.")  # fmt: skip
@click.option("--frames", type=click.IntRange(1), help="End after this many frames.")
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="End after this many seconds.")
@click.option("--until", type=click.Choice(UNTIL[1:]), help="End with the episode.")
@click.option("--session", help="Name of the session; default: the time. Several are NAME-1, NAME-2 …")
@click.option("--instances", type=click.IntRange(1), help="Run so many sessions of the game, each with its own actors.")
@click.option("--replay", help="Play this recorded session in place of a game; its actors, or FILE's, run beside it.")
@record_options
@click.option("--no-actors", is_flag=True, help="Run the game alone, for scripts and notebooks.")
@click.option("--studio", is_flag=True, help="Serve the studio beside it: watch in a browser. Its address is printed.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input closes.")
@json_option
@nats_options
def up(
    nats: NatsOptions,
    file: Path | None,
    no_actors: bool,
    studio: bool,
    with_parent: bool,
    as_json: bool,
    **overrides: Any,
) -> None:
    """Play a game: the emulator, its actors and the recording, until Ctrl-C.

    FILE is a launch file; without one the built-in game runs with its default actors.
    """
    logs.set_up()
    playing = partial(play, studio=studio, with_parent=with_parent, as_json=as_json)
    run(_up(file, nats, no_actors, overrides, playing))


async def _up(
    file: Path | None,
    nats: NatsOptions,
    no_actors: bool,
    given: dict[str, Any],
    playing: Callable[[Sequence[Plan]], Awaitable[int]],
) -> int:
    launch = _launch(file, nats, given)
    if launch.replay.session and launch.actor is None:
        recorded: Launch = await load_object(_RECORDED_LAUNCH)(launch.replay.session, launch.nats)
        launch = msgspec.structs.replace(launch, actor=recorded.actor)
    if no_actors:
        launch = msgspec.structs.replace(launch, actor=())
    return await playing(resolve_all(launch, (file.parent if file else Path.cwd()).absolute()))


def _launch(file: Path | None, nats: NatsOptions, given: dict[str, Any]) -> Launch:
    launch = read_launch(file) if file else Launch()
    if given["rom"] or given["game"]:  # a game on the command line replaces the file's, ROM and all
        first = launch.games[0] if len(launch.games) == 1 else GameChoice()
        game = msgspec.structs.replace(first, name=given["game"] or "", rom=given["rom"] or "")
        launch = msgspec.structs.replace(launch, game=game)
    launch = with_overrides(
        launch,
        {
            "game": {
                "core": given["core"],
                "backend": given["backend"],
                "options": _options(launch, given["options"]),
                "session": "" if given["session"] else None,
                "instances": given["instances"],
            },
            "clock": {"mode": given["clock"], "prefetch": given["prefetch"]},
            "replay": {"session": given["replay"]},
            "recorder": recorder_overrides(given),
            "run": {
                "session": given["session"],
                "frames": given["frames"],
                "duration_s": given["duration"],
                "until": given["until"],
            },
        },
    )
    if problem := check_recorder(launch.recorder):
        raise UsageError(problem)
    if nats.url:
        launch = with_overrides(launch, {"nats": {key: getattr(nats, key) for key in nats.__struct_fields__}})
    return launch


def _options(launch: Launch, given: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the file's backend options with the command line's over them; None when there are none."""
    pairs = [text.partition("=") for text in given]
    if wrong := [text for text, (_, mark, _) in zip(given, pairs, strict=True) if not mark]:
        raise UsageError(f"option {wrong[0]!r}: allowed is KEY=VALUE")
    if pairs and len(launch.games) > 1:
        raise UsageError("--option: the file has several games; give each its own [game.options]")
    return {**launch.games[0].options, **{key: value for key, _, value in pairs}} if pairs else None
