"""Recordings as the page and the API want them: pictures, buttons, state, and which words of memory changed."""

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from dashboards.studio.past.recordings import Opened, Recordings
from dashboards.studio.rest.shapes import Change, Details, Frame, Held
from runtime import wire
from runtime.errors import SessionError, WireError
from runtime.pixels import Rgb
from streams.datasets import png
from streams.framesets.changes import FREQ_WINDOW, ChangeFinder, Changes, hex8
from streams.framesets.layout import Layout
from streams.recording import Recording
from streams.ticks import Tick

#: PNG files kept; one of a GBA frame is 5 to 9 KB.
_PICTURES = 1024

#: Rows of memory changes in one answer; a scene that is loaded changes tens of thousands of words.
_ROWS = 2000


#: Frames read at once, a dozen sets, and how many such blocks are kept: 20 minutes' worth of labelling.
_BLOCK = 60
_BLOCKS = 32


@dataclass(frozen=True)
class Seen:
    """A frame, the words of memory that changed on it, the first 2,000 of them as rows, and how many there are."""

    frame: Frame
    changes: list[Change]
    changed: int


class Reading:
    """Reads recordings in worker threads."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._pictures: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._blocks: dict[tuple[str, int], list[Seen]] = {}

    async def picture(self, session: str, version: str, frame_index: int) -> bytes:
        """Return a frame as a PNG file; `version` tells the session from others that had its name.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session, or it lacks the frame's pixels.
            BusError: The store cannot be reached.
        """
        kept = self._pictures.get((version, frame_index))
        if kept is None:
            kept = await self._recordings.use(
                session, lambda opened: png.encode_rgb(opened.recording.frame(frame_index)), "pictures"
            )
            self._pictures[version, frame_index] = kept
            while len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        return kept

    async def strip(self, session: str, first: int, last: int) -> bytes:
        """Return frames one below the other as a PNG file; those that the recording lacks are black.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """

        def read(opened: Opened) -> bytes:
            pictures = [_picture(opened.recording, frame_index) for frame_index in range(first, last + 1)]
            return png.encode_rgb(np.concatenate(pictures))

        return await self._recordings.use(session, read, "pictures")

    async def details(self, session: str, first: int, last: int) -> Details:
        """Return the buttons, state and memory changes of frames `first` to `last`, at most 2,000 rows of changes.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """
        seen: list[Seen] = []
        for number in range(first // _BLOCK, last // _BLOCK + 1):
            seen += await self._recordings.use(session, partial(self._block, number))
        wanted = [one for one in seen if first <= one.frame.frame_index <= last]
        rows = [row for one in wanted for row in one.changes]
        return Details(
            frames=[one.frame for one in wanted],
            memory_changes=rows[:_ROWS],
            memory_changes_left_out=sum(one.changed for one in wanted) - len(rows[:_ROWS]),
        )

    async def frame(self, session: str, frame_index: int) -> Frame | None:
        """Return the buttons and the state of one frame; None where the recording lacks it.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """

        def read(opened: Opened) -> Frame | None:
            ticks = opened.recording.ticks(("input", "state"), frame_index, frame_index)
            return next((_frame(tick) for tick in list(ticks)), None)

        return await self._recordings.use(session, read)

    def _block(self, number: int, opened: Opened) -> list[Seen]:
        """Return the frames of a block, which is kept when no more can come."""
        key = opened.version, number
        kept = self._blocks.get(key)
        if kept is None:
            there = opened.recording
            first, last = max(there.first_frame, number * _BLOCK), min(there.last_frame, (number + 1) * _BLOCK - 1)
            kept = list(_seen(there, first, last))
            if there.status == "complete" or last < there.last_frame:
                self._blocks[key] = kept
        while len(self._blocks) > _BLOCKS:
            self._blocks.pop(next(iter(self._blocks)), None)
        return kept


def _seen(recording: Recording, first: int, last: int) -> Iterator[Seen]:
    """Yield what a recording says of frames `first` to `last`, inclusive.

    Memory is read from 100 frames before on, which `freq` looks back over; the words of the first frame read are
    changes of none.
    """
    has_memory = bool(recording.meta.regions) and recording.meta.keeps("memory")
    start = max(recording.first_frame, first - FREQ_WINDOW) if has_memory else first
    kinds = ("input", "memory", "state") if has_memory else ("input", "state")
    layout = Layout(recording.meta.regions)
    finder = ChangeFinder(layout)
    with contextlib.closing(recording.ticks(kinds, start, last)) as ticks:
        for tick in ticks:
            changed = None
            if has_memory and tick.has("memory"):
                with contextlib.suppress(WireError):  # its memory is known again with the next whole image
                    changed = finder.compare(tick.frame_index, tick.memory_image().image)
            if tick.frame_index >= first:
                rows = [] if changed is None else _rows(layout, changed)
                yield Seen(_frame(tick), rows, 0 if changed is None else changed.words.size)


def _frame(tick: Tick) -> Frame:
    causes = tick.input.causes if tick.input else ()
    return Frame(
        frame_index=tick.frame_index,
        buttons=list(tick.input.buttons) if tick.input else [],
        held=[_held(cause) for cause in causes],
        state=dict(tick.state),
    )


def _picture(recording: Recording, frame_index: int) -> Rgb:
    try:
        return recording.frame(frame_index)
    except SessionError:
        return np.zeros((recording.meta.height, recording.meta.width, 3), np.uint8)


def _held(cause: wire.Cause) -> Held:
    return Held(actor=cause.actor, buttons=list(cause.buttons), plan_id=cause.plan_id, reason=cause.reason)


def _rows(layout: Layout, changes: Changes) -> list[Change]:
    """Return the rows of one frame, as in rommer's event.json, the first 2,000."""
    words = changes.words[:_ROWS]
    regions = layout.region_of(words)
    columns = zip(
        regions.tolist(),
        hex8(layout.addresses(words, regions)),
        hex8(changes.before[:_ROWS]),
        hex8(changes.after[:_ROWS]),
        changes.freq[:_ROWS].tolist(),
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
