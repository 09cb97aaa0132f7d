"""A ring of frames: written once, read through views that cannot be written, without allocation."""

import tracemalloc

import numpy as np
import pytest

from agents.reflex.history import FrameHistory
from runtime.errors import UsageError
from runtime.pixels import Raw

SHAPE = (160, 240)


def frame(number: int) -> Raw:
    return np.full(SHAPE, number, np.uint16)


def filled(count: int, kept: int = 16) -> FrameHistory:
    history = FrameHistory(kept)
    for number in range(count):
        history.push(frame(number))
    return history


@pytest.mark.parametrize("count", [4, 5, 15, 16, 17, 18, 19, 20, 33, 100])
def test_a_stack_is_the_last_four_oldest_first(count: int) -> None:
    history = filled(count)
    assert [int(each[0, 0]) for each in history.stack()] == list(range(count - 4, count))
    assert all((each == each[0, 0]).all() for each in history.stack())
    assert int(history.newest()[5, 7]) == count - 1
    assert history.count == count


@pytest.mark.parametrize(("count", "expected"), [(1, [0, 0, 0, 0]), (2, [0, 0, 0, 1]), (3, [0, 0, 1, 2])])
def test_before_there_are_four_the_oldest_repeats(count: int, expected: list[int]) -> None:
    assert [int(each[0, 0]) for each in filled(count).stack()] == expected


def test_a_view_lasts_until_its_place_is_written_again() -> None:
    history = filled(20)
    stack = history.stack()
    for number in range(20, 32):
        history.push(frame(number))
    assert [int(each[0, 0]) for each in stack] == [16, 17, 18, 19]
    history.push(frame(32))
    assert int(stack[0][0, 0]) == 32


def test_views_cannot_be_written() -> None:
    history = filled(5)
    for view in (history.newest(), *history.stack(), history.grid()):
        with pytest.raises(ValueError, match="read-only"):
            view[0, 0] = 1


def test_what_is_pushed_is_copied() -> None:
    history, raw = FrameHistory(), frame(1)
    history.push(raw)
    raw[:] = 9
    assert int(history.newest()[0, 0]) == 1


def test_the_grid_reads_like_a_page() -> None:
    grid = filled(18).grid()
    height, width = SHAPE
    assert grid.shape == (2 * height, 2 * width)
    corners = [grid[:height, :width], grid[:height, width:], grid[height:, :width], grid[height:, width:]]
    assert [int(corner[0, 0]) for corner in corners] == [14, 15, 16, 17]
    assert all((corner == corner[0, 0]).all() for corner in corners)


def test_a_frame_costs_no_allocation() -> None:
    history, raw = filled(20), frame(7)
    history.grid()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    for _ in range(40):
        history.push(raw)
        history.stack()
        history.grid()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak - before < 4096  # a frame is 76,800 bytes


def test_another_size_begins_anew() -> None:
    history = filled(9)
    history.push(np.zeros((144, 160), np.uint32))
    assert history.newest().shape == (144, 160)
    assert history.newest().dtype == np.uint32
    assert history.count == 1


def test_bad_uses_are_told() -> None:
    with pytest.raises(UsageError, match="no frame"):
        FrameHistory().stack()
    with pytest.raises(UsageError, match="stacks of 9 from a ring of 4"):
        FrameHistory(4, 9)
    history = FrameHistory(8, 2)
    history.push(frame(1))
    with pytest.raises(UsageError, match="a grid is made of 4"):
        history.grid()
