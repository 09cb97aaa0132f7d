"""A launch resolved and checked: one plan a session, by which supervisor and children run."""

import hashlib
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from runtime.actor import check_rate, load_class
from runtime.backend import Capabilities, read_rom
from runtime.clock import ClockMode, Rate
from runtime.console import console_of_rom
from runtime.errors import RomError, UsageError
from runtime.families import check_console, family, lacks, options_of
from runtime.game import BUILTIN, DEFAULT_GAME, check_whole_memory, find_game, load_game
from runtime.launch import LAUNCHES, ActorEntry, GameChoice, Launch, game_problems, read_launch, session_names
from runtime.loop import LoopOptions
from runtime.names import OURS
from runtime.nats_bus import without_secret
from runtime.subjects import SessionId, session_id

#: Frames emulated in advance where nobody says how many. With 4 the bridge waits for the emulator's process to wake; 16
#: take about a tenth less time than 8 where frames are cheap (Emberwood's title, Nov 2026).
PREFETCH = 16

#: What a session then has beside its actors: its emulator's process, and the bridge. Where they share processors with
#: actors that never wait, as on a free clock, nothing is gained.
_BRIDGE_PROCESSES = 2

#: Frames after which the time that the process takes to start, half a second, has been made up for.
_PREFETCH_FROM_FRAMES = 5000


_FACTS = ("rom", "rom_sha256", "backend", "core", "game_toml", "prefetch")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One session, resolved and checked; what the supervisor and its children run by.

    Attributes:
        launch: With all defaults filled in, and this session alone: a launch file of it runs it again.
        folder: Where the launch file lies; actors beside it can be imported.
        game_toml: Path of the description; empty for a ROM without one.
        rom: Path of the ROM, or "scripted" for the emulator without a core.
        rom_sha256: Its hash.
        console: Its console's name.
        backend: The family of emulators that runs it.
        core: Path of the core or program; empty where there is none.
        opening_s: How long it may wait for a person to start the emulator.
        instance: Counts the sessions of one run from 0.
        prefetch: Frames that the emulator, in a process of its own, emulates in advance; 0: in the bridge's process.
        versions: For the recording's metadata.
        start: Path of the Start at which the session begins; empty for power-on.
        parent: SESSION@FRAME that it branches from; empty for none.
    """

    launch: Launch
    folder: str
    game_toml: str
    rom: str
    rom_sha256: str
    console: str
    backend: str
    core: str
    versions: dict[str, str]
    opening_s: float = 0.0
    instance: int = 0
    prefetch: int = 0
    start: str = ""
    parent: str = ""

    @property
    def session(self) -> str:
        """Its name."""
        return self.launch.run.session

    @property
    def game(self) -> GameChoice:
        """What it plays."""
        return self.launch.games[0]

    @property
    def clock(self) -> ClockMode:
        """The clock's mode."""
        return self.launch.clock.mode  # type: ignore[return-value]  # checked by `resolve`

    @property
    def actors(self) -> tuple[ActorEntry, ...]:
        """The actors to run."""
        return self.launch.actor or ()

    @property
    def table(self) -> dict[str, Any]:
        """The resolved launch as plain values, without what lets one into the server."""
        table: dict[str, Any] = msgspec.to_builtins(self.launch)
        for secret in ("password", "token"):
            if table["nats"][secret]:
                table["nats"][secret] = "***"
        table["nats"]["url"] = without_secret(table["nats"]["url"])
        return table

    @property
    def facts(self) -> dict[str, str]:
        """What in the launch resolved to what."""
        return {name: str(getattr(self, name)) for name in _FACTS}

    def as_toml(self) -> str:
        """Return the resolved plan as a launch file, and what it resolved to as comments."""
        comments = "".join(f"# {key}: {value or '(none)'}\n" for key, value in self.facts.items())
        return comments + tomli_w.dumps(self.table)


def resolve_all(launch: Launch, folder: Path) -> tuple[Plan, ...]:
    """Fill in what a launch leaves open, and check that it can run: games, ROMs, cores, actors; one plan a session.

    Raises:
        FramewireError: It cannot; nothing was started.
    """
    name = launch.run.session or _default_name(launch)
    launch = msgspec.structs.replace(launch, run=msgspec.structs.replace(launch.run, session=name))
    for _, problem in game_problems(launch):
        raise UsageError(problem)
    plans = [_resolve_game(launch, game, folder) for game in launch.games]
    names = session_names(launch)
    return tuple(
        _named(plans[number], session_id(session), instance, len(names))
        for instance, (number, session) in enumerate(names)
    )


def resolve(launch: Launch, folder: Path) -> Plan:
    """Resolve a launch of one session.

    Raises:
        FramewireError: It cannot run, or has several sessions.
    """
    plans = resolve_all(launch, folder)
    if len(plans) > 1:
        raise UsageError(f"{len(plans)} sessions where one is wanted: {', '.join(plan.session for plan in plans)}")
    return plans[0]


def _default_name(launch: Launch) -> str:
    if launch.replay.session:
        return f"{launch.replay.session}-replay"
    return time.strftime("s%Y%m%d-%H%M%S", time.gmtime())


def _named(plan: Plan, session: str, instance: int, sessions: int) -> Plan:
    """Return the plan of one of so many sessions."""
    run = msgspec.structs.replace(plan.launch.run, session=session)
    launch = msgspec.structs.replace(plan.launch, run=run)
    prefetch = plan.prefetch if plan.prefetch >= 0 else _paying_prefetch(launch, sessions)
    return msgspec.structs.replace(plan, launch=launch, instance=instance, prefetch=prefetch)


def _paying_prefetch(launch: Launch, sessions: int) -> int:
    """Return how many frames to emulate in advance: none where a second process would only be in the way."""
    short = 0 < launch.run.frames < _PREFETCH_FROM_FRAMES
    wanted = (_BRIDGE_PROCESSES + len(launch.actor or ())) * sessions
    return 0 if short or processors() < wanted else PREFETCH


def _resolve_game(launch: Launch, choice: GameChoice, folder: Path) -> Plan:
    """Return the plan of a game's sessions, but for their names."""
    alone = msgspec.structs.replace(choice, session="", instances=1)
    launch = msgspec.structs.replace(launch, game=alone)
    if launch.replay.session:
        rom = f"replay of {session_id(launch.replay.session)}"
        game_toml, sha256, console_name, backend, core = "", "", "", "", ""
        launch = msgspec.structs.replace(launch, recorder=msgspec.structs.replace(launch.recorder, enabled=False))
    elif choice.rom == "scripted":
        game_toml, rom, sha256, console_name, backend, core = "", "scripted", "", "gba", "scripted", ""
    else:
        game_path, rom_path = _game_and_rom(choice)
        game = load_game(game_path) if game_path else None
        console = game.console if game else console_of_rom(rom_path)
        rom_bytes = read_rom(rom_path, console, game.game.sha256 if game else "", game.game.sha1 if game else ())
        sha256 = hashlib.sha256(rom_bytes).hexdigest()
        game_toml, rom, console_name = str(game_path or ""), str(rom_path), console.name
        chosen = family(choice.backend)
        check_console(chosen, console)
        backend, core = chosen.name, chosen.find(console, choice.core)
    can = _check_capabilities(launch, alone, backend, game_toml) if backend else None
    prefetches = launch.clock.mode == "free" and can and not can.remote
    return Plan(
        launch=msgspec.structs.replace(launch, actor=_entries(launch, choice, game_toml, folder)),
        folder=str(folder),
        game_toml=game_toml,
        rom=rom,
        rom_sha256=sha256,
        console=console_name,
        backend=backend,
        core=core,
        opening_s=can.opening_s if can else 0.0,
        prefetch=launch.clock.prefetch if prefetches else 0,
        versions={"framewire": version(OURS), "git_commit": git_commit(folder)},
    )


def _entries(launch: Launch, choice: GameChoice, game_toml: str, folder: Path) -> tuple[ActorEntry, ...]:
    """Return a game's actors, with their rates."""
    entries = launch.actor
    if entries is None:
        navigable = bool(game_toml) and load_game(Path(game_toml)).navigable
        entries = read_launch(LAUNCHES / ("default.toml" if navigable else "generic.toml")).actor or ()
    return tuple(
        msgspec.structs.replace(entry, rate=entry.rate or load_class(entry.uses, folder).rate, sessions=())
        for entry in entries
        if not entry.sessions or choice.session in entry.sessions
    )


def _check_capabilities(launch: Launch, choice: GameChoice, backend: str, game_toml: str) -> Capabilities:
    """Return what the emulator can do, if that is all that the launch and the game ask for.

    Raises:
        UsageError: It is not all of the launch.
        ConfigError: It is not all of the game.
    """
    chosen = family(backend)
    can = chosen.capabilities(options_of(chosen, choice.options))
    store = launch.recorder.store if launch.recorder.enabled else ""
    if problem := lacks(can, clock=launch.clock.mode, store=store, prefetch=launch.clock.prefetch):
        raise UsageError(f"backend {backend} cannot do {problem}")
    if can.scan == "watched" and game_toml:
        check_whole_memory(load_game(Path(game_toml)), game_toml)
    return can


def processors() -> int:
    """Return how many processors we may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def rate_of(entry: ActorEntry) -> Rate:
    """Return a resolved entry's rate."""
    return check_rate(entry.rate, entry.name)


def loop_options(entry: ActorEntry, session: SessionId) -> LoopOptions:
    """Return how a resolved entry's actor runs."""
    return LoopOptions(
        name=entry.name,
        session=session,
        rate=rate_of(entry),
        priority=entry.priority,
        hold_frames=entry.hold_frames,
        budget_ms=entry.budget_ms,
        sheds=entry.sheds,
    )


def _game_and_rom(choice: GameChoice) -> tuple[Path | None, Path]:
    """Return the description, if there is one, and the ROM."""
    if choice.rom and not choice.name:
        rom = Path(choice.rom)
        if not rom.is_file():
            raise RomError(f"{rom}: there is no such ROM")
        return _description_of(rom), rom
    game_path = find_game(choice.name or DEFAULT_GAME)
    rom_name = load_game(game_path).game.rom
    if not choice.rom and not rom_name:
        raise RomError(f"{game_path}: the game comes without a ROM; pass yours with --rom")
    return game_path, Path(choice.rom) if choice.rom else game_path.parent / rom_name


def _description_of(rom: Path) -> Path | None:
    """Return the game.toml that knows a ROM: beside it, or a built-in one, by hash."""
    content = rom.read_bytes()
    for candidate in (rom.parent / "game.toml", *sorted(BUILTIN.glob("*/game.toml"))):
        if candidate.is_file() and load_game(candidate).game.knows(content):
            return candidate
    return None


def git_commit(folder: Path) -> str:
    """Return the commit of the user's own code, with "+" when it is changed; empty outside a repository."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "HEAD")
        return commit + ("+" if commit and git("status", "--porcelain", "--untracked-files=no") else "")
    except OSError:
        return ""
