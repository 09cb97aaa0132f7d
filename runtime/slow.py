"""The session at 10 Hz, for readers that need not wake on every frame: `view`, `memory10`, `state10`."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.clock import SLOW_EVERY
from runtime.frame_codec import FrameEncoder
from runtime.memory_codec import WHOLE_INTERVAL, MemoryEncoder


class SlowFlow:
    """Encodes every sixth frame: a picture that stands alone, memory changes since the sixth before, the watches."""

    def __init__(self, regions: tuple[wire.Region, ...], frames: FrameEncoder) -> None:
        """Prepare; `frames` encodes every frame, and has had each when `encode` is called for it."""
        self._frames = frames
        self._memory = MemoryEncoder(regions)

    def force_key(self) -> None:
        """Make the next memory message a whole image."""
        self._memory.force_whole()

    def encode(
        self,
        frame_index: int,
        memory: Mapping[str, NDArray[np.uint8]],
        values: Mapping[str, wire.Scalar],
        sent_ns: int,
    ) -> list[tuple[str, wire.Payload]]:
        """Return a frame's payloads by kind, in publishing order; none unless it is a sixth."""
        if frame_index % SLOW_EVERY:
            return []
        if frame_index % WHOLE_INTERVAL == 0:
            self._memory.force_whole()
        return [
            ("view", self._frames.last_alone(frame_index, sent_ns)),
            ("memory10", self._memory.encode(frame_index, memory, sent_ns)),
            ("state10", wire.State(frame_index=frame_index, sent_ns=sent_ns, values=dict(values))),
        ]
