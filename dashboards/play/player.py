"""A person at a session: keys become actions with their cause, commands become requests, the newest frame is shown."""

import asyncio
import math
from dataclasses import dataclass

import numpy as np

from dashboards.play.keymap import COMMANDS, Keymap
from dashboards.play.pad import Pad
from dashboards.play.screen import Screen
from runtime import wire
from runtime.client import Client
from runtime.commands.keys import Key
from runtime.errors import BusError, ControlError
from runtime.pixels import Raw, to_rgb

#: How long a button stays if we are gone without letting go, half a second. While it is held each frame says so again.
HOLD_FRAMES = 30

#: Above what launch files give their actors.
PRIORITY = 100

#: What the recording says of why a person pressed.
REASON = "keyboard"

_SLOWEST, _FASTEST = 1 / 16, 16.0


@dataclass(frozen=True)
class Sharing:
    """How a person and agents share the pad.

    Attributes:
        merge: Both press: the union. Otherwise the person's keys win while held and some frames after.
        after_frames: How many.
    """

    merge: bool = False
    after_frames: int = 30


class Player:
    """One person at one session. Make it, `run` it."""

    def __init__(
        self, client: Client, screen: Screen, keymap: Keymap, *, name: str, slot: str, sharing: Sharing
    ) -> None:
        self._client, self._screen, self._keymap = client, screen, keymap
        self._name, self._slot, self._sharing = name, slot, sharing
        self._pad = Pad()
        self._frame_index = client.welcome.frame_index
        self._raw: Raw | None = None
        self._fresh = asyncio.Event()
        self._moved = asyncio.Event()
        self._commands: asyncio.Queue[str] = asyncio.Queue(8)
        self._pressed = False
        self._others: dict[str, tuple[int, int]] = {}  # priority, and the last frame on which its buttons count
        self._paused, self._speed = client.welcome.paused, client.welcome.speed
        self._said = ""

    async def run(self) -> None:
        """Play until the person quits or the session ends.

        Raises:
            BusError: The connection is gone.
            UsageError: There is no such screen.
        """
        welcome = self._client.welcome
        with self._screen.open(self._hear, welcome.width, welcome.height, self._status()):
            async with asyncio.TaskGroup() as group:
                others = (self._screen.pump(), self._draw(), self._send_keys(), self._obey(), self._watch_others())
                helpers = [group.create_task(work) for work in others]
                try:
                    async for seen in self._client.observe("frame", "input"):
                        self._frame_index = seen.frame_index
                        self._pad.in_game(seen.held)
                        self._raw = np.array(seen.raw)
                        self._fresh.set()
                        self._moved.set()
                finally:
                    for helper in helpers:
                        helper.cancel()

    def stop(self) -> None:
        """Quit."""
        self._client.end()

    def _hear(self, key: Key) -> None:
        """Take a key from the screen."""
        if not key.name:
            self._pad.release_all()
        does = self._keymap.get(key.name, "")
        if does in COMMANDS:
            if key.kind == "press" and not self._commands.full():
                self._commands.put_nowait(does)
            return
        if not does:
            return
        if not self._screen.releases:
            self._pad.tap(does, self._frame_index)
        elif key.kind == "release":
            self._pad.up(does, self._frame_index)
        else:
            self._pad.down(does, self._frame_index)
        self._moved.set()

    async def _send_keys(self) -> None:
        """Tell the bridge what is held: at once when it changes, and again on every frame."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            held = self._pad.held(self._frame_index)
            priority = self._top_priority() if self._sharing.merge else PRIORITY
            if held:
                await self._client.press(*held, hold_frames=HOLD_FRAMES, priority=priority, reason=REASON)
            elif self._pressed:
                after = 1 if self._sharing.merge else self._sharing.after_frames
                await self._client.press(hold_frames=after, priority=priority, reason=REASON)
            self._pressed = bool(held)

    async def _watch_others(self) -> None:
        """Keep the priorities of who else presses: actors of equal priority are merged."""
        if not self._sharing.merge:
            return
        async for action in self._client.subscribe("in.action"):
            assert isinstance(action, wire.Action)
            if action.actor != self._name:
                until = action.frame_index + action.hold_frames if action.buttons is not None else -1
                self._others[action.actor] = (action.priority, until)

    def _top_priority(self) -> int:
        return max((priority for priority, until in self._others.values() if until >= self._frame_index), default=0)

    async def _draw(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if self._raw is None:
                continue
            began = clock()
            try:
                await self._screen.show(to_rgb(self._raw, self._client.welcome.pixel_format), self._status())
            except OSError:  # the terminal hung up
                self.stop()
            await asyncio.sleep(max(1 / self._screen.most_hz - (clock() - began), 0))

    async def _obey(self) -> None:
        """Carry out commands, one after the other."""
        while True:
            command = await self._commands.get()
            if command == "quit":
                self.stop()
                continue
            try:
                reply = await self._request(command)
            except (ControlError, BusError) as error:
                self._said = str(error)
            else:
                self._paused, self._speed = reply.paused, reply.speed
                self._said = f"{command} {self._slot}" if command in ("save", "load") else ""
            self._fresh.set()

    async def _request(self, command: str) -> wire.ControlReply:
        speed = self._speed or _FASTEST
        rates = {"slower": max(speed / 2, _SLOWEST), "faster": min(speed * 2, _FASTEST), "realtime": 1.0}
        if command in rates:
            return await self._client.control("set_rate", rate=rates[command])
        if command == "pause" and self._paused:
            command = "resume"
        return await self._client.control(command, slot=self._slot, frames=1)

    def _status(self) -> str:
        welcome = self._client.welcome
        speed = "" if math.isclose(self._speed, 1.0) else f"x {self._speed:g}" if self._speed else "full speed"
        held = "+".join(self._pad.held(self._frame_index))
        parts = (welcome.game, f"frame {self._frame_index}", "paused" if self._paused else "", speed, held, self._said)
        return " · ".join(part for part in parts if part)
