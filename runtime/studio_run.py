"""The studio beside a run: a process of its own, which ends with the run and never ends it."""

import asyncio
from pathlib import Path

import msgspec
import structlog

from runtime.children import ChildProcess
from runtime.nats_bus import NatsOptions
from runtime.session_run import Show

log = structlog.get_logger()

NAME = "studio"


class StudioRun:
    """Runs `runtime studio` on a run's server. It has no part in the sessions: no health, and none waits for it."""

    def __init__(self, session: str, state: Path, show: Show) -> None:
        """Prepare.

        Args:
            session: The run's first session; our file lies beside its plan.
            state: The state folder.
            show: Called for each line it prints; the first is its address.
        """
        self._server_file = state / "runs" / session / "studio.json"
        arguments = ("-m", "runtime", NAME, "--with-parent", "--server-file", str(self._server_file))
        self._child = ChildProcess(NAME, arguments, state / "logs" / session / "studio.log", show)
        self._watching: asyncio.Task[None] | None = None

    async def start(self, options: NatsOptions) -> None:
        """Start it; how it reaches the server stays between us: it may hold a password."""
        self._server_file.parent.mkdir(parents=True, exist_ok=True)
        self._server_file.touch(mode=0o600)
        self._server_file.write_bytes(msgspec.json.encode(options))
        await self._child.start()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End it."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self._child.stop()

    async def _watch(self) -> None:
        """Say when it ends before the run does."""
        status = await self._child.wait()
        log.error("studio.ended", status=status, error=self._child.error)
