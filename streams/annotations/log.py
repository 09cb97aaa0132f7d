"""The labels of one session as they grow: what studio pages, commands and tests read and write through.

    log = AnnotationLog(store, "quest")
    await log.refresh()
    await log.add(make_act("ada", 600, 719, {"context": "battle"}))
    log.fold.labels(650)                       # {"context": "battle"}

Whoever shows labels as they come subscribes to `subject(session, "annotation", "*")` and calls `refresh` on a message.
"""

import asyncio
from collections.abc import Sequence

from runtime.errors import UsageError
from runtime.wire import Annotation
from streams.annotations.acts import check_act, undo_of
from streams.annotations.fold import Fold
from streams.annotations.history import next_redo, next_undo
from streams.annotations.vocabulary import LabelVocabulary
from streams.store import SessionStore


class AnnotationLog:
    """One session's acts, and what they come to. Use from one event loop.

    Attributes:
        session: The session's name.
        fold: What the acts read so far come to.
        position: Of the last act read; 0 before the first.
    """

    def __init__(self, store: SessionStore, session: str) -> None:
        self._store = store
        self._reading = asyncio.Lock()
        self.session = session
        self.fold = Fold()
        self.position = 0

    async def refresh(self) -> list[Annotation]:
        """Read what was stored since, by whomever; return it.

        Raises:
            SessionError: There is no such session.
            BusError: The store cannot be reached.
            WireError: An act is damaged.
        """
        async with self._reading:
            found = await self._store.annotations(self.session, self.position + 1)
            if found:
                self.position = found[-1][0]
            acts = [act for _, act in found if self.fold.act(act.act_id) is None]
            self.fold.extend(acts)
        return acts

    async def add(self, act: Annotation, vocabulary: LabelVocabulary | None = None) -> None:
        """Store an act, and read on to it. An act that is there already is not stored twice.

        Raises:
            UsageError: It is no act that can be kept, the vocabulary does not allow its labels, or what it accepts or
                takes back is not there.
            SessionError: There is no such session, or it can only be read.
            BusError: It may not be stored; the same act can be sent again.
        """
        check_act(act)
        for key, value in act.labels.items() if vocabulary else ():
            assert vocabulary is not None
            vocabulary.check(key, value)
        await self._check_reference(act)
        await self._store.annotate(self.session, act)
        await self.refresh()

    async def add_all(self, acts: Sequence[Annotation]) -> None:
        """Store checked acts in their order, and read on to them; those that are there already are not stored twice.

        Raises:
            SessionError: There is no such session, or it can only be read.
            BusError: One may not be stored; all can be sent again.
        """
        for act in acts:
            await self._store.annotate(self.session, act)
        await self.refresh()

    async def undo(self, annotator: str) -> Annotation | None:
        """Take back the annotator's last act; return it, or None when there is nothing to take back.

        Raises:
            SessionError: There is no such session, or it can only be read.
            BusError: The store cannot be reached.
        """
        return await self._take_back(annotator, redo=False)

    async def redo(self, annotator: str) -> Annotation | None:
        """Do again what the annotator took back last; return that act, or None when there is none.

        Raises:
            SessionError: There is no such session, or it can only be read.
            BusError: The store cannot be reached.
        """
        undone = await self._take_back(annotator, redo=True)
        return self.fold.act(undone.undoes) if undone else None

    async def _take_back(self, annotator: str, *, redo: bool) -> Annotation | None:
        await self.refresh()
        act = next_redo(self.fold, annotator) if redo else next_undo(self.fold, annotator)
        if act:
            await self.add(undo_of(act))
        return act

    async def _check_reference(self, act: Annotation) -> None:
        """Check what an act speaks of."""
        named = act.undoes or act.accepts
        if not named:
            return
        if self.fold.act(named) is None:
            await self.refresh()
        there = self.fold.act(named)
        if there is None:
            raise UsageError(f"session {self.session!r} has no act {named!r}")
        if act.undoes and there.annotator != act.annotator:
            raise UsageError(f"act {named!r} is {there.annotator}'s: only {there.annotator} takes it back")
        if act.accepts and not there.suggestion:
            raise UsageError(f"act {named!r} is no suggestion")
