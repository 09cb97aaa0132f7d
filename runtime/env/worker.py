"""One process of a vectorised environment: a GameEnv that writes into shared arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from runtime.env.game_env import GameEnv
from runtime.shared_arrays import Layout, SharedArrays

#: Values of the array "start": there was no reset; the state given to it has no name.
NO_RESET, UNNAMED = -1, -2

#: A finished episode's last moment, where the environment is reset within the same step.
FINAL = "final."


@dataclass(frozen=True)
class Description:
    """What a worker says of its environment: what all of them have in common."""

    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]
    boxes: dict[str, tuple[tuple[int, ...], str]]
    single: bool
    watches: tuple[str, ...]
    starts: tuple[str, ...]
    metadata: dict[str, Any]


def layout_of(told: Description, num_envs: int) -> Layout:
    """Return the shared arrays of so many environments."""
    moment: Layout = {f"obs.{name}": ((num_envs, *shape), dtype) for name, (shape, dtype) in told.boxes.items()}
    moment["watches"] = ((num_envs, len(told.watches)), "i8")
    moment["valued"] = ((num_envs, len(told.watches)), "?")  # whether a watch has a value now
    moment |= dict.fromkeys(("frames", "episode_frames"), ((num_envs,), "i8"))
    moment |= dict.fromkeys(("success", "failure"), ((num_envs,), "?"))
    flags = dict.fromkeys(("terminated", "truncated"), ((num_envs,), "?"))
    action = told.action_space
    return {
        "action": ((num_envs, *(action.shape or ())), np.dtype(action.dtype).str),
        "reward": ((num_envs,), "f8"),
        "start": ((num_envs,), "i4"),
        **flags,
        **moment,
        **{f"{FINAL}{name}": row for name, row in moment.items()},
    }


class Worker:
    """One environment and its rows of the shared arrays."""

    def __init__(self, number: int, autoreset: AutoresetMode, arguments: dict[str, Any]) -> None:
        self._env = GameEnv(**arguments)
        self._number, self._autoreset = number, autoreset
        self._shared: SharedArrays | None = None
        self._rows: dict[str, NDArray[Any]] = {}
        self._over = False
        self._watches = tuple(watch.name for watch in self._env.player.watches if not watch.shape)
        self._starts = ("start", *self._env.settings.states)

    def describe(self) -> Description:
        """Return what the parent has to know."""
        boxes = self._env.observations.boxes
        return Description(
            observation_space=self._env.observation_space,
            action_space=self._env.action_space,
            boxes={name: (box.shape, np.dtype(box.dtype).str) for name, box in boxes.items()},
            single=not isinstance(self._env.observation_space, spaces.Dict),
            watches=self._watches,
            starts=self._starts,
            metadata=self._env.metadata,
        )

    def attach(self, layout: Layout, block: str) -> None:
        """Write into this block from now on."""
        self._shared = SharedArrays(layout, block)
        at = slice(self._number, self._number + 1)
        self._rows = {name: array[at] for name, array in self._shared.arrays.items()}
        self._env.buffers = {name: self._rows[f"obs.{name}"][0] for name in self._env.observations.boxes}

    def reset(self, seed: int | None, options: dict[str, Any] | None) -> None:
        """Begin an episode."""
        self._reset(seed, options)
        self._put(reward=0.0, terminated=False, truncated=False)

    def step(self) -> None:
        """Take the action that lies in the shared array; or begin an episode where the last step ended one."""
        if self._over and self._autoreset is AutoresetMode.NEXT_STEP:
            self.reset(None, None)
            return
        _, reward, terminated, truncated, info = self._env.step(self._rows["action"][0])
        self._put(reward=reward, terminated=terminated, truncated=truncated, start=NO_RESET)
        self._put_info(info)
        self._over = terminated or truncated
        if self._over and self._autoreset is AutoresetMode.SAME_STEP:
            for name in [name for name in self._rows if name.startswith(FINAL)]:
                self._rows[name][:] = self._rows[name.removeprefix(FINAL)]
            self._reset(None, None)

    def call(self, name: str, *arguments: Any) -> Any:
        """Return what a method of the environment returns, or an attribute."""
        found = getattr(self._env, name)
        return found(*arguments) if callable(found) else found

    def close(self) -> None:
        """Leave the emulator and the shared memory."""
        self._env.close()
        self._env.buffers, self._rows = None, {}
        if self._shared:
            self._shared.close()

    def _reset(self, seed: int | None, options: dict[str, Any] | None) -> None:
        _, info = self._env.reset(seed=seed, options=options)
        self._put_info(info)
        self._put(start=self._starts.index(info["start"]) if info["start"] else UNNAMED)
        self._over = False

    def _put_info(self, info: dict[str, Any]) -> None:
        watches = info["watches"]
        self._rows["watches"][0] = [watches.get(name, 0) for name in self._watches]
        self._rows["valued"][0] = [name in watches for name in self._watches]
        self._put(**{name: info[name] for name in ("frames", "episode_frames", "success", "failure")})

    def _put(self, **values: float) -> None:
        for name, value in values.items():
            self._rows[name][0] = value
