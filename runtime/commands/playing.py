"""What `runtime up`, `branch` and `resume` share: plans run to their ends, and what is printed of it."""

import sys
from collections.abc import Callable, Sequence

import click

from runtime.commands.keys import listening
from runtime.commands.output import plain, print_json_line
from runtime.config import env, state_folder
from runtime.nats_bus import NatsOptions, without_secret
from runtime.parent import watch_parent
from runtime.plan import Plan
from runtime.studio_run import NAME as STUDIO
from runtime.supervisor import Supervisor

#: Longer than the supervisor takes to end its children (runtime.children) and the server.
_ORPHAN_GRACE_S = 20.0

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red")


async def play(plans: Sequence[Plan], *, studio: bool = False, with_parent: bool = False, as_json: bool = False) -> int:
    """Run plans to their ends; return the exit status.

    Args:
        plans: What to run.
        studio: Run `runtime studio` beside them.
        with_parent: End when standard input closes.
        as_json: Print on stdout a line of JSON for each session that plays, and for each that has ended.

    Raises:
        FramewireError: Something cannot be started.
    """
    for plan in plans:
        click.echo(f"session {plan.session}: {plan.rom} at {plan.clock}, actors: "
                   f"{', '.join(entry.name for entry in plan.actors) or 'none'}; Ctrl-C ends it", err=True)  # fmt: skip
    by_name = {plan.session: plan for plan in plans}

    def playing(session: str, options: NatsOptions) -> None:
        if as_json:
            print_json_line(_playing(by_name[session], options))

    supervisor = Supervisor(plans, state_folder(), _printer(plans), playing=playing, studio=studio)
    if with_parent:
        watch_parent(supervisor.stop, _ORPHAN_GRACE_S)
    recorder = plans[0].launch.recorder
    try:
        if recorder.snapshot_s:
            names = " or ".join(f"`runtime sessions keep {name}`" for name in by_name)
            click.echo(f"k here, or {names}, records the last {recorder.snapshot_s:g} s", err=True)
            with listening(lambda key: supervisor.keep() if key == "k" else None):
                return await supervisor.run()
        status = await supervisor.run()
    finally:
        for outcome in supervisor.outcomes() if as_json else ():
            print_json_line({"event": "ended", **plain(outcome)})
    if recorder.enabled and status == 0:
        for name in (outcome.session for outcome in supervisor.outcomes() if outcome.frames):
            click.echo(f"recorded: runtime dataset build {name} --format parquet --out DIR", err=True)
    return status


def _playing(plan: Plan, options: NatsOptions) -> dict[str, object]:
    """Return what scripts are told of a session that plays now."""
    recorder = plan.launch.recorder
    return {
        "event": "playing",
        "session": plan.session,
        "rom": plan.rom,
        "clock": plan.clock,
        "actors": [entry.name for entry in plan.actors],
        "nats_url": without_secret(options.url),
        "recorded": recorder.enabled and not recorder.snapshot_s,
    }


def _printer(plans: Sequence[Plan]) -> Callable[[str, str, str], None]:
    """Return what prints a process' lines after its name, and its session's where there are several."""
    names = ["bridge", *dict.fromkeys(entry.name for plan in plans for entry in plan.actors)]
    labels = {
        (plan.session, name): f"{plan.session} {name}" if len(plans) > 1 else name for plan in plans for name in names
    }
    names.append(STUDIO)
    labels["", STUDIO] = STUDIO
    width = max(map(len, labels.values()))
    colours = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
    colourful = sys.stderr.isatty() and not env("NO_COLOR")

    def show(session: str, name: str, line: str) -> None:
        label = labels[session, name].ljust(width)
        click.echo(f"{click.style(label, fg=colours[name]) if colourful else label} │ {line}", err=True)

    return show
