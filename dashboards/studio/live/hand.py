"""A person's keys in the browser become actions with their cause, as those of `runtime play` do."""

import asyncio
import time
from collections.abc import Collection

from dashboards.play.pad import Pad
from dashboards.play.player import HOLD_FRAMES, PRIORITY, REASON
from runtime import wire
from runtime.bus import Bus
from runtime.errors import UsageError
from runtime.subjects import SessionId, subject

#: What a person is called in the recording, as by `runtime play`.
PERSON = "person"

#: A person's keys win while held and so long after, frames.
_AFTER_FRAMES = 30


class Hand:
    """One session's keyboard: at most one viewer has it."""

    def __init__(self, bus: Bus, welcome: wire.Welcome) -> None:
        self._bus, self._session, self._buttons = bus, SessionId(welcome.session), welcome.buttons
        self._pad = Pad()
        self._frame_index = welcome.frame_index
        self._moved = asyncio.Event()
        self._pressed = False
        self._gone = False
        self.holder = 0  # the number of the viewer that has it; 0 for none

    def take(self, viewer: int) -> None:
        """Give the keyboard to a viewer; who had it has it no longer."""
        self._pad.release_all()
        self.holder = viewer

    def drop(self, viewer: int) -> None:
        """Let go of everything if this viewer has the keyboard; the actors go on at once."""
        if self.holder == viewer:
            self._pad.release_all()
            self.holder, self._gone = 0, True
            self._moved.set()

    def hold(self, viewer: int, buttons: Collection[str]) -> None:
        """Hold these buttons and no others, if this viewer has the keyboard.

        Raises:
            UsageError: The console has no such button.
        """
        if unknown := sorted(set(buttons) - set(self._buttons)):
            raise UsageError(f"no button {', '.join(unknown)}; there are {', '.join(self._buttons)}")
        if self.holder != viewer:
            return
        for button in self._buttons:
            if button in buttons:
                self._pad.down(button, self._frame_index)
            else:
                self._pad.up(button, self._frame_index)
        self._moved.set()

    def see(self, frame_index: int, held: tuple[str, ...]) -> None:
        """Learn that a frame passed, and what the game held on it: what is held is said again."""
        self._frame_index = frame_index
        self._pad.in_game(held)
        if self._pressed or self._pad.held(frame_index):
            self._moved.set()

    async def run(self) -> None:
        """Tell the bridge what is held, at once when it changes and on every frame, until cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            held = self._pad.held(self._frame_index)
            if held:
                await self._send(held, HOLD_FRAMES)
            elif self._pressed:
                await self._send((), 1 if self._gone else _AFTER_FRAMES)
            self._pressed, self._gone = bool(held), False

    async def _send(self, buttons: tuple[str, ...], hold_frames: int) -> None:
        action = wire.Action(
            actor=PERSON,
            frame_index=self._frame_index,
            sent_ns=time.monotonic_ns(),
            buttons=buttons,
            hold_frames=hold_frames,
            priority=PRIORITY,
            reason=REASON,
        )
        await self._bus.publish(subject(self._session, "in.action", PERSON), wire.encode(action))
