"""What a recording knows about its session, stored as JSON beside the frames."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from runtime.wire import Region


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
    parent: str = ""  # session and frame this one branched from


class Recorder(Protocol):
    """Keeps what the bridge publishes. Chosen by import path in the launch file; `streams.recorder` is the default."""

    async def open(self, meta: SessionMeta) -> None:
        """Begin a session.

        Raises:
            SessionError: The name is taken.
        """

    def record(self, frame_index: int, payloads: Sequence[tuple[str, bytes]], *, key: bool) -> None:
        """Keep one frame's payloads, (kind, bytes) in publishing order; never blocks and never drops.

        `key` says that a reader may begin at this frame: its video is a key and its memory a whole image.
        """

    async def make_room(self) -> None:
        """Wait while too much is unwritten; for clocks that may wait, so that memory stays bounded."""

    @property
    def lost(self) -> int:
        """Payloads given up on since the start; their gaps are in the recording."""

    async def close(self) -> None:
        """Write everything and mark the session complete."""
