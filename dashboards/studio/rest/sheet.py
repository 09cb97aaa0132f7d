"""A fold as the page and the API show it: frame sets and frames with their labels, who said them, what is suggested."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboards.studio.rest.shapes import (
    Filter,
    FrameSet,
    LabelledFrame,
    Labels,
    Order,
    Said,
    Standing,
    Suggestion,
    Value,
)
from streams.annotations import queue as suggesting
from streams.annotations.acts import Value as Stored
from streams.annotations.fold import Fold
from streams.annotations.progress import Unit, units
from streams.annotations.spans import Spans
from streams.annotations.statements import comparable, who_said


@dataclass(frozen=True)
class Sheet:
    """What the frames of a session are labelled.

    Attributes:
        fold: All acts so far.
        first_frame: The session's first frame.
        last_frame: Its last, inclusive.
        required: Keys that a complete frame has.
        size: Frames of a set.
        open: The suggestions on which nobody decided, the least sure first.
    """

    fold: Fold
    first_frame: int
    last_frame: int
    required: Sequence[str]
    size: int
    open: Sequence[suggesting.Suggestion]

    def sets(self, filter_: Filter, order: Order = "frame") -> list[Unit]:
        """Return the sets of one standing, by frame or the least sure first (those without suggestions last)."""
        found = units(self.fold, self.first_frame, self.last_frame, self.required, state=filter_, size=self.size)
        if order == "uncertainty":
            unsure = self._unsure()
            found.sort(key=lambda unit: (-unsure[unit.index - self.first_frame // self.size], unit.index))
        return found

    def unit(self, set_id: int) -> Unit | None:
        """Return a set by its id; None when the session has none of it."""
        first = max(self.first_frame, set_id * self.size)
        last = min(self.last_frame, set_id * self.size + self.size - 1)
        return units(self.fold, first, last, self.required, size=self.size)[0] if first <= last else None

    @property
    def labelled_frames(self) -> int:
        """How many frames have a label."""
        labelled: Spans[bool] = Spans()
        for key in self.fold.keys:
            for run in self.fold.runs(key).within(self.first_frame, self.last_frame):
                labelled.put(run.first_frame, run.last_frame, value=True)
        return sum(run.frames for run in labelled)

    def frame_set(self, unit: Unit) -> FrameSet:
        """Return a set with its labels."""
        labels: Labels = {}
        mixed: list[str] = []
        for key in self.fold.keys:
            runs = self.fold.runs(key).within(unit.first_frame, unit.last_frame)
            values = {comparable(run.value.value) for run in runs}
            if len(values) == 1 and sum(run.frames for run in runs) == unit.last_frame - unit.first_frame + 1:
                labels[key] = shown(runs[0].value.value)
            elif runs:
                mixed.append(key)
        said = said_of(self.fold, unit.last_frame)
        open_ = self.suggestions(unit.first_frame, unit.last_frame)
        return FrameSet(
            set_id=unit.index,
            first_frame=unit.first_frame,
            last_frame=unit.last_frame,
            standing=standing(unit.state),
            labels=labels,
            mixed=mixed,
            said=said,
            disputed=[key for key, each in said.items() if len({comparable(_kept(one.value)) for one in each}) > 1],
            suggestions=open_,
            uncertainty=max((1 - one.confidence for one in open_), default=None),
            as_of=len(self.fold.acts),
        )

    def suggestions(self, first_frame: int, last_frame: int) -> list[Suggestion]:
        """Return the suggestions for a range on which nobody decided, the least sure first."""
        return [
            _suggestion(one) for one in self.open if one.first_frame <= last_frame and one.last_frame >= first_frame
        ]

    def around(self, frame_index: int, reach: int) -> list[LabelledFrame]:
        """Return a frame and its neighbours, at most `reach` on each side, with their labels."""
        first, last = max(self.first_frame, frame_index - reach), min(self.last_frame, frame_index + reach)
        return [self.frame(unit) for unit in units(self.fold, first, last, self.required, size=1)]

    def frame(self, unit: Unit) -> LabelledFrame:
        """Return a frame, as a set of one, with its labels."""
        labels = {key: shown(value) for key, value in self.fold.labels(unit.index).items()}
        return LabelledFrame(frame_index=unit.index, standing=standing(unit.state), labels=labels)

    def _unsure(self) -> NDArray[np.float64]:
        """Return how unsure the least sure suggestion for each set is, (sets,); -1 without any."""
        begin = self.first_frame // self.size
        unsure = np.full(self.last_frame // self.size - begin + 1, -1.0)
        for one in self.open:
            first = max(one.first_frame, self.first_frame) // self.size - begin
            reached = unsure[first : one.last_frame // self.size - begin + 1]
            np.maximum(reached, 1 - one.confidence, out=reached)
        return unsure


def said_of(fold: Fold, frame_index: int) -> dict[str, list[Said]]:
    """Return what each annotator says of a frame, by key; suggestions left out."""
    found: dict[str, list[Said]] = {}
    for one in who_said(fold, frame_index):
        if not one.act.suggestion:
            found.setdefault(one.key, []).append(
                Said(
                    annotator=one.act.annotator,
                    kind=one.act.kind,
                    value=shown(one.value),
                    act_id=one.act.act_id,
                    origin=one.origin,
                )
            )
    return found


def shown(value: Stored) -> Value:
    """Return a label as JSON has it."""
    return value if isinstance(value, str) else list(value)


def standing(state: str) -> Standing:
    """Return a unit's state as the API names it."""
    return "complete" if state == "complete" else "partial" if state == "partial" else "none"


def shown_labels(labels: Iterable[tuple[str, Stored]]) -> Labels:
    """Return labels as JSON has them."""
    return {key: shown(value) for key, value in labels}


def _kept(value: Value) -> Stored:
    return value if isinstance(value, str) else tuple(value)


def _suggestion(one: suggesting.Suggestion) -> Suggestion:
    return Suggestion(
        act_id=one.act.act_id,
        annotator=one.act.annotator,
        kind=one.act.kind,
        labels=shown_labels(one.labels.items()),
        confidence=one.confidence,
        model=one.act.model,
        first_frame=one.first_frame,
        last_frame=one.last_frame,
    )
