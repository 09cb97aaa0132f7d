"""The fold: from acts in stream order to what each frame is labelled, and by whom.

Each annotator has a layer for each key, in which a later act replaces what an earlier one said of the same frames. A
frame's label is that of the layer where it was said last; a person's word goes before that of rules and models, however
late those come. Suggestions lie apart: they become labels by an act that accepts them. An act that was taken back
counts as if it had never been, and so does an undo that was taken back. The same act twice is one act.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.wire import Annotation
from streams.annotations.acts import Value
from streams.annotations.spans import Run, Spans, cuts

#: How a label came about.
SAID, ACCEPTED, CORRECTED = "said", "accepted", "corrected"


@dataclass(frozen=True)
class Said:
    """What one act says of one key.

    Attributes:
        act: The act.
        key: The label's key.
        value: Its value; empty when the act takes the label away.
        order: The act's place among all, from 0.
        origin: said | accepted (as a suggestion said) | corrected (otherwise than it said).
        suggested: The suggestion that was accepted or corrected; None without.
    """

    act: Annotation
    key: str
    value: Value
    order: int
    origin: str = SAID
    suggested: Annotation | None = None

    @property
    def weight(self) -> tuple[bool, int]:
        """Where several speak of a frame, the one that weighs most is its label."""
        return self.act.kind == "human", self.order


class Fold:
    """What all acts of a session come to."""

    def __init__(self, acts: Iterable[Annotation] = ()) -> None:
        self._acts: list[Annotation] = []
        self._by_id: dict[str, Annotation] = {}
        self._undone: frozenset[str] = frozenset()
        self._layers: dict[tuple[str, str], Spans[Said]] = {}  # by annotator and key
        self._suggested: dict[tuple[str, str], Spans[Said]] = {}
        self._merged: dict[str, Spans[Said]] = {}
        self.extend(acts)

    @property
    def acts(self) -> Sequence[Annotation]:
        """All acts, in order, each once."""
        return self._acts

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that some frame is labelled with, sorted."""
        return tuple(sorted({key for _, key in self._layers if len(self.runs(key))}))

    @property
    def annotators(self) -> dict[str, str]:
        """Each annotator's kind, in the order in which they first spoke."""
        kinds: dict[str, str] = {}
        for act in self._acts:
            kinds.setdefault(act.annotator, act.kind)
        return kinds

    def extend(self, acts: Iterable[Annotation]) -> bool:
        """Take the acts that come next; return whether any was new."""
        new = [act for act in acts if not self._knows(act)]
        if any(act.undoes for act in new):
            self._build()
        else:
            for order, act in enumerate(new, len(self._acts) - len(new)):
                self._apply(order, act)
        return bool(new)

    def act(self, act_id: str) -> Annotation | None:
        """Return an act by its name."""
        return self._by_id.get(act_id)

    def counts(self, act: Annotation) -> bool:
        """Return whether an act is in force: nobody took it back."""
        return act.act_id not in self._undone

    def labels(self, frame_index: int) -> dict[str, Value]:
        """Return a frame's labels by key."""
        found = {key: self.runs(key).at(frame_index) for key in self.keys}
        return {key: said.value for key, said in found.items() if said}

    def runs(self, key: str) -> Spans[Said]:
        """Return the runs of frames that have this label, with what gave it to them."""
        if key not in self._merged:
            layers = [layer for (_, of), layer in self._layers.items() if of == key]
            self._merged[key] = merged(layers)
        return self._merged[key]

    def layers(self, key: str) -> dict[str, Spans[Said]]:
        """Return what each annotator says of a key, suggestions not counted; an empty value says nothing."""
        return {name: layer for (name, of), layer in self._layers.items() if of == key}

    def suggested(self, key: str) -> dict[str, Spans[Said]]:
        """Return what each annotator suggests for a key; a later suggestion replaces an earlier one."""
        return {name: layer for (name, of), layer in self._suggested.items() if of == key}

    @property
    def suggested_keys(self) -> tuple[str, ...]:
        """Every key with a suggestion, sorted."""
        return tuple(sorted({key for _, key in self._suggested}))

    def _knows(self, act: Annotation) -> bool:
        if act.act_id in self._by_id:
            return True
        self._by_id[act.act_id] = act
        self._acts.append(act)
        return False

    def _build(self) -> None:
        """Fold all acts anew: something was taken back."""
        self._undone = undone(self._acts)
        self._layers.clear()
        self._suggested.clear()
        self._merged.clear()
        for order, act in enumerate(self._acts):
            if self.counts(act):
                self._apply(order, act)

    def _apply(self, order: int, act: Annotation) -> None:
        suggestion = self._by_id.get(act.accepts) if act.accepts else None
        proposed: Mapping[str, Value] = suggestion.labels if suggestion else {}
        layers = self._suggested if act.suggestion else self._layers
        for key, value in (act.labels or proposed).items():
            origin = SAID
            if suggestion:
                origin = ACCEPTED if value == proposed.get(key) else CORRECTED
            said = Said(act, key, value, order, origin, suggestion)
            layers.setdefault((act.annotator, key), Spans()).put(act.first_frame, act.last_frame, said)
            if not act.suggestion:
                self._merged.pop(key, None)


def undone(acts: Sequence[Annotation]) -> frozenset[str]:
    """Return the names of acts that their annotator took back; one that an undone undo took back is in force again."""
    gone: set[tuple[str, str]] = set()  # (act, who took it back)
    for act in reversed(acts):
        if act.undoes and (act.act_id, act.annotator) not in gone:
            gone.add((act.undoes, act.annotator))
    return frozenset(act.act_id for act in acts if (act.act_id, act.annotator) in gone)


def merged(layers: Sequence[Spans[Said]]) -> Spans[Said]:
    """Return what weighs most of several layers, frame by frame, as runs; what is empty is left out."""
    runs: list[Run[Said]] = []
    for first, last in cuts(layers):
        said = max((said for layer in layers if (said := layer.at(first))), key=lambda said: said.weight, default=None)
        if said is None or not said.value:
            continue
        if runs and runs[-1].last_frame == first - 1 and runs[-1].value is said:
            runs[-1] = Run(runs[-1].first_frame, last, said)
        else:
            runs.append(Run(first, last, said))
    return Spans(runs)
