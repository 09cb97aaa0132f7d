"""Who said what, and where they disagree."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from streams.annotations.acts import Value
from streams.annotations.fold import Fold, Said
from streams.annotations.spans import Run, Spans, cuts


@dataclass(frozen=True)
class Disagreement:
    """Frames from first to last of which annotators say different things; values by annotator."""

    first_frame: int
    last_frame: int
    key: str
    values: dict[str, Value]


def who_said(fold: Fold, frame_index: int) -> list[Said]:
    """Return everything that is said of a frame, suggestions last; by key, then in stream order."""
    keys = sorted({*fold.keys, *fold.suggested_keys})
    said = [_at(fold.layers(key).values(), frame_index) for key in keys]
    suggested = [_at(fold.suggested(key).values(), frame_index) for key in keys]
    return [one for of_key in (*said, *suggested) for one in of_key if one.value]


def disagreements(fold: Fold, key: str = "") -> list[Disagreement]:
    """Return where annotators say different things of the same frames, by key and frame; `key` for one key only.

    Tags are compared as sets. Who says nothing disagrees with nobody, and a suggestion is no statement.
    """
    found: list[Disagreement] = []
    for one in (key,) if key else fold.keys:
        for run in _differing(fold, one):
            if found and _goes_on(found[-1], one, run):
                found[-1] = Disagreement(found[-1].first_frame, run.last_frame, one, run.value)
            else:
                found.append(Disagreement(run.first_frame, run.last_frame, one, run.value))
    return found


def comparable(value: Value) -> str:
    """Return a value as something that is equal when people mean the same: the order of tags says nothing."""
    return value if isinstance(value, str) else "\n".join(sorted(value))


def _differing(fold: Fold, key: str) -> Iterator[Run[dict[str, Value]]]:
    layers = fold.layers(key)
    for first, last in cuts(layers.values()):
        spoken = {name: said.value for name, layer in layers.items() if (said := layer.at(first)) and said.value}
        if len({comparable(value) for value in spoken.values()}) > 1:
            yield Run(first, last, spoken)


def _goes_on(before: Disagreement, key: str, run: Run[dict[str, Value]]) -> bool:
    return (before.key, before.last_frame + 1, before.values) == (key, run.first_frame, run.value)


def _at(layers: Iterable[Spans[Said]], frame_index: int) -> list[Said]:
    said = [one for layer in layers if (one := layer.at(frame_index))]
    return sorted(said, key=lambda one: one.order)
