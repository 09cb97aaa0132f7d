"""The recorder: keeps what a bridge publishes, in order and exactly once, without ever making a frame wait.

    bridge.record ─► journal (local file) ─► open group ─► queue of whole groups ─► writer task ─► store

The durable path is apart from the live one: when JetStream stalls or its server restarts, groups wait and are written
afterwards, and live subscribers see nothing of it. A frame is in the journal before anybody sees it, so a killed bridge
loses none: whoever opens the recordings next, or the bridge that goes on, writes what the journal holds.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from runtime import wire
from runtime.bus import Drop
from runtime.config import state_folder
from runtime.errors import ControlError, SessionError
from runtime.gaps import gap_record
from runtime.launch import RecorderChoice
from runtime.nats_bus import NatsBus
from runtime.session_meta import Recorder, SessionMeta
from runtime.start import Start
from streams.chunks import RECORDER
from streams.grouping import Cuts, Grouper
from streams.jetstream_store import JetStreamStore
from streams.journal import Journal, Journaled
from streams.parts import Part, PartLimits, Parts, part_number
from streams.recovery import continuation, store_left
from streams.ring import RingRecorder
from streams.store import SessionStore, labelled_as
from streams.writer import StoreWriter, Waiting

log = structlog.get_logger()

#: Parts that a recording with a limit and --drop-oldest has when nothing says how to split it.
_PARTS_BY_DEFAULT = 10

#: By store. With "inputs" ten seconds lie together, so that their likeness pays; the journal protects them meanwhile.
CUTS = {"all": Cuts(), "inputs": Cuts(frames=600, most_frames=600, age_s=20.0)}

#: How long a recorder that goes on waits for a journal: 10 s.
_JOURNAL_ATTEMPTS, _JOURNAL_RETRY_S = 100, 0.1

#: Frames between savestates. "all": 10 s, so that re-execution after a hole begins soon (8-36 KB each, 3-13 MB/h).
#: "inputs": 60 s, for they are half of what such a recording weighs; a frame asked for costs up to 60 s of emulation.
SAVESTATE_EVERY = {"all": 600, "inputs": 3600}


@dataclass(frozen=True)
class Limits:
    """When a recording is cut into groups and parts, and how much may wait; no cuts: those that suit the store."""

    cuts: Cuts | None = None
    waiting: Waiting = field(default_factory=Waiting)
    parts: PartLimits = field(default_factory=PartLimits)


async def jetstream_recorder(bus: NatsBus, choice: RecorderChoice) -> Recorder:
    """Return a recorder into JetStream; launch files name it `streams.recorder:jetstream_recorder`."""
    store = JetStreamStore(bus)
    if choice.snapshot_s:
        return RingRecorder(store, choice.snapshot_s)
    split_s, split_bytes = choice.split_s, choice.split_bytes
    if choice.drop_oldest and not (split_s or split_bytes):
        split_s, split_bytes = choice.limit_s / _PARTS_BY_DEFAULT, choice.limit_bytes // _PARTS_BY_DEFAULT
    parts = PartLimits(split_s, split_bytes, choice.limit_s, choice.limit_bytes, choice.drop_oldest)
    return StreamRecorder(store, Limits(parts=parts), journals=state_folder() / "journal")


class StreamRecorder:
    """Records one session into a store. Use from one event loop."""

    def __init__(self, store: SessionStore, limits: Limits | None = None, *, journals: Path | None = None) -> None:
        """Prepare; `journals` is the folder for journals, without one there are none."""
        self._store = store
        self._limits = limits or Limits()
        self._journals = journals
        self._journal: Journal | None = None
        self._grouper = Grouper(Cuts())
        self._writer = StoreWriter(store, self._limits.waiting, None)
        self._meta: SessionMeta | None = None  # of the part being recorded
        self._parts: Parts | None = None
        self._refused: dict[str, Drop] | None = None  # by kind, what came after a limit ended the recording
        self._refused_count = 0

    @property
    def lost(self) -> int:
        """Payloads given up on since the start."""
        return self._writer.lost + self._refused_count

    @property
    def unwritten_bytes(self) -> int:
        """Bytes in memory that wait to be written."""
        return self._writer.unwritten_bytes

    @property
    def labelled(self) -> str:
        """See Recorder."""
        return labelled_as(self._meta) if self._meta else ""

    @property
    def savestate_every(self) -> int:
        """See Recorder."""
        return SAVESTATE_EVERY[self._meta.store if self._meta else "all"]

    @property
    def wants_savestate(self) -> bool:
        """See Recorder."""
        return self._refused is None and self._parts is not None and self._parts.split_due

    async def open(self, meta: SessionMeta) -> None:
        """See Recorder."""
        journal = self._take_journal(meta)
        left = journal.left() if journal else []
        try:
            _refuse_left(meta.session, left)
            await self._store.create(meta)
        except BaseException:
            if journal:
                journal.close(remove=not left)
            raise
        self._begin(meta, journal, Parts(self._limits.parts, meta), position=1, group=0)

    async def resume(self, meta: SessionMeta) -> Start:
        """See Recorder."""
        journal = await self._await_journal(meta)
        try:
            left = await store_left(self._store, meta.session, journal)
            start = await continuation(self._store, left, journal.last_frame if journal else -1)
        except BaseException:
            if journal:
                journal.close(remove=False)
            raise
        number = part_number(left.meta.session, meta.session)
        parts = Parts(self._limits.parts, left.meta, await self._parts_before(meta.session), number)
        self._begin(left.meta, journal, parts, position=left.chunks + 1, group=left.group + 1)
        return start

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """See Recorder."""
        assert self._meta is not None
        assert self._parts is not None
        if self._writer.failed or self._refused is not None:
            self._refuse(frame_index, payloads)
            return
        has_state = any(kind == "savestate" for kind, _ in payloads)
        if self._meta.store == "inputs":
            key = has_state
        if has_state and self._parts.split_due:
            if self._parts.limit_reached:
                self._end_at(frame_index, payloads)
                return
            self._split(frame_index)
        if self._grouper.ends_before(frame_index, key=key):
            self._cut()
        began = self._grouper.add(frame_index, payloads, key=key)
        self._writer.unwritten_bytes += sum(len(data) for _, data in payloads)
        if self._journal:
            if began and self._grouper.open:
                self._journal.begin(self._meta.session, self._grouper.open)
            self._journal.append(frame_index, payloads)
        self._parts.grow(frame_index, self._part_size)
        if began:
            self._writer.wake()

    def keep(self, reason: str) -> str:
        """See Recorder."""
        raise ControlError("this session is recorded as a whole; `keep` is for one that runs with --snapshot")

    async def make_room(self) -> None:
        """See Recorder."""
        await self._writer.make_room()

    async def close(self) -> None:
        """See Recorder."""
        if self._meta is None:
            return
        self._cut()
        if self._refused:
            self._note_refused(self._refused)
        whole = await self._writer.finish()
        if self._journal:
            self._journal.close(remove=whole)
        self._meta = None

    def _take_journal(self, meta: SessionMeta) -> Journal | None:
        return Journal(self._journals / (meta.part_of or meta.session)) if self._journals else None

    async def _await_journal(self, meta: SessionMeta) -> Journal | None:
        """Take the journal once nobody else holds it: a command may be storing what a killed recorder left."""
        for _ in range(_JOURNAL_ATTEMPTS):
            try:
                return self._take_journal(meta)
            except SessionError:
                await asyncio.sleep(_JOURNAL_RETRY_S)
        return self._take_journal(meta)

    async def _parts_before(self, session: str) -> list[Part]:
        """Return the parts before the last; a limit counts them, too."""
        parts = [stored for stored in await self._store.sessions() if part_number(stored.name, session)]
        parts.sort(key=lambda stored: stored.meta.first_frame)
        return [
            Part(part.name, part.meta.first_frame, after.meta.first_frame - part.meta.first_frame, part.stored_bytes)
            for part, after in itertools.pairwise(parts)
        ]

    def _begin(self, meta: SessionMeta, journal: Journal | None, parts: Parts, *, position: int, group: int) -> None:
        self._meta, self._journal, self._parts = meta, journal, parts
        self._grouper = Grouper(self._limits.cuts or CUTS[meta.store], group)
        self._writer = StoreWriter(self._store, self._limits.waiting, journal)
        self._writer.start(meta.session, position, self._grouper.until_old, self._cut)

    def _cut(self) -> None:
        """Hand the open group to the writer."""
        group = self._grouper.take()
        if group:
            self._writer.add(group, journaled=self._journal.end() if self._journal else False)

    @property
    def _part_size(self) -> int:
        """Bytes of this part that are stored, or in the open group."""
        assert self._meta is not None
        return self._writer.stored_bytes(self._meta.session) + self._grouper.open_bytes

    def _split(self, frame_index: int) -> None:
        """Begin the next part at this frame."""
        assert self._meta is not None
        assert self._parts is not None
        self._cut()
        self._meta = self._parts.next(self._meta, frame_index)
        drop = self._parts.take_oldest()
        log.info("recorder.part", session=self._meta.session, first_frame=frame_index)
        self._writer.begin_part(self._meta, drop)

    def _end_at(self, frame_index: int, payloads: Sequence[tuple[str, bytes]]) -> None:
        """Keep nothing from this frame on: the recording has as much as it may."""
        assert self._meta is not None
        log.warning("recorder.limit", session=self._meta.session, first_frame_not_kept=frame_index)
        self._cut()
        self._refused = {}
        self._refuse(frame_index, payloads)

    def _refuse(self, frame_index: int, payloads: Sequence[tuple[str, bytes]]) -> None:
        """Count what is not kept."""
        self._refused_count += len(payloads)
        for kind, _ in payloads if self._refused is not None else ():
            assert self._refused is not None
            before = self._refused.get(kind, Drop(frame_index, frame_index, 0))
            self._refused[kind] = Drop(before.first, frame_index, before.count + 1)

    def _note_refused(self, refused: Mapping[str, Drop]) -> None:
        """Say in the recording what came after its limit."""
        reason = "the recording's limit was reached"
        gaps = [wire.encode(gap_record(RECORDER, kind, drop, reason)) for kind, drop in refused.items()]
        last = max(drop.last for drop in refused.values())
        self._grouper.add(last, [("gap", gap) for gap in gaps], key=False)
        self._cut()


def _refuse_left(session: str, left: Sequence[Journaled]) -> None:
    if left:
        raise SessionError(
            f"session {session!r} was cut off and has frames that are not stored yet: go on with it by `runtime resume "
            f"{session}`, or store them by opening it once (`runtime sessions info {session}`)"
        )
