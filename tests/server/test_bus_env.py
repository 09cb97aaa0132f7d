"""The environment over the bus: what it sees is what one in this process sees, and it leaves a session as it was."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from runtime.env import BusEnv, GameEnv
from runtime.env.ids import BUS
from runtime.errors import BusError, EmulatorError, StateError, UsageError
from tests.alone import alone
from tests.desk import Desk
from tests.same import assert_same

SETTINGS: dict[str, Any] = {
    "frame_skip": 8,
    "sticky": 0.25,
    "noop_max": 10,
    "observation": {"screen": "pixels", "memory": "ram", "values": "state"},
    "max_episode_frames": 100,
    "reward": "steps - prev.steps",
}


def both(game: str, settings: dict[str, Any]) -> int:
    """Play the same actions here and over the bus; return the steps that ended an episode."""
    bus = gymnasium.make(BUS, start=game, **settings)
    here = GameEnv(game, **settings)
    assert bus.observation_space == here.observation_space
    assert bus.action_space == here.action_space
    rng = np.random.default_rng(0)
    ends = 0
    for seed in range(3):
        for one, other in zip(here.reset(seed=seed), bus.reset(seed=seed), strict=True):
            assert_same(one, other, f"reset {seed}")
        for step in range(15):
            action = int(rng.integers(here.actions.space.n))  # type: ignore[attr-defined]  # it is Discrete
            told, wanted = bus.step(action), here.step(action)
            assert told[1:] == wanted[1:], (seed, step)
            assert_same(told[0], wanted[0], f"{seed} {step}")
            ends += told[2] or told[3]
    there = bus.unwrapped
    assert isinstance(there, BusEnv)
    state = there.save_state()
    memories = []
    for _ in range(2):
        there.load_state(state)
        there.player.run(frozenset({"RIGHT"}), 30)
        memories.append(there.player.image().copy())
    assert_same(memories[0], memories[1], "after the state")
    assert bus.reset(options={"state": state})[1]["start"] == ""
    with pytest.raises(StateError, match="over the bus a state is the name of a slot"):
        there.load_state(here.save_state())
    bus.close()
    here.close()
    return ends


@pytest.mark.parametrize("game", ["emberwood", "brickyard"])
def test_over_the_bus_all_is_as_in_this_process(game: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMEWIRE_HOME", str(tmp_path / "state"))
    reward = "steps - prev.steps" if game == "emberwood" else "score - prev.score"
    assert alone(both, game, {**SETTINGS, "reward": reward}) > 0


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    monkeypatch.setenv("FRAMEWIRE_HOME", str(desk.home))
    monkeypatch.setenv("FRAMEWIRE_NATS", "")
    return desk


@pytest.fixture
def started(desk: Desk) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Return a function that starts a session, which the test may leave running."""
    with ExitStack() as stack:

        def start(*options: str) -> "subprocess.Popen[str]":
            running = desk.start("up", "--rom", "scripted", "--no-actors", "--session", "live", *options)
            stack.callback(running.wait, 60)
            stack.callback(running.terminate)
            desk.wait_for("session.started")
            return running

        yield start


def test_a_live_session_is_stepped_recorded_and_given_back(
    desk: Desk, started: Callable[..., "subprocess.Popen[str]"]
) -> None:
    running = started("--clock", "free")
    env = BusEnv("live", observation="ram", frame_skip=5)
    env.reset()
    before = int(env.step(0)[0][:4].view("<u4")[0])
    told = [env.step(4) for _ in range(4)]
    assert [int(step[0][:4].view("<u4")[0]) - before for step in told] == [5, 10, 15, 20], "nothing runs in between"
    assert [int(step[0][4:6].view("<u2")[0]) for step in told] == [122, 132, 142, 152]
    with pytest.raises(UsageError, match="the game has no watches"):
        BusEnv("live", observation="state")
    env.close()
    running.terminate()
    assert running.wait(60) == 0
    assert desk.info("live")["frames"] > 40, "it ran on"


def test_without_a_session_it_says_so(desk: Desk) -> None:
    with pytest.raises(BusError, match="no embedded server runs"):
        BusEnv("nobody")


def test_a_session_that_ends_is_an_error(started: Callable[..., "subprocess.Popen[str]"]) -> None:
    running = started()
    env = BusEnv("live", clock="free")
    env.reset()
    env.step(0)
    running.terminate()
    assert running.wait(60) == 0
    with pytest.raises((EmulatorError, BusError)):
        env.step(0)
    env.close()
