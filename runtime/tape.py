"""The bridge's side of recording: which of a frame's payloads are kept, and when the last seconds are."""

from collections.abc import Mapping, Sequence

import msgspec
import xxhash

from runtime import wire
from runtime.errors import ControlError
from runtime.expressions import condition
from runtime.memory_image import Bytes
from runtime.session_meta import STORES, Recorder

#: Frames between hashes of memory where no memory is recorded: one second. 288 KB take 30 µs.
MEMORY_HASH_EVERY = 60

#: As `SAVESTATE_EVERY` of streams.recorder for a session that nobody records.
_SAVESTATE_EVERY = 600


class TapeOptions(msgspec.Struct, frozen=True):
    """What is kept.

    Attributes:
        kinds: The kinds to record; "hash" is made here.
        keep_when: A rule on state: when it begins to hold, the last seconds are kept; empty for none.
        keep_on: Names of events upon which they are kept.
    """

    kinds: tuple[str, ...] = STORES["all"]
    keep_when: str = ""
    keep_on: tuple[str, ...] = ()


class Tape:
    """Gives the recorder, if there is one, what it keeps of each frame."""

    def __init__(self, recorder: Recorder | None, options: TapeOptions) -> None:
        self._recorder, self._options = recorder, options
        self._kinds = frozenset(options.kinds)
        self._rule = condition(options.keep_when) if options.keep_when else None
        self._held_before = False

    @property
    def recording(self) -> bool:
        """Whether anything is recorded."""
        return self._recorder is not None

    @property
    def labelled(self) -> str:
        """The recorded session that labels of these frames belong to; empty for none."""
        return self._recorder.labelled if self._recorder else ""

    @property
    def lost(self) -> int:
        """Payloads given up on since the start."""
        return self._recorder.lost if self._recorder else 0

    @property
    def unwritten_bytes(self) -> int:
        """Bytes that wait to be stored."""
        return self._recorder.unwritten_bytes if self._recorder else 0

    def wants_savestate(self, frame_index: int) -> bool:
        """Return whether a savestate belongs before this frame."""
        return frame_index % self._savestate_every == 0 or self.splits

    def until_savestate(self, frame_index: int) -> int:
        """Return how many frames follow from this one on without a savestate between them, as known now."""
        return self._savestate_every - frame_index % self._savestate_every

    @property
    def _savestate_every(self) -> int:
        return self._recorder.savestate_every if self._recorder else _SAVESTATE_EVERY

    @property
    def splits(self) -> bool:
        """Whether the next part of the recording waits for a frame to begin at."""
        return self._recorder is not None and self._recorder.wants_savestate

    def record(self, frame_index: int, encoded: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """Keep what is to be kept of a frame's payloads."""
        if self._recorder:
            self._recorder.record(frame_index, [item for item in encoded if item[0] in self._kinds], key=key)

    def hashes(
        self, frame_index: int, payloads: Sequence[tuple[str, wire.Payload]], memory: Bytes
    ) -> wire.FrameHash | None:
        """Return the frame's hashes, if they are recorded; `memory` is all regions end to end."""
        if not self._recorder or "hash" not in self._kinds:
            return None
        pixels_hash = next(payload.pixels_hash for _, payload in payloads if isinstance(payload, wire.Frame))
        memory_hash = 0 if frame_index % MEMORY_HASH_EVERY else xxhash.xxh3_64_intdigest(memory.data)
        return wire.FrameHash(frame_index=frame_index, pixels_hash=pixels_hash, memory_hash=memory_hash)

    def keep(self, reason: str) -> str:
        """Keep the last seconds; return the name of the session they become.

        Raises:
            ControlError: Nothing is recorded, or all of it.
        """
        if not self._recorder:
            raise ControlError("this session is not recorded")
        return self._recorder.keep(reason)

    def reason_to_keep(self, values: Mapping[str, wire.Scalar], events: Sequence[wire.Event]) -> str:
        """Return why the last seconds are kept now; empty for no reason."""
        named = next((event.name for event in events if event.name in self._options.keep_on), "")
        holds = self._rule is not None and self._rule(values)
        begins, self._held_before = holds and not self._held_before, holds
        return named or (self._options.keep_when if begins else "")

    async def make_room(self) -> None:
        """Wait while too much is unwritten."""
        if self._recorder:
            await self._recorder.make_room()

    async def close(self) -> None:
        """Write everything and complete the recording."""
        if self._recorder:
            await self._recorder.close()
