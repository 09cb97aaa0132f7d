"""Reading a recording gives back what was recorded, from any frame, and says what is missing."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError, UsageError, WireError
from streams.grouping import Cuts
from streams.recorder import Limits, StreamRecorder
from streams.session import EVERY_FRAME, Hole, Session, open_session
from streams.store import MemoryStore
from streams.writer import Waiting
from tests.streams_source import Frame, ended, held_on, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def session_of(frames: list[Frame], limits: Limits | None = None) -> Session:
    store = MemoryStore()
    await record(store, "s", frames, limits=limits)
    return await open_session(store, "s")


@pytest.mark.parametrize("limits", [Limits(), Limits(cuts=Cuts(kind_bytes=9_000))], ids=["whole groups", "cut groups"])
def test_every_payload_comes_back_in_order(limits: Limits) -> None:
    async def main() -> None:
        session = await session_of(FRAMES, limits)
        ticks = [(tick.frame_index, tick.payloads) async for tick in session.ticks()]
        wanted = [(i, payloads) for i, payloads, _ in FRAMES]
        wanted[-1] = (199, wanted[-1][1] + ended(199))
        assert [index for index, _ in ticks] == list(range(200))
        assert [sorted(p) for _, p in ticks] == [sorted(p) for _, p in wanted]
        assert all(p[-1][0] == "state" for _, p in ticks[:-1])

    run(main())


def test_ticks_show_what_the_emulator_showed() -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        backend = ScriptedBackend()
        async for tick in session.ticks():
            backend.step(frozenset(held_on(tick.frame_index)))
            assert tick.frame is not None
            assert np.array_equal(tick.frame, backend.frame())
            assert tick.rgb().shape == (160, 240, 3)
            assert np.array_equal(tick.memory("ewram"), backend.memory()["ewram"])
            assert tick.input is not None
            assert tick.input.buttons == held_on(tick.frame_index)
            assert tick.state["frame"] == tick.frame_index + 1

    run(main())


@pytest.mark.parametrize(("start", "end"), [(0, 0), (59, 61), (60, 60), (75, 130), (199, 199)])
@pytest.mark.parametrize("limits", [Limits(), Limits(cuts=Cuts(kind_bytes=9_000))], ids=["whole groups", "cut groups"])
def test_reading_may_begin_and_end_anywhere(start: int, end: int, limits: Limits) -> None:
    async def main() -> None:
        session = await session_of(FRAMES, limits)
        backend = ScriptedBackend()
        for i in range(start):
            backend.step(frozenset(held_on(i)))
        seen = []
        async for tick in session.ticks(("frame", "memory"), start=start, end=end):
            backend.step(frozenset(held_on(tick.frame_index)))
            assert tick.frame is not None
            assert np.array_equal(tick.frame, backend.frame())
            assert np.array_equal(tick.memory("ewram"), backend.memory()["ewram"])
            assert {kind for kind, _ in tick.payloads} == {"frame", "memory"}
            seen.append(tick.frame_index)
        assert seen == list(range(start, end + 1))

    run(main())


def test_memory_and_pixels_may_be_asked_for_now_and_then() -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        backend = ScriptedBackend()
        async for tick in session.ticks(("frame", "memory")):
            backend.step(frozenset(held_on(tick.frame_index)))
            if tick.frame_index % 37 == 5:
                assert np.array_equal(tick.memory("ewram"), backend.memory()["ewram"])
            if tick.frame_index % 41 == 7:
                assert np.array_equal(tick.rgb(), tick.rgb())
                assert np.array_equal(tick.frame, backend.frame())  # type: ignore[arg-type]  # it is there

    run(main())


def test_holes_are_found_and_never_filled() -> None:
    async def main() -> None:
        session = await session_of(without(FRAMES, 70, 99))
        assert await session.find_holes() == [Hole("input", 70, 99, "never written")]
        seen = {tick.frame_index: tick.frame async for tick in session.ticks(("frame",))}
        assert sorted(seen) == [*range(70), *range(100, 200)]
        assert [i for i, frame in seen.items() if frame is None] == list(range(100, 120))

    run(main())


def test_holes_of_one_kind_are_found() -> None:
    async def main() -> None:
        session = await session_of(without(without(FRAMES, 150, 199, "memory"), 0, 3, "frame"))
        holes = await session.find_holes(EVERY_FRAME)
        assert holes == [Hole("frame", 0, 3, "never written"), Hole("memory", 150, 199, "never written")]
        async for tick in session.ticks(start=150, end=150):
            with pytest.raises(WireError, match="lacks its memory"):
                tick.memory("ewram")

    run(main())


def test_a_hole_that_the_recorder_knows_has_its_reason() -> None:
    async def main() -> None:
        store = MemoryStore()
        store.reachable = False
        recorder = StreamRecorder(store, Limits(waiting=Waiting(max_bytes=30_000, retry_s=0)))
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        for frame_index, listed, key in FRAMES:
            recorder.record(frame_index, listed, key=key)
            await asyncio.sleep(0)
        store.reachable = True
        await recorder.close()
        session = await open_session(store, "s")
        holes = await session.find_holes(("input", "frame"))
        assert holes
        assert {hole.reason for hole in holes} == {"the store did not take it in time"}

    run(main())


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 4), (0, 200), (200, 200)])
def test_a_range_outside_is_refused(start: int, end: int) -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        with pytest.raises(UsageError, match="has frames 0 to 199"):
            await anext(session.ticks(start=start, end=end))

    run(main())


def test_unknown_kinds_and_sessions_say_what_there_is() -> None:
    async def main() -> None:
        session = await session_of(FRAMES)
        with pytest.raises(UsageError, match=r"view: not recorded; recorded are .*frame"):
            await anext(session.ticks(("view",)))
        store = MemoryStore()
        await record(store, "one", FRAMES[:5])
        with pytest.raises(SessionError, match="no recorded session 'two'; there are one"):
            await open_session(store, "two")
        await store.create(meta_of(ScriptedBackend(), "empty"))
        with pytest.raises(SessionError, match="has no frames"):
            await open_session(store, "empty")

    run(main())


def test_a_damaged_chunk_is_a_clear_error() -> None:
    async def main() -> None:
        store = MemoryStore()
        await store.create(meta_of(ScriptedBackend(), "s"))
        chunk = wire.Chunk(
            kind="input", group=0, first_frame=0, last_frame=1, count=2, key=True, packing="", data=b"\x01"
        )
        await store.append("s", 1, "input", wire.encode(chunk))
        session = await open_session(store, "s")
        with pytest.raises(WireError, match="input chunk of group 0"):
            await anext(session.ticks())

    run(main())
