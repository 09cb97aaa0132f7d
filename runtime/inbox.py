"""What others send to a bridge: actions, plans, facts, events and gaps of actors, joins, and control requests.

One subscription takes it all, so that messages keep the order in which their senders sent them: an actor's plan is here
before the action that answers the same frame.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

import structlog

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.bus import Bus, Message, Unsubscribe
from runtime.errors import UsageError, WireError
from runtime.subjects import DISCOVERY, RECORDED, SessionId, kind_of, subject

log = structlog.get_logger()

#: What waits for the next frame is bounded: a paused game must not collect without end.
_FLOW_LIMIT = 4096


_FLOW: Mapping[str, type[wire.Payload]] = {
    "plan": wire.Plan, "learnt": wire.Learnt, "event": wire.Event, "gap": wire.Gap,
}  # fmt: skip


class Asked(NamedTuple):
    """A request and where its answer goes."""

    request: wire.Payload
    reply: str


class Inbox:
    """Receives; the bridge empties it between frames."""

    def __init__(
        self, arbiter: Arbiter, on_action: Callable[[wire.Action], None], on_discovery: Callable[[str], None]
    ) -> None:
        self.wake = asyncio.Event()
        self.members: dict[str, int] = {}  # frames between ticks, by actor
        self.joins: deque[Asked] = deque()
        self.controls: deque[Asked] = deque()
        self.refused = 0  # actions with unknown buttons, undecodable messages, flow beyond the limit
        self._arbiter, self._on_action, self._on_discovery = arbiter, on_action, on_discovery
        self._flow: deque[tuple[str, wire.Payload]] = deque()
        self._answered: dict[str, int] = {}  # last frame answered, by actor

    async def open(self, bus: Bus, session: SessionId) -> list[Unsubscribe]:
        """Subscribe."""
        everything_in = subject(session, "in.action").removesuffix("action") + ">"
        return [
            await bus.subscribe(everything_in, self._on_message),
            await bus.subscribe(DISCOVERY, lambda message: self._on_discovery(message.reply)),
        ]

    def add(self, kind: str, payload: wire.Payload) -> None:
        """Let the bridge's own event or gap join the next frame's flow."""
        self._flow.append((kind, payload))

    def take_flow(self) -> list[tuple[str, wire.Payload]]:
        """Return what precedes the next frame, by kind, frame and sender: in lockstep the same in every run."""
        taken = sorted(self._flow, key=_order)
        self._flow.clear()
        return taken

    @property
    def waiting(self) -> int:
        """How much waits for the next frame."""
        return len(self._flow)

    def unanswered(self, frame_index: int) -> list[str]:
        """Return the members that were due on a frame and have not answered it."""
        due = (actor for actor, every in self.members.items() if every and frame_index % every == 0)
        return [actor for actor in due if self._answered.get(actor, -1) < frame_index]

    def _on_message(self, message: Message) -> None:
        try:
            kind = kind_of(message.subject)
            if kind == "in.action":
                self._take_action(wire.decode(wire.Action, message.data))
            elif kind == "in.join":
                self.joins.append(Asked(wire.decode(wire.Join, message.data), message.reply))
            elif kind == "in.control":
                self.controls.append(Asked(wire.decode(wire.Control, message.data), message.reply))
            else:
                self._take_flow(kind.removeprefix("in."), message.data)
        except (WireError, UsageError) as error:
            self.refused += 1
            log.warning("inbox.refused", subject=message.subject, error=str(error))
        self.wake.set()

    def _take_action(self, action: wire.Action) -> None:
        if problem := self._arbiter.put(action):
            self.refused += 1
            log.warning("inbox.refused_action", problem=problem)
        # An answer all the same: a wrong button must not stop a lockstep game.
        self._answered[action.actor] = max(self._answered.get(action.actor, -1), action.frame_index)
        self._on_action(action)

    def _take_flow(self, kind: str, data: bytes) -> None:
        payload = wire.decode(_FLOW[kind], data)
        if len(self._flow) >= _FLOW_LIMIT:
            self.refused += 1
            log.warning("inbox.full", kind=kind, limit=_FLOW_LIMIT)
            return
        self._flow.append((kind, payload))


def _order(item: tuple[str, wire.Payload]) -> tuple[int, int, str]:
    kind, payload = item
    sender = getattr(payload, "actor", "") or getattr(payload, "source", "")
    return RECORDED.index(kind), getattr(payload, "frame_index", 0), sender
