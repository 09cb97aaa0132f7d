"""A process that makes one object, and does with it what we ask for.

    us ─► how many steps, or CALL and a pickle ─► `step()`, or that method ─► DONE, or SAID and a pickle ─► us

Orders and answers are counted by two semaphores, which take a fraction of a microsecond while nobody waits, and lie in
shared memory; the pickles go through a pipe. Answers come in the order of the requests, and further requests may be
sent before them. A process ends when it hears that the other one is gone.
"""

import contextlib
import multiprocessing
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from typing import Any, Protocol

from runtime.errors import EmulatorError, FramewireError
from runtime.parent import die_with_parent

#: The most steps of one order; numbers above it are other orders. All are bytes.
MOST_STEPS = 200
_CALL, _END = MOST_STEPS + 1, MOST_STEPS + 2

# Answers.
_DONE, _SAID = range(2)

#: Requests that may wait for their answers.
_MOST_WAITING = 128

#: How often who waits looks whether the other one is still there, seconds.
_LOOK_S = 1.0

#: How long a process may take to make its object, and how long for anything else, seconds.
OPENING_S = 120.0
ANSWER_S = 120.0

#: What a process gets to end in order, seconds.
_GRACE_S = 5.0


class Worker(Protocol):
    """What such a process makes."""

    def step(self) -> None:
        """Do what it does most often."""

    def describe(self) -> Any:
        """Return what we have to know of it; picklable."""

    def close(self) -> None:
        """Leave in order."""


class WorkerError(EmulatorError):
    """The process is gone, or does not answer."""


class WorkerProcess:
    """One such process, started anew (spawn): a script needs its `if __name__ == "__main__"`.

    Attributes:
        process: The process.
    """

    def __init__(self, label: str, make: Callable[..., Worker], *arguments: Any) -> None:
        """Start it; its first answer, what `describe` returns, is still to be taken.

        Args:
            label: Names it in errors.
            make: Returns the worker; pickled.
            *arguments: For `make`; pickled.
        """
        context = multiprocessing.get_context("spawn")
        self._orders, self._answers = _Marks(context), _Marks(context)
        # Linux tells of a parent's death when the thread ends that started us; a thread may end before its process.
        bound = threading.current_thread() is threading.main_thread()
        self._label = label
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(self._orders, self._answers, theirs, bound, make, arguments), name=label, daemon=True
        )
        self.process.start()
        theirs.close()

    def step(self, steps: int = 1) -> None:
        """Ask for steps, up to MOST_STEPS, which are answered together: at the last, or at the first that failed."""
        self._orders.put(steps)

    def ask(self, name: str, *arguments: Any) -> None:
        """Ask for a method of the worker.

        Raises:
            WorkerError: It is gone.
        """
        self._orders.put(_CALL)
        try:
            self._pipe.send((name, arguments))
        except OSError as error:
            raise self._gone() from error

    def answer(self, limit_s: float = ANSWER_S) -> Any:
        """Return the next answer.

        Raises:
            WorkerError: It is gone, or has not answered for so long.
            FramewireError: What the worker raised; an EmulatorError with its traceback if that is none of ours.
        """
        waited_s = 0.0
        while (answer := self._answers.take(_LOOK_S)) is None:
            if not self.process.is_alive():
                raise self._gone()
            waited_s += _LOOK_S
            if waited_s >= limit_s:
                raise WorkerError(f"{self._label} has not answered for {limit_s:g} s")
        if answer == _DONE:
            return None
        try:
            kind, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if kind is None:
            return value
        raise kind(value)

    def hang_up(self) -> None:
        """Let it end after what it is at, without waiting for it."""
        self._orders.put(_END)
        self._pipe.close()

    def close(self) -> None:
        """End it after what it is at, and wait for it; a second call does nothing."""
        self.hang_up()
        with contextlib.suppress(ValueError):  # it is closed already
            self.process.join(_GRACE_S)
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
            self.process.close()

    def _gone(self) -> WorkerError:
        self.process.join(_GRACE_S)
        return WorkerError(f"{self._label} (process {self.process.pid}) died with exit status {self.process.exitcode}")


class _Marks:
    """A queue of small numbers from one process to the other, who gets it when it is started."""

    def __init__(self, context: SpawnContext) -> None:
        self._waiting = context.Semaphore(0)
        self._marks = context.RawArray("B", _MOST_WAITING)
        self._at = 0

    def put(self, mark: int) -> None:
        """Add a number."""
        self._marks[self._at] = mark
        self._at = (self._at + 1) % _MOST_WAITING
        self._waiting.release()

    def take(self, limit_s: float) -> int | None:
        """Wait for the first number; None when there was none in time."""
        if not self._waiting.acquire(timeout=limit_s):
            return None
        mark: int = self._marks[self._at]
        self._at = (self._at + 1) % _MOST_WAITING
        return mark


def _serve(
    orders: _Marks,
    answers: _Marks,
    pipe: Connection,
    bound: bool,
    make: Callable[..., Worker],
    arguments: tuple[Any, ...],
) -> None:
    """Make the worker and serve it until the end; the main function of the process."""
    if bound:
        die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who closes us

    def say(kind: type[FramewireError] | None, value: Any) -> None:
        answers.put(_SAID)  # first: the pipe may not hold all of it until it is read
        pipe.send((kind, value))

    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        try:
            worker = make(*arguments)
        except Exception as error:
            say(*_raised(error))
            return
        try:
            say(None, worker.describe())
            for order in _orders(orders):
                call = pipe.recv() if order == _CALL else None
                try:
                    value = _carried_out(worker, order, call)
                except Exception as error:
                    say(*_raised(error))
                else:
                    if value is None:
                        answers.put(_DONE)
                    else:
                        say(None, value)
        finally:
            worker.close()


def _orders(orders: _Marks) -> Iterator[int]:
    """Yield orders until the end, or until the parent is gone."""
    parent = multiprocessing.parent_process()
    while parent is None or parent.is_alive():
        order = orders.take(_LOOK_S)
        if order == _END:
            return
        if order is not None:
            yield order


def _carried_out(worker: Worker, order: int, call: tuple[str, tuple[Any, ...]] | None) -> Any:
    """Make a call, or so many steps; return what the call does."""
    if call:
        name, arguments = call
        return getattr(worker, name)(*arguments)
    for _ in range(order):
        worker.step()
    return None


def _raised(error: Exception) -> tuple[type[FramewireError], str]:
    """Return what the parent will raise: our own errors are for people, of others the traceback is needed."""
    if not isinstance(error, FramewireError):
        return EmulatorError, "".join(traceback.format_exception(error))
    # Of an error that is made of more than its text, the first of its bases that is not.
    return next(kind for kind in type(error).__mro__ if "__init__" not in vars(kind)), str(error)
