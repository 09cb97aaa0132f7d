"""Runs a mind: at once, or in a thread of its own, one thought at a time and never past the limit."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from agents.strategist.minds import Mind, MindError
from agents.strategist.plan import Thought
from agents.strategist.situation import Situation


@dataclass(frozen=True)
class Outcome:
    """What became of a thought.

    Attributes:
        thought: The thought; None when there is none.
        failure: What failed, as it is counted; empty when nothing did.
        problem: The same in words.
        seconds: How long it took.
    """

    thought: Thought | None
    failure: str = ""
    problem: str = ""
    seconds: float = 0.0


class Thinking:
    """One mind at work. A thought that takes too long is dropped; until its thread ends, the mind is busy.

    Nobody can end a thread from outside, so there is never more than one, and as a daemon it keeps no process alive.
    """

    def __init__(self, mind: Mind, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Run a mind; `limit_s` is the hard limit of a thought (requirement R4), `clock` gives seconds."""
        self.mind = mind
        self._limit_s, self._clock = limit_s, clock
        self._thread: threading.Thread | None = None
        self._outcome: Outcome | None = None
        self._began = 0.0
        self._done = threading.Event()
        self.open = False  # whether a thought was begun and neither taken nor dropped
        self._load: Callable[[], None] | None = getattr(mind, "load", None)
        self._load_error: BaseException | None = None
        self._loading: threading.Thread | None = None

    def load(self) -> None:
        """Begin to load what the mind needs, if it does; see `loaded`."""
        if self._load is None or self._loading is not None:
            return
        load = self._load

        def work() -> None:
            try:
                load()
            except BaseException as error:  # it is raised where somebody waits for it
                self._load_error = error

        self._loading = threading.Thread(target=work, name=f"load-{self.mind.name}", daemon=True)
        self._loading.start()

    def loaded(self, wait_s: float = 0.0) -> bool:
        """Return whether the mind can think; wait for it so long.

        Raises:
            Exception: What loading raised.
        """
        if self._loading is None:
            return self._load is None
        self._loading.join(wait_s)
        if self._load_error is not None:
            raise self._load_error
        return not self._loading.is_alive()

    def at_once(self, situation: Situation) -> Outcome:
        """Think here and now; only for a quick mind."""
        return self._think(situation)

    def begin(self, situation: Situation) -> bool:
        """Begin a thought; False while the one before, dropped or not, still runs."""
        if self._thread is not None and self._thread.is_alive():
            return False
        done = self._done = threading.Event()
        self._outcome, self._began, self.open = None, self._clock(), True

        def work() -> None:
            outcome = self._think(situation)
            if self._done is done:
                self._outcome = outcome
            done.set()

        self._thread = threading.Thread(target=work, name=f"mind-{self.mind.name}", daemon=True)
        self._thread.start()
        return True

    def poll(self) -> Outcome | None:
        """Return what became of the thought that was begun, once; None while it may still come in time."""
        if not self.open:
            return None
        if not self._done.is_set() and self._clock() - self._began < self._limit_s:
            return None
        return self._take()

    def wait(self) -> Outcome:
        """Wait for the thought that was begun, no longer than its limit allows."""
        self._done.wait(max(0.0, self._began + self._limit_s - self._clock()))
        return self._take()

    def _take(self) -> Outcome:
        self.open = False
        if self._done.is_set() and self._outcome is not None:
            return self._outcome
        problem = f"no thought within {self._limit_s:g} s"
        return Outcome(None, "timeout", problem, self._clock() - self._began)

    def _think(self, situation: Situation) -> Outcome:
        began = self._clock()
        try:
            thought = self.mind.think(situation)
        except MindError as error:
            return Outcome(None, error.kind, str(error), self._clock() - began)
        except Exception as error:  # whatever a model's library raises costs a thought, not the game
            return Outcome(None, "error", f"{type(error).__name__}: {error}", self._clock() - began)
        return Outcome(thought, seconds=self._clock() - began)
