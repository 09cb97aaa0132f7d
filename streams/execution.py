"""Re-execution: an emulator that follows a recording, set to its states where it must be and stepped by its inputs.

`verify`, the rebuilding of sessions that keep inputs only, and `sessions compact` all run on this.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from runtime.backend import Backend, Opening, restore_state
from runtime.console import CONSOLES
from runtime.errors import CoreError, RomError, StateError
from runtime.families import family, options_of
from runtime.game import BUILTIN, load_game, parse_game
from runtime.pixels import Raw, pixel_format
from runtime.session_meta import SessionMeta
from runtime.wire import Input, Region, Savestate, decode
from streams.ticks import Tick

#: What an emulator needs in order to follow a recording; with another core also "event", which tells a reset.
FOLLOWED = ("savestate", "input")

#: Savestates that continuous execution comes to by itself.
_ON_THE_WAY = ("periodic", "resume")

_OUT_OF_STEP = "the recording lacks frames, and no savestate follows before"


class Follower:
    """An emulator of the recording's own core that follows it.

    Attributes:
        next_frame: The frame that the emulator is about to emulate.
        in_step: Whether its state is the recording's.
        lacks: Why it is not in step.
        last_state: The last frame followed that had a savestate; -1 before the first.
    """

    def __init__(self, backend: Backend, next_frame: int = 0) -> None:
        self.backend = backend
        self.next_frame = next_frame
        self.in_step = False
        self.lacks = _OUT_OF_STEP
        self.last_state = -1

    def follow(self, tick: Tick) -> bool:
        """Emulate a recorded frame; False when no known state and inputs lead to it.

        Raises:
            StateError: A savestate is damaged, or of another core or ROM.
        """
        held: Input | None = None
        state: Savestate | None = None
        for kind, data in tick.payloads:  # at full speed the tick's own properties would cost 5 µs more
            if kind == "input":
                held = decode(Input, data)
            elif kind == "savestate":
                state = decode(Savestate, data)
        if held is None:  # a gap's tick, or an event after the end
            return False
        if tick.frame_index != self.next_frame and self.in_step:
            self.in_step, self.lacks = False, _OUT_OF_STEP
        if state and (not self.in_step or state.reason not in _ON_THE_WAY):
            self.in_step = self._restore(tick, state)
        if not self.in_step:
            return False
        if state:
            self.last_state = tick.frame_index
        self.backend.step(frozenset(held.buttons))
        self.next_frame = tick.frame_index + 1
        return True

    def _restore(self, _tick: Tick, state: Savestate) -> bool:
        restore_state(self.backend, state)
        return True


class ForeignFollower(Follower):
    """An emulator of another core that follows a recording from where it was switched on.

    States are tried between versions of one core only; mostly they are refused. A reset is followed by a reset.
    """

    def __init__(self, backend: Backend, meta: SessionMeta, next_frame: int = 0) -> None:
        """Follow with a backend that was just made: its state is taken as that of switching on."""
        super().__init__(backend, next_frame)
        self._switched_on = not meta.parent
        self._recorded_core = meta.core

    def _restore(self, tick: Tick, state: Savestate) -> bool:
        if self._switched_on and tick.frame_index == 0 and state.reason == "start":
            return True
        controls = [event.name for event in tick.events if event.name in ("control.reset", "control.load")]
        if state.reason == "jump" and controls and controls[-1] == "control.reset":
            self.backend.reset()
            return True
        if self._recorded_core.split()[0] == self.backend.core.split()[0]:
            try:
                restore_state(self.backend, msgspec.structs.replace(state, core=self.backend.core))
            except StateError:
                pass
            else:
                return True
        self.lacks = f"they begin at a savestate of {self._recorded_core}, which {self.backend.core} cannot load"
        return False


def open_backend(meta: SessionMeta, rom: Path | None = None, core: str = "") -> Backend:
    """Load the recorded game: `rom`, else the path it was recorded from, else a built-in game with the same hash.

    Raises:
        RomError: The ROM is not found, is another one, or the session was never played by an emulator.
        CoreError: There is no core, or the emulator that made the recording would not make it again.
    """
    if meta.origin != "live":
        raise RomError(f"session {meta.session!r} was imported ({meta.origin}): no emulator made it, none can again")
    if meta.rom == "scripted":
        return family("scripted").open(Opening(rom=meta.rom, console=meta.console))
    chosen = family("" if core else meta.backend)
    options = options_of(chosen, {} if core else meta.backend_options)
    if not chosen.capabilities(options).deterministic:
        raise CoreError(
            f"session {meta.session!r} was made by {meta.core} (backend {meta.backend}), which does not make the same "
            f"frames from the same inputs; with --core a libretro core may try"
        )
    return chosen.open(
        Opening(
            rom=str(rom or find_rom(meta)),
            console=meta.console,
            rom_sha256=meta.rom_sha256,
            core=chosen.find(CONSOLES[meta.console], core),
            options=options,
            watches=parse_game(meta.game_toml, "game.toml").watch if meta.game_toml else (),
        )
    )


def other_options(meta: SessionMeta, backend: Backend) -> list[str]:
    """Return, for people, the core options that a recording had otherwise; what only one of them knows is left out."""
    here = backend.core_options
    return [
        f"{name} was {value}, here it is {here[name]}"
        for name, value in sorted(meta.core_options.items())
        if here.get(name, value) != value
    ]


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


def memory_hash(regions: tuple[Region, ...], memory: Mapping[str, NDArray[np.uint8]]) -> int:
    """Return the hash that `wire.FrameHash.memory_hash` has for this memory."""
    hasher = xxhash.xxh3_64()
    for region in regions:
        hasher.update(memory[region.name].data)
        hasher.update(bytes(-region.size % 8))
    return hasher.intdigest()
