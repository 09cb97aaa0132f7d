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
from runtime.expressions import condition
from runtime.game import parse_game
from runtime.pixels import FORMATS, to_rgb
from streams.datasets import png
from streams.datasets.format import load_format
from streams.datasets.rows import Row, Sampling, rows, state_columns
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import GAME, Frame, held_on, meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 200))


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


async def rows_of(frames: list[Frame], **sampled: Any) -> tuple[list[Row], HoleFinder]:
    store = MemoryStore()
    await record(store, "s", frames)
    sampling = Sampling(**sampled)
    holes = HoleFinder(sampling.needed)
    found = [row async for row in rows(await open_session(store, "s"), holes, sampling)]
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


def test_the_last_row_of_an_episode_says_what_ended_it() -> None:
    async def main() -> None:
        found, _ = await rows_of(list(play(ScriptedBackend(), 200, jumps=(150,))))
        ends = [(row.frame_index, row.outcome) for row in found if row.ends]
        successes = [row.frame_index for row in found if row.outcome == "success"]
        assert len(successes) == 4
        assert ends == sorted([*((at, "success") for at in successes), (149, ""), (199, "")])
        assert all(row.ends == (row.episode_index != after.episode_index) for row, after in itertools.pairwise(found))

    run(main())


def test_with_a_stride_actions_reach_to_the_next_row() -> None:
    async def main() -> None:
        every, _ = await rows_of(FRAMES)
        found, _ = await rows_of(FRAMES, stride=4)
        starts = [row.frame_index for row in every if row.frame_index == 0 or every[row.frame_index - 1].ends]
        assert len(starts) == 3
        wanted = [i for a, b in itertools.pairwise([*starts, 200]) for i in range(a, b, 4)]
        assert [row.frame_index for row in found] == wanted
        for row, after in itertools.pairwise(found):
            assert row.actions == tuple(held_on(i) for i in range(row.frame_index + 1, after.frame_index + 1))
            assert row.action == row.actions[0]
        assert [row.outcome for row in found if row.ends] == ["success", "success", ""]
        assert found[-1].actions == tuple(held_on(i) for i in range(found[-1].frame_index + 1, 200))

    run(main())


def test_actions_end_before_a_reset_and_are_empty_where_one_is_not_recorded() -> None:
    async def main() -> None:
        found, _ = await rows_of(without(list(play(ScriptedBackend(), 40, jumps=(30,))), 10, 10, "input"), stride=4)
        by_frame = {row.frame_index: row for row in found}
        assert sorted(by_frame) == [*range(0, 30, 4), 30, 34, 38]  # 30 begins an episode
        assert by_frame[28].actions == (held_on(29),)
        assert by_frame[8].action == held_on(9)
        assert by_frame[8].actions == ()

    run(main())


def test_a_stack_holds_the_last_rows_frames_and_repeats_an_episodes_first() -> None:
    async def main() -> None:
        every, _ = await rows_of(FRAMES)
        for row in (await rows_of(FRAMES, stride=2, stack=3))[0]:
            first = next(one.frame_index for one in every if one.episode_index == row.episode_index)
            wanted = [max(first, row.frame_index - back) for back in (4, 2, 0)]
            assert row.stack_hashes == tuple(every[i].pixels_hash for i in wanted)
            assert all(np.array_equal(raw, every[i].raw) for raw, i in zip(row.stack, wanted, strict=True))
            assert row.stack[-1] is row.raw

    run(main())


def test_a_condition_leaves_out_rows_and_nothing_else() -> None:
    async def main() -> None:
        every, _ = await rows_of(FRAMES, stride=2, stack=2)
        found, _ = await rows_of(FRAMES, stride=2, stack=2, where=condition("player.x > 130 and player.x < 142"))
        kept = {row.frame_index: row for row in every if 130 < int(row.state["player.x"]) < 142}
        assert 0 < len(kept) < len(every)
        assert [row.frame_index for row in found] == list(kept)
        for row in found:
            assert (row.actions, row.episode_index) == (
                kept[row.frame_index].actions,
                kept[row.frame_index].episode_index,
            )
            assert row.stack_hashes == kept[row.frame_index].stack_hashes
        last = {row.episode_index: row.frame_index for row in found}
        assert [row.frame_index for row in found if row.ends] == list(last.values())
        for row in found:  # an outcome is told where it came of the row's own action, not from further on
            assert row.outcome == (kept[row.frame_index].outcome if row.ends else "")

    run(main())


def test_a_range_gives_the_same_rows_with_an_action_at_its_end() -> None:
    async def main() -> None:
        every, _ = await rows_of(FRAMES)
        found, holes = await rows_of(FRAMES, first_frame=75, last_frame=99)
        assert [row.frame_index for row in found] == list(range(75, 100))
        assert [(row.action, row.pixels_hash, row.state) for row in found] == [
            (row.action, row.pixels_hash, row.state) for row in every[75:100]
        ]
        assert found[0].episode_index == 0
        assert found[-1].ends
        assert holes.found == []
        strided, _ = await rows_of(FRAMES, first_frame=190, last_frame=1000, stride=4)
        assert [row.frame_index for row in strided] == [190, 194, 198]
        with pytest.raises(UsageError, match=r"session 's' has frames 0 to 199, none of the range asked for"):
            await rows_of(FRAMES, first_frame=200)

    run(main())


def test_another_description_reads_memory_and_cuts_episodes() -> None:
    async def main() -> None:
        every, _ = await rows_of(FRAMES)
        same, _ = await rows_of(FRAMES, game=parse_game(GAME, "game.toml"))
        assert [(row.state, row.ends, row.outcome) for row in same] == [
            (row.state, row.ends, row.outcome) for row in every
        ]
        other = GAME.replace("player.x == 142", "").replace('"player.x"', '"left"') + 'failure = "left < 112"\n'
        found, _ = await rows_of(FRAMES, game=parse_game(other, "other.toml"))
        falls = [
            row.frame_index
            for before, row in itertools.pairwise(every)
            if before.state["player.x"] >= 112 > row.state["player.x"]  # type: ignore[operator]  # a number
        ]
        assert [row.frame_index for row in found if row.outcome == "failure"] == falls
        assert [row.state["left"] for row in found] == [row.state["player.x"] for row in every]

    run(main())


def test_memory_is_that_of_the_row() -> None:
    async def main() -> None:
        found, holes = await rows_of(without(FRAMES, 70, 70, "memory"), memory=True, stride=2)
        for row in found:
            if row.memory is None:
                continue
            assert row.memory.shape == (0x4_8000,)
            assert int(row.memory[:4].view("<u4")[0]) == row.state["frame"]
        assert [row.frame_index for row in found if row.memory is None] == list(range(70, 120, 2))
        assert {(hole.kind, hole.first_frame, hole.last_frame) for hole in holes.found} == {
            ("memory", 70, 70), ("memory", 71, 119)
        }  # fmt: skip

    run(main())


def test_splits_and_labels_come_with_rows() -> None:
    async def main() -> None:
        store = MemoryStore()
        await record(store, "s", FRAMES)
        found = [
            row
            async for row in rows(
                await open_session(store, "s"),
                HoleFinder(()),
                split_of=lambda episode: f"split{episode}",
                labels_at=lambda frame: {"at": str(frame)},
            )
        ]
        assert [row.split for row in found] == [f"split{row.episode_index}" for row in found]
        assert [row.labels["at"] for row in found] == [str(i) for i in range(200)]

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
