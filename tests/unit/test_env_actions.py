"""An agent's choices are a console's buttons, and nothing else."""

import numpy as np
import pytest
from gymnasium import spaces

from runtime.console import CONSOLES
from runtime.env.actions import Actions, combinations
from runtime.errors import UsageError

GBA, GB = CONSOLES["gba"], CONSOLES["gb"]


def test_the_default_is_nothing_each_button_and_directions_with_a_or_b() -> None:
    found = combinations(GB)
    assert found[:7] == tuple(map(frozenset, ((), ("UP",), ("DOWN",), ("LEFT",), ("RIGHT",), ("A",), ("B",))))
    assert set(found[7:]) == {frozenset((b, d)) for b in "AB" for d in ("UP", "DOWN", "LEFT", "RIGHT")}
    assert {"L", "R"} <= {button for combination in combinations(GBA) for button in combination}
    assert not {"START", "SELECT"} & {button for held in combinations(GBA) for button in held}


@pytest.mark.parametrize("console", CONSOLES.values(), ids=CONSOLES)
def test_every_combination_is_different_and_of_the_console(console: object) -> None:
    found = combinations(console)  # type: ignore[arg-type]  # pytest types parameters loosely
    assert len(set(found)) == len(found) > 10


def test_multi_is_a_bit_for_each_button_in_their_order() -> None:
    actions = Actions("multi", GBA)
    assert actions.space == spaces.MultiBinary(10)
    bits = np.zeros(10, np.int8)
    bits[[0, 9]] = 1
    assert actions.buttons(bits) == {"A", "RIGHT"} == actions.buttons(bits)
    assert actions.buttons([0] * 10) == frozenset()


def test_a_list_is_its_combinations() -> None:
    actions = Actions(["", "A+RIGHT", ("UP", "B")], GBA)
    assert actions.space == spaces.Discrete(3)
    assert [actions.buttons(i) for i in range(3)] == [frozenset(), {"A", "RIGHT"}, {"UP", "B"}]
    assert actions.buttons(np.int64(1)) == {"A", "RIGHT"}


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("all", "allowed are 'discrete', 'multi'"),
        ([], "an empty list"),
        (["A", "X"], "no button X; there are A, B, L"),
        ([("A", "up")], "no button up"),
    ],
)
def test_choices_that_cannot_be_are_refused(wanted: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        Actions(wanted, GBA)


def test_actions_outside_the_space_are_refused() -> None:
    with pytest.raises(UsageError, match="action 3: allowed are 0 to 2"):
        Actions(["", "A", "B"], GBA).buttons(3)
    with pytest.raises(UsageError, match="action -1"):
        Actions(["", "A", "B"], GBA).buttons(-1)
    with pytest.raises(UsageError, match=r"shape \(3,\): allowed is \(10,\)"):
        Actions("multi", GBA).buttons(np.zeros(3))
