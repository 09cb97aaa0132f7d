"""What is left of a session whose writer was killed: store what its journal holds, and find where to go on."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from runtime import wire
from runtime.bus import Drop
from runtime.errors import BusError, SessionError
from runtime.gaps import gap_record
from runtime.session_meta import SessionMeta
from runtime.start import RESUMED, Start
from streams.chunks import RECORDER, Group, Record, pack
from streams.journal import Journal, is_free
from streams.parts import part_number
from streams.reaching import reach
from streams.session import EVERY_FRAME, open_session
from streams.store import NotStoredError, SessionStore
from streams.writer import create_or_reuse

log = structlog.get_logger()

_RETRY_S = 0.1
ATTEMPTS = 100


@dataclass(frozen=True)
class Left:
    """Where the stored part of a cut-off session ends.

    Attributes:
        meta: Of the last part.
        chunks: How many it has.
        group: The number of its last group; -1 without one.
        last_frame: Its last frame; one before its first without any.
    """

    meta: SessionMeta
    chunks: int
    group: int
    last_frame: int


async def store_left(store: SessionStore, session: str, journal: Journal | None, attempts: int = ATTEMPTS) -> Left:
    """Store what a killed writer could not, each chunk exactly once; return where the session ends then.

    Raises:
        SessionError: There is no such session, or it is complete.
        BusError: The store cannot be reached.
    """
    left = await last_part(store, session)
    for name, group in journal.left() if journal else ():
        if name != left.meta.session:
            if part_number(name, session) < part_number(left.meta.session, session):
                continue  # a part that is complete
            left = await _next_part(store, left, name, group.first_frame)
        if group.number > left.group + 1:
            left = await _store_gaps(store, left, group.first_frame - 1)
        left = await _store_group(store, left, group, attempts)
        log.info("journal.stored", session=name, first_frame=group.first_frame, last_frame=group.last_frame)
    if journal:
        journal.forget()
    return left


async def store_all_left(store: SessionStore, journals: Path, attempts: int = ATTEMPTS) -> list[str]:
    """Store what the journals of dead writers hold, and delete those journals; return the sessions concerned.

    Journals of sessions that live, or lie in another store, are left alone.

    Raises:
        BusError: The store cannot be reached.
    """
    stored = []
    for folder in sorted(journals.iterdir()) if journals.is_dir() else ():
        if not is_free(folder):
            continue
        with contextlib.suppress(SessionError):
            journal = Journal(folder)
            had_any = bool(journal.left())
            try:
                left = await store_left(store, folder.name, journal, attempts)
                await _store_gaps(store, left, journal.last_frame)
            except BaseException:
                journal.close(remove=False)
                raise
            if had_any:
                stored.append(folder.name)
            journal.close(remove=True)
    return stored


async def continuation(store: SessionStore, left: Left, last_recorded: int) -> Start:
    """Return where a cut-off session goes on: its last savestate and the inputs since; power-on where it has none.

    Args:
        store: Where it lies.
        left: Its end.
        last_recorded: The last frame that was recorded, -1 when unknown; those that are not stored become gaps.
    """
    if left.group < 0:
        gaps = _gaps(left.meta, left.meta.first_frame, last_recorded)
        return Start(
            savestate=None, frame_index=max(last_recorded + 1, left.meta.first_frame), segment=2, gaps=tuple(gaps)
        )
    session = await open_session(store, left.meta.session)
    reached, segment = await reach(session, session.last_frame + 1), 1
    async with contextlib.aclosing(session.ticks(("event",))) as ticks:
        async for tick in ticks:
            segment += sum(event.name == RESUMED for event in tick.events)
    last = max(session.last_frame, last_recorded)
    return Start(
        savestate=reached.savestate,
        inputs=tuple(reached.inputs),
        frame_index=last + 1,
        segment=segment + 1,
        before_hash=reached.before_hash,
        exact=reached.next_frame == last + 1,
        gaps=tuple(_gaps(left.meta, session.last_frame + 1, last)),
    )


async def last_part(store: SessionStore, session: str) -> Left:
    """Return where the stored part of a cut-off session ends.

    Raises:
        SessionError: There is no such session, or it is complete.
        BusError: The store cannot be reached.
    """
    stored = [await store.describe(session)] if await _is_there(store, session) else []
    stored += [other for other in await store.sessions() if part_number(other.name, session) > 1]
    if not stored:
        await store.describe(session)  # raises, naming what there is
    last = max(stored, key=lambda found: part_number(found.name, session))
    if last.status == "complete":
        raise SessionError(f"session {session!r} is complete; `runtime branch` begins a new one from any frame of it")
    try:
        chunk = await store.read(last.name, last.chunks)
    except SessionError:  # nothing was stored, or what was is lost
        return Left(last.meta, last.chunks, -1, last.meta.first_frame - 1)
    return Left(last.meta, last.chunks, chunk.group, chunk.last_frame)


async def _is_there(store: SessionStore, session: str) -> bool:
    try:
        await store.describe(session)
    except SessionError:
        return False
    return True


async def _next_part(store: SessionStore, left: Left, name: str, first_frame: int) -> Left:
    """Create the part that the killed writer had begun, and complete the one before."""
    whole = left.meta.part_of or left.meta.session
    meta = msgspec.structs.replace(left.meta, session=name, part_of=whole, first_frame=first_frame)
    await store.complete(left.meta.session)
    await create_or_reuse(store, meta)
    return Left(meta, 0, -1, first_frame - 1)


async def _store_group(store: SessionStore, left: Left, group: Group, attempts: int = ATTEMPTS) -> Left:
    """Store those chunks of a group that are not stored yet: packing is deterministic, so they are the last ones."""
    if group.number < left.group:
        return left
    chunks, _ = pack(group, store.max_chunk_bytes)
    there = await _chunks_of(store, left, group.number) if group.number == left.group else 0
    position = left.chunks
    for kind, chunk in chunks[there:]:
        position += 1
        await _append(store, left.meta.session, position, kind, chunk, attempts)
    return Left(left.meta, position, group.number, max(left.last_frame, group.last_frame))


async def _chunks_of(store: SessionStore, left: Left, number: int) -> int:
    """Return how many of the last chunks belong to a group."""
    count = 0
    while count < left.chunks and (await store.read(left.meta.session, left.chunks - count)).group == number:
        count += 1
    return count


async def _append(store: SessionStore, session: str, position: int, kind: str, chunk: bytes, attempts: int) -> None:
    for _ in range(attempts):
        try:
            await store.append(session, position, kind, chunk)
        except NotStoredError as error:
            failure = error
            await asyncio.sleep(_RETRY_S)
            if (await store.describe(session)).chunks >= position:
                return
        else:
            return
    raise BusError(f"session {session!r}: what its journal holds cannot be stored: {failure}") from failure


async def _store_gaps(store: SessionStore, left: Left, last_frame: int) -> Left:
    """Say in the recording which frames it lacks, up to the last that was recorded."""
    gaps = _gaps(left.meta, left.last_frame + 1, last_frame)
    if not gaps:
        return left
    records = [Record(last_frame, wire.encode(gap)) for gap in gaps]
    return await _store_group(
        store, left, Group(left.group + 1, left.last_frame + 1, last_frame, False, {"gap": records})
    )


def _gaps(meta: SessionMeta, first: int, last: int) -> list[wire.Gap]:
    if first > last:
        return []
    drop = Drop(first, last, last - first + 1)
    reason = "the bridge was killed before they were stored"
    kinds = [kind for kind in EVERY_FRAME if meta.keeps(kind)]
    return [gap_record(RECORDER, kind, drop, reason) for kind in kinds]
