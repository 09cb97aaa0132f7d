"""What is new in the game, and since when: things owned for the first time, and steps of the main story."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.quests.progress import carried_in
from runtime.wire import Scalar

#: The watch of the main story's step, by its names.
_STAGES = ("main.stage", "quest.stage")


@dataclass
class News:
    """Dates what is new by the progress (Atlas.progress) with which it came, as refusals are dated.

    Attributes:
        things: Names of what has been owned: the progress since which it is.
        stage_at: The progress at which the main story went on last; -1 before it ever did.
        began_anew: Whether a new game began with the last look: progress counts from its beginning.
    """

    things: dict[str, int] = field(default_factory=dict)
    stage_at: int = -1
    began_anew: bool = False
    _progress: int = -1
    _stage: int = -1
    _undated: dict[str, None] = field(default_factory=dict)
    _moved: bool = False

    def look(self, progress: int, state: Mapping[str, Scalar]) -> None:
        """Take in the state; what came is dated once the progress that came of it is known."""
        self.began_anew = progress < self._progress
        if self.began_anew:
            self.things.clear()
            self._undated.clear()
            self.stage_at = self._stage = -1
        stage = next((int(state[name]) for name in _STAGES if name in state), -1)
        self._moved = self._moved or stage > self._stage >= 0
        self._stage = stage
        new = (name for name, count in carried_in(state).items() if count > 0 and name not in self.things)
        self._undated |= dict.fromkeys(new)
        if progress != self._progress:
            self.things |= dict.fromkeys(self._undated, progress)
            self._undated.clear()
            if self._moved:
                self.stage_at, self._moved = progress, False
        self._progress = progress

    def since(self, progress: int) -> list[str]:
        """Return the names of what has come since a progress."""
        return [name for name, at in self.things.items() if at > progress]
