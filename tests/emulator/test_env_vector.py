"""Environments in processes: the same as one by one, and none of them left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from runtime.env import GameVectorEnv
from runtime.errors import CoreError, EmulatorError, RomError, UsageError
from tests.alone import alone
from tests.same import assert_same
from tests.waiting import alive

EMBERWOOD = "framewire/Emberwood-v0"

SETTINGS: dict[str, Any] = {
    "frame_skip": 8,
    "sticky": 0.25,
    "noop_max": 10,
    "observation": {"screen": "pixels", "values": "state"},
    "grayscale": True,
    "resize": (84, 84),
    "max_episode_frames": 60,
    "reward": "steps - prev.steps",
}


def in_step(mode: AutoresetMode, settings: dict[str, Any]) -> int:
    """Play the same actions in processes and one by one; return the episodes."""
    vector = gymnasium.make_vec(
        EMBERWOOD, num_envs=3, vectorization_mode="vector_entry_point", autoreset_mode=mode, **settings
    )
    one = SyncVectorEnv(
        [lambda: gymnasium.make(EMBERWOOD, disable_env_checker=True, **settings).unwrapped] * 3, autoreset_mode=mode
    )
    assert vector.observation_space == one.observation_space
    assert vector.action_space == one.action_space
    for mine, its in zip(vector.reset(seed=5), one.reset(seed=5), strict=True):
        assert_same(mine, its, "reset")
    rng = np.random.default_rng(1)
    over, episodes = np.zeros(3, np.bool_), 0
    for step in range(25):
        if mode is AutoresetMode.DISABLED and over.any():
            for mine, its in zip(
                vector.reset(options={"reset_mask": over}), one.reset(options={"reset_mask": over}), strict=True
            ):
                assert_same(mine, its, f"reset before {step}")
        actions = rng.integers(0, 17, 3)
        told, wanted = vector.step(actions), one.step(actions)
        for i, (mine, its) in enumerate(zip(told, wanted, strict=True)):
            assert_same(mine, its, f"step {step} [{i}]")
        over = told[2] | told[3]
        episodes += int(over.sum())
    vector.close()
    one.close()
    return episodes


@pytest.mark.parametrize("mode", AutoresetMode)
def test_processes_play_as_one_by_one(mode: AutoresetMode) -> None:
    assert alone(in_step, mode, SETTINGS) > 3


def test_a_plain_observation_is_one_array() -> None:
    vector = GameVectorEnv(2, game="emberwood", render_mode="rgb_array")
    seen, info = vector.reset(seed=[1, None])
    assert seen.shape == (2, 160, 240, 3)
    assert info["start"].tolist() == ["start", "start"]
    kept = seen.copy()
    vector.step_async(np.array([4, 1]))
    assert vector.step_wait()[0].shape == seen.shape
    assert np.array_equal(seen, kept), "observations are copies"
    pictures = vector.render()
    assert pictures is not None
    assert [picture.shape for picture in pictures] == [(160, 240, 3)] * 2
    states = vector.call("save_state")
    assert vector.reset(options={"state": states[0]})[1]["start"].tolist() == ["", ""]
    vector.close()
    vector.close()
    with pytest.raises(UsageError, match="closed"):
        vector.reset()


def test_wrong_use_is_refused() -> None:
    vector = GameVectorEnv(2, game="emberwood")
    with pytest.raises(UsageError, match="step before reset"):
        vector.step(np.zeros(2, int))
    vector.reset()
    for problem, call in (
        (r"actions of shape \(3,\): allowed is \(2,\)", lambda: vector.step(np.zeros(3, int))),
        ("environment 0 of 2: action 99", lambda: vector.step(np.array([99, 0]))),
        ("no step is under way", vector.step_wait),
        ("3 seeds for 2", lambda: vector.reset(seed=[1, 2, 3])),
        ("environment 0 of 2: no option begin", lambda: vector.reset(options={"begin": 1})),
        ("reset_mask", lambda: vector.reset(options={"reset_mask": np.zeros(2, bool)})),
    ):
        with pytest.raises(UsageError, match=problem):
            call()
    vector.step_async(np.zeros(2, int))
    with pytest.raises(UsageError, match="step_wait first"):
        vector.step_async(np.zeros(2, int))
    vector.step_wait()
    vector.close()


def test_a_game_that_cannot_be_opened_is_an_error_here(tmp_path: Path) -> None:
    with pytest.raises(RomError, match=r"environment 0 of 2: .*there is no such ROM"):
        GameVectorEnv(2, rom=str(tmp_path / "none.gba"))
    with pytest.raises(CoreError, match="environment 0 of 1: no libretro core nothing"):
        GameVectorEnv(1, game="emberwood", core="nothing")


def test_a_worker_that_dies_is_named_and_all_are_closed() -> None:
    vector = GameVectorEnv(3, game="emberwood")
    vector.reset()
    killed = vector.processes[1].pid
    others = [process.pid for process in vector.processes]
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(EmulatorError, match=rf"worker 1 of 3 \(process {killed}\) died with exit status -9"):
        vector.step(np.zeros(3, int))
    assert vector.closed
    assert not any(pid is not None and alive(pid) for pid in others)


PARENT = """
import sys, numpy as np
from runtime.env import GameVectorEnv
if __name__ == "__main__":
    vector = GameVectorEnv(2, game="emberwood")
    vector.reset()
    print(vector._shared.block, *(process.pid for process in vector.processes), flush=True)
    while True:
        vector.step(np.zeros(2, int))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_of_a_killed_parent(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        block, *words = parent.stdout.readline().split()
        workers = [int(word) for word in words]
        assert len(workers) == 2
        parent.send_signal(number)
        parent.wait(30)
    deadline = time.monotonic() + 30
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))
    assert not (Path("/dev/shm") / block).exists()
