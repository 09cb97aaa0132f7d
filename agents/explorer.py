"""For an unknown ROM: try in each scene what was tried least, and keep to what leads to new scenes."""

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from runtime.actor import Outputs, Press
from runtime.clock import Rate
from runtime.novelty import scene_key
from runtime.observation import Observation

_CHOICES = ("RIGHT", "DOWN", "LEFT", "UP", "A", "B")


@dataclass
class Explorer:
    """Count-based exploration over scenes.

    Attributes:
        seed: Of the choice among equals; the same seed and frames give the same buttons.
        keep_ticks: Ticks a choice is kept while the scene stays new.
    """

    seed: int = 0
    keep_ticks: int = 4

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._tried: defaultdict[tuple[int, str], int] = defaultdict(int)
        self._scenes: set[int] = set()
        self._choice = ""
        self._kept_ticks = 0

    def act(self, seen: Observation) -> Outputs:
        """Return the button for the next tenth of a second."""
        key = scene_key(seen.raw)
        new = key not in self._scenes
        self._scenes.add(key)
        self._kept_ticks += 1
        if not self._choice or (self._kept_ticks >= self.keep_ticks and not new):
            self._choose(key, seen.welcome.buttons)
        return Press(self._choice, reason="new scene" if new else "least tried here")

    def _choose(self, key: int, buttons: tuple[str, ...]) -> None:
        choices = [button for button in _CHOICES if button in buttons]
        fewest = min(self._tried[key, button] for button in choices)
        self._choice = self._random.choice([button for button in choices if self._tried[key, button] == fewest])
        self._tried[key, self._choice] += 1
        self._kept_ticks = 0
