"""A recording in parts: where the next begins, and which stay."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from runtime.session_meta import SessionMeta


@dataclass(frozen=True)
class PartLimits:
    """How much a part, and all of a recording, may hold; 0 for no limit.

    Attributes:
        split_s: Emulated seconds after which the next part begins.
        split_bytes: Bytes after which the next part begins.
        limit_s: Emulated seconds of the whole recording.
        limit_bytes: Bytes of the whole recording.
        drop_oldest: At a limit the oldest part makes room; otherwise recording ends there.
    """

    split_s: float = 0.0
    split_bytes: int = 0
    limit_s: float = 0.0
    limit_bytes: int = 0
    drop_oldest: bool = False


@dataclass
class Part:
    """One part: its name, its first frame, how many it has, and its bytes."""

    name: str
    first_frame: int
    frames: int = 0
    size: int = 0


class Parts:
    """Follows a recording part by part. Parts end at savestates, so each can be opened and emulated by itself."""

    def __init__(self, limits: PartLimits, meta: SessionMeta, before: Sequence[Part] = (), number: int = 1) -> None:
        """Begin with the part that `meta` describes, the `number`th; `before` it lie those of a session resumed."""
        self._limits, self._rate_hz = limits, meta.rate_hz
        self._limited = limits != PartLimits()
        self._whole = list(before)
        self._part = Part(meta.session, meta.first_frame)
        self._number = number

    def grow(self, frame_index: int, size: int) -> None:
        """Note the last frame recorded, and the bytes that this part holds now."""
        self._part.frames = frame_index + 1 - self._part.first_frame
        self._part.size = size

    @property
    def split_due(self) -> bool:
        """Whether the next part, or the end, should begin at the next savestate."""
        if not self._limited:
            return False
        limits, part = self._limits, self._part
        seconds = part.frames / self._rate_hz
        return 0 < limits.split_s <= seconds or 0 < limits.split_bytes <= part.size or self.limit_reached

    @property
    def limit_reached(self) -> bool:
        """Whether recording ends at the next savestate."""
        return not self._limits.drop_oldest and self._over([*self._whole, self._part])

    def next(self, meta: SessionMeta, frame_index: int) -> SessionMeta:
        """End this part; return the metadata of the one that begins at this frame."""
        self._whole.append(self._part)
        self._number += 1
        whole = meta.part_of or meta.session
        name = f"{whole}-p{self._number}"
        self._part = Part(name, frame_index)
        return msgspec.structs.replace(meta, session=name, part_of=whole, first_frame=frame_index)

    def take_oldest(self) -> list[str]:
        """Return the names of the parts that must go, and forget them."""
        gone = []
        while self._limits.drop_oldest and self._whole and self._over(self._whole):
            gone.append(self._whole.pop(0).name)
        return gone

    def _over(self, parts: list[Part]) -> bool:
        seconds = sum(part.frames for part in parts) / self._rate_hz
        size = sum(part.size for part in parts)
        return 0 < self._limits.limit_s <= seconds or 0 < self._limits.limit_bytes <= size


def part_number(name: str, whole: str) -> int:
    """Return which part of a split session this is, from 1; 0 for another session."""
    if name == whole:
        return 1
    number = name.removeprefix(f"{whole}-p")
    return int(number) if number != name and number.isdecimal() else 0
