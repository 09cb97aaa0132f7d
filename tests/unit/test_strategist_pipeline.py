"""Stages of a mind at work at once, in order, bounded, and ended whoever fails or leaves."""

import threading
from collections.abc import Iterator

import pytest

from agents.strategist.minds import MindError
from agents.strategist.pipeline import thoughts, through
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation

#: No test here waits for it: what should happen happens, or the test fails after it.
LONG_S = 60.0


def staged() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("stage-")]


class Slow:
    """A mind whose model answers the first question only when the second is ready."""

    def __init__(self) -> None:
        self.second = threading.Event()

    def prepare(self, situation: Situation) -> int:
        if situation.frame_index == 1:
            self.second.set()
        return situation.frame_index

    def infer(self, asked: int) -> int:
        if asked == 0 and not self.second.wait(LONG_S):
            raise TimeoutError("the next prompt was not made meanwhile")
        if asked == 2:
            raise MindError("truncated", "broken off")
        return asked

    def finish(self, said: int) -> Thought:
        return Thought(strategy="wait", goal=str(said))


def test_the_next_is_prepared_while_the_model_works_and_one_failure_is_one_thought_less() -> None:
    found = list(thoughts(Slow(), (Situation(frame_index=number) for number in range(4))))
    told = [each.goal if isinstance(each, Thought) else each.kind for each in found]
    assert told == ["0", "1", "truncated", "3"]
    assert staged() == []


def test_no_more_is_taken_in_than_the_queues_hold() -> None:
    taken: list[int] = []
    go_on = threading.Event()

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    def wait(item: int) -> int:
        assert go_on.wait(LONG_S)
        return item

    results = through(numbers(), (wait,), queued=3)
    threading.Timer(0.2, go_on.set).start()
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 20
    assert staged() == []


def test_an_error_that_is_no_minds_is_raised_and_ends_all() -> None:
    def fail(item: int) -> int:
        if item == 1:
            raise ZeroDivisionError("on purpose")
        return item

    results = through(range(5), (fail, fail))
    assert next(results) == 0
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        next(results)
    assert staged() == []
