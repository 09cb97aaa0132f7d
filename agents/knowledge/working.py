"""Working memory: small values of the present, shared by whoever looks at a session; the graph holds what lasts (C1.4).

    memory = await open_working("", bus, session)         # NATS KV; or "redis://host:6379/0"
    await memory.put(NOTES, ("the gate wants a key",), expires_s=600)
    await memory.get(CURRENT_QUEST)
    async with memory.watch(CURRENT_QUEST) as values:      # what it is now, then each change; None when it is gone
        async for quest in values: ...

Both keep one contract (tests/server/test_knowledge_working.py). For commands, tools, dashboards: no actor waits here.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from agents.knowledge.errors import StoreError
from runtime.errors import UsageError
from runtime.nats_bus import NatsBus
from runtime.subjects import SessionId

T = TypeVar("T")

#: Names are parts of NATS keys.
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")

#: A value is small; what is larger belongs in the graph or a recording.
LARGEST_BYTES = 64 * 1024


class Errand(msgspec.Struct, frozen=True):
    """A todo as others see it (C12.5)."""

    type: str
    action: str
    description: str
    priority: int


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A place for one value.

    Attributes:
        name: Lower-case letters, digits and _ . -
        type: What it holds.
    """

    name: str
    type: type[T]

    def __post_init__(self) -> None:
        """Check the name."""
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"slot {self.name!r}: allowed are up to 64 lower-case letters, digits and _ . -")

    def encode(self, value: T) -> bytes:
        """Return a value's bytes.

        Raises:
            UsageError: It is of another type, or too large.
        """
        data = msgspec.json.encode(value)
        self.decode(data)
        if len(data) > LARGEST_BYTES:
            raise UsageError(f"slot {self.name}: {len(data)} bytes; allowed are {LARGEST_BYTES}")
        return data

    def decode(self, data: bytes | str) -> T:
        """Return the value of bytes.

        Raises:
            UsageError: They hold something else.
        """
        try:
            return msgspec.json.decode(data, type=self.type)
        except msgspec.DecodeError as error:
            raise UsageError(f"slot {self.name}: {error}") from error


CURRENT_QUEST: Slot[str] = Slot("quest.current", str)
TODOS: Slot[tuple[Errand, ...]] = Slot("todos", tuple[Errand, ...])
NOTES: Slot[tuple[str, ...]] = Slot("notes", tuple[str, ...])


class WorkingMemory(Protocol):
    """Values of one session by slot. Every call has a limit; all raise StoreError when the server is away."""

    async def get(self, slot: Slot[T]) -> T | None:
        """Return a value; None when there is none, or it has expired."""

    async def put(self, slot: Slot[T], value: T, expires_s: float = 0.0) -> None:
        """Set a value, for ever or for so long."""

    async def delete(self, slot: Slot[T]) -> None:
        """Remove a value; there need not be one."""

    async def names(self) -> Sequence[str]:
        """Return the names of the slots with a value, sorted."""

    def watch(self, slot: Slot[T]) -> AbstractAsyncContextManager[AsyncIterator[T | None]]:
        """Follow a slot: its value now, then each that is set; None for none. An expiry is not told."""

    async def close(self) -> None:
        """Disconnect what this opened."""


async def open_working(url: str, bus: NatsBus | None, session: SessionId) -> WorkingMemory:
    """Open a session's working memory: in NATS KV, or where a redis:// or rediss:// URL leads.

    Raises:
        UsageError: No working memory looks like that, or what it needs is not installed.
        StoreError: The server is away.
    """
    if not url and bus is not None:
        from agents.knowledge.working_nats import NatsWorkingMemory  # noqa: PLC0415 - it needs the protocol

        return await NatsWorkingMemory.open(bus, session)
    if url.startswith(("redis://", "rediss://")):
        try:
            from agents.knowledge.working_redis import RedisWorkingMemory  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise UsageError("working memory redis: needs pip install 'framewire[knowledge]'") from error
        return await RedisWorkingMemory.open(url, session)
    raise UsageError(f"working memory {url!r}: allowed are redis://host:6379/0, and nothing for NATS")


def away(name: str, error: BaseException) -> StoreError:
    """Return what is raised when a server does not answer."""
    return StoreError(f"working memory {name}: {error!r}")
