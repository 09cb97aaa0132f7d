"""Both stores keep one contract; and what only a store with a real server can show."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvloop

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.subjects import RECORDED
from streams.grouping import Cuts
from streams.jetstream_store import JetStreamStore
from streams.recorder import Limits, StreamRecorder
from streams.session import EVERY_FRAME, open_session
from streams.store import NotStoredError
from tests.stores import OpenStore, jetstream, jetstream_store, memory_store
from tests.streams_source import ended, meta_of, play, record

FRAMES = list(play(ScriptedBackend(), 300))
META = meta_of(ScriptedBackend(), "s")


@pytest.fixture(params=[memory_store, jetstream_store], ids=["MemoryStore", "JetStreamStore"])
def opened(request: pytest.FixtureRequest) -> OpenStore:
    found: OpenStore = request.param
    return found


def run(main: Coroutine[Any, Any, None]) -> None:
    uvloop.run(main)


def chunk(number: int, kind: str = "input") -> bytes:
    payload = wire.Chunk(
        kind=kind,
        group=number,
        first_frame=number * 60,
        last_frame=number * 60 + 59,
        count=1,
        key=True,
        packing="",
        data=bytes([number % 256]) * 100,
    )
    return wire.encode(payload)


def test_what_was_appended_is_read_in_order(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.create(META)
            kinds = [RECORDED[i % 3] for i in range(100)]
            for i, kind in enumerate(kinds):
                await store.append("s", i + 1, kind, chunk(i, kind))
            seen = [(c.group, c.kind) async for c in store.chunks("s", RECORDED)]
            assert seen == list(enumerate(kinds))
            only = [c.group async for c in store.chunks("s", RECORDED[1:2])]
            assert only == list(range(1, 100, 3))
            later = [c.group async for c in store.chunks("s", RECORDED, 90)]
            assert later == list(range(89, 100))
            assert [c.group async for c in store.chunks("s", ["gap"])] == []
            assert [c.group async for c in store.chunks("s", RECORDED, 101)] == []
            assert (await store.read("s", 42)).group == 41
            with pytest.raises(SessionError, match="no chunk 101; it has 100"):
                await store.read("s", 101)

    run(main())


def test_a_position_is_stored_once(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.create(META)
            await store.append("s", 1, "input", chunk(0))
            for position in (0, 1, 3):
                with pytest.raises(NotStoredError):
                    await store.append("s", position, "input", chunk(1))
            assert (await store.describe("s")).chunks == 1
            await store.append("s", 2, "input", chunk(1))
            assert [c.group async for c in store.chunks("s", RECORDED)] == [0, 1]

    run(main())


def test_a_session_has_its_metadata_and_status(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            meta = msgspec.structs.replace(META, launch_plan="# ünï\n" * 3000)
            await store.create(meta)
            stored = await store.describe("s")
            assert (stored.meta, stored.status, stored.chunks) == (meta, "recording", 0)
            assert [c async for c in store.chunks("s", RECORDED)] == []
            await store.append("s", 1, "input", chunk(0))
            await store.complete("s")
            stored = await store.describe("s")
            assert (stored.status, stored.chunks, stored.meta) == ("complete", 1, meta)
            assert stored.stored_bytes > 100
            with pytest.raises(NotStoredError):
                await store.append("s", 2, "input", chunk(1))

    run(main())


def test_sessions_are_listed_and_removed(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            assert await store.sessions() == []
            for name in ("b", "a", "c"):
                await store.create(msgspec.structs.replace(META, session=name))
            await store.complete("b")
            assert [stored.name for stored in await store.sessions()] == ["a", "b", "c"]
            await store.remove("b")
            assert [stored.name for stored in await store.sessions()] == ["a", "c"]
            for missing in (store.describe("b"), store.remove("b"), store.complete("b"), store.read("b", 1)):
                with pytest.raises(SessionError, match="no recorded session 'b'; there are a, c"):
                    await missing
            with pytest.raises(SessionError, match="no recorded session 'b'"):
                await anext(store.chunks("b", RECORDED))
            with pytest.raises(SessionError, match="no recorded session 'b'"):
                await store.append("b", 1, "input", chunk(0))

    run(main())


def test_a_name_is_taken_once(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.create(META)
            with pytest.raises(SessionError, match="'s' is already recorded"):
                await store.create(META)
            await store.remove("s")
            await store.create(META)

    run(main())


def test_a_recording_reads_back_whole(opened: OpenStore, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await record(store, "s", FRAMES)
            session = await open_session(store, "s")
            ticks = [(tick.frame_index, sorted(tick.payloads)) async for tick in session.ticks(end=298)]
            assert ticks == [(i, sorted(payloads)) for i, payloads, _ in FRAMES[:299]]
            assert await session.find_holes(EVERY_FRAME) == []
            tick = await anext(session.ticks(start=250))
            assert tick.frame is not None

    run(main())


def test_a_reader_that_leaves_early_leaves_nothing_behind(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            store = JetStreamStore(bus)
            await record(store, "s", FRAMES)
            session = await open_session(store, "s")
            async with contextlib.aclosing(session.ticks()) as ticks:
                await anext(ticks)
                assert (await bus.jetstream().stream_info("FW_s")).state.consumer_count == 1
            assert (await bus.jetstream().stream_info("FW_s")).state.consumer_count == 0

    run(main())


def test_a_slow_reader_survives_a_killed_server(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (server, bus):
            store = JetStreamStore(bus)
            await record(store, "s", FRAMES, limits=Limits(cuts=Cuts(kind_bytes=500)))
            seen = []
            async for tick in (await open_session(store, "s")).ticks():
                seen.append(tick.frame_index)
                if len(seen) == 20:
                    os.kill(server.pid, signal.SIGKILL)
                    await server.wait()
                    await server.start()
            assert seen == list(range(300))

    run(main())


def test_recording_survives_a_killed_server(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (server, bus):
            store = JetStreamStore(bus)
            recorder = StreamRecorder(store, Limits(cuts=Cuts(kind_bytes=1000)))
            await recorder.open(META)
            for frame_index, payloads, key in FRAMES:
                recorder.record(frame_index, payloads, key=key)
                await asyncio.sleep(0.002)
                if frame_index in (80, 200):
                    os.kill(server.pid, signal.SIGKILL)
                    await server.wait()
                if frame_index in (130, 250):
                    await server.start()
            recorder.record(299, ended(299), key=False)
            await recorder.close()
            assert recorder.lost == 0
            session = await open_session(store, "s")
            ticks = [(tick.frame_index, sorted(tick.payloads)) async for tick in session.ticks(end=298)]
            assert ticks == [(i, sorted(payloads)) for i, payloads, _ in FRAMES[:299]]
            assert session.stored.status == "complete"

    run(main())


def test_two_recordings_and_a_stream_of_others_do_not_meet(tmp_path: Path) -> None:
    async def main() -> None:
        async with jetstream(tmp_path) as (_, bus):
            await bus.jetstream().add_stream(name="FW_foreign", subjects=["fw.foreign.rec.x"])
            await bus.jetstream().add_stream(name="ORDERS", subjects=["orders.>"])
            store = JetStreamStore(bus)
            await asyncio.gather(record(store, "one", FRAMES[:100]), record(store, "two", FRAMES[:50]))
            assert [stored.name for stored in await store.sessions()] == ["one", "two"]
            assert (await open_session(store, "one")).frame_count == 100
            assert (await open_session(store, "two")).frame_count == 50
            with pytest.raises(SessionError, match="no recorded session 'foreign'"):
                await open_session(store, "foreign")

    run(main())
