"""Blocks of a session's tracks: what was pressed, what happened and how watches changed in a minute, read once.

Only changes are kept: of Emberwood's 90 watches and its inputs an hour is 25 MB.
"""

import contextlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from streams.session import Session

#: A minute: 0.1 s to read.
BLOCK_FRAMES = 3600

_KINDS = ("input", "state", "event", "gap")

#: Buttons of a frame whose input is missing.
_MISSING = -1

Steps = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class Extra:
    """A watch that was not recorded: it is read out of memory."""

    name: str
    address: int
    type: str


@dataclass
class TrackBlock:
    """The tracks of frames `first` to `last`, inclusive.

    Attributes:
        first: The first frame.
        last: The last frame.
        buttons: (n,) a bit for each button held on each frame; -1 where the recording has no input.
        actors: Who held buttons from a frame on.
        watches: Of each watch the frames at which it changed, its first among them, and the values.
        extras: The same of watches that are read out of memory.
        events: What happened.
        gaps: What is missing.
    """

    first: int
    last: int
    buttons: NDArray[np.int64]
    actors: list[tuple[int, str]] = field(default_factory=list)
    watches: dict[str, Steps] = field(default_factory=dict)
    extras: dict[Extra, Steps] = field(default_factory=dict)
    events: list[wire.Event] = field(default_factory=list)
    gaps: list[wire.Gap] = field(default_factory=list)


async def read_block(session: Session, number: int) -> TrackBlock:
    """Read one block of a session.

    Raises:
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    first = max(session.first_frame, number * BLOCK_FRAMES)
    last = min(session.last_frame, (number + 1) * BLOCK_FRAMES - 1)
    bits = {name: 1 << i for i, name in enumerate(session.meta.buttons)}
    block = TrackBlock(first, last, np.full(last - first + 1, _MISSING, np.int64))
    states = _States()
    actor = None
    async with contextlib.aclosing(session.ticks(_KINDS, start=first, end=last)) as ticks:
        async for tick in ticks:
            for kind, data in tick.payloads:  # the tick's own properties would cost a fifth more
                if kind == "input":
                    held = wire.decode(wire.Input, data)
                    block.buttons[tick.frame_index - first] = sum(bits.get(name, 0) for name in held.buttons)
                    now = "+".join(dict.fromkeys(cause.actor for cause in held.causes))
                    if now != actor:
                        actor = now
                        block.actors.append((tick.frame_index, now))
                elif kind == "state":
                    states.see(tick.frame_index, wire.decode(wire.State, data).values)
                elif kind == "event":
                    block.events.append(wire.decode(wire.Event, data))
                elif kind == "gap":
                    block.gaps.append(wire.decode(wire.Gap, data))
    block.watches = states.steps()
    return block


class _States:
    """Collects states and finds where each watch changed; rows of equal names are compared as one array."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._frames: list[int] = []
        self._rows: list[tuple[wire.Scalar, ...]] = []
        self._steps: dict[str, list[Steps]] = {}

    def see(self, frame_index: int, state: dict[str, wire.Scalar]) -> None:
        """Take the next frame's state."""
        names = tuple(state)
        if names != self._names:
            self._flush()
            for gone in set(self._names) - set(names):
                self._add(gone, np.array([frame_index]), np.array([np.nan]))
            self._names = names
        self._frames.append(frame_index)
        self._rows.append(tuple(state.values()))

    def steps(self) -> dict[str, Steps]:
        """Return of each watch the frames at which it changed, and its values."""
        self._flush()
        return {
            name: (np.concatenate([frames for frames, _ in parts]), np.concatenate([values for _, values in parts]))
            for name, parts in self._steps.items()
        }

    def _flush(self) -> None:
        if self._rows:
            frames, rows = np.array(self._frames, np.int64), _numbers(self._rows)
            moved = np.ones(rows.shape, np.bool_)
            np.not_equal(rows[1:], rows[:-1], out=moved[1:])
            for i, name in enumerate(self._names):
                self._add(name, frames[moved[:, i]], rows[moved[:, i], i])
        self._frames, self._rows = [], []

    def _add(self, name: str, frames: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self._steps.setdefault(name, []).append((frames, values))


def _numbers(rows: list[tuple[wire.Scalar, ...]]) -> NDArray[np.float64]:
    """Return rows of values as numbers; a text is none."""
    if any(isinstance(value, str) for value in rows[0]):
        rows = [tuple(float("nan") if isinstance(value, str) else value for value in row) for row in rows]
    return np.array(rows, np.float64)
