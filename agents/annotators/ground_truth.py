"""Context and scene as the game itself has them: for games whose RAM says so on every frame, as built-in ones do."""

from dataclasses import dataclass
from typing import ClassVar

from runtime.actor import Annotate, Outputs
from runtime.clock import Rate
from runtime.observation import Observation
from runtime.vocabulary import CONTEXTS, SCENES


@dataclass
class GroundTruth:
    """Label each frame with the names of two watches' values; a value without a name gives no label.

    Attributes:
        context: The watch with the context's number; empty for none.
        scene: The watch with the scene's number; empty for none.
        contexts: Names by number.
        scenes: Names by number.
    """

    context: str = "context"
    scene: str = "scene"
    contexts: tuple[str, ...] = CONTEXTS
    scenes: tuple[str, ...] = SCENES

    rate: ClassVar[Rate] = "frame"
    reads: ClassVar[tuple[str, ...]] = ("state",)
    writes: ClassVar[tuple[str, ...]] = ("annotation",)

    def act(self, seen: Observation) -> Outputs:
        """Name what the watches say."""
        labels: dict[str, str | tuple[str, ...]] = {}
        for key, watch, names in (("context", self.context, self.contexts), ("scene", self.scene, self.scenes)):
            number = seen.state.get(watch)
            if isinstance(number, int) and 0 <= number < len(names):
                labels[key] = names[number]
        return Annotate(labels) if labels else None
