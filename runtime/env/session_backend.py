"""A session on the bus as a Backend: its bridge is told what to press and how many frames to emulate."""

import asyncio
import dataclasses
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Capabilities
from runtime.client import Client, connect
from runtime.console import CONSOLES
from runtime.errors import BusError, ControlError, EmulatorError, StateError
from runtime.nats_bus import NatsOptions
from runtime.observation import Observation
from runtime.pixels import Raw
from runtime.private_loop import PrivateLoop

T = TypeVar("T")

#: What we are called in the session's recording, and above every actor of the launches (runtime/launches).
_NAME = "env"
_PRIORITY = 1000

#: How long a step's observation may take once the bridge has emulated it, seconds.
_SEEN_S = 30.0

#: Slots of ours are named so, by number.
_SLOT = "env-"


class SessionBackend:
    """A live session, paused but for the frames that we ask for; who else looks at it or records it sees every one.

    A state is the name of one of the session's slots. After `reset` and `load_state`, `frame` and `memory` are those of
    before, until the next step.
    """

    capabilities = Capabilities(remote=True)
    skipped = 0

    def __init__(self, session: str = "", nats: NatsOptions | str = "", *, start: str = "", clock: str = "") -> None:
        """Take a session over: pause it.

        Args:
            session: Its name; empty for the only one there.
            nats: A server's URL or options; empty for the embedded server of the state folder.
            start: Start this game first, and end it with us.
            clock: The session's clock from now on; empty for its own, or "free" for one that we start.

        Raises:
            FramewireError: There is no such session, or it cannot be controlled.
        """
        self._loop = PrivateLoop("session-backend")
        self._stack = AsyncExitStack()
        self._saved = 0
        self._seen: Observation | None = None
        clock = clock or ("free" if start else "")
        try:
            self._client = self._call(self._open(nats, session, start, clock))
        except BaseException:
            self.close()
            raise
        told = self._client.welcome
        self.console = dataclasses.replace(CONSOLES[told.console], width=told.width, height=told.height)
        self.core, self.rom_sha256 = told.core, told.rom_sha256
        self.core_options: Mapping[str, str] = {}
        self.pixel_format, self.regions = told.pixel_format, told.regions
        self.game_toml = told.game_toml

    def reset(self) -> None:
        """Switch the console off and on."""
        self._call(self._client.control("reset"))

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Let the session emulate frames with exactly these buttons held, whoever else presses.

        Raises:
            EmulatorError: The session ended, or does not show what it emulated.
        """
        self._call(self._step(buttons, frames))

    def frame(self) -> Raw:
        """Return the last frame, (H, W) native pixels, read-only."""
        return self._last().raw

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes, (size,) uint8, read-only."""
        return {region.name: self._last().memory(region.name) for region in self.regions}

    def save_state(self) -> bytes:
        """Let the bridge keep its state in a slot; return the slot's name."""
        slot = f"{_SLOT}{self._saved}"
        self._saved += 1
        self._call(self._client.control("save", slot=slot))
        return slot.encode()

    def load_state(self, state: bytes) -> None:
        """Go back to a slot.

        Raises:
            StateError: There is no slot of this name, or it is of another core or ROM.
        """
        try:
            self._call(self._client.control("load", slot=state[:100].decode()))
        except (ControlError, UnicodeDecodeError) as error:
            raise StateError(f"over the bus a state is the name of a slot of the session: {error}") from error

    def close(self) -> None:
        """Release the buttons and leave the session as it was: running, if it ran, with its clock."""
        if not self._loop.closed:
            self._loop.call(self._stack.aclose())
            self._loop.close()

    async def _open(self, nats: NatsOptions | str, session: str, start: str, clock: str) -> Client:
        client = await self._stack.enter_async_context(
            connect(nats, session, start=start, clock=clock or "realtime", name=_NAME)
        )
        told = client.welcome
        if not start:
            self._stack.push_async_callback(self._give_back, client, told.paused, told.clock if clock else "")
        await client.control("pause")
        if clock and told.clock != clock:
            await client.control("set_clock", clock=clock)
        self._observing = await self._stack.enter_async_context(aclosing(client.observe("frame", "memory")))
        reply = await client.control("step", frames=1)  # so that there is a frame to see
        await self._see(reply.frame_index)
        return client

    async def _step(self, buttons: frozenset[str], frames: int) -> None:
        await self._client.press(*sorted(buttons), hold_frames=frames, priority=_PRIORITY)
        reply = await self._client.control("step", frames=frames)
        await self._see(reply.frame_index)

    async def _see(self, frame_index: int) -> None:
        """Observe until this frame."""
        try:
            async with asyncio.timeout(_SEEN_S):
                while self._seen is None or self._seen.frame_index < frame_index:
                    self._seen = await anext(self._observing)
        except StopAsyncIteration as error:
            raise EmulatorError("the session has ended") from error
        except TimeoutError as error:
            raise EmulatorError(f"frame {frame_index} of the session did not come within {_SEEN_S:g} s") from error

    @staticmethod
    async def _give_back(client: Client, paused: bool, clock: str) -> None:
        try:
            await client.press(priority=_PRIORITY, hold_frames=1)
            if clock:
                await client.control("set_clock", clock=clock)
            if not paused:
                await client.control("resume")
        except (BusError, ControlError):
            return  # the session is gone: there is nobody to give it back to

    def _last(self) -> Observation:
        assert self._seen is not None  # since `_open`
        return self._seen

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.call(work)
