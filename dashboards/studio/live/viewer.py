"""One browser at one session: it gets the newest when it has drawn the last, and may hold the keyboard.

From the browser, JSON, any of: `{"drawn": 1}` for each picture taken off our hands, `{"seen": 1}` for each annotated
one, `{"look": false}` while its page is hidden, `{"annotated": true}`, `{"take": true}`, `{"hold": ["A"]}`.
To the browser: texts of the kinds "about", "now" and "more", and pictures behind `watch.HEADER`.
"""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import msgspec
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from dashboards.studio.live.watch import Watch
from runtime.errors import UsageError

#: Pictures on their way or waiting for the browser's next repaint. With one, each picture waits for a repaint and the
#: way back before the next leaves, and every other frame is left out; with more, pictures queue up.
_ON_THE_WAY = 2

_numbers = count(1)


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a browser says."""

    drawn: int = 0
    seen: int = 0
    look: bool | None = None
    annotated: bool | None = None
    take: bool | None = None
    hold: tuple[str, ...] | None = None


class Viewer:
    """Make it, `run` it."""

    def __init__(self, watch: Watch, socket: WebSocket) -> None:
        self._watch, self._socket = watch, socket
        self._id = next(_numbers)
        self._fresh = asyncio.Event()
        self._looks, self._annotated = True, False
        self._sent = {"about": 0, "now": 0, "more": 0}
        self._sent_number, self._waiting = 0, 0
        self._sent_annotated, self._annotated_waiting = 0, 0

    @property
    def wants_annotated(self) -> bool:
        """Whether it shows the annotated view now."""
        return self._looks and self._annotated

    def wake(self) -> None:
        """There is something new."""
        self._fresh.set()

    async def run(self) -> None:
        """Serve the browser until it goes, or the session ends."""
        self._watch.viewers.add(self)
        await self._socket.send_text(msgspec.json.encode({"kind": "you", "viewer": self._id}).decode())
        sending = asyncio.create_task(self._send())
        hearing = asyncio.create_task(self._hear())
        try:
            await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._watch.viewers.discard(self)
            self._watch.hand.drop(self._id)
            self._watch.describe()
            for task in (sending, hearing):
                task.cancel()
            await asyncio.gather(sending, hearing, return_exceptions=True)

    async def _send(self) -> None:
        self._fresh.set()
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            async for part in self._due():
                if isinstance(part, str):
                    await self._socket.send_text(part)
                else:
                    await self._socket.send_bytes(part)
            if self._watch.status == "ended":
                return

    async def _due(self) -> AsyncIterator[str | bytes]:
        """Yield what the browser lacks and has room for, pictures first."""
        watch = self._watch
        if self._looks and self._waiting < _ON_THE_WAY and self._sent_number < watch.number:
            self._sent_number = watch.number
            self._waiting += 1
            yield watch.picture()
        for what in self._sent:
            if self._sent[what] < watch.told[what] and (self._looks or what == "about"):
                self._sent[what] = watch.told[what]
                yield str(getattr(watch, what))
        if self.wants_annotated and not self._annotated_waiting and self._sent_annotated < watch.annotated_number:
            self._sent_annotated = watch.annotated_number
            self._annotated_waiting = 1
            yield watch.annotated()

    async def _hear(self) -> None:
        """Take in what the browser says until it goes; what is no message of ours ends the connection."""
        try:
            while True:
                self._take(msgspec.json.decode(await self._socket.receive_text(), type=Said))
                self._fresh.set()
        except WebSocketDisconnect:
            return
        except (msgspec.DecodeError, UsageError, KeyError) as error:
            await self._socket.close(1008, str(error)[:120])

    def _take(self, said: Said) -> None:
        self._waiting = max(0, self._waiting - said.drawn)
        self._annotated_waiting = max(0, self._annotated_waiting - said.seen)
        if said.look is not None:
            self._looks = said.look
        if said.annotated is not None:
            self._annotated = said.annotated
        if said.take is not None:
            if said.take:
                self._watch.hand.take(self._id)
            else:
                self._watch.hand.drop(self._id)
            self._watch.describe()
        if said.hold is not None:
            self._watch.hand.hold(self._id, said.hold)
