"""Where a replay is and what it was asked to do: pause, resume, step, seek, rate, loop, stop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runtime import wire
from runtime.control import OPS as LIVE_OPS
from runtime.control import RATES, good_rate

#: What each operation does and which field of wire.Control it uses.
OPS: Mapping[str, str] = {
    "pause": "stop before the next frame",
    "resume": "go on",
    "step": "publish `frames` frames, then pause; answered when done",
    "seek": "go on at `frame`, also backwards; a paused replay shows that frame; answered when it was published",
    "set_rate": "play at `rate` times real time; 0 for as fast as it goes",
    "set_loop": "play `loop` times from now on, this time included; 0 without end",
    "refresh": "send the next frame as a key and memory as a whole image; a paused replay sends its last ones again",
    "stop": "end the replay",
}

#: What whoever waits for a step or a seek is told of the answer: an error, empty when it was done.
Done = Callable[[str], object]


def check(request: wire.Control, first: int, last: int) -> str:
    """Return what is wrong with a request to a replay of the frames `first` to `last`; empty when nothing is."""
    if request.op in LIVE_OPS and request.op not in OPS:
        return f"{request.op}: this is a replay, only a live game can do that; a replay can {', '.join(OPS)}"
    if request.op not in OPS:
        return f"no operation {request.op!r}; a replay can {', '.join(OPS)}"
    rules: Mapping[str, tuple[float, bool, str]] = {
        "step": (request.frames, request.frames >= 1, "1 or more frames"),
        "seek": (request.frame, first <= request.frame <= last, f"this replay's frames {first} to {last}"),
        "set_rate": (request.rate, good_rate(request.rate), RATES),
        "set_loop": (request.loop, request.loop >= 0, "1 or more times, and 0 for without end"),
    }
    value, good, allowed = rules.get(request.op, (0, True, ""))
    return "" if good else f"{request.op} {value}: allowed are {allowed}"


@dataclass
class _Asked:
    """A step or seek under way."""

    frames_left: int
    done: Done


class Transport:
    """What a replay was asked to do. Whoever asks calls its methods; the replay looks between frames.

    Attributes:
        first: The first frame.
        last: The last frame, inclusive.
        rate: Times real time; 0 for as fast as it goes.
        plays: How often to play from now on, this time included; 0 without end.
        paused: Whether it waits before the next frame.
        stopping: Whether it ends.
        target: The frame to go on at; None to go on with the next.
    """

    def __init__(
        self, first: int, last: int, *, rate: float, plays: int, paused: bool, on_change: Callable[[], object]
    ) -> None:
        """Prepare; `on_change` is called when there is something to look at."""
        self.first, self.last = first, last
        self.rate, self.plays, self.paused = rate, plays, paused
        self.stopping = False
        self.target: int | None = None
        self._asked: _Asked | None = None
        self._on_change = on_change

    def leaves(self) -> bool:
        """Return whether the frame that would come next is not to be played."""
        return self.stopping or self.target is not None

    def holds(self) -> bool:
        """Return whether to wait before the next frame."""
        return self.paused and self._asked is None and not self.leaves()

    def pause(self) -> None:
        """Stop before the next frame."""
        self.paused = True
        self._on_change()

    def resume(self) -> None:
        """Go on."""
        self.paused = False
        self._on_change()

    def step(self, frames: int, done: Done) -> None:
        """Publish so many frames, then pause and call `done`."""
        if self._asked:
            done(f"a step of {self._asked.frames_left} more frames is under way")
            return
        self.paused = True
        self._asked = _Asked(frames, done)
        self._on_change()

    def step_on(self) -> None:
        """Publish one frame, then pause; after a step or seek under way one frame more."""
        if self._asked:
            self._asked.frames_left += 1
        else:
            self.step(1, lambda _: None)

    def seek(self, frame_index: int, done: Done) -> None:
        """Go on at a frame and call `done` when it was published; a step under way ends."""
        self.give_up(f"left for frame {frame_index}")
        self.target = frame_index
        self._asked = _Asked(1, done)
        self._on_change()

    def set_rate(self, rate: float) -> None:
        """Play at another rate."""
        self.rate = rate
        self._on_change()

    def set_loop(self, plays: int) -> None:
        """Play so often from now on."""
        self.plays = plays
        self._on_change()

    def stop(self) -> None:
        """End after the frame under way."""
        self.stopping = True
        self._on_change()

    def take_target(self) -> int | None:
        """Return the frame to go on at, and forget it."""
        target, self.target = self.target, None
        return target

    def next_play(self) -> bool:
        """Begin the next time around; False when there is none."""
        if self.plays == 1:
            return False
        self.plays = max(self.plays - 1, 0)
        return True

    def published(self) -> None:
        """Count a frame."""
        if self._asked is None or self.target is not None:
            return
        self._asked.frames_left -= 1
        if self._asked.frames_left == 0:
            asked, self._asked = self._asked, None
            asked.done("")

    def give_up(self, reason: str) -> None:
        """Tell whoever waits that it will not be."""
        if self._asked:
            asked, self._asked = self._asked, None
            asked.done(reason)
