"""What holds of every command: help with examples, clear refusals, JSON for scripts, names at TAB. No game is run."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from runtime.cli import commands

#: Commands whose result is no table or report, and why.
WITHOUT_JSON = {
    "completion": "prints a script",
    "eval": "--json takes a file, or -",
    "knowledge export": "prints lines of JSON",
    "play": "a person plays in its terminal or window",
    "view": "draws",
}


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, by what is typed after `runtime`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        here = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from leaves(command, here)
        else:
            yield here, command


ALL = dict(leaves(commands))


@pytest.mark.parametrize("path", ALL)
def test_help_says_what_it_does_and_shows_how(path: str) -> None:
    shown = CliRunner().invoke(commands, [*path.split(), "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: runtime {path} ") or shown.output.startswith("Usage: commands ")
    assert ALL[path].help, "its docstring is its help"
    before, _, examples = shown.output.partition("Examples:\n")
    assert before
    assert f"runtime {path}" in examples, "epilog=examples(...) of runtime.commands.output, with the command as typed"
    assert "\x1b" not in shown.output


@pytest.mark.parametrize("path", ALL)
def test_bad_usage_is_told_and_has_status_2(path: str) -> None:
    refused = CliRunner().invoke(commands, [*path.split(), "--no-such-option"])
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "No such option" in refused.stderr
    assert "--no-such-option" in refused.stderr


@pytest.mark.parametrize("path", ALL)
def test_scripts_get_json(path: str) -> None:
    has = any("--json" in option.opts for option in ALL[path].params)
    assert has == (path not in WITHOUT_JSON or path == "eval"), "json_option of runtime.commands.output"


def test_a_command_that_does_not_exist_is_told() -> None:
    refused = CliRunner().invoke(commands, ["nosuch"])
    assert refused.exit_code == 2
    assert "No such command 'nosuch'" in refused.stderr


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to type in, with a state folder that has two recordings, of which one is live."""
    state = tmp_path / "state"
    for name in ("FW_quest", "FW_lab", "OBJ_FW_SLOTS"):
        (state / "nats/jetstream/$G/streams" / name).mkdir(parents=True)
    (state / "metrics").mkdir()
    for name in ("lab.json", "nats.server.json"):
        (state / "metrics" / name).write_text("[]")
    for session, actor in (("quest", "reflex"), ("lab", "tapper")):
        (state / "runs" / session).mkdir(parents=True)
        plan = f'{{"plan": {{"launch": {{"actor": [{{"name": "{actor}"}}]}}}}}}'
        (state / "runs" / session / "plan.json").write_text(plan)
    (state / "runs/broken").mkdir()
    (state / "runs/broken/plan.json").write_text("{")
    for name in ("mine.toml", "old.mcap", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/deep.toml").touch()
    monkeypatch.setenv("FRAMEWIRE_HOME", str(state))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(*words: str) -> list[str]:
    """Return what is offered for the last word."""
    shell = ShellComplete(commands, {}, "runtime", "_RUNTIME_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ver",), ["verify"]),
        (("sessions", "com"), ["compact"]),
        (("verify", ""), ["lab", "quest", "old.mcap", "state/", "sub/"]),
        (("verify", "q"), ["quest"]),
        (("verify", "--ses"), []),
        (("top", "--ses"), ["--session"]),
        (("top", "--session", "l"), ["lab"]),
        (("sessions", "keep", ""), ["lab"]),
        (("diff", "quest", "--actor", ""), ["reflex"]),
        (("diff", "--actor", ""), ["reflex", "tapper"]),
        (("up", ""), ["mine.toml", "state/", "sub/"]),
        (("up", "sub/"), ["sub/deep.toml"]),
        (("games", "info", "em"), ["emberwood"]),
        (("up", "--game", "br"), ["brickyard"]),
        (("echo", "in.a"), ["in.action"]),
        (("replay", "quest", "--kinds", "frame,st"), ["frame,state", "frame,state10"]),
        (("view", "quest", "--protocol", "s"), ["sixel"]),
        (("completion", "z"), ["zsh"]),
    ],
)
def test_the_shell_is_offered_names(home: Path, words: tuple[str, ...], wanted: list[str]) -> None:
    assert offered(*words) == wanted


def test_nothing_is_made_or_offered_where_nothing_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    assert offered("verify", "") == []
    assert offered("diff", "quest", "--actor", "") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    printed = CliRunner().invoke(commands, ["completion", shell])
    assert printed.exit_code == 0
    assert f"_RUNTIME_COMPLETE={shell}_complete" in printed.output
