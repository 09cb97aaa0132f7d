"""How a frame of a recording is reached: from which savestate, by which inputs."""

import contextlib
from dataclasses import dataclass, field

from runtime import wire
from streams.session import Session

#: Frames read back at most to find a savestate: longer than SAVESTATE_EVERY of any store (streams.recorder).
_LOOK_BACK = 3700

_KINDS = ("savestate", "input", "frame", "hash")


@dataclass
class Reached:
    """The last savestate on the way, and the inputs since, as far as none is missing.

    Attributes:
        savestate: The state; None without one.
        inputs: Buttons held on the frames from the state on.
        next_frame: The frame that comes after them; a hole in the recording lies between it and a later one.
        before_hash: The pixels' hash of the last of these frames; 0 when unknown.
    """

    savestate: wire.Savestate | None = None
    inputs: list[tuple[str, ...]] = field(default_factory=list)
    next_frame: int = -1
    before_hash: int = 0


async def reach(session: Session, frame_index: int) -> Reached:
    """Return how the state just before a frame is reached; `frame_index` is at most one behind the session's last.

    Raises:
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    reached = Reached()
    kinds = [kind for kind in _KINDS if session.meta.keeps(kind)]
    first = max(session.first_frame, frame_index - _LOOK_BACK)
    ticks = session.ticks(kinds, start=first, end=min(frame_index, session.last_frame))
    async with contextlib.aclosing(ticks):
        async for tick in ticks:
            if tick.input is None:
                continue
            if tick.savestate is not None:
                reached = Reached(tick.savestate, [], tick.frame_index)
            if tick.frame_index == frame_index:
                break
            if tick.frame_index == reached.next_frame:  # what follows a hole cannot be reached by emulation
                reached.inputs.append(tick.input.buttons)
                reached.next_frame, reached.before_hash = tick.frame_index + 1, tick.pixels_hash or 0
    return reached
