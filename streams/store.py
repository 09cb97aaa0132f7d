"""Where recordings are kept: `JetStreamStore` is the real one, `MemoryStore` serves tests and one process.

A session in a store is its metadata and a gapless sequence of chunks, counted from 1. It has one writer, which names
each chunk's position, so that sending again after a failure can never store a chunk twice.
"""

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from runtime import wire
from runtime.errors import BusError, SessionError
from runtime.session_meta import SessionMeta
from streams.parts import part_number

Status = Literal["recording", "complete"]


class NotStoredError(BusError):
    """A chunk was not stored, or it is not known whether it was; `describe` tells."""


@dataclass(frozen=True)
class StoredSession:
    """A session in a store.

    Attributes:
        meta: Its metadata.
        status: "recording" until its writer completed it; also after its writer was killed.
        chunks: How many it has, which is also the last one's position.
        stored_bytes: Bytes on disk.
    """

    meta: SessionMeta
    status: Status
    chunks: int
    stored_bytes: int

    @property
    def name(self) -> str:
        """The session's name."""
        return self.meta.session


class SessionStore(Protocol):
    """Keeps recorded sessions."""

    @property
    def max_chunk_bytes(self) -> int:
        """The largest chunk it takes, encoded."""

    async def create(self, meta: SessionMeta) -> None:
        """Begin a session.

        Raises:
            SessionError: The name is taken, or the store does not take it.
            BusError: The store cannot be reached.
        """

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        """Store an encoded chunk as number `position`; it is stored when this returns.

        Raises:
            NotStoredError: It may not have been; also when `position` is not the next one.
            SessionError: There is no such session.
        """

    async def complete(self, session: str) -> None:
        """Mark a session complete; nothing can be appended any more.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """

    async def describe(self, session: str) -> StoredSession:
        """Return what is known of a session.

        Raises:
            SessionError: There is no such session; the message lists those there are.
            BusError: The store cannot be reached.
        """

    async def read(self, session: str, position: int) -> wire.Chunk:
        """Return the chunk at a position, from 1 to the last.

        One that the store has lost, as a server killed on a full disk may, is none: the nearest one before stands for
        it, else the next one after.

        Raises:
            SessionError: There is no such session or chunk.
            BusError: The store cannot be reached.
            WireError: The chunk is damaged.
        """

    def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """Iterate over the chunks of some kinds in order, from position `start`, in bounded memory.

        What is stored after it began does not appear.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
            WireError: A chunk is damaged.
        """

    async def annotate(self, session: str, act: wire.Annotation) -> None:
        """Store an act of labelling (`streams.annotations`), also of a complete session; stored on return.

        An act that is there already is not stored twice. Parts of one session share their labels.

        A server that is away is asked again for half a minute.

        Raises:
            SessionError: There is no such session, or it can only be read.
            BusError: It may not be stored; the same act can be sent again.
        """

    async def annotations(self, session: str, start: int = 1) -> list[tuple[int, wire.Annotation]]:
        """Return (position, act) of a session's acts of labelling from position `start` on, in order.

        What is no act is left out, and logged.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
            VersionError: An act is of a version that this program does not read.
        """

    async def sessions(self) -> list[StoredSession]:
        """Return all sessions, by name.

        Raises:
            BusError: The store cannot be reached.
        """

    async def remove(self, session: str) -> None:
        """Delete a session for good.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """


@dataclass
class _Kept:
    meta: SessionMeta
    status: Status = "recording"
    chunks: list[tuple[str, bytes]] = field(default_factory=list)


class MemoryStore:
    """Keeps sessions in this process. `reachable` lets a test cut it off."""

    max_chunk_bytes = 1 << 20

    def __init__(self) -> None:
        self.reachable = True
        self._sessions: dict[str, _Kept] = {}
        self._annotations: dict[str, dict[str, wire.Annotation]] = {}  # by whole session and act

    async def create(self, meta: SessionMeta) -> None:
        """See SessionStore."""
        if meta.session in self._sessions:
            raise name_taken(meta.session)
        self._sessions[meta.session] = _Kept(meta)

    async def append(self, session: str, position: int, kind: str, chunk: bytes) -> None:
        """See SessionStore."""
        if not self.reachable:
            raise NotStoredError(f"session {session!r}: the store is cut off")
        kept = self._find(session)
        if kept.status == "complete" or position != len(kept.chunks) + 1:
            raise NotStoredError(f"session {session!r}: chunk {position} cannot follow {len(kept.chunks)}")
        kept.chunks.append((kind, chunk))

    async def complete(self, session: str) -> None:
        """See SessionStore."""
        kept = self._find(session)
        self._sessions[session] = replace(kept, status="complete")

    async def describe(self, session: str) -> StoredSession:
        """See SessionStore."""
        kept = self._find(session)
        return StoredSession(kept.meta, kept.status, len(kept.chunks), sum(len(chunk) for _, chunk in kept.chunks))

    async def read(self, session: str, position: int) -> wire.Chunk:
        """See SessionStore."""
        chunks = self._find(session).chunks
        if not 1 <= position <= len(chunks):
            raise no_chunk(session, position, len(chunks))
        return wire.decode(wire.Chunk, chunks[position - 1][1])

    async def chunks(self, session: str, kinds: Collection[str], start: int = 1) -> AsyncGenerator[wire.Chunk, None]:
        """See SessionStore."""
        for kind, chunk in list(self._find(session).chunks)[start - 1 :]:
            if kind in kinds:
                yield wire.decode(wire.Chunk, chunk)

    async def sessions(self) -> list[StoredSession]:
        """See SessionStore."""
        return [await self.describe(name) for name in sorted(self._sessions)]

    async def remove(self, session: str) -> None:
        """See SessionStore."""
        whole = labelled_as(self._find(session).meta)
        del self._sessions[session]
        if not any(labelled_as(kept.meta) == whole for kept in self._sessions.values()):
            self._annotations.pop(whole, None)

    async def annotate(self, session: str, act: wire.Annotation) -> None:
        """See SessionStore."""
        self._annotations.setdefault(labelled_as(self._find(session).meta), {}).setdefault(act.act_id, act)

    async def annotations(self, session: str, start: int = 1) -> list[tuple[int, wire.Annotation]]:
        """See SessionStore."""
        acts = self._annotations.get(labelled_as(self._find(session).meta), {})
        return [(position, act) for position, act in enumerate(acts.values(), 1) if position >= start]

    def _find(self, session: str) -> _Kept:
        if not self.reachable:
            raise BusError(f"session {session!r}: the store is cut off")
        if session not in self._sessions:
            raise no_session(session, sorted(self._sessions))
        return self._sessions[session]


def labelled_as(meta: SessionMeta) -> str:
    """Return the session whose labels a session has: its own, or of a part those of the whole, whose frames it counts.

    What was kept of a ring is no such part: each run of the game counts its frames anew under the same name.
    """
    return meta.part_of if part_number(meta.session, meta.part_of) else meta.session


def name_taken(session: str) -> SessionError:
    """Return the error for a session that is there already."""
    return SessionError(f"a session {session!r} is already recorded; choose another name or remove it (sessions rm)")


def no_session(session: str, there: list[str]) -> SessionError:
    """Return the error for a session that is not there."""
    return SessionError(f"no recorded session {session!r}; there are {', '.join(there) or 'none'}")


def no_chunk(session: str, position: int, last: int) -> SessionError:
    """Return the error for a position that a session does not have."""
    return SessionError(f"session {session!r} has no chunk {position}; it has {last}")
