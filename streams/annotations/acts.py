"""Acts of labelling: making them, and refusing those that cannot be kept.

What is labelled is never changed, only added to: an act says something of a range of frames, takes back an earlier act,
or accepts a suggestion. The fold of all acts (`streams.annotations.fold`) is what a frame is labelled.
"""

import time
import uuid
from collections.abc import Mapping, Sequence

from runtime.errors import UsageError
from runtime.subjects import NAME
from runtime.wire import Annotation

#: What a label can be: a text, or of tags several.
Value = str | tuple[str, ...]

#: Who labels: a person, rules, or a model. A person's word counts for more than that of the others.
KINDS = ("human", "rules", "model")

#: What one act may hold, so that it stays far below the server's limit of 1 MiB for a message.
MAX_LABELS = 64
MAX_TEXT = 4000
MAX_TAGS = 100


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
        kind: One of KINDS.
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


def check_act(act: Annotation) -> None:
    """Check an act that came from outside.

    Raises:
        UsageError: It is no act that can be kept; says what is allowed.
    """
    for what, name in (("annotator", act.annotator), ("act_id", act.act_id)):
        if not NAME.fullmatch(name):
            raise UsageError(f"{what} {name!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
    if act.kind not in KINDS:
        raise UsageError(f"kind {act.kind!r}: allowed are {', '.join(KINDS)}")
    if not 0 <= act.first_frame <= act.last_frame:
        raise UsageError(f"frames {act.first_frame} to {act.last_frame}: wanted are 0 ≤ first ≤ last")
    if not 0.0 <= act.confidence <= 1.0:
        raise UsageError(f"confidence {act.confidence}: allowed are 0 to 1")
    if act.suggestion and (act.accepts or act.undoes):
        raise UsageError("a suggestion neither accepts nor takes back another act")
    if not (act.labels or act.accepts or act.undoes):
        raise UsageError("it labels nothing: wanted labels, a suggestion to accept, or an act to take back")
    _check_labels(act)


def _check_labels(act: Annotation) -> None:
    if len(act.labels) > MAX_LABELS:
        raise UsageError(f"{len(act.labels)} labels in one act: allowed are {MAX_LABELS}")
    for key, value in act.labels.items():
        texts = (value,) if isinstance(value, str) else value
        if not NAME.fullmatch(key):
            raise UsageError(f"label {key!r}: a key is 1 to 64 letters, digits, '_' and '-'")
        if len(texts) > MAX_TAGS or any(len(text) > MAX_TEXT for text in texts):
            raise UsageError(f"label {key!r}: allowed are {MAX_TEXT} characters, of tags {MAX_TAGS}")
