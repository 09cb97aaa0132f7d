"""Actors against a replay: they see every tick of theirs, whatever it does, and never a wrong picture."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from runtime import wire
from runtime.actor import Intend, Outputs, Press
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ManualClock, Rate
from runtime.control import control
from runtime.errors import BusError
from runtime.loop import ActorLoop, LoopOptions
from runtime.memory_bus import MemoryBus
from runtime.observation import Observation, Senses
from runtime.subjects import session_id, subject
from streams.replay import Replay, ReplayOptions
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, held_on, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))
NAME = session_id("again")


def pictures() -> list[tuple[Any, Any]]:
    """Return pixels and memory of each frame, as the emulator had them."""
    backend, kept = ScriptedBackend(), []
    for i in range(200):
        backend.step(frozenset(held_on(i)))
        kept.append((backend.frame().copy(), backend.memory()["ewram"].copy()))
    return kept


PICTURES = pictures()


@dataclass
class Watcher:
    """Keeps what it saw, and checks that it is what the emulator showed."""

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("frame", "memory", "plan", "input", "event")
    writes: ClassVar[tuple[str, ...]] = ("action", "plan")

    def __post_init__(self) -> None:
        self.seen: list[int] = []
        self.plans: dict[int, str] = {}

    def act(self, seen: Observation) -> Outputs:
        raw, image = PICTURES[seen.frame_index]
        assert np.array_equal(seen.raw, raw)
        assert np.array_equal(seen.memory("ewram"), image)
        assert seen.state["frame"] == seen.frame_index + 1
        assert seen.held == held_on(seen.frame_index)
        self.seen.append(seen.frame_index)
        self.plans[seen.frame_index] = seen.plans["planner"].plan_id if "planner" in seen.plans else ""
        return [Intend(goal="watch"), Press("A")] if seen.frame_index % 2 else None


async def make(bus: MemoryBus, frames: list[Frame] | None = None, **options: Any) -> Replay:
    store = MemoryStore()
    await record(store, "s", frames or FRAMES)
    session = await open_session(store, "s")
    return Replay(session, bus, ReplayOptions(NAME, **({"look_s": 0.0, "rate": 0.0} | options)), ManualClock())


@contextlib.asynccontextmanager
async def watched(
    rates: dict[str, Rate], frames: list[Frame] | None = None, **options: Any
) -> AsyncIterator[tuple[MemoryBus, dict[str, Watcher]]]:
    """Run a replay with watchers that it waits for, by name, to its end."""
    bus = MemoryBus()
    waiting = {"wait_for_actors": True, "wait_for": tuple(rates)}
    replay = await make(bus, frames, **(waiting | options))
    actors = {name: Watcher() for name in rates}
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(replay.run())
        for name, rate in rates.items():
            group.create_task(ActorLoop(actors[name], bus, LoopOptions(name, NAME, rate)).run())
        await asyncio.sleep(0.01)
        yield bus, actors


async def ask(bus: MemoryBus, op: str, **fields: Any) -> wire.ControlReply:
    return await control(bus, NAME, wire.Control(op=op, **fields), 5)


def test_every_actor_sees_every_tick_of_its_own() -> None:
    async def main() -> None:
        async with watched({"fast": "frame", "middle": 10, "slow": 1}) as (_, actors):
            pass
        assert actors["fast"].seen == list(range(200))
        assert actors["middle"].seen == list(range(0, 200, 6))
        assert actors["slow"].seen == list(range(0, 200, 60))
        # A plan recorded with frame 60 was made on 59; so it was there on 60, as for a live actor.
        assert [i for i in range(200) if actors["fast"].plans[i] == "p60"] == list(range(60, 110))

    asyncio.run(main())


def test_actors_go_along_with_seeks_and_loops() -> None:
    async def main() -> None:
        async with watched({"fast": "frame", "middle": 10}, paused=True, start=20, end=149, plays=2) as (bus, actors):
            fast, middle = actors["fast"], actors["middle"]
            await ask(bus, "step", frames=30)
            await ask(bus, "seek", frame=130)
            await ask(bus, "seek", frame=21)
            await ask(bus, "step", frames=3)
            await asyncio.sleep(0.01)
            assert fast.seen == [*range(20, 50), 130, 21, 22, 23, 24]
            assert middle.seen == [24, 30, 36, 42, 48, 24]
            assert [fast.plans[i] for i in (130, 21)] == ["p110", "p10"]
            await ask(bus, "resume")
        assert fast.seen[35:] == [*range(25, 150), *range(20, 150)]
        assert middle.seen[6:] == [*range(30, 150, 6), *range(24, 150, 6)]

    asyncio.run(main())


def test_the_same_frame_may_come_twice() -> None:
    async def main() -> None:
        async with watched({"fast": "frame"}, start=60, end=61, plays=5) as (_, actors):
            pass
        assert actors["fast"].seen == [60, 61] * 5

    asyncio.run(main())


def test_a_hole_stops_nobody() -> None:
    async def main() -> None:
        async with watched({"fast": "frame", "middle": 10}, without(FRAMES, 110, 117)) as (_, actors):
            pass
        assert actors["fast"].seen == [*range(110), *range(120, 200)]
        assert actors["middle"].seen == [*range(0, 110, 6), *range(120, 200, 6)]

    asyncio.run(main())


def test_an_actor_that_comes_later_is_shown_the_frame_that_is_waited_for() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replay = await make(bus, wait_for_actors=True, wait_for=("deaf",), end=5)
        shown: list[int] = []

        def note(message: Message) -> None:
            shown.append(wire.decode(wire.State, message.data).frame_index)

        await bus.subscribe(subject(NAME, "state"), note)
        watcher = Watcher()
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(replay.run())
            await join(bus, "deaf")
            await until(lambda: bool(shown))
            group.create_task(ActorLoop(watcher, bus, LoopOptions("fast", NAME, "frame")).run())
            await until(lambda: bool(watcher.seen))
            assert shown == [0, 0]
            for frame_index in range(6):
                await until(lambda: replay.frame_index == frame_index)  # noqa: B023 - asked here and now
                await answer(bus, "deaf", frame_index)
        assert watcher.seen == list(range(6))

    asyncio.run(main())


def test_an_unanswered_frame_is_shown_again_after_a_while() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replay = await make(bus, wait_for_actors=True, wait_for=("deaf",), end=0)
        again = asyncio.Event()

        def note(_: Message, count: list[int] = []) -> None:  # noqa: B006 - counts its calls
            count.append(1)
            if len(count) == 2:
                again.set()

        await bus.subscribe(subject(NAME, "state"), note)
        running = asyncio.create_task(replay.run())
        await asyncio.sleep(0.01)
        await join(bus, "deaf")
        async with asyncio.timeout(10):
            await again.wait()
            await answer(bus, "deaf", 0)
            assert await running == 1

    asyncio.run(main())


def test_an_actor_that_never_joins_ends_the_replay() -> None:
    async def main() -> None:
        replay = await make(MemoryBus(), wait_for=("nobody",), wait_s=0.01)
        with pytest.raises(BusError, match=r"nobody did not join within 0\.01 s"):
            await replay.run()

    asyncio.run(main())


def test_a_reader_that_was_behind_when_the_replay_went_back_sees_only_what_is_there() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replay = await make(bus, paused=True)
        running = asyncio.create_task(replay.run())
        async with asyncio.timeout(20):
            await look_late(bus)
            await ask(bus, "stop")
            await running

    async def look_late(bus: MemoryBus) -> None:
        await asyncio.sleep(0.01)
        request = wire.encode(wire.Join(actor="late", every=-1))
        welcome = wire.decode(wire.Welcome, await bus.request(subject(NAME, "in.join"), request, 1))
        senses = Senses(bus, welcome, Watcher.reads, 1)
        await senses.open()
        for target in (150, 40, 139, 62):
            await ask(bus, "seek", frame=target)
            await ask(bus, "step", frames=3)  # nobody looks meanwhile
            await asyncio.sleep(0)
        seen = await senses.next()
        assert seen is not None
        watcher = Watcher()
        watcher.act(seen)
        assert watcher.plans == {65: "p60"}
        assert [event.frame_index for event in seen.events if event.frame_index > 65] == []
        await senses.close()

    asyncio.run(main())


def test_a_recording_of_pictures_alone_replays() -> None:
    frames = FRAMES
    for kind in ("input", "memory", "state", "plan", "event", "savestate"):
        frames = without(frames, 0, 199, kind)

    async def main() -> None:
        bus = MemoryBus()
        kinds: dict[str, int] = {}

        def count(message: Message) -> None:
            kind = message.subject.split(".")[2]
            kinds[kind] = kinds.get(kind, 0) + 1

        await bus.subscribe(f"fw.{NAME}.>", count)
        replay = await make(bus, frames, wait_for_actors=True, wait_for=("blind",))
        async with asyncio.timeout(20):
            running = asyncio.create_task(replay.run())
            await join(bus, "blind")
            assert await running == 200
        assert (kinds["frame"], kinds["view"], kinds["event"]) == (200, 34, 1)
        assert not {"memory", "state", "memory10", "state10", "input"} & set(kinds)

    asyncio.run(main())


async def until(holds: Callable[[], bool]) -> None:
    """Let the others run until something holds."""
    for _ in range(1_000_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError


async def join(bus: MemoryBus, actor: str) -> None:
    """Join by hand, as soon as the replay is there."""
    while True:
        with contextlib.suppress(BusError):
            await bus.request(subject(NAME, "in.join"), wire.encode(wire.Join(actor=actor, every=1)), 1)
            return
        await asyncio.sleep(0)


async def answer(bus: MemoryBus, actor: str, frame_index: int) -> None:
    """Answer a frame by hand."""
    action = wire.Action(actor=actor, frame_index=frame_index, sent_ns=0, buttons=None, hold_frames=0, priority=0)
    await bus.publish(subject(NAME, "in.action", actor), wire.encode(action))
