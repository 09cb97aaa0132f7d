"""Sessions are chosen by name and by what is known of them; when nothing is left, it is said what there is."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import SessionError, UsageError
from streams.archive.export import export
from streams.datasets.rows import NEEDED, rows
from streams.datasets.selection import Choice, choose, parse_time
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record

FRAMES = list(play(ScriptedBackend(), 180))

#: Name, game, created, frames.
RECORDED = (
    ("quest-1", "emberwood", "2026-11-18T10:00:00+00:00", 180),
    ("quest-2", "emberwood", "2026-11-19T10:00:00+00:00", 60),
    ("walk", "square", "2026-11-20T23:59:59+00:00", 120),
)


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def recorded() -> MemoryStore:
    store = MemoryStore()
    for name, game, created, count in RECORDED:
        meta = msgspec.structs.replace(meta_of(ScriptedBackend(), name), game=game, created=created)
        await record(store, name, FRAMES[:count], meta=meta)
    await store.create(meta_of(ScriptedBackend(), "empty"))
    return store


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice(("walk", "quest-1")), ["walk", "quest-1"]),
        (Choice(("quest-*",)), ["quest-1", "quest-2"]),
        (Choice(("walk", "*")), ["walk", "quest-1", "quest-2"]),
        (Choice(games=("emberwood",)), ["quest-1", "quest-2"]),
        (Choice(games=("squ*", "x")), ["walk"]),
        (Choice(("quest-?", "walk"), games=("square",)), ["walk"]),
        (Choice(since=datetime(2026, 11, 19, 10, tzinfo=UTC)), ["quest-2", "walk"]),
        (Choice(until=datetime(2026, 11, 19, 10, tzinfo=UTC)), ["quest-1", "quest-2"]),
        (Choice(until=parse_time("2026-11-20", end=True)), ["quest-1", "quest-2", "walk"]),
        (Choice(until=parse_time("2026-11-19", end=True), since=parse_time("2026-11-19")), ["quest-2"]),
        (Choice(min_length_s=2), ["quest-1", "walk"]),
        (Choice(min_length_s=2, max_length_s=2.5), ["walk"]),
        (Choice(max_length_s=1.5), ["quest-2"]),
        (Choice(labels=(("scene", "cave"),)), ["quest-1", "walk"]),
        (Choice(labels=(("scene", "cave"), ("mood", "calm"))), ["walk"]),
    ],
)
def test_sessions_fulfil_all_that_is_asked_for(tmp_path: Path, choice: Choice, names: list[str]) -> None:
    file = tmp_path / "labels.jsonl"
    lines = (("quest-1", "scene", "cave"), ("walk", "scene", "cave"), ("walk", "mood", "calm"))
    file.write_bytes(
        b"\n".join(
            msgspec.json.encode({"session": session, "first_frame": 0, "last_frame": 9, key: value})
            for session, key, value in lines
        )
    )

    async def main() -> None:
        sessions, labels = await choose(await recorded(), choice, [file])
        assert [session.name for session in sessions] == names
        assert bool(labels.of("quest-2")) is False

    run(main())


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(), r"name sessions, or choose .*; there are empty \(square, .*\), quest-1 \(emberwood, 2026-11-18"),
        (Choice(("x*",)), r"no session is named like 'x\*'; there are empty"),
        (Choice(("walk", "walk")), "named twice: walk"),
        (Choice(games=("tetris",)), r"no session fulfils all that is asked for; there are empty \(square"),
        (Choice(labels=(("scene", "sea"),)), "no session fulfils"),
    ],
)
def test_nothing_chosen_is_an_error_that_lists_what_there_is(choice: Choice, said: str) -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match=said):
            await choose(await recorded(), choice, [])

    run(main())


def test_a_session_that_was_named_must_be_there_and_have_frames() -> None:
    async def main() -> None:
        store = await recorded()
        with pytest.raises(SessionError, match="no recorded session 'nope'; there are empty, quest-1"):
            await choose(store, Choice(("nope",)), [])
        with pytest.raises(SessionError, match="session 'empty' has no frames"):
            await choose(store, Choice(("empty",)), [])

    run(main())


def test_an_archive_is_a_session_too(tmp_path: Path) -> None:
    async def main() -> None:
        store = await recorded()
        await export(store, await open_session(store, "quest-1"), tmp_path / "old.mcap")
        await store.remove("quest-1")
        sessions, _ = await choose(store, Choice((str(tmp_path / "old.mcap"), "walk")), [])
        assert [(session.name, session.frame_count) for session in sessions] == [("walk", 120), ("quest-1", 180)]
        holes = HoleFinder(NEEDED)
        assert len([row async for row in rows(sessions[1], holes)]) == 180
        assert holes.found == []
        with pytest.raises(UsageError, match="no session fulfils"):
            await choose(store, Choice((str(tmp_path / "old.mcap"),), games=("square",)), [])
        with pytest.raises(UsageError, match=r"old\.mcap: its session 'quest-1' is named twice"):
            await choose(store, Choice((str(tmp_path / "old.mcap"), f"{tmp_path}/./old.mcap")), [])
        with pytest.raises(SessionError, match=r"nope\.mcap"):
            await choose(store, Choice(("nope.mcap",)), [])

    run(main())


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert parse_time("2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
    assert parse_time("2026-11-20", end=True) == datetime(2026, 11, 20, 23, 59, 59, 999999, tzinfo=UTC)
    assert parse_time("2026-11-20T10:30", end=True) == datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert parse_time("2026-11-20T10:30+02:00") == datetime(2026, 11, 20, 10, 30, tzinfo=east)
    with pytest.raises(UsageError, match="'yesterday': wanted a date or time such as 2026-11-20"):
        parse_time("yesterday")
