"""Re-execution: emulate a recording again from its savestates and inputs, and compare every frame's hash."""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xxhash

from runtime.backend import Backend, restore_state
from runtime.bridges.core_search import find_core
from runtime.bridges.libretro import LibretroBackend
from runtime.bridges.scripted import ScriptedBackend
from runtime.console import CONSOLES
from runtime.errors import CoreError, RomError
from runtime.game import BUILTIN, load_game
from runtime.pixels import Raw, pixel_format
from runtime.session_meta import SessionMeta
from streams.session import Hole, Session
from streams.ticks import Tick

_OUT_OF_STEP = "the recording lacks frames, and no savestate follows before"

#: What re-execution reads; the pixels themselves stay undecoded.
_KINDS = ("savestate", "gap", "input", "frame")


@dataclass(frozen=True)
class Difference:
    """The first frame that came out otherwise."""

    frame_index: int
    recorded_hash: int
    seen_hash: int

    def __str__(self) -> str:
        return f"frame {self.frame_index}: recorded hash {self.recorded_hash:016x}, emulated {self.seen_hash:016x}"


@dataclass
class Verdict:
    """What re-execution found.

    Attributes:
        verified: Frames that came out as recorded.
        skipped: Frames that could not be compared, and why.
        difference: The first frame that differs; re-execution ended there.
    """

    verified: int = 0
    skipped: list[Hole] = field(default_factory=list)
    difference: Difference | None = None


async def verify(session: Session, backend: Backend, on_frame: Callable[[], object] = lambda: None) -> Verdict:
    """Emulate a session again, at the core's full speed, to its end or its first difference.

    The emulator is set to the recorded state at the start, after every jump, and after every hole.

    Raises:
        CoreError: The backend's core is not the one of the recording.
        StateError: A savestate is damaged.
        WireError: The recording is damaged.
        BusError: The store cannot be reached.
    """
    if backend.core != session.meta.core:
        raise CoreError(
            f"session {session.name!r} was recorded with the core {session.meta.core!r}, this one is {backend.core!r}: "
            "another version may emulate otherwise; name the right one with --core"
        )
    execution = _Execution(backend)
    async with contextlib.aclosing(session.ticks(_KINDS)) as ticks:
        async for tick in ticks:
            execution.run(tick)
            on_frame()
            if execution.verdict.difference:
                return execution.verdict
    execution.skip_until(session.last_frame + 1, _OUT_OF_STEP)
    return execution.verdict


def open_backend(meta: SessionMeta, rom: Path | None = None, core: str = "") -> Backend:
    """Load the recorded game: `rom`, else the path it was recorded from, else a built-in game with the same hash.

    Raises:
        RomError: The ROM is not found, or is another one.
        CoreError: There is no core.
    """
    if meta.rom == "scripted":
        return ScriptedBackend()
    console = CONSOLES[meta.console]
    return LibretroBackend(find_core(console, core), rom or find_rom(meta), console, meta.rom_sha256)


def find_rom(meta: SessionMeta) -> Path:
    """Return the ROM that a session was recorded from, or an equal one.

    Raises:
        RomError: There is none here.
    """
    recorded = Path(meta.rom)
    if recorded.is_file() and hashlib.sha256(recorded.read_bytes()).hexdigest() == meta.rom_sha256:
        return recorded
    for description in sorted(BUILTIN.glob("*/game.toml")):
        game = load_game(description).game
        if game.rom and game.sha256 == meta.rom_sha256:
            return description.parent / game.rom
    raise RomError(
        f"session {meta.session!r}: the ROM it was recorded from is not at {meta.rom} any more, and no built-in "
        f"game has its SHA-256 {meta.rom_sha256}; name it with --rom"
    )


def hash_of(raw: Raw, format_name: str) -> int:
    """Return the hash that `wire.Frame.pixels_hash` has for these pixels."""
    return xxhash.xxh3_64_intdigest(np.ascontiguousarray(raw, dtype=pixel_format(format_name).dtype).data)


class _Execution:
    """An emulator that follows a recording."""

    def __init__(self, backend: Backend) -> None:
        self.verdict = Verdict()
        self._backend = backend
        self._next = 0  # the frame that the emulator is about to emulate
        self._in_step = False  # whether its state is the recording's

    def run(self, tick: Tick) -> None:
        """Emulate one recorded frame and compare it."""
        if tick.input is None:  # a gap's tick, or an event after the end
            return
        if tick.frame_index != self._next:
            self._in_step = False
        state = tick.savestate
        if state and (not self._in_step or state.reason != "periodic"):
            self.skip_until(tick.frame_index, _OUT_OF_STEP)
            restore_state(self._backend, state)
            self._in_step = True
        if not self._in_step:
            return
        self._backend.step(frozenset(tick.input.buttons))
        self._next = tick.frame_index + 1
        if tick.video_message is None:
            self._skip(tick.frame_index, tick.frame_index, "the recording lacks its video")
            return
        self._compare(tick.frame_index, tick.video_message.pixels_hash, tick.video_message.pixel_format)

    def skip_until(self, frame_index: int, reason: str) -> None:
        """Note that the frames before this one were not emulated."""
        if frame_index > self._next:
            self._skip(self._next, frame_index - 1, reason)
        self._next = frame_index

    def _compare(self, frame_index: int, recorded_hash: int, format_name: str) -> None:
        seen_hash = hash_of(self._backend.frame(), format_name)
        if seen_hash == recorded_hash:
            self.verdict.verified += 1
        else:
            self.verdict.difference = Difference(frame_index, recorded_hash, seen_hash)

    def _skip(self, first: int, last: int, reason: str) -> None:
        before = self.verdict.skipped[-1] if self.verdict.skipped else None
        if before and before.last_frame == first - 1 and before.reason == reason:
            self.verdict.skipped[-1] = Hole("frame", before.first_frame, last, reason)
        else:
            self.verdict.skipped.append(Hole("frame", first, last, reason))
