"""The command `runtime`: finds its sub-commands through entry points, so each package brings its own."""

from importlib.metadata import EntryPoint, entry_points, version

import click
from click.shell_completion import CompletionItem

from runtime.errors import FramewireError
from runtime.names import OURS, check_names

GROUP = "framewire.commands"


class Commands(click.Group):
    """Imports a sub-command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all sub-commands."""
        return sorted(_found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a sub-command."""
        entry = _found().get(cmd_name)
        command = entry.load() if entry else None
        assert command is None or isinstance(command, click.Command)
        if command and ctx.resilient_parsing:  # the shell asks what may come next
            from runtime.commands.completing import attach  # noqa: PLC0415 - only for that

            attach(command, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may come next, without importing every sub-command for its help: that takes seconds."""
        names = [CompletionItem(name) for name in self.list_commands(ctx) if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def _found() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(OURS), prog_name="runtime")
def commands() -> None:
    """Framewire: agents play emulated games over NATS; what they saw becomes a dataset."""


def main() -> None:
    """Run the command line."""
    try:
        check_names()
        commands()
    except FramewireError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(error.exit_status) from error
