"""Plays an unknown game a while, and at places on the way tries each button from the same savestate."""

from collections.abc import Callable, Mapping
from itertools import count

import numpy as np
import xxhash
from numpy.typing import NDArray

from runtime.backend import Backend
from runtime.discover.trials import NONE, WATCHED_FRAMES, Trial
from runtime.memory_image import memory_image
from runtime.novelty import scene_key

DIRECTIONS = ("UP", "DOWN", "LEFT", "RIGHT")

#: Places with trials at most: evidence enough, and memory for it stays small (each is about 5 MB on a GBA).
MOST_PLACES = 32

#: Frames that a button is held in a trial; different ones tell a step of a cell from a step of a pixel. Games that
#: turn the player before they walk need about ten.
_HELD_FRAMES = (12, 24)

#: Frames after it, in which a step ends.
_SETTLE_FRAMES = 16

#: What is held in a trial's branches, one after the other; A comes only where directions do something.
_BRANCHES = (NONE, *DIRECTIONS, "A", "B")

_MOST_TRIAL_FRAMES = len(_BRANCHES) * (_HELD_FRAMES[1] + _SETTLE_FRAMES)

#: As agents.starter: looked at ten times a second, a picture without anything new for two seconds gets a button.
_LOOK_FRAMES = 6
_PATIENCE_LOOKS = 20
_MOST_LOOKS = 100  # some pictures never rest
_TAP_FRAMES = 12


def observe(
    backend: Backend, frames: int, seed: int, progress: Callable[[int], object] = lambda _: None
) -> list[Trial]:
    """Play from power-on and return the trials made.

    Ends with the frames or at MOST_PLACES places, whatever is first.

    Args:
        backend: Of a deterministic emulator with savestates.
        frames: How many may be emulated in all, trials included.
        seed: Of the walk between places.
        progress: Is told now and then how many more have been.
    """
    player = _Player(backend, frames)
    rng = np.random.default_rng(seed)
    trials: list[Trial] = []
    player.settle()
    taps = count()
    told = 0
    while player.left >= _MOST_TRIAL_FRAMES and len(trials) < MOST_PLACES:
        trial = player.trial(int(rng.integers(*_HELD_FRAMES, endpoint=True)))
        if trial is None:  # a title or a prompt: the D-pad shows nothing
            player.hold(("START", "A")[next(taps) % 2], _TAP_FRAMES)
            player.settle()
        else:
            trials.append(trial)
            player.wander(rng)
        progress(player.done - told)
        told = player.done
    return trials


class _Player:
    """Counts the frames that it emulates."""

    def __init__(self, backend: Backend, frames: int) -> None:
        self._backend = backend
        self._limit = frames
        self._seen: set[int] = set()
        self.done = 0

    @property
    def left(self) -> int:
        return self._limit - self.done

    def hold(self, button: str, frames: int) -> None:
        frames = min(frames, self.left)
        if frames:
            self._backend.step(frozenset({button} if button else ()), frames)
        self.done += frames

    def settle(self) -> None:
        """Let the game run until its picture is nothing new for a while."""
        stale = 0
        for _ in range(_MOST_LOOKS):
            if stale == _PATIENCE_LOOKS or not self.left:
                break
            self.hold(NONE, _LOOK_FRAMES)
            key = scene_key(self._backend.frame())
            stale = stale + 1 if key in self._seen else 0
            self._seen.add(key)

    def wander(self, rng: np.random.Generator) -> None:
        """Go somewhere else, and now and then talk, confirm or go back."""
        for _ in range(int(rng.integers(1, 4))):
            self.hold(str(rng.choice(DIRECTIONS)), int(rng.integers(8, 64)))
        if rng.random() < 0.4:
            self.hold(str(rng.choice(("A", "B"))), _TAP_FRAMES)
        self.hold(NONE, _SETTLE_FRAMES)

    def trial(self, held: int) -> Trial | None:
        """Try each button from here, and stay here; None where fewer than two directions change the picture."""
        state = self._backend.save_state()
        start = self._image()
        after: dict[str, NDArray[np.uint8]] = {}
        pictures: dict[str, int] = {}
        steps = []
        for button in _BRANCHES:
            if button == "A" and sum(pictures[way] != pictures[NONE] for way in DIRECTIONS) < 2:
                break
            self._backend.load_state(state)
            if button == NONE:
                for _ in range(WATCHED_FRAMES):
                    self.hold(NONE, 1)
                    steps.append(self._image())
                self.hold(NONE, held + _SETTLE_FRAMES - WATCHED_FRAMES)
            else:
                self.hold(button, held)
                self.hold(NONE, _SETTLE_FRAMES)
            after[button] = self._image()
            pictures[button] = xxhash.xxh3_64_intdigest(np.ascontiguousarray(self._backend.frame()).data)
        self._backend.load_state(state)
        if len(after) < len(_BRANCHES):
            return None
        return Trial(start, held + _SETTLE_FRAMES, after, np.stack(steps))

    def _image(self) -> NDArray[np.uint8]:
        memory: Mapping[str, NDArray[np.uint8]] = self._backend.memory()
        return np.array(memory_image(self._backend.regions, memory))
