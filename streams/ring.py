"""A recording that is kept only when somebody says so: the last seconds wait in memory, `keep` stores them."""

import asyncio
from collections import deque
from collections.abc import Sequence

import msgspec
import structlog

from runtime.errors import BusError, SessionError
from runtime.session_meta import SessionMeta
from runtime.start import Start
from streams.chunks import Group
from streams.grouping import Cuts, Grouper
from streams.store import SessionStore
from streams.writer import StoreWriter, Waiting, create_or_reuse

log = structlog.get_logger()


class RingRecorder:
    """Holds the last seconds of one session; each `keep` makes a recorded session `NAME-k1`, `NAME-k2` … of them."""

    savestate_every = 600
    wants_savestate = False
    labelled = ""  # nothing is recorded until somebody keeps it

    def __init__(self, store: SessionStore, seconds: float) -> None:
        self._store, self._seconds = store, seconds
        self._meta: SessionMeta | None = None
        self._grouper = Grouper(Cuts())
        self._groups: deque[Group] = deque()
        self._kept = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.lost = 0
        self.unwritten_bytes = 0  # what is not kept is not to be written

    async def open(self, meta: SessionMeta) -> None:
        """See Recorder."""
        prefix = f"{meta.session}-k"
        taken = [stored.name.removeprefix(prefix) for stored in await self._store.sessions()]
        self._kept = max((int(number) for number in taken if number.isdecimal()), default=0)
        self._meta = meta

    async def resume(self, meta: SessionMeta) -> Start:
        """See Recorder."""
        raise SessionError(f"session {meta.session!r} runs with --snapshot: its ring went with the process")

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """See Recorder."""
        # A kept session begins at a savestate, so that it can be emulated: groups end before one.
        has_state = any(kind == "savestate" for kind, _ in payloads)
        if has_state or self._grouper.ends_before(frame_index, key=key):
            self._cut()
        self._grouper.add(frame_index, payloads, key=key)
        self._trim(frame_index)

    def keep(self, reason: str) -> str:
        """See Recorder."""
        assert self._meta is not None
        self._cut()
        self._kept += 1
        name = f"{self._meta.session}-k{self._kept}"
        groups = list(self._groups)
        if groups:
            meta = msgspec.structs.replace(
                self._meta, session=name, part_of=self._meta.session, first_frame=groups[0].first_frame
            )
            task = asyncio.create_task(self._store_groups(meta, groups, reason), name=f"keep {name}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return name

    async def make_room(self) -> None:
        """See Recorder."""

    async def close(self) -> None:
        """See Recorder."""
        await asyncio.gather(*self._tasks)

    def _cut(self) -> None:
        if group := self._grouper.take():
            self._groups.append(group)

    def _trim(self, frame_index: int) -> None:
        """Forget groups before the last savestate that is old enough to begin at."""
        assert self._meta is not None
        wanted = frame_index + 1 - self._seconds * self._meta.rate_hz
        starts = [i for i, group in enumerate(self._groups) if "savestate" in group.records]
        if self._grouper.open and self._grouper.open.first_frame == frame_index and starts:
            old = [i for i in starts if self._groups[i].first_frame <= wanted]
            for _ in range(old[-1] if old else 0):
                self._groups.popleft()

    async def _store_groups(self, meta: SessionMeta, groups: Sequence[Group], reason: str) -> None:
        try:
            await create_or_reuse(self._store, meta)
        except (SessionError, BusError) as error:
            self.lost += sum(group.count for group in groups)
            log.error("recorder.not_kept", session=meta.session, error=str(error))  # noqa: TRY400 - it says it all
            return
        writer = StoreWriter(self._store, Waiting(), None)
        writer.start(meta.session, 1, lambda: None, lambda: None)
        for group in groups:
            writer.unwritten_bytes += group.payload_bytes
            writer.add(group, journaled=False)
        await writer.finish()
        self.lost += writer.lost
        frames = groups[-1].last_frame + 1 - groups[0].first_frame
        log.info("recorder.kept", session=meta.session, frames=frames, reason=reason)
