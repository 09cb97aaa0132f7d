"""Sure decisions pass; unsure ones become a random action now and then, else the safe one."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.confidence import ConfidenceGate
from runtime.errors import UsageError

BUTTONS = ("A", "B", "UP", "DOWN")


def gate(**options: float) -> ConfidenceGate[str]:
    return ConfidenceGate(BUTTONS, "stay", **options)  # type: ignore[arg-type]  # history and seed are whole numbers


def test_the_threshold_itself_is_sure_enough() -> None:
    one = gate()
    assert one.decide("A", 0.7) == "A"
    assert one.decide("B", 1.0) == "B"
    assert (one.passed, one.explored, one.defaulted) == (2, 0, 0)


def test_below_the_threshold_one_in_ten_is_random_and_the_rest_is_the_default() -> None:
    one = gate(seed=1)
    taken = Counter(one.decide("proposed", 0.69) for _ in range(10_000))
    assert taken["proposed"] == 0
    assert 900 < one.explored < 1100
    assert taken["stay"] == one.defaulted == 10_000 - one.explored
    assert all(taken[button] > one.explored / 8 for button in BUTTONS), "each is drawn alike"


@pytest.mark.parametrize(("rate", "explored"), [(0.0, 0), (1.0, 50)])
def test_the_ends_of_the_exploration_rate(rate: float, explored: int) -> None:
    one = gate(exploration_rate=rate)
    for _ in range(50):
        one.decide("A", 0.0)
    assert (one.explored, one.defaulted) == (explored, 50 - explored)


def test_the_last_hundred_confidences_and_their_mean_are_kept() -> None:
    one = gate()
    assert (one.confidences, one.mean) == ((), 0.0)
    for i in range(150):
        one.decide("A", i / 150)
    assert one.confidences == tuple(i / 150 for i in range(50, 150))
    assert one.mean == pytest.approx(sum(range(50, 150)) / 100 / 150)
    short = gate(history=2)
    for confidence in (0.1, 0.5, 0.9):
        short.decide("A", confidence)
    assert short.confidences == (0.5, 0.9)


@given(st.lists(st.floats(0, 1), max_size=60), st.integers(0, 5))
def test_the_same_seed_and_confidences_give_the_same_actions(confidences: list[float], seed: int) -> None:
    first, second = gate(seed=seed), gate(seed=seed)
    taken = [first.decide("A", confidence) for confidence in confidences]
    assert taken == [second.decide("A", confidence) for confidence in confidences]
    assert set(taken) <= {*BUTTONS, "stay"}
    assert first.passed + first.explored + first.defaulted == len(confidences)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"threshold": 1.1}, "threshold 1.1: allowed are 0 to 1"),
        ({"exploration_rate": -0.1}, "exploration_rate -0.1"),
        ({"threshold": float("nan")}, "threshold nan"),
        ({"history": 0}, "history 0: allowed are 1 or more"),
    ],
)
def test_a_number_out_of_range_is_refused(options: dict[str, float], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        gate(**options)


def test_what_cannot_be_decided_is_refused() -> None:
    with pytest.raises(UsageError, match="no actions to explore with"):
        ConfidenceGate((), "stay")
    assert ConfidenceGate((), "stay", exploration_rate=0).decide("A", 0.1) == "stay"
    for confidence in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="confidence"):
            gate().decide("A", confidence)
