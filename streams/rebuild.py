"""Frames, memory and state of a session that keeps inputs only: emulated again when asked for, and checked.

last savestate ─► inputs, unseen ─► first frame asked for: a key ─► inputs ─► hashes equal? ─► encode ─► tick
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from runtime import wire
from runtime.backend import Backend
from runtime.errors import CoreError, SessionError
from runtime.frame_codec import FrameEncoder
from runtime.game import parse_game
from runtime.memory_codec import MemoryEncoder
from runtime.session_meta import SessionMeta
from runtime.watches import WatchReader
from streams.execution import FOLLOWED, Follower, hash_of, memory_hash, open_backend
from streams.ticks import Memory, Tick, Video

#: What is made again.
REBUILT = frozenset({"frame", "memory", "state"})

#: What has to be read for it.
NEEDED = (*FOLLOWED, "hash")

#: Savestates at which the emulator does not go on from the frame before.
_BREAKS = ("start", "jump", "resume")


class Rebuild:
    """Makes ticks whole. A context manager: it holds an emulator, of which a process can have one."""

    _running: ClassVar[str] = ""  # the session that is being rebuilt in this process

    def __init__(self, meta: SessionMeta, kinds: Collection[str], first: int, rom: Path | None, core: str) -> None:
        """Prepare to rebuild from frame `first` on.

        Args:
            meta: The session's.
            kinds: What ticks shall hold.
            first: The first frame wanted; what comes before is emulated but not encoded.
            rom: The ROM; None for the recorded one.
            core: The core, by name or path; empty for the console's.
        """
        self._meta, self._kinds, self._first = meta, frozenset(kinds) - {"hash"}, first
        self._rom, self._core = rom, core
        self._before: list[Tick] = []  # the ticks before `first` from the last savestate on
        self._video, self._memory = Video(), Memory()

    @classmethod
    def busy(cls) -> bool:
        """Return whether this process rebuilds a session."""
        return bool(cls._running)

    def __enter__(self) -> "Rebuild":
        """Load the game.

        Raises:
            RomError: The ROM is not here.
            CoreError: The core is not here, or another one is.
            SessionError: This process rebuilds already.
        """
        name = self._meta.session
        if Rebuild._running:
            raise SessionError(
                f"session {name!r} keeps inputs only and cannot be emulated again while this process does so for "
                f"{Rebuild._running!r}: a process holds one emulator; finish or close that iteration first"
            )
        self._backend: Backend = open_backend(self._meta, self._rom, self._core)
        if self._backend.core != self._meta.core:
            core = self._backend.core
            self._backend.close()
            raise CoreError(
                f"session {name!r} keeps inputs only, of the core {self._meta.core!r}, and this one is {core!r}: its "
                "frames can be made again with the right core only; name it with --core"
            )
        Rebuild._running = name
        self._encoding = _Encoding(self._meta, self._backend, self._kinds)
        self._follower = Follower(self._backend)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unload the game."""
        Rebuild._running = ""
        self._backend.close()

    def take(self, tick: Tick) -> Iterator[Tick]:
        """Take the next stored tick; yield it with what was asked for, unless it only leads there.

        Raises:
            StateError: A savestate is damaged.
            SessionError: The frame came out otherwise than recorded.
        """
        if tick.has("savestate"):
            self._before.clear()
        if tick.frame_index < self._first:
            self._before.append(tick)
            return
        for before in self._before:
            self._follower.follow(before)
        self._before.clear()
        made = self._made(tick, [item for item in tick.payloads if item[0] in self._kinds])
        if made.payloads:
            yield made

    def _made(self, tick: Tick, given: list[tuple[str, bytes]]) -> Tick:
        """Return a tick with what was asked for; without it where nothing leads to the frame."""
        if not self._follower.follow(tick) or tick.hashes is None:
            self._encoding.force_key()
            return Tick(tick.frame_index, given, self._video, self._memory)
        if tick.savestate and tick.savestate.reason in _BREAKS:
            self._encoding.force_key()
        self._check_frame(tick.frame_index, tick.hashes)
        assert tick.input is not None
        made = self._encoding.payloads(tick.frame_index, tick.input.sent_ns)
        whole = Tick(tick.frame_index, given + made, self._video, self._memory)
        if "frame" in self._kinds:
            whole.frame = self._backend.frame().copy()  # what decoding would give
            whole.frame.flags.writeable = False
        return whole

    def _check_frame(self, frame_index: int, hashes: wire.FrameHash) -> None:
        backend = self._backend
        self._check(frame_index, "pixels", hashes.pixels_hash, hash_of(backend.frame(), backend.pixel_format))
        if hashes.memory_hash:
            self._check(frame_index, "memory", hashes.memory_hash, memory_hash(backend.regions, backend.memory()))

    def _check(self, frame_index: int, what: str, recorded: int, seen: int) -> None:
        if recorded != seen:
            raise SessionError(
                f"session {self._meta.session!r}, frame {frame_index}: its {what} had the hash {recorded:016x} when "
                f"recorded with {self._meta.core!r}; emulated again with {self._backend.core!r} they have {seen:016x}. "
                f"`runtime verify {self._meta.session}` says more"
            )


class _Encoding:
    """Encodes the kinds that are asked for as `runtime.capture` does in a live session."""

    def __init__(self, meta: SessionMeta, backend: Backend, kinds: frozenset[str]) -> None:
        self._backend, self._kinds = backend, kinds
        self._frames, self._memory = FrameEncoder(), MemoryEncoder(backend.regions)
        game = parse_game(meta.game_toml, "game.toml") if meta.game_toml else None
        self._watches = WatchReader(game.watch if game else (), backend.regions)

    def force_key(self) -> None:
        """Make the next frame one that a reader may begin at."""
        self._frames.force_key()
        self._memory.force_whole()

    def payloads(self, frame_index: int, sent_ns: int) -> list[tuple[str, bytes]]:
        """Return the frame just emulated, by kind, in publishing order; a key frame's memory is a whole image."""
        made: list[tuple[str, wire.Payload]] = []
        memory = self._backend.memory()
        if "frame" in self._kinds:
            if self._frames.next_is_key:
                self._memory.force_whole()
            raw, pixel_format = self._backend.frame(), self._backend.pixel_format
            made.append(("frame", self._frames.encode(frame_index, raw, pixel_format, sent_ns)))
        if self._kinds & {"memory", "state"}:
            changes = self._memory.take(memory)
        if "memory" in self._kinds:
            made.append(("memory", self._memory.encode_changes(frame_index, changes, sent_ns)))
        if "state" in self._kinds:
            values = self._watches.follow(self._memory.image, changes)
            made.append(("state", wire.State(frame_index=frame_index, sent_ns=sent_ns, values=values)))
        return [(kind, wire.encode(payload)) for kind, payload in made]
