"""What `runtime top` shows of a session: a header, one row a process, what is stored, thought and pursued, streams."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from dashboards.terminal.cells import STYLES, cell_text
from dashboards.terminal.columns import Column, fitting, lines, taken
from dashboards.terminal.figures import hertz
from dashboards.terminal.health_rows import Cell, Level, Process, latency, problems, rate, rising, tick, verdict
from dashboards.terminal.minds import target
from dashboards.terminal.sparkline import sparkline
from dashboards.terminal.top_facts import facts
from dashboards.terminal.top_sight import Sight
from runtime.commands.terminal import size

#: A realtime game below this part of its rate is slow.
_RATE_OK = 0.97

#: Characters of the latencies' history: at least, in a window of 100 columns at least, at most.
_SHORTEST, _SHORT, _LONGEST = 12, 24, 48

#: How much their column matters, which also tells it from the others.
_HISTORY_KEEP = 70

#: Lines of the last part that are worth their blank lines.
_LEAST = 8


@dataclass(frozen=True)
class Room:
    """Where a picture goes.

    Attributes:
        columns: Characters a line.
        lines: At most so many; 0 for as many as it takes.
        footer: The last line, as the keys; empty for none.
        chosen: The process that is marked; empty for none.
        detail: Whether that process is shown in place of the streams.
        notes: Lines to show in place of the streams.
    """

    columns: int
    lines: int = 0
    footer: str = ""
    chosen: str = ""
    detail: bool = False
    notes: tuple[str, ...] = ()


def view(sight: Sight, room: Room) -> RenderableType:
    """Return the whole picture."""
    head = [_header(sight), cell_text(verdict(sight.processes, sight.now_ns), "green")]
    middle = [_processes(sight, room), facts(sight, few=bool(room.lines))]
    last = _detail(sight, room) if room.detail and room.chosen else _streams(sight, room.columns)
    return stacked([head, *middle, noted(room) or last], room)


def noted(room: Room) -> list[Text]:
    """Return the notes to show, as lines."""
    return [Text(line) for line in room.notes]


def stacked(parts: list[list[Text]], room: Room) -> RenderableType:
    """Put parts below one another, a blank line between; where they do not fit, the last one is cut."""
    foot = [Text(room.footer, style="dim", no_wrap=True, overflow="ellipsis")] if room.footer else []
    parts = [part for part in parts if part]
    shown = [line for part in parts for line in (*part, Text())][:-1]
    if room.lines:
        free = room.lines - len(foot)
        if len(shown) > free + max(len(parts[-1]) - _LEAST, 0):  # the blank lines go before too much of the last part
            shown = [line for part in parts for line in part]
        shown = shown[:free] + [Text()] * (free - len(shown) if foot else 0)
    for line in shown:
        line.truncate(room.columns, overflow="ellipsis")
    return Group(*shown, *foot)


def _header(sight: Sight) -> Text:
    welcome = sight.welcome
    game = welcome.game or "a ROM without a description"
    facts = [game, f"{welcome.console} on {welcome.core}", f"clock {welcome.clock}"]
    header = Text(no_wrap=True)
    header.append(f"{welcome.session}", style="bold")
    header.append(f" ({welcome.origin}{', recorded' if welcome.recorded else ''})  ")
    for problem in _states(sight):
        header.append_text(cell_text(problem)).append("  ")
    header.append_text(cell_text(_fps(sight))).append(f"  frame {sight.frame_index:,}  ")
    return header.append("  ".join(facts))


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


def _processes(sight: Sight, room: Room) -> list[Text]:
    """Return one row a process, the slow ones first; columns that matter less go where there is no room."""
    rows = sight.processes
    if not rows:
        return []

    def column(head: str, keep: int, cells: Iterable[Cell]) -> Column:
        return Column(head, [cell_text(cell) for cell in cells], keep)

    pairs = [(row.health, row.before) for row in rows]
    shortest = _SHORT if room.columns >= 100 else _SHORTEST
    columns = [
        Column("process", [Text(row.health.process, style="bold") for row in rows], 100, left=True),
        Column("state", [cell_text(_state(row, sight.now_ns)) for row in rows], 90, left=True),
        column("Hz / wanted", 80, map(rate, rows)),
        column("latency ms", 75, map(latency, rows)),
        Column("p99 a second", [_history(row, shortest) for row in rows], _HISTORY_KEEP),
        column("tick ms", 40, map(tick, rows)),
        column("late", 20, (Cell(f"{now.lateness_ms_p99:.2f}" if now.lateness_ms_p99 else "-") for now, _ in pairs)),
        column("misses", 50, (rising(now.deadline_misses, before.deadline_misses) for now, before in pairs)),
        column("drops", 60, (rising(now.dropped, before.dropped) for now, before in pairs)),
        column("restarts", 55, (Cell(f"{row.restarts}", Level(bool(row.restarts))) for row in rows)),
        column("cpu %", 35, (_cpu(row) for row in rows)),
        column("MB", 30, (Cell(f"{now.memory_bytes / 1e6:.0f}" if now.memory_bytes else "-") for now, _ in pairs)),
        column("pid", 10, (Cell(f"{now.pid}") for now, _ in pairs)),
    ]
    kept = fitting(columns, room.columns)
    most = _LONGEST if room.lines else max(len(row.latencies_ms) for row in rows)  # on paper no more than there is
    longer = max(min(room.columns - taken(kept), most - shortest), 0)
    wide = Column("p99 a second", [_history(row, shortest + longer) for row in rows], _HISTORY_KEEP)
    kept = [wide if one.keep == _HISTORY_KEEP else one for one in kept]
    chosen = next((place for place, row in enumerate(rows) if row.health.process == room.chosen), -1)
    return lines(kept, chosen)


def _history(process: Process, width: int) -> Text:
    """Return the last latencies; a full bar is the time between two ticks, after which an action comes too late."""
    limit_ms = 1000 / process.wanted_hz if process.wanted_hz else 0.0
    bars = sparkline(process.latencies_ms, width, limit_ms)
    text = Text(bars, style="green")
    for place, value in enumerate(reversed(list(process.latencies_ms)[-width:])):
        if limit_ms and value > limit_ms / 2:
            level = Level.BAD if value > limit_ms else Level.SLOW
            text.stylize(STYLES[level], len(bars) - 1 - place, len(bars) - place)
    return text


def _cpu(process: Process) -> Cell:
    percent = process.cpu_percent
    return Cell("-" if percent is None else f"{percent:.0f}", Level.SLOW if (percent or 0) > 90 else Level.FINE)


def _state(process: Process, now_ns: int) -> Cell:
    """Return one word."""
    found = problems(process, now_ns)
    if not found:
        return Cell("ok")
    words = {Level.SLOW: "warn", Level.BAD: "bad"}
    return Cell("gone" if found[0].text.startswith("silent") else words[found[0].level], found[0].level)


def _streams(sight: Sight, width: int) -> list[Text]:
    """Return a row a stream, those with the most bytes first."""
    order = sorted(sight.streams.items(), key=lambda item: -item[1].traffic.bytes_s)
    if not order:
        return []
    styles = ["" if seen.traffic.messages else "dim" for _, seen in order]

    def column(head: str, keep: int, cells: Iterable[str], *, left: bool = False) -> Column:
        return Column(head, [Text(cell, style=style) for cell, style in zip(cells, styles, strict=True)], keep, left)

    seen = [stream for _, stream in order]
    rates = (hertz(one.intervals.rate_hz) if one.intervals.messages > 1 else "-" for one in seen)
    columns = [
        column("stream", 9, (kind for kind, _ in order), left=True),
        column("Hz", 8, rates),
        column("bytes/s", 7, (f"{size(one.traffic.bytes_s)}/s" for one in seen)),
        column("mean size", 6, (size(one.traffic.mean_bytes) for one in seen)),
        column("messages", 5, (f"{one.total:,}" for one in seen)),
    ]
    return lines(fitting(columns, width))


def _detail(sight: Sight, room: Room) -> list[Text]:
    """Return what is known of the chosen process."""
    process = next((row for row in sight.processes if row.health.process == room.chosen), None)
    if process is None:
        return [Text(f"{room.chosen} has not reported yet", style="yellow")]
    health = process.health
    wanted = f"a full bar is {1000 / process.wanted_hz:.1f} ms" if process.wanted_hz else "a full bar is the worst"
    found = [
        Text.assemble(
            (room.chosen, "bold"), f"  pid {health.pid}, {health.ticks:,} ticks, frame {health.frame_index:,}"
        ),
        _history(process, min(room.columns, len(process.latencies_ms))),
        Text(f"p99 of each report, {wanted}", style="dim"),
        *(cell_text(problem) for problem in problems(process, sight.now_ns)),
    ]
    if plan := sight.plan_of(room.chosen):
        why = f", because {plan.reason}" if plan.reason else ""
        found.append(Text(f"plan {plan.plan_id}, {sight.age_s(plan.frame_index):.1f} s old: {target(plan)}{why}"))
    figures = [f"{name} {value:,.4g}" for name, value in health.figures.items()]
    return found + ([Text("  ".join(figures))] if figures else [])
