"""Many environments at once, each in a process of its own; observations come through shared memory."""

import contextlib
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from runtime.env.worker import FINAL, NO_RESET, UNNAMED, Description, Worker, layout_of
from runtime.errors import FramewireError, UsageError
from runtime.shared_arrays import SharedArrays
from runtime.worker_process import ANSWER_S, OPENING_S, WorkerError, WorkerProcess

Mask = NDArray[np.bool_]


class GameVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """`num_envs` GameEnvs in as many processes, started anew (spawn): a script needs its `if __name__ == "__main__"`.

    Arrays and infos are those of Gymnasium's own vector environments; environment i has the seed `seed + i`. A worker
    that dies raises an EmulatorError that names it, and closes all.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **arguments: Any,
    ) -> None:
        """Start the workers.

        Args:
            num_envs: How many.
            autoreset_mode: As Gymnasium has it.
            render_mode: None or "rgb_array".
            arguments: GameEnv's; they are pickled.

        Raises:
            FramewireError: A worker cannot open its game.
        """
        if num_envs < 1:
            raise UsageError(f"num_envs {num_envs}: allowed are 1 and more")
        self.num_envs, self.render_mode = num_envs, render_mode
        self._autoreset = AutoresetMode(autoreset_mode)
        self._workers: list[WorkerProcess] = []
        self._shared: SharedArrays | None = None
        self._over: Mask = np.zeros(num_envs, np.bool_)
        self._waiting = False
        self._begun = False
        try:
            self._start({**arguments, "render_mode": render_mode})
        except BaseException:
            self.close()
            raise
        self.metadata = {**self._told.metadata, "autoreset_mode": self._autoreset}
        self.single_observation_space = self._told.observation_space
        self.single_action_space = self._told.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    @property
    def processes(self) -> list[BaseProcess]:
        """The workers."""
        return [worker.process for worker in self._workers]

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in each environment, or in those that `options["reset_mask"]` names.

        Raises:
            UsageError: A seed too few or an unknown option.
            EmulatorError: A worker died.
        """
        self._check_open()
        options = dict(options or {})
        chosen = self._mask(options.pop("reset_mask", None))
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else seed or [None] * self.num_envs
        if len(seeds) != self.num_envs:
            raise UsageError(f"{len(seeds)} seeds for {self.num_envs} environments")
        workers = np.flatnonzero(chosen).tolist()
        for i in workers:
            self._ask(i, "reset", seeds[i], options)
        self._answers(workers)
        self._over &= ~chosen
        self._begun = True
        return self._observations(), self._infos(chosen)

    def step(
        self, actions: Any
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Step each environment by its action; one whose episode is over is reset, as the autoreset mode says.

        Raises:
            UsageError: The actions do not fit, or there was no reset.
            EmulatorError: A worker died.
        """
        self.step_async(actions)
        return self.step_wait()

    def step_async(self, actions: Any) -> None:
        """Let the workers begin a step; `step_wait` must follow.

        Raises:
            UsageError: The actions do not fit, there was no reset, or a step is under way.
            EmulatorError: A worker died.
        """
        self._check_open()
        if self._waiting or not self._begun:
            raise UsageError("a step is under way: step_wait first" if self._waiting else "step before reset")
        if self._autoreset is AutoresetMode.DISABLED and self._over.any():
            raise UsageError(f"the episodes of environments {np.flatnonzero(self._over).tolist()} are over: reset them")
        wanted = self._arrays["action"]
        given = np.asarray(actions)
        if given.shape != wanted.shape:
            raise UsageError(f"actions of shape {given.shape}: allowed is {wanted.shape}, one for each environment")
        wanted[...] = given
        for i in range(self.num_envs):
            with self._all_or_none():
                self._workers[i].step()
        self._waiting = True

    def step_wait(self) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Return what the step of `step_async` did.

        Raises:
            UsageError: No step is under way.
            EmulatorError: A worker died.
        """
        if not self._waiting:
            raise UsageError("no step is under way: step_async first")
        self._waiting = False
        self._answers(list(range(self.num_envs)))
        terminated, truncated = self._arrays["terminated"].copy(), self._arrays["truncated"].copy()
        self._over = terminated | truncated
        infos = self._infos(np.ones(self.num_envs, np.bool_))
        if self._autoreset is AutoresetMode.SAME_STEP and self._over.any():
            infos |= self._final_infos()
        return self._observations(), self._arrays["reward"].copy(), terminated, truncated, infos

    def call(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Return what a method of each environment returns, or an attribute; all must be picklable.

        Raises:
            UsageError: A step is under way.
            EmulatorError: A worker died, or raised.
        """
        self._check_open()
        if self._waiting:
            raise UsageError("a step is under way: step_wait first")
        for i in range(self.num_envs):
            self._ask(i, "call", name, *arguments)
        return tuple(self._answers(list(range(self.num_envs))))

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of each environment."""
        return self.call(name)

    def render(self) -> tuple[Any, ...] | None:
        """Return each environment's last frame, (height, width, 3) uint8; None without a render mode."""
        return self.call("render") if self.render_mode else None

    def close_extras(self, **kwargs: Any) -> None:
        """End the workers and free the shared memory."""
        for worker in self._workers:
            worker.hang_up()
        for worker in self._workers:
            worker.close()
        self._workers = []
        if self._shared:
            shared, self._shared = self._shared, None
            self._arrays: dict[str, NDArray[Any]] = {}
            shared.close()

    def __del__(self) -> None:
        """Close, when nobody did."""
        if getattr(self, "_workers", None):
            self.close()

    def _start(self, arguments: dict[str, Any]) -> None:
        self._workers = [
            WorkerProcess(f"worker {number} of {self.num_envs}", Worker, number, self._autoreset, arguments)
            for number in range(self.num_envs)
        ]
        everyone = list(range(self.num_envs))
        told = self._answers(everyone, OPENING_S)
        self._told: Description = told[0]
        layout = layout_of(self._told, self.num_envs)
        self._shared = SharedArrays(layout)
        try:
            self._arrays = dict(self._shared.arrays)
            for i in everyone:
                self._ask(i, "attach", layout, self._shared.block)
            self._answers(everyone)
        finally:
            self._shared.forget_name()

    def _ask(self, worker: int, name: str, *arguments: Any) -> None:
        with self._all_or_none():
            self._workers[worker].ask(name, *arguments)

    def _answers(self, workers: list[int], limit_s: float = ANSWER_S) -> list[Any]:
        """Wait for each of these workers; return what they answered, once all have."""
        answers: list[Any] = []
        raised: list[FramewireError] = []
        for worker in workers:
            try:
                with self._all_or_none():
                    answers.append(self._workers[worker].answer(limit_s))
            except WorkerError:
                raise
            except FramewireError as error:
                raised.append(type(error)(f"environment {worker} of {self.num_envs}: {error}"))
        if raised:
            raise raised[0]
        return answers

    @contextlib.contextmanager
    def _all_or_none(self) -> Iterator[None]:
        """Close all workers when one is gone."""
        try:
            yield
        except WorkerError as error:
            with contextlib.suppress(OSError):
                self.close()
            raise WorkerError(f"{error}; all are closed") from error

    def _check_open(self) -> None:
        if self.closed:
            raise UsageError("the environments are closed")

    def _mask(self, given: Any) -> Mask:
        if given is None:
            return np.ones(self.num_envs, np.bool_)
        mask = np.asarray(given)
        if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
            raise UsageError(f"reset_mask {given!r}: allowed are {self.num_envs} booleans, at least one of them true")
        return mask

    def _observations(self) -> Any:
        parts = {name: self._arrays[f"obs.{name}"].copy() for name in self._told.boxes}
        return next(iter(parts.values())) if self._told.single else parts

    def _infos(self, of: Mask) -> dict[str, Any]:
        """Return the infos of these environments as Gymnasium's `_add_info` would join them."""
        infos = self._moment("", of)
        resets = of & (self._arrays["start"] != NO_RESET)
        if resets.any():
            names = np.full(self.num_envs, None, object)
            for i in np.flatnonzero(resets):
                number = int(self._arrays["start"][i])
                names[i] = "" if number == UNNAMED else self._told.starts[number]
            infos |= {"start": names, "_start": resets}
        return infos

    def _moment(self, prefix: str, of: Mask) -> dict[str, Any]:
        valued = self._arrays[f"{prefix}valued"] & of[:, None]
        values = np.where(valued, self._arrays[f"{prefix}watches"], 0)
        watches: dict[str, Any] = {}
        for column, name in enumerate(self._told.watches):
            watches[name], watches[f"_{name}"] = values[:, column].copy(), valued[:, column].copy()
        infos: dict[str, Any] = {"watches": watches, "_watches": of.copy()}
        for name in ("frames", "episode_frames", "success", "failure"):
            array = self._arrays[f"{prefix}{name}"]
            infos[name], infos[f"_{name}"] = np.where(of, array, np.zeros((), array.dtype)), of.copy()
        return infos

    def _final_infos(self) -> dict[str, Any]:
        """Return the last moments of the episodes that this step ended."""
        over = self._over
        parts = {name: self._arrays[f"{FINAL}obs.{name}"] for name in self._told.boxes}
        final = np.full(self.num_envs, None, object)
        for i in np.flatnonzero(over):
            mine = {name: array[i].copy() for name, array in parts.items()}
            final[i] = next(iter(mine.values())) if self._told.single else mine
        return {
            "final_obs": final,
            "_final_obs": over.copy(),
            "final_info": self._moment(FINAL, over),
            "_final_info": over.copy(),
        }
