"""Environments on real cores: Gymnasium's own checks, and the same run from the same seed in every process."""

import warnings
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import xxhash
from gymnasium.utils.env_checker import check_env

from runtime.env import BusEnv, GameEnv, GameVectorEnv, built_in
from runtime.env.ids import BUS, GAME
from runtime.pixels import to_rgb
from tests.alone import alone

ROMS = Path(__file__).parents[1] / "roms"
EMBERWOOD = "framewire/Emberwood-v0"


def test_the_ids_are_registered() -> None:
    assert EMBERWOOD in built_in()
    for id_ in (GAME, *built_in()):
        spec = gymnasium.spec(id_)
        assert gymnasium.envs.registration.load_env_creator(str(spec.entry_point)) is GameEnv
        assert gymnasium.envs.registration.load_env_creator(str(spec.vector_entry_point)) is GameVectorEnv
    assert gymnasium.envs.registration.load_env_creator(str(gymnasium.spec(BUS).entry_point)) is BusEnv


def checked(id_: str, settings: dict[str, Any]) -> tuple[int, ...] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(id_, **settings)
        check_env(env.unwrapped)
        shape = env.observation_space.shape
        env.close()
    return shape


@pytest.mark.parametrize("id_", [GAME, *built_in()])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"grayscale": True, "resize": (84, 84), "actions": "multi", "sticky": 0.25, "noop_max": 8},
        {"observation": "ram"},
        {"observation": {"screen": "pixels", "values": "state"}, "render_mode": "rgb_array", "stop_early": True},
    ],
    ids=["pixels", "small", "ram", "dict"],
)
def test_gymnasium_finds_nothing_wrong(id_: str, settings: dict[str, Any]) -> None:
    alone(checked, id_, settings)


@pytest.mark.parametrize("rom", ["gb/pad.gb", "nes/pad.nes"])
def test_any_rom_is_an_environment(rom: str) -> None:
    shape = alone(checked, GAME, {"rom": str(ROMS / rom), "frame_skip": 3})
    assert shape in ((144, 160, 3), (224, 240, 3))


def played(settings: dict[str, Any], seed: int) -> list[int]:
    env = gymnasium.make(EMBERWOOD, **settings)
    rng = np.random.default_rng(seed)
    seen = [xxhash.xxh3_64_intdigest(env.reset(seed=seed)[0].tobytes())]
    for _ in range(40):
        told = env.step(int(rng.integers(17)))
        seen += [xxhash.xxh3_64_intdigest(told[0].tobytes()), hash(told[1:4]), int(told[4]["watches"]["rng"])]
    env.close()
    return seen


def test_a_seed_and_actions_make_the_same_run_in_every_process() -> None:
    settings = {"sticky": 0.25, "noop_max": 30, "frame_skip": 8, "reward": "steps - prev.steps"}
    first = alone(played, settings, 3)
    assert alone(played, settings, 3) == first
    assert alone(played, settings, 4) != first
    assert len(set(first)) > 40


def won(stop_early: bool) -> tuple[float, bool, int]:
    """Put into memory what ends the game."""
    env = GameEnv("emberwood", frame_skip=24, stop_early=stop_early, reward="success - failure")
    env.reset()
    memory = env.player.backend.memory()["ewram"]
    memory[0x1A] = 9  # quest.stage, runtime/games/emberwood/game.toml
    _, reward, terminated, _, info = env.step(0)
    env.close()
    return reward, terminated, int(info["frames"])


def test_success_ends_an_episode_with_1() -> None:
    assert alone(won, False) == (1.0, True, 24)
    assert alone(won, True) == (1.0, True, 1)


def saved_and_loaded() -> tuple[int, int, int]:
    env = GameEnv("emberwood", frame_skip=8)
    env.reset(seed=1)
    for action in (1, 4, 2, 3, 4, 4):
        env.step(action)
    state = env.save_state()
    runs = []
    for _ in range(2):
        env.load_state(state)
        runs.append([xxhash.xxh3_64_intdigest(env.step(action)[0].tobytes()) for action in (4, 2, 3, 0)])
    elsewhere = GameEnv("emberwood", frame_skip=8, states={"here": state}, render_mode="rgb_array")
    elsewhere.reset()
    picture = elsewhere.render()
    assert picture is not None
    assert runs[0] == runs[1]
    told = (int(elsewhere.player.values()["frame"]) - 1, picture.shape[0], len(set(runs[0])))
    env.load_state(state)
    frame = int(env.player.values()["frame"])
    env.close()
    elsewhere.close()
    return told[0] - frame, told[1], told[2]


def test_a_state_goes_on_in_this_environment_and_in_another_beside_it() -> None:
    moved, height, pictures = alone(saved_and_loaded)
    assert (moved, height) == (0, 160)
    assert pictures > 1


def painted(rom: str, backend: str) -> tuple[int, bool]:
    """Compare the observed colours with those of the frame, over an episode with states and resets."""
    env = GameEnv(rom=rom, backend=backend, frame_skip=7)
    same, pictures = True, set()
    for seed in range(2):
        seen = env.reset(seed=seed)[0]
        for action in range(40):
            same &= bool(np.array_equal(seen, to_rgb(env.player.backend.frame(), env.player.backend.pixel_format)))
            pictures.add(xxhash.xxh3_64_intdigest(seen.tobytes()))
            seen = env.step(action % 15)[0]
    env.close()
    return len(pictures), same


@pytest.mark.parametrize("backend", ["libretro", "pyboy"])
@pytest.mark.parametrize("rom", ["pad.gb", "pad.gbc"])
def test_observed_colours_are_the_frames(rom: str, backend: str) -> None:
    pictures, same = alone(painted, str(ROMS / "gb" / rom), backend)
    assert same
    assert pictures > 30
