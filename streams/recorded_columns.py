"""What a recording says of each frame, as columns."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import SessionError, UsageError
from runtime.game import parse_game
from runtime.session_meta import SessionMeta
from streams.session import Session


@dataclass(frozen=True)
class Inputs:
    """The inputs of T frames. Where several actors held buttons, their names are joined by "+".

    Attributes:
        names: The console's n buttons.
        frame_index: The frames, (T,) int64.
        buttons: Whether each was held while the frame was emulated, (T, n) bool.
        actor: Who held them, (T,) str; empty for nobody.
        plan_id: The plans they served, (T,) str.
        model: The models that decided, (T,) str; empty for rules.
        reason: Why, (T,) str.
    """

    names: tuple[str, ...]
    frame_index: NDArray[np.int64]
    buttons: NDArray[np.bool_]
    actor: NDArray[np.object_]
    plan_id: NDArray[np.object_]
    model: NDArray[np.object_]
    reason: NDArray[np.object_]

    def held(self, button: str) -> NDArray[np.bool_]:
        """Return whether one button was held, (T,).

        Raises:
            UsageError: The console has no such button.
        """
        if button not in self.names:
            raise UsageError(f"no button {button!r}; there are {', '.join(self.names)}")
        return self.buttons[:, self.names.index(button)]


async def inputs_of(session: Session, first: int, last: int) -> Inputs:
    """Return the inputs of a range.

    Raises:
        SessionError: A button is held that the console does not have.
    """
    names = session.meta.buttons
    column = {name: i for i, name in enumerate(names)}
    seen: list[wire.Input] = []
    async with contextlib.aclosing(session.ticks(("input",), start=first, end=last)) as ticks:
        async for tick in ticks:
            if tick.input:
                seen.append(tick.input)
    buttons = np.zeros((len(seen), len(names)), np.bool_)
    for i, held in enumerate(seen):
        if unknown := [name for name in held.buttons if name not in column]:
            raise SessionError(f"session {session.name!r}: frame {held.frame_index} holds {', '.join(unknown)}")
        buttons[i, [column[name] for name in held.buttons]] = True
    return Inputs(
        names,
        np.array([held.frame_index for held in seen], np.int64),
        buttons,
        _texts(_joined(cause.actor for cause in held.causes) for held in seen),
        _texts(_joined(cause.plan_id for cause in held.causes) for held in seen),
        _texts(_joined(cause.model for cause in held.causes) for held in seen),
        _texts(_joined(cause.reason for cause in held.causes) for held in seen),
    )


async def state_of(session: Session, watches: Sequence[str], first: int, last: int) -> dict[str, NDArray[Any]]:
    """Return watches of a range as columns; all of them when none is named.

    Raises:
        UsageError: There is no such watch.
    """
    frames: list[int] = []
    values: dict[str, list[wire.Scalar | None]] = {name: [] for name in watches or _watches(session.meta)}
    known = set(_watches(session.meta))
    async with contextlib.aclosing(session.ticks(("state",), start=first, end=last)) as ticks:
        async for tick in ticks:
            if not tick.has("state"):
                continue
            state = tick.state
            frames.append(tick.frame_index)
            known |= state.keys()
            for name, column in values.items():
                column.append(state.get(name))
    if unknown := sorted(set(values) - known):
        there = ", ".join(sorted(known)) or "none"
        raise UsageError(f"session {session.name!r} has no watch {', '.join(unknown)}; there are {there}")
    return {"frame_index": np.array(frames, np.int64)} | {name: _column(column) for name, column in values.items()}


def _watches(meta: SessionMeta) -> list[str]:
    if not meta.game_toml:
        return []
    game = parse_game(meta.game_toml, f"game.toml of {meta.session}")
    return [watch.name for watch in game.watch if not watch.shape]


def _column(values: Sequence[wire.Scalar | None]) -> NDArray[Any]:
    kinds = {type(value) for value in values}
    if kinds <= {int}:
        return np.array(values, np.int64)
    if kinds == {bool}:
        return np.array(values, np.bool_)
    if kinds <= {int, float, type(None)}:
        return np.array([np.nan if value is None else value for value in values], np.float64)
    column = np.empty(len(values), np.object_)
    column[:] = values
    return column


def _texts(values: Iterable[str]) -> NDArray[np.object_]:
    listed = list(values)
    column = np.empty(len(listed), np.object_)
    column[:] = listed
    return column


def _joined(names: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(name for name in names if name))
