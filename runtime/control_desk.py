"""Where a live session's control requests are carried out, between two frames.

    in.control ─► take ─► pause, step, speed, reset … ─► reply, event `control.<op>`
                     └─► save, load ─► the store, beside the running game ─► reply

Live play never waits for the store: `save` takes the state at once and stores it beside the game, `load` fetches first
and goes back between two frames. A game in lockstep or in a pause waits, so that it comes out the same in every run.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog

from runtime import wire
from runtime.backend import Capabilities
from runtime.clock import ClockMode
from runtime.control import check, refusal
from runtime.errors import ControlError, StateError
from runtime.inbox import Asked
from runtime.slots import Slots, slot_name
from runtime.subjects import SessionId

log = structlog.get_logger()

T = TypeVar("T")

#: How long a slot may wait for those before it and then for the store, which has limits of its own.
_SLOT_S = 15.0

#: Slots on their way to or from the store; each holds a state in memory.
_MOST_WAITING = 8


class Controlled(Protocol):
    """What the desk needs of the game."""

    @property
    def frame_index(self) -> int:
        """The last frame published."""

    async def capture_state(self) -> wire.Savestate:
        """Return the state from which the next frame will be emulated."""

    async def restore(self, state: wire.Savestate) -> None:
        """Go back to a state; no button is held.

        Raises:
            StateError: It is of another core or ROM, or damaged.
        """

    async def reset(self) -> None:
        """Switch off and on."""

    async def refresh(self) -> None:
        """Send something to begin with."""

    def keep(self, reason: str) -> None:
        """Keep the last seconds.

        Raises:
            ControlError: All is recorded.
        """

    def stop(self) -> None:
        """End the session."""

    def repaced(self) -> None:
        """Begin a new schedule: the pace is another one."""

    def tell(self, name: str, facts: Mapping[str, wire.Scalar]) -> None:
        """Put an event into the session."""

    async def answer(self, reply: str, payload: wire.ControlReply) -> None:
        """Answer a request."""

    async def waited_for(self, work: "asyncio.Future[Any]", give_up: Callable[[], object]) -> None:
        """Wait for work while the game stands; `give_up` is called when the session is to end."""

    def wake(self) -> None:
        """Let the game look for what is to be done."""


@dataclass
class Pace:
    """How a session runs at present.

    Attributes:
        clock: By what.
        rate: Times the console's rate, where the clock is realtime.
        paused: Whether it waits before the next frame.
    """

    clock: ClockMode
    rate: float = 1.0
    paused: bool = False

    @property
    def speed(self) -> float:
        """Times real time; 0 where nothing says how fast."""
        return self.rate if self.clock == "realtime" else 0.0


@dataclass
class _Step:
    """A step under way."""

    frames_left: int
    reply: str


@dataclass(frozen=True)
class _Fetched:
    """A state from the store that the game is to go back to."""

    request: wire.Control
    reply: str
    state: wire.Savestate


class ControlDesk:
    """Takes requests one after the other; the bridge hands them over between frames."""

    def __init__(self, game: Controlled, can: Capabilities, slots: Slots, session: SessionId, clock: ClockMode) -> None:
        self._game, self._can, self._slots, self._session = game, can, slots, session
        self.pace = Pace(clock)
        self._step: _Step | None = None
        self._fetched: deque[_Fetched] = deque()
        self._storing = asyncio.Lock()
        self._beside: set[asyncio.Task[None]] = set()

    @property
    def holds(self) -> bool:
        """Whether to wait before the next frame."""
        return self.pace.paused and self._step is None

    @property
    def fetched(self) -> bool:
        """Whether a state from the store waits for the game to go back to it."""
        return bool(self._fetched)

    async def take(self, asked: Asked) -> None:
        """Carry a request out, or begin to."""
        request, reply = asked.request, asked.reply
        assert isinstance(request, wire.Control)
        try:
            if problem := check(request) or refusal(request, self._can):
                await self._refuse(request, reply, problem)
            else:
                await self._begin(request, reply)
        except (ControlError, StateError) as error:
            await self._refuse(request, reply, str(error))

    async def restore_fetched(self) -> None:
        """Go back to a state that has come from the store meanwhile."""
        while self._fetched:
            fetched = self._fetched.popleft()
            try:
                await self._game.restore(fetched.state)
            except StateError as error:
                await self._refuse(fetched.request, fetched.reply, str(error))
            else:
                await self._done(fetched.request, fetched.reply)

    def published(self) -> None:
        """Count a frame."""
        if self._step is None:
            return
        self._step.frames_left -= 1
        if self._step.frames_left == 0:
            step, self._step = self._step, None
            self._later(self._game.answer(step.reply, self._reply()))

    async def close(self) -> None:
        """Wait for what is being stored; there is no frame any more to go back from."""
        while self._beside:
            await asyncio.wait(self._beside)
        while self._fetched:
            fetched = self._fetched.popleft()
            await self._refuse(fetched.request, fetched.reply, "the session has ended")

    async def _begin(self, request: wire.Control, reply: str) -> None:
        """Carry out what is done at once; begin the rest.

        Raises:
            ControlError: It cannot be done now.
            StateError: The emulator has no state to give.
        """
        match request.op:
            case "step":
                self._begin_step(request, reply)
            case "save":
                state = await self._game.capture_state()
                await self._beside_the_game(self._save(request, reply, state), gives_up=False)
            case "load":
                await self._beside_the_game(self._fetch(request, reply), gives_up=True)
                await self.restore_fetched()
            case _:
                await self._do(request)
                await self._done(request, reply)

    def _begin_step(self, request: wire.Control, reply: str) -> None:
        if self._step:
            raise ControlError(f"a step of {self._step.frames_left} more frames is under way")
        self._step = _Step(request.frames, reply)
        self.pace.paused = True
        self._tell(request)

    async def _do(self, request: wire.Control) -> None:
        pace = self.pace
        match request.op:
            case "pause" | "resume":
                pace.paused = request.op == "pause"
                self._game.repaced()
            case "set_clock":
                pace.clock, pace.rate = request.clock, 1.0  # type: ignore[assignment]  # `check` allows only clocks
                self._game.repaced()
            case "set_rate":
                self._set_rate(request.rate)
            case "reset":
                await self._game.reset()
            case "refresh":
                await self._game.refresh()
            case "keep":
                self._game.keep("asked to")
            case "stop":
                self._game.stop()

    def _set_rate(self, rate: float) -> None:
        if self.pace.clock == "lockstep":
            raise ControlError("set_rate: in lockstep the actors set the pace; set the clock to realtime or free first")
        self.pace.clock = "realtime" if rate else "free"
        self.pace.rate = rate or 1.0
        self._game.repaced()

    async def _save(self, request: wire.Control, reply: str, state: wire.Savestate) -> None:
        try:
            await self._in_turn(self._slots.save(self._session, request.slot, state))
        except ControlError as error:
            await self._refuse(request, reply, str(error))
        else:
            await self._done(request, reply, state.frame_index - 1)

    async def _fetch(self, request: wire.Control, reply: str) -> None:
        try:
            state = await self._in_turn(self._slots.load(*slot_name(request.slot, self._session)))
        except ControlError as error:
            await self._refuse(request, reply, str(error))
        else:
            self._fetched.append(_Fetched(request, reply, state))
            self._game.wake()

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """Do work on the store, after what was asked for before.

        Raises:
            ControlError: It failed or took too long.
        """
        try:
            async with asyncio.timeout(_SLOT_S), self._storing:
                return await work
        except TimeoutError as error:
            raise ControlError(f"the store of slots did not come to it within {_SLOT_S:g} s") from error
        finally:
            work.close()  # of one that never had its turn

    async def _beside_the_game(self, work: Coroutine[Any, Any, None], *, gives_up: bool) -> None:
        """Begin work on the store; wait for it where the game may stand. `gives_up`: when the session is to end."""
        if len(self._beside) >= _MOST_WAITING:
            work.close()
            raise ControlError(f"{_MOST_WAITING} slots are on their way to or from the store; wait for one of them")
        task = self._later(work)
        if self.pace.clock == "lockstep" or self.holds:
            await self._game.waited_for(task, task.cancel if gives_up else lambda: None)

    async def _done(self, request: wire.Control, reply: str, at: int | None = None) -> None:
        """Say that it is done; `at` is the frame that it was done at, where the game has gone on since."""
        log.info("control", op=request.op, frame=self._game.frame_index, by=request.by)
        if request.op not in ("refresh", "keep"):  # `keep` tells what it kept
            self._tell(request)
        await self._game.answer(reply, self._reply(at=at))

    async def _refuse(self, request: wire.Control, reply: str, error: str) -> None:
        """Say why not: to whoever waits, otherwise in the session."""
        log.info("control", op=request.op, frame=self._game.frame_index, by=request.by, error=error)
        if not reply:
            self._game.tell("control.refused", {"op": request.op, **_facts(request), "error": error})
        await self._game.answer(reply, self._reply(error))

    def _tell(self, request: wire.Control) -> None:
        self._game.tell(f"control.{request.op}", _facts(request))

    def _reply(self, error: str = "", at: int | None = None) -> wire.ControlReply:
        pace = self.pace
        frame_index = self._game.frame_index if at is None else at
        return wire.ControlReply(
            frame_index=frame_index, paused=pace.paused, clock=pace.clock, error=error, speed=pace.speed
        )

    def _later(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task


def _facts(request: wire.Control) -> dict[str, wire.Scalar]:
    """Return what was asked for, and by whom, as an event's facts."""
    used: dict[str, tuple[str, ...]] = {
        "save": ("slot",), "load": ("slot",), "step": ("frames",), "set_clock": ("clock",), "set_rate": ("rate",),
    }  # fmt: skip
    facts = {field: getattr(request, field) for field in used.get(request.op, ())}
    return facts | ({"by": request.by} if request.by else {})
