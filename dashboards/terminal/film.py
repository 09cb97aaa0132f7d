"""Which frames of a stream make a film at a lower rate, and how long each is shown. Pure."""

from dataclasses import dataclass
from itertools import pairwise

#: A GIF counts in hundredths of a second, and many viewers show anything below 2 of them as 10.
MOST_FPS = 50


@dataclass(frozen=True)
class Pace:
    """From emulated frames to film frames.

    Attributes:
        rate_hz: Emulated frames a second.
        fps: Film frames a second, at most.
    """

    rate_hz: float
    fps: float

    def slot(self, first_frame: int, frame_index: int) -> int:
        """Return which film frame an emulated frame falls into; the first one of a slot is shown."""
        return int((frame_index - first_frame) / self.rate_hz * self.fps + 1e-9)

    def durations_ms(self, frames: list[int], end_frame: int) -> list[int]:
        """Return how long each frame is shown: multiples of 10 ms, at least 20, in step with game time.

        Args:
            frames: Frame indices, rising.
            end_frame: The frame index at which the film ends.
        """
        starts = [0]
        for frame in [*frames[1:], end_frame]:
            starts.append(max(round((frame - frames[0]) / self.rate_hz * 100), starts[-1] + 2))
        return [(after - before) * 10 for before, after in pairwise(starts)]
