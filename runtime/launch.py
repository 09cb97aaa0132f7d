"""Launch files: TOML to a checked `Launch`. `runtime.plan` resolves it; `runtime up FILE` runs it."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from runtime import toml_file
from runtime.actor import check_rate, config_fields, load_class, make
from runtime.clock import CLOCK_MODES
from runtime.errors import ConfigError, UsageError
from runtime.expressions import condition
from runtime.families import family, options_of
from runtime.nats_bus import NatsOptions
from runtime.prefetch import MOST_PREFETCHED
from runtime.quality import ALL_SHEDS
from runtime.session_meta import STORES
from runtime.subjects import NAME, RECORDED

LAUNCHES = Path(__file__).parent / "launches"

UNTIL = ("", "episode", "success", "failure")
RESTART = ("never", "on-failure", "always")

Where = tuple[str | int, ...]  # a place in a launch file


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a launch file."""


class GameChoice(_Table, frozen=True, kw_only=True):
    """`[game]`, or `[[game]]` several times: a built-in game or folder by name, or a ROM; and what runs it."""

    name: str = ""
    rom: str = ""
    backend: str = ""  # a family of emulators (runtime.families); empty for libretro
    core: str = ""  # a core's or program's name or path; empty for the first one found
    options: dict[str, Any] = {}  # the family's own
    session: str = ""  # the session's name; empty for the run's
    instances: int = 1  # so many sessions of it: NAME-1, NAME-2 …


class ClockChoice(_Table, frozen=True, kw_only=True):
    """`[clock]`."""

    mode: str = "realtime"
    prefetch: int = -1  # free: frames emulated in advance, in a process of its own; 0: none; -1: as it pays


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
    """`[run]`: the session's name, and each session's end. 0 and "" mean no limit."""

    session: str = ""
    frames: int = 0
    duration_s: float = 0.0
    until: str = ""  # episode | success | failure
    max_restarts: int = 5  # of a killed bridge, within a minute
    resume: bool = False  # go on with the recorded session of this name, which was cut off


class ActorEntry(_Table, frozen=True, kw_only=True):
    """`[[actor]]`: one process in each session."""

    name: str
    uses: str
    rate: float | str = ""  # empty for the class's own
    priority: int = 0
    hold_frames: int = 30
    restart: str = "on-failure"
    max_restarts: int = 5  # within a minute
    budget_ms: float = 0.0  # what a tick may take; 0: the time until the next
    sheds: tuple[str, ...] = ALL_SHEDS  # what it may leave out when it takes longer
    config: dict[str, Any] = {}
    sessions: tuple[str, ...] = ()  # only in those of the games with these `session` names; empty: in all


class Launch(_Table, frozen=True, kw_only=True):
    """A whole launch file."""

    nats: NatsOptions = msgspec.field(default_factory=NatsOptions)
    game: GameChoice | tuple[GameChoice, ...] = msgspec.field(default_factory=GameChoice)
    clock: ClockChoice = msgspec.field(default_factory=ClockChoice)
    recorder: RecorderChoice = msgspec.field(default_factory=RecorderChoice)
    replay: ReplayChoice = msgspec.field(default_factory=ReplayChoice)
    run: RunChoice = msgspec.field(default_factory=RunChoice)
    actor: tuple[ActorEntry, ...] | None = None  # absent: the default actors; an empty array: none

    @property
    def games(self) -> tuple[GameChoice, ...]:
        """What runs, in the order of the file."""
        return (self.game,) if isinstance(self.game, GameChoice) else self.game


def read_launch(path: Path) -> Launch:
    """Read a launch file, checking each actor's entry with its line.

    Raises:
        ConfigError: Something in it is wrong.
    """
    launch = toml_file.load(path, Launch)
    for where, problem in _problems(launch, path.parent):
        text = path.read_text(encoding="utf-8")
        raise ConfigError(str(path), toml_file.line_of(text, where), toml_file.dotted(where), problem)
    return launch


def _problems(launch: Launch, folder: Path) -> Iterator[tuple[Where, str]]:
    """Yield what is wrong, and where."""
    for where, value, allowed in (
        (("clock", "mode"), launch.clock.mode, CLOCK_MODES),
        (("run", "until"), launch.run.until, UNTIL),
        (("recorder", "store"), launch.recorder.store, tuple(STORES)),
        *((("actor", i, "restart"), entry.restart, RESTART) for i, entry in enumerate(launch.actor or ())),
    ):
        if value not in allowed:
            yield where, f"{value!r}: allowed are {', '.join(filter(None, allowed))}"
    if not -1 <= launch.clock.prefetch <= MOST_PREFETCHED:
        yield ("clock", "prefetch"), f"{launch.clock.prefetch}: allowed are -1 to {MOST_PREFETCHED}"
    if problem := check_recorder(launch.recorder):
        yield ("recorder",), problem
    yield from game_problems(launch)
    yield from _actor_problems(launch, folder)


def game_problems(launch: Launch) -> Iterator[tuple[Where, str]]:
    """Yield what is wrong with the games and the names of their sessions, and where."""
    if not launch.games:
        yield ("game",), "an empty array: allowed is one game or more"
    several = isinstance(launch.game, tuple)
    places: list[Where] = [("game", i) if several else ("game",) for i in range(len(launch.games))]
    taken: dict[str, Where] = {}
    for here, game in zip(places, launch.games, strict=True):
        if game.instances < 1:
            yield (*here, "instances"), f"{game.instances}: allowed are 1 and more"
        if game.session and not NAME.fullmatch(game.session):
            yield (*here, "session"), f"{game.session!r}: allowed are 1 to 64 letters, digits, '_' and '-'"
        if game.session and taken.setdefault(game.session, here) != here:
            yield (*here, "session"), f"{game.session!r} is another game's, too: allowed is a name of its own"
        try:
            options_of(family(game.backend), game.options)
        except UsageError as error:
            yield (*here, "options" if game.options else "backend"), str(error)
    for i, name in session_names(launch):
        if taken.setdefault(name, places[i]) != places[i]:
            yield (*places[i], "session"), f"its session {name!r} is another game's, too: allowed is a name of its own"
    if launch.replay.session and len(session_names(launch)) > 1:
        yield ("replay", "session"), "a replay takes the place of one game, here are several; allowed is one instance"


def session_names(launch: Launch) -> tuple[tuple[int, str], ...]:
    """Return the name of each session to run, after the number of its game, in the order of the file.

    Those that would share a name, as instances of one game or games without a `session`, are counted: NAME-1, NAME-2 …
    """
    wanted = [
        (i, game.session or launch.run.session) for i, game in enumerate(launch.games) for _ in range(game.instances)
    ]
    several = Counter(name for _, name in wanted)
    counts = {name: itertools.count(1) for name in several}
    return tuple((i, f"{name}-{next(counts[name])}" if several[name] > 1 else name) for i, name in wanted)


def _actor_problems(launch: Launch, folder: Path) -> Iterator[tuple[Where, str]]:
    names: set[str] = set()
    for i, entry in enumerate(launch.actor or ()):
        if not NAME.fullmatch(entry.name) or entry.name == "bridge" or entry.name in names:
            yield ("actor", i, "name"), f"{entry.name!r}: allowed is a name of its own, of letters, digits, _ and -"
        names.add(entry.name)
        known = [game.session for game in launch.games if game.session]
        for name in entry.sessions:
            if name not in known:
                there = ", ".join(known) or "none, as no game has a `session`"
                yield ("actor", i, "sessions"), f"{name!r}: allowed are {there}"
        try:
            actor = load_class(entry.uses, folder)
            check_rate(entry.rate or actor.rate, entry.uses)
        except UsageError as error:
            yield ("actor", i, "uses"), str(error)
            return
        if entry.budget_ms < 0:
            yield ("actor", i, "budget_ms"), f"{entry.budget_ms:g}: allowed are 0 and more"
        allowed_sheds = getattr(actor, "sheds", ())
        for part in entry.sheds:
            if part not in allowed_sheds and entry.sheds != ALL_SHEDS:
                there = ", ".join(allowed_sheds) or "nothing"
                yield ("actor", i, "sheds"), f"{part!r}: {entry.uses} can leave out {there}"
        allowed_config = config_fields(actor)
        for key in entry.config:
            if key not in allowed_config:
                there = ", ".join(allowed_config) or "none"
                yield ("actor", i, "config", key), f"unknown key; {entry.uses} takes {there}"
        try:
            make(actor, entry.config, entry.name, folder)
        except UsageError as error:
            yield ("actor", i, "config"), str(error)


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


def with_overrides(launch: Launch, overrides: Mapping[str, Mapping[str, Any]]) -> Launch:
    """Return the launch with the command line's values over the file's; a None leaves the file's.

    What is said of the game goes for each.
    """
    for table, values in overrides.items():
        given = {key: value for key, value in values.items() if value is not None}
        launch = msgspec.structs.replace(launch, **{table: _changed(getattr(launch, table), given)})
    return launch


def _changed(table: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(table, tuple):
        return tuple(_changed(entry, given) for entry in table)
    return msgspec.structs.replace(table, **given)
