"""Acts of labelling on their way from an actor, or from a person's program, to the session's stream of labels.

They do not go through the bridge, for a label is no input of the game. Nobody in a frame's way waits for them: they lie
in an outbox until the server has stored them. The same act sent again, as after the server's restart, is stored once.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from runtime import wire
from runtime.bus import Bus, Kept
from runtime.errors import BusError
from runtime.subjects import SessionId, annotation_stream, subject

log = structlog.get_logger()

#: Between two attempts.
_RETRY_S = 0.1

#: How long an act may wait for a server that is gone, before its sender is told: a restart takes less than a second.
PATIENCE_S = 30.0


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
