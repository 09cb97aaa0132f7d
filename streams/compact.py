"""Making a recording smaller: keep its inputs, savestates and hashes only, or encode its video anew.

A session that keeps everything is emulated again while its frames, memory and states are compared with the recording,
all of them on every frame; what is equal need not be kept, for it can be made again.
"""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec
import zstandard

from runtime import wire
from runtime.backend import Backend, unpack_state
from runtime.errors import CoreError, SessionError
from runtime.frame_codec import ARCHIVE_LEVEL, FrameEncoder
from runtime.game import parse_game
from runtime.memory_image import memory_image
from runtime.session_meta import STORES
from runtime.tape import MEMORY_HASH_EVERY
from runtime.watches import WatchReader
from streams.comparison import Comparison
from streams.execution import Follower, memory_hash
from streams.recorder import SAVESTATE_EVERY
from streams.rerecord import Recorded, beside, carry_labels, check_same, copy, record_again, removed_on_error
from streams.session import Session, open_session
from streams.store import SessionStore, StoredSession
from streams.ticks import Tick
from streams.verify import verify

#: zstd's level for savestates: slower to write, as fast to read.
STATE_LEVEL = 19


#: What is added to a session's name while it is being replaced.
ASIDE = "-compacting"

#: What both kinds of store keep as it is.
_KEPT = ("plan", "learnt", "event", "gap", "input")


async def compact(
    store: SessionStore, session: Session, name: str, backend: Backend, on_frame: Callable[[], object] = lambda: None
) -> Session:
    """Record a session again as one that keeps inputs only; return it, verified.

    Args:
        store: Where the new session goes.
        session: One that keeps everything.
        name: The new session's name. What an earlier attempt left half-written under it is replaced.
        backend: An emulator of the recording's core with its ROM.
        on_frame: Called once for each frame.

    Raises:
        SessionError: The session cannot be emulated from its first frame to its last with every bit equal, or the name
            is taken, or the new session did not come out right (it is then removed).
        CoreError: The backend's core is not the recording's.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    meta = session.meta
    if meta.store != "all":
        raise SessionError(f"session {session.name!r} keeps inputs only already")
    if backend.core != meta.core:
        raise CoreError(f"session {session.name!r} was recorded with {meta.core!r}, this core is {backend.core!r}")
    kinds = tuple(kind for kind in STORES["inputs"] if kind == "hash" or meta.keeps(kind))
    new_meta = msgspec.structs.replace(meta, session=name, store="inputs", kinds=kinds)
    made = await record_again(store, session, new_meta, _reduced(session, backend, on_frame))
    async with removed_on_error(store, name):
        await check_same(session, made, _KEPT)
        verdict = await verify(made, backend)
        if verdict.difference or verdict.skipped or verdict.verified != session.frame_count:
            raise SessionError(
                f"session {name!r}, just written, does not verify: {verdict.difference or verdict.skipped}; "
                f"{session.name!r} stays as it is"
            )
    return made


async def archive(
    store: SessionStore, session: Session, name: str, on_frame: Callable[[], object] = lambda: None
) -> Session:
    """Record a session again with its video encoded smaller; return it, compared pixel for pixel.

    Raises:
        SessionError: The session keeps inputs only, the name is taken, or the new session differs (it is then removed).
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    if session.meta.store != "all":
        raise SessionError(f"session {session.name!r} keeps inputs only: it has no video to encode")
    new_meta = msgspec.structs.replace(session.meta, session=name)
    made = await record_again(store, session, new_meta, _encoded_anew(session, on_frame))
    async with removed_on_error(store, name):
        await check_same(session, made, [kind for kind in STORES["all"] if kind != "frame"])
        await _check_pictures(session, made)
    return made


async def in_place(store: SessionStore, name: str, make: Callable[[Session, str], Awaitable[Session]]) -> Session:
    """Put what `make` makes of a session in its place; call it again after it was killed, and it goes on.

    Streams cannot be renamed, so the new one is written twice: as NAME-compacting, and once the original is removed, as
    NAME. At every moment one of them is whole and verified:

        NAME ─make─► NAME + NAME-compacting ─remove─► NAME-compacting ─copy─► both ─remove─► NAME

    Raises:
        SessionError: There is no such session, it is not complete, or see `make`.
        BusError: The store cannot be reached.
    """
    aside = f"{name}{ASIDE}"
    there = {stored.name: stored for stored in await store.sessions()}
    original, made = there.get(name), there.get(aside)
    if not _goes_on(original, made):
        original = await store.describe(name)
        if original.status != "complete":
            raise SessionError(f"session {name!r} was never completed; only a complete one is replaced")
        if made:
            await store.remove(aside)
        await make(await open_session(store, name), aside)
    if original:
        await carry_labels(store, name, aside)  # those given meanwhile
        await store.remove(name)
    placed = await copy(store, await open_session(store, aside), name)
    await store.remove(aside)
    return placed


def _goes_on(original: StoredSession | None, made: StoredSession | None) -> bool:
    """Return whether an earlier call was killed after it had removed the original."""
    if made is None or made.status != "complete":
        return False
    if original is None:
        return True
    copied = original.meta == msgspec.structs.replace(made.meta, session=original.name)
    return copied and (original.status != "complete" or made.meta.store == "inputs")


async def _reduced(
    session: Session, backend: Backend, on_frame: Callable[[], object]
) -> AsyncGenerator[Recorded, None]:
    """Yield what a recording of inputs keeps of each frame, once that frame came out equal."""
    check = _WholeCheck(session, backend)
    last_state = -SAVESTATE_EVERY["inputs"]
    async with contextlib.aclosing(session.ticks(STORES["all"])) as ticks:
        async for tick in ticks:
            check.take(tick)
            payloads = [item for item in tick.payloads if item[0] in _KEPT]
            state = tick.savestate
            due = tick.frame_index - last_state >= SAVESTATE_EVERY["inputs"]
            keeps_state = state is not None and (due or state.reason != "periodic")
            if state and keeps_state:
                last_state = tick.frame_index
                payloads.insert(0, ("savestate", wire.encode(_smaller(state))))
            payloads.append(("hash", wire.encode(_hashes(tick, backend))))
            yield tick.frame_index, payloads, keeps_state
            on_frame()
    check.end()


async def _encoded_anew(session: Session, on_frame: Callable[[], object]) -> AsyncGenerator[Recorded, None]:
    """Yield a session's frames with their video encoded smaller; what nobody can decode stays as it is."""
    encoder = FrameEncoder(ARCHIVE_LEVEL)
    async with contextlib.aclosing(session.ticks(STORES["all"])) as ticks:
        async for tick in ticks:
            message, payloads = tick.video_message, list(tick.payloads)
            if message and tick.frame is not None:
                if message.key:
                    encoder.force_key()
                frame = encoder.encode(tick.frame_index, tick.frame, message.pixel_format, message.sent_ns)
                at = next(i for i, (kind, _) in enumerate(payloads) if kind == "frame")
                payloads[at] = ("frame", wire.encode(frame))
            else:
                encoder.force_key()
            yield tick.frame_index, payloads, message is not None and message.key
            on_frame()


class _WholeCheck:
    """Emulates a recording and insists that every bit of it comes out again."""

    def __init__(self, session: Session, backend: Backend) -> None:
        meta = session.meta
        self._session, self._backend = session, backend
        self._follower = Follower(backend, meta.first_frame)
        self._comparison = Comparison(meta, backend, every_memory=True)
        game = parse_game(meta.game_toml, "game.toml") if meta.game_toml else None
        self._watches = WatchReader(game.watch if game else (), meta.regions)

    def take(self, tick: Tick) -> None:
        """Emulate and compare the next frame.

        Raises:
            SessionError: It is missing, cannot be emulated, or came out otherwise.
        """
        expected = self._follower.next_frame
        if tick.frame_index != expected:
            raise self._refusal(f"frames {expected} to {tick.frame_index - 1} are missing")
        if not self._follower.follow(tick):
            lacks = "savestate" if tick.input else "input"
            raise self._refusal(f"frame {tick.frame_index} lacks its {lacks}, so it cannot be emulated again")
        picture, memory = self._comparison.picture(tick), self._comparison.memory(tick)
        if picture is None:
            raise self._refusal(f"frame {tick.frame_index} lacks its video, so nothing proves it")
        if not picture or memory is False:
            difference = self._comparison.difference(tick, picture_differs=not picture)
            raise self._refusal(". ".join((f"emulated again it differs: {difference}", *difference.lines())))
        keeps = self._session.meta.keeps
        if memory is None and keeps("memory"):
            raise self._refusal(f"frame {tick.frame_index} lacks its memory, so nothing proves it")
        if keeps("state"):
            self._compare_state(tick)

    def end(self) -> None:
        """Take the end.

        Raises:
            SessionError: Frames are missing there.
        """
        if self._follower.next_frame <= self._session.last_frame:
            raise self._refusal(f"frames {self._follower.next_frame} to {self._session.last_frame} are missing")

    def _compare_state(self, tick: Tick) -> None:
        seen = self._watches.values(memory_image(self._backend.regions, self._backend.memory()))
        if tick.state != seen:
            names = sorted(name for name in {*seen, *tick.state} if seen.get(name) != tick.state.get(name))
            raise self._refusal(f"frame {tick.frame_index}: the recorded state has other values of {', '.join(names)}")

    def _refusal(self, why: str) -> SessionError:
        return SessionError(f"session {self._session.name!r} cannot be reduced to its inputs: {why}")


def _hashes(tick: Tick, backend: Backend) -> wire.FrameHash:
    pixels_hash = tick.pixels_hash
    assert pixels_hash is not None
    due = tick.frame_index % MEMORY_HASH_EVERY == 0
    memory = memory_hash(backend.regions, backend.memory()) if due else 0
    return wire.FrameHash(frame_index=tick.frame_index, pixels_hash=pixels_hash, memory_hash=memory)


def _smaller(state: wire.Savestate) -> wire.Savestate:
    smaller = zstandard.ZstdCompressor(level=STATE_LEVEL).compress(unpack_state(state))
    return msgspec.structs.replace(state, data=smaller)


async def _check_pictures(before: Session, after: Session) -> None:
    """Check that two sessions show the same pixels.

    Raises:
        SessionError: They do not.
    """
    async for frame_index, first, second in beside(before, after, ("frame",)):
        if first is None or second is None or first.frame is None or first.pixels_hash != second.pixels_hash:
            equal = (
                first is not None and second is not None and first.frame is None and first.payloads == second.payloads
            )
        else:
            equal = second.frame is not None and first.frame.tobytes() == second.frame.tobytes()
        if not equal:
            raise SessionError(f"session {after.name!r}, just written, shows other pixels at frame {frame_index}")
