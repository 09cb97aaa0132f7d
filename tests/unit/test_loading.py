"""What loaders give: every row once, whoever shares the work, in an order that can be returned to."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from runtime.bridges.scripted import ScriptedBackend
from runtime.console import CONSOLES
from runtime.errors import SessionError, UsageError
from runtime.expressions import condition
from runtime.pixels import to_rgb
from runtime.private_loop import PrivateLoop
from streams.datasets.rows import Row, Sampling, rows
from streams.loading import BatchMaker, Example, PartReader, Place, Plan, Recipe, Shuffled, make_plan
from streams.session import HoleFinder, open_session
from streams.store import MemoryStore
from tests.streams_source import meta_of, play, record, without

FRAMES = list(play(ScriptedBackend(), 400, jumps=(210,)))
RECIPE = Recipe(shuffle_buffer=0, range_frames=45)
NAMES = ("one", "two")


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    made = MemoryStore()
    asyncio.run(record(made, "one", without(without(FRAMES, 250, 270), 100, 100, "input")))
    asyncio.run(record(made, "two", FRAMES[:130]))
    return made


def planned(store: MemoryStore, recipe: Recipe, names: Sequence[str] = NAMES) -> Plan:
    return asyncio.run(make_plan(store, names, recipe))


def load(
    store: MemoryStore,
    recipe: Recipe,
    *,
    epoch: int = 0,
    worker: int = 0,
    workers: int = 1,
    names: Sequence[str] = NAMES,
) -> list[Example]:
    plan = planned(store, recipe, names)
    loop = PrivateLoop("test")
    reader = PartReader(store, recipe, plan, plan.order(recipe, epoch, worker, workers), Place(0, -1))
    examples = Shuffled(reader, loop, recipe, epoch, 0).take(10_000)
    loop.close()
    return examples


def rows_of(store: MemoryStore, recipe: Recipe) -> list[Row]:
    """Return what one reading of each session gives."""

    async def read() -> list[Row]:
        where = condition(recipe.where) if recipe.where else None
        sampling = Sampling(stride=recipe.stride, stack=recipe.stack, where=where)
        found = []
        for name in NAMES:
            session = await open_session(store, name)
            found += [row async for row in rows(session, HoleFinder(()), sampling) if row.action is not None]
        return found

    return asyncio.run(read())


def key(row: Row) -> tuple[str, int]:
    return row.session, row.frame_index


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"range_frames": 1},
        {"stack": 1},
        {"stack": 9, "range_frames": 31},
        {"stride": 3},
        {"where": "frame % 3 == 0"},
    ],
)
def test_ranges_give_what_one_reading_gives(store: MemoryStore, change: dict[str, Any]) -> None:
    recipe = replace(RECIPE, **change)
    wanted = rows_of(store, recipe)
    found = load(store, recipe)
    assert [key(example.row) for example in found] == [key(row) for row in wanted]
    for example, row in zip(found, wanted, strict=True):
        assert example.row.action == row.action
        assert example.row.state == row.state
        stack = [to_rgb(raw, row.pixel_format) for raw in row.stack]
        assert np.array_equal(np.stack(example.frames), np.stack(stack))


@pytest.mark.parametrize("workers", [1, 2, 3, 50])
@pytest.mark.parametrize("change", [{}, {"shuffle_buffer": 64}, {"stride": 3, "shuffle_buffer": 64}])
def test_workers_share_without_overlap_and_without_loss(
    store: MemoryStore, workers: int, change: dict[str, Any]
) -> None:
    recipe = replace(RECIPE, columns=("action",), **change)
    shares = [load(store, recipe, worker=worker, workers=workers) for worker in range(workers)]
    found = sorted(key(example.row) for share in shares for example in share)
    assert found == sorted(key(row) for row in rows_of(store, recipe))


def test_seed_and_epoch_decide_the_order(store: MemoryStore) -> None:
    recipe = replace(RECIPE, columns=("action",), shuffle_buffer=64)
    orders = [
        [key(example.row) for example in load(store, replace(recipe, seed=seed), epoch=epoch)]
        for seed, epoch in ((1, 0), (1, 0), (2, 0), (1, 1))
    ]
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3
    assert len({tuple(sorted(order)) for order in orders}) == 1


@pytest.mark.parametrize("change", [{"shuffle_buffer": 64}, {"shuffle_buffer": 0}, {"shuffle_buffer": 50, "stride": 3}])
def test_any_place_can_be_returned_to(store: MemoryStore, change: dict[str, Any]) -> None:
    recipe = replace(RECIPE, **change)
    plan = planned(store, recipe)
    order = plan.order(recipe, 0, 0, 1)
    loop = PrivateLoop("test")
    stream = Shuffled(PartReader(store, recipe, plan, order, Place(0, -1)), loop, recipe, 0, 0)
    whole = load(store, recipe)
    for taken in range(0, len(whole), 97):
        reader = PartReader(store, recipe, plan, order, stream.place)
        rest = Shuffled(reader, loop, recipe, 0, stream.given).take(10_000)
        assert [key(example.row) for example in rest] == [key(example.row) for example in whole[taken:]]
        for one, other in zip(rest[:5], whole[taken:], strict=False):
            assert np.array_equal(np.stack(one.frames), np.stack(other.frames))
        stream.take(97)
    loop.close()


def test_batches_hold_the_columns(store: MemoryStore) -> None:
    columns = ("frames", "action", "held", "frame_index", "session", "state")
    for channels_first in (False, True):
        recipe = replace(RECIPE, columns=columns, channels_first=channels_first, stack=2)
        plan = planned(store, recipe)
        examples = load(store, recipe)[50:60]
        maker = BatchMaker(recipe, plan)
        frames = np.empty((10, *maker.frames_shape), np.uint8)
        maker.fill_frames(examples, frames)
        small = maker.small_columns(examples)
        assert list(small) == ["action", "held", "frame_index", "session", "state.frame", "state.player.x"]
        for i, example in enumerate(examples):
            row = example.row
            rgb = np.stack([to_rgb(raw, row.pixel_format) for raw in row.stack])
            wanted = rgb.transpose(0, 3, 1, 2).reshape(6, 160, 240) if channels_first else rgb
            assert np.array_equal(frames[i], wanted)
            for name, held in (("action", row.action), ("held", row.held)):
                hot = small[name][i]
                assert {button for button, one in zip(plan.buttons, hot, strict=True) if one} == set(held or ())
            assert small["frame_index"][i] == row.frame_index
            assert small["session"][i] == row.session
            assert small["state.player.x"][i] == row.state["player.x"]


def test_rows_that_lack_a_column_are_left_out(store: MemoryStore) -> None:
    frames = {example.row.frame_index for example in load(store, replace(RECIPE, columns=("held",)), names=["one"])}
    assert 100 not in frames
    assert {209, 249} <= frames
    frames = {example.row.frame_index for example in load(store, RECIPE, names=["one"])}
    assert frames.isdisjoint({99, 209, 249})
    assert 100 in frames


def test_patterns_and_what_does_not_fit(store: MemoryStore) -> None:
    assert [part.session for part in planned(store, RECIPE, ["t*", "one"]).sessions] == ["one", "two"]
    for names, error, problem in (
        (["x*"], SessionError, r"no recorded session matches 'x\*'; there are one, two"),
        (["x"], SessionError, "no recorded session 'x'"),
        ([], UsageError, "name at least one session"),
    ):
        with pytest.raises(error, match=problem):
            planned(store, RECIPE, names)
    with pytest.raises(UsageError, match=r"no watch player.z; there are frame, player.x"):
        planned(store, replace(RECIPE, columns=("state.player.z",)))
    with pytest.raises(UsageError, match="no column 'reward'; there are frames, action"):
        Recipe(columns=("reward",))
    with pytest.raises(UsageError, match="stack 0: it must be at least 1"):
        Recipe(stack=0)
    with pytest.raises(UsageError, match=r"uses hp; known are frame, player.x"):
        planned(store, replace(RECIPE, where="hp == 1"))


def test_sessions_of_two_consoles_do_not_mix() -> None:
    store = MemoryStore()
    meta = meta_of(ScriptedBackend(), "gb")
    small = msgspec.structs.replace(meta, width=160, height=144, buttons=CONSOLES["gb"].buttons)
    asyncio.run(record(store, "gb", FRAMES[:10], meta=small))
    asyncio.run(record(store, "gba", FRAMES[:10]))
    with pytest.raises(
        UsageError, match=r"session 'gba' is 240x160 .*; 'gb' is 160x144 .*: load sessions of one console"
    ):
        planned(store, RECIPE, ["gb*"])
