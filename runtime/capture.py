"""One emulated frame as payloads, in the order in which they are published."""

from collections.abc import Iterator
from functools import partial

from runtime import wire
from runtime.backend import Backend, Prefetches
from runtime.frame_codec import LIVE_LEVEL, FrameEncoder
from runtime.game import Game, episode_conditions
from runtime.memory_codec import MemoryEncoder
from runtime.memory_image import Bytes
from runtime.slow import SlowFlow
from runtime.subjects import PUBLISHED
from runtime.watches import WatchReader


class Capture:
    """Encodes what the emulator shows: video, memory, watches, and the episode's end."""

    def __init__(
        self,
        backend: Backend,
        game: Game | None,
        level: int = LIVE_LEVEL,
        kinds: frozenset[str] = frozenset(PUBLISHED),
    ) -> None:
        """Prepare; `level` is the frame encoder's, `kinds` are those that somebody gets."""
        self._backend, self._kinds = backend, kinds
        self._frames = FrameEncoder(level)
        told = backend if isinstance(backend, Prefetches) else None
        self._memory = MemoryEncoder(backend.regions, told.image if told else None)
        self._told = told
        self._slow = SlowFlow(backend.regions, kinds)
        self._watches = WatchReader(game.watch if game else (), backend.regions)
        self._rules = episode_conditions(game) if game else {}
        self._held_before: dict[str, bool] = dict.fromkeys(self._rules, False)
        self._values: dict[str, wire.Scalar] = {}

    @property
    def values(self) -> dict[str, wire.Scalar]:
        """The watches' values at the last frame."""
        return self._values

    @property
    def memory(self) -> Bytes:
        """All regions end to end at the last frame."""
        return self._memory.image

    def force_key(self) -> None:
        """Make the next frame one that a reader may begin at."""
        self._frames.force_key()
        self._memory.force_whole()
        self._slow.force_key()

    @property
    def next_is_key(self) -> bool:
        """Whether the next frame is one that a reader may begin at."""
        return self._frames.next_is_key

    def frame(self, frame_index: int, now_ns: int) -> tuple[list[tuple[str, wire.Payload]], list[wire.Event]]:
        """Encode the frame just emulated; return its payloads by kind, and the episode events it caused.

        The memory of a key frame is always a whole image.
        """
        raw, pixel_format = self._backend.frame(), self._backend.pixel_format
        payloads: list[tuple[str, wire.Payload]] = []
        units, changes = self._told.changes() if self._told else (None, None)
        alone = partial(self._frames.encode_alone, frame_index, raw, pixel_format, now_ns)
        if "frame" in self._kinds:
            if self._frames.next_is_key:
                self._memory.force_whole()
            if self._told:
                frame = self._frames.encode_changed(frame_index, raw, pixel_format, now_ns, units)
            else:
                frame = self._frames.encode(frame_index, raw, pixel_format, now_ns)
            payloads.append(("frame", frame))
            alone = partial(self._frames.last_alone, frame_index, now_ns)
        if changes is None:
            changes = self._memory.take(self._backend.memory())
        whole = None
        if "memory" in self._kinds:
            diff = self._memory.encode_changes(frame_index, changes, now_ns)
            payloads.append(("memory", diff))
            whole = diff if diff.whole else None
        image = self._memory.image
        self._values = self._watches.follow(image, changes)
        payloads.append(("state", wire.State(frame_index=frame_index, sent_ns=now_ns, values=self._values)))
        payloads += self._slow.encode(frame_index, alone, image, changes, self._values, now_ns, whole)
        return payloads, list(self._episode_events(frame_index, now_ns))

    def again(self, frame_index: int, now_ns: int) -> list[tuple[str, wire.Payload]]:
        """Encode the last frame once more, standing alone, and make the next one a key."""
        self.force_key()
        alone = self._frames.encode_alone(frame_index, self._backend.frame(), self._backend.pixel_format, now_ns)
        whole = self._memory.whole(frame_index, now_ns)
        state = wire.State(frame_index=frame_index, sent_ns=now_ns, values=self._values)
        return [
            *(("frame", alone), ("memory", whole), ("state", state)),
            *(("view", alone), ("memory10", whole), ("state10", state)),
        ]

    def _episode_events(self, frame_index: int, now_ns: int) -> Iterator[wire.Event]:
        for outcome, rule in self._rules.items():
            holds = rule(self._values)
            if holds and not self._held_before[outcome]:
                yield wire.Event(source="bridge", frame_index=frame_index, sent_ns=now_ns, name=f"episode.{outcome}")
            self._held_before[outcome] = holds
