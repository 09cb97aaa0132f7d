"""Frames → groups: what is written together."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from streams.chunks import Group, Record


@dataclass(frozen=True)
class Cuts:
    """When a group ends.

    Attributes:
        frames: A group with this many ends at the next frame that a reader may begin at.
        most_frames: A group with this many ends anywhere.
        kind_bytes: So many bytes of one kind end a group anywhere.
        age_s: A group that began so long ago ends; what follows the recording sees a frame at most this late.
    """

    frames: int = 60
    most_frames: int = 3600
    kind_bytes: int = 256 << 10
    age_s: float = 2.0


class Grouper:
    """Collects frames into the open group."""

    def __init__(self, cuts: Cuts, number: int = 0) -> None:
        """Begin; `number` is the first group's."""
        self._cuts = cuts
        self._number = number
        self._bytes: dict[str, int] = {}
        self._since = 0.0
        self.open: Group | None = None

    def ends_before(self, frame_index: int, *, key: bool) -> bool:
        """Return whether the open group ends before this frame; `key` says that a reader may begin at it."""
        if self.open is None:
            return False
        frames = frame_index - self.open.first_frame
        at_key = key and (not self.open.key or frames >= self._cuts.frames)
        full = max(self._bytes.values(), default=0) > self._cuts.kind_bytes
        return at_key or full or frames >= self._cuts.most_frames

    def add(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> bool:
        """Take a frame; return whether it began a group."""
        began = self.open is None
        if self.open is None:
            self.open = Group(self._number, frame_index, frame_index, key, {})
            self._number += 1
            self._since = time.monotonic()
        self.open.last_frame = frame_index
        for kind, data in payloads:
            self.open.records.setdefault(kind, []).append(Record(frame_index, data))
            self._bytes[kind] = self._bytes.get(kind, 0) + len(data)
        return began

    @property
    def open_bytes(self) -> int:
        """Bytes of the open group."""
        return sum(self._bytes.values())

    def take(self) -> Group | None:
        """End the open group and return it; None without one."""
        group, self.open, self._bytes = self.open, None, {}
        return group

    def until_old(self) -> float | None:
        """Return the seconds until the open group ends by its age; None without one."""
        return None if self.open is None else max(0.0, self._since + self._cuts.age_s - time.monotonic())
