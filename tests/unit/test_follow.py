"""Rows of a session that grows: each exactly once, in order, and as they are read afterwards."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import BusError, SessionError, UsageError
from streams.datasets.rows import Row, Sampling, rows
from streams.following import Pace, Position, SessionStream, follow_session
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 400, jumps=(210,)))
HOLED = without(FRAMES, 250, 270)
META = meta_of(ScriptedBackend(), "s")
PACE = Pace(poll_s=0.0)


def run(main: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await main

    asyncio.run(bounded())


async def settled() -> None:
    """Let everything happen that can happen by itself."""
    for _ in range(100):
        await asyncio.sleep(0)


class Live:
    """A recording that a test lets grow chunk by chunk."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self._whole = MemoryStore()
        self._count = 0

    async def begin(self, name: str = "s", frames: Any = HOLED) -> "Live":
        self.name = name
        await record(self._whole, name, frames)
        self._count = (await self._whole.describe(name)).chunks
        await self.store.create(msgspec.structs.replace(META, session=name))
        return self

    async def grow(self, chunks: int) -> bool:
        """Store some chunks more; False when that was all."""
        at = (await self.store.describe(self.name)).chunks + 1
        for position in range(at, min(at + chunks, self._count + 1)):
            chunk = await self._whole.read(self.name, position)
            await self.store.append(self.name, position, chunk.kind, wire.encode(chunk))
        return at + chunks <= self._count

    async def play(self, chunks: int = 1) -> None:
        while await self.grow(chunks):
            for _ in range(5):
                await asyncio.sleep(0)
        await self.store.complete(self.name)

    async def rows(self, sampling: Sampling | None = None) -> list[Row]:
        """Return the rows of the whole recording."""
        session = await open_session(self._whole, self.name)
        return [row async for row in rows(session, HoleFinder(()), sampling)]


def assert_equal(found: list[Row], wanted: list[Row]) -> None:
    assert [row.frame_index for row in found] == [row.frame_index for row in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one.raw, other.raw)
        assert len(one.stack) == len(other.stack)
        assert all(np.array_equal(a, b) for a, b in zip(one.stack, other.stack, strict=True))
        assert without_pixels(one) == without_pixels(other)


def without_pixels(row: Row) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name not in ("raw", "stack")}


@pytest.mark.parametrize("chunks", [1, 3, 40])
def test_rows_of_a_growing_session_are_those_of_the_whole_one(chunks: int) -> None:
    async def main() -> None:
        live = await Live().begin()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(live.play(chunks))
            found = [row async for row in follow_session(live.store, "s", pace=PACE)]
        assert_equal(found, await live.rows())

    run(main())


def test_rows_come_before_the_session_ends() -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.grow(20)
        stream = follow_session(live.store, "s", pace=PACE)
        async with contextlib.aclosing(stream):
            assert (await anext(stream)).frame_index == 0

    run(main())


@pytest.mark.parametrize("sampling", [None, Sampling(stack=4), Sampling(stack=3, stride=4)])
@pytest.mark.parametrize("taken", [1, 40, 50, 53])
def test_a_stream_continues_after_any_row(sampling: Sampling | None, taken: int) -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.play(50)
        wanted = await live.rows(sampling)
        last = wanted[taken - 1]
        after = Position(last.frame_index, last.episode_index)
        stream = follow_session(live.store, "s", after=after, sampling=sampling, pace=PACE)
        assert_equal([row async for row in stream], wanted[taken:])

    run(main())


def test_an_outage_loses_and_repeats_nothing() -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.grow(30)
        found = []
        async with asyncio.TaskGroup() as tasks:
            async for row in follow_session(live.store, "s", pace=PACE):
                found.append(row)
                if len(found) == 50:
                    live.store.reachable = False

                    async def comes_back() -> None:
                        await asyncio.sleep(0)
                        live.store.reachable = True
                        await live.play()

                    tasks.create_task(comes_back())
        assert_equal(found, await live.rows())

    run(main())


def test_patience_ends() -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.grow(30)
        live.store.reachable = False
        with pytest.raises(BusError, match=r"out of reach for 0 s: .*cut off"):
            await anext(follow_session(live.store, "s", pace=Pace(poll_s=0.0, patience_s=0.0)))

    run(main())


def test_a_session_that_was_never_completed_ends_when_idle() -> None:
    async def main() -> None:
        live = await Live().begin()
        while await live.grow(10):
            pass
        found = [row async for row in follow_session(live.store, "s", pace=Pace(poll_s=0.0, idle_s=0.0))]
        assert_equal(found, await live.rows())

    run(main())


def test_a_session_without_frames_has_no_rows() -> None:
    async def main() -> None:
        store = MemoryStore()
        await store.create(META)
        await store.complete("s")
        assert [row async for row in follow_session(store, "s", pace=PACE)] == []
        with pytest.raises(SessionError, match="no recorded session 'x'"):
            await anext(follow_session(store, "x", pace=PACE))

    run(main())


def test_it_may_begin_with_what_is_new() -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.grow(22)  # in the middle of a group
        newest = (await live.store.read("s", 22)).first_frame
        async with asyncio.TaskGroup() as tasks:
            stream = follow_session(live.store, "s", from_start=False, pace=PACE)
            first = tasks.create_task(anext(stream))
            await asyncio.sleep(0)
            tasks.create_task(live.play())
            assert (await first).frame_index == newest > 0
        await stream.aclose()

    run(main())


def test_sessions_that_begin_later_join() -> None:
    async def main() -> None:
        one, two, other = Live(), Live(), Live()
        two.store = other.store = one.store
        await one.begin("train-1", FRAMES[:130])
        found: dict[str, list[Row]] = {"train-1": [], "train-2": []}
        async with asyncio.TaskGroup() as tasks, SessionStream(one.store, ["train-*"], pace=PACE, room=7) as stream:
            tasks.create_task(one.play())
            async for row in stream:
                found[row.session].append(row)
                if len(found["train-1"]) == 40 and not found["train-2"]:
                    await other.begin("val-1", FRAMES[:70])
                    await two.begin("train-2", FRAMES[:90])
                    tasks.create_task(other.play())
                    tasks.create_task(two.play())
                if sum(map(len, found.values())) == 130 + 90:
                    break
        assert_equal(found["train-1"], await one.rows())
        assert_equal(found["train-2"], await two.rows())
        lasts = {name: listed[-1] for name, listed in found.items()}
        assert stream.positions == {n: Position(row.frame_index, row.episode_index) for n, row in lasts.items()}

    run(main())


def test_a_slow_trainer_lags_and_loses_nothing() -> None:
    async def main() -> None:
        live = await Live().begin(frames=FRAMES[:200])
        await live.play(50)
        async with SessionStream(live.store, ["s"], pace=PACE, room=5) as stream:
            found = [await anext(stream)]
            await settled()
            lags = [stream.lag_frames]
            async for row in stream:
                found.append(row)
                lags.append(stream.lag_frames)
        assert_equal(found, await live.rows())
        assert lags == list(range(199, -1, -1))

    run(main())


def test_named_sessions_end_and_patterns_do_not() -> None:
    async def main() -> None:
        live = await Live().begin(frames=FRAMES[:70])
        await live.play(50)
        async with SessionStream(live.store, ["s"], pace=PACE) as stream:
            assert len([row async for row in stream]) == 70
            assert await stream.take() == []
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        async with SessionStream(live.store, ["*"], positions=stream.positions, pace=PACE) as again:
            waits = asyncio.create_task(anext(again))
            await settled()
            assert not waits.done()
            waits.cancel()
        with pytest.raises(UsageError, match="name at least one session"):
            SessionStream(live.store, [])

    run(main())


def test_a_named_session_that_is_not_there_is_an_error() -> None:
    async def main() -> None:
        for named in (["x"], ["x", "train-*"]):
            async with SessionStream(MemoryStore(), named, pace=PACE) as stream:
                with pytest.raises(SessionError, match="no recorded session 'x'"):
                    await anext(stream)

    run(main())


def test_leaving_early_with_a_full_queue_ends_the_readers() -> None:
    async def main() -> None:
        live = await Live().begin()
        await live.play(50)
        async with SessionStream(live.store, ["s"], pace=PACE, room=1) as stream:
            await anext(stream)
            await settled()
        assert len(asyncio.all_tasks()) == 1

    run(main())
