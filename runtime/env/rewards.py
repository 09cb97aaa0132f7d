"""Rewards: a formula over a game's watches, or a function of what a step changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runtime.errors import UsageError
from runtime.expressions import formula
from runtime.wire import Scalar

_OUTCOMES = ("success", "failure")


@dataclass(frozen=True)
class Transition:
    """What a step did.

    Attributes:
        now: The watches after it.
        before: The watches before it.
        success: Whether the game's `[episode] success` holds.
        failure: Whether its `failure` holds.
        frames: Frames emulated.
    """

    now: Mapping[str, Scalar]
    before: Mapping[str, Scalar]
    success: bool
    failure: bool
    frames: int


Reward = Callable[[Transition], float]


def reward_of(wanted: str | Reward, watches: frozenset[str]) -> Reward:
    """Return a reward as a function.

    A formula has the watches by name, as they were before the step with `prev.` in front, and `success` and `failure`
    as 0 or 1: `100 * (quest.stage > prev.quest.stage) - 50 * failure`.

    Raises:
        UsageError: The formula cannot be read, or names something else.
    """
    if not isinstance(wanted, str):
        return wanted
    known = watches | {f"prev.{name}" for name in watches} | set(_OUTCOMES)
    compute = formula(wanted, known)

    def reward(step: Transition) -> float:
        names: dict[str, Scalar] = {f"prev.{name}": value for name, value in step.before.items()}
        names.update(step.now)
        names.update(success=step.success, failure=step.failure)
        return compute(names)

    return reward if "prev." in wanted else _without_before(compute)


def _without_before(compute: Callable[[Mapping[str, Scalar]], float]) -> Reward:
    return lambda step: compute({**step.now, "success": step.success, "failure": step.failure})


def check_number(value: object) -> float:
    """Return a reward as a float.

    Raises:
        UsageError: It is no number.
    """
    try:
        return float(value)  # type: ignore[arg-type]  # a user's function may return anything
    except (TypeError, ValueError) as error:
        raise UsageError(f"the reward is {value!r}: allowed is a number") from error
