"""The recorder stores every payload once, in order, whatever the store does meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError
from runtime.subjects import RECORDED
from streams.grouping import Cuts
from streams.recorder import Limits, StreamRecorder
from streams.store import MemoryStore, NotStoredError
from streams.writer import Waiting
from tests.streams_source import given_payloads, meta_of, play, record, stored_payloads

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def settle(recorder: StreamRecorder) -> None:
    for _ in range(1000):
        await asyncio.sleep(0)
        if not recorder.unwritten_bytes:
            return


async def stored(store: MemoryStore, name: str = "s") -> list[wire.Chunk]:
    return [chunk async for chunk in store.chunks(name, RECORDED)]


def without_end(found: dict[str, list[tuple[int, bytes]]]) -> dict[str, list[tuple[int, bytes]]]:
    events = found["event"][:-1]
    return {kind: listed for kind, listed in {**found, "event": events}.items() if listed}


class FlakyStore(MemoryStore):
    """Fails every second time, half of the time after it stored the chunk."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        self.calls += 1
        if self.calls % 2:
            if self.calls % 4 == 1:
                await super().append(session, position, kind, chunk)
            raise NotStoredError("no answer")
        await super().append(session, position, kind, chunk)


def test_everything_is_stored_in_order_and_the_session_is_complete() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = await record(store, "s", FRAMES)
        assert without_end(await stored_payloads(store)) == given_payloads(FRAMES)
        assert recorder.lost == 0
        assert (await store.describe("s")).status == "complete"

    run(main())


def test_groups_begin_at_keys() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        spans = dict.fromkeys((c.group, c.first_frame, c.last_frame, c.key) for c in await stored(store))
        assert list(spans) == [(0, 0, 59, True), (1, 60, 119, True), (2, 120, 179, True), (3, 180, 199, True)]

    run(main())


def test_a_large_kind_ends_its_group_anywhere() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES, limits=Limits(cuts=Cuts(kind_bytes=10_000)))
        groups = {chunk.group: chunk for chunk in await stored(store)}
        assert len(groups) > 4
        assert not all(chunk.key for chunk in groups.values())
        assert all(chunk.key for chunk in groups.values() if chunk.first_frame % 60 == 0)
        assert without_end(await stored_payloads(store)) == given_payloads(FRAMES)

    run(main())


def test_an_old_group_is_written_while_no_frame_comes() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = StreamRecorder(store, Limits(cuts=Cuts(age_s=0.0)))
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        for frame_index, listed, key in FRAMES[:10]:
            recorder.record(frame_index, listed, key=key)
        await settle(recorder)
        assert await stored_payloads(store) == given_payloads(FRAMES[:10])
        await recorder.close()

    run(main())


def test_failures_store_nothing_twice_and_lose_nothing() -> None:
    async def main() -> None:
        store = FlakyStore()
        recorder = await record(store, "s", FRAMES, limits=Limits(waiting=Waiting(retry_s=0)))
        assert without_end(await stored_payloads(store)) == given_payloads(FRAMES)
        assert recorder.lost == 0

    run(main())


def test_a_long_outage_leaves_a_gap_that_the_recording_names() -> None:
    async def main() -> None:
        store = MemoryStore()
        store.reachable = False
        recorder = StreamRecorder(
            store, Limits(cuts=Cuts(kind_bytes=4_000), waiting=Waiting(max_bytes=25_000, retry_s=0))
        )
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        for frame_index, listed, key in FRAMES:
            recorder.record(frame_index, listed, key=key)
            await asyncio.sleep(0)
        assert recorder.unwritten_bytes < 40_000  # the first group and the newest stay
        store.reachable = True
        await recorder.close()
        found = await stored_payloads(store)
        gaps = [wire.decode(wire.Gap, data) for _, data in found["gap"]]
        assert sum(gap.count for gap in gaps) == recorder.lost > 0
        lost = {i for gap in gaps if gap.kind == "frame" for i in range(gap.first_frame, gap.last_frame + 1)}
        kept = {i for i, _ in found["frame"]}
        assert kept | lost == set(range(200))
        assert not kept & lost
        wanted = [item for item in given_payloads(FRAMES)["frame"] if item[0] in kept]
        assert found["frame"] == wanted

    run(main())


def test_make_room_waits_until_it_is_written() -> None:
    async def main() -> None:
        store = MemoryStore()
        store.reachable = False
        recorder = StreamRecorder(store, Limits(waiting=Waiting(room_bytes=1000, retry_s=0)))
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        for frame_index, listed, key in FRAMES[:20]:
            recorder.record(frame_index, listed, key=key)
        waiting = asyncio.create_task(recorder.make_room())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not waiting.done()
        store.reachable = True
        await waiting
        assert recorder.unwritten_bytes <= 1000
        await recorder.close()

    run(main())


def test_a_taken_name_is_refused() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES[:5])
        with pytest.raises(SessionError, match="already recorded"):
            await record(store, "s", FRAMES[:5])

    run(main())


def test_a_session_removed_meanwhile_is_counted_as_lost() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = StreamRecorder(store)
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        await store.remove("s")
        for frame_index, listed, key in FRAMES:
            recorder.record(frame_index, listed, key=key)
            await asyncio.sleep(0)
        await recorder.close()
        assert recorder.lost == sum(len(listed) for _, listed, _ in FRAMES)

    run(main())


def test_close_gives_up_when_nothing_gets_written() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = StreamRecorder(store, Limits(waiting=Waiting(retry_s=0, patience_s=0.01)))
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        store.reachable = False
        recorder.record(*FRAMES[0][:2], key=True)
        await recorder.close()
        assert recorder.lost == len(FRAMES[0][1])
        store.reachable = True
        assert (await store.describe("s")).status == "recording"

    run(main())
