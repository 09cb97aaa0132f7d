"""Recordings in parts, with limits, and as a ring; each part can be opened and emulated by itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from runtime import wire
from runtime.backend import pack_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.capture import Capture
from runtime.errors import ControlError
from runtime.session_meta import Recorder
from streams.parts import PartLimits, part_number
from streams.recorder import Limits, StreamRecorder
from streams.ring import RingRecorder
from streams.session import open_session
from streams.store import MemoryStore
from streams.verify import verify
from tests.streams_source import held_on, meta_of


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def play_into(recorder: Recorder, count: int, *, keep_at: int = -1) -> None:
    """Do what a bridge does: savestates when they are due or wanted."""
    backend = ScriptedBackend()
    capture = Capture(backend, None)
    await recorder.open(meta_of(backend, "s", game_toml=""))
    for i in range(count):
        flow: list[tuple[str, wire.Payload]] = []
        if i % recorder.savestate_every == 0 or recorder.wants_savestate:
            flow.append(("savestate", pack_state(backend, i, i, "periodic" if i else "start")))
            capture.force_key()
        backend.step(frozenset(held_on(i)))
        key = capture.next_is_key
        payloads, _ = capture.frame(i, i)
        held = wire.Input(frame_index=i, sent_ns=i, buttons=held_on(i))
        recorded = [item for item in payloads if item[0] in ("frame", "memory", "state")]
        every = [(kind, wire.encode(payload)) for kind, payload in [*flow, ("input", held), *recorded]]
        recorder.record(i, every, key=key)
        if i == keep_at:
            assert recorder.keep("asked to") == "s-k1"
        await asyncio.sleep(0)
    await recorder.close()


async def check(store: MemoryStore, name: str, first: int, last: int) -> None:
    session = await open_session(store, name)
    assert (session.first_frame, session.last_frame) == (first, last)
    assert session.meta.first_frame == first
    assert await session.find_holes(("input", "frame", "memory", "state")) == []
    verdict = await verify(session, ScriptedBackend())
    assert (verdict.verified, verdict.difference) == (last + 1 - first, None)


def test_a_split_recording_is_whole_in_its_parts() -> None:
    async def main() -> None:
        store = MemoryStore()
        await play_into(StreamRecorder(store, Limits(parts=PartLimits(split_s=2.0))), 300)
        names = [stored.name for stored in await store.sessions()]
        assert names == ["s", "s-p2", "s-p3"]
        metas = [(await store.describe(name)) for name in names]
        assert [(stored.meta.part_of, stored.status) for stored in metas] == [
            ("", "complete"),
            ("s", "complete"),
            ("s", "complete"),
        ]
        await check(store, "s", 0, 119)
        await check(store, "s-p2", 120, 239)
        await check(store, "s-p3", 240, 299)

    run(main())


def test_bytes_split_too() -> None:
    async def main() -> None:
        store = MemoryStore()
        await play_into(StreamRecorder(store), 600)
        whole = (await store.describe("s")).stored_bytes
        await store.remove("s")
        await play_into(StreamRecorder(store, Limits(parts=PartLimits(split_bytes=whole // 4))), 600)
        stored = sorted(await store.sessions(), key=lambda part: part.meta.first_frame)
        assert len(stored) >= 3
        assert all(whole // 10 < part.stored_bytes < whole // 2 for part in stored[:-1])
        ends = [*(part.meta.first_frame - 1 for part in stored[1:]), 599]
        for part, end in zip(stored, ends, strict=True):
            await check(store, part.name, part.meta.first_frame, end)

    run(main())


def test_a_limit_ends_the_recording_and_says_what_it_lacks() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = StreamRecorder(store, Limits(parts=PartLimits(limit_s=2.0)))
        await play_into(recorder, 200)
        session = await open_session(store, "s")
        holes = await session.find_holes(("input", "frame", "memory", "state"))
        assert {(hole.kind, hole.first_frame, hole.last_frame, hole.reason) for hole in holes} == {
            (kind, 120, 199, "the recording's limit was reached") for kind in ("input", "frame", "memory", "state")
        }
        assert recorder.lost == 80 * 4 + 1  # one savestate, which the limit had asked for

    run(main())


def test_the_oldest_part_makes_room_only_when_asked() -> None:
    async def main() -> None:
        store = MemoryStore()
        parts = PartLimits(split_s=1.0, limit_s=3.0, drop_oldest=True)
        recorder = StreamRecorder(store, Limits(parts=parts))
        await play_into(recorder, 420)
        kept = sorted((await store.sessions()), key=lambda stored: stored.meta.first_frame)
        assert [part_number(stored.name, "s") for stored in kept] == [5, 6, 7]
        assert recorder.lost == 0
        await check(store, "s-p7", 360, 419)

    run(main())


def test_a_ring_keeps_the_last_seconds_when_told_to() -> None:
    async def main() -> None:
        store = MemoryStore()
        recorder = RingRecorder(store, 10.0)
        await play_into(recorder, 2000, keep_at=1900)
        (stored,) = await store.sessions()
        assert (stored.name, stored.status, stored.meta.part_of) == ("s-k1", "complete", "s")
        await check(store, "s-k1", 1200, 1900)  # 10 s are 597 frames, from the savestate before

    run(main())


def test_a_ring_that_nobody_keeps_leaves_nothing() -> None:
    async def main() -> None:
        store = MemoryStore()
        await play_into(RingRecorder(store, 5.0), 700)
        assert await store.sessions() == []

    run(main())


def test_kept_sessions_get_new_names() -> None:
    async def main() -> None:
        store = MemoryStore()
        await play_into(RingRecorder(store, 5.0), 100, keep_at=90)
        recorder = RingRecorder(store, 5.0)
        await recorder.open(meta_of(ScriptedBackend(), "s"))
        assert recorder.keep("") == "s-k2"

    run(main())


def test_keep_on_a_whole_recording_is_an_error() -> None:
    with pytest.raises(ControlError, match="recorded as a whole"):
        StreamRecorder(MemoryStore()).keep("")


@pytest.mark.parametrize(
    ("name", "number"), [("s", 1), ("s-p2", 2), ("s-p17", 17), ("t", 0), ("s-px", 0), ("s-k1", 0), ("s-p2-300", 0)]
)
def test_part_numbers(name: str, number: int) -> None:
    assert part_number(name, "s") == number
