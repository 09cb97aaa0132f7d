"""Observations: pixels, RAM and watches as Gymnasium spaces, and their arrays filled from an emulator."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from runtime.backend import PaintsRgb
from runtime.env.pictures import Pictures
from runtime.env.player import Player
from runtime.env.settings import Settings
from runtime.errors import UsageError
from runtime.game import TYPES
from runtime.wire import Scalar

Arrays = dict[str, NDArray[Any]]

KINDS = ("pixels", "ram", "state")


class Observations:
    """What an environment shows.

    Attributes:
        space: A Box, or a Dict of Boxes when the setting is a mapping.
        boxes: Its parts by name; the name of a single one is its kind.
        names: The watches of a "state" part, in its order.
    """

    def __init__(self, player: Player, settings: Settings) -> None:
        """Choose the parts.

        Raises:
            UsageError: There is no such part or watch.
        """
        wanted = settings.observation
        self._single = isinstance(wanted, str)
        kinds = {wanted: wanted} if isinstance(wanted, str) else dict(wanted)
        if unknown := sorted(set(kinds.values()) - set(KINDS)):
            raise UsageError(f"observation {', '.join(unknown)}: allowed are {', '.join(KINDS)}, or names for these")
        if not kinds:
            raise UsageError("observation: an empty mapping")
        self._player = player
        self._kinds = kinds
        self.names = _names(player, settings.watches) if "state" in kinds.values() else ()
        self._pictures = Pictures(
            player.backend.pixel_format,
            player.backend.frame().shape,
            grayscale=settings.grayscale,
            resize=settings.resize,
        )
        plain = not settings.grayscale and settings.resize is None
        self._painter = player.backend if plain and isinstance(player.backend, PaintsRgb) else None
        make: dict[str, Callable[[], spaces.Box]] = {
            "pixels": lambda: spaces.Box(0, 255, self._pictures.shape, np.uint8),
            "ram": lambda: spaces.Box(0, 255, player.image().shape, np.uint8),
            "state": self._state_box,
        }
        self.boxes = {name: make[kind]() for name, kind in kinds.items()}
        self.space: spaces.Space[Any] = next(iter(self.boxes.values())) if self._single else spaces.Dict({**self.boxes})

    def empty(self) -> Arrays:
        """Return arrays for one observation."""
        return {name: np.empty(box.shape, box.dtype) for name, box in self.boxes.items()}

    def fill(self, out: Mapping[str, NDArray[Any]], values: Mapping[str, Scalar]) -> None:
        """Write the present moment, whose watches are `values`, into arrays as `empty` makes them.

        A watch without a value, for its pointer leads nowhere, counts 0.
        """
        for name, kind in self._kinds.items():
            if kind == "pixels":
                self._paint(out[name])
            elif kind == "ram":
                np.copyto(out[name], self._player.image())
            else:
                out[name][:] = [values.get(watch, 0) for watch in self.names]

    def as_observation(self, arrays: Arrays) -> Any:
        """Return arrays in the space's form."""
        return next(iter(arrays.values())) if self._single else arrays

    def _paint(self, out: NDArray[np.uint8]) -> None:
        if self._painter is not None:
            self._painter.paint(out)
        else:
            self._pictures.paint(self._player.backend.frame(), out)

    def _state_box(self) -> spaces.Box:
        types = {watch.name: watch.type for watch in self._player.watches}
        limits = [_limits(types[name]) for name in self.names]
        low, high = np.array(limits, np.int64).T
        return spaces.Box(low, high, dtype=np.int64)


def _names(player: Player, wanted: Any) -> tuple[str, ...]:
    scalars = tuple(watch.name for watch in player.watches if not watch.shape)
    if unknown := [name for name in wanted if name not in scalars]:
        raise UsageError(f"no scalar watch {', '.join(unknown)}; there are {', '.join(scalars) or 'none'}")
    if not scalars:
        raise UsageError("observation 'state': the game has no watches; pass a game with a description")
    return tuple(wanted) or scalars


def _limits(type_name: str) -> tuple[int, int]:
    size = struct.calcsize(TYPES[type_name])
    if type_name.startswith("s"):
        return -(1 << 8 * size - 1), (1 << 8 * size - 1) - 1
    return (0, (1 << 8 * size) - 1) if type_name.startswith("u") else (0, 100**size - 1)  # or two decimals a byte
