"""Recordings as the page and the API want them: pictures, buttons, state, and which words of memory changed.

Reading blocks, so it is done in worker threads, one at a time for each session; the sessions read last stay open.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dashboards.studio.rest.shapes import Change, Details, Frame, Held
from runtime import wire
from runtime.errors import WireError
from runtime.nats_bus import NatsOptions
from runtime.session_meta import SessionMeta
from streams.datasets import png
from streams.framesets.changes import FREQ_WINDOW, ChangeFinder, Changes, hex8
from streams.framesets.layout import Layout
from streams.recording import Recording, open_recording

#: Sessions kept open; each holds up to 64 MB of pixels (streams.pixel_cache) and a connection.
_OPEN = 3

#: PNG files kept; one of a GBA frame is 5 to 9 KB.
_PICTURES = 1024

#: Rows of memory changes in one answer; a scene that is loaded changes tens of thousands of words.
_ROWS = 2000

T = TypeVar("T")


@dataclass(frozen=True)
class _Place:
    """A session on a server; one that was removed and recorded again under its name is another."""

    url: str
    session: str
    created: str


class Reading:
    """Reads the recordings of the server that `options` names at the time."""

    def __init__(self, options: Callable[[], NatsOptions]) -> None:
        self._options = options
        self._open: OrderedDict[_Place, tuple[Recording, threading.Lock]] = OrderedDict()
        self._pictures: OrderedDict[tuple[_Place, int], bytes] = OrderedDict()
        self._guard = threading.Lock()

    async def picture(self, meta: SessionMeta, frame_index: int) -> bytes:
        """Return a frame as a PNG file.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session, or it lacks the frame's pixels.
            BusError: The store cannot be reached.
        """
        place = self._place(meta)
        kept = self._pictures.get((place, frame_index))
        if kept is None:
            kept = await asyncio.to_thread(
                self._read, place, frame_index, lambda recording: png.encode_rgb(recording.frame(frame_index))
            )
            self._pictures[place, frame_index] = kept
            while len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        return kept

    async def details(self, meta: SessionMeta, first: int, last: int, *, memory: bool = True) -> Details:
        """Return the buttons, state and memory changes of frames `first` to `last`.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """
        return await asyncio.to_thread(
            self._read, self._place(meta), last, lambda recording: details_of(recording, first, last, memory=memory)
        )

    def close(self) -> None:
        """Let go of all recordings."""
        with self._guard:
            for recording, lock in self._open.values():
                with lock:
                    recording.close()
            self._open.clear()

    def _place(self, meta: SessionMeta) -> _Place:
        return _Place(self._options().url, meta.session, meta.created)

    def _read(self, place: _Place, frame_index: int, read: Callable[[Recording], T]) -> T:
        recording, lock = self._opened(place)
        with lock:
            if recording.status != "complete" and frame_index > recording.last_frame:
                recording.refresh()
            return read(recording)

    def _opened(self, place: _Place) -> tuple[Recording, threading.Lock]:
        with self._guard:
            if place not in self._open:
                self._open[place] = open_recording(place.session, self._options()), threading.Lock()
            self._open.move_to_end(place)
            while len(self._open) > _OPEN:
                _, (oldest, lock) = self._open.popitem(last=False)
                with lock:
                    oldest.close()
            return self._open[place]


def details_of(recording: Recording, first: int, last: int, *, memory: bool) -> Details:
    """Return what a recording says of frames `first` to `last`, inclusive.

    Memory is read from 100 frames before on, which `freq` looks back over; the words of the first frame read are
    changes of none.
    """
    has_memory = memory and bool(recording.meta.regions) and recording.meta.keeps("memory")
    start = max(recording.first_frame, first - FREQ_WINDOW) if has_memory else first
    kinds = ("input", "memory", "state") if has_memory else ("input", "state")
    layout = Layout(recording.meta.regions)
    finder = ChangeFinder(layout)
    frames: list[Frame] = []
    rows: list[Change] = []
    left_out = 0
    for tick in recording.ticks(kinds, start, last):
        changed = None
        if has_memory and tick.has("memory"):
            try:
                changed = finder.compare(tick.frame_index, tick.memory_image().image)
            except WireError:  # its memory is known again with the next whole image
                changed = None
        if tick.frame_index < first:
            continue
        held = [_held(cause) for cause in tick.input.causes] if tick.input else []
        buttons = list(tick.input.buttons) if tick.input else []
        frames.append(Frame(frame_index=tick.frame_index, buttons=buttons, held=held, state=dict(tick.state)))
        if changed is not None:
            left_out += max(0, changed.words.size - (_ROWS - len(rows)))
            rows += _rows(layout, changed, _ROWS - len(rows))
    return Details(frames=frames, memory_changes=rows, memory_changes_left_out=left_out)


def _held(cause: wire.Cause) -> Held:
    return Held(actor=cause.actor, buttons=list(cause.buttons), plan_id=cause.plan_id, reason=cause.reason)


def _rows(layout: Layout, changes: Changes, most: int) -> list[Change]:
    """Return the rows of one frame, as in rommer's event.json, at most so many."""
    words = changes.words[:most]
    regions = layout.region_of(words)
    columns = zip(
        regions.tolist(),
        hex8(layout.addresses(words, regions)),
        hex8(changes.before[:most]),
        hex8(changes.after[:most]),
        changes.freq[:most].tolist(),
        strict=True,
    )
    return [
        Change(
            region=layout.parts[region].name,
            frame=changes.frame_index,
            address=address,
            prev_val=before,
            curr_val=after,
            freq=freq,
        )
        for region, address, before, after, freq in columns
    ]
