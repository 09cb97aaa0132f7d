"""A dataset of a range of frames, built in a process of its own: `python -m dashboards.studio.past.building`.

It reads one JSON object from standard input and writes one a line: how far it is, and at the end what it wrote.
"""

import shlex
import sys
from pathlib import Path

import msgspec
import uvloop

from runtime import logs
from runtime.errors import FramewireError
from runtime.nats_bus import NatsOptions
from runtime.plan import git_commit
from runtime.spawning import give_way
from streams.datasets.build import Options, build
from streams.datasets.format import load_format
from streams.opening import open_store
from streams.session import open_session

#: Rows between two lines of progress.
_EVERY = 50


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be built."""

    nats: NatsOptions
    session: str
    format: str
    first: int
    last: int
    stride: int
    out: str


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A line of output: rows done of all there may be; at the end the rows written, in `rows`."""

    done: int
    total: int
    rows: int = -1


def main() -> int:
    """Build what standard input asks for."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    logs.set_up()
    give_way()
    try:
        uvloop.run(_build(order))
    except (FramewireError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _build(order: Order) -> None:
    total, done = (order.last - order.first) // order.stride + 1, 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done % _EVERY == 0:
            _say(Progress(done=done, total=total))

    words = ["runtime", "dataset", "build", order.session, "--format", order.format]
    words += ["--frames", f"{order.first}:{order.last + 1}", "--stride", str(order.stride)]
    _say(Progress(done=0, total=total))
    async with open_store(order.session, order.nats) as (store, name):
        summary = await build(
            [await open_session(store, name)],
            load_format(order.format),
            Path(order.out),
            command=shlex.join(words),
            options=Options(first_frame=order.first, last_frame=order.last, stride=order.stride),
            git_commit=git_commit(Path.cwd()),
            on_frame=advance,
        )
    _say(Progress(done=total, total=total, rows=sum(summary.rows.values())))


def _say(progress: Progress) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(progress) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
