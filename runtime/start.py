"""Where a session begins when it does not begin at power-on: a branch of a recording, or the rest of one cut off."""

import msgspec
import numpy as np
import xxhash

from runtime import wire
from runtime.backend import Backend, restore_state
from runtime.pixels import pixel_format

#: The event with which a session goes on after it was cut off; its facts: segment, exact.
RESUMED = "session.resumed"


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A state, and the inputs that lead from it to the first frame.

    Attributes:
        savestate: A recorded state; None for power-on.
        inputs: Buttons held on the frames from that state up to the first frame; emulated again, unseen.
        frame_index: The first frame's index: 0 for a branch, the next one for a session that goes on.
        segment: Counts from 1; each time a session goes on after it was cut off begins another.
        before_hash: xxh3-64 of the pixels of the last frame in `inputs`, to check the emulation; 0 when unknown.
        exact: Whether the inputs lead up to the first frame; otherwise the recording lacks some of them.
        gaps: What the recording lacks of the time before.
    """

    savestate: wire.Savestate | None
    inputs: tuple[tuple[str, ...], ...] = ()
    frame_index: int = 0
    segment: int = 1
    before_hash: int = 0
    exact: bool = True
    gaps: tuple[wire.Gap, ...] = ()


def enter(backend: Backend, start: Start) -> bool:
    """Bring an emulator to a start; return whether it is where the recording ended, as far as that is known.

    Raises:
        StateError: The state is of another core or ROM, or damaged.
    """
    if start.savestate is None:
        return start.frame_index == 0
    restore_state(backend, start.savestate)
    for buttons in start.inputs:
        backend.step(frozenset(buttons))
    if not start.before_hash or not start.inputs:
        return start.exact
    pixels = np.ascontiguousarray(backend.frame(), dtype=pixel_format(backend.pixel_format).dtype)
    return start.exact and xxhash.xxh3_64_intdigest(pixels.data) == start.before_hash
