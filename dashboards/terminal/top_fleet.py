"""What `runtime top` shows of several sessions: one row each, from their processes' health alone."""

import contextlib
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dashboards.terminal.cells import cell_text
from dashboards.terminal.columns import Column, fitting, lines
from dashboards.terminal.figures import hertz
from dashboards.terminal.health_rows import Cell, Level, Process, Processes, latency, rate, verdict
from dashboards.terminal.inbox import subscribed
from dashboards.terminal.top_view import Room, noted, stacked
from runtime import wire
from runtime.bus import Message
from runtime.discovery import discover
from runtime.errors import WireError
from runtime.nats_bus import NatsBus
from runtime.subjects import SessionId, subject

#: The health reports of all sessions: a few messages a second each, whatever their games do.
_EVERY_HEALTH = subject(SessionId("*"), "health", "*")


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
    """All sessions on a bus. Use as a context: it listens while inside."""

    def __init__(self, bus: NatsBus) -> None:
        self._bus = bus
        self._processes: dict[str, Processes] = {}
        self._welcomes: dict[str, wire.Welcome] = {}
        self._answering: set[str] = set()
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "FleetWatch":
        await self._stack.enter_async_context(subscribed(self._bus, [_EVERY_HEALTH], self.on_message))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

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

    def picture(self, room: Room) -> RenderableType:
        """Return what is known now, drawn."""
        return fleet_view(self.members(), time.monotonic_ns(), room)

    def members(self) -> list[Member]:
        """Return all sessions seen so far: those with troubles first, then by name."""
        members = [
            Member(welcome, name in self._answering, self._processes.get(name, Processes()).all())
            for name, welcome in sorted(self._welcomes.items())
        ]
        now_ns = time.monotonic_ns()
        return sorted(members, key=lambda member: -_wrong(member, now_ns).level)


def fleet_view(members: list[Member], now_ns: int, room: Room) -> RenderableType:
    """Return the picture: a header, and a row a session."""
    cells = [_cells(member, now_ns) for member in members]
    columns = [Column("session", [Text(member.welcome.session, style="bold") for member in members], 100, left=True)]
    for place, (head, keep, left) in enumerate(_COLUMNS):
        columns.append(
            Column(head, [cell_text(row[place]) for row in cells], keep, left=left, cut=head == _COLUMNS[-1][0])
        )
    chosen = next((place for place, member in enumerate(members) if member.welcome.session == room.chosen), -1)
    table = lines(fitting(columns, room.columns), chosen) if members else []
    return stacked([[_header(members)], table, noted(room)], room)


#: Title, how much it matters, whether its cells begin at its left.
_COLUMNS = (
    ("state", 95, True),
    ("game", 40, True),
    ("clock", 30, True),
    ("frame", 50, False),
    ("Hz / wanted", 90, False),
    ("latency ms", 80, False),
    ("processes", 20, False),
    ("drops", 60, False),
    ("restarts", 55, False),
    ("cpu %", 35, False),
    ("MB", 25, False),
    ("what is wrong", 70, True),
)


def _cells(member: Member, now_ns: int) -> tuple[Cell, ...]:
    welcome, bridge, processes = member.welcome, member.bridge, member.processes
    wrong = _wrong(member, now_ns)
    restarts = sum(process.restarts for process in processes)
    percents = [process.cpu_percent for process in processes]
    return (
        _state(member),
        Cell(welcome.game or "-"),
        Cell(welcome.clock),
        Cell(f"{max(welcome.frame_index, bridge.health.frame_index if bridge else -1):,}"),
        rate(bridge) if bridge else Cell("-"),
        latency(bridge) if bridge else Cell("-"),
        Cell(f"{len(processes)}"),
        Cell(f"{sum(process.health.dropped for process in processes):,}"),
        Cell(f"{restarts}", Level(bool(restarts))),
        Cell(f"{sum(percent or 0 for percent in percents):.0f}"),
        Cell(f"{sum(process.health.memory_bytes for process in processes) / 1e6:.0f}"),
        wrong if wrong.level else Cell(""),
    )


def _wrong(member: Member, now_ns: int) -> Cell:
    return verdict(member.processes, now_ns) if member.answers else Cell("it does not answer", Level.BAD)


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


def as_json_rows(members: list[Member]) -> list[dict[str, Any]]:
    """Return the sessions as plain values; the keys are for scripts and stay."""
    return [
        {
            **{name: getattr(member.welcome, name) for name in ("session", "origin", "game", "clock", "paused")},
            **{"recorded": member.welcome.recorded, "answers": member.answers},
            "frame_index": member.bridge.health.frame_index if member.bridge else member.welcome.frame_index,
            "rate_hz": member.bridge.health.rate_hz if member.bridge else 0.0,
            "wanted_hz": member.bridge.health.wanted_hz if member.bridge else 0.0,
            "latency_ms_p99": member.bridge.health.latency_ms_p99 if member.bridge else 0.0,
            "processes": [process.health.process for process in member.processes],
            "dropped": sum(process.health.dropped for process in member.processes),
            "restarts": sum(process.restarts for process in member.processes),
            "memory_bytes": sum(process.health.memory_bytes for process in member.processes),
        }
        for member in members
    ]
