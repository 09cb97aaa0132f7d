"""A bus within one event loop, with NATS's subject rules; for tests and for use in one process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import count

from runtime.bus import Handler, Kept, Message, Unsubscribe
from runtime.errors import BusError

#: As the embedded server's max_payload (runtime.nats_server).
MAX_PAYLOAD_BYTES = 8 << 20


class MemoryBus:
    """Delivers in order, in a later turn of the loop, as a server would."""

    connected = True
    dropped = 0

    def __init__(self) -> None:
        self._subscriptions: dict[int, tuple[list[str], Handler]] = {}
        self._routes: dict[str, tuple[int, ...]] = {}  # subscriptions by subject, until one comes or goes
        self._numbers = count()

    async def publish(self, subject: str, data: bytes, reply: str = "") -> None:
        """See Bus."""
        _check_sizes(((subject, data),))
        self._deliver(Message(subject, bytes(data), reply))

    async def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """See Bus."""
        together = tuple(messages)
        _check_sizes(together)
        for subject, data in together:
            self._deliver(Message(subject, bytes(data)))

    async def subscribe(self, subject: str, handler: Handler) -> Unsubscribe:
        """See Bus."""
        number = next(self._numbers)
        self._subscriptions[number] = (subject.split("."), handler)
        self._routes.clear()
        return self._unsubscriber(number)

    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """See Bus."""
        replies: asyncio.Queue[bytes] = asyncio.Queue()
        inbox = f"_INBOX.{next(self._numbers)}"
        unsubscribe = await self.subscribe(inbox, lambda message: replies.put_nowait(message.data))
        try:
            if not self._deliver(Message(subject, bytes(data), inbox)):
                raise BusError(f"{subject}: nobody listens")
            async with asyncio.timeout(timeout_s):
                return await replies.get()
        except TimeoutError as error:
            raise BusError(f"{subject}: no answer within {timeout_s:g} s") from error
        finally:
            await unsubscribe()

    async def request_many(self, subject: str, data: bytes, wait_s: float) -> list[bytes]:
        """See Bus."""
        replies: list[bytes] = []
        inbox = f"_INBOX.{next(self._numbers)}"
        unsubscribe = await self.subscribe(inbox, lambda message: replies.append(message.data))
        self._deliver(Message(subject, bytes(data), inbox))
        await asyncio.sleep(wait_s)
        await unsubscribe()
        return replies

    async def keep(self, kept: Kept, subject: str, data: bytes, message_id: str) -> None:
        """See Bus; nothing is stored, so that whoever wants to keep it subscribes."""
        await self.publish(subject, data)

    async def push(self) -> None:
        """See Bus."""
        await asyncio.sleep(0)

    async def flush(self) -> None:
        """See Bus."""
        await asyncio.sleep(0)

    async def close(self) -> None:
        """See Bus."""
        self._subscriptions.clear()
        self._routes.clear()

    def _deliver(self, message: Message) -> int:
        targets = self._routes.get(message.subject)
        if targets is None:
            tokens = message.subject.split(".")
            targets = tuple(number for number, (pattern, _) in self._subscriptions.items() if matches(pattern, tokens))
            self._routes[message.subject] = targets
        for number in targets:
            asyncio.get_running_loop().call_soon(self._call, number, message)
        return len(targets)

    def _call(self, number: int, message: Message) -> None:
        if number in self._subscriptions:
            self._subscriptions[number][1](message)

    def _unsubscriber(self, number: int) -> Callable[[], Awaitable[None]]:
        async def unsubscribe() -> None:
            self._subscriptions.pop(number, None)
            self._routes.clear()

        return unsubscribe


def _check_sizes(messages: Iterable[tuple[str, bytes]]) -> None:
    for subject, data in messages:
        if len(data) > MAX_PAYLOAD_BYTES:
            raise BusError(f"{subject}: {len(data)} bytes, the server takes at most {MAX_PAYLOAD_BYTES}")


def matches(pattern: list[str], tokens: list[str]) -> bool:
    """Return whether a subject's tokens match a pattern's: `*` is one token, a last `>` one or more."""
    for i, part in enumerate(pattern):
        if part == ">":
            return len(tokens) > i
        if i >= len(tokens) or part not in ("*", tokens[i]):
            return False
    return len(pattern) == len(tokens)
