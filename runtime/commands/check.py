"""`runtime check FILE`: read a launch file, check everything it names, print the resolved plan."""

from pathlib import Path

import click

from runtime.commands.output import examples, json_option, print_json
from runtime.launch import Launch, read_launch
from runtime.plan import resolve_all


@click.command(epilog=examples("runtime check deploy/launch/fleet.toml", "runtime check --json | jq '.[0].rom'"))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """Check FILE (default: what `runtime up` runs without one); print each session's resolved plan as a launch file."""
    launch = read_launch(file) if file else Launch()
    plans = resolve_all(launch, (file.parent if file else Path.cwd()).absolute())
    if as_json:
        print_json([{"session": plan.session, **plan.facts, "launch": plan.table} for plan in plans])
        return
    for plan in plans:
        if len(plans) > 1:
            click.echo(f"# ---- session {plan.session}")
        click.echo(plan.as_toml(), nl=False)
