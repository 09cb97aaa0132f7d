"""Frames from a source onto the terminal: the newest, at most so often; keys pause and step."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from dashboards.play.screen import Screen
from dashboards.view.overlay import Annotator
from dashboards.view.source import Source
from runtime.clock import Rate
from runtime.commands.keys import Key
from runtime.errors import BusError, ControlError
from runtime.observation import Observation
from runtime.pixels import Rgb
from streams.replay_keys import HELP as REPLAY_HELP

LIVE_HELP = "space pause · . step · q quit"

#: The eyes look ten times a second, as the agents' do; each look takes some 2 ms.
_EYES_HZ = 10

#: Pictures over which their rate is measured: about a second of them.
_TIMES = 30


class Viewing:
    """One person who looks. Make it, `run` it."""

    def __init__(self, source: Source, screen: Screen, *, fps: float, overlay: bool) -> None:
        self._source, self._screen = source, screen
        self._client = source.client
        self._hz = min(fps or screen.most_hz, screen.most_hz)
        self._annotator = Annotator(source.client.welcome) if overlay else None
        self._newest: tuple[Rgb, int] | None = None
        self._fresh = asyncio.Event()
        self._commands: asyncio.Queue[str] = asyncio.Queue(8)
        self._said = ""
        self._times: deque[float] = deque(maxlen=_TIMES)  # of the last pictures, seconds

    async def run(self) -> None:
        """Show frames until the person quits or the session ends."""
        welcome = self._client.welcome
        await self._learn()
        with self._screen.open(self._hear, welcome.width, welcome.height, welcome.session):
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(work) for work in (self._screen.pump(), self._draw(), self._obey())]
                try:
                    async for seen in self._frames():
                        self._newest = self._drawn(seen).copy(), seen.frame_index
                        self._fresh.set()
                finally:
                    for helper in helpers:
                        helper.cancel()

    async def first(self) -> tuple[Rgb, int]:
        """Return one picture, (H, W, 3), and its frame.

        Raises:
            BusError: None came.
        """
        await self._learn()
        async for seen in self._frames():
            return self._drawn(seen), seen.frame_index
        raise BusError("the session ended before a picture came")

    def stop(self) -> None:
        """Quit."""
        self._client.end()

    def _frames(self) -> AsyncGenerator[Observation, None]:
        # A step of a replay may be to any frame, and only each sixth is there for slow readers.
        rate: Rate = _EYES_HZ if self._annotator and not self._source.press else "frame"
        kinds = ("frame", "input", "plan", "learnt") if self._annotator else ("frame",)
        return self._client.observe(*kinds, rate=rate)

    async def _learn(self) -> None:
        if self._annotator and self._source.past:
            await self._annotator.look_back(self._source.past, self._source.begin)

    def _drawn(self, seen: Observation) -> Rgb:
        return self._annotator.draw(seen) if self._annotator else seen.pixels

    def _hear(self, key: Key) -> None:
        if key.kind == "release":
            return
        if key.name in ("q", "escape", "ctrl+c"):
            self.stop()
        elif self._source.press:
            self._source.press(key.name)
        elif key.name in _DOES and not self._commands.full():
            self._commands.put_nowait(_DOES[key.name])

    async def _obey(self) -> None:
        """Carry out what keys ask of a live session."""
        while True:
            op = await self._commands.get()
            try:
                if op == "pause" and (await self._client.control("refresh")).paused:
                    op = "resume"
                reply = await self._client.control(op, frames=1)
                self._said = "paused" if reply.paused else ""
            except (ControlError, BusError) as error:
                self._said = str(error)
            self._fresh.set()

    async def _draw(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if self._newest is None:
                continue
            began = clock()
            rgb, frame_index = self._newest
            try:
                await self._screen.show(rgb, self._status(frame_index))
            except OSError:  # the terminal hung up
                self.stop()
            self._times.append(clock())
            await asyncio.sleep(max(1 / self._hz - (clock() - began), 0))

    def _status(self, frame_index: int) -> str:
        welcome = self._client.welcome
        span_s = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
        shown = f"{(len(self._times) - 1) / span_s:.0f} fps" if span_s else ""
        help_text = REPLAY_HELP if self._source.press else LIVE_HELP
        parts = (welcome.session, welcome.game, f"frame {frame_index:,}", shown, self._said, help_text)
        return " · ".join(part for part in parts if part)


#: Key → what it asks of a live session.
_DOES = {" ": "pause", "p": "pause", ".": "step"}
