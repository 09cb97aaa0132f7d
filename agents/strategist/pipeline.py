"""Many thoughts of a slow mind, its stages at work at once (requirement C15.8): to try a model on recorded moments.

    situations ─► prepare ─► queue of 10 ─► infer ─► queue of 10 ─► finish ─► thoughts, in order

While the model works on one situation, the prompt and picture of the next are made and the words of the last are read.
A session does not think so: it has one thought at a time, of the newest situation, and a queue would make it late.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, Full, Queue
from typing import Any, Protocol

from agents.strategist.minds import MindError
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation

#: C15.8.
QUEUED = 10

#: How long a thread that waits at a queue takes to notice that nobody wants more, s.
_LOOK_S = 0.1

_END = object()

Stage = Callable[[Any], Any]


class Staged(Protocol):
    """A mind whose `think` is three stages, one after the other."""

    def prepare(self, situation: Situation) -> Any:
        """Return what the model is asked."""

    def infer(self, asked: Any) -> Any:
        """Return what it says."""

    def finish(self, said: Any) -> Thought:
        """Return what that means."""


def thoughts(mind: Staged, situations: Iterable[Situation]) -> Iterator[Thought | MindError]:
    """Yield the thought of each situation, or why there is none, in order."""
    yield from through(situations, (mind.prepare, mind.infer, mind.finish))


def through(items: Iterable[Any], stages: Sequence[Stage], queued: int = QUEUED) -> Iterator[Any]:
    """Yield what stages make of items, in order: one thread a stage, and bounded queues between them.

    A MindError of a stage is what becomes of its item; any other error ends all, and is raised here.
    """
    stop = threading.Event()
    ways: list[Queue[Any]] = [Queue(queued) for _ in range(len(stages) + 1)]
    work = [lambda: _feed(items, ways[0], stop)]
    work += [
        lambda stage=stage, source=source, to=to: _serve(stage, source, to, stop)  # type: ignore[misc]
        for stage, source, to in zip(stages, ways, ways[1:], strict=False)
    ]
    threads = [threading.Thread(target=each, name=f"stage-{number}", daemon=True) for number, each in enumerate(work)]
    for thread in threads:
        thread.start()
    try:
        while (result := _take(ways[-1], stop)) is not _END:
            if isinstance(result, BaseException) and not isinstance(result, MindError):
                raise result
            yield result
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _feed(items: Iterable[Any], to: Queue[Any], stop: threading.Event) -> None:
    try:
        for item in items:
            if not _give(to, item, stop):
                return
    except Exception as error:  # of whoever makes the items: raised where they are waited for
        _give(to, error, stop)
    _give(to, _END, stop)


def _serve(stage: Stage, source: Queue[Any], to: Queue[Any], stop: threading.Event) -> None:
    while (item := _take(source, stop)) is not _END:
        try:
            made = item if isinstance(item, BaseException) else stage(item)
        except Exception as error:  # a MindError is an answer; what else there is, is raised where it is waited for
            made = error
        if not _give(to, made, stop):
            return
    _give(to, _END, stop)


def _give(to: Queue[Any], item: Any, stop: threading.Event) -> bool:
    """Put an item into a queue; return False where nobody wants it any more."""
    while not stop.is_set():
        try:
            to.put(item, timeout=_LOOK_S)
        except Full:
            continue
        return True
    return False


def _take(source: Queue[Any], stop: threading.Event) -> Any:
    """Return the next item of a queue; _END where nobody wants it any more."""
    while not stop.is_set():
        try:
            return source.get(timeout=_LOOK_S)
        except Empty:
            continue
    return _END
