"""A reward is a number made of a step's watches and outcome."""

import pytest

from runtime.env.rewards import Transition, check_number, reward_of
from runtime.errors import UsageError

WATCHES = frozenset({"quest.stage", "player.hp"})
STEP = Transition({"quest.stage": 3, "player.hp": 7}, {"quest.stage": 1, "player.hp": 9}, True, False, 24)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("quest.stage - prev.quest.stage", 2),
        ("100 * (quest.stage > prev.quest.stage) - 50 * failure", 100),
        ("success - failure", 1),
        ("player.hp / 2", 3.5),
        ("prev.player.hp", 9),
        ("success", 1),
        ("0", 0),
    ],
)
def test_formulas(text: str, wanted: float) -> None:
    reward = reward_of(text, WATCHES)(STEP)
    assert (reward, type(reward)) == (wanted, float)


def test_a_function_gets_the_transition() -> None:
    assert reward_of(lambda step: step.frames / 2, WATCHES)(STEP) == 12


def test_while_a_watch_has_no_value_the_reward_is_0() -> None:
    before = Transition({"player.hp": 7}, {}, False, False, 1)
    assert reward_of("quest.stage + 5", WATCHES)(before) == 0
    assert reward_of("player.hp - prev.player.hp", WATCHES)(before) == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("quest.level", "uses quest.level; known are failure, player.hp, prev.player.hp"),
        ("prev.success", "uses prev.success"),
        ("quest.stage -", "cannot be read"),
        ("__import__('os')", "Call is not allowed"),
        ("player.hp if success else 0", "IfExp is not allowed"),
    ],
)
def test_formulas_that_cannot_be_are_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        reward_of(text, WATCHES)


def test_a_formula_without_a_value_says_why() -> None:
    with pytest.raises(UsageError, match=r"1 / failure' has no value: ZeroDivisionError"):
        reward_of("1 / failure", WATCHES)(STEP)


@pytest.mark.parametrize("value", [None, "much", [1, 2]])
def test_a_functions_reward_must_be_a_number(value: object) -> None:
    with pytest.raises(UsageError, match="allowed is a number"):
        check_number(value)
