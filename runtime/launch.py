"""Launch files: TOML to a resolved plan. `runtime check FILE` prints the plan; `runtime up FILE` runs it."""

import hashlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from runtime import toml_file
from runtime.actor import check_rate, config_fields, load_class, make
from runtime.backend import Capabilities, read_rom
from runtime.clock import CLOCK_MODES, ClockMode, Rate
from runtime.console import console_of_rom
from runtime.errors import ConfigError, RomError, UsageError
from runtime.expressions import condition
from runtime.families import check_console, family, lacks, options_of
from runtime.game import BUILTIN, DEFAULT_GAME, check_whole_memory, find_game, load_game
from runtime.names import OURS
from runtime.nats_bus import NatsOptions, without_secret
from runtime.session_meta import STORES
from runtime.subjects import NAME, RECORDED, session_id

LAUNCHES = Path(__file__).parent / "launches"

UNTIL = ("", "episode", "success", "failure")
RESTART = ("never", "on-failure", "always")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a launch file."""


class GameChoice(_Table, frozen=True, kw_only=True):
    """`[game]`: a built-in game or folder by name, or a ROM; and which emulator runs it."""

    name: str = ""
    rom: str = ""
    backend: str = ""  # a family of emulators (runtime.families); empty for libretro
    core: str = ""  # a core's or program's name or path; empty for the first one found
    options: dict[str, Any] = {}  # the family's own


class ClockChoice(_Table, frozen=True, kw_only=True):
    """`[clock]`."""

    mode: str = "realtime"


class RecorderChoice(_Table, frozen=True, kw_only=True):
    """`[recorder]`: whether, by what and how the session is kept. 0 means no limit."""

    enabled: bool = True
    uses: str = "streams.recorder:jetstream_recorder"
    store: str = "all"  # all | inputs: frames and memory are emulated again when asked for
    kinds: tuple[str, ...] = ()  # only these; empty: all that the store keeps
    exclude: tuple[str, ...] = ()  # not these
    split_s: float = 0.0  # emulated seconds, then the next part begins
    split_bytes: int = 0
    limit_s: float = 0.0  # of all parts together
    limit_bytes: int = 0
    drop_oldest: bool = False  # at the limit remove the oldest part, in place of ending the recording
    snapshot_s: float = 0.0  # hold the last seconds in memory only, until told to keep them
    keep_when: str = ""  # a rule on state: when it begins to hold, the snapshot is kept
    keep_on: tuple[str, ...] = ()  # events that keep the snapshot

    @property
    def recorded(self) -> tuple[str, ...]:
        """The kinds to record, in the order of runtime.subjects.TABLE."""
        return tuple(
            kind for kind in STORES[self.store] if kind not in self.exclude and (not self.kinds or kind in self.kinds)
        )


class ReplayChoice(_Table, frozen=True, kw_only=True):
    """`[replay]`: the recorded session that plays in place of an emulator; empty for none."""

    session: str = ""
    uses: str = "streams.serve_replay:serve_replay"
    start: str = ""  # a frame, or a time as 12.5s or 1:02
    end: str = ""
    plays: int = 1  # how often; 0 without end


class RunChoice(_Table, frozen=True, kw_only=True):
    """`[run]`: the session's name and end. 0 and "" mean no limit."""

    session: str = ""
    frames: int = 0
    duration_s: float = 0.0
    until: str = ""  # episode | success | failure
    max_restarts: int = 5  # of a killed bridge, within a minute
    resume: bool = False  # go on with the recorded session of this name, which was cut off


class ActorEntry(_Table, frozen=True, kw_only=True):
    """`[[actor]]`: one process."""

    name: str
    uses: str
    rate: float | str = ""  # empty for the class's own
    priority: int = 0
    hold_frames: int = 30
    restart: str = "on-failure"
    max_restarts: int = 5  # within a minute
    config: dict[str, Any] = {}


class Launch(_Table, frozen=True, kw_only=True):
    """A whole launch file."""

    nats: NatsOptions = msgspec.field(default_factory=NatsOptions)
    game: GameChoice = msgspec.field(default_factory=GameChoice)
    clock: ClockChoice = msgspec.field(default_factory=ClockChoice)
    recorder: RecorderChoice = msgspec.field(default_factory=RecorderChoice)
    replay: ReplayChoice = msgspec.field(default_factory=ReplayChoice)
    run: RunChoice = msgspec.field(default_factory=RunChoice)
    actor: tuple[ActorEntry, ...] | None = None  # absent: the default actors; an empty array: none


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything resolved and checked; what the supervisor and its children run by.

    Attributes:
        launch: With all defaults filled in.
        folder: Where the launch file lies; actors beside it can be imported.
        game_toml: Path of the description; empty for a ROM without one.
        rom: Path of the ROM, or "scripted" for the emulator without a core.
        rom_sha256: Its hash.
        console: Its console's name.
        backend: The family of emulators that runs it.
        core: Path of the core or program; empty where there is none.
        opening_s: How long it may wait for a person to start the emulator.
        instance: Counts the sessions of one run from 0.
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
    start: str = ""
    parent: str = ""

    @property
    def clock(self) -> ClockMode:
        """The clock's mode."""
        return self.launch.clock.mode  # type: ignore[return-value]  # checked by `resolve`

    @property
    def actors(self) -> tuple[ActorEntry, ...]:
        """The actors to run."""
        return self.launch.actor or ()

    def as_toml(self) -> str:
        """Return the resolved plan as a launch file, and what it resolved to as comments."""
        table = msgspec.to_builtins(self.launch)
        for secret in ("password", "token"):
            if table["nats"][secret]:
                table["nats"][secret] = "***"
        table["nats"]["url"] = without_secret(table["nats"]["url"])
        facts = {
            "rom": self.rom,
            "rom_sha256": self.rom_sha256,
            "backend": self.backend,
            "core": self.core,
            "game_toml": self.game_toml,
        }
        comments = "".join(f"# {key}: {value or '(none)'}\n" for key, value in facts.items())
        return comments + tomli_w.dumps(table)


def read_launch(path: Path) -> Launch:
    """Read a launch file, checking each actor's entry with its line.

    Raises:
        ConfigError: Something in it is wrong.
    """
    launch = toml_file.load(path, Launch)
    text = path.read_text(encoding="utf-8")

    def fail(where: tuple[str | int, ...], problem: str) -> ConfigError:
        return ConfigError(str(path), toml_file.line_of(text, where), toml_file.dotted(where), problem)

    for where, value, allowed in (
        (("clock", "mode"), launch.clock.mode, CLOCK_MODES),
        (("run", "until"), launch.run.until, UNTIL),
        (("recorder", "store"), launch.recorder.store, tuple(STORES)),
        *((("actor", i, "restart"), entry.restart, RESTART) for i, entry in enumerate(launch.actor or ())),
    ):
        if value not in allowed:
            raise fail(where, f"{value!r}: allowed are {', '.join(filter(None, allowed))}")
    if problem := check_recorder(launch.recorder):
        raise fail(("recorder",), problem)
    try:
        options_of(family(launch.game.backend), launch.game.options)
    except UsageError as error:
        raise fail(("game", "options" if launch.game.options else "backend"), str(error)) from error
    names: set[str] = set()
    for i, entry in enumerate(launch.actor or ()):
        if not NAME.fullmatch(entry.name) or entry.name == "bridge" or entry.name in names:
            raise fail(
                ("actor", i, "name"), f"{entry.name!r}: allowed is a name of its own, of letters, digits, _ and -"
            )
        names.add(entry.name)
        try:
            actor = load_class(entry.uses, path.parent)
            check_rate(entry.rate or actor.rate, entry.uses)
        except UsageError as error:
            raise fail(("actor", i, "uses"), str(error)) from error
        allowed_config = config_fields(actor)
        for key in entry.config:
            if key not in allowed_config:
                there = ", ".join(allowed_config) or "none"
                raise fail(("actor", i, "config", key), f"unknown key; {entry.uses} takes {there}")
        try:
            make(actor, entry.config, entry.name)
        except UsageError as error:
            raise fail(("actor", i, "config"), str(error)) from error
    return launch


def check_recorder(choice: RecorderChoice) -> str:
    """Return what is wrong with a recorder's choices; empty when nothing is."""
    return next(_recorder_problems(choice), "")


def _recorder_problems(choice: RecorderChoice) -> Iterator[str]:
    if choice.store not in STORES:
        yield f"store {choice.store!r}: allowed are {', '.join(STORES)}"
        return
    there = ", ".join(STORES[choice.store])
    for kind in (*choice.kinds, *choice.exclude):
        if kind not in RECORDED:
            yield f"kind {kind!r}: allowed are {there}"
    if not choice.recorded:
        yield f"nothing is left to record of {there}"
    amounts = ("split_s", "split_bytes", "limit_s", "limit_bytes", "snapshot_s")
    for name in amounts:
        if (amount := getattr(choice, name)) < 0:
            yield f"{name} {amount}: allowed are 0 and more"
    if choice.drop_oldest and not (choice.limit_s or choice.limit_bytes):
        yield "drop_oldest needs limit_s or limit_bytes"
    if choice.snapshot_s and (choice.store == "inputs" or any(getattr(choice, name) for name in amounts[:4])):
        yield "snapshot_s holds seconds of everything in memory; it goes without store 'inputs', split and limits"
    if (choice.keep_when or choice.keep_on) and not choice.snapshot_s:
        yield "keep_when and keep_on say when a snapshot is kept; they need snapshot_s"
    try:
        condition(choice.keep_when or "True")
    except UsageError as error:
        yield str(error)


def resolve(launch: Launch, folder: Path) -> Plan:
    """Fill in what a launch leaves open, and check that it can run: game, ROM, core, actors.

    Raises:
        FramewireError: It cannot; nothing was started.
    """
    if launch.replay.session:
        rom = f"replay of {session_id(launch.replay.session)}"
        game_toml, sha256, console_name, backend, core = "", "", "", "", ""
        launch = msgspec.structs.replace(
            launch,
            recorder=msgspec.structs.replace(launch.recorder, enabled=False),
            run=msgspec.structs.replace(launch.run, session=launch.run.session or f"{launch.replay.session}-replay"),
        )
    elif launch.game.rom == "scripted":
        game_toml, rom, sha256, console_name, backend, core = "", "scripted", "", "gba", "scripted", ""
    else:
        game_path, rom_path = _game_and_rom(launch.game)
        game = load_game(game_path) if game_path else None
        console = game.console if game else console_of_rom(rom_path)
        rom_bytes = read_rom(rom_path, console, game.game.sha256 if game else "", game.game.sha1 if game else ())
        sha256 = hashlib.sha256(rom_bytes).hexdigest()
        game_toml, rom, console_name = str(game_path or ""), str(rom_path), console.name
        chosen = family(launch.game.backend)
        check_console(chosen, console)
        backend, core = chosen.name, chosen.find(console, launch.game.core)
    opening_s = 0.0
    if backend:
        can = _check_capabilities(launch, backend)
        opening_s = can.opening_s
        if can.scan == "watched" and game_toml:
            check_whole_memory(load_game(Path(game_toml)), game_toml)
    if launch.actor is None:
        navigable = bool(game_toml) and load_game(Path(game_toml)).navigable
        default = read_launch(LAUNCHES / ("default.toml" if navigable else "generic.toml"))
        launch = msgspec.structs.replace(launch, actor=default.actor)
    entries = tuple(
        msgspec.structs.replace(entry, rate=entry.rate or load_class(entry.uses, folder).rate)
        for entry in launch.actor or ()
    )
    session = launch.run.session or time.strftime("s%Y%m%d-%H%M%S", time.gmtime())
    run = msgspec.structs.replace(launch.run, session=session_id(session))
    return Plan(
        launch=msgspec.structs.replace(launch, actor=entries, run=run),
        folder=str(folder),
        game_toml=game_toml,
        rom=rom,
        rom_sha256=sha256,
        console=console_name,
        backend=backend,
        core=core,
        opening_s=opening_s,
        versions={"framewire": version(OURS), "git_commit": git_commit(folder)},
    )


def _check_capabilities(launch: Launch, backend: str) -> Capabilities:
    """Return what the emulator can do, if that is all that the launch asks for.

    Raises:
        UsageError: It is not.
    """
    chosen = family(backend)
    can = chosen.capabilities(options_of(chosen, launch.game.options))
    store = launch.recorder.store if launch.recorder.enabled else ""
    if problem := lacks(can, clock=launch.clock.mode, store=store):
        raise UsageError(f"backend {backend} cannot do {problem}")
    return can


def rate_of(entry: ActorEntry) -> Rate:
    """Return a resolved entry's rate."""
    return check_rate(entry.rate, entry.name)


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


def with_overrides(launch: Launch, overrides: Mapping[str, Mapping[str, Any]]) -> Launch:
    """Return the launch with the command line's values over the file's; a None leaves the file's."""
    for table, values in overrides.items():
        given = {key: value for key, value in values.items() if value is not None}
        changed = msgspec.structs.replace(getattr(launch, table), **given)
        launch = msgspec.structs.replace(launch, **{table: changed})
    return launch
