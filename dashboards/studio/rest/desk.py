"""What all routes of the API share: sessions, their pictures, and their labels as of now."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import HTTPConnection

from dashboards.studio.past.recordings import Opened
from dashboards.studio.past.shared import Past, past_of
from dashboards.studio.rest.asked import NewAct
from dashboards.studio.rest.reading import Reading
from dashboards.studio.rest.shapes import Stored
from dashboards.studio.rest.sheet import Sheet
from runtime.errors import BusError, SessionError, UsageError
from runtime.session_meta import SessionMeta
from runtime.wire import Annotation
from streams.annotations.acts import check_act
from streams.annotations.fold import Fold
from streams.annotations.log import AnnotationLog
from streams.annotations.queue import Suggestion, queue
from streams.annotations.vocabulary import LabelVocabulary
from streams.framesets.layout import FRAMES_PER_SET
from streams.store import Status

#: An answer that takes longer was lost with the connection; whoever asked asks again.
_ANSWER_S = 3.0


@dataclass(frozen=True)
class Extent:
    """A session and its frames, first to last inclusive.

    Attributes:
        meta: What it is.
        version: Tells it from others that had its name.
        status: recording or complete.
        first_frame: Its first frame.
        last_frame: Its last.
    """

    meta: SessionMeta
    version: str
    status: Status
    first_frame: int
    last_frame: int

    @property
    def frames(self) -> int:
        """How many frames it spans."""
        return self.last_frame - self.first_frame + 1


class Desk:
    """The sessions of a studio, for its API."""

    def __init__(self, past: Past, vocabulary: LabelVocabulary) -> None:
        self.past, self.vocabulary = past, vocabulary
        self.reading = Reading(past.recordings)
        self._open: dict[str, tuple[Fold, int, list[Suggestion]]] = {}

    async def extent(self, session: str) -> Extent:
        """Return a session's frames.

        Raises:
            SessionError: There is no such session, or it has no frames.
            BusError: The server cannot be reached.
        """
        return await self.past.recordings.use(session, _extent, "pictures")

    async def having(self, session: str, frame_index: int) -> Extent:
        """Return the frames of a session that has a frame.

        Raises:
            SessionError: There is no such session, or it does not have the frame.
            BusError: The server cannot be reached.
        """
        found = await self.extent(session)
        if not found.first_frame <= frame_index <= found.last_frame:
            raise SessionError(
                f"session {session!r} has no frame {frame_index}: it has {found.first_frame} to {found.last_frame}"
            )
        return found

    async def log(self, session: str) -> AnnotationLog:
        """Return a session's labels, as they are now.

        Raises:
            SessionError: There is no such session.
            BusError: The server cannot be reached.
        """
        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self.past.labels(session)
        except TimeoutError as error:
            raise BusError(f"session {session!r}: the server did not answer within {_ANSWER_S:g} s") from error

    async def sheet(self, session: str, size: int = FRAMES_PER_SET) -> tuple[Extent, Sheet]:
        """Return a session and what its frames are labelled by now.

        Raises:
            SessionError: There is no such session, or it has no frames.
            BusError: The server cannot be reached.
        """
        extent = await self.extent(session)
        fold = (await self.log(session)).fold
        kept = self._open.get(session)
        if kept is None or kept[:2] != (fold, len(fold.acts)):
            kept = self._open[session] = fold, len(fold.acts), queue(fold)
        first, last = extent.first_frame, extent.last_frame
        return extent, Sheet(fold, first, last, self.vocabulary.required, size, kept[2])

    async def store(self, session: str, acts: Sequence[Annotation]) -> list[Stored]:
        """Store acts in order; one that is there already is not stored again.

        Raises:
            UsageError: One of them cannot be kept: it names which. None is stored, except where a later one speaks of
                an act that is not there.
            SessionError: There is no such session.
            BusError: The server cannot be reached; send all of them again.
        """
        extent = await self.extent(session)
        for number, act in enumerate(acts):
            try:
                self._check(extent, act)
            except UsageError as error:
                raise UsageError(f"act {number} ({act.act_id}): {error}") from error
        log = await self.log(session)
        answers = []
        for act in acts:
            known = log.fold.act(act.act_id) is not None
            if not known:
                await log.add(act)
            answers.append(Stored(act_id=act.act_id, stored="before" if known else "now", seq=seq_of(log.fold, act)))
        return answers

    def _check(self, extent: Extent, act: Annotation) -> None:
        check_act(act)
        for key, value in act.labels.items():
            self.vocabulary.check(key, value)
        if not extent.first_frame <= act.first_frame <= act.last_frame <= extent.last_frame:
            seen, there = f"{act.first_frame} to {act.last_frame}", f"{extent.first_frame} to {extent.last_frame}"
            raise UsageError(f"frames {seen}: session {extent.meta.session!r} has {there}")


def seq_of(fold: Fold, act: Annotation) -> int:
    """Return an act's place in the log, from 1."""
    return next(len(fold.acts) - i for i, each in enumerate(reversed(fold.acts)) if each.act_id == act.act_id)


def act_of(new: NewAct) -> Annotation:
    """Return an act as the bus carries it."""
    return Annotation(
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


def desk_of(connection: HTTPConnection) -> Desk:
    """Return the desk of the application that a request belongs to; made with the first request."""
    state = connection.app.state
    desk = getattr(state, "desk", None)
    if desk is None:
        desk = state.desk = Desk(past_of(connection), state.vocabulary)
    assert isinstance(desk, Desk)
    return desk


def _extent(opened: Opened) -> Extent:
    there = opened.recording
    return Extent(there.meta, opened.version, there.status, there.first_frame, there.last_frame)


#: The type of a route's argument that is the desk.
TheDesk = Annotated[Desk, Depends(desk_of)]

#: And those that several routes take.
Size = Annotated[int, Query(ge=1, le=240, description="Frames of a set")]
Offset = Annotated[int, Query(ge=0, description="Leave out so many")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Return at most so many")]
