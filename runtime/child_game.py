"""A game that a script or a person starts: `runtime up` as a child that ends with us."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, TypeVar

from runtime.console import CONSOLES
from runtime.errors import BusError
from runtime.nats_bus import NatsOptions

T = TypeVar("T")

#: The last lines of what the child said, for its error.
_LINES = 3


@contextlib.asynccontextmanager
async def started(game: str, nats: NatsOptions, words: Sequence[str]) -> AsyncIterator["asyncio.Task[int]"]:
    """Run `runtime up` as a child; give the task that ends with it.

    Args:
        game: A built-in game, a folder or file with a game.toml, a ROM, or a launch file.
        nats: Which server.
        words: Further words of the command.

    Raises:
        BusError: It ended by itself with an error.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runtime", "up", *_game_words(game), *words, *_nats_words(nats), "--with-parent",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    output = asyncio.create_task(process.stderr.read())
    ended = asyncio.create_task(process.wait())
    stopped = False
    try:
        yield ended
    finally:
        if process.returncode is None:
            stopped = True
            process.terminate()
        status = await ended
        lines = (await output).decode(errors="replace").splitlines()
        if status != 0 and not stopped:
            raise BusError(f"the game ended with status {status}: {' | '.join(lines[-_LINES:])}")


async def unless_ended(ended: "asyncio.Task[int]", work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` does, unless the game ends before.

    Raises:
        BusError: It did.
    """
    doing = asyncio.ensure_future(work)
    try:
        await asyncio.wait((ended, doing), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise BusError("the game ended before it could be seen")
        return doing.result()
    finally:
        doing.cancel()


def _game_words(game: str) -> list[str]:
    """Return how `runtime up` is told of a game."""
    suffixes = tuple(suffix for console in CONSOLES.values() for suffix in console.suffixes)
    if game == "scripted" or game.lower().endswith(suffixes):
        return ["--rom", game]
    if game.endswith(".toml") and not game.endswith("game.toml"):
        return [game]
    return ["--game", game]


def _nats_words(nats: NatsOptions) -> list[str]:
    flags = {
        "--nats": nats.url,
        "--credentials": nats.credentials,
        "--token": nats.token,
        "--tls-ca": nats.tls_ca,
        "--tls-cert": nats.tls_cert,
        "--tls-key": nats.tls_key,
        "--js-domain": nats.js_domain,
    }
    return [word for flag, value in flags.items() if value for word in (flag, value)]
