"""The reading API for scripts and notebooks: a recorded session as arrays, columns and lists.

    with streams.open_recording("quest") as rec:
        picture = rec.frame(100)                # (H, W, 3) uint8
        clip = rec[100:164]                     # (64, H, W, 3) uint8
        columns = rec.state("player.x", "player.y")

Everything is synchronous and works inside a running event loop too. Frames are named by their `frame_index`; arguments
`start` and `end` are inclusive, slices are as Python's.
"""

import contextlib
from collections.abc import Collection, Coroutine, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import SessionError, UsageError
from runtime.nats_bus import NatsOptions
from runtime.pixels import Raw, Rgb, RgbPainter, pixel_format
from runtime.private_loop import Held, PrivateLoop
from runtime.session_meta import SessionMeta
from runtime.subjects import RECORDED
from streams.opening import open_store
from streams.pixel_cache import PixelCache
from streams.recorded_columns import Inputs, inputs_of, state_of
from streams.session import EVERY_FRAME, Hole, Session, open_session
from streams.store import SessionStore, Status
from streams.store_views import Nearby
from streams.ticks import Tick

#: Runs of missing frames that an error lists.
_LISTED = 5

#: With larger steps single frames are sought: reading all that lies between would cost more.
_SOUGHT_STEP = 240

Missing = Literal["error", "repeat"]

T = TypeVar("T")


class Recording(Held):
    """One session, open for reading: as it was when it was opened, or last refreshed. Use from one thread."""

    def __init__(self, loop: PrivateLoop, resources: contextlib.AsyncExitStack) -> None:
        """Use `open_recording`."""
        super().__init__(loop, resources)
        self._painter = RgbPainter()
        self._session: Session
        self._pixels: PixelCache
        self._nearby: Session
        self._image: tuple[int, dict[str, NDArray[np.uint8]]] | None = None
        self._holes: tuple[Hole, ...] | None = None

    @property
    def meta(self) -> SessionMeta:
        """What the session is."""
        return self._session.meta

    @property
    def name(self) -> str:
        """The session's name."""
        return self._session.name

    @property
    def status(self) -> Status:
        """How the session stood when it was opened or refreshed."""
        return self._session.stored.status

    @property
    def first_frame(self) -> int:
        """The first frame's index."""
        return self._session.first_frame

    @property
    def last_frame(self) -> int:
        """The last frame's index."""
        return self._session.last_frame

    def __len__(self) -> int:
        """Return the frames from the first to the last, holes included."""
        return self._session.frame_count

    def __repr__(self) -> str:
        return f"<Recording {self.name!r}: frames {self.first_frame} to {self.last_frame}, {self.status}>"

    @property
    def holes(self) -> tuple[Hole, ...]:
        """What the recording lacks, by kind and frame. The first look reads through all of it."""
        if self._holes is None:
            self._holes = tuple(self._loop.call(self._session.find_holes(EVERY_FRAME)))
        return self._holes

    def refresh(self) -> None:
        """See what was stored since, of a session that is still being recorded.

        Raises:
            SessionError: It is gone.
            BusError: The store cannot be reached.
        """
        self._loop.call(self._refresh())

    def frame(self, frame_index: int) -> Rgb:
        """Return a frame, (H, W, 3) uint8 RGB. Frames decoded on the way to it are kept for a while.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: It lacks the frame's pixels.
            WireError: It is damaged.
        """
        raw, format_name = self._picture(frame_index)
        rgb: Rgb = np.empty((*raw.shape, 3), np.uint8)
        self._painter.paint(raw, format_name, rgb)
        return rgb

    def raw(self, frame_index: int) -> Raw:
        """Return a frame in the console's own colours (`meta.pixel_format`), (H, W), read-only; see `frame`."""
        return self._picture(frame_index)[0]

    def frames(
        self,
        start: int | None = None,
        end: int | None = None,
        step: int = 1,
        *,
        missing: Missing = "error",
        native: bool = False,
    ) -> NDArray[Any]:
        """Return frames `start` to `end`, inclusive, every `step`-th: (T, H, W, 3) uint8 RGB.

        The array is made as a whole: an hour of GBA frames is 25 GB. Iterate or use `ticks` for more than fits.

        Args:
            start: The first frame; None for the recording's.
            end: The last frame; None for the recording's.
            step: Frames from one to the next.
            missing: For frames whose pixels the recording lacks: "error" raises, "repeat" gives the frame before (in
                this array; at its beginning the one that follows).
            native: Give the console's own colours, (T, H, W) of `meta.pixel_format`.

        Raises:
            UsageError: The recording does not reach there, or `step` is below 1.
            SessionError: Frames are missing, or they change their size.
        """
        first, last = self._session.span(start, end)
        if step < 1:
            raise UsageError(f"step {step}: it must be at least 1")
        return self._loop.call(self._frames(range(first, last + 1, step), missing, native))

    def __getitem__(self, key: int | slice) -> NDArray[Any]:
        """Return a frame, (H, W, 3), or a slice of them, (T, H, W, 3), both uint8 RGB.

        Indexes are frame indexes; negative ones count from the end. A slice ends where the recording does.

        Raises:
            IndexError: The recording has no such frame.
            UsageError: The slice's step is below 1.
            SessionError: Pixels are missing in it; `frames(…, missing="repeat")` fills them.
        """
        if isinstance(key, slice):
            return self._sliced(key)
        frame_index = self._from_end(key)
        if not self.first_frame <= frame_index <= self.last_frame:
            raise IndexError(f"frame {key}: {self.name!r} has frames {self.first_frame} to {self.last_frame}")
        return self.frame(frame_index)

    def __iter__(self) -> Iterator[Rgb]:
        """Iterate over all frames there are, (H, W, 3) uint8 RGB, in bounded memory; missing ones are left out."""
        with contextlib.closing(self.ticks(("frame",))) as ticks:
            for tick in ticks:
                if tick.frame is not None:
                    yield tick.rgb()

    def memory(self, frame_index: int, region: str) -> NDArray[np.uint8]:
        """Return a copy of a memory region at the end of a frame, (size,) uint8. For long runs use `ticks`.

        Raises:
            UsageError: The recording does not reach there, or the console has no such region.
            SessionError: The recording lacks it.
            WireError: It is damaged.
        """
        if region not in (known := [there.name for there in self.meta.regions]):
            raise UsageError(f"no memory region {region!r}; there are {', '.join(known) or 'none'}")
        if self._image is None or self._image[0] != frame_index:
            self._image = frame_index, self._loop.call(self._regions(frame_index))
        return self._image[1][region].copy()

    def state(self, *watches: str, start: int | None = None, end: int | None = None) -> dict[str, NDArray[Any]]:
        """Return watches as columns, each (T,), and `frame_index`; all watches when none is named.

        Frames without a state have no entry. Integers are int64, numbers float64, truths bool; a column in which a
        value is missing is float64 with NaN, or of objects with None.

        Raises:
            UsageError: There is no such watch, or the recording does not reach there.
        """
        span = self._session.span(start, end)
        return self._loop.call(state_of(self._session, watches, *span))

    def inputs(self, *, start: int | None = None, end: int | None = None) -> Inputs:
        """Return the buttons held while each frame was emulated, and who held them and why.

        Raises:
            UsageError: The recording does not reach there.
        """
        return self._loop.call(inputs_of(self._session, *self._session.span(start, end)))

    def events(self, *, start: int | None = None, end: int | None = None) -> list[wire.Event]:
        """Return the events, in order."""
        return [event for tick in self._all("event", start, end) for event in tick.events]

    def plans(self, *, start: int | None = None, end: int | None = None) -> list[wire.Plan]:
        """Return the plans, in order."""
        return [plan for tick in self._all("plan", start, end) for plan in tick.plans]

    def gaps(self, *, start: int | None = None, end: int | None = None) -> list[wire.Gap]:
        """Return what readers, or the recorder itself, reported as missed."""
        return [gap for tick in self._all("gap", start, end) for gap in tick.gaps]

    def ticks(
        self, kinds: Collection[str] = RECORDED, start: int | None = None, end: int | None = None
    ) -> Generator[Tick, None, None]:
        """Iterate over frames `start` to `end`, inclusive, in bounded memory; only `kinds` are read.

        Ask a tick for pixels and memory before taking the next. The server's side is let go when the loop is left.

        Raises:
            UsageError: A kind is not recorded, or the recording does not reach there.
            WireError: It is damaged.
            BusError: The store cannot be reached.
        """
        stream = self._session.ticks(kinds, start=start, end=end)

        async def following() -> Tick | None:
            return await anext(stream, None)

        try:
            while (tick := self._loop.call(following())) is not None:
                yield tick
        finally:
            if not self._loop.closed:
                self._loop.call(stream.aclose())

    @property
    def session(self) -> Session:
        """What the readers of `streams` take, such as `streams.memory_search`; run them by `run`."""
        return self._session

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a reader of this session and return what it returns.

        history = History(rec.session)
        found = rec.run(search(history, kind_named("u16"), parse("> 5", 0, 600)))
        """
        return self._loop.call(work)

    def _picture(self, frame_index: int) -> tuple[Raw, str]:
        self._session.span(frame_index, frame_index)
        found = self._pixels.kept(frame_index) or self._loop.call(self._pixels.load(frame_index))
        if found is None:
            raise SessionError(f"session {self.name!r}: it lacks the pixels of frame {frame_index}")
        return found

    def _sliced(self, key: slice) -> NDArray[Any]:
        step = 1 if key.step is None else key.step
        if step < 1:
            raise UsageError(f"slice with step {step}: it must be at least 1")
        first = self.first_frame if key.start is None else self._from_end(key.start)
        stop = self.last_frame + 1 if key.stop is None else self._from_end(key.stop)
        wanted = range(max(first, self.first_frame), min(stop, self.last_frame + 1), step)
        return self._loop.call(self._frames(wanted, "error", False))

    def _from_end(self, index: int) -> int:
        return index if index >= 0 else self.last_frame + 1 + index

    async def _frames(self, wanted: range, missing: Missing, native: bool) -> NDArray[Any]:
        """Decode frames into one array."""
        size = (self.meta.height, self.meta.width)
        out: NDArray[Any]
        if native:
            out = np.empty((len(wanted), *size), pixel_format(self.meta.pixel_format).dtype)
        else:
            out = np.empty((len(wanted), *size, 3), np.uint8)
        there = np.zeros(len(wanted), np.bool_)

        def put(frame_index: int, raw: Raw, format_name: str) -> None:
            if raw.shape != size or (native and format_name != self.meta.pixel_format):
                raise SessionError(
                    f"session {self.name!r}: frame {frame_index} is {raw.shape[1]}x{raw.shape[0]} {format_name}, the "
                    f"session {size[1]}x{size[0]} {self.meta.pixel_format}: read it with raw() or frame()"
                )
            at = (frame_index - wanted.start) // wanted.step
            if native:
                out[at] = raw
            else:
                self._painter.paint(raw, format_name, out[at])
            there[at] = True

        if wanted.step >= _SOUGHT_STEP:
            for frame_index in wanted:
                if found := await self._pixels.load(frame_index):
                    put(frame_index, *found)
        elif wanted:
            stream = self._session.ticks(("frame",), start=wanted[0], end=wanted[-1])
            async with contextlib.aclosing(stream) as ticks:
                async for tick in ticks:
                    if tick.frame_index in wanted and tick.frame is not None and tick.video_message:
                        put(tick.frame_index, tick.frame, tick.video_message.pixel_format)
        if not there.all():
            self._fill(out, there, wanted, missing)
        return out

    def _fill(self, out: NDArray[Any], there: NDArray[np.bool_], wanted: range, missing: Missing) -> None:
        """Repeat frames where some are missing."""
        if missing != "repeat" or not there.any():
            lacking = [wanted[int(i)] for i in np.flatnonzero(~there)]
            raise SessionError(
                f"session {self.name!r} lacks the pixels of {len(lacking)} of {len(wanted)} frames: "
                f'{_runs(lacking, wanted.step)}; missing="repeat" repeats the frame before'
            )
        sources = np.maximum.accumulate(np.where(there, np.arange(len(there)), -1))
        sources[sources < 0] = np.flatnonzero(there)[0]
        for at in np.flatnonzero(~there):
            out[at] = out[sources[at]]

    async def _regions(self, frame_index: int) -> dict[str, NDArray[np.uint8]]:
        stream = self._nearby.ticks(("memory",), start=frame_index, end=frame_index)
        async with contextlib.aclosing(stream) as ticks:
            async for tick in ticks:
                image = tick.memory_image()
                return {region.name: image.region(region.name).copy() for region in image.regions}
        raise SessionError(f"session {self.name!r}: it lacks the memory of frame {frame_index}")

    def _all(self, kind: str, start: int | None, end: int | None) -> Sequence[Tick]:
        async def read() -> list[Tick]:
            return [tick async for tick in self._session.ticks((kind,), start=start, end=end)]

        return self._loop.call(read())

    async def _open(self, store: SessionStore, name: str, rom: Path | None, core: str) -> None:
        self._store, self._rom, self._core = store, rom, core
        self._session = await open_session(store, name, rom, core)
        nearby = Nearby(store, self._session.stored)
        self._nearby = await open_session(nearby, name, rom, core)
        self._pixels = PixelCache(self._nearby, nearby)

    async def _refresh(self) -> None:
        await self._open(self._store, self.name, self._rom, self._core)
        self._holes = None


def open_recording(
    source: str | Path, nats: NatsOptions | str = "", *, rom: str | Path | None = None, core: str = ""
) -> Recording:
    """Open a recorded session for reading.

    Args:
        source: The session's name, or an archive: a path that ends with `.mcap`.
        nats: The server that keeps the session, by URL or options; default: the embedded one of the state folder, which
            is started if it does not run.
        rom: Of a session that keeps inputs only: the ROM to emulate it with; default: the one it was recorded from.
        core: And the libretro core, by name or path; default: the console's.

    Raises:
        SessionError: There is no such session, or it has no frames yet.
        BusError: The store cannot be reached.
    """
    return _opened(open_store(source, nats), Path(rom) if rom else None, core)


def recording_in(store: SessionStore, name: str, *, rom: str | Path | None = None, core: str = "") -> Recording:
    """Open a session for reading in a store that is there; it must not belong to an event loop.

    Raises:
        SessionError: There is no such session, or it has no frames yet.
    """
    return _opened(contextlib.nullcontext((store, name)), Path(rom) if rom else None, core)


def _opened(
    opening: contextlib.AbstractAsyncContextManager[tuple[SessionStore, str]], rom: Path | None, core: str
) -> Recording:
    loop = PrivateLoop("recording")
    recording = Recording(loop, contextlib.AsyncExitStack())

    async def open_all() -> None:
        store, name = await recording._resources.enter_async_context(opening)
        await recording._open(store, name, rom, core)

    try:
        loop.call(open_all())
    except BaseException:
        recording.close()
        raise
    return recording


def _runs(frames: Sequence[int], step: int) -> str:
    """Return frames as runs: `70 to 99, 120`; the first few of many."""
    runs: list[list[int]] = []
    for frame_index in frames:
        if runs and frame_index == runs[-1][1] + step:
            runs[-1][1] = frame_index
        else:
            runs.append([frame_index, frame_index])
    listed = [f"{first} to {last}" if first != last else f"{first}" for first, last in runs[:_LISTED]]
    return ", ".join(listed) + (f" and {len(runs) - _LISTED} more runs" if len(runs) > _LISTED else "")
