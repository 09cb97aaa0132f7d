"""A hook for classifiers (A8.5): what a model sees becomes suggestions, which a person accepts or corrects.

A classifier is anything with this method, whatever library is behind it:

    class MyModel:
        def predict(self, frames: NDArray[np.uint8]) -> Predictions:    # (N, H, W, 3) RGB
            scores = self.network(frames)                               # (N, 10)
            best = scores.argmax(1)
            return Predictions([{"context": CONTEXTS[i]} for i in best], scores.max(1), "context-cnn 3")

`streams.annotations.queue` shows what it is least sure of first; where several classes are near, so is its confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.actor import Annotate, Outputs, load_object
from runtime.clock import Rate
from runtime.errors import UsageError
from runtime.observation import Observation


class Predictions(NamedTuple):
    """What a model makes of N frames.

    Attributes:
        labels: Of each frame its labels by key.
        confidence: Of each frame how sure the model is, (N,) 0 to 1.
        model: The model's name and version.
    """

    labels: Sequence[dict[str, str]]
    confidence: Sequence[float] | NDArray[np.floating]
    model: str


class FrameClassifier(Protocol):
    """See the module's text."""

    def predict(self, frames: NDArray[np.uint8]) -> Predictions:
        """Return labels, confidence and model of frames, (N, H, W, 3) RGB."""


@dataclass
class Classifier:
    """Suggest what a model sees, ten times a second.

    Attributes:
        model: Import path of what makes it without arguments, `module:name`.
        threshold: Confidence below which nothing is suggested.
    """

    model: str = ""
    threshold: float = 0.0

    rate: ClassVar[Rate] = 10
    reads: ClassVar[tuple[str, ...]] = ("frame",)
    writes: ClassVar[tuple[str, ...]] = ("annotation",)

    def __post_init__(self) -> None:
        self._model = _load(self.model)

    def act(self, seen: Observation) -> Outputs:
        """Suggest the labels of the frame that is seen; the loop joins equal ones to ranges."""
        found = self._model.predict(seen.pixels[None])
        confidence = float(found.confidence[0])
        if confidence < self.threshold or not found.labels[0]:
            return None
        return Annotate(dict(found.labels[0]), suggestion=True, confidence=min(1.0, confidence), model=found.model)


def _load(model: str) -> FrameClassifier:
    """Return a classifier.

    Raises:
        UsageError: None is named, or it is none.
    """
    if not model:
        raise UsageError("model: which one is missing; it is an import path, module:name")
    made: FrameClassifier = load_object(model)()
    if not callable(getattr(made, "predict", None)):
        raise UsageError(f"model {model}: makes no classifier: it has no method `predict`")
    return made
