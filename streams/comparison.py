"""What an emulator shows, against what a recording holds of the same frame."""

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Backend
from runtime.errors import WireError
from runtime.game import parse_game
from runtime.memory_image import memory_image
from runtime.pixels import to_rgb
from runtime.session_meta import SessionMeta
from runtime.watches import WatchReader
from streams.difference import ChangedWatch, Difference, Picture, changed_bytes
from streams.execution import hash_of, memory_hash
from streams.ticks import Tick


class Comparison:
    """Compares one frame after another.

    Attributes:
        memory_due: Whether memory is still to be compared.
        checked: Frames whose memory was compared.
        unreadable: Frames whose recorded memory could not be decoded.
        equal_until: The last frame whose memory was equal; -1 before the first.
    """

    def __init__(self, meta: SessionMeta, backend: Backend, *, every_memory: bool = False) -> None:
        """Compare with a recording.

        Args:
            meta: The recording's.
            backend: The emulator, which stands at the frame that is compared.
            every_memory: Compare memory on every frame, not only where the recording has it whole.
        """
        self._meta, self._backend, self._every = meta, backend, every_memory
        self._has_memory = backend.regions == meta.regions
        self.memory_due = True
        self.checked = self.unreadable = 0
        self.equal_until = -1

    def picture(self, tick: Tick) -> bool | None:
        """Return whether the pixels are equal; None when the recording lacks them.

        Raises:
            WireError: They are of another format than the emulator's, and damaged.
        """
        seen, message = self._backend.frame(), tick.video_message
        if message is None:
            known = tick.pixels_hash
            return None if known is None else hash_of(seen, self._backend.pixel_format) == known
        if message.pixel_format == self._backend.pixel_format:
            return hash_of(seen, message.pixel_format) == message.pixels_hash
        recorded = tick.frame
        if recorded is None:
            return None
        emulated_rgb = to_rgb(seen, self._backend.pixel_format)
        return np.array_equal(to_rgb(recorded, message.pixel_format), emulated_rgb)

    def memory(self, tick: Tick) -> bool | None:
        """Return whether memory is equal; None when it is not compared on this frame."""
        if not self._has_memory or not self.memory_due:
            return None
        equal = self._hashes_equal(tick) if self._meta.store == "inputs" else self._images_equal(tick)
        if equal is None:
            return None
        self.checked += 1
        if equal:
            self.equal_until = tick.frame_index
        return equal

    def difference(self, tick: Tick, *, picture_differs: bool) -> Difference:
        """Describe how this frame differs, with all that the recording holds of it."""
        raw, format_name = self._backend.frame().copy(), self._backend.pixel_format
        known, recorded_hash, seen_hash = tick.hashes, tick.pixels_hash, hash_of(raw, format_name)
        regions, memory = self._backend.regions, memory_image(self._backend.regions, self._backend.memory())
        recorded = _recorded_memory(tick) if self._has_memory else None
        hash_differs = known is not None and known.memory_hash not in (0, memory_hash(regions, self._backend.memory()))
        return Difference(
            frame_index=tick.frame_index,
            recorded_hash=seen_hash if recorded_hash is None else recorded_hash,
            seen_hash=seen_hash,
            picture_differs=picture_differs,
            seen=Picture(raw, format_name),
            recorded=_recorded_picture(tick),
            memory_known=recorded is not None,
            memory=() if recorded is None else changed_bytes(regions, recorded, memory),
            memory_differs=not np.array_equal(recorded, memory) if recorded is not None else hash_differs,
            watches=() if recorded is None else self._changed_watches(recorded, memory),
            equal_until=self.equal_until,
        )

    def _hashes_equal(self, tick: Tick) -> bool | None:
        known = tick.hashes
        if known is None or not known.memory_hash:
            return None
        return memory_hash(self._backend.regions, self._backend.memory()) == known.memory_hash

    def _images_equal(self, tick: Tick) -> bool | None:
        if not self._every and not (tick.video_message and tick.video_message.key):
            return None  # a key frame's memory is a whole image; any other would need all changes since one
        if not tick.has("memory"):
            return None
        try:
            recorded = tick.memory_image()
        except WireError:
            self.unreadable += 1
            return None
        return all(np.array_equal(recorded.region(name), seen) for name, seen in self._backend.memory().items())

    def _changed_watches(self, recorded: NDArray[np.uint8], emulated: NDArray[np.uint8]) -> tuple[ChangedWatch, ...]:
        if not self._meta.game_toml:
            return ()
        reader = WatchReader(parse_game(self._meta.game_toml, "game.toml").watch, self._meta.regions)
        after = reader.values(emulated)
        return tuple(
            ChangedWatch(name, value, after[name])
            for name, value in reader.values(recorded).items()
            if after[name] != value
        )


def _recorded_picture(tick: Tick) -> Picture | None:
    try:
        raw = tick.frame
    except WireError:
        return None
    return Picture(raw, tick.video_message.pixel_format) if raw is not None and tick.video_message else None


def _recorded_memory(tick: Tick) -> NDArray[np.uint8] | None:
    try:
        return tick.memory_image().image.copy()
    except WireError:
        return None
