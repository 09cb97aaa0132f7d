"""A game as a Gymnasium environment, in this process and without the bus."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from runtime.env.actions import Actions, Buttons
from runtime.env.observations import Observations
from runtime.env.player import Player, open_player
from runtime.env.rewards import Transition, check_number, reward_of
from runtime.env.settings import Settings, State, settings_of
from runtime.errors import UsageError
from runtime.launch import GameChoice
from runtime.pixels import to_rgb
from runtime.wire import Scalar

#: The name of the state at the first frame of gameplay.
START = "start"

_NONE: Buttons = frozenset()


class PlayerEnv(gymnasium.Env[Any, Any]):
    """The environment over any emulator that a Player drives; GameEnv and BusEnv say which.

    A reset loads a state, emulates one frame without buttons, for its picture, and then the seed's number of no-op
    frames. A step holds the action's buttons for `frame_skip` frames and shows the last.

    `info` holds "watches" (name to value), "frames" (of this step), "episode_frames", "success" and "failure"; after a
    reset also "start", the state's name.

    Attributes:
        settings: How it is played.
        buffers: Where observations are written, by `observations.boxes`; None for new arrays each time.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - Gymnasium's own attribute

    def __init__(self, player: Player, settings: Settings, render_mode: str | None) -> None:
        """Play on.

        Raises:
            UsageError: A setting does not fit the game.
        """
        if render_mode not in (None, "rgb_array"):
            raise UsageError(f"render_mode {render_mode!r}: allowed is 'rgb_array'")
        console = player.backend.console
        self.metadata = {**self.metadata, "render_fps": max(1, round(console.rate_hz / settings.frame_skip))}
        self.render_mode, self.settings = render_mode, settings
        self.player = player
        self.actions = Actions(settings.actions, console)
        self.observations = Observations(player, settings)
        self.action_space, self.observation_space = self.actions.space, self.observations.space
        self.buffers: Mapping[str, NDArray[Any]] | None = None
        self._reward = reward_of(settings.reward, frozenset(watch.name for watch in player.watches if not watch.shape))
        self._start: bytes | None = None
        self._weights = dict(settings.weights)
        self._check_weights(self._weights)
        self._held = _NONE
        self._values: dict[str, Scalar] = {}
        self._episode_frames = -1  # before the first reset

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: As Gymnasium has it.
            options: "state": begin at this one: bytes, a file, or the name of one in `states`; "weights": from now on.

        Raises:
            UsageError: An option is unknown.
            StateError: The state is of another core or ROM.
        """
        super().reset(seed=seed)
        name, state = self._chosen(dict(options or {}))
        self._load(state)
        frames = 1 + (int(self.np_random.integers(self.settings.noop_max + 1)) if self.settings.noop_max else 0)
        self.player.run(_NONE, frames)
        self._held, self._episode_frames = _NONE, 0
        self._values = self.player.values()
        return self._observe(), {**self._info(frames, self.player.outcome(self._values)), "start": name}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Hold an action's buttons for `frame_skip` frames.

        Raises:
            UsageError: It is no action, or there was no reset.
        """
        if self._episode_frames < 0:
            raise UsageError("step before reset: an episode begins with reset()")
        frames = self._advance(self.actions.buttons(action))
        before, self._values = self._values, self.player.values()
        self._episode_frames += frames
        outcome = self.player.outcome(self._values)
        transition = Transition(self._values, before, outcome["success"], outcome["failure"], frames)
        reward = check_number(self._reward(transition))
        limit = self.settings.max_episode_frames
        truncated = 0 < limit <= self._episode_frames
        return self._observe(), reward, any(outcome.values()), truncated, self._info(frames, outcome)

    def render(self) -> NDArray[np.uint8] | None:
        """Return the last frame, (height, width, 3) uint8, whatever the observation; None without a render mode."""
        if self.render_mode is None:
            return None
        return to_rgb(self.player.backend.frame(), self.player.backend.pixel_format)

    def save_state(self) -> bytes:
        """Return the emulator's state, for `load_state` and for `reset(options={"state": …})`."""
        return self.player.backend.save_state()

    def load_state(self, state: bytes) -> None:
        """Put the emulator into a state, within the episode; its picture comes with the next step.

        Raises:
            StateError: It is of another core or ROM, or damaged.
        """
        self.player.load(state)
        self._values = self.player.values()

    def close(self) -> None:
        """Leave the emulator."""
        self.player.close()

    def _advance(self, buttons: Buttons) -> int:
        """Emulate a step; return its frames."""
        wanted, stop = self.settings.frame_skip, self.settings.stop_early
        stuck = 0
        if self.settings.sticky and buttons != self._held:
            # As when each frame is drawn by itself, until the first that takes the new buttons.
            stuck = min(int(self.np_random.geometric(1 - self.settings.sticky)) - 1, wanted)
        done = self.player.run(self._held, stuck, stop_early=stop) if stuck else 0
        if done < stuck or stuck == wanted:
            return done
        self._held = buttons
        return done + self.player.run(buttons, wanted - done, stop_early=stop)

    def _observe(self) -> Any:
        arrays = dict(self.buffers) if self.buffers is not None else self.observations.empty()
        self.observations.fill(arrays, self._values)
        return self.observations.as_observation(arrays)

    def _info(self, frames: int, outcome: Mapping[str, bool]) -> dict[str, Any]:
        watches = dict(self._values)
        return {"watches": watches, "frames": frames, "episode_frames": self._episode_frames, **outcome}

    def _chosen(self, options: dict[str, Any]) -> tuple[str, State | None]:
        """Return where to begin: a name and a state, None for the first frame of gameplay."""
        given, weights = options.pop("state", None), options.pop("weights", None)
        if options:
            raise UsageError(f"no option {', '.join(options)}; a reset takes state, weights")
        if weights is not None:
            self._check_weights(weights)
            self._weights = dict(weights)
        states = self.settings.states
        if given is not None:
            named = isinstance(given, str) and (given in states or given == START)
            return (given, states.get(given)) if named else ("", given)
        pool = list(dict.fromkeys([*(states or (START,)), *self._weights]))
        chances = np.array([self._weights.get(name, 1.0) for name in pool], np.float64)
        name = pool[int(self.np_random.choice(len(pool), p=chances / chances.sum()))] if len(pool) > 1 else pool[0]
        return name, states.get(name)

    def _check_weights(self, weights: Mapping[str, float]) -> None:
        known = {START, *self.settings.states}
        if unknown := sorted(set(weights) - known):
            raise UsageError(f"weights of {', '.join(unknown)}: there are {', '.join(sorted(known))}")
        pool = {**dict.fromkeys(self.settings.states or (START,), 1.0), **weights}
        if min(pool.values()) < 0 or not sum(pool.values()) > 0:
            raise UsageError(f"weights {dict(weights)}: allowed are 0 and more, and at least one above 0")

    def _load(self, state: State | None) -> None:
        if state is not None:
            self.player.load(state if isinstance(state, bytes) else _read(Path(state)))
        elif self._start is not None:
            self.player.load(self._start)
        else:
            self.player.begin()
            if self.player.backend.capabilities.savestates:
                self._start = self.player.backend.save_state()
                self.player.load(self._start)  # so that the first episode begins exactly as all others


class GameEnv(PlayerEnv):
    """A game on an emulator of our own."""

    def __init__(
        self,
        game: str = "",
        *,
        rom: str | Path = "",
        backend: str = "",
        core: str = "",
        options: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
        **settings: Any,
    ) -> None:
        """Load a game.

        Args:
            game: A built-in game's name, or a folder with a game.toml.
            rom: The ROM; needed where the game comes without one, or alone for a ROM without a description.
            backend: A family of emulators; empty for libretro.
            core: A core's name or path; empty for the first one found.
            options: The family's own.
            render_mode: None or "rgb_array".
            settings: Fields of Settings.

        Raises:
            FramewireError: The game, its ROM, core or a setting cannot be used.
        """
        chosen = settings_of(settings)
        choice = GameChoice(name=game, rom=str(rom), backend=backend, core=core, options=dict(options or {}))
        player = open_player(choice)
        try:
            player.backend.step(_NONE)  # the size of its frames is known from the first one on
            super().__init__(player, chosen, render_mode)
        except BaseException:
            player.close()
            raise


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the state cannot be read: {error.strerror}") from error
