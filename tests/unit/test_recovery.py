"""A killed recorder's session, brought to its end by whoever comes next: each record once, and the gap named."""

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import BusError, SessionError
from runtime.session_meta import SessionMeta
from runtime.start import enter
from streams.chunks import Group, Record, pack
from streams.journal import Journal
from streams.parts import PartLimits, Parts
from streams.recorder import Limits, StreamRecorder
from streams.recovery import store_all_left
from streams.session import open_session
from streams.store import MemoryStore, NotStoredError
from streams.writer import Waiting
from tests.streams_source import Frame, given_payloads, meta_of, play, stored_payloads

FRAMES = list(play(ScriptedBackend(), 300))
META = meta_of(ScriptedBackend(), "s")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


class FullStore(MemoryStore):
    """Takes so many chunks and then none, as a server that is gone."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        if self.room == 0:
            raise NotStoredError("no answer")
        self.room -= 1
        await super().append(session, position, kind, chunk)


async def killed_after(store: MemoryStore, journals: Path, frames: Sequence[Frame], *, wait: bool = True) -> None:
    """Record and die: the writer task ends where it is, the lock is let go."""
    recorder = StreamRecorder(store, Limits(waiting=Waiting(retry_s=0.001)), journals=journals)
    await recorder.open(META)
    for frame_index, payloads, key in frames:
        recorder.record(frame_index, payloads, key=key)
        await asyncio.sleep(0)
    for _ in range(200 if wait else 0):
        await asyncio.sleep(0.0001)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0)
    journal = recorder._journal
    assert journal
    journal.close(remove=False)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 5, 7, 11, 13, 20, 1000])
def test_what_the_journal_holds_is_stored_once(room: int, tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(room)
        await killed_after(store, tmp_path, FRAMES[:200])
        store.room = 1000
        assert await store_all_left(store, tmp_path) == ["s"]
        assert await stored_payloads(store) == given_payloads(FRAMES[:200])
        assert await store_all_left(store, tmp_path) == []
        assert list(tmp_path.iterdir()) == []
        assert (await store.describe("s")).status == "recording"

    run(main())


def test_a_store_that_fails_again_leaves_the_journal_for_the_next(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(3)
        await killed_after(store, tmp_path, FRAMES[:200])
        for room in (1, 2, 0):
            store.room = room
            with pytest.raises(BusError, match="what its journal holds cannot be stored"):
                await store_all_left(store, tmp_path, attempts=2)
        store.room = 1000
        await store_all_left(store, tmp_path)
        assert await stored_payloads(store) == given_payloads(FRAMES[:200])

    run(main())


def test_frames_that_are_in_no_journal_become_gaps(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        await killed_after(store, tmp_path, FRAMES[:150])
        for path in (tmp_path / "s").glob("*.slot"):
            path.unlink()
        await store_all_left(store, tmp_path)
        session = await open_session(store, "s")
        holes = await session.find_holes(("input", "frame"))
        assert [(hole.kind, hole.first_frame, hole.last_frame, hole.reason) for hole in holes] == [
            (kind, 120, 149, "the bridge was killed before they were stored") for kind in ("input", "frame")
        ]

    run(main())


def test_a_group_missing_in_the_middle_becomes_a_gap(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(0)
        await killed_after(store, tmp_path, FRAMES[:200])
        (tmp_path / "s" / "1.slot").unlink()
        store.room = 1000
        await store_all_left(store, tmp_path)
        holes = await (await open_session(store, "s")).find_holes(("input",))
        assert [(hole.first_frame, hole.last_frame, hole.reason) for hole in holes] == [
            (60, 119, "the bridge was killed before they were stored")
        ]

    run(main())


def test_a_journal_in_use_or_of_another_store_is_left_alone(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(0)
        await killed_after(store, tmp_path, FRAMES[:100])
        assert await store_all_left(MemoryStore(), tmp_path) == []
        journal = Journal(tmp_path / "s")
        assert len(journal.left()) == 2
        store.room = 1000
        assert await store_all_left(store, tmp_path) == []
        journal.close(remove=False)
        assert await store_all_left(store, tmp_path) == ["s"]

    run(main())


def test_a_session_goes_on_in_the_very_state(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(9)
        await killed_after(store, tmp_path, FRAMES[:200])
        store.room = 1000
        recorder = StreamRecorder(store, journals=tmp_path)
        start = await recorder.resume(META)
        assert (start.frame_index, start.segment, start.gaps, len(start.inputs)) == (200, 2, (), 200)
        backend = ScriptedBackend()
        assert enter(backend, start)
        for frame_index, payloads, key in FRAMES[200:]:
            recorder.record(frame_index, payloads, key=key)
        await recorder.close()
        assert await stored_payloads(store) == given_payloads(FRAMES)
        assert (await store.describe("s")).status == "complete"
        assert list(tmp_path.iterdir()) == []

    run(main())


def test_a_session_that_lost_frames_goes_on_after_them(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        await killed_after(store, tmp_path, FRAMES[:150])
        for path in (tmp_path / "s").glob("*.slot"):
            path.unlink()
        recorder = StreamRecorder(store, journals=tmp_path)
        start = await recorder.resume(META)
        assert (start.frame_index, len(start.inputs)) == (150, 120)
        assert {(gap.kind, gap.first_frame, gap.last_frame) for gap in start.gaps} == {
            (kind, 120, 149) for kind in ("input", "frame", "memory", "state")
        }
        await recorder.close()

    run(main())


def test_a_hole_behind_the_last_savestate_makes_going_on_a_jump(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        await killed_after(store, tmp_path, [*FRAMES[:100], *FRAMES[150:200]])
        recorder = StreamRecorder(store, journals=tmp_path)
        start = await recorder.resume(META)
        assert (start.frame_index, len(start.inputs), start.exact, start.gaps) == (200, 100, False, ())
        assert not enter(ScriptedBackend(), start)
        await recorder.close()

    run(main())


def test_a_limit_counts_the_parts_before_a_resumption(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        await store.create(META)
        for name, first, frames in (("s", 0, FRAMES[:60]), ("s-p2", 60, FRAMES[60:120])):
            part = msgspec.structs.replace(META, session=name, first_frame=first, part_of="" if name == "s" else "s")
            if name != "s":
                await store.complete("s")
                await store.create(part)
            group = Group(first // 60, first, first + 59, True, {})
            for frame_index, payloads, _ in frames:
                for kind, data in payloads:
                    group.records.setdefault(kind, []).append(Record(frame_index, data))
            for position, (kind, chunk) in enumerate(pack(group, store.max_chunk_bytes)[0], 1):
                await store.append(name, position, kind, chunk)
        limits = Limits(parts=PartLimits(limit_s=1.5))
        recorder = StreamRecorder(store, limits)
        assert not recorder.wants_savestate
        start = await recorder.resume(META)  # part 2, which this test made without a savestate
        assert (start.savestate, start.frame_index, start.exact) == (None, 120, False)
        assert not enter(ScriptedBackend(), start)
        await recorder.close()
        before = await recorder._parts_before("s")
        assert [(part.name, part.frames) for part in before] == [("s", 60)]
        parts = Parts(limits.parts, msgspec.structs.replace(META, session="s-p2", first_frame=60), before, 2)
        parts.grow(100, 1)
        assert parts.limit_reached

    run(main())


def test_what_cannot_go_on_says_why(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        recorder = StreamRecorder(store, journals=tmp_path)
        with pytest.raises(SessionError, match="no recorded session 's'"):
            await recorder.resume(META)
        await recorder.open(META)
        recorder.record(*FRAMES[0][:2], key=True)
        await recorder.close()
        with pytest.raises(SessionError, match="is complete"):
            await StreamRecorder(store, journals=tmp_path).resume(META)
        other = meta("t")
        bare = StreamRecorder(store, journals=tmp_path)
        await bare.open(other)
        with pytest.raises(SessionError, match="being recorded by another process"):
            await StreamRecorder(store, journals=tmp_path).open(other)
        await bare.close()

    run(main())


def test_a_session_killed_before_its_first_frame_begins_at_power_on(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(1000)
        await killed_after(store, tmp_path, [])
        recorder = StreamRecorder(store, journals=tmp_path)
        start = await recorder.resume(META)
        assert (start.savestate, start.frame_index, start.gaps) == (None, 0, ())
        for frame_index, payloads, key in FRAMES[:50]:
            recorder.record(frame_index, payloads, key=key)
        await recorder.close()
        assert await stored_payloads(store) == given_payloads(FRAMES[:50])

    run(main())


def test_a_session_that_lost_all_its_frames_goes_on_after_them(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(0)
        await killed_after(store, tmp_path, FRAMES[:50])
        (tmp_path / "s" / "0.slot").unlink()
        store.room = 1000
        recorder = StreamRecorder(store, journals=tmp_path)
        start = await recorder.resume(META)
        assert (start.savestate, start.frame_index) == (None, 50)
        assert (start.gaps[0].first_frame, start.gaps[0].last_frame) == (0, 49)
        await recorder.close()

    run(main())


def test_a_cut_off_session_is_not_begun_anew(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(0)
        await killed_after(store, tmp_path, FRAMES[:100])
        with pytest.raises(SessionError, match="runtime resume s"):
            await StreamRecorder(store, journals=tmp_path).open(META)

    run(main())


def test_a_kill_between_two_parts_is_mended(tmp_path: Path) -> None:
    async def main() -> None:
        store = FullStore(0)
        await killed_after(store, tmp_path, FRAMES[:60])
        # What a recorder that split at frame 60 leaves when it is killed before the next part was made.
        journal = Journal(tmp_path / "s")
        (left,) = journal.left()
        later = type(left.group)(7, 60, 60, True, {"input": [type(left.group.records["input"][0])(60, held(60))]})
        journal.begin("s-p2", later)
        journal.append(60, [("input", held(60))])
        journal.close(remove=False)
        store.room = 1000
        await store_all_left(store, tmp_path)
        assert (await store.describe("s")).status == "complete"
        part = await store.describe("s-p2")
        assert (part.status, part.meta.part_of, part.meta.first_frame) == ("recording", "s", 60)
        assert (await stored_payloads(store, "s-p2"))["input"] == [(60, held(60))]

    run(main())


def held(frame_index: int) -> bytes:
    return wire.encode(wire.Input(frame_index=frame_index, sent_ns=0, buttons=()))


def meta(name: str) -> SessionMeta:
    return meta_of(ScriptedBackend(), name)
