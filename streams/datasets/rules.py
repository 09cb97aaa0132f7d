"""What ends an episode: the events that were recorded, or another description's rules over memory."""

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.game import Game, episode_conditions
from runtime.watches import WatchReader
from runtime.wire import Region
from streams.ticks import Tick

Bytes = NDArray[np.uint8]


class Rules:
    """Another description's watches and episode ends, from memory; an end is the frame on which a rule comes true."""

    def __init__(self, game: Game, regions: tuple[Region, ...]) -> None:
        self._watches = WatchReader(game.watch, regions)
        self._rules = episode_conditions(game)
        self._held_before = dict.fromkeys(self._rules, False)

    def values(self, image: Bytes | None) -> dict[str, wire.Scalar]:
        """Return the scalar watches; none without memory."""
        return self._watches.values(image) if image is not None else {}

    def ended(self, state: dict[str, wire.Scalar]) -> str | None:
        """Return the outcome when an episode ends on this frame."""
        ended = None
        for outcome, rule in self._rules.items():
            holds = rule(state)
            if holds and not self._held_before[outcome]:
                ended = ended or outcome
            self._held_before[outcome] = holds
        return ended


def recorded_end(tick: Tick) -> str | None:
    """Return the outcome that events report: "success", "failure", or empty for another end; None for no end."""
    names = [event.name for event in tick.events if event.name.startswith("episode.")]
    outcomes = [name.removeprefix("episode.") for name in names]
    known = [outcome for outcome in outcomes if outcome in ("success", "failure")]
    return known[0] if known else "" if names else None
