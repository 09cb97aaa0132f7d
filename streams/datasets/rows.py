"""Recording → rows: what a dataset says of each frame, whatever its format.

A row is a frame as an actor saw it and the action that followed: `frame t + buttons t → frame t + 1`. The buttons held
*while* a frame was emulated led to it; the action is therefore what was held on the next one.
"""

import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from runtime import wire
from runtime.errors import UsageError
from runtime.game import parse_game
from runtime.pixels import Raw
from runtime.session_meta import SessionMeta
from streams.session import HoleFinder, Session
from streams.ticks import Tick

#: What rows are made of. Memory is not: watches are its part that has a meaning.
KINDS = ("savestate", "event", "gap", "input", "frame", "state")

#: Kinds whose lack is reported; a frame without video gives no row.
NEEDED = ("input", "frame", "state")


@dataclass(frozen=True)
class Row:
    """One frame.

    Attributes:
        session: The recording's name.
        episode_index: Counts from 0 in each session. An episode is an unbroken run of frames: it ends with an event
            `episode.*`, before a reset or load, and before a hole in the recording.
        frame_index: The frame.
        raw: Pixels, (H, W), in `pixel_format`.
        pixels_hash: xxh3-64 of `raw`.
        held: The buttons held while this frame was emulated; None when the recording lacks them.
        action: The buttons held on the next frame; None when no next frame follows from this one.
        actor: Who decided the action, joined by "+" when several did; empty for nobody.
        plan_id: The plan the action serves, joined likewise.
        model: The model that decided it, joined likewise; empty for rules.
        state: The watches' values.
    """

    session: str
    episode_index: int
    frame_index: int
    raw: Raw
    pixel_format: str
    pixels_hash: int
    held: tuple[str, ...] | None
    action: tuple[str, ...] | None
    actor: str
    plan_id: str
    model: str
    state: dict[str, wire.Scalar]


@dataclass(frozen=True)
class StateColumn:
    """A watch that becomes a column: its type as in game.toml, and what it means."""

    watch: str
    type: str
    meaning: str


async def rows(session: Session, holes: HoleFinder) -> AsyncGenerator[Row, None]:
    """Iterate over a session's rows; `holes` is told what the recording lacks.

    Raises:
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    before: Tick | None = None  # its row waits for the next frame's buttons
    episode_index = 0
    async with contextlib.aclosing(session.ticks(KINDS, holes=holes)) as ticks:
        async for tick in ticks:
            if tick.frame is None:
                if tick.video_message:
                    holes.unusable("frame", tick.frame_index, "cannot be decoded before the next key frame")
                continue
            if before is not None:
                follows = _follows(before, tick)
                yield _row(session.name, episode_index, before, tick.input if follows else None)
                episode_index += not follows or _ends_episode(before)
            before = tick
    if before is not None:
        yield _row(session.name, episode_index, before, None)


def state_columns(metas: Iterable[SessionMeta]) -> list[StateColumn]:
    """Return the columns for the scalar watches of all sessions, in the order of their game.toml.

    Raises:
        UsageError: Two sessions give one watch different types.
    """
    columns: dict[str, StateColumn] = {}
    for meta in metas:
        game = parse_game(meta.game_toml, f"game.toml of {meta.session}") if meta.game_toml else None
        for watch in game.watch if game else ():
            if watch.shape:
                continue
            column = columns.setdefault(watch.name, StateColumn(watch.name, watch.type, watch.meaning))
            if column.type != watch.type:
                raise UsageError(
                    f"session {meta.session!r}: watch {watch.name!r} is {watch.type}, in a session before it "
                    f"{column.type}: put sessions of different games into datasets of their own"
                )
    return list(columns.values())


def _follows(before: Tick, tick: Tick) -> bool:
    """Return whether a frame came out of the one before by emulation alone."""
    jumped = tick.savestate is not None and tick.savestate.reason == "jump"
    return tick.frame_index == before.frame_index + 1 and not jumped


def _ends_episode(tick: Tick) -> bool:
    return any(event.name.startswith("episode.") for event in tick.events)


def _row(session: str, episode_index: int, tick: Tick, following: wire.Input | None) -> Row:
    assert tick.frame is not None
    assert tick.video_message is not None
    causes = following.causes if following else ()
    return Row(
        session=session,
        episode_index=episode_index,
        frame_index=tick.frame_index,
        raw=tick.frame,
        pixel_format=tick.video_message.pixel_format,
        pixels_hash=tick.video_message.pixels_hash,
        held=tick.input.buttons if tick.input else None,
        action=following.buttons if following else None,
        actor=_joined(cause.actor for cause in causes),
        plan_id=_joined(cause.plan_id for cause in causes),
        model=_joined(cause.model for cause in causes),
        state=tick.state,
    )


def _joined(names: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(name for name in names if name))
