"""The fold of acts: against a fold frame by frame, undo and redo, suggestions, and who said what."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import Value, make_act, undo_of
from streams.annotations.aggregate import aggregate, carry_forward
from streams.annotations.agreement import agreement, cohens_kappa
from streams.annotations.fold import ACCEPTED, CORRECTED, Fold
from streams.annotations.history import next_redo, next_undo
from streams.annotations.progress import progress, units
from streams.annotations.queue import accept, queue
from streams.annotations.spans import Run, Spans
from streams.annotations.statements import disagreements, who_said

FRAMES = 30


def say(annotator: str, first: int, last: int, act_id: str = "", kind: str = "human", **labels: str) -> Annotation:
    return make_act(annotator, first, last, labels, kind=kind, act_id=act_id)


def frame_by_frame(acts: list[Annotation], frame: int) -> dict[str, Value]:
    """The same fold, written for one frame: people after all others, and of each the last act that stands."""
    unique = list({act.act_id: act for act in acts}.values())
    stands: dict[str, bool] = {}
    for act in reversed(unique):
        stands[act.act_id] = not any(
            other.undoes == act.act_id and other.annotator == act.annotator and stands[other.act_id]
            for other in unique[unique.index(act) + 1 :]
        )
    labels: dict[str, Value] = {}
    for kinds in (("rules", "model"), ("human",)):
        for act in unique:
            if stands[act.act_id] and act.kind in kinds and act.first_frame <= frame <= act.last_frame:
                labels.update(act.labels)
    return {key: value for key, value in labels.items() if value}


@given(st.integers(0, 2**32))
def test_the_fold_is_that_of_each_frame_for_itself(seed: int) -> None:
    rng = random.Random(seed)
    acts: list[Annotation] = []
    fold = Fold()
    for _ in range(rng.randrange(1, 25)):
        annotator, kind = rng.choice((("ada", "human"), ("bob", "human"), ("ram", "rules")))
        first = rng.randrange(FRAMES)
        last = rng.randrange(first, FRAMES)
        chance = rng.random()
        if acts and chance < 0.3:
            target = rng.choice(acts)
            act = make_act(annotator, first, last, kind=kind, undoes=target.act_id)
        elif acts and chance < 0.4:
            act = rng.choice(acts)  # the same act again
        else:
            labels = {rng.choice("ab"): rng.choice(("x", "y", ""))}
            act = make_act(annotator, first, last, labels, kind=kind)
        acts.append(act)
        fold.extend([act])
    for frame in range(FRAMES):
        assert fold.labels(frame) == frame_by_frame(acts, frame)
    assert Fold(acts).acts == fold.acts
    for key in fold.keys:
        assert [(r.first_frame, r.last_frame) for r in Fold(acts).runs(key)] == [
            (r.first_frame, r.last_frame) for r in fold.runs(key)
        ]


def test_runs_replace_what_they_cover() -> None:
    spans = Spans([Run(0, 9, "a"), Run(20, 29, "b")])
    spans.put(5, 22, "c")
    assert list(spans) == [(0, 4, "a"), (5, 22, "c"), (23, 29, "b")]
    spans.put(7, 8, "d")
    assert list(spans) == [(0, 4, "a"), (5, 6, "c"), (7, 8, "d"), (9, 22, "c"), (23, 29, "b")]
    assert spans.within(6, 9) == [(6, 6, "c"), (7, 8, "d"), (9, 9, "c")]
    assert [spans.at(frame) for frame in (4, 30, 100)] == ["a", None, None]
    assert all(before.last_frame < after.first_frame for before, after in pairwise(spans))


def test_undo_and_redo_step_by_step() -> None:
    acts = [say("ada", 0, 9, "one", context="battle"), say("ada", 0, 9, "two", context="menu")]
    fold = Fold(acts)

    def step(act: Annotation | None) -> Value | None:
        assert act is not None
        fold.extend([undo_of(act)])
        return fold.labels(3).get("context")

    assert next_redo(fold, "ada") is None
    assert step(next_undo(fold, "ada")) == "battle"
    assert step(next_undo(fold, "ada")) is None
    assert next_undo(fold, "ada") is None
    assert next_undo(fold, "bob") is None
    assert step(next_redo(fold, "ada")) == "battle"
    assert step(next_redo(fold, "ada")) == "menu"
    assert next_redo(fold, "ada") is None
    assert step(next_undo(fold, "ada")) == "battle"
    fold.extend([say("ada", 0, 9, "three", context="shop")])
    assert next_redo(fold, "ada") is None, "something was labelled since"
    assert step(next_undo(fold, "ada")) == "battle"


def test_nobody_takes_back_what_another_said() -> None:
    fold = Fold([say("ada", 0, 9, "one", context="battle"), make_act("bob", 0, 9, undoes="one")])
    assert fold.labels(0) == {"context": "battle"}


def test_a_persons_word_stands_however_late_the_rules_come() -> None:
    fold = Fold([say("ada", 0, 4, context="menu"), say("ram", 0, 9, kind="rules", context="battle")])
    assert [fold.labels(frame)["context"] for frame in (4, 5)] == ["menu", "battle"]
    fold.extend([say("ada", 5, 5, context="")])
    assert fold.labels(5) == {}, "a person says that there is no such label"
    assert fold.labels(6) == {"context": "battle"}


def test_who_said_what_and_where_they_disagree() -> None:
    tagged = make_act("ada", 0, 9, {"tags": ["boss", "night"]})
    other = make_act("bob", 0, 9, {"tags": ["night", "boss"]})
    fold = Fold([say("ada", 0, 9, context="battle"), say("bob", 5, 14, context="menu"), tagged, other])
    said = [(one.key, one.act.annotator, one.value) for one in who_said(fold, 7)]
    assert said == [
        ("context", "ada", "battle"),
        ("context", "bob", "menu"),
        ("tags", "ada", ("boss", "night")),
        ("tags", "bob", ("night", "boss")),
    ]
    found = disagreements(fold)
    assert [(one.key, one.first_frame, one.last_frame, one.values) for one in found] == [
        ("context", 5, 9, {"ada": "battle", "bob": "menu"})
    ]
    assert fold.annotators == {"ada": "human", "bob": "human"}


def test_suggestions_count_when_accepted_or_corrected() -> None:
    def suggest(first: int, last: int, act_id: str, confidence: float, **labels: str) -> Annotation:
        return make_act(
            "eye", first, last, labels, kind="model", suggestion=True, confidence=confidence, model="v1", act_id=act_id
        )

    fold = Fold([suggest(0, 9, "sure", 0.9, context="battle"), suggest(10, 19, "unsure", 0.4, context="menu")])
    assert fold.labels(0) == {}
    assert [one.act.act_id for one in queue(fold)] == ["unsure", "sure"]
    least = queue(fold)[0]
    fold.extend([accept(least, "ada", {"context": "shop"}, last_frame=14)])
    assert fold.labels(12) == {"context": "shop"}
    assert [(one.act.act_id, one.first_frame, one.last_frame) for one in queue(fold)] == [
        ("unsure", 15, 19),
        ("sure", 0, 9),
    ]
    fold.extend([accept(queue(fold)[1], "ada"), accept(queue(fold)[0], "ada", {"context": ""})])
    assert queue(fold) == []
    assert [fold.labels(frame) for frame in (5, 12, 17)] == [{"context": "battle"}, {"context": "shop"}, {}]
    origins = [(run.value.origin, run.value.suggested and run.value.suggested.model) for run in fold.runs("context")]
    assert origins == [(ACCEPTED, "v1"), (CORRECTED, "v1")]
    fold.extend([suggest(30, 39, "old", 0.5, context="menu"), suggest(30, 39, "new", 0.8, context="shop")])
    assert [one.act.act_id for one in queue(fold)] == ["new"], "the same model thought again"
    fold.extend([say("ada", 30, 39, context="title")])
    assert queue(fold) == [], "a person decided without regard to it"


def test_kappa_of_a_table_computed_by_hand() -> None:
    # Both yes 20, only the first 5, only the second 10, both no 15: observed 0.7, by chance 0.5.
    table = Counter({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert cohens_kappa(table) == pytest.approx(0.4)
    # scikit-learn's cohen_kappa_score([0,1,2,2,1,0,0,2], [0,2,2,1,1,0,1,2]): observed 5/8, by chance 21/64.
    pairs = zip("01221002", "02211012", strict=True)
    assert cohens_kappa(Counter(pairs)) == pytest.approx((5 / 8 - 21 / 64) / (1 - 21 / 64))
    assert cohens_kappa(Counter({("a", "b"): 3, ("b", "a"): 3})) == pytest.approx(-1.0)
    assert cohens_kappa(Counter({("a", "a"): 7})) is None, "both only ever say one thing"
    assert cohens_kappa(Counter()) is None


def test_agreement_is_of_frames_that_both_labelled() -> None:
    fold = Fold(
        [
            say("ada", 0, 24, context="yes"),
            say("ada", 25, 49, context="no"),
            say("ada", 200, 210, context="no"),
            say("bob", 0, 19, context="yes"),
            say("bob", 20, 24, context="no"),
            say("bob", 25, 34, context="yes"),
            say("bob", 35, 49, context="no"),
            say("ram", 500, 510, kind="rules", context="no"),
        ]
    )
    (found,) = agreement(fold)
    assert (found.key, found.first, found.second, found.frames) == ("context", "ada", "bob", 50)
    assert found.observed == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_progress_by_frame_sets_and_by_other_units() -> None:
    fold = Fold([say("ada", 2, 11, context="battle"), say("ada", 5, 9, scene="town"), say("ada", 7, 7, tags="x")])
    states = [unit.state for unit in units(fold, 0, 19, ("context", "scene"))]
    assert states == ["partial", "complete", "partial", "none"]
    assert [(u.index, u.first_frame, u.last_frame) for u in units(fold, 3, 12, ("context",), state="complete")] == [
        (0, 3, 4),
        (1, 5, 9),
    ]
    assert [unit.index for unit in units(fold, 0, 19, ("context",), state="none", size=1)] == [0, 1, *range(12, 20)]
    done = progress(fold, 0, 19, ("context", "scene"))
    assert (done.units, done.complete, done.partial, done.none, done.frames) == (4, 1, 2, 1, 20)
    assert done.by_key == {"context": 10, "scene": 5, "tags": 1}
    assert progress(fold, 0, 19, ()).complete == 0, "without required keys nothing is complete"


def test_totals_and_carrying_forward() -> None:
    fold = Fold([say("ada", 0, 9, context="battle"), say("ada", 20, 24, context="battle")])
    fold.extend([make_act("ada", 0, 4, {"tags": ["boss", "night"]}), make_act("bob", 3, 6, {"tags": ["boss"]})])
    assert [(t.value, t.frames, t.runs) for t in aggregate(fold, "context")] == [("battle", 15, 2)]
    assert [(t.value, t.frames, t.runs) for t in aggregate(fold, "tags")] == [("boss", 7, 1), ("night", 3, 1)]
    fold.extend([carry_forward(fold, "ada", 25, 29)])
    assert fold.labels(29) == {"context": "battle"}
    with pytest.raises(UsageError, match="frame 39 has no labels to carry forward"):
        carry_forward(fold, "ada", 40, 49)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"annotator": "a b"}, "annotator 'a b': allowed are 1 to 64 letters"),
        ({"first_frame": 5, "last_frame": 4}, "frames 5 to 4: wanted are 0"),
        ({"kind": "god"}, "kind 'god': allowed are human, rules, model"),
        ({"confidence": 1.5}, "confidence 1.5: allowed are 0 to 1"),
        ({"labels": {}}, "it labels nothing"),
        ({"labels": {"a.b": "x"}}, "label 'a.b': a key is"),
        ({"labels": {"a": "x" * 5000}}, "allowed are 4000 characters"),
        ({"suggestion": True, "accepts": "x"}, "a suggestion neither accepts nor"),
    ],
)
def test_what_is_no_act_is_refused(changed: dict[str, object], problem: str) -> None:
    given_ = {"annotator": "ada", "first_frame": 0, "last_frame": 1, "labels": {"a": "x"}, **changed}
    with pytest.raises(UsageError, match=problem):
        make_act(**given_)  # type: ignore[arg-type]  # wrong on purpose
