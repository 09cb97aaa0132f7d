"""One live session or replay, watched once for all viewers: newest frame, what is told of it, the keyboard."""

import asyncio
import contextlib
import struct
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol

import msgspec
import structlog

from dashboards.play.keymap import COMMANDS, default_keymap, with_keys
from dashboards.studio.hub import Hub
from dashboards.studio.live.annotated import AnnotatedView, Annotation
from dashboards.studio.live.board import Board
from dashboards.studio.live.hand import Hand
from dashboards.studio.live.picture import PictureEncoder
from dashboards.studio.live.recalled import recall
from runtime import wire
from runtime.bus import Message
from runtime.control import OPS as LIVE_OPS
from runtime.control import control
from runtime.errors import BusError, ControlError, FramewireError
from runtime.game import parse_game
from runtime.observation import Observation, Senses
from runtime.pixels import Raw
from runtime.subjects import SessionId, subject
from streams.replay_control import OPS as REPLAY_OPS

log = structlog.get_logger()

#: Opens each picture that is sent: what it is, its number among those of this watch, its frame (-1 for none), and when
#: the bridge sent it, Unix ms (0 where that is not known).
HEADER = struct.Struct("<IIid")
FRAME, ANNOTATED = 1, 2

#: Values are told this often, what changes now and then (and health, which ages) this often.
_TELL_S, _TELL_MORE_S = 0.1, 0.5

#: Between looks whether the session is still there, and for how many it may be missing before that is said.
_LOOK_S, _MISSES = 1.0, 3

#: The annotated view goes on this long after nobody wants it: a page that is loaded again wants it at once.
_LINGER_S = 10.0

_KINDS = ("input", "plan", "learnt", "event")


class Onlooking(Protocol):
    """A viewer, as the watch knows it."""

    @property
    def wants_annotated(self) -> bool:
        """Whether it shows the annotated view now."""

    def wake(self) -> None:
        """There is something new."""


class Watch:
    """Make it, `run` it while there are viewers.

    Attributes:
        welcome: The session, as it said a second ago at the latest.
        status: "playing", "silent" (its bridge does not answer) or "ended".
        about, now, more: What is told, JSON; each with how often it changed in `told`.
        hand: Who has the keyboard.
        viewers: Who looks.
    """

    def __init__(self, hub: Hub, welcome: wire.Welcome) -> None:
        self.welcome = welcome
        self.status = "playing"
        self.about, self.now, self.more = "", "", ""
        self.told = {"about": 0, "now": 0, "more": 0}
        self.viewers: set[Onlooking] = set()
        self._hub, self._bus = hub, hub.bus
        self.hand = Hand(self._bus, welcome)
        self._session = SessionId(welcome.session)
        self._board = Board()
        self._encoder = PictureEncoder(welcome.pixel_format)
        self._frame: tuple[int, int, Raw] | None = None  # index, sent_ns, pixels
        self._number, self._encoded_number, self._encoded = 0, 0, b""
        self._eyes: AnnotatedView | None = None
        self._wanted_at = 0.0
        self._annotated = Annotation(-1, b"", "")
        self._annotated_number = 0

    @property
    def number(self) -> int:
        """How many frames came; 0 before the first."""
        return self._number

    @property
    def annotated_number(self) -> int:
        """How many annotated frames came; 0 before the first."""
        return self._annotated_number

    def picture(self) -> bytes:
        """Return the newest frame, header and PNG; encoded once, when the first viewer asks."""
        assert self._frame
        if self._encoded_number != self._number:
            index, sent_ns, raw = self._frame
            header = HEADER.pack(FRAME, self._number, index, _unix_ms(sent_ns))
            self._encoded, self._encoded_number = header + self._encoder.encode(raw), self._number
        return self._encoded

    def annotated(self) -> bytes:
        """Return the newest annotated frame, header and PNG."""
        header = HEADER.pack(ANNOTATED, self._annotated_number, self._annotated.frame_index, 0.0)
        return header + self._annotated.png

    def describe(self) -> None:
        """Say anew what the session is, where that changed."""
        welcome = self.welcome
        about = {
            "session": welcome.session, "origin": welcome.origin, "game": welcome.game, "console": welcome.console,
            "width": welcome.width, "height": welcome.height, "rate_hz": welcome.rate_hz, "buttons": welcome.buttons,
            "clock": welcome.clock, "paused": welcome.paused, "speed": welcome.speed, "recorded": welcome.recorded,
            "core": welcome.core, "described": bool(welcome.game_toml), "status": self.status,
            "holder": self.hand.holder, "keys": _button_keys(welcome), "watches": _watches(welcome),
            "ops": list(REPLAY_OPS if welcome.origin == "replay" else LIVE_OPS),
        }  # fmt: skip
        self._tell("about", about)

    async def run(self) -> None:
        """Watch until the session ends, the server is another one, or this is cancelled."""
        senses = Senses(self._bus, self.welcome, ("frame",), 1)
        unsubscribe = [await self._bus.subscribe(subject(self._session, "health", "*"), partial(self._hear, "health"))]
        for kind in _KINDS:
            unsubscribe.append(await self._bus.subscribe(subject(self._session, kind), partial(self._hear, kind)))
        await senses.open()
        self.describe()
        works = (self._tell_on(), self._look_on(senses), self.hand.run(), self._recall(), self._refresh())
        helpers = [asyncio.create_task(work) for work in works]
        try:
            while seen := await senses.next():
                self._see(seen)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            self._end()
            if self._hub.connected:
                await _all(unsubscribe)
                await senses.close()

    def now_at(self, *, paused: bool, clock: str, speed: float) -> None:
        """Learn how the session runs: from discovery, or from the answer to a request."""
        self.welcome = msgspec.structs.replace(self.welcome, paused=paused, clock=clock, speed=speed)
        self.describe()

    def fail(self) -> None:
        """Say that watching failed; browsers try again."""
        self._end()

    def _end(self) -> None:
        if self._eyes:
            self._eyes.stop()
            self._eyes = None
        self.status = "ended"
        self._tell_now()
        self.describe()

    def _see(self, seen: Observation) -> None:
        self._number += 1
        self._frame = (seen.frame_index, seen.sent_ns, seen.raw)
        self._board.see(wire.State(frame_index=seen.frame_index, sent_ns=seen.sent_ns, values=dict(seen.state)))
        self.hand.see(seen.frame_index, self._board.held)
        self._wake()

    def _hear(self, kind: str, message: Message) -> None:
        self._board.hear(kind, message.data, time.monotonic_ns())

    def _wake(self) -> None:
        for viewer in self.viewers:
            viewer.wake()

    def _tell(self, what: str, value: dict[str, Any]) -> None:
        text = msgspec.json.encode({"kind": what, **value}).decode()
        if getattr(self, what) != text:
            setattr(self, what, text)
            self.told[what] += 1
            self._wake()

    def _tell_now(self) -> None:
        self._tell("now", {**self._board.now(), "words": self._annotated.words, "eyes": self._annotated.error})

    async def _tell_on(self) -> None:
        more_at = 0.0
        while True:
            self._tell_now()
            if time.monotonic() >= more_at:
                more_at = time.monotonic() + _TELL_MORE_S
                self._tell("more", self._board.more(time.monotonic_ns()))
            self._care_for_eyes()
            await asyncio.sleep(_TELL_S)

    async def _look_on(self, senses: Senses) -> None:
        """Look whether the session answers and how it runs; end with it, or when the studio has another server."""
        missing = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                if self._hub.bus is not self._bus:
                    senses.end()
                    return
                there = {welcome.session: welcome for welcome in await self._hub.sessions()}
            except BusError:
                there = {}
            found = there.get(self._session)
            missing = 0 if found else missing + 1
            self.status = "silent" if missing >= _MISSES else "playing"
            if found:
                self.now_at(paused=found.paused, clock=found.clock, speed=found.speed)
            self.describe()

    async def _refresh(self) -> None:
        """Ask for a key frame: of a paused session none comes by itself, of others within a second."""
        with contextlib.suppress(BusError, ControlError):
            await control(self._bus, self._session, wire.Control(op="refresh", by="studio"))

    async def _recall(self) -> None:
        """Take in what was learnt and planned before we looked."""
        if not self.welcome.recorded or self.welcome.origin != "live":
            return
        try:
            learnt, plans = await asyncio.to_thread(asyncio.run, recall(self._hub.options, self._session))
        except FramewireError as error:
            log.warning("studio.not_recalled", session=self._session, error=str(error))
        else:
            self._board.recall(learnt, plans)

    def _care_for_eyes(self) -> None:
        """Start the annotated view when somebody wants it, stop it some time after nobody does."""
        if any(viewer.wants_annotated for viewer in self.viewers):
            self._wanted_at = time.monotonic()
            if self._eyes is None:
                self._eyes = AnnotatedView(self._hub.options, self.welcome, self._take_annotated)
                self._eyes.start()
        elif self._eyes and time.monotonic() - self._wanted_at > _LINGER_S:
            self._eyes.stop()
            self._eyes = None

    def _take_annotated(self, annotation: Annotation) -> None:
        self._annotated = annotation
        if annotation.png:
            self._annotated_number += 1
            self._wake()


def _button_keys(welcome: wire.Welcome) -> dict[str, str]:
    """Return which key of the keyboard is which button, as in `runtime play`."""
    keymap = default_keymap(welcome.console, welcome.buttons)
    if welcome.game_toml:
        keymap = with_keys(keymap, parse_game(welcome.game_toml, "game.toml").keys, welcome.buttons, "game.toml")
    return {key: does for key, does in keymap.items() if does not in COMMANDS}


def _watches(welcome: wire.Welcome) -> dict[str, dict[str, Any]]:
    """Return what the values mean, by name."""
    if not welcome.game_toml:
        return {}
    game = parse_game(welcome.game_toml, "game.toml")
    return {watch.name: {"meaning": watch.meaning, "values": watch.values} for watch in game.watch if not watch.shape}


def _unix_ms(sent_ns: int) -> float:
    """Return when a message of this host was sent."""
    return (time.time_ns() - time.monotonic_ns() + sent_ns) / 1e6


async def _all(unsubscribe: list[Callable[[], Awaitable[None]]]) -> None:
    for each in unsubscribe:
        await each()
