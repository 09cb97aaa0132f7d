"""Where a replay takes what others send it: joins, requests and answers, as a bridge does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import structlog

from runtime import wire
from runtime.arbiter import Arbiter
from runtime.bus import Bus
from runtime.inbox import Inbox
from runtime.subjects import SessionId
from streams.replay_control import Transport, check
from streams.ticks import Tick

log = structlog.get_logger()


class Desk:
    """Answers at once, whatever the replay's rate; what takes time is answered when the replay has done it."""

    def __init__(
        self,
        bus: Bus,
        session: SessionId,
        transport: Transport,
        welcome: Callable[[], wire.Welcome],
        refresh: Callable[[], None],
        moved: asyncio.Event,
    ) -> None:
        """Serve a replay.

        Args:
            bus: Where requests come.
            session: The session it appears as.
            transport: What carries the requests out.
            welcome: Returns what the session is, at this moment.
            refresh: Gives readers that just began something to begin with.
            moved: Set when an actor has answered a frame.
        """
        self._bus, self._session, self._transport = bus, session, transport
        self._welcome, self._refresh, self._moved = welcome, refresh, moved
        self._inbox = Inbox(Arbiter(welcome().buttons), self._on_action, self._on_discovery)
        self._answers: dict[str, int] = {}  # the last frame answered, by actor
        self._replies: set[asyncio.Task[None]] = set()

    @property
    def members(self) -> dict[str, int]:
        """Frames between the ticks of each actor that joined; 0 for those without ticks."""
        return self._inbox.members

    @property
    def refused(self) -> int:
        """Messages that could not be used."""
        return self._inbox.refused

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve while inside. The replay stops when that fails, and the error is raised here."""
        unsubscribe = await self._inbox.open(self._bus, self._session)
        serving = asyncio.create_task(self._serve())
        serving.add_done_callback(lambda _: self._transport.stop())
        try:
            yield
        finally:
            self._transport.give_up("the replay has ended")
            serving.cancel()
            for stop in unsubscribe:
                await stop()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            await asyncio.gather(*self._replies)

    def unanswered(self, tick: Tick) -> list[str]:
        """Return the actors that were due on this frame and have not answered it."""
        if not tick.has("state"):
            return []  # nothing has told them of this frame
        due = (actor for actor, every in self.members.items() if every and tick.frame_index % every == 0)
        return [actor for actor in due if self._answers.get(actor) != tick.frame_index]

    def forget_answers(self) -> None:
        """Take no answer given so far for one to a frame that comes, as after a seek."""
        self._answers.clear()

    def empty(self) -> None:
        """Let go of the plans and events that actors sent: they are not part of the recording."""
        self._inbox.take_flow()

    async def _serve(self) -> None:
        while True:
            await self._inbox.wake.wait()
            self._inbox.wake.clear()
            while self._inbox.joins:
                join, reply = self._inbox.joins.popleft()
                assert isinstance(join, wire.Join)
                await self._reply(reply, self._welcome())
                if join.every >= 0:
                    self.members[join.actor] = join.every
                    log.info("actor.joined", actor=join.actor, every=join.every)
                    self._refresh()
            while self._inbox.controls:
                request, reply = self._inbox.controls.popleft()
                assert isinstance(request, wire.Control)
                self._control(request, reply)

    def _control(self, request: wire.Control, reply: str) -> None:
        def done(error: str) -> None:
            now = self._welcome()
            log.info("control", op=request.op, frame=now.frame_index, error=error)
            answer = wire.ControlReply(
                frame_index=now.frame_index, paused=now.paused, clock=now.clock, error=error, speed=now.speed
            )
            self._later(self._reply(reply, answer))

        error = check(request, self._transport.first, self._transport.last)
        if error:
            done(error)
        elif request.op == "step":
            self._transport.step(request.frames, done)
        elif request.op == "seek":
            self._transport.seek(request.frame, done)
        else:
            self._do(request)
            done("")

    def _do(self, request: wire.Control) -> None:
        """Carry out what is done at once."""
        match request.op:
            case "pause":
                self._transport.pause()
            case "resume":
                self._transport.resume()
            case "set_rate":
                self._transport.set_rate(request.rate)
            case "set_loop":
                self._transport.set_loop(request.loop)
            case "refresh":
                self._refresh()
            case "stop":
                self._transport.stop()

    def _on_action(self, action: wire.Action) -> None:
        self._answers[action.actor] = action.frame_index
        self._moved.set()

    def _on_discovery(self, reply: str) -> None:
        self._later(self._reply(reply, self._welcome()))

    async def _reply(self, to: str, payload: wire.Payload) -> None:
        if to:
            await self._bus.publish(to, wire.encode(payload))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)
