"""The annotated view of a live session, ten times a second, in a thread: it must not delay the picture beside it."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import structlog

from agents.commands.looking_on import look_back
from agents.perception.context_text import encode_game_context
from agents.perception.onlooker import Onlooker
from agents.perception.overlay import Overlay
from agents.perception.picture import Picture
from runtime import wire
from runtime.clock import SLOW_EVERY
from runtime.control import control
from runtime.errors import BusError, ControlError, FramewireError
from runtime.game import parse_game
from runtime.nats_bus import NatsBus, NatsOptions, connect
from runtime.observation import Observation, Senses
from runtime.subjects import SessionId
from streams.datasets.png import encode_rgb

log = structlog.get_logger()

_CLIENT = "framewire-studio-eyes"
_READS = ("frame", "input", "plan", "learnt")

#: Each pixel two by two: signs and numbers are drawn between them.
_SCALE = 2


#: Frames of the recording that are looked at first. A look takes 2 ms: what looks mean comes from what actors learnt
#: since the beginning, and a minute of looks would take a second from the game that is watched.
_PAST = 60

#: After its frame, when a look begins: slow actors look at the same frames and take some milliseconds, too, and on two
#: cores that the three share the next frame's action would wait. A frame and a half later they have, and the next
#: frame's action is on its way; at 10 Hz nobody sees the difference.
_LATER_S = 0.025


@dataclass(frozen=True)
class Annotation:
    """One annotated frame: a PNG file, and the same in words; `error` says why there is none."""

    frame_index: int
    png: bytes
    words: str
    error: str = ""


class AnnotatedView:
    """Looks on from `start` to `stop`."""

    def __init__(self, options: NatsOptions, welcome: wire.Welcome, give: Callable[[Annotation], None]) -> None:
        """Prepare.

        Args:
            options: Where the session is.
            welcome: Which it is.
            give: Called on the loop that calls `start`.
        """
        self._options, self._welcome, self._give = options, welcome, give
        self._there: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._stopping = threading.Event()
        self._home: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin."""
        self._home = asyncio.get_running_loop()
        threading.Thread(target=self._run, name=f"eyes-{self._welcome.session}", daemon=True).start()

    def stop(self) -> None:
        """End; what is under way is given up."""
        self._stopping.set()
        if self._there:
            loop, task = self._there
            with contextlib.suppress(RuntimeError):  # it has ended already
                loop.call_soon_threadsafe(task.cancel)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except FramewireError as error:
            self._tell(Annotation(-1, b"", "", str(error)))
        except asyncio.CancelledError:
            pass
        except Exception as error:  # eyes that fail on a picture must not end the studio
            log.exception("studio.annotated_failed", session=self._welcome.session)
            self._tell(Annotation(-1, b"", "", f"the annotated view failed: {error!r}"))

    async def _main(self) -> None:
        task = asyncio.current_task()
        assert task
        self._there = (asyncio.get_running_loop(), task)
        if self._stopping.is_set():
            return
        welcome = self._welcome
        onlooker = Onlooker(parse_game(welcome.game_toml, "game.toml") if welcome.game_toml else None)
        if welcome.recorded and welcome.origin == "live":
            await look_back(onlooker, self._options, welcome, _PAST)
        bus = await connect(self._options, _CLIENT)
        try:
            await self._look(bus, onlooker)
        finally:
            await bus.close()

    async def _look(self, bus: NatsBus, onlooker: Onlooker) -> None:
        welcome = self._welcome
        overlay = Overlay(welcome.width, welcome.height, _SCALE)
        senses = Senses(bus, welcome, _READS, SLOW_EVERY)
        await senses.open()
        with contextlib.suppress(BusError, ControlError):  # else the next one comes within a second
            await control(bus, SessionId(welcome.session), wire.Control(op="refresh", by="studio"))
        while seen := await senses.next():
            await asyncio.sleep(_LATER_S)
            self._tell(_annotated(onlooker, overlay, seen))

    def _tell(self, annotation: Annotation) -> None:
        if self._stopping.is_set():
            return
        assert self._home
        with contextlib.suppress(RuntimeError):  # the studio has ended
            self._home.call_soon_threadsafe(self._give, annotation)


def _annotated(onlooker: Onlooker, overlay: Overlay, seen: Observation) -> Annotation:
    for learnt in seen.learnt:
        onlooker.learn(learnt.facts)
    picture = Picture.of_raw(seen.raw, seen.welcome.pixel_format)
    looked = onlooker.see(picture, seen.state, seen.frame_index, held=seen.held, plans=seen.plans.values())
    drawn = overlay.draw(seen.pixels, looked.sight, looked.guidance)
    words = encode_game_context(looked.sight, looked.state, looked.guidance)[1]
    return Annotation(seen.frame_index, encode_rgb(np.ascontiguousarray(drawn)), words)
