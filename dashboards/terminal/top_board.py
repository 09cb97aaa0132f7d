"""What `runtime top` shows and what its keys do: all sessions or one, the row that is marked, what was said."""

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import RenderableType

from dashboards.terminal.live import find_live
from dashboards.terminal.snap import take, write
from dashboards.terminal.top_fleet import FleetWatch, as_json_rows
from dashboards.terminal.top_sight import as_json
from dashboards.terminal.top_view import Room, view
from dashboards.terminal.top_watch import Watch
from runtime import wire
from runtime.commands.keys import Key
from runtime.control import control
from runtime.discovery import discover
from runtime.errors import FramewireError
from runtime.nats_bus import NatsBus
from runtime.subjects import SessionId

_NAME = "top"

#: Longer than any session takes for one frame or a snapshot.
_PATIENCE_S = 5.0

KEYS = "space pause  . step  s snap  ↑↓ choose  enter look  esc back  ? help  q quit"

HELP = (
    "space, p    pause, or go on           .    one frame, then pause",
    "up, down    choose a row              s    write the frame to SESSION-FRAME.png",
    "enter       look at what is chosen    esc  go back; leave a chosen row",
    "?           this help                 q    quit",
    "",
    "Rows with troubles come first, and stay there for five reports.",
    "p99 a second: the newest at the right; a full bar is as long as a tick may take.",
    "stored: what JetStream has, and what is recorded and waits to be stored.",
    "lacking: messages that gap records name since this was opened.",
)

#: Key → what it does.
_DOES = {
    "space": "pause", "p": "pause", ".": "step", "s": "snap", "enter": "open", "right": "open", "escape": "back",
    "left": "back", "backspace": "back", "up": "up", "k": "up", "down": "down", "j": "down", "tab": "down", "q": "quit",
    "ctrl+c": "quit", "?": "help", "h": "help", "f1": "help",
}  # fmt: skip


class Board:
    """The state of the picture. Use as a context: it listens while inside."""

    def __init__(self, bus: NatsBus, session: str) -> None:
        """Prepare to show a session; of none named all, or the only one."""
        self._bus, self._session = bus, session
        self._fleet: FleetWatch | None = None
        self._watch: Watch | None = None
        self._chosen, self._detail = "", False
        self._said, self._help = "", False
        self._commands: asyncio.Queue[str] = asyncio.Queue(8)
        self._stack = contextlib.AsyncExitStack()
        self.changed = asyncio.Event()
        self.over = False

    async def __aenter__(self) -> "Board":
        if not self._session and len(await discover(self._bus)) > 1:
            self._fleet = await self._stack.enter_async_context(FleetWatch(self._bus))
        else:
            await self._open(self._session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()
        await self._stack.aclose()

    async def ask(self) -> None:
        """Ask who is there, and how."""
        for listening in (self._fleet, self._watch):
            if listening:
                await listening.ask()

    def picture(self, columns: int, lines: int = 0) -> RenderableType:
        """Return what is known now, drawn; with a limit of lines, as for a person with keys."""
        room = Room(columns, lines, (self._said or KEYS) if lines else "", self._chosen, self._detail, self._notes)
        if self._watch:
            return view(self._watch.sight(), room)
        assert self._fleet is not None
        return self._fleet.picture(room)

    @property
    def _notes(self) -> tuple[str, ...]:
        return HELP if self._help else ()

    def as_json(self) -> dict[str, Any]:
        """Return what is known now, for scripts: one session, or `sessions`."""
        if self._watch:
            return as_json(self._watch.sight())
        assert self._fleet is not None
        return {"sessions": as_json_rows(self._fleet.members())}

    def press(self, key: Key) -> None:
        """Take a key: move at once, leave what takes time to `obey`."""
        does = "pause" if key.name == " " else _DOES.get(key.name, "")
        if key.kind == "release":
            return
        self._said = "" if does else f"{key.name!r} does nothing; {KEYS}"
        if does == "quit":
            self.over = True
        elif does == "help" or (does == "back" and self._help):
            self._help = not self._help
        elif does in ("up", "down"):
            self._move(-1 if does == "up" else 1)
        elif does and not self._commands.full():
            self._commands.put_nowait(does)
        self.changed.set()

    async def obey(self) -> None:
        """Carry out what keys ask for, one after the other, until cancelled."""
        while True:
            does = await self._commands.get()
            try:
                self._said = await self._obey(does) or self._said
            except (FramewireError, OSError) as error:
                self._said = f"{does}: {error}"
            self.changed.set()

    async def _obey(self, does: str) -> str:
        if does == "open" and not self._watch and self._chosen:
            await self._open(self._chosen)
        elif does == "open":
            self._detail = bool(self._chosen)
        elif does == "back" and (self._detail or not self._fleet):
            self._chosen, self._detail = self._chosen if self._detail else "", False
        elif does == "back" and self._watch:
            self._chosen = self._watch.live.session
            await self._close()
        elif does in ("pause", "step", "snap"):
            session = self._watch.live.session if self._watch else SessionId(self._chosen)
            return await self._do(does, session) if session else "choose a session first"
        return ""

    async def _do(self, does: str, session: SessionId) -> str:
        if does == "snap":
            live = await find_live(self._bus, session, _PATIENCE_S)
            async with asyncio.timeout(_PATIENCE_S):
                picture = await take(live)
            return write(Path(f"{session}-{picture.frame_index}.png"), picture, 1, overwrite=True)
        op = does
        if does == "pause" and any(there.paused for there in await discover(self._bus) if there.session == session):
            op = "resume"
        reply = await control(self._bus, session, wire.Control(op=op, frames=1, by=_NAME), _PATIENCE_S)
        await self.ask()
        return f"{op}: {session} is at frame {reply.frame_index:,}{', paused' if reply.paused else ''}"

    def _move(self, by: int) -> None:
        names = self._names()
        if not names:
            return
        place = names.index(self._chosen) + by if self._chosen in names else (0 if by > 0 else len(names) - 1)
        self._chosen = names[place % len(names)]

    def _names(self) -> list[str]:
        """Return what can be marked, in the order in which it is shown."""
        if self._watch:
            return [process.health.process for process in self._watch.sight().processes]
        return [member.welcome.session for member in self._fleet.members()] if self._fleet else []

    async def _open(self, session: str) -> None:
        live = await find_live(self._bus, session)
        self._watch = await Watch(live).__aenter__()
        self._chosen, self._detail = "", False

    async def _close(self) -> None:
        watch, self._watch = self._watch, None
        if watch:
            await watch.__aexit__(None, None, None)
