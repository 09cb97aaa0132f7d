"""What `runtime top` shows: a header, one row a process, one row a stream."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dashboards.terminal.figures import hertz
from dashboards.terminal.health_rows import Cell, Level, Process, latency, problems, rate, rising, tick, verdict
from dashboards.terminal.rates import Intervals, Traffic
from runtime import wire
from runtime.commands.terminal import size

_STYLES = {Level.FINE: "", Level.SLOW: "yellow", Level.BAD: "bold red"}

#: A realtime game below this part of its rate is slow.
_RATE_OK = 0.97


@dataclass(frozen=True)
class Stream:
    """A kind of message as heard: over the last seconds, and in all."""

    intervals: Intervals
    traffic: Traffic
    total: int


@dataclass(frozen=True)
class Sight:
    """All that is known at one moment.

    Attributes:
        welcome: What the session last said of itself.
        answers: Whether it still answers.
        connected: Whether the server does.
        frame_index: The newest frame heard of.
        processes: In the order to show.
        streams: By kind, those heard.
        now_ns: Monotonic.
    """

    welcome: wire.Welcome
    answers: bool
    connected: bool
    frame_index: int
    processes: list[Process]
    streams: Mapping[str, Stream]
    now_ns: int


def view(sight: Sight) -> RenderableType:
    """Return the whole picture."""
    parts: list[RenderableType] = [_header(sight), cell_text(verdict(sight.processes, sight.now_ns), "green"), ""]
    if sight.processes:
        parts += [_processes(sight), ""]
    parts.append(_streams(sight.streams))
    return Group(*parts)


def _header(sight: Sight) -> Text:
    welcome = sight.welcome
    game = welcome.game or "a ROM without a description"
    facts = [game, f"{welcome.console} on {welcome.core}", f"clock {welcome.clock}", f"frame {sight.frame_index:,}"]
    header = Text(no_wrap=True, overflow="ellipsis")
    header.append(f"{welcome.session}", style="bold")
    header.append(f" ({welcome.origin}{', recorded' if welcome.recorded else ''})  ")
    for problem in _states(sight):
        header.append_text(cell_text(problem)).append("  ")
    header.append(f"{'  '.join(facts)}  ")
    return header.append_text(cell_text(_fps(sight)))


def _fps(sight: Sight) -> Cell:
    """Return the frames a second, beside those wanted if time is real."""
    fps = sight.streams["state"].intervals.rate_hz if "state" in sight.streams else 0.0
    wanted = sight.welcome.rate_hz
    if sight.welcome.clock != "realtime":
        return Cell(f"{hertz(fps)} fps")
    slow = not sight.welcome.paused and fps < _RATE_OK * wanted
    return Cell(f"{hertz(fps)} of {hertz(wanted)} fps", Level.BAD if slow else Level.FINE)


def _states(sight: Sight) -> list[Cell]:
    found = []
    if sight.welcome.paused:
        found.append(Cell("PAUSED", Level.SLOW))
    if not sight.connected:
        found.append(Cell("NO CONNECTION TO THE SERVER", Level.BAD))
    elif not sight.answers:
        found.append(Cell("THE SESSION DOES NOT ANSWER", Level.BAD))
    return found


def _processes(sight: Sight) -> Table:
    grid = table("process", "state")
    numbers = ("Hz / wanted", "tick ms p50 / p99", "latency ms p50 / p99", "late ms p99", "misses", "dropped",
               "restarts", "pid")  # fmt: skip
    for name in numbers:
        grid.add_column(name, justify="right", no_wrap=True)
    for process in sight.processes:
        health, before = process.health, process.before
        cells = (
            _state(process, sight.now_ns),
            rate(process),
            tick(process),
            latency(process),
            Cell(f"{health.lateness_ms_p99:.2f}" if health.lateness_ms_p99 else "-"),
            rising(health.deadline_misses, before.deadline_misses),
            rising(health.dropped, before.dropped),
            Cell(f"{process.restarts}", Level.SLOW if process.restarts else Level.FINE),
            Cell(f"{health.pid}"),
        )
        grid.add_row(Text(health.process, style="bold"), *(cell_text(cell) for cell in cells))
    return grid


def _state(process: Process, now_ns: int) -> Cell:
    """Return one word."""
    found = problems(process, now_ns)
    if not found:
        return Cell("ok")
    words = {Level.SLOW: "warn", Level.BAD: "bad"}
    return Cell("gone" if found[0].text.startswith("silent") else words[found[0].level], found[0].level)


def _streams(streams: Mapping[str, Stream]) -> Table:
    grid = table("stream")
    for name in ("Hz", "bytes/s", "mean size", "messages"):
        grid.add_column(name, justify="right", no_wrap=True)
    for kind, seen in streams.items():
        rate_hz = hertz(seen.intervals.rate_hz) if seen.intervals.messages > 1 else "-"
        row = (rate_hz, f"{size(seen.traffic.bytes_s)}/s", size(seen.traffic.mean_bytes), f"{seen.total:,}")
        grid.add_row(kind, *row, style="" if seen.traffic.messages else "dim")
    return grid


def table(*left: str) -> Table:
    """Return an empty table whose first columns are these."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in left:
        grid.add_column(name, no_wrap=True)
    return grid


def cell_text(cell: Cell, fine: str = "") -> Text:
    """Return a cell in the colour of how bad it is; `fine` is the style of one that is not."""
    return Text(cell.text, style=_STYLES[cell.level] or fine)
