"""The session at 10 Hz, for readers that need not wake on every frame: `view`, `memory10`, `state10`."""

from collections.abc import Callable

from runtime import wire
from runtime.clock import SLOW_EVERY
from runtime.memory_codec import WHOLE_INTERVAL, MemoryEncoder
from runtime.memory_image import Bytes, Changes


class SlowFlow:
    """Encodes every sixth frame: a picture that stands alone, memory changes since the sixth before, the watches."""

    def __init__(self, regions: tuple[wire.Region, ...], kinds: frozenset[str]) -> None:
        """Prepare; `kinds` are those that somebody gets."""
        self._kinds = kinds
        self._memory = MemoryEncoder(regions)
        self._changed: set[int] | None = None  # bytes of memory since the last message; None for many

    def force_key(self) -> None:
        """Make the next memory message a whole image."""
        self._memory.force_whole()

    def encode(
        self,
        frame_index: int,
        alone: Callable[[], wire.Frame],
        image: Bytes,
        changes: Changes,
        values: dict[str, wire.Scalar],
        sent_ns: int,
        whole: wire.MemoryDiff | None = None,
    ) -> list[tuple[str, wire.Payload]]:
        """Return a frame's payloads by kind, in publishing order; none unless it is a sixth.

        `alone` makes the picture as one that stands alone; `image` is all of memory, `changes` what this frame changed;
        `whole` is all of memory as a message, where somebody made one.
        """
        if "memory10" in self._kinds:
            self._note(changes)
        if frame_index % SLOW_EVERY:
            return []
        payloads: list[tuple[str, wire.Payload]] = []
        if "view" in self._kinds:
            payloads.append(("view", alone()))
        if "memory10" in self._kinds:
            if frame_index % WHOLE_INTERVAL == 0:
                self._memory.force_whole()
            payloads.append(("memory10", self._memory.follow(frame_index, image, self._changed, sent_ns, whole)))
            self._changed = set()
        payloads.append(("state10", wire.State(frame_index=frame_index, sent_ns=sent_ns, values=values)))
        return payloads

    def _note(self, changes: Changes) -> None:
        if not isinstance(changes.offsets, list):
            self._changed = None
        elif self._changed is not None:
            self._changed.update(changes.offsets)
