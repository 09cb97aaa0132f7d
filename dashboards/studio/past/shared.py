"""What the routes of the past share: opened recordings, the list, jobs, and each session's labels."""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from dashboards.studio.hub import Hub, hub_of
from dashboards.studio.past.jobs import Jobs
from dashboards.studio.past.listing import Listing
from dashboards.studio.past.recordings import Recordings
from runtime.nats_bus import NatsBus
from streams.annotations.log import AnnotationLog

#: Sessions whose labels are kept.
_LOGS = 256


class Past:
    """Made with the first request that needs it, closed with the hub."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        """Prepare.

        Args:
            hub: The connection.
            folder: Where datasets and game descriptions of the user's go.
        """
        self.hub, self.folder = hub, folder
        self.recordings = Recordings(hub)
        self.jobs = Jobs(hub, folder)
        self.listing = Listing(hub, self.labels)
        self._logs: dict[str, AnnotationLog] = {}
        self._logs_of: NatsBus | None = None  # the connection that the logs read from

    @property
    def thumbnails(self) -> Path:
        """Where small pictures of sessions are kept."""
        return self.hub.state / "studio" / "thumbnails"

    async def labels(self, session: str) -> AnnotationLog:
        """Return a session's labels, as they are now.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
        """
        if self._logs_of is not self.hub.bus:  # the server has moved
            self._logs, self._logs_of = {}, self.hub.bus
        log = self._logs.pop(session, None) or AnnotationLog(self.hub.store, session)
        self._logs[session] = log
        while len(self._logs) > _LOGS:
            del self._logs[next(iter(self._logs))]
        await log.refresh()
        return log

    async def close(self) -> None:
        """Close what is open."""
        await asyncio.gather(self.jobs.close(), self.recordings.close())


def past_of(connection: HTTPConnection) -> Past:
    """Return what a request's application has open."""
    state = connection.app.state
    past = getattr(state, "past", None)
    if past is None:
        past = state.past = Past(hub_of(connection), Path.cwd())
        past.hub.held.push_async_callback(past.close)
    assert isinstance(past, Past)
    return past


#: The type of a route's argument that is the past.
ThePast = Annotated[Past, Depends(past_of)]
