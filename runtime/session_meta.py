"""What a recording knows about its session, stored as JSON beside the frames."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from runtime.start import Start
from runtime.wire import Region

#: What each kind of store keeps when nothing is left out. "inputs" holds what frames and memory can be made from again;
#: the times of `trace` would double it.
STORES = {
    "all": ("savestate", "plan", "learnt", "event", "gap", "trace", "input", "frame", "memory", "state"),
    "inputs": ("savestate", "plan", "learnt", "event", "gap", "input", "hash"),
}


class SessionMeta(msgspec.Struct, frozen=True, kw_only=True):
    """A session's metadata. Fields may be added with a default."""

    session: str
    created: str  # UTC, ISO 8601
    game: str
    game_toml: str  # text; empty for a ROM without a description
    rom: str  # the path as given
    rom_sha256: str
    console: str
    width: int
    height: int
    rate_hz: float
    buttons: tuple[str, ...]
    pixel_format: str
    regions: tuple[Region, ...]
    core: str  # name and version
    clock: str
    scan: str = "full"  # full: every byte of memory each frame | chunked
    launch_plan: str = ""  # the resolved plan, TOML
    git_commit: str = ""
    framewire_version: str = ""
    parent: str = ""  # SESSION@FRAME that this one branched from
    store: str = "all"  # all | inputs: frames and memory are emulated again when asked for, and checked by their hashes
    origin: str = "live"  # live | rommer | video: what it was made from
    core_options: dict[str, str] = {}  # the core's options and their values
    part_of: str = ""  # the session that was split or from whose ring this was kept; empty for a whole one
    first_frame: int = 0  # where the recording should begin: not 0 for a later part
    kinds: tuple[str, ...] = ()  # what is recorded; empty in recordings of 0.1: all kinds
    launch_folder: str = ""  # where the launch file lies; actors beside it can be imported
    backend: str = "libretro"  # the family of emulators that made it (runtime.families)
    backend_options: dict[str, Any] = {}

    def keeps(self, kind: str) -> bool:
        """Return whether the recording should have a kind."""
        return kind in self.kinds if self.kinds else kind not in ("hash", "trace")


class Recorder(Protocol):
    """Keeps what the bridge publishes. Chosen by import path in the launch file; `streams.recorder` is the default."""

    async def open(self, meta: SessionMeta) -> None:
        """Begin a session.

        Raises:
            SessionError: The name is taken.
        """

    async def resume(self, meta: SessionMeta) -> Start:
        """Go on with a session that was cut off, after storing what its last writer could not; return where to begin.

        Raises:
            SessionError: There is none, it is complete, or another process records it.
        """

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """Keep one frame's payloads, (kind, bytes) in publishing order; never blocks and never drops.

        `key` says that a reader may begin at this frame: its video is a key and its memory a whole image. Call it
        before the frame is published: what anybody saw is then recorded, even if the process is killed.
        """

    def keep(self, reason: str) -> str:
        """Keep the last seconds of a session that is recorded as a ring; return the name they will have.

        Raises:
            ControlError: It is recorded as a whole.
        """

    async def make_room(self) -> None:
        """Wait while too much is unwritten; for clocks that may wait, so that memory stays bounded."""

    @property
    def labelled(self) -> str:
        """The session to which labels of what is recorded belong; empty where no recording grows."""

    @property
    def savestate_every(self) -> int:
        """Frames between periodic savestates."""

    @property
    def wants_savestate(self) -> bool:
        """Whether the next frame should have a savestate and be one that a reader may begin at."""

    @property
    def lost(self) -> int:
        """Payloads given up on since the start; their gaps are in the recording."""

    @property
    def unwritten_bytes(self) -> int:
        """Bytes in memory that wait to be written."""

    async def close(self) -> None:
        """Write everything and mark the session complete."""
