"""Acts of labelling on their way from an actor, or from a person's program, to the session's stream of labels.

    act() ─► Annotate, tick by tick ─► Ranges ─► Outbox ─► bus, stored with acknowledgement

They do not go through the bridge, for a label is no input of the game. Nobody in a frame's way waits for them: they lie
in an outbox until the server has stored them. The same act sent again, as after the server's restart, is stored once.
"""

import asyncio
import dataclasses
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from runtime import wire
from runtime.actor import Annotate
from runtime.bus import Bus, Kept
from runtime.errors import BusError, UsageError
from runtime.subjects import NAME, SessionId, annotation_stream, subject

log = structlog.get_logger()

#: Between two attempts.
_RETRY_S = 0.1

#: How long an act may wait for a server that is gone, before its sender is told: a restart takes less than a second.
PATIENCE_S = 30.0

#: How long an actor that ends waits for its last acts to be stored.
_LAST_S = 5.0

#: Frames after which a range is sent though it goes on: ten seconds, so that whoever looks on sees it.
LONGEST = 600


#: Who labels: a person, rules, or a model. A person's word counts for more than that of the others.
KINDS = ("human", "rules", "model")

#: What one act may hold, so that it stays far below the server's limit of 1 MiB for a message.
MAX_LABELS = 64
MAX_TEXT = 4000
MAX_TAGS = 100


def check_act(act: wire.Annotation) -> None:
    """Check an act that came from outside.

    Raises:
        UsageError: It is no act that can be kept; says what is allowed.
    """
    for what, name in (("annotator", act.annotator), ("act_id", act.act_id)):
        if not NAME.fullmatch(name):
            raise UsageError(f"{what} {name!r}: allowed are 1 to 64 letters, digits, '_' and '-'")
    if act.kind not in KINDS:
        raise UsageError(f"kind {act.kind!r}: allowed are {', '.join(KINDS)}")
    if not 0 <= act.first_frame <= act.last_frame:
        raise UsageError(f"frames {act.first_frame} to {act.last_frame}: wanted are 0 ≤ first ≤ last")
    if not 0.0 <= act.confidence <= 1.0:
        raise UsageError(f"confidence {act.confidence}: allowed are 0 to 1")
    if act.suggestion and (act.accepts or act.undoes):
        raise UsageError("a suggestion neither accepts nor takes back another act")
    if not (act.labels or act.accepts or act.undoes):
        raise UsageError("it labels nothing: wanted labels, a suggestion to accept, or an act to take back")
    _check_labels(act)


def _check_labels(act: wire.Annotation) -> None:
    if len(act.labels) > MAX_LABELS:
        raise UsageError(f"{len(act.labels)} labels in one act: allowed are {MAX_LABELS}")
    for key, value in act.labels.items():
        texts = (value,) if isinstance(value, str) else value
        if not NAME.fullmatch(key):
            raise UsageError(f"label {key!r}: a key is 1 to 64 letters, digits, '_' and '-'")
        if len(texts) > MAX_TAGS or any(len(text) > MAX_TEXT for text in texts):
            raise UsageError(f"label {key!r}: allowed are {MAX_TEXT} characters, of tags {MAX_TAGS}")


async def keep_act(bus: Bus, session: SessionId, act: wire.Annotation) -> None:
    """Publish an act and return when it is stored.

    Raises:
        BusError: It may not be; the same act can be sent again.
    """
    kept = Kept(annotation_stream(session), subject(session, "annotation", "*"))
    await bus.keep(kept, subject(session, "annotation", act.annotator), wire.encode(act), act.act_id)


async def patiently(send: Callable[[], Awaitable[None]], patience_s: float = PATIENCE_S) -> None:
    """Call `send` until it succeeds: across restarts of the server.

    Raises:
        BusError: It did not within `patience_s`.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            await send()
        except BusError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_RETRY_S)
        else:
            return


class Ranges:
    """Joins what is said tick by tick to ranges of frames: equal labels of consecutive ticks are one."""

    def __init__(self, every: int) -> None:
        """Join ticks that are `every` frames apart; what lies between two that say the same is taken to be the same."""
        self._every = max(every, 1)
        self._open: dict[tuple[frozenset[str], bool], tuple[int, int, Annotate]] = {}

    def say(self, frame_index: int, said: Annotate) -> list[tuple[int, int, Annotate]]:
        """Take what is said on a tick; return the ranges (first, last, what) that end by it."""
        if said.first_frame is not None or said.last_frame is not None:
            first = frame_index if said.first_frame is None else said.first_frame
            last = frame_index if said.last_frame is None else said.last_frame
            return [(first, last, said)]
        place = frozenset(said.labels), said.suggestion
        ended = self._open.get(place)
        if ended and self._goes_on(ended, frame_index, said):
            first, _, before = ended
            lowest = min(before.confidence, said.confidence)
            self._open[place] = first, frame_index, dataclasses.replace(said, confidence=lowest)
            return []
        self._open[place] = frame_index, frame_index, said
        return [ended] if ended else []

    def tick(self, frame_index: int) -> list[tuple[int, int, Annotate]]:
        """Take the end of a tick; return the ranges that it did not go on with."""
        places = [place for place, (_, last, _) in self._open.items() if last != frame_index]
        return [self._open.pop(place) for place in places]

    def end(self) -> list[tuple[int, int, Annotate]]:
        """Return the ranges under way."""
        ended = list(self._open.values())
        self._open.clear()
        return ended

    def _goes_on(self, before: tuple[int, int, Annotate], frame_index: int, said: Annotate) -> bool:
        first, last, what = before
        near = last < frame_index <= last + self._every and frame_index - first < LONGEST
        return near and (what.labels, what.model) == (said.labels, said.model)


class Annotator:
    """An actor's voice: takes what it says of frames and sends it where labels of its session belong."""

    def __init__(self, bus: Bus, welcome: wire.Welcome, name: str, every: int) -> None:
        """Speak for actor `name`, which ticks every so many frames; where nothing is recorded, labels are only live."""
        self._bus, self._name = bus, name
        self._live = SessionId(welcome.session)
        self._ranges = Ranges(every)
        self._outbox = Outbox(bus, SessionId(welcome.recording)) if welcome.recording else None

    async def say(self, frame_index: int, said: Annotate) -> None:
        """Take what is said on a tick.

        Raises:
            UsageError: It is no act that can be kept.
        """
        await self._send(self._ranges.say(frame_index, said))

    async def tick(self, frame_index: int) -> None:
        """Take the end of a tick."""
        await self._send(self._ranges.tick(frame_index))

    async def close(self) -> None:
        """Send what is under way, and wait until all is stored, for a limited time.

        Raises:
            UsageError: It is no act that can be kept.
        """
        await self._send(self._ranges.end())
        if self._outbox and (lost := await self._outbox.close(_LAST_S)):
            log.error("annotation.lost", actor=self._name, acts=lost)

    async def _send(self, ended: Sequence[tuple[int, int, Annotate]]) -> None:
        for first, last, said in ended:
            act = self._act(first, last, said)
            check_act(act)
            if self._outbox:
                self._outbox.put(act)
            else:
                await self._bus.publish(subject(self._live, "annotation", self._name), wire.encode(act))

    def _act(self, first_frame: int, last_frame: int, said: Annotate) -> wire.Annotation:
        return wire.Annotation(
            act_id=uuid.uuid4().hex,
            annotator=self._name,
            kind="model" if said.model else "rules",
            first_frame=first_frame,
            last_frame=last_frame,
            sent_ns=time.monotonic_ns(),
            at_ms=time.time_ns() // 1_000_000,
            labels=dict(said.labels),
            suggestion=said.suggestion,
            confidence=said.confidence,
            model=said.model,
        )


class Outbox:
    """Sends acts one after another, in their order; `put` never waits."""

    def __init__(self, bus: Bus, session: SessionId) -> None:
        self._bus, self._session = bus, session
        self._waiting: deque[wire.Annotation] = deque()
        self._sending: asyncio.Task[None] | None = None

    def put(self, act: wire.Annotation) -> None:
        """Take an act to send."""
        self._waiting.append(act)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def close(self, patience_s: float = PATIENCE_S) -> int:
        """Wait until all is stored, for a limited time; return how many acts are not."""
        if self._sending:
            await asyncio.wait({self._sending}, timeout=patience_s)
            self._sending.cancel()
            await asyncio.wait({self._sending})
        return len(self._waiting)

    async def _send(self) -> None:
        while self._waiting:
            try:
                await patiently(self._send_first)
            except BusError as error:
                log.warning("annotation.not_stored", waiting=len(self._waiting), error=str(error))
                continue
            self._waiting.popleft()

    async def _send_first(self) -> None:
        await keep_act(self._bus, self._session, self._waiting[0])
