"""Framewire from a script or a notebook: connect to a session, see it, press buttons, control it.

async with connect(start="emberwood") as game:
    async for seen in game.observe():
        await game.press("RIGHT" if seen.state["mode"] == 1 else "START")
"""

import asyncio
import contextlib
import logging
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import structlog

from runtime import logs, wire
from runtime.bus import Bus, Drop, Message
from runtime.clock import Rate, frames_per_tick
from runtime.config import env, state_folder
from runtime.console import CONSOLES
from runtime.control import control
from runtime.discovery import find_session
from runtime.errors import BusError, UsageError
from runtime.gaps import gap_record
from runtime.nats_bus import NatsOptions
from runtime.nats_bus import connect as connect_bus
from runtime.nats_server import attach
from runtime.observation import Observation, Senses
from runtime.subjects import BY_KIND, SessionId, subject

_START_S = 30.0

#: Between gap records of a script that is too slow.
_GAPS_EVERY_S = 1.0

#: Messages that may wait for a script.
_QUEUE_LIMIT = 10_000


class Client:
    """One session, seen from outside. Get it from `connect`."""

    def __init__(self, bus: Bus, welcome: wire.Welcome, name: str) -> None:
        self.welcome = welcome
        self._bus = bus
        self._name = name
        self._session = SessionId(welcome.session)
        self._seen_frame = welcome.frame_index
        self._open: set[Senses] = set()
        self._ended = False

    def end(self) -> None:
        """End every `observe`, as when the session is gone."""
        self._ended = True
        for senses in self._open:
            senses.end()

    async def observe(self, *reads: str, rate: Rate = "frame") -> AsyncGenerator[Observation, None]:
        """Yield the newest moment of the session, at most `rate` a second, until it ends.

        Args:
            reads: Kinds besides `state`; default `frame` and `memory`. Of runtime.observation.READABLE.
            rate: Hz of the console's nominal 60, or "frame" for every frame.
        """
        senses = Senses(self._bus, self.welcome, reads or ("frame", "memory"), frames_per_tick(rate))
        self._open.add(senses)
        await senses.open()
        if self._ended:
            senses.end()
        with contextlib.suppress(BusError):  # a replay has no bridge to ask; its next key comes within a second
            await self.control("refresh")
        try:
            report_at = time.monotonic() + _GAPS_EVERY_S
            while seen := await senses.next():
                self._seen_frame = seen.frame_index
                yield seen
                if time.monotonic() >= report_at:
                    report_at = time.monotonic() + _GAPS_EVERY_S
                    await self._report_drop("state", senses.take_drop())
        finally:
            await self._report_drop("state", senses.take_drop())
            self._open.discard(senses)
            await senses.close()

    async def subscribe(self, kind: str, actor: str = "*") -> AsyncIterator[wire.Payload]:
        """Yield every payload of a kind of message, decoded; those of one actor for kinds that actors send.

        When more than 10,000 wait, the oldest are dropped; the session's recording gets a gap record.
        """
        queue: deque[Message] = deque()
        arrived = asyncio.Event()
        first_dropped, dropped = -1, 0

        def keep(message: Message) -> None:
            nonlocal dropped, first_dropped
            if len(queue) >= _QUEUE_LIMIT:
                queue.popleft()
                first_dropped = self._seen_frame if dropped == 0 else first_dropped
                dropped += 1
            queue.append(message)
            arrived.set()

        row = BY_KIND.get(kind)
        by_actor = row is not None and row.sender == "actor" and kind not in ("in.join", "in.control")
        name = subject(self._session, kind, actor if by_actor else "")
        unsubscribe = await self._bus.subscribe(name, keep)
        try:
            while True:
                if not queue:
                    arrived.clear()
                    await arrived.wait()
                payload = wire.decode(BY_KIND[kind].payload, queue.popleft().data)
                self._seen_frame = max(self._seen_frame, getattr(payload, "frame_index", -1))
                if dropped:
                    drop, dropped = Drop(first_dropped, self._seen_frame, dropped), 0
                    await self._report_drop(kind, drop)
                yield payload
        finally:
            await unsubscribe()

    async def press(self, *buttons: str, hold_frames: int = 30, priority: int = 10, reason: str = "") -> None:
        """Hold these buttons from the next frame on, until the next call and at most `hold_frames`; none releases.

        Raises:
            UsageError: The console has no such button.
        """
        unknown = [button for button in buttons if button not in self.welcome.buttons]
        if unknown:
            raise UsageError(f"no button {', '.join(unknown)}; there are {', '.join(self.welcome.buttons)}")
        action = wire.Action(
            actor=self._name,
            frame_index=self._seen_frame,
            sent_ns=time.monotonic_ns(),
            buttons=buttons,
            hold_frames=hold_frames,
            priority=priority,
            reason=reason,
        )
        await self._bus.publish(subject(self._session, "in.action", self._name), wire.encode(action))

    async def control(self, op: str, *, frames: int = 0, slot: str = "", clock: str = "") -> wire.ControlReply:
        """Pause, resume, step, save, load, reset, set_clock or stop the session (`runtime.control.OPS`).

        Raises:
            ControlError: The bridge refuses.
            BusError: It does not answer.
        """
        request = wire.Control(op=op, frames=frames, slot=slot, clock=clock)
        return await control(self._bus, self._session, request)

    async def report(self, name: str, **facts: wire.Scalar) -> None:
        """Put an event into the session and its recording."""
        event = wire.Event(
            source=self._name, frame_index=self._seen_frame, sent_ns=time.monotonic_ns(), name=name, facts=facts
        )
        await self._bus.publish(subject(self._session, "in.event", self._name), wire.encode(event))

    async def _report_drop(self, kind: str, drop: Drop | None) -> None:
        if drop:
            gap = gap_record(self._name, kind, drop, "the script was slower than its messages came")
            await self._bus.publish(subject(self._session, "in.gap", self._name), wire.encode(gap))


@contextlib.asynccontextmanager
async def connect(
    nats: NatsOptions | str = "", session: str = "", *, start: str = "", clock: str = "realtime", name: str = "script"
) -> AsyncIterator[Client]:
    """Connect to a session on the bus.

    Args:
        nats: A server's URL or options; default: the embedded server of the state folder.
        session: The session's name; default: the only one there.
        start: Start this game first (a built-in name, a game.toml or a ROM), without actors, and end it with us.
        clock: The started game's clock.
        name: What we are called in the recording.

    Raises:
        BusError: There is no server or no such session.
        UsageError: There are several sessions and none was named.
    """
    if not structlog.is_configured():
        logs.set_up(logging.WARNING)
    async with contextlib.AsyncExitStack() as stack:
        if start:
            session = session or time.strftime("script-%Y%m%d-%H%M%S", time.gmtime())
            ended = await stack.enter_async_context(_started(start, session, clock))
        options = nats if isinstance(nats, NatsOptions) else NatsOptions(url=nats or env("FRAMEWIRE_NATS"))
        bus = await connect_bus(await _reachable(options, wait=bool(start)), name)
        stack.push_async_callback(bus.close)
        welcome = await find_session(bus, session, _START_S if start else 5.0)
        client = Client(bus, welcome, name)
        if start:
            ended.add_done_callback(lambda _: client.end())
        yield client


async def _reachable(options: NatsOptions, *, wait: bool) -> NatsOptions:
    deadline = time.monotonic() + (_START_S if wait else 0.0)
    while not options.url:
        if running := await attach(state_folder()):
            return running
        if time.monotonic() > deadline:
            raise BusError(
                f"no embedded server runs for {state_folder()}: start a game with `runtime up`, name a server, or "
                "pass start=GAME"
            )
        await asyncio.sleep(0.1)
    return options


@contextlib.asynccontextmanager
async def _started(game: str, session: str, clock: str) -> AsyncIterator["asyncio.Task[int]"]:
    """Run `runtime up` without actors as a child; give the task that ends with it.

    Raises:
        BusError: It ended by itself with an error.
    """
    suffixes = tuple(suffix for console in CONSOLES.values() for suffix in console.suffixes)
    arguments: list[Any] = ["--rom" if game.lower().endswith(suffixes) else "--game", game]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime", "up", *arguments, "--no-actors", "--session", session, "--clock", clock,
        "--with-parent", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    output = asyncio.create_task(process.stderr.read())
    ended = asyncio.create_task(process.wait())
    stopped = False
    try:
        yield ended
    finally:
        if process.returncode is None:
            stopped = True
            process.terminate()
        status = await ended
        lines = (await output).decode(errors="replace").splitlines()
        if status != 0 and not stopped:
            raise BusError(f"the game ended with status {status}: {' | '.join(lines[-3:])}")
