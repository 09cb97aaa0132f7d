"""What all routes of the API share."""

import time
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from dashboards.studio.hub import Hub
from dashboards.studio.past.recordings import Recordings
from dashboards.studio.rest.catalogue import Catalogue, Extent
from dashboards.studio.rest.ledger import Ledger
from dashboards.studio.rest.reading import Reading
from dashboards.studio.rest.shapes import NewAct
from dashboards.studio.rest.sheet import Sheet
from runtime.errors import SessionError, UsageError
from runtime.wire import Annotation
from streams.annotations.acts import check_act
from streams.annotations.vocabulary import LabelVocabulary
from streams.framesets.layout import FRAMES_PER_SET


class Desk:
    """The sessions of a hub, their pictures and their labels."""

    def __init__(self, hub: Hub, vocabulary: LabelVocabulary) -> None:
        self.vocabulary = vocabulary
        self.catalogue = Catalogue(hub)
        self.reading = Reading(Recordings(hub))
        self.ledger = Ledger(hub)

    async def sheet(self, session: str, size: int = FRAMES_PER_SET) -> tuple[Extent, Sheet]:
        """Return a session and what its frames are labelled by now.

        Raises:
            SessionError: There is no such session, or it has no frames.
            BusError: The server cannot be reached.
        """
        extent = await self.catalogue.extent(session)
        if not extent.frames:
            raise SessionError(f"session {session!r} has no frames: it was ended before the first was written")
        fold = await self.ledger.fold(session)
        suggestions = await self.ledger.open_suggestions(session)
        return extent, Sheet(fold, extent.first_frame, extent.last_frame, self.vocabulary.required, size, suggestions)

    def checked(self, extent: Extent, acts: list[NewAct]) -> list[Annotation]:
        """Return acts as the bus carries them.

        Raises:
            UsageError: One of them cannot be kept: it names which, and none is stored.
        """
        made = []
        for number, act in enumerate(acts):
            try:
                made.append(self._checked(extent, act))
            except UsageError as error:
                raise UsageError(f"act {number} ({act.act_id}): {error}") from error
        return made

    def _checked(self, extent: Extent, new: NewAct) -> Annotation:
        act = Annotation(
            act_id=new.act_id,
            annotator=new.annotator,
            kind=new.kind,
            first_frame=new.first_frame,
            last_frame=new.last_frame,
            sent_ns=time.monotonic_ns(),
            at_ms=new.at_ms or time.time_ns() // 1_000_000,
            labels={key: value if isinstance(value, str) else tuple(value) for key, value in new.labels.items()},
            suggestion=new.suggestion,
            confidence=new.confidence,
            model=new.model,
            accepts=new.accepts,
            undoes=new.undoes,
        )
        check_act(act)
        for key, value in act.labels.items():
            self.vocabulary.check(key, value)
        if not extent.first_frame <= act.first_frame <= act.last_frame <= extent.last_frame:
            raise UsageError(
                f"frames {act.first_frame} to {act.last_frame}: session {extent.name!r} has "
                f"{extent.first_frame} to {extent.last_frame}"
            )
        return act


def desk_of(connection: HTTPConnection) -> Desk:
    """Return the desk of the application that a request belongs to."""
    desk = connection.app.state.desk
    assert isinstance(desk, Desk)
    return desk


#: The type of a route's argument that is the desk.
TheDesk = Annotated[Desk, Depends(desk_of)]

#: And those that several routes take.
Size = Annotated[int, Query(ge=1, le=600, description="Frames of a set")]
Offset = Annotated[int, Query(ge=0, description="Leave out so many")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Return at most so many")]
