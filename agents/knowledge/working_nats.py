"""Working memory in NATS KV: one bucket, in memory, a key `<session>.<slot>`; a value is `[expires at, bytes]`.

The bucket lives as long as the server. When a value expires is part of it, for a key's own time to live is not in every
server that we meet.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Self, TypeVar

import msgspec
from nats.errors import Error as NatsError
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import BucketNotFoundError, KeyDeletedError, KeyNotFoundError, NoKeysError
from nats.js.kv import KeyValue

from agents.knowledge.errors import StoreError
from agents.knowledge.working import LARGEST_BYTES, Slot, away
from runtime.nats_bus import NatsBus
from runtime.subjects import WORKING_BUCKET, SessionId

T = TypeVar("T")

_LIMIT_S = 5.0


class _Value(msgspec.Struct, frozen=True, array_like=True):
    expires_at_ns: int  # wall clock; 0 for never
    data: bytes


class NatsWorkingMemory:
    """See WorkingMemory."""

    def __init__(self, bus: NatsBus, values: KeyValue, session: SessionId) -> None:
        """Use `open`."""
        self._bus, self._values, self._session = bus, values, session

    @classmethod
    async def open(cls, bus: NatsBus, session: SessionId) -> Self:
        """Find the bucket, or make it.

        Raises:
            StoreError: The server is away.
        """
        stream = bus.jetstream()
        async with _reaching(bus):
            try:
                values = await stream.key_value(WORKING_BUCKET)
            except BucketNotFoundError:
                values = await stream.create_key_value(
                    KeyValueConfig(WORKING_BUCKET, max_value_size=2 * LARGEST_BYTES, storage=StorageType.MEMORY)
                )
        return cls(bus, values, session)

    async def get(self, slot: Slot[T]) -> T | None:
        """See WorkingMemory."""
        async with _reaching(self._bus):
            try:
                entry = await self._values.get(self._key(slot))
            except (KeyNotFoundError, KeyDeletedError):
                return None
        return _decoded(slot, entry.value or b"")

    async def put(self, slot: Slot[T], value: T, expires_s: float = 0.0) -> None:
        """See WorkingMemory."""
        expires_at_ns = time.time_ns() + int(expires_s * 1e9) if expires_s else 0
        data = msgspec.msgpack.encode(_Value(expires_at_ns, slot.encode(value)))
        async with _reaching(self._bus):
            await self._values.put(self._key(slot), data)

    async def delete(self, slot: Slot[T]) -> None:
        """See WorkingMemory."""
        async with _reaching(self._bus):
            await self._values.delete(self._key(slot))

    async def names(self) -> Sequence[str]:
        """See WorkingMemory."""
        async with _reaching(self._bus):
            try:
                keys = await self._values.keys()
            except NoKeysError:
                return []
            own = [key for key in keys if key.startswith(f"{self._session}.")]
            entries = [(key, await self._values.get(key)) for key in own]
        return sorted(key.partition(".")[2] for key, entry in entries if not _expired(_value(entry.value or b"")))

    @contextlib.asynccontextmanager
    async def watch(self, slot: Slot[T]) -> AsyncIterator[AsyncIterator[T | None]]:
        """See WorkingMemory."""
        async with _reaching(self._bus):
            watcher = await self._values.watch(self._key(slot))

        async def follow() -> AsyncIterator[T | None]:
            begun = False
            async for entry in watcher:
                if entry is not None:
                    begun = True
                    yield None if entry.operation else _decoded(slot, entry.value or b"")
                elif not begun:  # all that was there has come: nothing
                    yield None

        try:
            yield follow()
        finally:
            with contextlib.suppress(NatsError):
                await watcher.stop()  # type: ignore[no-untyped-call]  # nats-py

    async def close(self) -> None:
        """See WorkingMemory."""

    def _key(self, slot: Slot[T]) -> str:
        return f"{self._session}.{slot.name}"


def _value(data: bytes) -> _Value:
    return msgspec.msgpack.decode(data, type=_Value)


def _expired(value: _Value) -> bool:
    return 0 < value.expires_at_ns <= time.time_ns()


def _decoded(slot: Slot[T], data: bytes) -> T | None:
    value = _value(data)
    return None if _expired(value) else slot.decode(value.data)


@contextlib.asynccontextmanager
async def _reaching(bus: NatsBus) -> AsyncIterator[None]:
    if not bus.connected:
        raise StoreError("working memory NATS: no connection to the server")
    try:
        async with asyncio.timeout(_LIMIT_S):
            yield
    except (NatsError, TimeoutError) as error:
        raise away("NATS", error) from error
