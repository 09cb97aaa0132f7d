"""Recording → rows: what a dataset says of each frame, whatever its format.

A row is a frame as an actor saw it and the action that followed: `frame t + buttons t → frame t + 1`. The buttons held
*while* a frame was emulated led to it; the action is therefore what was held on the next one.

With a stride only every n-th frame of an episode becomes a row, counted from the episode's first frame; its `actions`
are what was held on all frames up to the next such frame.
"""

import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from runtime import wire
from runtime.errors import UsageError, WireError
from runtime.expressions import Condition
from runtime.game import Game, parse_game
from runtime.pixels import Raw
from runtime.session_meta import SessionMeta
from runtime.wire import Region
from streams.datasets.rules import Bytes, Rules, recorded_end
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
        split: The split it belongs to.
        stack: The observation's frames, oldest first, `raw` last; (H, W) each. They lie `stride` frames apart; before
            an episode's first frame that frame is repeated.
        actions: The buttons held on each frame from the next up to the next row's; `action` first. Empty when no next
            frame follows, or the recording lacks one of them. With stride 1 it is `(action,)`.
        labels: Values of the label columns; a key that does not apply is missing.
        ends: Whether this is its episode's last row.
        outcome: On an episode's last row what ended it, "success" or "failure"; empty for a cut.
        memory: All regions end to end after this frame, (size,) uint8; None unless asked for and recorded.
        stack_hashes: `pixels_hash` of each frame in `stack`.
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
    split: str = "train"
    stack: tuple[Raw, ...] = ()
    actions: tuple[tuple[str, ...], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False
    outcome: str = ""
    memory: Bytes | None = None
    stack_hashes: tuple[int, ...] = ()


@dataclass(frozen=True)
class StateColumn:
    """A watch that becomes a column: its type as in game.toml, and what it means."""

    watch: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Sampling:
    """Which frames of a session become rows, and what they hold.

    Attributes:
        first_frame: The first frame; None for the recording's.
        last_frame: The last frame, inclusive; None for the recording's. Actions may reach beyond it.
        stride: Emulated frames from one row to the next, within an episode.
        stack: Frames in an observation.
        where: Only frames whose state fulfils it become rows; None for all. Stacks and actions are not touched by it.
        game: Another description: its watches are decoded from memory, its rules end episodes. None for the recorded.
        memory: Whether rows hold memory.
    """

    first_frame: int | None = None
    last_frame: int | None = None
    stride: int = 1
    stack: int = 1
    where: Condition | None = None
    game: Game | None = None
    memory: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        """Kinds whose lack is reported."""
        kinds = ("input", "frame") if self.game else NEEDED
        return (*kinds, "memory") if self.memory or self.game else kinds

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that are read."""
        return tuple(dict.fromkeys((*KINDS[:3], *self.needed)))

    def frames(self, session: Session) -> tuple[int, int]:
        """Return the first and the last frame of the session that may become rows.

        Raises:
            UsageError: There are none.
        """
        first = max(session.first_frame, session.first_frame if self.first_frame is None else self.first_frame)
        last = min(session.last_frame, session.last_frame if self.last_frame is None else self.last_frame)
        if first > last:
            raise UsageError(
                f"session {session.name!r} has frames {session.first_frame} to {session.last_frame}, "
                f"none of the range asked for"
            )
        return first, last


async def rows(
    session: Session,
    holes: HoleFinder,
    sampling: Sampling | None = None,
    *,
    split_of: Callable[[int], str] = lambda _: "train",
    labels_at: Callable[[int], Mapping[str, str]] = lambda _: {},
) -> AsyncGenerator[Row, None]:
    """Iterate over a session's rows.

    Args:
        session: The session.
        holes: It is told what the recording lacks; of `Sampling.needed` kinds.
        sampling: Which frames; every one by default.
        split_of: Returns the split of an episode.
        labels_at: Returns the labels of a frame; asked in ascending order.

    Raises:
        UsageError: The session has no frame of the range asked for.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    sampling = sampling or Sampling()
    first, last = sampling.frames(session)
    whole = sampling.first_frame is None
    end = min(last + sampling.stride, session.last_frame)  # beyond the last row for its actions
    maker = _RowMaker(session, sampling, last, holes, split_of, labels_at)
    ticks = session.ticks(sampling.kinds, start=None if whole else first, end=end, holes=holes)
    async with contextlib.aclosing(ticks):
        async for tick in ticks:
            if tick.frame is None:
                if tick.video_message:
                    holes.unusable("frame", tick.frame_index, "cannot be decoded before the next key frame")
                continue
            for row in maker.see(tick):
                yield row
    for row in maker.end():
        yield row


def state_columns(metas: Iterable[SessionMeta], game: Game | None = None) -> list[StateColumn]:
    """Return the columns for the scalar watches of all sessions, in the order of their game.toml.

    Args:
        metas: The sessions.
        game: The description to use in place of the recorded ones.

    Raises:
        UsageError: Two sessions give one watch different types.
    """
    if game:
        return [StateColumn(watch.name, watch.type, watch.meaning) for watch in game.watch if not watch.shape]
    columns: dict[str, StateColumn] = {}
    for meta in metas:
        recorded = parse_game(meta.game_toml, f"game.toml of {meta.session}") if meta.game_toml else None
        for watch in recorded.watch if recorded else ():
            if watch.shape:
                continue
            column = columns.setdefault(watch.name, StateColumn(watch.name, watch.type, watch.meaning))
            if column.type != watch.type:
                raise UsageError(
                    f"session {meta.session!r}: watch {watch.name!r} is {watch.type}, in a session before it "
                    f"{column.type}: put sessions of different games into datasets of their own"
                )
    return list(columns.values())


@dataclass
class _Open:
    """A row whose actions are not all known yet."""

    tick: Tick
    state: dict[str, wire.Scalar]
    memory: Bytes | None
    stack: tuple[Raw, ...]
    stack_hashes: tuple[int, ...]
    following: list[wire.Input | None]


class _RowMaker:
    """Turns frames into rows. A row waits for its actions, and then for the next one to know whether it is the last."""

    def __init__(
        self,
        session: Session,
        sampling: Sampling,
        last_frame: int,
        holes: HoleFinder,
        split_of: Callable[[int], str],
        labels_at: Callable[[int], Mapping[str, str]],
    ) -> None:
        self._name = session.name
        self._split_of, self._labels_at = split_of, labels_at
        self._sampling, self._last_frame, self._holes = sampling, last_frame, holes
        self._history: deque[tuple[Raw, int]] = deque(maxlen=sampling.stack)
        self._regions = session.meta.regions
        self._rules = Rules(sampling.game, session.meta.regions) if sampling.game else None
        self._before: Tick | None = None
        self._ended_by: str | None = None  # what ended the episode at `_before`; None if it went on
        self._episode_index = -1
        self._position = 0
        self._open: _Open | None = None
        self._done: Row | None = None

    def see(self, tick: Tick) -> Iterator[Row]:
        """Take the next frame that has pixels."""
        follows = self._before is not None and _follows(self._before, tick)
        if self._open and follows:
            self._open.following.append(tick.input)
        begins = not follows or self._ended_by is not None
        if begins:
            yield from self._end_episode()
            self._position = 0
        else:
            self._position += 1
        due = self._position % self._sampling.stride == 0
        if due and not begins:
            yield from self._close()
        beyond = tick.frame_index > self._last_frame
        if begins and not beyond:
            self._episode_index += 1
            self._history.clear()
        memory = self._memory(tick) if self._rules or not beyond else None
        state = tick.state
        if self._rules:
            state = self._rules.values(memory)
            self._ended_by = self._rules.ended(state)
        else:
            self._ended_by = recorded_end(tick)
        if due and not beyond:
            self._start(tick, state, memory)
        self._before = tick

    def end(self) -> Iterator[Row]:
        """Take the end of the recording."""
        yield from self._end_episode()

    def _start(self, tick: Tick, state: dict[str, wire.Scalar], memory: Bytes | None) -> None:
        assert tick.frame is not None
        assert tick.video_message is not None
        entry = (tick.frame, tick.video_message.pixels_hash)
        self._history.append(entry)
        while len(self._history) < self._sampling.stack:
            self._history.appendleft(entry)
        if self._sampling.where and not self._sampling.where(state):
            return
        frames, hashes = zip(*self._history, strict=True)
        kept = _without_padding(memory, self._regions) if self._sampling.memory and memory is not None else None
        self._open = _Open(tick, state, kept, frames, hashes, [])

    def _end_episode(self) -> Iterator[Row]:
        """Give what is left of the episode; its last row says what ended it, if that came before the next row."""
        outcome = self._ended_by or ""
        if self._open is None:
            outcome = ""
        yield from self._close()
        if self._done:
            yield replace(self._done, ends=True, outcome=outcome)
            self._done = None

    def _close(self) -> Iterator[Row]:
        if self._open is None:
            return
        if self._done:
            yield self._done
        self._done = self._row(self._open)
        self._open = None

    def _memory(self, tick: Tick) -> Bytes | None:
        """Return the regions end to end, each padded to 8 bytes (`runtime.memory_codec`); valid until the next tick."""
        if not (self._sampling.memory or self._rules) or not tick.has("memory"):
            return None
        try:
            return tick.memory_image().image
        except WireError as error:
            self._holes.unusable("memory", tick.frame_index, str(error).partition(": ")[2])
            return None

    def _row(self, made: _Open) -> Row:
        tick, following = made.tick, made.following
        assert tick.frame is not None
        assert tick.video_message is not None
        action = following[0] if following else None
        causes = action.causes if action else ()
        actions = tuple(held.buttons for held in following if held)
        return Row(
            session=self._name,
            episode_index=self._episode_index,
            frame_index=tick.frame_index,
            raw=tick.frame,
            pixel_format=tick.video_message.pixel_format,
            pixels_hash=tick.video_message.pixels_hash,
            held=tick.input.buttons if tick.input else None,
            action=action.buttons if action else None,
            actor=_joined(cause.actor for cause in causes),
            plan_id=_joined(cause.plan_id for cause in causes),
            model=_joined(cause.model for cause in causes),
            state=made.state,
            split=self._split_of(self._episode_index),
            stack=made.stack,
            actions=actions if len(actions) == len(following) else (),
            labels=self._labels_at(tick.frame_index),
            memory=made.memory,
            stack_hashes=made.stack_hashes,
        )


def _follows(before: Tick, tick: Tick) -> bool:
    """Return whether a frame came out of the one before by emulation alone."""
    jumped = tick.savestate is not None and tick.savestate.reason == "jump"
    return tick.frame_index == before.frame_index + 1 and not jumped


def _without_padding(image: Bytes, regions: tuple[Region, ...]) -> Bytes:
    """Return a copy of the regions' bytes without what lies between them."""
    at, parts = 0, []
    for region in regions:
        parts.append(image[at : at + region.size])
        at += -(-region.size // 8) * 8
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)


def _joined(names: Iterable[str]) -> str:
    return "+".join(dict.fromkeys(name for name in names if name))
