"""What to look at next: suggestions on which nobody decided yet, the least sure first."""

from dataclasses import dataclass

from runtime.wire import Annotation
from streams.annotations.acts import Value, make_act
from streams.annotations.fold import Fold
from streams.annotations.spans import Spans


@dataclass(frozen=True)
class Suggestion:
    """Frames from first to last for which a suggestion stands, with the labels that nobody decided on.

    Attributes:
        act: The suggestion; its annotator, confidence and model.
        first_frame: Of what is left of it.
        last_frame: Of what is left of it, inclusive.
        labels: By key, those that are left.
    """

    act: Annotation
    first_frame: int
    last_frame: int
    labels: dict[str, Value]

    @property
    def confidence(self) -> float:
        """How sure its maker is, 0 to 1."""
        return self.act.confidence


def queue(fold: Fold) -> list[Suggestion]:
    """Return the open suggestions, the least sure first, then by frame.

    A person decides on a key of a frame by labelling it: by accepting, correcting, refusing, or without regard to the
    suggestion. A later suggestion of the same annotator replaces an earlier one.
    """
    found: dict[tuple[str, int, int], Suggestion] = {}
    for key in fold.suggested_keys:
        decided = _decided(fold, key)
        for layer in fold.suggested(key).values():
            for suggested in layer:
                said = suggested.value
                for run in decided.gaps(suggested.first_frame, suggested.last_frame):
                    if said.value:
                        place = (said.act.act_id, run.first_frame, run.last_frame)
                        one = found.setdefault(place, Suggestion(said.act, run.first_frame, run.last_frame, {}))
                        one.labels[key] = said.value
    return sorted(found.values(), key=lambda one: (one.confidence, one.first_frame, one.act.act_id))


def accept(
    suggestion: Suggestion,
    annotator: str,
    labels: dict[str, Value] | None = None,
    *,
    first_frame: int | None = None,
    last_frame: int | None = None,
) -> Annotation:
    """Return the act by which a person accepts what is left of a suggestion, or corrects it.

    Args:
        suggestion: An open one.
        annotator: Who decides.
        labels: What the person says; none as suggested, empty text refuses a label.
        first_frame: Where the decision begins; None where the suggestion does.
        last_frame: Where it ends, inclusive; None where the suggestion does.

    Raises:
        UsageError: It is no act that can be kept.
    """
    first = suggestion.first_frame if first_frame is None else first_frame
    last = suggestion.last_frame if last_frame is None else last_frame
    return make_act(annotator, first, last, labels or suggestion.labels, accepts=suggestion.act.act_id)


def _decided(fold: Fold, key: str) -> Spans[bool]:
    """Return the frames of which a person said something, be it that there is no such label."""
    decided: Spans[bool] = Spans()
    for layer in fold.layers(key).values():
        for run in layer:
            if run.value.act.kind == "human":
                decided.put(run.first_frame, run.last_frame, True)
    return decided
