"""A policy has ten milliseconds; a late, failing or unsure one costs nothing but a count."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from agents.reflex.guard import Answer, PolicyGuard
from agents.reflex.history import FrameHistory
from agents.reflex.moment import Moment
from agents.reflex.policy import PolicyReflex
from runtime.errors import UsageError
from tests.reflex_source import Player, plan

HERE = __name__


class Brightest:
    """A tiny network: one linear layer over the mean of each of four frames, made to press RIGHT in the light."""

    model = "brightest-1"

    def __init__(self) -> None:
        self._weights = np.array([[0.25] * 4, [-0.25] * 4])  # (2 buttons, 4 frames)

    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        scores = self._weights @ np.array([frame.mean() for frame in frames.stack()])
        return Answer((("RIGHT", "LEFT")[int(scores.argmax())],), float(min(abs(scores[0]) / 100, 1.0)))


class Held:
    """Answers when it is let go."""

    model = "held-1"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()

    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        self.asked.set()
        self.go.wait(60)
        return Answer(("A",))


class Broken:
    model = "broken-1"

    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        raise RuntimeError("no weights")


class Nameless:
    def __call__(self, frames: FrameHistory, moment: Moment) -> Answer:
        return Answer(())


@pytest.fixture
def held() -> Iterator[Held]:
    policy = Held()
    yield policy
    policy.go.set()


def ask(guard: PolicyGuard) -> Answer | None:
    return guard.ask(FrameHistory(), Moment(None))


def test_a_late_answer_is_counted_and_never_used(held: Held) -> None:
    guard = PolicyGuard(held, lockstep=False)
    assert ask(guard) is None
    assert held.asked.wait(10)
    assert ask(guard) is None
    assert (guard.calls, guard.late, guard.busy) == (2, 2, 1)
    held.go.set()
    waiting = threading.Event()
    assert any(not guard._answered.empty() or waiting.wait(0.001) for _ in range(10_000))
    held.go.clear()
    assert ask(guard) is None  # not the answer to the first call, which has come
    assert (guard.late, guard.busy) == (3, 1)
    guard.close()


def test_lockstep_waits(held: Held) -> None:
    guard = PolicyGuard(held, lockstep=True)
    threading.Timer(0.1, held.go.set).start()
    assert ask(guard) == Answer(("A",))
    assert guard.late == 0
    guard.close()


def test_lockstep_does_not_wait_for_ever(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.reflex.guard.LOCKSTEP_LIMIT_S", 0.05)
    guard = PolicyGuard(held, lockstep=True)
    with pytest.raises(UsageError, match="held-1: no answer"):
        ask(guard)
    guard.close()


def test_an_error_is_counted() -> None:
    guard = PolicyGuard(Broken(), lockstep=True)
    assert ask(guard) is None
    assert (guard.failed, guard.error) == (1, "RuntimeError: no weights")
    guard.close()


def playing(policy: str, light: int, **config: Any) -> Player:
    player = Player(PolicyReflex(policy=f"{HERE}:{policy}", **config))
    player.senses.raw = np.full((160, 240), light, np.uint16)
    return player


def test_a_policy_decides_where_no_plan_holds() -> None:
    player = playing("Brightest", 200)
    press = player.see()
    assert (press.buttons, press.reason, press.model) == (("RIGHT",), "policy: 1.00 sure", "brightest-1")
    player.plan = plan("p", (5, 4))
    assert player.see().reason == "plan: go"
    player.context("dialogue")
    assert player.see().reason == "rule: dialogue"


def test_an_unsure_answer_becomes_the_default_or_a_random_button() -> None:
    assert {press.buttons for press in playing("Brightest", 20, exploration_rate=0.0).run(20)} == {()}
    explored = {press.buttons for press in playing("Brightest", 20, exploration_rate=1.0, seed=5).run(40)}
    assert len(explored) > 3


def test_without_an_answer_nothing_is_pressed() -> None:
    player = playing("Broken", 20)
    press = player.see()
    assert (press.buttons, press.reason) == ((), "default: policy broken-1 gave no answer")
    player.run(600)
    facts = next(report.facts for report in player.reports if report.name == "reflex.stats")
    assert (facts["policy.calls"], facts["policy.failed"]) == (600, 600)
    assert facts["policy.error"] == "RuntimeError: no weights"


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("", "which one is missing"),
        ("nowhere:Nothing", "cannot be imported"),
        (f"{HERE}:HERE", "cannot be called"),
        (f"{HERE}:Nameless", "makes no policy"),
    ],
)
def test_a_bad_policy_is_told_at_once(policy: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        PolicyReflex(policy=policy)
