"""The labels of each session, as of now: read on before every answer, added to one act at a time."""

from collections.abc import Sequence

from dashboards.studio.hub import Hub
from dashboards.studio.rest.shapes import Stored
from runtime.nats_bus import NatsBus
from runtime.wire import Annotation
from streams.annotations.fold import Fold
from streams.annotations.log import AnnotationLog
from streams.annotations.queue import Suggestion, queue
from streams.annotations.vocabulary import LabelVocabulary

#: Sessions whose labels are kept folded; the one asked for longest ago leaves first.
_KEPT = 16


class Ledger:
    """The logs of a hub's sessions. What the page or a program sends, others see in the next answer."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._bus: NatsBus | None = None
        self._logs: dict[str, AnnotationLog] = {}
        self._open: dict[str, tuple[Fold, int, list[Suggestion]]] = {}

    async def fold(self, session: str) -> Fold:
        """Return what a session is labelled by now.

        Raises:
            SessionError: There is no such session.
            BusError: The server cannot be reached.
        """
        log = self.log(session)
        await log.refresh()
        return log.fold

    async def open_suggestions(self, session: str) -> list[Suggestion]:
        """Return the suggestions on which nobody decided, the least sure first.

        Raises:
            SessionError: There is no such session.
            BusError: The server cannot be reached.
        """
        fold = await self.fold(session)
        kept = self._open.get(session)
        if kept is None or kept[:2] != (fold, len(fold.acts)):
            kept = self._open[session] = fold, len(fold.acts), queue(fold)
        return kept[2]

    async def store(
        self, session: str, acts: Sequence[Annotation], vocabulary: LabelVocabulary | None = None
    ) -> list[Stored]:
        """Store acts in order; each is whole or not there, and one that is there already is not stored again.

        Raises:
            UsageError: One of them cannot be kept; names it. Those before it are stored.
            SessionError: There is no such session.
            BusError: The server cannot be reached; send all of them again.
        """
        log = self.log(session)
        await log.refresh()
        answers = []
        for act in acts:
            known = log.fold.act(act.act_id) is not None
            if not known:
                await log.add(act, vocabulary)
            answers.append(Stored(act_id=act.act_id, stored="before" if known else "now", seq=seq_of(log.fold, act)))
        return answers

    def log(self, session: str) -> AnnotationLog:
        """Return a session's log.

        Raises:
            BusError: The server cannot be reached.
        """
        if self._bus is not self._hub.bus:  # the hub has moved to another server
            self._logs.clear()
            self._open.clear()
            self._bus = self._hub.bus
        log = self._logs.pop(session, None) or AnnotationLog(self._hub.store, session)
        self._logs[session] = log
        while len(self._logs) > _KEPT:
            oldest = next(iter(self._logs))
            del self._logs[oldest]
            self._open.pop(oldest, None)
        return log


def seq_of(fold: Fold, act: Annotation) -> int:
    """Return an act's place in the log, from 1."""
    return next(len(fold.acts) - i for i, each in enumerate(reversed(fold.acts)) if each.act_id == act.act_id)
