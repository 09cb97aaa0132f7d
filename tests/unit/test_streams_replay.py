"""A replay is the recording again, byte for byte but for the time; whoever begins in the middle can begin."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.bus import Message
from runtime.clock import ManualClock
from runtime.control import control
from runtime.discovery import discover
from runtime.errors import ControlError, UsageError
from runtime.frame_codec import FrameDecoder
from runtime.memory_bus import MemoryBus
from runtime.memory_codec import MemoryDecoder
from runtime.subjects import BY_KIND, PUBLISHED, RECORDED, everything, kind_of, session_id, subject
from streams.replay import Replay, ReplayOptions
from streams.session import open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, ended, held_on, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))
NAME = session_id("again")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


class Listener:
    """Takes everything that a replay publishes."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, wire.Payload]] = []

    def take(self, message: Message) -> None:
        kind = kind_of(message.subject)
        if kind in PUBLISHED:
            self.seen.append((kind, wire.decode(BY_KIND[kind].payload, message.data)))

    def of(self, kind: str) -> list[Any]:
        return [payload for seen, payload in self.seen if seen == kind]


async def make(bus: MemoryBus, frames: list[Frame], **options: Any) -> Replay:
    store = MemoryStore()
    await record(store, "s", frames)
    session = await open_session(store, "s")
    return Replay(session, bus, ReplayOptions(NAME, **({"look_s": 0.01} | options)), ManualClock())


async def replayed(frames: list[Frame], **options: Any) -> Listener:
    bus, listener = MemoryBus(), Listener()
    await bus.subscribe(everything(NAME), listener.take)
    replay = await make(bus, frames, **options)
    await replay.run()
    await asyncio.sleep(0)
    return listener


def timeless(payload: Any) -> Any:
    return msgspec.structs.replace(payload, sent_ns=0)


@pytest.mark.parametrize("rate", [0.0, 1.0, 4.0])
def test_a_whole_replay_is_the_recording_but_for_the_time(rate: float) -> None:
    async def main() -> None:
        listener = await replayed(FRAMES, rate=rate)
        wanted = [
            (kind, timeless(wire.decode(BY_KIND[kind].payload, data)))
            for _, payloads, _ in [*FRAMES, (199, ended(199), False)]
            for kind, data in payloads
        ]
        for kind in RECORDED:
            assert [timeless(p) for p in listener.of(kind)] == [p for k, p in wanted if k == kind]
        closing = [timeless(payload).frame_index for kind, payload in listener.seen if kind == "state"]
        assert closing == list(range(200))
        assert listener.seen[-1][0] == "event"

    run(main())


def test_within_a_frame_the_order_is_that_of_the_bridge() -> None:
    async def main() -> None:
        listener = await replayed(FRAMES)
        kinds = [kind for kind, payload in listener.seen if timeless(payload).frame_index == 60]
        assert kinds == ["input", "frame", "memory", "state", "view", "memory10", "state10"]

    run(main())


def test_ten_hertz_subjects_are_made_again() -> None:
    async def main() -> None:
        listener = await replayed(FRAMES)
        backend, decoder = ScriptedBackend(), MemoryDecoder()
        views = {view.frame_index: view for view in listener.of("view")}
        slow = {diff.frame_index: diff for diff in listener.of("memory10")}
        assert sorted(views) == sorted(slow) == list(range(0, 200, 6))
        for i in range(200):
            backend.step(frozenset(held_on(i)))
            if i in views:
                assert np.array_equal(FrameDecoder().decode(views[i]), backend.frame())  # type: ignore[arg-type]  # each stands alone
                assert decoder.apply(slow[i])
                assert np.array_equal(decoder.region("ewram"), backend.memory()["ewram"])

    run(main())


@pytest.mark.parametrize(("start", "end"), [(61, 119), (75, 130), (60, 60), (199, 199)])
def test_beginning_in_the_middle_looks_like_a_live_session(start: int, end: int) -> None:
    async def main() -> None:
        listener = await replayed(FRAMES, start=start, end=end)
        backend, video, memory = ScriptedBackend(), FrameDecoder(), MemoryDecoder()
        for i in range(start):
            backend.step(frozenset(held_on(i)))
        frames, diffs = listener.of("frame"), listener.of("memory")
        assert frames[0].key
        assert diffs[0].whole
        for i, frame, diff in zip(range(start, end + 1), frames, diffs, strict=True):
            backend.step(frozenset(held_on(i)))
            assert np.array_equal(video.decode(frame), backend.frame())  # type: ignore[arg-type]  # never None
            assert memory.apply(diff)
            assert np.array_equal(memory.region("ewram"), backend.memory()["ewram"])
        ends = [event for event in listener.of("event") if event.name == "session.ended"]
        assert len(ends) == 1

    run(main())


def test_who_joins_gets_a_welcome_and_something_to_begin_with() -> None:
    async def main() -> None:
        bus, listener = MemoryBus(), Listener()
        replay = await make(bus, FRAMES)
        await bus.subscribe(subject(NAME, "frame"), listener.take)
        await bus.subscribe(subject(NAME, "memory"), listener.take)

        welcomes: list[wire.Welcome] = []

        async def join() -> None:
            request = wire.encode(wire.Join(actor="late", every=1))
            data = await bus.request(subject(NAME, "in.join", "late"), request, 1)
            welcomes.append(wire.decode(wire.Welcome, data))

        tasks = []

        def on_frame(count: list[int] = []) -> None:  # noqa: B006 - counts its calls
            count.append(1)
            if len(count) == 30:
                tasks.append(asyncio.ensure_future(join()))

        await replay.run(on_frame)
        await asyncio.gather(*tasks)
        assert (welcomes[0].origin, welcomes[0].session, welcomes[0].recorded) == ("replay", "again", False)
        keys = [frame.frame_index for frame in listener.of("frame") if frame.key]
        wholes = [diff.frame_index for diff in listener.of("memory") if diff.whole]
        assert len(keys) == 5
        assert 30 <= keys[1] < 60
        assert keys == wholes
        video = FrameDecoder()
        assert all(video.decode(frame) is not None for frame in listener.of("frame"))

    run(main())


def test_a_hole_stays_a_hole() -> None:
    async def main() -> None:
        listener = await replayed(without(FRAMES, 70, 99))
        assert [state.frame_index for state in listener.of("state")] == [*range(70), *range(100, 200)]
        video = FrameDecoder()
        undecoded = [frame.frame_index for frame in listener.of("frame") if video.decode(frame) is None]
        assert undecoded == list(range(100, 120))

    run(main())


def test_it_answers_discovery_and_control() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replay = await make(bus, FRAMES)
        found: list[wire.Welcome] = []
        refused: list[str] = []

        async def ask() -> None:
            found.extend(await discover(bus, 0.01))
            try:
                await control(bus, NAME, wire.Control(op="save", slot="x"))
            except ControlError as error:
                refused.append(str(error))
            await control(bus, NAME, wire.Control(op="stop"))

        tasks: list[asyncio.Future[None]] = []

        def on_frame() -> None:
            if not tasks:
                tasks.append(asyncio.ensure_future(ask()))

        # Without a server to wait for, 200 frames would be over before the answer is in.
        slow = Replay(replay._session, bus, ReplayOptions(NAME, look_s=0.01), _SlowClock())
        frames = await slow.run(on_frame)
        await asyncio.gather(*tasks)
        assert frames < 200
        assert [welcome.origin for welcome in found] == ["replay"]
        assert refused[0].startswith("save: this is a replay, only a live game can do that; a replay can pause, ")

    run(main())


def test_a_name_that_is_on_the_bus_is_refused() -> None:
    async def main() -> None:
        bus = MemoryBus()
        replay = await make(bus, FRAMES)
        second = await make(bus, FRAMES, paused=True)
        running = asyncio.create_task(second.run())
        await asyncio.sleep(0.05)
        with pytest.raises(UsageError, match=r"'again' is on the bus already.*--as"):
            await replay.run()
        second.stop()
        await running

    run(main())


class _SlowClock(ManualClock):
    async def sleep_until(self, deadline_ns: int) -> None:
        await super().sleep_until(deadline_ns)
        await asyncio.sleep(0.005)
