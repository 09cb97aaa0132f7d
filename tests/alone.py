"""Functions called in processes of their own: a libretro core keeps its state in globals."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import NoReturn, ParamSpec, TypeVar

import pytest

P = ParamSpec("P")
T = TypeVar("T")

#: Far above what a call takes; nothing hangs.
_LIMIT_S = 300


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a fresh process; its exceptions come back."""
    with _one_process() as pool:
        return pool.submit(function, *args, **kwargs).result(timeout=_LIMIT_S)


class Aside:
    """A process that takes one call after the other, and is started anew when one of them ended it."""

    def __init__(self) -> None:
        self._pool = _one_process()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function there; its exceptions come back."""
        try:
            return self._pool.submit(function, *args, **kwargs).result(timeout=_LIMIT_S)
        except BrokenProcessPool:
            self._pool = _one_process()
            raise

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()


def missing(what: str) -> NoReturn:
    """End a test that lacks its tool: it fails in CI and is skipped on a laptop."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def _one_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
