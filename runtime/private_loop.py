"""An event loop on a thread of its own: how synchronous callers, such as notebooks, reach the readers."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from runtime.errors import UsageError

T = TypeVar("T")


class PrivateLoop:
    """Runs coroutines to their end for callers without a loop, or inside one that must not be blocked, as Jupyter's.

    It is asyncio's own loop, not uvloop's. That one learns of the end of children by SIGCHLD, for which PyTorch's
    DataLoader puts in a handler of its own, and an embedded server could not be stopped. The thread also answers the
    server's pings while the caller thinks. Use from one process; a fork needs its own.
    """

    def __init__(self, name: str) -> None:
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._begun.wait()

    @property
    def closed(self) -> bool:
        """Whether it takes no more calls."""
        return self._loop is None

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return what it returns; an interrupt of the caller cancels it.

        Raises:
            UsageError: The loop was closed.
        """
        if self._loop is None:
            work.close()
            raise UsageError(f"{self._thread.name}: it was closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what runs and end the thread. Closing twice is no error."""
        if self._loop is not None:
            loop, self._loop = self._loop, None
            loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._begun.set()
        await self._stop.wait()


class Held:
    """What holds resources that belong to a private loop: a context manager, and `close` for use without a block."""

    def __init__(self, loop: PrivateLoop, resources: AsyncExitStack) -> None:
        self._loop, self._resources = loop, resources

    def __enter__(self) -> Self:
        """Return itself; the end of the block closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the resources and end the loop. Closing twice is no error."""
        if not self._loop.closed:
            self._loop.call(self._resources.aclose())
            self._loop.close()
