"""An MCAP file → a recorded session, message for message."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from runtime import wire
from runtime.errors import SessionError
from runtime.session_meta import Recorder
from streams.archive.reading import Archive, ArchivedFrame, open_archive
from streams.archive.records import is_whole
from streams.chunks import RECORDER
from streams.recorder import StreamRecorder
from streams.session import EVERY_FRAME
from streams.store import SessionStore

#: The reason that the gaps of a cut give.
CUT_REASON = "the archive was cut short"


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes:
        name: The new session.
        frames: Frames imported.
        payloads: Payloads imported, without gaps for a cut.
        last_frame: The last one imported.
        promised: The last one that the archive says it had.
        cut: Whether the file was cut short.
        complete: Whether every record is there nevertheless.
    """

    name: str
    frames: int
    payloads: int
    last_frame: int
    promised: int
    cut: bool
    complete: bool


async def import_archive(
    path: Path, store: SessionStore, name: str = "", on_frame: Callable[[], None] = lambda: None
) -> Imported:
    """Store an archive as a session, named as it was or `name`; memory is bounded.

    What a file cut short still holds is stored, with a gap for the rest; of a damaged one nothing is.

    Raises:
        SessionError: The name is taken, the file is damaged, or holds no frame.
        BusError: The store cannot be reached.
    """
    with open_archive(path) as file:
        whole = is_whole(file)
        archive = Archive(file, str(path))
        frames = archive.frames()
        first = next(frames, None)
        if first is None:
            raise SessionError(f"{path}: there is no whole frame in it")
        meta = archive.start.meta
        if name:
            meta = msgspec.structs.replace(meta, session=name)
        recorder = StreamRecorder(store)
        await recorder.open(meta)
        try:
            for act in archive.acts:
                await store.annotate(meta.session, act)
            importing = _Importing(recorder, on_frame)
            await importing.add(first)
            for frame in frames:
                await importing.add(frame)
            imported = Imported(
                name=meta.session,
                frames=importing.frames,
                payloads=archive.payloads.total(),
                last_frame=importing.last_frame,
                promised=archive.start.last_frame,
                cut=not whole,
                complete=archive.complete,
            )
            if not archive.complete:
                _record_cut(recorder, imported, set(archive.payloads))
            await _close(recorder, meta.session)
        except BaseException:
            await recorder.close()
            await store.remove(meta.session)
            raise
    return imported


class _Importing:
    """Feeds a recorder as a bridge would."""

    def __init__(self, recorder: Recorder, on_frame: Callable[[], None]) -> None:
        self._recorder, self._on_frame = recorder, on_frame
        self._group = -1
        self.frames = 0
        self.last_frame = -1

    async def add(self, frame: ArchivedFrame) -> None:
        """Record one frame; at the beginning of a group, wait until there is room."""
        if frame.mark.index != self._group:
            self._group = frame.mark.index
            await self._recorder.make_room()
            await asyncio.sleep(0)  # the recorder's writer runs beside us
        self._recorder.record(frame.frame_index, frame.payloads, key=frame.key)
        if frame.frame_index != self.last_frame:
            self.frames += 1
            self._on_frame()
        self.last_frame = frame.frame_index


async def _close(recorder: Recorder, name: str) -> None:
    await recorder.close()
    if recorder.lost:
        raise SessionError(f"session {name!r}: the store did not take {recorder.lost} payloads")


def _record_cut(recorder: Recorder, imported: Imported, kinds: set[str]) -> None:
    """Record what the cut took: a gap for each kind that every frame has, or for events if no frame is missing."""
    first, last = imported.last_frame + 1, imported.promised
    lacking = [kind for kind in EVERY_FRAME if kind in kinds]
    if first > last:
        first, lacking = last, ["event"]
    gaps = [
        wire.Gap(
            source=RECORDER,
            sent_ns=0,
            kind=kind,
            first_frame=first,
            last_frame=last,
            count=last - first + 1,
            reason=CUT_REASON,
        )
        for kind in lacking
    ]
    recorder.record(last, [("gap", wire.encode(gap)) for gap in gaps], key=False)
