"""The timeline's tracks against what every frame says."""

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboards.studio.past import track_blocks, tracks
from dashboards.studio.past.track_blocks import Extra
from dashboards.studio.past.tracks import Tracks
from runtime import wire
from runtime.bridges.scripted import ScriptedBackend
from streams.memory_search.history import History
from streams.session import Session, open_session
from streams.store import MemoryStore
from tests.streams_source import Frame, held_on, play, record

FRAMES = 500
X = Extra("my.x", 0x0200_0004, "u16le")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (track_blocks, tracks):
        monkeypatch.setattr(module, "BLOCK_FRAMES", 120)


async def a_session(frames: Sequence[Frame]) -> Session:
    store = MemoryStore()
    await record(store, "s", list(frames))
    return await open_session(store, "s")


def frames_with_gap() -> list[Frame]:
    """Return frames of which 200 to 229 lack their state, and 300 has a gap."""
    gap = wire.Gap(source="reflex", sent_ns=0, kind="frame", first_frame=290, last_frame=300, count=11, reason="slow")
    found: list[Frame] = []
    for i, payloads, key in play(ScriptedBackend(), FRAMES):
        kept = [item for item in payloads if not (item[0] == "state" and 200 <= i < 230)]
        found.append((i, [*kept, ("gap", wire.encode(gap))] if i == 300 else kept, key))
    return found


async def answer(
    session: Session, first: int, last: int, columns: int, *names: str | Extra, known: Tracks | None = None
) -> dict[str, Any]:
    """Return tracks that are complete."""
    known = known or Tracks()
    extras = [name for name in names if isinstance(name, Extra)]
    while True:
        await known.load(session, first, last, extras, History(session))
        found = known.view(session, first, last, columns, names).answer
        if found["complete"]:
            return found


def plain_states() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return `player.x` by frame, NaN where the recording lacks it."""
    column = np.full(FRAMES, np.nan)
    for i, payloads, _ in frames_with_gap():
        for kind, data in payloads:
            if kind == "state":
                column[i] = wire.decode(wire.State, data).values["player.x"]
    return column


@pytest.mark.parametrize(("first", "last", "columns"), [(0, 499, 37), (0, 499, 4000), (115, 360, 50), (7, 7, 10)])
def test_columns_hold_the_lowest_and_highest_value_of_their_frames(first: int, last: int, columns: int) -> None:
    found = asyncio.run(_of_gapped(first, last, columns))
    edges = found["edges"]
    assert (edges[0], edges[-1]) == (first, last + 1)
    assert len(edges) - 1 == min(columns, last - first + 1)
    plain = plain_states()
    for i, (begin, end) in enumerate(itertools.pairwise(edges)):
        buttons = {name for frame in range(begin, end) for name in held_on(frame)}
        assert found["buttons"][i] == sum(1 << j for j, name in enumerate(found["names"]) if name in buttons)
        here = plain[begin:end]
        recorded, out_of_memory = found["watches"]["player.x"], found["watches"]["my.x"]
        known = here[~np.isnan(here)]
        if known.size and not np.isnan(here).any():
            assert (recorded["min"][i], recorded["max"][i]) == (known.min(), known.max())
            assert (out_of_memory["min"][i], out_of_memory["max"][i]) == (known.min(), known.max())


async def _of_gapped(first: int, last: int, columns: int) -> dict[str, Any]:
    session = await a_session(frames_with_gap())
    found = await answer(session, first, last, columns, "player.x", X)
    return found | {"names": session.meta.buttons}


def test_events_and_gaps_of_the_range_are_told() -> None:
    found = asyncio.run(_of_gapped(250, 499, 10))
    assert [(gap["first"], gap["last"], gap["source"]) for gap in found["gaps"]] == [(290, 300, "reflex")]
    assert found["event_count"] == len(found["events"])
    assert all(250 <= event["frame"] <= 499 for event in found["events"])
    assert found["events"][-1]["name"] == "session.ended"


def test_an_answer_reads_one_block_at_least_and_says_what_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "BUDGET_S", 0.0)

    async def run() -> list[list[list[int]]]:
        session, known, seen = await a_session(frames_with_gap()), Tracks(), []
        for _ in range(5):
            await known.load(session, 0, 499, [], None)
            found = known.view(session, 0, 499, 20, ["player.x"]).answer
            seen.append(found["loaded"])
            columns = [i for i, edge in enumerate(found["edges"][1:]) if edge > found["loaded"][-1][1] + 25]
            assert all(found["watches"]["player.x"]["min"][i] is None for i in columns)
            assert all(found["buttons"][i] is None for i in columns)
            assert found["complete"] is (len(seen) == 5)
        return seen

    seen = asyncio.run(run())
    assert [len(loaded) for loaded in seen] == [1, 2, 3, 4, 5]
    assert seen[-1][-1] == [480, 499]


def test_blocks_on_disk_give_the_same_and_damaged_ones_are_read_again(tmp_path: Path) -> None:
    async def run() -> None:
        session = await a_session(frames_with_gap())
        fresh = await answer(session, 0, 499, 90, "player.x", known=Tracks(tmp_path))
        files = sorted(tmp_path.iterdir())
        assert [file.name for file in files] == ["0", "1", "2", "3", "4"]
        files[1].write_bytes(files[1].read_bytes()[:-9])
        files[2].write_bytes(b"")
        untouched = files[3].stat().st_mtime_ns
        assert await answer(session, 0, 499, 90, "player.x", known=Tracks(tmp_path)) == fresh
        assert files[3].stat().st_mtime_ns == untouched
        assert files[1].stat().st_size > 100

    asyncio.run(run())


def test_a_watch_that_comes_and_goes_has_no_value_in_between() -> None:
    async def run() -> dict[str, Any]:
        frames: list[Frame] = []
        for i, payloads, key in play(ScriptedBackend(), 100):
            kept = [item for item in payloads if item[0] != "state"]
            values: dict[str, wire.Scalar] = {"a": i, "text": "words"} if i % 40 < 20 else {"a": i, "b": 5}
            frames.append(
                (i, [*kept, ("state", wire.encode(wire.State(frame_index=i, sent_ns=i, values=values)))], key)
            )
        return await answer(await a_session(frames), 0, 99, 100, "a", "b", "text")

    watches = asyncio.run(run())["watches"]
    assert watches["a"]["max"] == list(range(100))
    assert watches["b"]["min"] == [5 if i % 40 >= 20 else None for i in range(100)]
    assert watches["text"]["min"] == [None] * 100
