"""For an unknown ROM: press Start, then A, when the picture shows nothing new."""

from dataclasses import dataclass
from typing import ClassVar

from runtime.actor import Outputs, Press
from runtime.clock import Rate
from runtime.novelty import scene_key
from runtime.observation import Observation


@dataclass
class Starter:
    """Get past titles and prompts.

    Attributes:
        patience_ticks: Ticks (of a tenth of a second) without a new picture before a button is tapped.
        tap_ticks: How long it is held.
    """

    patience_ticks: int = 20
    tap_ticks: int = 2

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame",)
    writes: ClassVar[tuple[str, ...]] = ("action",)

    def __post_init__(self) -> None:
        self._seen: set[int] = set()
        self._stale_ticks = 0
        self._taps = 0

    def act(self, seen: Observation) -> Outputs:
        """Tap when nothing is new, else have no opinion."""
        key = scene_key(seen.raw)
        self._stale_ticks = self._stale_ticks + 1 if key in self._seen else 0
        self._seen.add(key)
        if self._stale_ticks < self.patience_ticks:
            return None
        if self._stale_ticks >= self.patience_ticks + self.tap_ticks:
            self._stale_ticks = 0
            self._taps += 1
            return Press(reason="released")
        return Press(("START", "A")[self._taps % 2], reason="nothing new on screen")
