"""Which sessions there are, and which frames each has."""

from dataclasses import dataclass

from dashboards.studio.hub import Hub
from runtime.errors import SessionError
from streams.session import open_session
from streams.store import StoredSession


@dataclass(frozen=True)
class Extent:
    """A session and its frames, first to last inclusive; last -1 for one without frames."""

    stored: StoredSession
    first_frame: int
    last_frame: int

    @property
    def name(self) -> str:
        """The session's name."""
        return self.stored.name

    @property
    def frames(self) -> int:
        """How many frames it spans."""
        return self.last_frame - self.first_frame + 1


class Catalogue:
    """Knows the sessions of a hub; what was learnt of a session holds until more is stored of it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: dict[str, Extent] = {}

    async def extent(self, session: str) -> Extent:
        """Return a session's frames.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """
        return await self._extent(await self._hub.store.describe(session))

    async def frame(self, session: str, frame_index: int) -> Extent:
        """Return the frames of a session that has a frame.

        Raises:
            SessionError: There is no such session, or it does not have the frame.
            BusError: The store cannot be reached.
        """
        found = await self.extent(session)
        if not found.first_frame <= frame_index <= found.last_frame:
            raise SessionError(
                f"session {session!r} has no frame {frame_index}: it has {found.first_frame} to {found.last_frame}"
            )
        return found

    async def all(self) -> list[Extent]:
        """Return all sessions, by name.

        Raises:
            BusError: The store cannot be reached.
        """
        found = [await self._extent(stored) for stored in await self._hub.store.sessions()]
        self._known = {extent.stored.name: extent for extent in found}
        return found

    async def _extent(self, stored: StoredSession) -> Extent:
        known = self._known.get(stored.name)
        if known is None or known.stored != stored:
            known = Extent(stored, *await self._frames(stored))
            self._known[stored.name] = known
        return known

    async def _frames(self, stored: StoredSession) -> tuple[int, int]:
        if not stored.chunks:
            return stored.meta.first_frame, stored.meta.first_frame - 1
        try:
            session = await open_session(self._hub.store, stored.name)
        except SessionError:  # removed, or not a frame was written
            return stored.meta.first_frame, stored.meta.first_frame - 1
        return session.first_frame, session.last_frame
