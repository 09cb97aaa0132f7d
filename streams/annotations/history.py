"""Undo and redo: what an annotator would take back next, or do again. The log itself only grows."""

from collections.abc import Sequence

from runtime.wire import Annotation
from streams.annotations.fold import Fold


def next_undo(fold: Fold, annotator: str) -> Annotation | None:
    """Return the annotator's last act that is in force; None when there is nothing to take back."""
    return next((act for act in _newest_first(fold, annotator) if not act.undoes and fold.counts(act)), None)


def next_redo(fold: Fold, annotator: str) -> Annotation | None:
    """Return the undo to take back next; None when there is none, or something was labelled since."""
    for act in _newest_first(fold, annotator):
        if not act.undoes:
            return None
        undone = fold.act(act.undoes)
        if fold.counts(act) and undone and not undone.undoes:
            return act
    return None


def _newest_first(fold: Fold, annotator: str) -> Sequence[Annotation]:
    return [act for act in reversed(fold.acts) if act.annotator == annotator]
