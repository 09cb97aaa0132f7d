"""What memory became of each button, held from the same moment: the material of `candidates`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Memory = NDArray[np.uint8]

#: The branch in which nothing is held.
NONE = ""

#: Of whose frames each one is looked at, to find what counts them.
WATCHED_FRAMES = 8


@dataclass(frozen=True)
class Trial:
    """One place, and what came of it. All images have the layout of `runtime.memory_codec`, (size,) uint8.

    Attributes:
        start: The memory there.
        frames: How many frames each branch ran.
        after: The memory at the end of each branch, by button; NONE held nothing.
        steps: The memory after each of the first frames of the branch that held nothing, (WATCHED_FRAMES, size).
    """

    start: Memory
    frames: int
    after: dict[str, Memory]
    steps: NDArray[np.uint8]


@dataclass(frozen=True)
class Trials:
    """All places of a game, with only the addresses that ever changed.

    Attributes:
        offsets: Where in the image each of m kept bytes lies, (m,).
        start: (T, m) uint8.
        after: By button, (T, m) uint8.
        steps: (T, WATCHED_FRAMES, m) uint8.
        frames: Frames of each trial's branches, (T,).
    """

    offsets: NDArray[np.int64]
    start: NDArray[np.uint8]
    after: dict[str, NDArray[np.uint8]]
    steps: NDArray[np.uint8]
    frames: NDArray[np.int64]

    def moved(self, button: str) -> NDArray[np.int16]:
        """Return by how much each byte differs from where nothing was held, modulo 256 from -128 to 127, (T, m)."""
        return (self.after[button] - self.after[NONE]).view(np.int8).astype(np.int16)


def gathered(trials: list[Trial]) -> Trials:
    """Put trials side by side; bytes that never changed are left out."""
    first = trials[0].start
    changed = np.zeros(len(first), dtype=np.bool_)
    for trial in trials:
        for image in (trial.start, *trial.after.values(), *trial.steps):
            changed |= image != first
    offsets = np.flatnonzero(changed)
    return Trials(
        offsets=offsets,
        start=np.stack([trial.start[offsets] for trial in trials]),
        after={button: np.stack([trial.after[button][offsets] for trial in trials]) for button in trials[0].after},
        steps=np.stack([trial.steps[:, offsets] for trial in trials]),
        frames=np.array([trial.frames for trial in trials], dtype=np.int64),
    )
