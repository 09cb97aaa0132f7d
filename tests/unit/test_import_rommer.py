"""Old data becomes a session that has all of it, and gives the same log again."""

import asyncio
import json
from collections.abc import AsyncGenerator, Collection, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import FramewireError, SessionError, UsageError
from streams.framesets.keys import load_config
from streams.framesets.trace import trace
from streams.importers.rommer import Imported, Source, clean_up, import_rommer
from streams.session import HoleFinder, Session, open_session
from streams.store import MemoryStore
from tests.rommer_source import START_MS, OldRun, colour_of, old_run, snapshots
from tests.streams_source import play, record

#: The published collector's keys.
BUTTONS = {"None": (), "X": ("A",), "Left+Z": ("B", "LEFT"), "Enter": ("START",), "Q": ()}


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def imported(source: Source) -> tuple[Imported, Session]:
    store = MemoryStore()
    result = await import_rommer(store, source, "old")
    return result, await open_session(store, "old")


async def log_of(session: Session) -> list[str]:
    return "".join([text async for text in trace(session)]).splitlines()


def source(tmp_path: Path, data: OldRun, ids: list[int], **options: Any) -> Source:
    return Source(data.csv(tmp_path), snapshots(tmp_path / "snapshots", ids), **options)


@pytest.mark.parametrize(("frames_a_set", "first_frame"), [(5, 0), (5, 812), (6, 812)])
def test_a_session_has_all_that_was_collected(tmp_path: Path, frames_a_set: int, first_frame: int) -> None:
    async def main() -> None:
        data = old_run(30, frames_a_set=frames_a_set, first_frame=first_frame)
        result, session = await imported(source(tmp_path, data, list(range(30))))
        assert (result.frames, result.rows, result.bad, result.cut) == (150, len(data.lines), 0, False)
        assert (result.lacking, result.unused, len(result.pictures)) == ({}, 0, 30)
        assert result.unknown_keys["Q"] == sum(",Q," in line for line in data.lines)
        assert await log_of(session) == data.lines
        meta = session.meta
        assert (meta.origin, meta.scan, meta.console, meta.core) == ("rommer", "chunked", "gba", "")
        assert meta.rate_hz == pytest.approx(59.7275, abs=1e-4)
        assert meta.created == "2025-07-31T21:20:" + f"{29.216 + first_frame_ms(data) / 1000:06.3f}+00:00"
        held: tuple[str, ...] = ()
        async for tick in session.ticks():
            set_id, offset = divmod(tick.frame_index, 5)
            assert tuple(tick.rgb()[0, 0]) == colour_of(set_id)
            if frames_a_set == 5:
                keys = data.held[tick.frame_index]
                held = held if keys is None else BUTTONS[keys]
                assert tick.input is not None
                assert tick.input.buttons == held
                check_memory(session, tick.memory("iwram"), tick.memory("ewram"), data.memory[tick.frame_index])
            elif offset == 4:  # the sixth chunk's rows are in the last frame
                check_memory(session, tick.memory("iwram"), tick.memory("ewram"), data.memory[set_id * 6 + 5])

    run(main())


def first_frame_ms(data: OldRun) -> int:
    return int(data.lines[0].split(",")[0]) - START_MS


def check_memory(session: Session, iwram: Any, ewram: Any, words: dict[int, int]) -> None:
    """Compare every byte that is known; a later word may overlap an earlier one, so each is looked up once."""
    assert [region.name for region in session.meta.regions] == ["iwram", "ewram"]
    for address, value in words.items():
        region, start = (iwram, 0x03000000) if address >= 0x03000000 else (ewram, 0x02000000)
        seen = int.from_bytes(region[address - start : address - start + 4].tobytes(), "little")
        assert seen == value


def test_bytes_before_their_first_row_have_the_value_that_it_names(tmp_path: Path) -> None:
    async def main() -> None:
        line = "1753996829216,ewram,12,02000101,00FFFFFF,05FFFFFF,1,00000000,None,None,1,2"
        tail = "1753996829300,iwram,13,03007FFE,0000BBAA,0000DDCC,1,00000000,None,None,1,3"  # runs past the region
        data = OldRun([line, tail])
        _, session = await imported(source(tmp_path, data, [0, 1]))
        seen = []
        async for tick in session.ticks():
            seen.append((tick.memory("ewram")[0x100:0x106].tolist(), tick.memory("iwram")[-2:].tolist()))
        before, after = [0, 0xFF, 0xFF, 0xFF, 0, 0], [0, 0xFF, 0xFF, 0xFF, 5, 0]
        assert seen == [(before, [0xAA, 0xBB])] * 7 + [(after, [0xAA, 0xBB])] + [(after, [0xCC, 0xDD])] * 2

    run(main())


def test_a_missing_or_damaged_picture_is_a_gap(tmp_path: Path) -> None:
    async def main() -> None:
        data = old_run(8)
        wanted = source(tmp_path, data, [0, 1, 2, 4, 5, 6, 7, 40])
        whole = (wanted.snapshots / "5.png").read_bytes()
        (wanted.snapshots / "5.png").write_bytes(whole[: len(whole) // 2])
        (wanted.snapshots / "6.png").write_bytes(b"")
        result, session = await imported(wanted)
        assert list(result.lacking) == [3, 5, 6]
        assert result.lacking[3] == "there is no 3.png"
        assert result.lacking[5].startswith("5.png cannot be read: ")
        assert result.unused == 1
        holes = HoleFinder(("frame", "memory", "input"))
        shown = [tick.frame_index async for tick in session.ticks(holes=holes) if tick.frame is not None]
        assert shown == [*range(15), *range(20, 25), *range(35, 40)]
        assert [(hole.kind, hole.first_frame, hole.last_frame) for hole in holes.found] == [
            ("frame", 15, 19),
            ("frame", 25, 34),
        ]
        assert holes.found[0].reason == "there is no 3.png"

    run(main())


def test_a_log_that_begins_late_keeps_its_ids(tmp_path: Path) -> None:
    async def main() -> None:
        data = old_run(30)
        data.lines = [line for line in data.lines if int(line.split(",")[10]) >= 20]
        result, session = await imported(source(tmp_path, data, list(range(30))))
        assert (session.first_frame, session.last_frame) == (95, 149)  # with the picture of the set before
        assert session.meta.first_frame == 95
        assert result.unused == 19
        assert await session.find_holes() == []
        assert await log_of(session) == data.lines

    run(main())


def test_a_log_of_ours_makes_the_round_trip_with_its_memory(tmp_path: Path) -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", list(play(ScriptedBackend(), 160)))
        ours = await open_session(store, "s")
        data = OldRun(await log_of(ours))
        result, session = await imported(source(tmp_path, data, list(range(32))))
        assert result.unknown_keys == {}
        assert session.meta.scan == "full"
        assert await log_of(session) == data.lines
        wanted = [(tick.memory("ewram").copy(), tick.input) async for tick in ours.ticks()]
        async for tick in session.ticks():
            memory, held = wanted[tick.frame_index]
            assert np.array_equal(tick.memory("ewram"), memory)
            if tick.frame_index:  # nothing is said of the first frame
                assert held is not None
                assert tick.input is not None
                assert set(tick.input.buttons) == set(held.buttons)

    run(main())


def test_many_rows_of_one_frame_come_back_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        lines = [
            f"1,ewram,7,{0x02000000 + 4 * i:08X},00000000,{i:08X},1,00000000,None,None,0,1" for i in range(1, 2501)
        ]
        result, session = await imported(source(tmp_path, OldRun(lines), [0]))
        assert result.rows == 2500
        assert await log_of(session) == lines
        assert max([len(tick.events) async for tick in session.ticks() if tick.frame_index]) == 3

    run(main())


def test_a_game_config_maps_the_keys(tmp_path: Path) -> None:
    async def main() -> None:
        config = tmp_path / "config.json"
        config.write_text(json.dumps({"game": "Medabots", "keys": {"Select": "Q", "R": "x"}}))
        line = "1,iwram,0,03000000,00000000,00000001,1,00000000,None,Q+X+Left,0,0"
        result, session = await imported(source(tmp_path, OldRun([line]), [0], config=load_config(config)))
        tick = await anext(session.ticks())
        assert tick.input is not None
        assert tick.input.buttons == ("R", "SELECT")
        assert result.unknown_keys == {"Left": 1}
        assert session.meta.game == "Medabots"

    run(main())


def test_bad_and_cut_lines_are_counted(tmp_path: Path) -> None:
    async def main() -> None:
        data = old_run(6)
        good = list(data.lines)
        data.lines.insert(3, "nonsense")
        wanted = source(tmp_path, data, [0], skip_bad=True)
        with wanted.csv.open("ab") as file:
            file.write(good[-1][:40].encode())
        result, session = await imported(wanted)
        assert (result.bad, result.cut, result.rows) == (1, True, len(good))
        assert await log_of(session) == good

    run(main())


@pytest.mark.parametrize("case", ["bad line", "no rows", "disorder", "sizes", "no folder", "no time", "name", "taken"])
def test_an_import_that_fails_leaves_nothing(tmp_path: Path, case: str) -> None:
    async def main() -> None:
        store = MemoryStore()
        data, name = old_run(6), "old"
        said = {
            "bad line": r"event_log\.csv:3: it has 1 columns",
            "no rows": "it has no rows",
            "disorder": r"event_log\.csv:\d+: frame_set_id 1 comes after 5: a log has them in order",
            "sizes": r"3\.png: 10x10 pixels, others have 24x16: all must be alike",
            "no folder": "nowhere: no folder",
            "no time": r"timestamp 999999999999999999 ms is no time",
            "name": r"session name 'a\.b': allowed are",
            "taken": "a session 'old' is already recorded",
        }[case]
        if case == "bad line":
            data.lines.insert(2, "nonsense")
        if case == "no rows":
            data.lines.clear()
        if case == "disorder":
            data.lines.append(data.lines[0])
        if case == "no time":
            data.lines = [line.replace(line.split(",")[0], "9" * 18) for line in data.lines]
        wanted = source(tmp_path, data, list(range(6)))
        if case == "sizes":
            Image.new("RGB", (10, 10)).save(wanted.snapshots / "3.png")
        if case == "no folder":
            wanted = Source(wanted.csv, tmp_path / "nowhere")
        if case == "name":
            name = "a.b"
        if case == "taken":
            await record(store, "old", list(play(ScriptedBackend(), 3)))
        before = [(stored.name, stored.chunks) for stored in await store.sessions()]
        with pytest.raises(FramewireError, match=said) as caught:
            await import_rommer(store, wanted, name)
        assert isinstance(caught.value, SessionError if case == "taken" else UsageError)
        assert [(stored.name, stored.chunks) for stored in await store.sessions()] == before

    run(main())


class _Wrong(MemoryStore):
    """A store that does not give back the rows."""

    def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """See SessionStore."""
        return super().chunks(session, set(kinds) - {"event"}, start)


def test_what_is_not_stored_as_read_is_an_error(tmp_path: Path) -> None:
    async def main() -> None:
        wanted, store = source(tmp_path, old_run(8), list(range(8))), _Wrong()
        with pytest.raises(SessionError, match="what was stored is not what was read; it is removed again"):
            await import_rommer(store, wanted, "old")
        assert await store.sessions() == []

    run(main())


def test_cleaning_up_removes_what_is_in_the_session_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        wanted = source(tmp_path, old_run(4), [0, 1, 2, 3, 9])
        (wanted.snapshots / "notes.txt").write_text("keep")
        result, _ = await imported(wanted)
        assert clean_up(wanted, result) == ["9.png", "notes.txt"]
        assert sorted(path.name for path in wanted.snapshots.iterdir()) == ["9.png", "notes.txt"]
        other = Source(wanted.csv, snapshots(tmp_path / "other", [0, 1, 2, 3]))
        result, _ = await imported(other)
        assert clean_up(other, result) == []
        assert not other.snapshots.exists()
        assert other.csv.exists()

    run(main())
