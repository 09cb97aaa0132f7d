"""Acts of labelling: making them, and refusing those that cannot be kept.

What is labelled is never changed, only added to: an act says something of a range of frames, takes back an earlier act,
or accepts a suggestion. The fold of all acts (`streams.annotations.fold`) is what a frame is labelled.
"""

import time
import uuid
from collections.abc import Mapping, Sequence

from runtime import annotating
from runtime.wire import Annotation

#: What a label can be: a text, or of tags several.
Value = str | tuple[str, ...]

#: The one check of an act from outside, of an actor's as of a person's.
check_act = annotating.check_act


def make_act(
    annotator: str,
    first_frame: int,
    last_frame: int,
    labels: Mapping[str, str | Sequence[str]] | None = None,
    *,
    kind: str = "human",
    suggestion: bool = False,
    confidence: float = 1.0,
    model: str = "",
    accepts: str = "",
    undoes: str = "",
    act_id: str = "",
) -> Annotation:
    """Return an act, checked; without `act_id` it gets a new one.

    Args:
        annotator: A person's or an actor's name, as in a subject.
        first_frame: The first frame that it speaks of.
        last_frame: The last one, inclusive.
        labels: By key; empty text takes a label away. With `accepts`, none means: as suggested.
        kind: human | rules | model.
        suggestion: Whether it counts only where a person accepts it.
        confidence: From 0 to 1.
        model: Name and version of the model.
        accepts: The suggestion that it accepts; other labels than the suggested correct it, empty text refuses one.
        undoes: The act of the same annotator that it takes back.
        act_id: Its name, when it was made elsewhere; the same act sent twice is kept once.

    Raises:
        UsageError: It is no act that can be kept.
    """
    act = Annotation(
        act_id=act_id or uuid.uuid4().hex,
        annotator=annotator,
        kind=kind,
        first_frame=first_frame,
        last_frame=last_frame,
        sent_ns=time.monotonic_ns(),
        at_ms=time.time_ns() // 1_000_000,
        labels={key: value if isinstance(value, str) else tuple(value) for key, value in (labels or {}).items()},
        suggestion=suggestion,
        confidence=confidence,
        model=model,
        accepts=accepts,
        undoes=undoes,
    )
    check_act(act)
    return act


def undo_of(act: Annotation) -> Annotation:
    """Return the act that takes `act` back, by the same annotator; of an undo, it does the undone again."""
    return make_act(act.annotator, act.first_frame, act.last_frame, kind=act.kind, undoes=act.act_id)
