"""`runtime delay`: how old messages are when they arrive."""

import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import click

from dashboards.terminal.histogram import SHARES, histogram, quantile, summary
from dashboards.terminal.inbox import open_inbox
from dashboards.terminal.live import Live, Source, open_live, source_options
from dashboards.terminal.targets import Target, target
from runtime import wire
from runtime.commands.options import run
from runtime.commands.output import examples, json_option, print_json_line
from runtime.errors import UsageError, WireError
from runtime.subjects import BY_KIND, TABLE

#: The histogram at the end is of at most this many, the newest.
_KEPT = 100_000

#: Older than this cannot be a delay: sent_ns counts from another host's start, or from a recording.
_ABSURD_S = 3600.0


class Ages:
    """The ages seen, in seconds."""

    def __init__(self) -> None:
        self.all: deque[float] = deque(maxlen=_KEPT)
        self.recent: list[float] = []  # since the last report

    def add(self, age_s: float) -> None:
        """Count one."""
        self.all.append(age_s)
        self.recent.append(age_s)

    def take_recent(self) -> list[float]:
        """Return those since the last call."""
        recent, self.recent = self.recent, []
        return recent


@click.command(epilog=examples("runtime delay state -n 120", "runtime delay in.action.reflex -n 60 --json"))
@click.argument("stream", metavar="[KIND]", default="state")
@click.option("-n", "count", type=click.IntRange(min=1), metavar="N", help="End after N messages.")
@json_option
@source_options
def delay(stream: str, count: int | None, as_json: bool, source: Source) -> None:
    """Report how long messages take from their sender to here; KIND is `state` unless given.

    A line every second, and at the end (-n, or Ctrl-C) a histogram. Sender and this command must be on one host: ages
    are differences of its monotonic clock. With --json one object for each second, and a last one, `total`, of all.
    """
    wanted = target(stream, source.session)
    if "sent_ns" not in wanted.payload.__struct_fields__:
        timed = ", ".join(row.kind for row in TABLE if "sent_ns" in row.payload.__struct_fields__)
        raise UsageError(f"{wanted.kind} does not say when it was sent; those that do are {timed}")
    run(_delay(Source(source.nats, source.session or wanted.session), wanted, count, as_json))


async def _delay(source: Source, wanted: Target, count: int | None, as_json: bool) -> None:
    ages = Ages()
    async with open_live(source) as live:
        _warn_of_replay(live, wanted)
        try:
            await _collect(live, wanted, count, ages, as_json)
        finally:  # also after Ctrl-C: the histogram is what one waited for
            if as_json:
                print_json_line(_values(wanted, list(ages.all), total=True))
            else:
                _print_histogram(wanted, ages)


async def _collect(live: Live, wanted: Target, count: int | None, ages: Ages, as_json: bool) -> None:
    """Take messages in, and print a line every second in which some came."""
    async with open_inbox(live.bus, wanted.patterns(live.session)) as inbox:
        due_ns = time.monotonic_ns() + 1_000_000_000
        seen = 0
        while count is None or seen < count:
            message = await inbox.get()
            now_ns = time.monotonic_ns()
            try:
                payload = wire.decode(wanted.payload, message.data)
            except WireError as error:
                click.echo(f"{message.subject}: {error}", err=True)
                continue
            ages.add((now_ns - int(getattr(payload, "sent_ns"))) / 1e9)  # noqa: B009 - `delay` checked it is there
            seen += 1
            if now_ns >= due_ns:
                due_ns = max(due_ns + 1_000_000_000, now_ns)
                recent = ages.take_recent()
                if as_json:
                    print_json_line(_values(wanted, recent, total=False))
                    continue
                click.echo(f"{wanted.name}  {summary(recent)}  {len(recent):>6,} messages")


def _values(wanted: Target, ages_s: Sequence[float], *, total: bool) -> dict[str, Any]:
    """Return quantiles of some ages for scripts."""
    shown = {f"{name}_ms": quantile(ages_s, share) * 1000 for name, share in SHARES} if ages_s else {}
    return {"stream": wanted.name, "total": total, "messages": len(ages_s), **shown}


def _print_histogram(wanted: Target, ages: Ages) -> None:
    if not ages.all:
        click.echo(f"{wanted.name}: no message came (usually: {BY_KIND[wanted.kind].rate})")
        return
    seen = list(ages.all)
    bar = "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"
    click.echo(f"\n{wanted.name}, age on arrival of {len(seen):,} messages")
    click.echo(summary(seen))
    click.echo("\n".join(histogram(seen, bar)))
    if problem := absurd(min(seen), max(seen)):
        click.echo(f"note: {problem}", err=True)


def absurd(least_s: float, most_s: float) -> str:
    """Return why ages cannot be delays; empty if they can."""
    if least_s >= 0 and most_s <= _ABSURD_S:
        return ""
    return (
        f"ages from {least_s:.3f} s to {most_s:.3f} s are no delays. sent_ns is the sender's monotonic clock: "
        "measure on the sender's host, and not on a replay"
    )


def _warn_of_replay(live: Live, wanted: Target) -> None:
    if live.welcome.origin == "replay" and BY_KIND[wanted.kind].sender == "bridge":
        click.echo("note: a replay sends what was recorded, sent_ns too: these ages count from the recording", err=True)
