"""`runtime check FILE`: read a launch file, check everything it names, print the resolved plan."""

from pathlib import Path

import click

from runtime.launch import Launch, read_launch, resolve


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check(file: Path | None) -> None:
    """Check FILE (default: what `runtime up` runs without one) and print the resolved plan as a launch file."""
    launch = read_launch(file) if file else Launch()
    click.echo(resolve(launch, (file.parent if file else Path.cwd()).absolute()).as_toml(), nl=False)
