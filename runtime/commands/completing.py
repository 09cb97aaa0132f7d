"""What the shell offers at TAB: sessions, actors, games, launch files, kinds of messages. No server is asked.

Sessions and actors are those of this state folder, read from its files: what another server has is not offered.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import click
import msgspec
from click.shell_completion import CompletionItem

from runtime.config import state_folder
from runtime.game import BUILTIN
from runtime.subjects import BY_KIND, SessionId, stream_name

#: Names offered at most, and run folders looked into: what a person reads, and well below a tenth of a second.
_MOST = 200

Names = Callable[[click.Context, str], Iterable[str]]


def attach(command: click.Command, path: str) -> None:
    """Let the parameters of a command, and of those below it, offer names; `path` is how it is typed."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            attach(below, f"{path} {name}")
    for parameter in command.params:
        name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.name or ""
        names = _OF.get(f"{path} {name}") or _OF.get(name)
        if names:
            vars(parameter)["shell_complete"] = _offering(names)  # over its class', for this process


def sessions(ctx: click.Context, incomplete: str) -> Iterator[str]:
    """Yield recorded and live sessions, then archives."""
    yield from sorted({*recorded_sessions(ctx, incomplete), *live_sessions(ctx, incomplete)})
    yield from _files(incomplete, ".mcap")


def recorded_sessions(_: click.Context, __: str) -> list[str]:
    """Return the sessions that the embedded server has stored."""
    marker = stream_name(SessionId(""))
    streams = (state_folder() / "nats" / "jetstream").glob(f"*/streams/{marker}*")
    return sorted(path.name.removeprefix(marker) for path in streams)


def live_sessions(_: click.Context, __: str) -> list[str]:
    """Return the sessions whose supervisor runs, or was killed."""
    found = sorted(path.stem for path in (state_folder() / "metrics").glob("*.json"))
    return [name for name in found if "." not in name]  # the server's own has one


def actors(ctx: click.Context, _: str) -> list[str]:
    """Return the actors of the session that was typed, else of all that ran here."""
    typed = [word for word in ctx.args if not word.startswith("-")]  # where an option still waits for its value
    named = ctx.params.get("session") or next(iter(typed), "*")
    found: set[str] = set()
    for plan in islice((state_folder() / "runs").glob(f"{named}/plan.json"), _MOST):
        try:
            entries = msgspec.json.decode(plan.read_bytes())["plan"]["launch"]["actor"]
            found.update(str(entry["name"]) for entry in entries)
        except (OSError, msgspec.DecodeError, LookupError, TypeError):  # half written, or another version's
            continue
    return sorted(found)


def games(_: click.Context, incomplete: str) -> Iterator[str]:
    """Yield the built-in games, then descriptions and ROMs."""
    yield from sorted(path.parent.name for path in BUILTIN.glob("*/game.toml"))
    yield from _files(incomplete, ".toml", ".gba", ".gb", ".gbc", ".nes", ".sfc")


def launch_files(_: click.Context, incomplete: str) -> Iterator[str]:
    """Yield TOML files and folders."""
    return _files(incomplete, ".toml")


def kinds(_: click.Context, incomplete: str) -> list[str]:
    """Return the kinds of messages; of a list with commas what may come next."""
    before, comma, _last = incomplete.rpartition(",")
    return [f"{before}{comma}{kind}" for kind in BY_KIND]


def _files(incomplete: str, *suffixes: str) -> Iterator[str]:
    """Yield files with these endings, and folders, where what was typed leads."""
    folder = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    prefix = "" if folder == Path() and not incomplete.startswith("./") else f"{folder}/".replace("//", "/")
    try:
        there = sorted(folder.iterdir())
    except OSError:
        return
    for path in there:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield f"{prefix}{path.name}/"
        elif path.suffix in suffixes:
            yield f"{prefix}{path.name}"


def _offering(names: Names) -> Callable[[click.Context, str], list[CompletionItem]]:
    def offered(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        fitting = (name for name in names(ctx, incomplete) if name.startswith(incomplete))
        return [CompletionItem(name) for name in islice(fitting, _MOST)]

    return offered


#: Argument or option, by itself or after its command → what it may be.
_OF: dict[str, Names] = {
    "session": sessions,
    "sessions": sessions,
    "recording": sessions,
    "names": recorded_sessions,
    "resume session": recorded_sessions,
    "sessions compact session": recorded_sessions,
    "sessions info name": recorded_sessions,
    "sessions keep name": live_sessions,
    "knowledge now session": live_sessions,
    "--session": live_sessions,
    "up --replay": recorded_sessions,
    "--actor": actors,
    "game": games,
    "--game": games,
    "games info name": games,
    "file": launch_files,
    "eval --agent": launch_files,
    "archive info file": lambda _, incomplete: _files(incomplete, ".mcap"),
    "archive import file": lambda _, incomplete: _files(incomplete, ".mcap"),
    "stream": kinds,
    "streams": kinds,
    "kind": kinds,
    "--kinds": kinds,
    "--exclude": kinds,
    "--record": kinds,
}
