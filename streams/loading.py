"""Recordings → stacks of frames, in an order that a seed decides: what the PyTorch loader is made of, without PyTorch.

    sessions ─► ranges, shuffled ─► share of one worker ─► blocks of rows, shuffled ─► batches

The order depends on the seed, the epoch and the number of workers alone. A place in it is the beginning of a block and
how much of the block was given, so any place can be returned to.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime.errors import SessionError, UsageError
from runtime.expressions import condition
from runtime.pixels import RgbPainter
from runtime.private_loop import PrivateLoop
from streams.datasets.rows import Row, Sampling, rows, state_columns
from streams.session import HoleFinder, Session, open_session
from streams.store import SessionStore

#: Columns that any session has; `state` stands for all watches.
COLUMNS = ("frames", "action", "held", "frame_index", "session", "state")

_STATE = "state."

#: Rows read at a time without shuffling.
_UNSHUFFLED = 64


class Part(NamedTuple):
    """Frames of a session, first to last inclusive."""

    session: str
    first_frame: int
    last_frame: int


class Place(NamedTuple):
    """A place between two rows: in which part of the order, and after which frame of it (-1: before the first)."""

    part: int
    after_frame: int


@dataclass(frozen=True)
class Recipe:
    """What is loaded, and in which order.

    Attributes:
        stack: Frames in an observation.
        stride: Emulated frames from one row to the next, and from one frame of a stack to the next.
        columns: Names of COLUMNS, and `state.<watch>`.
        where: A condition on the state, as in game.toml; only frames that fulfil it are given. Empty for all.
        channels_first: Whether observations are (T * C, H, W) and not (T, H, W, C).
        shuffle_buffer: Rows that are mixed at a time; 0 keeps the recorded order.
        range_frames: Frames of the ranges into which sessions are cut.
        seed: Decides the order.
    """

    stack: int = 4
    stride: int = 1
    columns: tuple[str, ...] = ("frames", "action")
    where: str = ""
    channels_first: bool = False
    shuffle_buffer: int = 1024
    range_frames: int = 1200
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("stack", 1), ("stride", 1), ("shuffle_buffer", 0), ("range_frames", 1), ("seed", 0)):
            if (value := getattr(self, name)) < least:
                raise UsageError(f"{name} {value}: it must be at least {least}")
        for name in self.columns:
            if name not in COLUMNS and not name.startswith(_STATE):
                raise UsageError(f"no column {name!r}; there are {', '.join(COLUMNS)} and {_STATE}<watch>")
        if self.where:
            condition(self.where)


@dataclass(frozen=True)
class Plan:
    """The sessions that are loaded, as they were when the plan was made; it does not change while they grow."""

    sessions: tuple[Part, ...]
    width: int
    height: int
    buttons: tuple[str, ...]
    watches: tuple[str, ...]  # of the columns asked for

    def parts(self, recipe: Recipe) -> list[Part]:
        """Cut the sessions into ranges. With a stride they stay whole, for it counts from an episode's first frame."""
        if recipe.stride > 1:
            return list(self.sessions)
        return [
            Part(name, first, min(first + recipe.range_frames - 1, last))
            for name, begin, last in self.sessions
            for first in range(begin, last + 1, recipe.range_frames)
        ]

    def order(self, recipe: Recipe, epoch: int, worker: int, workers: int) -> list[Part]:
        """Return one worker's ranges of an epoch, in order; those of all workers are disjoint and are all there are."""
        parts = self.parts(recipe)
        if recipe.shuffle_buffer:
            shuffled = np.random.default_rng([recipe.seed, epoch]).permutation(len(parts))
            parts = [parts[i] for i in shuffled]
        return parts[worker::workers]


async def make_plan(store: SessionStore, sessions: Collection[str], recipe: Recipe) -> Plan:
    """Look up the sessions that are named, or match a pattern such as `train-*`.

    Raises:
        UsageError: They differ in size or buttons, or have no such watch.
        SessionError: A session is not there, nothing matches a pattern, or a session has no frames.
        BusError: The store cannot be reached.
    """
    opened = [await open_session(store, name) for name in await _matching(store, sessions)]
    first = opened[0].meta
    for session in opened[1:]:
        meta = session.meta
        if (meta.width, meta.height, meta.buttons) != (first.width, first.height, first.buttons):
            raise UsageError(
                f"session {meta.session!r} is {meta.width}x{meta.height} with buttons {', '.join(meta.buttons)}; "
                f"{first.session!r} is {first.width}x{first.height} with {', '.join(first.buttons)}: load sessions of "
                "one console at a time"
            )
    known = [column.watch for column in state_columns(session.meta for session in opened)]
    wanted = known if "state" in recipe.columns else []
    wanted += [name.removeprefix(_STATE) for name in recipe.columns if name.startswith(_STATE)]
    if unknown := sorted(set(wanted) - set(known)):
        raise UsageError(f"no watch {', '.join(unknown)}; there are {', '.join(known) or 'none'}")
    if recipe.where and known:
        condition(recipe.where, frozenset(known))
    parts = tuple(Part(session.name, session.first_frame, session.last_frame) for session in opened)
    return Plan(parts, first.width, first.height, first.buttons, tuple(dict.fromkeys(wanted)))


async def _matching(store: SessionStore, sessions: Collection[str]) -> list[str]:
    if not sessions:
        raise UsageError("name at least one session, or a pattern such as 'train-*'")
    names = [name for name in sessions if not set("*?[") & set(name)]
    there = [stored.name for stored in await store.sessions() if stored.chunks] if len(names) < len(sessions) else []
    for pattern in sessions:
        if pattern in names:
            continue
        found = [name for name in there if fnmatchcase(name, pattern)]
        if not found:
            raise SessionError(f"no recorded session matches {pattern!r}; there are {', '.join(there) or 'none'}")
        names += found
    return sorted(set(names))


@dataclass(frozen=True)
class Example:
    """A row, and its observation's frames in RGB, oldest first: (H, W, 3), or (3, H, W) channels first, uint8."""

    row: Row
    frames: tuple[NDArray[np.uint8], ...]


class PartReader:
    """Reads parts of sessions one after the other, from any place."""

    def __init__(self, store: SessionStore, recipe: Recipe, plan: Plan, parts: Sequence[Part], place: Place) -> None:
        self.place = place
        self._store, self._recipe, self._plan, self._parts = store, recipe, plan, parts
        self._where = condition(recipe.where) if recipe.where else None
        self._sessions: dict[str, Session] = {}
        self._stream: AsyncGenerator[Row, None] | None = None
        self._painter = RgbPainter()
        self._painted: dict[int, tuple[Any, NDArray[np.uint8]]] = {}  # id of native pixels → them, in RGB

    async def read(self, count: int) -> list[Example]:
        """Return the next examples; fewer at the end.

        Raises:
            SessionError: A session is gone.
            WireError: A recording is damaged.
            BusError: The store cannot be reached.
        """
        examples: list[Example] = []
        while len(examples) < count and self.place.part < len(self._parts):
            if self._stream is None:
                self._stream = await self._open(self._parts[self.place.part])
            row = await anext(self._stream, None)
            if row is None:
                await self.close()
                self.place = Place(self.place.part + 1, -1)
            elif row.frame_index > self._after():
                self.place = Place(self.place.part, row.frame_index)
                if self._is_whole(row):
                    examples.append(Example(row, self._frames(row)))
        return examples

    async def close(self) -> None:
        """Let go of the store's side."""
        if self._stream is not None:
            await self._stream.aclose()
            self._stream = None

    def _after(self) -> int:
        """Return the frame after which rows are wanted."""
        return max(self.place.after_frame, self._parts[self.place.part].first_frame - 1)

    async def _open(self, part: Part) -> AsyncGenerator[Row, None]:
        """Open a part far enough back that the first stack is as in one reading of the whole session."""
        if part.session not in self._sessions:
            self._sessions = {part.session: await open_session(self._store, part.session)}
        session = self._sessions[part.session]
        recipe = self._recipe
        first = max(session.first_frame, self._after() - (recipe.stack - 1) * recipe.stride)
        if self.place.after_frame < 0 and recipe.stride > 1:
            first = part.first_frame
        sampling = Sampling(first, part.last_frame, recipe.stride, recipe.stack, self._where)
        return rows(session, HoleFinder(()), sampling)

    def _is_whole(self, row: Row) -> bool:
        """Return whether a row has all columns."""
        columns = self._recipe.columns
        return (
            not ("action" in columns and row.action is None)
            and not ("held" in columns and row.held is None)
            and all(watch in row.state for watch in self._plan.watches)
        )

    def _frames(self, row: Row) -> tuple[NDArray[np.uint8], ...]:
        """Return the stack in RGB; what the row before had is not made again."""
        if "frames" not in self._recipe.columns:
            return ()
        painted = {}
        for raw in row.stack:
            painted[id(raw)] = self._painted.get(id(raw)) or (raw, self._paint(raw, row.pixel_format))
        self._painted = painted
        return tuple(painted[id(raw)][1] for raw in row.stack)

    def _paint(self, raw: Any, format_name: str) -> NDArray[np.uint8]:
        height, width = raw.shape
        if (width, height) != (self._plan.width, self._plan.height):
            raise SessionError(f"a frame is {width}x{height}, its session {self._plan.width}x{self._plan.height}")
        if self._recipe.channels_first:
            planes = np.empty((3, height, width), np.uint8)
            self._painter.paint(raw, format_name, planes.transpose(1, 2, 0))
            return planes
        pixels = np.empty((height, width, 3), np.uint8)
        self._painter.paint(raw, format_name, pixels)
        return pixels


class Shuffled:
    """Examples in a worker's order, and the place in it.

    Attributes:
        epoch: The epoch.
        place: Where the block began that examples are taken from.
        given: How many of that block were taken.
    """

    def __init__(self, reader: PartReader, loop: PrivateLoop, recipe: Recipe, epoch: int, given: int) -> None:
        """Begin at the reader's place, after `given` examples of the block that begins there."""
        self.epoch, self.place, self.given = epoch, reader.place, given
        self._reader, self._loop, self._recipe = reader, loop, recipe
        self._block: list[Example] = []
        if given:
            self._read_block()

    def take(self, count: int) -> list[Example]:
        """Return the next examples; fewer at the end."""
        taken: list[Example] = []
        while len(taken) < count:
            if self.given == len(self._block):
                self.place, self.given = self._reader.place, 0
                self._read_block()
                if not self._block:
                    break
            more = self._block[self.given : self.given + count - len(taken)]
            self.given += len(more)
            taken += more
        return taken

    def _read_block(self) -> None:
        self._block = []  # let go of its pixels first
        block = self._loop.call(self._reader.read(self._recipe.shuffle_buffer or _UNSHUFFLED))
        if self._recipe.shuffle_buffer and block:
            first = block[0].row
            name = first.session.encode()
            rng = np.random.default_rng([self._recipe.seed, self.epoch, first.frame_index, *name])
            block = [block[i] for i in rng.permutation(len(block))]
        self._block = block


class BatchMaker:
    """Puts examples into arrays with a leading batch axis of B."""

    def __init__(self, recipe: Recipe, plan: Plan) -> None:
        self._recipe, self._plan = recipe, plan
        self._columns = tuple(dict.fromkeys(recipe.columns))
        self._button = {name: i for i, name in enumerate(plan.buttons)}

    @property
    def frames_shape(self) -> tuple[int, ...]:
        """An observation's shape."""
        stack, height, width = self._recipe.stack, self._plan.height, self._plan.width
        return (stack * 3, height, width) if self._recipe.channels_first else (stack, height, width, 3)

    def fill_frames(self, examples: Sequence[Example], out: NDArray[np.uint8]) -> None:
        """Write the observations into `out`, (B, *frames_shape)."""
        by_frame = out.reshape(len(examples), self._recipe.stack, -1)
        for i, example in enumerate(examples):
            for j, frame in enumerate(example.frames):
                by_frame[i, j] = frame.reshape(-1)

    def small_columns(self, examples: Sequence[Example]) -> dict[str, NDArray[Any] | list[str]]:
        """Return all columns but the frames: `action` and `held` (B, n) float32, watches and frames (B,) int64."""
        columns: dict[str, NDArray[Any] | list[str]] = {}
        for name in self._columns:
            if name == "action":
                columns[name] = self._multi_hot([example.row.action or () for example in examples])
            elif name == "held":
                columns[name] = self._multi_hot([example.row.held or () for example in examples])
            elif name == "frame_index":
                columns[name] = np.array([example.row.frame_index for example in examples], np.int64)
            elif name == "session":
                columns[name] = [example.row.session for example in examples]
        for watch in self._plan.watches:
            columns[_STATE + watch] = np.array([example.row.state[watch] for example in examples], np.int64)
        return columns

    def _multi_hot(self, held: Sequence[Collection[str]]) -> NDArray[np.float32]:
        hot = np.zeros((len(held), len(self._button)), np.float32)
        for i, buttons in enumerate(held):
            hot[i, [self._button[name] for name in buttons]] = 1
        return hot
