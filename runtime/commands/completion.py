"""`runtime completion SHELL`: the script that teaches a shell to complete our commands."""

import click
from click.shell_completion import get_completion_class

from runtime.commands.output import examples

_PROGRAM = "runtime"

#: How click names the variable by which the script asks.
_VARIABLE = "_RUNTIME_COMPLETE"


@click.command(
    epilog=examples(
        'eval "$(runtime completion bash)"            # in ~/.bashrc',
        'eval "$(runtime completion zsh)"             # in ~/.zshrc, after compinit',
        "runtime completion fish > ~/.config/fish/completions/runtime.fish",
    )
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options, sessions, actors, games, files and kinds."""
    chosen = get_completion_class(shell)
    assert chosen is not None
    click.echo(chosen(ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source())
