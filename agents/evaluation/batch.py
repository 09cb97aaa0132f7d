"""Many episodes, each in a process of its own: a libretro core has global state."""

import logging
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import NamedTuple

import msgspec

from agents.evaluation.episode import Played, Setup, play
from agents.knowledge.schema import outlasting
from runtime import logs
from runtime.errors import FramewireError

_CONTEXT = multiprocessing.get_context("spawn")

#: What a process that was told to end gets for it, s; then it is killed.
_END_S = 5.0


class _Running(NamedTuple):
    """An episode under way."""

    number: int
    seed: int
    process: SpawnProcess


def play_all(setups: Sequence[Setup], jobs: int, on_done: Callable[[Played], object] = lambda _: None) -> list[Played]:
    """Play episodes; return them in the order of their setups, whichever ended first.

    Args:
        setups: The episodes.
        jobs: How many at once.
        on_done: Called after each, as they end.

    Raises:
        FramewireError: One cannot be played, or its process died; the others are given up.
    """
    waiting = deque(enumerate(setups))
    running: dict[Connection, _Running] = {}
    played: dict[int, Played] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                number, setup = waiting.popleft()
                running |= [_start(number, setup)]
            for end in wait(list(running)):
                assert isinstance(end, Connection)
                one = running.pop(end)
                played[one.number] = _result(end, one)
                on_done(played[one.number])
    finally:
        for end, one in running.items():
            one.process.terminate()
            _finish(end, one)
    return [played[number] for number in range(len(setups))]


def play_on(setups: Sequence[Setup], on_done: Callable[[Played], object] = lambda _: None) -> list[Played]:
    """Play episodes one after the other; each begins with what was known at the end of the one before.

    Raises:
        FramewireError: One cannot be played, or its process died.
    """
    played: list[Played] = []
    for setup in setups:
        known = setup.carried if not played else tuple(outlasting(fact) for fact in played[-1].facts)
        played += play_all([msgspec.structs.replace(setup, carried=known)], 1, on_done)
    return played


def _start(number: int, setup: Setup) -> tuple[Connection, _Running]:
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_play_one, args=(theirs, setup), daemon=True)
    process.start()
    theirs.close()
    return ours, _Running(number, setup.seed, process)


def _result(end: Connection, one: _Running) -> Played:
    try:
        result = end.recv()
    except EOFError:
        one.process.join(_END_S)
        raise FramewireError(f"seed {one.seed}: its process died, exit status {one.process.exitcode}") from None
    finally:
        _finish(end, one)
    if isinstance(result, Played):
        return result
    raise FramewireError(result)


def _finish(end: Connection, one: _Running) -> None:
    end.close()
    one.process.join(_END_S)
    if one.process.is_alive():
        one.process.kill()
        one.process.join()
    one.process.close()


def _play_one(end: Connection, setup: Setup) -> None:
    """Play in this process; an error's facts as attributes would not come through to the other one, its words do."""
    logs.set_up(logging.WARNING)
    try:
        end.send(play(setup))
    except FramewireError as error:
        end.send(str(error))
    except KeyboardInterrupt:  # whoever started us was told, too
        return
