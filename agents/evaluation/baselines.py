"""Baselines to compare a mind with: random buttons, and the last button repeated. Novelty alone is agents.explorer."""

import random
from dataclasses import dataclass
from typing import ClassVar

from runtime.actor import Outputs, Press
from runtime.clock import Rate
from runtime.novelty import scene_key
from runtime.observation import Observation


@dataclass
class RandomPresser:
    """A button of the console, or none, drawn anew ten times a second.

    Attributes:
        seed: The same seed gives the same buttons.
    """

    seed: int = 0

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def act(self, seen: Observation) -> Outputs:
        """Return the button for the next tenth of a second."""
        button = self._random.choice(("", *seen.welcome.buttons))
        return Press(*([button] if button else []), reason="random: drawn")


@dataclass
class Repeater:
    """The last button again, until the picture stays the same for a while; then another one.

    Attributes:
        seed: The same seed and pictures give the same buttons.
        patience_ticks: Ticks without a change of the picture after which another button is drawn.
    """

    seed: int = 0
    patience_ticks: int = 10

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._button = ""
        self._scene = -1
        self._still_ticks = self.patience_ticks

    def act(self, seen: Observation) -> Outputs:
        """Return the button for the next tenth of a second; it is tapped, so that a menu takes it more than once."""
        scene = scene_key(seen.raw)
        self._still_ticks = self._still_ticks + 1 if scene == self._scene else 0
        self._scene = scene
        if not self._button or self._still_ticks >= self.patience_ticks:
            self._button = self._random.choice(seen.welcome.buttons)
            self._still_ticks = 0
            return Press(reason="repeat: another")
        return Press(self._button, reason="repeat: the same")
