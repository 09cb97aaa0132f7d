"""Working memory in Redis (C11.7): a key `framewire:<session>:<slot>`, and a channel of its name that tells changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Self, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agents.knowledge.working import Slot, away
from runtime.subjects import SessionId

T = TypeVar("T")

_LIMIT_S = 5.0


class RedisWorkingMemory:
    """See WorkingMemory."""

    def __init__(self, redis: Redis, session: SessionId) -> None:
        """Use `open`."""
        self._redis, self._prefix = redis, f"framewire:{session}:"

    @classmethod
    async def open(cls, url: str, session: SessionId) -> Self:
        """Connect.

        Raises:
            StoreError: The server is away.
        """
        redis: Redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=_LIMIT_S)
        try:
            async with _reaching():
                await redis.ping()
        except BaseException:
            await redis.aclose()
            raise
        return cls(redis, session)

    async def get(self, slot: Slot[T]) -> T | None:
        """See WorkingMemory."""
        async with _reaching():
            data = await self._redis.get(self._key(slot))
        return None if data is None else slot.decode(data)

    async def put(self, slot: Slot[T], value: T, expires_s: float = 0.0) -> None:
        """See WorkingMemory."""
        data, key = slot.encode(value), self._key(slot)
        async with _reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.set(key, data, px=max(int(expires_s * 1000), 1) if expires_s else None)
            pipe.publish(key, data)
            await pipe.execute()

    async def delete(self, slot: Slot[T]) -> None:
        """See WorkingMemory."""
        key = self._key(slot)
        async with _reaching(), self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.publish(key, b"")
            await pipe.execute()

    async def names(self) -> Sequence[str]:
        """See WorkingMemory."""
        async with _reaching():
            keys = [key.decode() async for key in self._redis.scan_iter(match=f"{self._prefix}*")]
        return sorted({key.removeprefix(self._prefix) for key in keys})

    @contextlib.asynccontextmanager
    async def watch(self, slot: Slot[T]) -> AsyncIterator[AsyncIterator[T | None]]:
        """See WorkingMemory."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            async with _reaching():
                await channel.subscribe(self._key(slot))

            async def follow() -> AsyncIterator[T | None]:
                now: T | None = await self.get(slot)
                yield now
                async for message in channel.listen():
                    yield slot.decode(message["data"]) if message["data"] else None

            yield follow()

    async def close(self) -> None:
        """See WorkingMemory."""
        await self._redis.aclose()

    def _key(self, slot: Slot[T]) -> str:
        return f"{self._prefix}{slot.name}"


@contextlib.asynccontextmanager
async def _reaching() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_LIMIT_S):
            yield
    except (RedisError, OSError, TimeoutError) as error:
        raise away("Redis", error) from error
