"""One recorded frame: its payloads as they were published, decoded when asked for."""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from runtime import wire
from runtime.errors import WireError
from runtime.frame_codec import FrameDecoder
from runtime.memory_codec import MemoryDecoder
from runtime.pixels import Raw, Rgb, to_rgb


class Video:
    """Decodes a delta stream of frames as far as it is asked to, and no further."""

    def __init__(self) -> None:
        self._decoder = FrameDecoder()
        self._pending: deque[wire.Frame] = deque()

    def feed(self, frame: wire.Frame) -> None:
        """Take the next message."""
        if frame.key:
            self._pending.clear()
        self._pending.append(frame)

    def decode(self) -> Raw | None:
        """Return the pixels of the last message fed, (H, W); None after a hole.

        Raises:
            WireError: The message is damaged.
        """
        raw: Raw | None = None
        while self._pending:
            raw = self._decoder.decode(self._pending.popleft())
        return raw


class Memory:
    """Applies memory messages as far as it is asked to, and no further."""

    def __init__(self) -> None:
        self.decoder = MemoryDecoder()
        self._pending: deque[wire.MemoryDiff] = deque()

    def feed(self, diff: wire.MemoryDiff) -> None:
        """Take the next message."""
        if diff.whole:
            self._pending.clear()
        self._pending.append(diff)

    def catch_up(self) -> bool:
        """Apply what was fed; False when the image is not known, after a hole.

        Raises:
            WireError: A message is damaged.
        """
        while self._pending:
            self.decoder.apply(self._pending.popleft())
        return self.decoder.complete


class Tick:
    """A recorded frame. Ask for pixels and memory before taking the next tick; what was asked for is kept.

    Attributes:
        frame_index: The frame.
        payloads: (kind, bytes) of the kinds that are read, in the order of subjects.TABLE.
        video_message: The frame's video message, if the recording has it.
        memory_message: The frame's memory message, if the recording has it.
    """

    def __init__(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], video: Video, memory: Memory) -> None:
        """Use `streams.session.Session.ticks`."""
        self.frame_index = frame_index
        self.payloads = payloads
        self._video, self._memory = video, memory
        self.video_message: wire.Frame | None = None
        self.memory_message: wire.MemoryDiff | None = None
        for kind, data in payloads:
            if kind == "frame":
                self.video_message = wire.decode(wire.Frame, data)
                video.feed(self.video_message)
            elif kind == "memory":
                self.memory_message = wire.decode(wire.MemoryDiff, data)
                memory.feed(self.memory_message)

    @cached_property
    def frame(self) -> Raw | None:
        """The pixels in the console's own colours, (H, W), read-only; None when the recording lacks them.

        Raises:
            WireError: They are damaged.
        """
        return self._video.decode() if self.video_message else None

    def rgb(self) -> Rgb:
        """Return the pixels as (H, W, 3) uint8 RGB.

        Raises:
            WireError: The recording lacks them, or they are damaged.
        """
        if self.frame is None or self.video_message is None:
            raise WireError(f"frame {self.frame_index}: the recording lacks its pixels")
        return to_rgb(self.frame, self.video_message.pixel_format)

    def memory(self, region: str) -> NDArray[np.uint8]:
        """Return a region's bytes at the end of this frame, (size,) uint8, read-only, valid until the next tick.

        Raises:
            WireError: The recording lacks them, they are damaged, or there is no such region.
        """
        return self.memory_image().region(region)

    def memory_image(self) -> MemoryDecoder:
        """Return all memory at the end of this frame, valid until the next tick.

        Raises:
            WireError: The recording lacks it, or it is damaged.
        """
        if not self.memory_message or not self._memory.catch_up():
            raise WireError(f"frame {self.frame_index}: the recording lacks its memory")
        return self._memory.decoder

    @cached_property
    def state(self) -> dict[str, wire.Scalar]:
        """The watches' values at the end of this frame; empty when the recording lacks them."""
        payload = self._first("state", wire.State)
        return payload.values if payload else {}

    @cached_property
    def input(self) -> wire.Input | None:
        """The buttons held while this frame was emulated."""
        return self._first("input", wire.Input)

    @cached_property
    def hashes(self) -> wire.FrameHash | None:
        """The hashes that a recording without pixels has in their place."""
        return self._first("hash", wire.FrameHash)

    @property
    def pixels_hash(self) -> int | None:
        """The hash of this frame's pixels; None when the recording has neither them nor it."""
        if self.video_message:
            return self.video_message.pixels_hash
        return self.hashes.pixels_hash if self.hashes else None

    @cached_property
    def savestate(self) -> wire.Savestate | None:
        """The emulator's state before this frame, if one was kept."""
        return self._first("savestate", wire.Savestate)

    @cached_property
    def plans(self) -> tuple[wire.Plan, ...]:
        """Plans published with this frame."""
        return tuple(self._all("plan", wire.Plan))

    @cached_property
    def learnt(self) -> tuple[wire.Learnt, ...]:
        """What was learnt, published with this frame."""
        return tuple(self._all("learnt", wire.Learnt))

    @cached_property
    def events(self) -> tuple[wire.Event, ...]:
        """Events published with this frame."""
        return tuple(self._all("event", wire.Event))

    @cached_property
    def gaps(self) -> tuple[wire.Gap, ...]:
        """Gaps published with this frame."""
        return tuple(self._all("gap", wire.Gap))

    def has(self, kind: str) -> bool:
        """Return whether the recording has a payload of this kind here."""
        return any(seen == kind for seen, _ in self.payloads)

    def _all(self, kind: str, payload_type: type[wire.P]) -> Iterator[wire.P]:
        return (wire.decode(payload_type, data) for seen, data in self.payloads if seen == kind)

    def _first(self, kind: str, payload_type: type[wire.P]) -> wire.P | None:
        return next(self._all(kind, payload_type), None)
