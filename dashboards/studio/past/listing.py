"""The list of recorded sessions: what each is, and which fit a filter."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from dashboards.studio.hub import Hub
from dashboards.studio.past.recordings import version_of
from runtime.errors import SessionError
from streams.annotations.log import AnnotationLog
from streams.session import open_session
from streams.store import SessionStore, StoredSession


@dataclass(frozen=True)
class Filter:
    """Which sessions are wanted; what is empty does not matter.

    Attributes:
        text: Words that name, game, core or parent have, in any order and case.
        game: The game.
        clock: The clock.
        annotated: "yes": with annotations, "no": without.
    """

    text: str = ""
    game: str = ""
    clock: str = ""
    annotated: str = ""

    def fits(self, line: dict[str, Any]) -> bool:
        """Return whether a line of the list is wanted."""
        about = " ".join(str(line[key]) for key in ("name", "game", "core", "parent")).lower()
        return (
            all(word in about for word in self.text.lower().split())
            and self.game in ("", line["game"])
            and self.clock in ("", line["clock"])
            and self.annotated in ("", "yes" if line["annotations"] else "no")
        )


class Listing:
    """All sessions; what was looked up of one is kept until it grows."""

    def __init__(self, hub: Hub, labels: Callable[[str], Awaitable[AnnotationLog]]) -> None:
        """Take the connection, and what gives a session's labels."""
        self._hub, self._labels = hub, labels
        self._known: dict[str, tuple[int, dict[str, Any]]] = {}  # by name: chunks, and its line

    async def lines(self) -> list[dict[str, Any]]:
        """Return all sessions, the newest first.

        Raises:
            BusError: The store cannot be reached.
        """
        store = self._hub.store
        live = {welcome.session for welcome in await self._hub.sessions() if welcome.origin == "live"}
        lines = [await self._line(store, stored) for stored in await store.sessions()]
        self._known = {line["name"]: self._known[line["name"]] for line in lines}
        return [
            line | {"status": _status(line, live)}
            for line in sorted(lines, key=lambda line: (line["created"], line["name"]), reverse=True)
        ]

    async def _line(self, store: SessionStore, stored: StoredSession) -> dict[str, Any]:
        chunks, line = self._known.get(stored.name, (-1, {}))
        if chunks != stored.chunks or line["version"] != version_of(stored.meta):
            line = await _line(store, stored)
            self._known[stored.name] = stored.chunks, line
        acts = (await self._labels(stored.name)).fold
        counting = sum(acts.counts(act) for act in acts.acts)
        return line | {"status": stored.status, "annotations": counting}


def _status(line: dict[str, Any], live: set[str]) -> str:
    if line["status"] == "complete":
        return "complete"
    return "recording" if line["name"] in live else "interrupted"


async def _line(store: SessionStore, stored: StoredSession) -> dict[str, Any]:
    meta = stored.meta
    try:
        session = await open_session(store, stored.name)
        first, frames, seconds = session.first_frame, session.frame_count, session.seconds
    except SessionError:  # nothing of it is stored yet
        first, frames, seconds = 0, 0, 0.0
    return {
        "name": stored.name,
        "version": version_of(meta),
        "game": meta.game,
        "created": meta.created,
        "console": meta.console,
        "clock": meta.clock,
        "core": meta.core,
        "store": meta.store,
        "parent": meta.parent,
        "part_of": meta.part_of,
        "first_frame": first,
        "frames": frames,
        "seconds": round(seconds, 2),
        "stored_bytes": stored.stored_bytes,
    }
