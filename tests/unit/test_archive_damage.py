"""Of an archive cut short everything before the cut comes back; a damaged one is a clear error, never a wrong frame."""

import asyncio
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.reader import make_reader

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import FramewireError, SessionError
from runtime.frame_codec import FrameEncoder
from runtime.subjects import RECORDED
from streams.archive.export import export
from streams.archive.importing import CUT_REASON, Imported, import_archive
from streams.archive.records import MAGIC
from streams.archive.store import McapStore
from streams.chunks import Group, Record, pack, unpack
from streams.session import Hole, open_session
from streams.store import MemoryStore, SessionStore
from tests.streams_source import meta_of

FRAMES, GROUP = 18, 3
Sequences = dict[str, list[Record]]


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def small_groups() -> list[Group]:
    """Return a recording of few bytes: a screen of 6x4 pixels, three frames a group."""
    encoder = FrameEncoder()
    groups: list[Group] = []
    for i in range(FRAMES):
        if i % GROUP == 0:
            encoder.force_key()
            groups.append(Group(len(groups), i, i + GROUP - 1, True, {}))
        raw = np.full((4, 6), i * 771, dtype=np.uint16)
        payloads: dict[str, wire.Payload] = {
            "input": wire.Input(frame_index=i, sent_ns=i, buttons=("A",) if i % 2 else ()),
            "frame": encoder.encode(i, raw, "gba565", i),
            "state": wire.State(frame_index=i, sent_ns=i, values={"player.x": i, "y": 0.5}),
        }
        if i % 5 == 4:
            payloads["plan"] = wire.Plan(actor="p", frame_index=i - 1, sent_ns=i, plan_id=f"p{i}", goal="go")
        for kind, payload in payloads.items():
            groups[-1].records.setdefault(kind, []).append(Record(i, wire.encode(payload)))
    event = wire.Event(source="bridge", frame_index=FRAMES - 1, sent_ns=0, name="session.ended")
    groups.append(
        Group(len(groups), FRAMES - 1, FRAMES - 1, False, {"event": [Record(FRAMES - 1, wire.encode(event))]})
    )
    return groups


async def stored() -> MemoryStore:
    store = MemoryStore()
    await store.create(meta_of(ScriptedBackend(), "s"))
    position = 0
    for group in small_groups():
        for kind, chunk in pack(group, store.max_chunk_bytes)[0]:
            position += 1
            await store.append("s", position, kind, chunk)
    await store.complete("s")
    return store


async def sequences(store: SessionStore, name: str) -> Sequences:
    found: Sequences = {}
    async for chunk in store.chunks(name, RECORDED):
        found.setdefault(chunk.kind, []).extend(unpack(chunk))
    return found


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of the small recording."""
    path = tmp_path_factory.mktemp("archive") / "s.mcap"

    async def main() -> None:
        store = await stored()
        await export(store, await open_session(store, "s"), path, images=True)

    run(main())
    return path


@pytest.fixture(scope="module")
def original() -> Sequences:
    found: Sequences = {}

    async def main() -> None:
        found.update(await sequences(await stored(), "s"))

    run(main())
    return found


async def bring_in(path: Path, data: bytes) -> tuple[Imported | None, Sequences]:
    """Import `data`; return what came of it, or None after a clear error that left no session behind."""
    path.write_bytes(data)
    store = MemoryStore()
    error: SessionError | None = None
    try:
        imported = await import_archive(path, store)
    except SessionError as raised:
        error = raised
    if error is None:
        assert (await store.describe("s")).meta == meta_of(ScriptedBackend(), "s")
        return imported, await sequences(store, "s")
    assert str(path) in str(error)
    assert await store.sessions() == []
    return None, {}


def without_cut(found: Sequences) -> Sequences:
    """Leave out the gaps that an import records for a cut."""
    gaps = [r for r in found.get("gap", []) if wire.decode(wire.Gap, r.data).reason != CUT_REASON]
    return {kind: records for kind, records in ({**found, "gap": gaps}).items() if records}


def assert_beginning(found: Sequences, original: Sequences, imported: Imported) -> None:
    """Check that everything up to the last frame imported is there and nothing else."""
    wanted = {
        kind: kept
        for kind, records in original.items()
        if (kept := [r for r in records if r.frame_index <= imported.last_frame and (kind != "event")])
    }
    there = without_cut(found)
    there.pop("event", None)
    assert there == wanted
    assert imported.complete == ("event" in found)


def test_everything_before_a_cut_comes_back(archived: Path, original: Sequences, tmp_path: Path) -> None:
    async def main() -> None:
        data = archived.read_bytes()
        last_frames: set[int] = set()
        for size in sorted({*random.Random(3).sample(range(len(data)), 300), *range(len(data) - 60, len(data))}):
            imported, found = await bring_in(tmp_path / "cut.mcap", data[:size])
            if imported is None:
                assert not last_frames
                continue
            assert imported.cut
            assert_beginning(found, original, imported)
            last_frames.add(imported.last_frame)
            gaps = [wire.decode(wire.Gap, r.data) for r in found.get("gap", [])]
            first = imported.last_frame + 1
            missing = {(kind, first, FRAMES - 1, FRAMES - first) for kind in ("input", "frame", "state")}
            if imported.complete:
                missing = set()
            elif first == FRAMES:
                missing = {("event", FRAMES - 1, FRAMES - 1, 1)}
            assert {(gap.kind, gap.first_frame, gap.last_frame, gap.count) for gap in gaps} == missing
            assert {gap.source for gap in gaps} <= {"recorder"}
            with pytest.raises(SessionError, match="cut short"):
                McapStore(tmp_path / "cut.mcap")
        assert last_frames == {2, 5, 8, 11, 14, 17}

    run(main())


def test_a_session_of_a_cut_archive_says_what_it_lacks(archived: Path, tmp_path: Path) -> None:
    async def main() -> None:
        with archived.open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        third = sorted(index.chunk_start_offset for index in summary.chunk_indexes)[4]
        path = tmp_path / "cut.mcap"
        path.write_bytes(archived.read_bytes()[: third + 100])
        store = MemoryStore()
        imported = await import_archive(path, store, "t")
        assert (imported.frames, imported.last_frame, imported.promised) == (6, 5, FRAMES - 1)
        session = await open_session(store, "t")
        assert session.last_frame == FRAMES - 1
        assert await session.find_holes(("frame", "input")) == [
            Hole("input", 6, FRAMES - 1, CUT_REASON),
            Hole("frame", 6, FRAMES - 1, CUT_REASON),
        ]

    run(main())


def flipped(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def test_a_flipped_bit_is_an_error_or_changes_nothing(archived: Path, original: Sequences, tmp_path: Path) -> None:
    async def main() -> None:
        rng, data, errors = random.Random(5), archived.read_bytes(), 0
        for _ in range(400):
            imported, found = await bring_in(tmp_path / "flipped.mcap", flipped(data, rng))
            errors += imported is None
            if imported:
                assert found == original
        assert errors > 200  # the rest lies in the summary, which an import does not need

    run(main())


def test_a_store_over_a_flipped_bit_never_gives_another_frame(
    archived: Path, original: Sequences, tmp_path: Path
) -> None:
    async def main() -> None:
        rng, data, path, errors = random.Random(6), archived.read_bytes(), tmp_path / "flipped.mcap", 0
        for _ in range(400):
            path.write_bytes(flipped(data, rng))
            try:
                store = McapStore(path)
                found = await sequences(store, "s")
            except FramewireError:
                errors += 1
                continue
            assert found == original
            assert store.start.meta == meta_of(ScriptedBackend(), "s")
        assert errors > 100  # the rest lies in images and message indexes, which it does not read

    run(main())


def test_a_flipped_bit_in_a_cut_archive_gives_no_wrong_frame(
    archived: Path, original: Sequences, tmp_path: Path
) -> None:
    async def main() -> None:
        rng, data = random.Random(8), archived.read_bytes()
        for _ in range(300):
            cut = flipped(data[: rng.randrange(200, len(data))], rng)
            imported, found = await bring_in(tmp_path / "both.mcap", cut)
            if imported:
                assert_beginning(found, original, imported)

    run(main())


def test_a_chunk_that_names_absurd_lengths_is_an_error(archived: Path, tmp_path: Path) -> None:
    async def main() -> None:
        data = archived.read_bytes()
        with archived.open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        chunk = summary.chunk_indexes[2].chunk_start_offset
        for offset in range(chunk, chunk + 53):  # up to its compressed data
            changed = bytearray(data)
            changed[offset] ^= 0xFF
            assert (await bring_in(tmp_path / "changed.mcap", bytes(changed)))[0] is None

    run(main())


def test_a_group_that_was_taken_out_is_noticed(archived: Path, tmp_path: Path) -> None:
    async def main() -> None:
        with archived.open("rb") as file:
            summary = make_reader(file).get_summary()
        assert summary is not None
        chunks = sorted(summary.chunk_indexes, key=lambda index: index.chunk_start_offset)
        gone, end = chunks[4], chunks[-1].chunk_start_offset
        after = gone.chunk_start_offset + gone.chunk_length
        data = archived.read_bytes()
        path = tmp_path / "less.mcap"
        store = MemoryStore()
        path.write_bytes(data[: gone.chunk_start_offset] + data[after:end])
        with pytest.raises(SessionError, match=r"group 3 at byte \d+ does not follow on what comes before it"):
            await import_archive(path, store)
        assert await store.sessions() == []
        assert (await bring_in(path, data[: gone.chunk_start_offset] + data[after:]))[0] is None

    run(main())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cut short within the record at byte 8, before it says what session it is"),
        (MAGIC[:5], "cut short within the record at byte 8, before it says what session it is"),
        (MAGIC + MAGIC, "damaged at byte 8: a record of 16 bytes goes beyond"),
        (b"PNG", "no MCAP file, it begins with b'PNG'"),
    ],
)
def test_what_is_no_archive_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    async def main() -> None:
        path = tmp_path / "x.mcap"
        path.write_bytes(data)
        with pytest.raises(SessionError, match=said):
            await import_archive(path, MemoryStore())

    run(main())
