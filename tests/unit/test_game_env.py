"""An environment holds what it is told, for the frames it is told, and says when an episode is over."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from runtime.backend import pack_state
from runtime.bridges.scripted import ScriptedBackend
from runtime.env.game_env import PlayerEnv
from runtime.env.player import Player
from runtime.env.rewards import Transition
from runtime.env.settings import settings_of
from runtime.errors import StateError, UsageError
from runtime.game import parse_game
from runtime.wire import encode

#: The square moves 2 pixels a frame. The first 20 frames are the title; at the 30th the game has begun.
GAME = """
[game]
name = "square"
console = "gba"
[[watch]]
name = "frame"
address = 0x02000000
type = "u32le"
[[watch]]
name = "x"
address = 0x02000004
type = "u16le"
[[watch]]
name = "y"
address = 0x02000006
type = "s16le"
[[watch]]
name = "held"
address = 0x02000008
type = "u8"
[[watch]]
name = "bytes"
address = 0x02000000
type = "u8"
shape = [2, 4]
[start]
press = "START"
when = "frame < 20"
until = "frame == 30"
[episode]
success = "x >= 140"
failure = "x <= 60 and x > 50"
"""

RIGHT, LEFT = 4, 3  # of the default actions


class Counting(ScriptedBackend):
    """The scripted emulator, keeping what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[frozenset[str], int]] = []

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        self.asked.append((buttons, frames))
        super().step(buttons, frames)


def env_of(game: str = GAME, **settings: Any) -> PlayerEnv:
    return PlayerEnv(Player(Counting(), parse_game(game, "game.toml") if game else None), settings_of(settings), None)


def asked(env: PlayerEnv) -> list[tuple[frozenset[str], int]]:
    backend = env.player.backend
    assert isinstance(backend, Counting)
    taken, backend.asked = backend.asked, []
    return taken


def test_an_episode_begins_at_the_first_frame_of_gameplay_and_one_more() -> None:
    env = env_of()
    for _ in range(3):
        _, info = env.reset()
        assert info["watches"] == {"frame": 31, "x": 112, "y": 72, "held": 0}
        assert (info["start"], info["frames"], info["episode_frames"]) == ("start", 1, 0)


def test_the_title_is_pressed_away_and_seen_once_only() -> None:
    env = env_of()
    env.reset()
    first = asked(env)
    assert {frozenset({"START"}), frozenset()} == {buttons for buttons, _ in first}
    env.reset()
    assert asked(env) == [(frozenset(), 1)], "later episodes load the state"


def test_a_game_without_a_start_rule_begins_at_power_on() -> None:
    _, info = env_of(GAME.partition("[start]")[0]).reset()
    assert info["watches"]["frame"] == 1


def test_a_start_that_does_not_end_is_refused() -> None:
    endless = GAME.replace("frame < 20", "frame > 2").replace("frame == 30", "frame == 0")
    with pytest.raises(UsageError, match=r"\[start\] did not lead into it within 3600 frames of START"):
        env_of(endless).reset()


@pytest.mark.parametrize("skip", [1, 4, 24])
def test_a_step_holds_the_buttons_for_exactly_its_frames(skip: int) -> None:
    env = env_of(frame_skip=skip, actions=["", "DOWN+A"])
    env.reset()
    asked(env)
    _, _, _, _, info = env.step(1)
    assert asked(env) == [(frozenset({"DOWN", "A"}), skip)]
    assert info["watches"]["held"] == 2
    assert (info["frames"], info["episode_frames"]) == (skip, skip)


def test_success_and_failure_end_it_with_1_and_minus_1() -> None:
    env = env_of(frame_skip=4)
    for action, wanted, flags in ((RIGHT, 1.0, (True, False)), (LEFT, -1.0, (False, True))):
        env.reset()
        told = [env.step(action)]
        while not told[-1][2]:
            told.append(env.step(action))
        rewards = [step[1] for step in told]
        assert rewards == [0.0] * (len(told) - 1) + [wanted]
        assert (told[-1][4]["success"], told[-1][4]["failure"]) == flags
        assert not told[-1][3]


def test_rules_are_looked_at_after_each_step_or_on_each_frame() -> None:
    late, early = env_of(frame_skip=24, actions=["LEFT"]), env_of(frame_skip=24, actions=["LEFT"], stop_early=True)
    late.reset()
    early.reset()
    assert [late.step(0)[2] for _ in range(2)] == [False] * 2, "it was in the failing columns within the second step"
    assert not early.step(0)[2]
    _, reward, terminated, _, info = early.step(0)
    assert (reward, terminated, info["watches"]["x"]) == (-1.0, True, 60)
    assert info["frames"] == (112 - 60) // 2 - 24


def test_an_episode_is_cut_off_at_its_frames() -> None:
    env = env_of(frame_skip=4, max_episode_frames=10)
    env.reset()
    assert [env.step(0)[3] for _ in range(3)] == [False, False, True]
    env.reset()
    assert not env.step(0)[3]


def test_rewards_see_the_watches_before_and_after() -> None:
    env = env_of(frame_skip=4, reward="x - prev.x")
    env.reset()
    assert [env.step(action)[1] for action in (RIGHT, 0, LEFT)] == [8.0, 0.0, -8.0]
    seen: list[Transition] = []
    env = env_of(frame_skip=4, reward=lambda step: seen.append(step) or 0.5)  # type: ignore[func-returns-value]
    env.reset()
    assert env.step(RIGHT)[1] == 0.5
    assert (seen[0].before["x"], seen[0].now["x"], seen[0].frames) == (112, 120, 4)


def test_observations_are_what_the_emulator_shows() -> None:
    parts = {"screen": "pixels", "memory": "ram", "values": "state"}
    env = env_of(observation=parts, watches=("y", "x"))
    seen, _ = env.reset()
    assert isinstance(env.observation_space, spaces.Dict)
    assert seen in env.observation_space
    assert seen["screen"].shape == (160, 240, 3)
    assert (seen["screen"][72:88, 112:128, 0] == 255).all(), "the square"
    assert seen["memory"].shape == (0x4_8000,)
    assert (seen["memory"][0], seen["memory"][4]) == (31, 112)
    assert seen["values"].tolist() == [72, 112]
    again = env.step(RIGHT)[0]
    assert again["values"].tolist() == [72, 120]
    assert seen["values"].tolist() == [72, 112], "each observation is new"


def test_the_state_space_has_the_limits_of_the_watches() -> None:
    space = env_of(observation="state").observation_space
    assert isinstance(space, spaces.Box)
    assert space.low.tolist() == [0, 0, -32768, 0]
    assert space.high.tolist() == [2**32 - 1, 65535, 32767, 255]


def run_of(env: PlayerEnv, seed: int, steps: int = 30) -> list[Any]:
    rng = np.random.default_rng(seed)
    env.reset(seed=seed)
    return [env.step(int(rng.integers(5)))[4] for _ in range(steps)]


@pytest.mark.parametrize("settings", [{}, {"sticky": 0.25}, {"noop_max": 30}, {"sticky": 0.5, "noop_max": 9}])
def test_a_seed_and_actions_make_a_run(settings: dict[str, Any]) -> None:
    first, second = env_of(**settings), env_of(**settings)
    one, other = run_of(first, 7), run_of(second, 7)
    assert one == other
    run_of(first, 8)
    assert run_of(first, 7) == one


def test_no_op_frames_are_drawn_from_the_seed() -> None:
    env = env_of(noop_max=5)
    frames = Counter(env.reset(seed=seed)[1]["frames"] for seed in range(200))
    assert set(frames) == set(range(1, 7))
    assert min(frames.values()) > 15


def test_sticky_buttons_stay_as_long_as_chance_has_it_frame_by_frame() -> None:
    env = env_of("", sticky=0.25, frame_skip=4, actions=["LEFT", "RIGHT"])
    env.reset(seed=1)
    stuck: Counter[int] = Counter()
    held = frozenset[str]()
    for step in range(4000):
        asked(env)
        env.step(step % 2)
        wanted = frozenset({"RIGHT" if step % 2 else "LEFT"})
        pressed = asked(env)
        assert sum(frames for _, frames in pressed) == 4
        stuck[sum(frames for buttons, frames in pressed if buttons == held and held != wanted)] += 1
        held = pressed[-1][0]
    shares = [stuck[frames] / 4000 for frames in range(5)]
    assert shares == pytest.approx([0.75, 0.1875, 0.0469, 0.0117, 0.0039], abs=0.03)


def test_states_are_bytes_files_or_names(tmp_path: Path) -> None:
    source = env_of()
    source.reset()
    for _ in range(3):
        source.step(RIGHT)
    state = source.save_state()
    (tmp_path / "raw").write_bytes(state)
    (tmp_path / "slot.state").write_bytes(encode(pack_state(source.player.backend, 5, 0, "slot")))
    env = env_of(states={"east": state})
    for given, name in ((state, ""), (tmp_path / "raw", ""), (str(tmp_path / "slot.state"), ""), ("east", "east")):
        _, info = env.reset(options={"state": given})
        assert (info["watches"]["x"], info["start"]) == (136, name)
    assert env.reset(options={"state": "start"})[1]["watches"]["x"] == 112
    env.load_state(state)
    assert env.step(0)[4]["watches"]["x"] == 136


def test_states_that_cannot_be_are_refused(tmp_path: Path) -> None:
    env = env_of()
    with pytest.raises(StateError, match="has 12 bytes, this one has 4"):
        env.reset(options={"state": b"four"})
    with pytest.raises(UsageError, match="nowhere: the state cannot be read: No such file"):
        env.reset(options={"state": "nowhere"})
    with pytest.raises(UsageError, match="no option begin; a reset takes state, weights"):
        env.reset(options={"begin": 1})


def test_a_curriculum_chooses_where_to_begin() -> None:
    states = {"a": np.array([500, 10, 0], "<u4").tobytes(), "b": np.array([500, 20, 0], "<u4").tobytes()}
    env = env_of(states=states, weights={"a": 3.0, "b": 1.0})
    begun = Counter(env.reset(seed=seed)[1]["start"] for seed in range(400))
    assert set(begun) == {"a", "b"}
    assert begun["a"] / 400 == pytest.approx(0.75, abs=0.08)
    assert env.reset(options={"weights": {"a": 0, "b": 0, "start": 1}})[1]["start"] == "start"
    assert {env.reset()[1]["start"] for _ in range(10)} == {"start"}, "weights stay"


@pytest.mark.parametrize("weights", [{"c": 1.0}, {"a": -1.0}, {"a": 0.0}])
def test_weights_that_cannot_be_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="weights"):
        env_of(states={"a": b""}, weights=weights)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"frameskip": 4}, "no setting frameskip; an environment takes observation, grayscale"),
        ({"frame_skip": 0}, "frame_skip 0: allowed are 1 and more"),
        ({"sticky": 1.0}, "sticky 1.0"),
        ({"resize": (0, 84)}, "resize"),
        ({"observation": "picture"}, "observation picture: allowed are pixels, ram, state"),
        ({"observation": {}}, "an empty mapping"),
        ({"observation": "state", "watches": ("z",)}, "no scalar watch z; there are frame, x, y, held"),
        ({"reward": "z"}, "uses z; known are"),
        ({"actions": ["X"]}, "no button X"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        env_of(**settings)


def test_a_step_needs_a_reset() -> None:
    with pytest.raises(UsageError, match="step before reset"):
        env_of().step(0)


def test_a_game_without_watches_has_no_state_and_no_end() -> None:
    with pytest.raises(UsageError, match="the game has no watches"):
        env_of("", observation="state")
    env = env_of("")
    env.reset()
    _, reward, terminated, _, info = env.step(RIGHT)
    assert (reward, terminated, info["watches"]) == (0.0, False, {})
