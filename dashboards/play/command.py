"""`runtime play`: a person plays, in a window or in the terminal."""

import asyncio
import importlib.util
import logging
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from dashboards.play.keymap import Keymap, default_keymap, help_text, read_keys, with_keys
from dashboards.play.player import Player, Sharing
from dashboards.play.screen import Screen
from dashboards.play.terminal import Terminal
from runtime import logs, wire
from runtime.client import connect
from runtime.clock import CLOCK_MODES
from runtime.commands.options import nats_options, run
from runtime.commands.output import examples
from runtime.config import env
from runtime.errors import UsageError
from runtime.game import DEFAULT_GAME, parse_game
from runtime.nats_bus import NatsOptions
from runtime.slots import SLOT
from runtime.subjects import NAME, session_id

_SHARES = ("override", "merge")


@dataclass(frozen=True)
class _Wish:
    """What was typed."""

    session: str
    start: str  # the game to start; empty to join a session
    clock: str
    up: tuple[str, ...]  # words for the `runtime up` that starts it
    name: str
    keys: Path | None
    slot: str
    sharing: Sharing
    terminal: bool | None
    scale: int


@click.command(
    epilog=examples(
        "runtime play                          the built-in game",
        "runtime play emberwood --actors       with its actors: your keys win",
        "runtime play --session s1 --terminal  in a session that runs",
    )
)
@click.argument("game", required=False, default="")
@click.option("--rom", default="", help="Play this ROM; 'scripted' is an emulator without a core.")
@click.option("--session", default="", metavar="NAME", help="Join this session; with a game: its name.")
@click.option("--actors", is_flag=True, help="Start the game's actors, too.")
@click.option("--share", type=click.Choice(_SHARES), default="override", show_default=True, help="With actors. "
              "override: your keys win; merge: you and they press.")  # fmt: skip
@click.option("--after", type=click.IntRange(0), default=30, show_default=True, metavar="FRAMES", help="How long your "
              "keys win after you let go, with --share override.")  # fmt: skip
@click.option("--name", default="person", show_default=True, help="What you are called in the recording.")
@click.option("--keys", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE.toml", help="What "
              'keys do: [keys] x = "A", f9 = "save".')  # fmt: skip
@click.option("--slot", default="quick", show_default=True, metavar="NAME", help="The slot that is saved and loaded.")
@click.option("--terminal/--window", default=None, help="Default: a window where there is a display.")
@click.option("--scale", type=click.IntRange(0, 16), default=0, metavar="N", help="Each pixel N by N, in a window.")
@click.option("--clock", type=click.Choice(CLOCK_MODES), default="realtime", show_default=True, help="Of the game that "
              "is started.")  # fmt: skip
@click.option("--backend", default="", help="The emulator, as of `runtime up`.")
@click.option("--core", default="", help="A libretro core or the emulator's program.")
@click.option("--no-record", is_flag=True, help="Keep nothing.")
@nats_options
def play(
    nats: NatsOptions,
    game: str,
    rom: str,
    session: str,
    actors: bool,
    share: str,
    after: int,
    name: str,
    keys: Path | None,
    slot: str,
    terminal: bool | None,
    scale: int,
    clock: str,
    backend: str,
    core: str,
    no_record: bool,
) -> None:
    """Play GAME yourself (a built-in one, a game.toml or a ROM), or in the running session NAME, beside its actors.

    What you press is recorded with its cause, so this is how demonstrations are made.
    """
    logs.set_up(logging.WARNING)
    if not NAME.fullmatch(name) or name == "bridge":
        raise UsageError(f"name {name!r}: allowed are 1 to 64 letters, digits, '_' and '-', but not 'bridge'")
    if not SLOT.fullmatch(slot):
        raise UsageError(f"slot {slot!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
    if session:
        session_id(session)
    joins = bool(session) and not (game or rom)
    if joins and (actors or backend or core or no_record):
        raise UsageError(f"session {session} runs already: --actors, --backend, --core and --no-record need a game")
    flags = {"--backend": backend, "--core": core}
    up = [word for flag, value in flags.items() if value for word in (flag, value)]
    up += ([] if actors else ["--no-actors"]) + (["--no-record"] if no_record else [])
    wish = _Wish(
        session, "" if joins else rom or game or DEFAULT_GAME, clock, tuple(up), name, keys, slot,
        Sharing(share == "merge", after), terminal, scale,
    )  # fmt: skip
    run(_play(nats, wish))


async def _play(nats: NatsOptions, wish: _Wish) -> None:
    screen = _screen(wish)
    async with connect(nats, wish.session, start=wish.start, clock=wish.clock, name=wish.name, up=wish.up) as client:
        welcome = client.welcome
        keymap = _keymap(welcome, wish.keys)
        click.echo(f"session {welcome.session}: {help_text(keymap)}", err=True)
        player = Player(client, screen, keymap, name=wish.name, slot=wish.slot, sharing=wish.sharing)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, player.stop)
        await player.run()
    if welcome.recorded and wish.start:
        click.echo(f"recorded: runtime dataset build {welcome.session} --format parquet --out DIR", err=True)


def _keymap(welcome: wire.Welcome, file: Path | None) -> Keymap:
    keymap = default_keymap(welcome.console, welcome.buttons)
    if welcome.game_toml:
        keys = parse_game(welcome.game_toml, "game.toml").keys
        keymap = with_keys(keymap, keys, welcome.buttons, "game.toml")
    return with_keys(keymap, read_keys(file), welcome.buttons, str(file)) if file else keymap


def _screen(wish: _Wish) -> Screen:
    """Return where to play.

    Raises:
        UsageError: A window is asked for, and pygame is not installed.
    """
    there = importlib.util.find_spec("pygame") is not None
    if wish.terminal is False and not there:
        raise UsageError("--window needs pygame-ce: pip install 'framewire[play]'; or play with --terminal")
    if wish.terminal or (wish.terminal is None and not (there and _display())):
        return Terminal()
    from dashboards.play.window import Window  # noqa: PLC0415 - an extra, and slow to load

    return Window(wish.scale)


def _display() -> bool:
    """Return whether a window can be expected to open."""
    return sys.platform in ("darwin", "win32") or any(
        env(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    )
