"""A recording is reduced to its inputs only when every bit of it comes out again, and is never lost on the way."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import BusError, CoreError, SessionError
from runtime.session_meta import STORES
from runtime.subjects import RECORDED
from streams.compact import archive, compact, in_place
from streams.rerecord import beside, copy
from streams.session import Session, open_session
from streams.store import MemoryStore, StoredSession
from tests.streams_source import Frame, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 700, jumps=(333,)))
SHORT = FRAMES[:130]


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def stored(frames: list[Frame], store: MemoryStore | None = None) -> tuple[MemoryStore, Session]:
    store = store or MemoryStore()
    await record(store, "s", frames)
    return store, await open_session(store, "s")


async def reduce(store: MemoryStore, session: Session, name: str) -> Session:
    return await compact(store, session, name, ScriptedBackend())


async def names(store: MemoryStore) -> list[str]:
    return [session.name for session in await store.sessions()]


async def payloads_of(session: Session, kinds: tuple[str, ...]) -> list[tuple[int, Any]]:
    return [(tick.frame_index, tick.payloads) async for tick in session.ticks(kinds)]


def test_everything_comes_back_from_what_is_kept() -> None:
    async def main() -> None:
        store, session = await stored(FRAMES)
        made = await reduce(store, session, "small")
        assert (made.meta.store, made.meta.kinds, made.meta.session) == ("inputs", STORES["inputs"], "small")
        assert msgspec.structs.replace(made.meta, session="s", store="all", kinds=()) == session.meta
        assert made.stored.stored_bytes * 5 < session.stored.stored_bytes
        assert made.stored.status == "complete"
        count = 0
        async for _, first, second in beside(session, made, ("input", "plan", "event", "frame", "memory", "state")):
            assert first is not None
            assert second is not None
            assert np.array_equal(first.rgb(), second.rgb())
            assert np.array_equal(first.memory_image().image, second.memory_image().image)
            assert (first.state, first.input, first.plans, first.events) == (
                second.state,
                second.input,
                second.plans,
                second.events,
            )
            count += 1
        assert count == 700
        states = [(tick.frame_index, tick.savestate) async for tick in made.ticks(("savestate",))]
        assert [(at, state.reason) for at, state in states if state] == [(0, "start"), (333, "jump")]
        with pytest.raises(SessionError, match="keeps inputs only already"):
            await reduce(store, made, "again")

    run(main())


def wrong(frames: list[Frame], at: int, kind: str, **fields: Any) -> list[Frame]:
    """Return the frames with one payload changed."""

    def changed(seen: str, data: bytes, index: int) -> bytes:
        if seen != kind or index != at:
            return data
        return wire.encode(msgspec.structs.replace(wire.decode_any(data), **fields))

    return [(i, [(seen, changed(seen, data, i)) for seen, data in payloads], key) for i, payloads, key in frames]


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        (without(SHORT, 70, 79), "frames 70 to 79 are missing"),
        (without(SHORT, 0, 2), "frames 0 to 2 are missing"),
        (without(SHORT, 70, 70, "input"), "frame 70 lacks its input, so it cannot be emulated again"),
        (without(SHORT, 0, 0, "savestate"), "frame 0 lacks its savestate, so it cannot be emulated again"),
        (without(SHORT, 70, 71, "frame"), "frame 70 lacks its video, so nothing proves it"),
        (without(SHORT, 70, 71, "memory"), "frame 70 lacks its memory, so nothing proves it"),
        (without(SHORT, 9, 9, "state"), "frame 9: the recorded state has other values of frame, player.x"),
        (wrong(SHORT, 33, "frame", pixels_hash=5), "emulated again it differs: frame 33: recorded hash 00000000000000"),
        (wrong(SHORT, 33, "state", values={"frame": 34, "player.x": 3}), "other values of player.x"),
        (wrong(SHORT, 33, "memory", data=b"\7" * 3, starts=b"\x09\0\0\0", lengths=b"\3\0\0\0"), "memory differs"),
    ],
)
def test_what_cannot_be_proven_is_refused_and_nothing_is_left(frames: list[Frame], why: str) -> None:
    async def main() -> None:
        store, session = await stored(frames)
        before = await payloads_of(session, tuple(RECORDED))
        with pytest.raises(SessionError, match="'s' cannot be reduced to its inputs: ") as told:
            await reduce(store, session, "small")
        assert why in str(told.value)
        assert await names(store) == ["s"]
        assert await payloads_of(session, tuple(RECORDED)) == before

    run(main())


def test_another_core_and_a_taken_name_are_refused() -> None:
    async def main() -> None:
        store, session = await stored(SHORT)
        other = ScriptedBackend()
        other.core = "other 1"
        with pytest.raises(CoreError, match="recorded with 'scripted 1', this core is 'other 1'"):
            await compact(store, session, "small", other)
        await record(store, "small", SHORT[:5])
        with pytest.raises(SessionError, match="'small' is already recorded"):
            await reduce(store, session, "small")
        assert await names(store) == ["s", "small"]

    run(main())


def test_what_was_half_written_by_a_killed_run_is_written_anew() -> None:
    async def main() -> None:
        store, session = await stored(SHORT)
        meta = msgspec.structs.replace(session.meta, session="small", store="inputs", kinds=STORES["inputs"])
        await store.create(meta)
        assert (await reduce(store, session, "small")).frame_count == 130

    run(main())


def test_an_archived_session_is_smaller_and_the_same() -> None:
    async def main() -> None:
        frames = without(FRAMES, 100, 110)
        store, session = await stored(frames)
        made = await archive(store, session, "smaller")
        assert made.meta == msgspec.structs.replace(session.meta, session="smaller")
        others = tuple(kind for kind in STORES["all"] if kind != "frame")
        assert await payloads_of(made, others) == await payloads_of(session, others)
        async for frame_index, first, second in beside(session, made, ("frame",)):
            assert first is not None
            assert second is not None
            assert first.pixels_hash == second.pixels_hash
            assert (first.frame is None) == (second.frame is None) == (111 <= frame_index < 120)
            if first.frame is not None:
                assert np.array_equal(first.rgb(), second.rgb())
        assert (await anext(made.ticks(start=500))).frame is not None

    run(main())


def test_a_copy_is_the_same_byte_for_byte() -> None:
    async def main() -> None:
        store, session = await stored(FRAMES)
        small = await reduce(store, session, "small")
        for source, kinds in ((session, STORES["all"]), (small, STORES["inputs"])):
            made = await copy(store, source, f"{source.name}2")
            assert await payloads_of(made, kinds) == await payloads_of(source, kinds)
            assert (await anext(made.ticks(start=400))).frame is not None

    run(main())


def test_a_session_is_replaced_by_its_inputs() -> None:
    async def main() -> None:
        store, session = await stored(SHORT)
        made = await in_place(store, "s", lambda opened, name: reduce(store, opened, name))
        assert (made.name, made.meta.store) == ("s", "inputs")
        assert await names(store) == ["s"]
        assert made.meta.created == session.meta.created
        again = await open_session(store, "s")
        assert (await anext(again.ticks(start=129))).frame is not None

    run(main())


def test_only_a_complete_session_is_replaced() -> None:
    async def main() -> None:
        store = MemoryStore()
        await store.create(meta_of(ScriptedBackend(), "s"))
        with pytest.raises(SessionError, match="never completed"):
            await in_place(store, "s", lambda opened, name: reduce(store, opened, name))
        with pytest.raises(SessionError, match="no recorded session 'nope'"):
            await in_place(store, "nope", lambda opened, name: reduce(store, opened, name))

    run(main())


class _Killed(BaseException):
    """Ends a run as SIGKILL does: nothing is cleaned up after it."""


class _KillingStore(MemoryStore):
    """A store that a test kills the process at: after so many changes nothing is reached any more."""

    def __init__(self) -> None:
        super().__init__()
        self.changes_left = -1

    def _change(self) -> None:
        if self.changes_left == 0:
            self.reachable = False
            raise _Killed
        self.changes_left -= 1

    async def create(self, meta: Any) -> None:
        self._change()
        await super().create(meta)

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        self._change()
        await super().append(session, position, kind, chunk)

    async def complete(self, session: str) -> None:
        self._change()
        await super().complete(session)

    async def remove(self, session: str) -> None:
        self._change()
        await super().remove(session)


@pytest.mark.parametrize("way", ["inputs", "archive"])
def test_killed_at_any_change_nothing_is_lost_and_the_next_run_ends_it(way: str) -> None:
    frames = FRAMES[:5]

    async def place(store: MemoryStore) -> Session:
        async def make(opened: Session, name: str) -> Session:
            return await (reduce(store, opened, name) if way == "inputs" else archive(store, opened, name))

        return await in_place(store, "s", make)

    async def killed_at(change: int) -> bool:
        store = _KillingStore()
        await stored(frames, store)
        store.changes_left = change
        try:
            await place(store)
        except (_Killed, BusError):
            pass
        else:
            return False
        store.reachable, store.changes_left = True, -1
        whole = [session for session in await store.sessions() if _is_whole(session)]
        assert whole, "at every moment one complete session is there"
        for session in whole:
            assert await inputs_of(store, session.name) == list(range(5))
        made = await place(store)
        assert await names(store) == ["s"]
        assert await inputs_of(store, "s") == list(range(5))
        assert made.meta.store == ("inputs" if way == "inputs" else "all")
        return True

    async def inputs_of(store: MemoryStore, name: str) -> list[int]:
        session = await open_session(store, name)
        return [tick.frame_index async for tick in session.ticks() if tick.frame is not None]

    change = 0
    while asyncio.run(killed_at(change)):
        change += 1
    assert change == 14 if way == "inputs" else change > 14


def _is_whole(session: StoredSession) -> bool:
    return session.status == "complete"
