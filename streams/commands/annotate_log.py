"""What the commands of `runtime annotate` share: a session's labels, options."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import click

from runtime.nats_bus import NatsOptions
from streams.annotations.log import AnnotationLog
from streams.commands.opening import open_recordings
from streams.session import Session, open_session

by_option = click.option("--by", required=True, metavar="NAME", help="Who labels.")
vocabulary_option = click.option(
    "--vocabulary",
    type=click.Path(path_type=Path),
    help="The project's labels, TOML; default: labels.toml of this folder, else ten contexts, nineteen scenes ….",
)


@contextlib.asynccontextmanager
async def log_of(nats: NatsOptions, session: str) -> AsyncIterator[tuple[Session, AnnotationLog]]:
    """Give a recording, live or finished, and its labels as they are now.

    Raises:
        SessionError: There is no such session, or it has no frames.
        BusError: The store cannot be reached.
    """
    async with open_recordings(nats, "annotate") as (_, store):
        recording = await open_session(store, session)
        log = AnnotationLog(store, session)
        await log.refresh()
        yield recording, log
