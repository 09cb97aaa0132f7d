"""The bus as everyone sees it: publish, subscribe, request. `NatsBus` is the real one, `MemoryBus` serves tests.

Handlers are plain functions called on the event loop in order of arrival; they must not block. What may arrive faster
than it is used goes through a `Latest` slot, which keeps the newest and counts the rest.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Message(NamedTuple):
    """One message as it arrived."""

    subject: str
    data: bytes
    reply: str = ""


Handler = Callable[[Message], None]
Unsubscribe = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Kept:
    """Where messages are stored: a JetStream stream, made when it is not there, and the subjects it stores."""

    stream: str
    subjects: str


class Bus(Protocol):
    """A connection to the message bus."""

    @property
    def connected(self) -> bool:
        """Whether messages get out at present."""

    @property
    def dropped(self) -> int:
        """Messages that the client library dropped since the start, because this process did not keep up."""

    async def publish(self, subject: str, data: bytes, reply: str = "") -> None:
        """Send a message to all subscribers; without a connection it is lost.

        Raises:
            BusError: It is larger than the server takes.
        """

    async def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send messages, each a subject and its data, one after another; together they cost less.

        Raises:
            BusError: One is larger than the server takes; none is sent.
        """

    async def subscribe(self, subject: str, handler: Handler) -> Unsubscribe:
        """Call `handler` for every message on a subject; `*` matches one token, `>` the rest.

        Messages from one publisher arrive in its order, across all of a connection's subscriptions. The subscription
        is in force at the server when this returns.
        """

    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """Send a request and return the first reply.

        Raises:
            BusError: Nobody listens, or nobody answered in time.
        """

    async def request_many(self, subject: str, data: bytes, wait_s: float) -> list[bytes]:
        """Send a request and return all replies that came within `wait_s`."""

    async def keep(self, kept: Kept, subject: str, data: bytes, message_id: str) -> None:
        """Publish a message that is also stored, and return when it is; the same `message_id` is stored once.

        Raises:
            BusError: It may not be stored; send it again, with the same id.
        """

    async def push(self) -> None:
        """Let what was published leave this process now, ahead of work that nobody waits for."""

    async def flush(self) -> None:
        """Return when the server has everything published so far."""

    async def close(self) -> None:
        """Send what is pending and disconnect."""


@dataclass(frozen=True)
class Drop:
    """What a slot overwrote before anyone looked: `count` items from first to last index."""

    first: int
    last: int
    count: int


class Latest(Generic[T]):
    """A slot that keeps the newest item. One writer, one reader, same event loop."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._index = -1
        self._fresh = False
        self._first, self._last, self._count = -1, -1, 0

    def put(self, index: int, item: T) -> None:
        """Store an item; an unseen one before it is counted as dropped."""
        if self._fresh:
            self.drop(self._index)
        self._item, self._index, self._fresh = item, index, True

    def take(self) -> T | None:
        """Return the newest item if it was not taken before, else None."""
        if not self._fresh:
            return None
        self._fresh = False
        return self._item

    def drop(self, index: int) -> None:
        """Count an item that was taken but could not be used."""
        self._first = index if self._count == 0 else self._first
        self._last = index
        self._count += 1

    def take_drop(self) -> Drop | None:
        """Return what was dropped since the last call."""
        if self._count == 0:
            return None
        drop = Drop(self._first, self._last, self._count)
        self._count = 0
        return drop
