"""Asks the emulator for frames: for the next one, or for some in advance where it prefetches."""

from collections import deque

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.backend import Backend, Prefetches

#: The buttons held during a frame, and why.
Held = tuple[tuple[str, ...], tuple[wire.Cause, ...]]


class Stepper:
    """What is held during a frame is settled when it is asked for, by what actors had sent until then."""

    def __init__(self, backend: Backend, arbiter: Arbiter) -> None:
        self._backend, self._arbiter = backend, arbiter
        self._prefetching = backend if isinstance(backend, Prefetches) else None
        self._under_way: deque[Held] = deque()

    @property
    def most(self) -> int:
        """The most frames that can be under way at once."""
        return self._prefetching.prefetch if self._prefetching else 1

    @property
    def under_way(self) -> bool:
        """Whether frames were asked for that nobody has taken: the emulator is ahead of what was shown."""
        return bool(self._under_way)

    @property
    def wants(self) -> bool:
        """Whether it is time to ask: several frames are asked for together, as each time may wake another process."""
        return len(self._under_way) <= self.most // 2

    def ask(self, frame_index: int, most: int) -> None:
        """Ask for the frame that is taken next, if nobody has, and for those after it until `most` are under way.

        Raises:
            EmulatorError: The emulator is gone.
        """
        asked = len(self._under_way)
        held = [self._arbiter.held(index) for index in range(frame_index + asked, frame_index + most)]
        self._under_way += held
        if self._prefetching and held:
            self._prefetching.ask([frozenset(buttons) for buttons, _ in held])

    def take(self) -> Held:
        """Make the first frame under way the one that the backend shows; return what was held during it.

        Raises:
            EmulatorError: The emulator is gone.
        """
        held = self._under_way.popleft()
        if self._prefetching:
            self._prefetching.take()
        else:
            self._backend.step(frozenset(held[0]))
        return held
