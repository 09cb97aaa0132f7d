"""Rows pair a frame with what was done next, and never across something that is missing."""

import asyncio
import io
import itertools
from collections.abc import Coroutine
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from runtime.bridges.scripted import ScriptedBackend
from runtime.errors import UsageError
from runtime.pixels import FORMATS, to_rgb
from streams.datasets import png
from streams.datasets.format import load_format
from streams.datasets.rows import Row, rows, state_columns
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import GAME, Frame, held_on, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def rows_of(frames: list[Frame]) -> tuple[list[Row], HoleFinder]:
    store = MemoryStore()
    await record(store, "s", frames)
    holes = HoleFinder(("input", "frame", "state"))
    found = [row async for row in rows(await open_session(store, "s"), holes)]
    return found, holes


def test_the_action_of_a_frame_is_what_was_held_on_the_next() -> None:
    async def main() -> None:
        found, holes = await rows_of(FRAMES)
        assert [row.frame_index for row in found] == list(range(200))
        for row in found[:-1]:
            assert row.held == held_on(row.frame_index)
            assert row.action == held_on(row.frame_index + 1)
            assert row.state["frame"] == row.frame_index + 1
            assert row.actor == "reflex"
            assert row.plan_id == f"p{(row.frame_index + 1) // 50 * 50}"
        assert found[-1].action is None
        assert found[-1].actor == ""
        assert holes.found == []

    run(main())


def test_episodes_end_with_their_event() -> None:
    async def main() -> None:
        found, _ = await rows_of(FRAMES)
        pairs = list(itertools.pairwise(found))
        ends = [row.frame_index for row, after in pairs if row.episode_index != after.episode_index]
        wanted = [row.frame_index for before, row in pairs if before.state["player.x"] != 142 == row.state["player.x"]]
        assert ends == wanted
        assert len(ends) == 2
        assert found[-1].episode_index == 2

    run(main())


def test_nothing_is_said_across_a_hole() -> None:
    async def main() -> None:
        found, holes = await rows_of(without(FRAMES, 65, 99))
        by_frame = {row.frame_index: row for row in found}
        assert sorted(by_frame) == [*range(65), *range(120, 200)]  # 100 to 119 cannot be decoded before the next key
        assert by_frame[64].action is None
        assert by_frame[63].action == held_on(64)
        assert by_frame[120].episode_index == by_frame[64].episode_index + 1
        assert {(h.kind, h.first_frame, h.last_frame) for h in holes.found} == {
            ("input", 65, 99), ("frame", 65, 99), ("state", 65, 99), ("frame", 100, 119)
        }  # fmt: skip

    run(main())


def test_a_reset_ends_an_episode_and_is_no_action() -> None:
    async def main() -> None:
        found, _ = await rows_of(list(play(ScriptedBackend(), 100, jumps=(30,))))
        assert found[29].action is None
        assert found[30].episode_index == found[29].episode_index + 1
        assert found[30].state["frame"] == 1
        assert found[28].action == held_on(29)

    run(main())


def test_what_is_not_recorded_is_null() -> None:
    async def main() -> None:
        found, _ = await rows_of(without(without(FRAMES, 20, 20, "input"), 30, 30, "state"))
        assert found[20].held is None
        assert found[19].action is None
        assert found[20].action == held_on(21)
        assert found[30].state == {}

    run(main())


def test_columns_follow_the_game_and_must_agree() -> None:
    one = meta_of(ScriptedBackend(), "one")
    columns = state_columns([one, meta_of(ScriptedBackend(), "two", game_toml="")])
    assert [(column.watch, column.type) for column in columns] == [("frame", "u32le"), ("player.x", "u16le")]
    other = msgspec.structs.replace(one, session="other", game_toml=GAME.replace("u16le", "u8"))
    with pytest.raises(UsageError, match=r"watch 'player.x' is u8, in a session before it u16le"):
        state_columns([one, other])


def test_an_unknown_format_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match="no dataset format 'tfrecord'; there are parquet"):
        load_format("tfrecord")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("shape", [(160, 240), (1, 1), (3, 7)])
def test_png_is_lossless_and_repeatable(name: str, shape: tuple[int, int]) -> None:
    raw = np.random.default_rng(5).integers(0, 1 << 16, shape).astype(FORMATS[name].dtype)
    data = png.encode(raw, name)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), to_rgb(raw, name))
    assert png.encode(raw.copy(), name) == data
