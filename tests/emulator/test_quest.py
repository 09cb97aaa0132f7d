"""The default actors finish the built-in game's quest unaided, and do it the same way every time."""

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import pytest

from runtime import wire
from runtime.actor import check_rate, load_class, make
from runtime.bridge import Bridge
from runtime.bridge_options import BridgeOptions
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.bus import Message
from runtime.clock import ManualClock
from runtime.console import CONSOLES
from runtime.errors import CoreError
from runtime.game import find_game, load_game
from runtime.launch import LAUNCHES, read_launch
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.slots import MemorySlots
from runtime.subjects import SessionId, subject

SESSION = SessionId("quest")

#: Seventeen minutes of game time; the quest takes eleven here, five to eight for most seeds.
MOST_FRAMES = 60_000

#: What is played once more, to see whether it comes out the same.
AGAIN_FRAMES = 8_000


class Quest(NamedTuple):
    """What happened in one run."""

    pixels: list[int]
    inputs: list[tuple[str, ...]]
    actors: set[str]
    modes: list[int]
    areas: list[int]
    stages: list[int]
    events: list[str]
    hp: int


async def play(frames: int) -> Quest:
    """Play in lockstep with the actors of the default launch file until the episode ends."""
    path = find_game("emberwood")
    game = load_game(path)
    entries = read_launch(LAUNCHES / "default.toml").actor or ()
    backend = LibretroBackend(find_core(game.console), path.parent / game.game.rom, game.console, game.game.sha256)
    bus = MemoryBus()
    options = BridgeOptions(
        SESSION,
        "lockstep",
        game_toml=path.read_text(encoding="utf-8"),
        frames=frames,
        until="episode",
        wait_for=tuple(entry.name for entry in entries),
    )
    bridge = Bridge(backend, bus, options, clock=ManualClock(), game=game, slots=MemorySlots())
    seen = Quest([], [], set(), [], [], [], [], 0)
    health: list[int] = []

    def on_frame(message: Message) -> None:
        seen.pixels.append(wire.decode(wire.Frame, message.data).pixels_hash)

    def on_input(message: Message) -> None:
        held = wire.decode(wire.Input, message.data)
        seen.inputs.append(held.buttons)
        seen.actors.update(cause.actor for cause in held.causes)

    def on_state(message: Message) -> None:
        values = wire.decode(wire.State, message.data).values
        for name, track in (("mode", seen.modes), ("area", seen.areas), ("quest.stage", seen.stages)):
            if track[-1:] != [int(values[name])]:
                track.append(int(values[name]))
        health[:] = [int(values["player.hp"])]

    def on_event(message: Message) -> None:
        seen.events.append(wire.decode(wire.Event, message.data).name)

    for kind, handler in (("frame", on_frame), ("input", on_input), ("state", on_state), ("event", on_event)):
        await bus.subscribe(subject(SESSION, kind), handler)
    async with asyncio.TaskGroup() as group:
        for entry in entries:
            actor = make(load_class(entry.uses), entry.config, entry.name)
            loop = ActorLoop(
                actor, bus, LoopOptions(entry.name, SESSION, check_rate(entry.rate or actor.rate, entry.name))
            )
            group.create_task(loop.run())
        group.create_task(bridge.run())
    await bus.flush()
    backend.close()
    return seen._replace(hp=health[0])


def play_alone(frames: int) -> Quest:
    return asyncio.run(play(frames))


@pytest.fixture(scope="module")
def quests() -> list[Quest]:
    """Return two runs, each in a process of its own."""
    try:
        find_core(CONSOLES["gba"])
    except CoreError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [
            running.result(timeout=300)
            for running in [pool.submit(play_alone, most) for most in (MOST_FRAMES, AGAIN_FRAMES)]
        ]


def test_the_default_actors_get_past_the_title(quests: list[Quest]) -> None:
    assert quests[0].modes[0] == 0
    assert 1 in quests[0].modes


def test_they_find_the_places_of_the_story(quests: list[Quest]) -> None:
    assert {1, 2, 3, 7, 11, 12, 13, 14} <= set(quests[0].areas)


def test_they_finish_the_quest_stage_by_stage_and_alive(quests: list[Quest]) -> None:
    assert quests[0].stages == list(range(10))
    assert "episode.success" in quests[0].events
    assert "episode.failure" not in quests[0].events
    assert quests[0].hp > 0
    assert len(quests[0].pixels) < MOST_FRAMES


def test_only_the_reflex_presses_buttons(quests: list[Quest]) -> None:
    assert quests[0].actors == {"reflex"}


def test_two_runs_are_the_same_frame_by_frame(quests: list[Quest]) -> None:
    first, second = quests
    assert len(first.pixels) == len(first.inputs) > len(second.pixels) == len(second.inputs) == AGAIN_FRAMES
    assert first.inputs[:AGAIN_FRAMES] == second.inputs
    assert first.pixels[:AGAIN_FRAMES] == second.pixels
    again = [name for name in second.events if name != "session.ended"]
    assert first.events[: len(again)] == again
