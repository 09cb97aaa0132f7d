"""A recording fed to an actor in its real loop, all in this process; a frame comes when the one before is answered."""

import asyncio
from collections.abc import Callable

from runtime.errors import FramewireError
from runtime.loop import ActorLoop
from streams.replay import Replay
from streams.ticks import Tick


async def feed(
    replay: Replay,
    loop: ActorLoop,
    actor: str,
    on_frame: Callable[[], object] = lambda: None,
    on_tick: Callable[[Tick], object] = lambda _: None,
) -> None:
    """Run both to the end of the recording, or of either; `actor` is what errors call it.

    Raises:
        FramewireError: The actor failed, and on which frame; or see Replay.run.
    """
    replaying = asyncio.create_task(replay.run(on_frame, on_tick))
    acting = asyncio.create_task(loop.run())
    try:
        await asyncio.wait({replaying, acting}, return_when=asyncio.FIRST_COMPLETED)
        if acting.done():
            replay.stop()
        elif replaying.exception():
            loop.stop()
        await asyncio.wait({replaying, acting})
    finally:
        replaying.cancel()
        acting.cancel()
    if (problem := acting.exception()) and not isinstance(problem, FramewireError):
        raise FramewireError(f"actor {actor} failed on frame {replay.frame_index}: {problem!r}") from problem
    acting.result()
    replaying.result()
