"""A policy small enough to write down: one linear layer over the last four frames, seen as 10 x 15 cells."""

import numpy as np

from agents.reflex.guard import Answer
from agents.reflex.history import FrameHistory
from agents.reflex.moment import Moment

BUTTONS = ("UP", "DOWN", "LEFT", "RIGHT", "A", "B", "START")


class TinyPolicy:
    """Random weights, the same every time; sure of everything."""

    model = "tiny-1"

    def __init__(self) -> None:
        self._weights = np.random.default_rng(7).normal(size=(len(BUTTONS), 4 * 10 * 15))

    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        """Press the button with the highest score."""
        del moment
        cells = np.concatenate([frame[8::16, 8::16].ravel() for frame in frames.stack()]) / 65535  # (600,) 0 to 1
        return Answer((BUTTONS[int((self._weights @ cells).argmax())],))
