"""Counting and carrying labels."""

from dataclasses import dataclass

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import make_act
from streams.annotations.fold import Fold


@dataclass(frozen=True)
class Total:
    """How often a label is given: frames, and unbroken runs of them."""

    value: str
    frames: int
    runs: int


def aggregate(fold: Fold, key: str) -> list[Total]:
    """Return how often each value of a key is given, the most frequent first; each tag counts by itself."""
    frames: dict[str, int] = {}
    runs: dict[str, int] = {}
    last: dict[str, int] = {}
    for run in fold.runs(key):
        value = run.value.value
        for text in (value,) if isinstance(value, str) else value:
            frames[text] = frames.get(text, 0) + run.frames
            runs[text] = runs.get(text, 0) + (last.get(text) != run.first_frame - 1)
            last[text] = run.last_frame
    totals = [Total(text, frames[text], runs[text]) for text in frames]
    return sorted(totals, key=lambda total: (-total.frames, total.value))


def carry_forward(
    fold: Fold, annotator: str, first_frame: int, last_frame: int, keys: tuple[str, ...] = ()
) -> Annotation:
    """Return the act that gives frames `first_frame` to `last_frame` the labels of the frame before them.

    Args:
        fold: What is labelled.
        annotator: Who carries them.
        first_frame: The first frame that gets them.
        last_frame: The last one, inclusive.
        keys: Only these; none for all.

    Raises:
        UsageError: The frame before has none of them.
    """
    before = fold.labels(first_frame - 1)
    labels = {key: value for key, value in before.items() if not keys or key in keys}
    if not labels:
        raise UsageError(f"frame {first_frame - 1} has no labels to carry forward")
    return make_act(annotator, first_frame, last_frame, labels)
