"""A recording written once more under another name: as it is, or as frames that were made from it."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import msgspec

from runtime.errors import FramewireError, SessionError
from runtime.session_meta import STORES, SessionMeta
from streams.recorder import StreamRecorder
from streams.session import Session, open_session
from streams.store import SessionStore
from streams.ticks import Tick

#: One frame as a recorder takes it: its index, its payloads, and whether a reader may begin at it.
Recorded = tuple[int, Sequence[tuple[str, bytes]], bool]


async def record_again(
    store: SessionStore, session: Session, meta: SessionMeta, frames: AsyncGenerator[Recorded, None]
) -> Session:
    """Record frames that are made of a session's as a new session, whole or not at all; it has the same labels.

    Raises:
        SessionError: The name is taken, or not all could be stored.
        BusError: The store cannot be reached.
    """
    await _remove_unfinished(store, meta)
    recorder = StreamRecorder(store)
    await recorder.open(meta)
    await carry_labels(store, session.name, meta.session)
    async with removed_on_error(store, meta.session):
        try:
            async with contextlib.aclosing(frames):
                async for frame_index, payloads, key in frames:
                    recorder.record(frame_index, payloads, key=key)
                    await recorder.make_room()
        finally:
            await recorder.close()
        if recorder.lost:
            raise SessionError(f"session {meta.session!r}: {recorder.lost} payloads could not be stored")
        return await open_session(store, meta.session)


async def copy(store: SessionStore, session: Session, name: str) -> Session:
    """Record a session again as it is, under another name; return it, compared byte for byte.

    Raises:
        SessionError: The name is taken, or the copy differs (it is then removed).
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    kinds = STORES[session.meta.store]
    made = await record_again(store, session, msgspec.structs.replace(session.meta, session=name), _as_it_is(session))
    async with removed_on_error(store, name):
        await check_same(session, made, kinds)
    return made


async def carry_labels(store: SessionStore, source: str, target: str) -> None:
    """Give a session of the same frames another's labels; those that it has already are not stored twice.

    Raises:
        SessionError: One of them is not there.
        BusError: The store cannot be reached.
    """
    there = {act.act_id for _, act in await store.annotations(target)}
    for _, act in await store.annotations(source):
        if act.act_id not in there:
            await store.annotate(target, act)


async def check_same(before: Session, after: Session, kinds: Sequence[str]) -> None:
    """Check that two sessions have the same payloads of some kinds, byte for byte.

    Raises:
        SessionError: They have not.
    """
    async for frame_index, first, second in beside(before, after, kinds):
        if (first.payloads if first else ()) != (second.payloads if second else ()):
            raise SessionError(
                f"session {after.name!r}, just written, differs from {before.name!r} at frame {frame_index}"
            )


async def beside(
    before: Session, after: Session, kinds: Sequence[str]
) -> AsyncIterator[tuple[int, Tick | None, Tick | None]]:
    """Yield the frames of two sessions beside each other; None where one has none."""
    async with contextlib.aclosing(before.ticks(kinds)) as left, contextlib.aclosing(after.ticks(kinds)) as right:
        first, second = await anext(left, None), await anext(right, None)
        while first or second:
            frame_index = min(tick.frame_index for tick in (first, second) if tick)
            here = first if first and first.frame_index == frame_index else None
            there = second if second and second.frame_index == frame_index else None
            yield frame_index, here, there
            first = await anext(left, None) if here else first
            second = await anext(right, None) if there else second


async def _as_it_is(session: Session) -> AsyncGenerator[Recorded, None]:
    async with contextlib.aclosing(session.ticks(STORES[session.meta.store])) as ticks:
        async for tick in ticks:
            key = tick.video_message is not None and tick.video_message.key
            yield tick.frame_index, tick.payloads, key or (session.meta.store == "inputs" and tick.has("savestate"))


async def _remove_unfinished(store: SessionStore, meta: SessionMeta) -> None:
    """Remove what an earlier attempt at the same session left half-written."""
    for stored in await store.sessions():
        if stored.meta == meta and stored.status != "complete":
            await store.remove(meta.session)


@contextlib.asynccontextmanager
async def removed_on_error(store: SessionStore, name: str) -> AsyncIterator[None]:
    """Remove a session that we began when what follows fails."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(FramewireError):
            await store.remove(name)
        raise
