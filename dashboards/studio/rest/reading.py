"""Recordings as the page and the API want them: pictures, buttons, state, and which words of memory changed."""

from collections import OrderedDict

from dashboards.studio.past.recordings import Opened, Recordings
from dashboards.studio.rest.shapes import Change, Details, Frame, Held
from runtime import wire
from runtime.errors import WireError
from streams.datasets import png
from streams.framesets.changes import FREQ_WINDOW, ChangeFinder, Changes, hex8
from streams.framesets.layout import Layout
from streams.recording import Recording

#: PNG files kept; one of a GBA frame is 5 to 9 KB.
_PICTURES = 1024

#: Rows of memory changes in one answer; a scene that is loaded changes tens of thousands of words.
_ROWS = 2000


class Reading:
    """Reads recordings in worker threads."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._pictures: OrderedDict[tuple[str, int], bytes] = OrderedDict()

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

    async def details(self, session: str, first: int, last: int, *, memory: bool = True) -> Details:
        """Return the buttons, state and memory changes of frames `first` to `last`.

        Raises:
            UsageError: The recording does not reach there.
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """

        def read(opened: Opened) -> Details:
            return details_of(opened.recording, first, last, memory=memory)

        return await self._recordings.use(session, read)


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
