"""Who made a session's labels, and how: by saying so, or by accepting or correcting a suggestion."""

from dataclasses import dataclass, field

from streams.annotations.fold import Fold


@dataclass
class Credit:
    """One annotator's labels, as far as they hold.

    Attributes:
        annotator: The name.
        kind: human | rules | model.
        models: Models whose suggestions were accepted or corrected, or that spoke for themselves, sorted.
        frames: By key and origin (said | accepted | corrected) how many frames have their label from this annotator.
    """

    annotator: str
    kind: str
    models: list[str] = field(default_factory=list)
    frames: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Credits:
    """How many acts there are, and whose labels hold, by name."""

    acts: int
    by: list[Credit]


def credits_of(fold: Fold) -> Credits:
    """Return who made the labels that hold."""
    found: dict[str, Credit] = {}
    for key in fold.keys:
        for run in fold.runs(key):
            said, act = run.value, run.value.act
            credit = found.setdefault(act.annotator, Credit(act.annotator, act.kind))
            of_key = credit.frames.setdefault(key, {})
            of_key[said.origin] = of_key.get(said.origin, 0) + run.frames
            model = said.suggested.model if said.suggested else act.model
            if model and model not in credit.models:
                credit.models = sorted([*credit.models, model])
    return Credits(len(fold.acts), [found[name] for name in sorted(found)])
