"""What an environment may be told, besides which game it plays."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from runtime.env.rewards import Transition
from runtime.errors import UsageError

#: An emulator's state: its bytes, a slot's file, or the name of one in `states`.
State = bytes | str | Path


@dataclass(frozen=True)
class Settings:
    """How a game is played as an environment.

    Attributes:
        observation: "pixels", "ram", "state" (the scalar watches), or a mapping of names to these: a Dict space.
        grayscale: One channel, ITU-R BT.601 luma, in place of RGB.
        resize: (height, width) to bring pixels to, by area.
        watches: Those in the "state" observation, in this order; empty for every scalar one.
        actions: "discrete" (`runtime.env.actions.combinations`), "multi" (each button by itself), or a list of
            combinations, as "A+RIGHT" or ("A", "RIGHT").
        frame_skip: Frames a step, with the action's buttons held on all of them.
        sticky: Probability on each frame that the buttons before the action stay held (arXiv:1709.06009 has 0.25).
        reward: A formula over watches, `prev.` watches, `success` and `failure`; or a function of the Transition.
        stop_early: End a step on the very frame on which the episode ends, at the price of looking at, and drawing,
            every frame. Otherwise `[episode]` is looked at after each step, and what holds only within one is missed.
        max_episode_frames: Truncate from this frame of an episode on; 0 for never.
        states: Where episodes begin, by name; empty for "start", the first frame of gameplay.
        weights: How often each begins one; 1 for those not named. "start" may be named, too.
        noop_max: An episode begins with up to so many frames without buttons, by the seed.
    """

    observation: str | Mapping[str, str] = "pixels"
    grayscale: bool = False
    resize: tuple[int, int] | None = None
    watches: Sequence[str] = ()
    actions: str | Sequence[str | Sequence[str]] = "discrete"
    frame_skip: int = 4
    sticky: float = 0.0
    reward: str | Callable[[Transition], float] = "success - failure"
    stop_early: bool = False
    max_episode_frames: int = 0
    states: Mapping[str, State] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    noop_max: int = 0

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            UsageError: One is out of its range.
        """
        for name, least in (("frame_skip", 1), ("max_episode_frames", 0), ("noop_max", 0)):
            if getattr(self, name) < least:
                raise UsageError(f"{name} {getattr(self, name)}: allowed are {least} and more")
        if not 0 <= self.sticky < 1:
            raise UsageError(f"sticky {self.sticky}: allowed are 0 up to, not including, 1")
        if self.resize is not None and (len(self.resize) != 2 or min(self.resize) < 1):
            raise UsageError(f"resize {self.resize}: allowed are (height, width) of 1 pixel and more")


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return settings from keywords.

    Raises:
        UsageError: There is no such setting, or its value is out of range.
    """
    allowed = [field.name for field in fields(Settings)]
    if unknown := sorted(set(given) - set(allowed)):
        raise UsageError(f"no setting {', '.join(unknown)}; an environment takes {', '.join(allowed)}")
    return Settings(**given)
