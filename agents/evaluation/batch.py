"""Many episodes, each in a process of its own: a libretro core has global state."""

import logging
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from agents.evaluation.episode import Played, Setup, play
from runtime import logs
from runtime.errors import FramewireError


def play_all(setups: Sequence[Setup], jobs: int, on_done: Callable[[Played], object] = lambda _: None) -> list[Played]:
    """Play episodes; return them in the order of their setups, whichever ended first.

    Args:
        setups: The episodes.
        jobs: How many at once.
        on_done: Called after each, as they end.

    Raises:
        FramewireError: One cannot be played; the others are given up.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_quiet, max_tasks_per_child=1) as pool:
        running = {pool.submit(_play_one, setup): number for number, setup in enumerate(setups)}
        played: dict[int, Played] = {}
        try:
            left = set(running)
            while left:
                done, left = wait(left, return_when=FIRST_COMPLETED)
                for future in done:
                    played[running[future]] = future.result()
                    on_done(played[running[future]])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    return [played[number] for number in range(len(setups))]


def _play_one(setup: Setup) -> Played:
    try:
        return play(setup)
    except FramewireError as error:  # with its facts as attributes it would not come through to the other process
        raise FramewireError(str(error)) from None


def _quiet() -> None:
    logs.set_up(logging.WARNING)
