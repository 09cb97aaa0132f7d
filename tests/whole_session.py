"""A whole session in one process: a bridge with a real core and actors, in lockstep on a bus in memory."""

import asyncio
from collections.abc import Callable, Mapping

from runtime.actor import Actor
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.bus import Message
from runtime.clock import ManualClock, Rate
from runtime.game import find_game, load_game
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.slots import MemorySlots
from runtime.subjects import SessionId, subject

SESSION = SessionId("whole")


async def play_whole(
    actors: Mapping[str, tuple[Actor, Rate]],
    frames: int,
    readers: Mapping[str, Callable[[Message], None]] | None = None,
    *,
    game_name: str = "emberwood",
    until: str = "",
) -> int:
    """Play a session from power-on; one libretro emulator per process (tests.alone).

    Args:
        actors: By name, with their rates.
        frames: The most frames it takes.
        readers: Called with each message of a kind.
        game_name: A built-in game.
        until: "episode" to end with one.

    Returns:
        The frames played.
    """
    path = find_game(game_name)
    game = load_game(path)
    backend = LibretroBackend(find_core(game.console), path.parent / game.game.rom, game.console, game.game.sha256)
    bus = MemoryBus()
    text = path.read_text(encoding="utf-8")
    options = BridgeOptions(
        SESSION, "lockstep", game_toml=text, frames=frames, until=until, wait_for=tuple(sorted(actors))
    )
    bridge = Bridge(backend, bus, options, clock=ManualClock(), game=game, slots=MemorySlots())
    for kind, reader in (readers or {}).items():
        await bus.subscribe(subject(SESSION, kind), reader)
    async with asyncio.TaskGroup() as group:
        for name, (actor, rate) in actors.items():
            group.create_task(ActorLoop(actor, bus, LoopOptions(name, SESSION, rate)).run())
        played = group.create_task(bridge.run())
    await bus.flush()
    backend.close()
    return played.result()
