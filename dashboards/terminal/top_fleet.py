"""What `runtime top` shows of several sessions: one row each, from their processes' health alone."""

import contextlib
import time
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from dashboards.terminal.figures import hertz
from dashboards.terminal.health_rows import Cell, Level, Process, Processes, rate, verdict
from dashboards.terminal.top_view import cell_text, table
from runtime import wire
from runtime.bus import Bus, Message
from runtime.discovery import discover
from runtime.errors import WireError
from runtime.subjects import SessionId, subject

#: The health reports of all sessions: a few messages a second each, whatever their games do.
EVERY_HEALTH = subject(SessionId("*"), "health", "*")


@dataclass(frozen=True)
class Member:
    """One session of several.

    Attributes:
        welcome: What it last said of itself.
        answers: Whether it still answers.
        processes: As heard, the bridge first.
    """

    welcome: wire.Welcome
    answers: bool
    processes: list[Process]

    @property
    def bridge(self) -> Process | None:
        """Its bridge, once that has reported."""
        return next((process for process in self.processes if process.health.process == "bridge"), None)


class FleetWatch:
    """All sessions on a bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._processes: dict[str, Processes] = {}
        self._welcomes: dict[str, wire.Welcome] = {}
        self._answering: set[str] = set()

    def on_message(self, message: Message) -> None:
        """Take a health report in."""
        session = message.subject.split(".")[1]
        with contextlib.suppress(WireError):  # `runtime echo health` shows what it was
            health = wire.decode(wire.Health, message.data)
            self._processes.setdefault(session, Processes()).hear(health, time.monotonic_ns())

    async def ask(self) -> None:
        """Ask who is there, and how."""
        there = {welcome.session: welcome for welcome in await discover(self._bus)}
        self._welcomes |= there
        self._answering = set(there)

    def picture(self) -> RenderableType:
        """Return what is known now, drawn."""
        return fleet_view(self.members(), time.monotonic_ns())

    def members(self) -> list[Member]:
        """Return all sessions seen so far, by name."""
        return [
            Member(welcome, name in self._answering, self._processes.get(name, Processes()).all())
            for name, welcome in sorted(self._welcomes.items())
        ]


def fleet_view(members: list[Member], now_ns: int) -> RenderableType:
    """Return the picture: a header, and a row a session."""
    grid = table("session", "state", "game", "clock")
    for name in ("frame", "Hz / wanted", "processes", "dropped"):
        grid.add_column(name, justify="right", no_wrap=True)
    grid.add_column("what is wrong")
    for member in members:
        welcome, bridge = member.welcome, member.bridge
        wrong = verdict(member.processes, now_ns) if member.answers else Cell("")
        cells = (
            _state(member),
            Cell(welcome.game or "-"),
            Cell(welcome.clock),
            Cell(f"{max(welcome.frame_index, bridge.health.frame_index if bridge else -1):,}"),
            rate(bridge) if bridge else Cell("-"),
            Cell(f"{len(member.processes)}"),
            Cell(f"{sum(process.health.dropped for process in member.processes):,}"),
            wrong if wrong.level else Cell(""),
        )
        grid.add_row(Text(welcome.session, style="bold"), *map(cell_text, cells))
    return Group(_header(members), "", grid)


def _header(members: list[Member]) -> Text:
    frames_s = sum(member.bridge.health.rate_hz for member in members if member.answers and member.bridge)
    header = Text(f"{len(members)} sessions", style="bold")
    return header.append(f"  {hertz(frames_s)} frames/s in all; --session NAME shows one", style="not bold")


def _state(member: Member) -> Cell:
    if not member.answers:
        return Cell("gone", Level.BAD)
    if member.welcome.paused:
        return Cell("PAUSED", Level.SLOW)
    return Cell("recorded" if member.welcome.recorded else member.welcome.origin)
