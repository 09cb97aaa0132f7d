"""Frames, memory and state of a session that keeps inputs only come back as they were, checked by their hashes."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import CoreError, SessionError, WireError
from runtime.frame_codec import FrameDecoder
from runtime.subjects import RECORDED
from streams.session import Hole, HoleFinder, Session, open_session
from streams.store import MemoryStore
from tests.inputs_source import inputs_meta, inputs_only
from tests.streams_source import Frame, play, record, without

FULL = list(play(ScriptedBackend(), 700, jumps=(333,)))
REDUCED = inputs_only(FULL)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def session_of(frames: list[Frame]) -> Session:
    store = MemoryStore()
    await record(store, "small", frames, meta=inputs_meta(ScriptedBackend(), "small"))
    return await open_session(store, "small")


async def full_session() -> Session:
    store = MemoryStore()
    await record(store, "full", FULL)
    return await open_session(store, "full")


def changed(frames: list[Frame], frame_index: int, **fields: int) -> list[Frame]:
    """Return the frames with other hashes at one frame."""

    def other(data: bytes) -> bytes:
        return wire.encode(msgspec.structs.replace(wire.decode(wire.FrameHash, data), **fields))

    return [
        (i, [(kind, other(data) if kind == "hash" and i == frame_index else data) for kind, data in payloads], key)
        for i, payloads, key in frames
    ]


def test_every_frame_comes_back_as_it_was_recorded() -> None:
    async def main() -> None:
        small, full = await session_of(REDUCED), await full_session()
        assert small.stored.stored_bytes < full.stored.stored_bytes / 5
        count = 0
        async with contextlib.aclosing(small.ticks()) as left, contextlib.aclosing(full.ticks()) as right:
            async for made in left:
                seen = await anext(right)
                assert made.frame_index == seen.frame_index
                assert made.video_message is not None
                assert seen.video_message is not None
                assert msgspec.structs.replace(made.video_message, data=b"") == msgspec.structs.replace(
                    seen.video_message, data=b""
                )
                assert np.array_equal(made.rgb(), seen.rgb())
                assert np.array_equal(made.memory_image().image, seen.memory_image().image)
                assert made.memory_image().regions == seen.memory_image().regions
                assert (made.state, made.input, made.events) == (seen.state, seen.input, seen.events)
                assert [kind for kind, _ in made.payloads] == [kind for kind, _ in seen.payloads]
                count += 1
        assert count == 700

    run(main())


def test_what_is_made_decodes_from_its_bytes_alone() -> None:
    async def main() -> None:
        decoder, session = FrameDecoder(), await session_of(REDUCED)
        async for tick in session.ticks(("frame",), start=345):
            data = next(data for kind, data in tick.payloads if kind == "frame")
            raw = decoder.decode(wire.decode(wire.Frame, data))
            assert raw is not None
            assert tick.frame is not None
            assert np.array_equal(raw, tick.frame)

    run(main())


@pytest.mark.parametrize("start", [0, 1, 60, 332, 333, 334, 599, 600, 699])
def test_reading_begins_at_any_frame_with_a_key_and_whole_memory(start: int) -> None:
    async def main() -> None:
        small, full = await session_of(REDUCED), await full_session()
        seen = [tick async for tick in small.ticks(start=start, end=min(start + 3, 699))]
        assert [tick.frame_index for tick in seen] == list(range(start, min(start + 4, 700)))
        first = seen[0]
        assert first.video_message is not None
        assert first.video_message.key
        memory = wire.decode(wire.MemoryDiff, dict(first.payloads)["memory"])
        assert memory.whole
        assert memory.regions == small.meta.regions
        there = await anext(full.ticks(start=start))
        assert np.array_equal(first.rgb(), there.rgb())
        assert first.state == there.state

    run(main())


@pytest.mark.parametrize("kinds", [("frame",), ("memory",), ("state",), ("input", "state")])
def test_only_what_is_asked_for_is_given(kinds: tuple[str, ...]) -> None:
    async def main() -> None:
        session = await session_of(REDUCED)
        async for tick in session.ticks(kinds):
            assert {kind for kind, _ in tick.payloads} == set(kinds)
        wholes = 0
        if "memory" in kinds:
            async for tick in session.ticks(kinds):
                wholes += wire.decode(wire.MemoryDiff, dict(tick.payloads)["memory"]).whole
            assert wholes < 20

    run(main())


def test_nothing_is_emulated_when_only_stored_kinds_are_asked_for() -> None:
    async def main() -> None:
        store = MemoryStore()
        meta = msgspec.structs.replace(inputs_meta(ScriptedBackend(), "s"), core="gone 0")
        await record(store, "s", REDUCED, meta=meta)
        session = await open_session(store, "s")
        hashes = [tick.pixels_hash async for tick in session.ticks(("input", "hash"))]
        assert None not in hashes
        assert await session.find_holes(RECORDED) == []
        with pytest.raises(CoreError, match=r"'gone 0', and this one is 'scripted 1'.*--core"):
            await anext(session.ticks(("frame",)))

    run(main())


@pytest.mark.parametrize(("fields", "what"), [({"pixels_hash": 1}, "pixels"), ({"memory_hash": 1}, "memory")])
def test_a_frame_that_comes_out_otherwise_is_an_error(fields: dict[str, int], what: str) -> None:
    async def main() -> None:
        session = await session_of(changed(REDUCED, 120, **fields))
        seen: list[int] = []

        async def read() -> None:
            seen.extend([tick.frame_index async for tick in session.ticks(("state",), end=119)])
            await anext(session.ticks(("state",), start=120))

        with pytest.raises(SessionError, match=rf"'small', frame 120: its {what} had the hash 0000000000000001"):
            await read()
        assert seen == list(range(120))
        assert (await anext(session.ticks(("state",), start=121))).state

    run(main())


def test_after_a_hole_frames_come_back_at_the_next_savestate() -> None:
    async def main() -> None:
        session = await session_of(without(REDUCED, 100, 110))
        holes = HoleFinder(("input", "frame", "state"))
        seen = [tick.frame_index async for tick in session.ticks(holes=holes) if tick.frame is not None]
        assert seen == [*range(100), *range(333, 700)]
        assert holes.found == [
            Hole("input", 100, 110, "never written"),
            Hole("frame", 100, 332, "no recorded savestate and inputs lead to it"),
            Hole("state", 100, 332, "no recorded savestate and inputs lead to it"),
        ]
        first = await anext(session.ticks(start=200))
        assert first.frame is None
        with pytest.raises(WireError, match="lacks its memory"):
            first.memory("ewram")
        assert [hole.kind for hole in await session.find_holes(RECORDED)] == ["input", "hash"]

    run(main())


def test_a_frame_without_a_hash_is_not_shown() -> None:
    async def main() -> None:
        session = await session_of(without(REDUCED, 50, 51, "hash"))
        indices = [tick.frame_index async for tick in session.ticks(("frame",)) if tick.frame is not None]
        assert indices == [*range(50), *range(52, 700)]

    run(main())


def test_a_process_rebuilds_one_session_at_a_time() -> None:
    async def main() -> None:
        session = await session_of(REDUCED)
        first = session.ticks(("frame",))
        await anext(first)
        with pytest.raises(SessionError, match="does so for 'small': a process holds one emulator"):
            await anext(session.ticks(("state",)))
        await first.aclose()
        for start in (0, 5, 700 - 1):  # dropped unclosed, the event loop closes them
            assert (await anext(session.ticks(("state",), start=start))).state

    run(main())
