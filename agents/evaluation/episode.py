"""One episode in this process: bridge and actors on a bus in memory, in lockstep, as fast as they think."""

import asyncio
import time
from pathlib import Path

import msgspec

from agents.evaluation.carried import BRINGER, Bringer, folded, remembered
from agents.evaluation.lineup import Lineup
from agents.evaluation.referee import HEARD, Referee
from agents.evaluation.score import Score
from agents.knowledge.facts import Facts
from runtime.actor import Actor, load_class, make
from runtime.backend import Backend
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.clock import ManualClock
from runtime.errors import FramewireError, UsageError
from runtime.game import Game, load_game, parse_game
from runtime.launch import ActorEntry, ClockChoice, GameChoice, Launch, RecorderChoice
from runtime.loop import ActorLoop
from runtime.memory_bus import MemoryBus
from runtime.plan import Plan, loop_options, resolve
from runtime.process import make_backend
from runtime.slots import MemorySlots
from runtime.subjects import SessionId
from runtime.wire import Fact

_SESSION = SessionId("eval")

#: An episode's seed lets fewer frames than this pass before it begins: START then comes that much later, and the game's
#: own random numbers are others. A prime, so that every seed up to it has a delay of its own.
_MOST_LATE_FRAMES = 251


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What is played.

    Attributes:
        game: A built-in game, or the path of a game.toml; with `rom` empty it brings its ROM.
        rom: Path of the ROM.
        core: The core's name or path; empty for the first one found.
        lineup: Who plays.
        seed: Of the episode.
        frames: The most to play.
        until: Stop at "success", or "" to play all frames.
        carried: What is known at the beginning.
        truth: Path of more of a game.toml, such as its areas, that the referee knows and no actor; empty for none.
    """

    game: str
    lineup: Lineup
    seed: int
    frames: int
    until: str = "success"
    rom: str = ""
    core: str = ""
    carried: tuple[Fact, ...] = ()
    truth: str = ""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """An episode's end: its score, and what was known then."""

    score: Score
    facts: tuple[Fact, ...]


def late_frames(seed: int) -> int:
    """Return the frames that pass before an episode begins."""
    return seed * 7 % _MOST_LATE_FRAMES


def play(setup: Setup) -> Played:
    """Play an episode.

    Raises:
        FramewireError: It cannot be played, or an actor failed; the message says on which frame.
    """
    plan = plan_of(setup)
    game = load_game(Path(plan.game_toml)) if plan.game_toml else None
    backend = make_backend(plan, game)
    try:
        for _ in range(late_frames(setup.seed)):
            backend.step(frozenset())
        return asyncio.run(_play(setup, plan, game, backend))
    finally:
        backend.close()


def plan_of(setup: Setup) -> Plan:
    """Resolve and check what an episode plays by.

    Raises:
        FramewireError: It cannot be played.
    """
    launch = Launch(
        game=GameChoice(name=setup.game, rom=setup.rom, core=setup.core),
        clock=ClockChoice(mode="lockstep"),
        recorder=RecorderChoice(enabled=False),
        actor=setup.lineup.seeded(setup.seed),
    )
    return resolve(launch, Path(setup.lineup.folder or "."))


def true_game(setup: Setup, plan: Plan) -> Game | None:
    """Return the game as the referee knows it.

    Raises:
        ConfigError: The truth does not fit the description.
        UsageError: It cannot be read, or there is no description for it.
    """
    if not plan.game_toml:
        if setup.truth:
            raise UsageError(f"truth {setup.truth}: {plan.rom} has no description that it could be added to")
        return None
    try:
        more = Path(setup.truth).read_text(encoding="utf-8") if setup.truth else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"truth {setup.truth}: cannot be read: {error}") from error
    text = Path(plan.game_toml).read_text(encoding="utf-8")
    return parse_game(f"{text}\n{more}", f"{plan.game_toml} and {setup.truth}" if more else plan.game_toml)


def game_name(setup: Setup) -> str:
    """Return what the game calls itself; of a ROM without a description the file's name.

    Raises:
        FramewireError: It cannot be played.
    """
    return _name(plan_of(setup))


def _name(plan: Plan) -> str:
    return load_game(Path(plan.game_toml)).game.name if plan.game_toml else Path(plan.rom).stem


async def _play(setup: Setup, plan: Plan, game: Game | None, backend: Backend) -> Played:
    bus = MemoryBus()
    referee = Referee(true_game(setup, plan), backend)
    await referee.listen(bus, _SESSION)
    loops = [_loop(entry, plan, bus) for entry in plan.actors]
    names = [entry.name for entry in plan.actors]
    if setup.carried:
        loops.append(_actor_loop(Bringer(setup.carried), bus, ActorEntry(name=BRINGER, uses="", rate="frame")))
        names.append(BRINGER)
    options = BridgeOptions(
        session=_SESSION,
        clock="lockstep",
        game_name=_name(plan),
        game_toml=Path(plan.game_toml).read_text(encoding="utf-8") if plan.game_toml else "",
        frames=setup.frames,
        until=setup.until,
        wait_for=tuple(names),
        kinds=HEARD.union(*(loop.subscribed for loop in loops)) - (frozenset() if setup.lineup.told else {"learnt"}),
    )
    bridge = Bridge(backend, bus, options, clock=ManualClock(), game=game, slots=MemorySlots())
    started, started_cpu = time.perf_counter(), time.process_time()
    try:
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(loop.run())
            group.create_task(bridge.run())
    except BaseExceptionGroup as failures:
        failure = _first(failures)
        if isinstance(failure, Exception) and not isinstance(failure, FramewireError):
            raise FramewireError(f"seed {setup.seed}, frame {bridge.frame_index}: {failure!r}") from failure
        raise failure from failures
    await bus.flush()
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    known = folded(referee.learnt)
    recall = (
        referee.questions.ask(Facts(known), remembered(known, options.game_name))
        if known
        else referee.questions.ask(Facts())
    )
    return Played(score=referee.score(setup.seed, recall, wall_s, cpu_s), facts=known)


def _loop(entry: ActorEntry, plan: Plan, bus: MemoryBus) -> ActorLoop:
    actor = make(load_class(entry.uses, Path(plan.folder)), entry.config, f"actor {entry.name}", Path(plan.folder))
    return _actor_loop(actor, bus, entry)


def _actor_loop(actor: Actor, bus: MemoryBus, entry: ActorEntry) -> ActorLoop:
    return ActorLoop(actor, bus, loop_options(entry, _SESSION))


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure
