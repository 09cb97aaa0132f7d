"""Ten milliseconds for a policy, then the default (requirement C13.4).

The call runs in a thread of its own, one at a time. What comes too late belongs to a frame that is over: it is dropped,
and so is every call that finds the one before still running.
"""

import threading
from queue import Empty, SimpleQueue
from typing import NamedTuple, Protocol

from agents.reflex.history import FrameHistory
from agents.reflex.moment import Moment
from runtime.errors import UsageError

#: How long a policy may take while the game runs on (requirement C13.4).
LIMIT_S = 0.010

#: How long it may take in lockstep, where the game waits; beyond it nothing will come.
LOCKSTEP_LIMIT_S = 30.0


class Answer(NamedTuple):
    """What a policy wants pressed, and how sure it is, 0 to 1."""

    buttons: tuple[str, ...]
    confidence: float = 1.0


class Policy(Protocol):
    """A network, or whatever decides from the last frames and the watches; `model` names it and its version."""

    model: str

    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        """Answer; both arguments may change once the call is late."""


class PolicyGuard:
    """Calls a policy in bounded time.

    Attributes:
        calls: Frames on which it was asked.
        late: Those without an answer in time.
        busy: Those of them on which the call before was still running.
        failed: Calls that raised an error; the last one's text is in `error`.
    """

    def __init__(self, policy: Policy, *, lockstep: bool) -> None:
        self.calls = self.late = self.busy = self.failed = 0
        self.error = ""
        self._policy = policy
        self._limit_s = LOCKSTEP_LIMIT_S if lockstep else LIMIT_S
        self._lockstep = lockstep
        self._running = False
        self._asked: SimpleQueue[tuple[FrameHistory, Moment] | None] = SimpleQueue()
        self._answered: SimpleQueue[Answer | Exception] = SimpleQueue()
        # A daemon, so that a policy which never returns does not keep the process.
        threading.Thread(target=self._serve, name="policy", daemon=True).start()

    def ask(self, frames: FrameHistory, moment: Moment) -> Answer | None:
        """Return the policy's answer; None when there is none in time.

        Raises:
            UsageError: In lockstep, it does not answer at all.
        """
        self.calls += 1
        if self._running and not self._dropped():
            self.busy += 1
            self.late += 1
            return None
        self._running = True
        self._asked.put((frames, moment))
        try:
            answer = self._answered.get(timeout=self._limit_s)
        except Empty:
            if self._lockstep:
                raise UsageError(f"policy {self._policy.model}: no answer within {self._limit_s:.0f} s") from None
            self.late += 1
            return None
        self._running = False
        if isinstance(answer, Answer):
            return answer
        self.failed += 1
        self.error = f"{type(answer).__name__}: {answer}"
        return None

    def close(self) -> None:
        """End the thread after the call that is running."""
        self._asked.put(None)

    def _dropped(self) -> bool:
        """Drop the answer that came too late; return whether it has come."""
        try:
            self._answered.get_nowait()
        except Empty:
            return False
        self._running = False
        return True

    def _serve(self) -> None:
        while (call := self._asked.get()) is not None:
            try:
                answer: Answer | Exception = Answer(*self._policy(*call))
            except Exception as error:  # a policy is anybody's code; the game goes on without it
                answer = error
            self._answered.put(answer)
