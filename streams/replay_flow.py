"""What a replay publishes for each recorded frame, so that readers can begin anywhere."""

from collections.abc import Collection

import msgspec
import zstandard

from runtime import wire
from runtime.clock import SLOW_EVERY
from runtime.errors import WireError
from runtime.frame_codec import FrameEncoder
from runtime.memory_codec import WHOLE_INTERVAL, MemoryDecoder, MemoryEncoder
from runtime.subjects import BY_KIND, PUBLISHED, RECORDED
from streams.ticks import Tick

#: What the subjects at 10 Hz, which are never recorded, are made of.
_MADE_OF = {"view": "frame", "memory10": "memory", "state10": "state"}

Sent = list[tuple[str, wire.Payload]]


def recorded_kinds(kinds: Collection[str]) -> frozenset[str]:
    """Return the recorded kinds that publishing `kinds` needs."""
    return frozenset(_MADE_OF.get(kind, kind) for kind in kinds) & frozenset(RECORDED)


class Flow:
    """Turns recorded frames into payloads; `sent_ns` is left to the caller."""

    def __init__(self, regions: tuple[wire.Region, ...], kinds: Collection[str] = PUBLISHED) -> None:
        """Publish only `kinds`, of subjects.PUBLISHED."""
        self._regions, self._kinds = regions, frozenset(kinds)
        self._slow_memory = MemoryEncoder(regions)
        self._alone = FrameEncoder()
        self._own: FrameEncoder | None = None  # a stream of our own, until the recording's next key
        self._wants_key = self._wants_whole = True
        self._read_until = {"frame": -1, "memory": -1}  # the frame up to which a reader can follow each stream
        self._frame_index = -1

    def begin(self) -> None:
        """Make the next frame a key and the next memory messages whole images."""
        self._wants_key = self._wants_whole = True
        self._slow_memory.force_whole()

    @property
    def whole(self) -> bool:
        """Whether a reader that was there from the start has all of the last frame."""
        return all(self._read_until[kind] == self._frame_index for kind in self._read_until if kind in self._kinds)

    def of(self, tick: Tick) -> Sent:
        """Return a frame's payloads by kind, in publishing order."""
        self._frame_index = tick.frame_index
        payloads: Sent = []
        for kind, data in tick.payloads:
            if kind in self._kinds:
                payload = wire.decode(BY_KIND[kind].payload, data)
                if isinstance(payload, wire.Frame):
                    payload = self._frame(payload, tick)
                elif isinstance(payload, wire.MemoryDiff):
                    payload = self._memory(payload, tick)
                payloads.append((kind, payload))
        if tick.frame_index % SLOW_EVERY == 0:
            payloads += self._slow(tick)
        return payloads

    def again(self, tick: Tick) -> Sent:
        """Return the last frame once more, standing alone, for whoever just began; the next one is a key."""
        self.begin()
        payloads: dict[str, wire.Payload] = {"input": tick.input} if tick.input else {}
        if tick.video_message and tick.frame is not None:
            pixel_format = tick.video_message.pixel_format
            payloads["frame"] = self._alone.encode_alone(tick.frame_index, tick.frame, pixel_format, 0)
        if memory := _memory_of(tick):
            payloads["memory"] = _whole(tick.frame_index, memory)
        if tick.has("state"):
            payloads["state"] = wire.State(frame_index=tick.frame_index, sent_ns=0, values=tick.state)
        slow = {kind: payloads[source] for kind, source in _MADE_OF.items() if source in payloads}
        return [(kind, payload) for kind, payload in (payloads | slow).items() if kind in self._kinds]

    def _frame(self, frame: wire.Frame, tick: Tick) -> wire.Frame:
        if frame.key:
            self._own, self._wants_key = None, False
        elif (self._wants_key or self._own) and tick.frame is not None:  # None: nobody can decode before the next key
            if self._wants_key:
                self._own, self._wants_key = FrameEncoder(), False
            assert self._own is not None
            frame = self._own.encode(frame.frame_index, tick.frame, frame.pixel_format, 0)
        if frame.key or self._read_until["frame"] == frame.frame_index - 1:
            self._read_until["frame"] = frame.frame_index
        return frame

    def _memory(self, diff: wire.MemoryDiff, tick: Tick) -> wire.MemoryDiff:
        if diff.whole:
            self._wants_whole = False
        elif self._wants_whole and (memory := _memory_of(tick)) is not None:
            self._wants_whole = False
            diff = _whole(diff.frame_index, memory)
        since = diff.frame_index - 1 if diff.since < 0 else diff.since
        if diff.whole or self._read_until["memory"] == since:
            self._read_until["memory"] = diff.frame_index
        return diff

    def _slow(self, tick: Tick) -> Sent:
        """Make what is published at 10 Hz, as runtime.slow does for a live session, from what the recording has."""
        index = tick.frame_index
        payloads: Sent = []
        if "view" in self._kinds and tick.video_message and tick.frame is not None:
            alone = self._alone.encode_alone(index, tick.frame, tick.video_message.pixel_format, 0)
            payloads.append(("view", alone))
        if "memory10" in self._kinds and (memory := _memory_of(tick)) is not None:
            if index % WHOLE_INTERVAL == 0:
                self._slow_memory.force_whole()
            regions = {region.name: memory.region(region.name) for region in self._regions}
            payloads.append(("memory10", self._slow_memory.encode(index, regions, 0)))
        if "state10" in self._kinds and tick.has("state"):
            payloads.append(("state10", wire.State(frame_index=index, sent_ns=0, values=tick.state)))
        return payloads


def stamped(payload: wire.Payload, sent_ns: int) -> bytes:
    """Return a payload's bytes with a new `sent_ns`."""
    return wire.encode(msgspec.structs.replace(payload, sent_ns=sent_ns))


def _whole(frame_index: int, memory: MemoryDecoder) -> wire.MemoryDiff:
    image = zstandard.ZstdCompressor(level=1).compress(memory.image.data)
    return wire.MemoryDiff(
        frame_index=frame_index,
        sent_ns=0,
        whole=True,
        regions=memory.regions,
        starts=b"",
        lengths=b"",
        data=image,
    )


def _memory_of(tick: Tick) -> MemoryDecoder | None:
    """Return memory after this frame; None when the recording lacks it."""
    try:
        return tick.memory_image()
    except WireError:
        return None
