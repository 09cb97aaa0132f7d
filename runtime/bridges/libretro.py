"""Any libretro core through ctypes: GBA by mGBA, Game Boy by gambatte, and the other consoles of runtime.console."""

import ctypes as c
import dataclasses
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from runtime.backend import Capabilities, NoOptions, Opening, read_rom
from runtime.bridges import core_library
from runtime.bridges import libretro_abi as abi
from runtime.bridges.core_search import find_core
from runtime.console import CONSOLES, Console, MemoryArea
from runtime.errors import RomError, StateError
from runtime.pixels import FORMATS, Raw
from runtime.wire import Region

#: Ends the reading of a list without an end.
_MOST_OPTIONS = 1000

#: mGBA's number of frames that it does not draw after one that it draws; asked for again before any frame on which we
#: say that options changed (libretro.c of mGBA 0.7 to 0.10, `retro_run`).
_FRAME_SKIP = "mgba_frameskip"

#: Frames that are drawn of a step whose others are not: the first, after which mGBA begins to skip; the last; and the
#: one before it, for what its renderer carries from a frame to the next (an affine background's reference point).
_DRAWN = 3

#: gambatte's libretro.cpp counts sound against frames, and returns from retro_run with neither once it is a frame ahead
#: (the picture was off for a while). The count outlives resets and states, so such a run is not taken for a frame.
_MOST_EMPTY_RUNS = 60

#: Options that we choose; all others have the core's defaults. gambatte would tint a Color's colours as its screen did:
#: what we publish are the console's own, 5 bits a channel.
_CHOSEN_OPTIONS = {b"gambatte_gbc_color_correction": b"disabled"}

#: A core whose rate is nearer to the console's than this has the console's: they round differently.
_SAME_RATE_HZ = 0.05


class LibretroBackend:
    """One core with one game."""

    capabilities: ClassVar[Capabilities] = Capabilities()
    skipped: ClassVar[int] = 0

    def __init__(self, core: Path, rom: Path, console: Console, sha256: str = "") -> None:
        """Load a game.

        Args:
            core: The core's shared library.
            rom: The ROM file.
            console: What it runs on.
            sha256: The hash that the ROM must have; empty for any.

        Raises:
            RomError: The ROM is missing, wrong, or refused by the core.
            CoreError: The library is no libretro core.
        """
        self.console = console
        rom_bytes = read_rom(rom, console, sha256)
        self.rom_sha256 = hashlib.sha256(rom_bytes).hexdigest()
        self.core_path, self._library = core, core_library.take(core)
        self._closed = False
        # Cores write saves and read firmware here; a private empty folder keeps runs reproducible.
        self._folder = tempfile.TemporaryDirectory(prefix="framewire-core-")
        self._folder_bytes = self._folder.name.encode()
        self._native_format = "0rgb1555"  # libretro's default until the core sets another
        self._held = 0
        self._drawing = True
        self._undrawn: tuple[int, int, int, int] | None = None
        self._frame_skip = b"0"
        self._options_changed = False
        self._emulated = False
        self.core_options: dict[str, str] = {}
        self._descriptors: list[tuple[int, int, int]] = []  # bus address, size, host pointer
        self._frame: Raw = np.empty((0, 0), dtype="<u2")
        self._views: dict[tuple[int, int, int, int], Raw] = {}
        self._connect()
        self._library.retro_init()
        try:
            self._load(rom, rom_bytes)
        except BaseException:
            self.close()
            raise

    def reset(self) -> None:
        """Start the game anew, from exactly the state that a recording keeps of it."""
        self._library.retro_reset()
        self.load_state(self.save_state())  # mGBA 0.7 saves a just-reset game slightly off its own course

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held; of several the last is drawn."""
        self._held = sum(1 << abi.JOYPAD_IDS[button] for button in buttons)
        self._drawing, self._undrawn = False, None
        before_last = frames - 1
        if frames > _DRAWN and self.core_options.get(_FRAME_SKIP) == "0":
            self._skip_frames(frames - _DRAWN)
            self._run(frames - _DRAWN + 1)
            self._skip_frames(0)
            before_last = _DRAWN - 2
        self._run(before_last)
        self._drawing = True
        self._run(1)

    def frame(self) -> Raw:
        """Return the last frame, (H, W) native pixels."""
        return self._frame

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes without a copy."""
        return self._memory

    def save_state(self) -> bytes:
        """Return the core's state."""
        size = self._library.retro_serialize_size()
        buffer = c.create_string_buffer(size)
        if not self._library.retro_serialize(buffer, size):
            raise StateError(f"{self.core} cannot save its state")
        return buffer.raw

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: It has another size than this core's states, or the core refuses it.
        """
        wanted = self._library.retro_serialize_size()
        if len(state) != wanted:
            raise StateError(f"a state of {self.core} with this game has {wanted} bytes, this one has {len(state)}")
        # mGBA keeps the picture out of its states: of one saved in the middle of a frame, as after a reset, the upper
        # lines would show what this run drew before. A reset clears the picture and costs 0.02 ms.
        before = self.save_state()
        self._library.retro_reset()
        if not self._library.retro_unserialize(state, len(state)):
            self._library.retro_unserialize(before, len(before))
            raise StateError(f"{self.core} refuses the state ({len(state)} bytes)")

    def close(self) -> None:
        """Unload game and core."""
        if self._closed:
            return
        self._closed = True
        self._memory: Mapping[str, NDArray[np.uint8]] = {}
        self._views.clear()
        self._library.retro_unload_game()
        self._library.retro_deinit()
        self._folder.cleanup()
        core_library.give_back(self.core_path, self._library)

    def _load(self, rom: Path, rom_bytes: bytes) -> None:
        info = abi.SystemInfo()
        self._library.retro_get_system_info(c.byref(info))
        self.core = f"{info.library_name.decode()} {info.library_version.decode()}"
        self._rom_buffer = c.create_string_buffer(rom_bytes, len(rom_bytes))  # the core may keep the pointer
        game = abi.GameInfo(str(rom.absolute()).encode(), c.cast(self._rom_buffer, c.c_void_p), len(rom_bytes), None)
        if not self._library.retro_load_game(c.byref(game)):
            raise RomError(f"{rom}: the core {self.core} refuses it as a {self.console.name} ROM")
        five_bit = self._native_format == "rgb565" and self.console.five_bit
        self.pixel_format = "gba565" if five_bit else self._native_format
        self.console = self._with_geometry(self.console)
        self._frame = np.zeros((self.console.height, self.console.width), FORMATS[self.pixel_format].dtype)
        self._memory = self._map_memory()
        self.regions = tuple(
            Region(area.name, area.address, area.size) for area in self._areas() if area.name in self._memory
        )

    def _with_geometry(self, console: Console) -> Console:
        """Return the console as this core shows it: some cut off the edges that a television would not show."""
        av = abi.AvInfo()
        self._library.retro_get_system_av_info(c.byref(av))
        same_rate = abs(av.fps - console.rate_hz) < _SAME_RATE_HZ
        rate_hz = console.rate_hz if same_rate else av.fps
        return dataclasses.replace(console, width=av.base_width, height=av.base_height, rate_hz=rate_hz)

    def _areas(self) -> tuple[MemoryArea, ...]:
        size = self._library.retro_get_memory_size(abi.MEMORY_SYSTEM_RAM)
        return self.console.memory or ((MemoryArea("ram", 0, size),) if size else ())

    def _map_memory(self) -> dict[str, NDArray[np.uint8]]:
        """Return a view of each published area that the core exposes."""
        if not self.console.memory:
            pointer = self._library.retro_get_memory_data(abi.MEMORY_SYSTEM_RAM)
            return {area.name: _view(pointer, area.size) for area in self._areas() if pointer}
        views = {}
        for area in self.console.memory:
            for address, size, pointer in self._descriptors:
                if address <= area.address and area.address + area.size <= address + size:
                    views[area.name] = _view(pointer + area.address - address, area.size)
                    break
        return views

    def _connect(self) -> None:
        """Hand the callbacks to the core; kept on self, for the core keeps only raw pointers."""
        self._callbacks = (
            abi.ENVIRONMENT(self._environment),
            abi.VIDEO(self._video),
            abi.AUDIO(self._sample),
            abi.AUDIO_BATCH(self._samples),
            abi.INPUT_POLL(lambda: None),
            abi.INPUT_STATE(self._input_state),
        )
        self._log = abi.LogInterface(abi.LOG(lambda level, text: None))
        for name, callback in zip(
            ("environment", "video_refresh", "audio_sample", "audio_sample_batch", "input_poll", "input_state"),
            self._callbacks,
            strict=True,
        ):
            getattr(self._library, f"retro_set_{name}")(callback)

    def _environment(self, command: int, data: int | None) -> bool:
        if command == abi.ENV_GET_VARIABLE_UPDATE and data:  # first: asked on every frame
            c.c_bool.from_address(data).value = self._options_changed
            self._options_changed = False
        elif command == abi.ENV_SET_MEMORY_MAPS and data:
            memory_map = abi.MemoryMap.from_address(data)
            descriptors = (memory_map.descriptors[i] for i in range(memory_map.num_descriptors))
            self._descriptors = _joined([(d.start, d.len, d.ptr + d.offset) for d in descriptors if d.ptr])
        elif command == abi.ENV_SET_PIXEL_FORMAT and data:
            self._native_format = abi.PIXEL_FORMATS[c.c_int.from_address(data).value]
        elif command in (abi.ENV_GET_SYSTEM_DIRECTORY, abi.ENV_GET_SAVE_DIRECTORY) and data:
            c.c_char_p.from_address(data).value = self._folder_bytes
        elif command == abi.ENV_GET_CAN_DUPE and data:
            c.c_bool.from_address(data).value = True
        elif command == abi.ENV_GET_VARIABLE and data:
            return self._answer(abi.Variable.from_address(data))
        elif command == abi.ENV_SET_VARIABLES and data:
            self.core_options = _declared_options(data)
        elif command == abi.ENV_GET_LOG_INTERFACE and data:
            abi.LogInterface.from_address(data).log = self._log.log  # some cores crash without one
        else:
            return command == abi.ENV_GET_INPUT_BITMASKS
        return True

    def _run(self, frames: int) -> None:
        run = self._library.retro_run
        for _ in range(frames):
            self._emulated = False
            for _ in range(_MOST_EMPTY_RUNS):
                run()
                if self._emulated:
                    break

    def _answer(self, variable: abi.Variable) -> bool:
        """Tell the core an option's value; of those that we do not set it takes its default."""
        value = self._frame_skip if variable.key == _FRAME_SKIP.encode() else _CHOSEN_OPTIONS.get(variable.key)
        if value is None:
            return False
        variable.value = value
        return True

    def _skip_frames(self, frames: int) -> None:
        """Let the core draw the next frame and then, so many times, none. Its state is the same; see the tests."""
        self._frame_skip = str(frames).encode()
        self._options_changed = True

    def _sample(self, left: int, right: int) -> None:
        self._emulated = True

    def _samples(self, data: int | None, frames: int) -> int:
        self._emulated = True
        return frames

    def _video(self, data: int | None, width: int, height: int, pitch: int) -> None:
        self._emulated = bool(data) or self._emulated
        if not self._drawing:
            self._undrawn = (data, width, height, pitch) if data else self._undrawn
            return
        key = (data, width, height, pitch) if data else self._undrawn
        if key is None:  # the core repeats a frame that we have
            return
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = self._pixels_at(*key)
        if self._frame.shape != view.shape or self._frame.dtype != view.dtype:
            self._frame = np.empty(view.shape, dtype=view.dtype)
        np.copyto(self._frame, view)

    def _pixels_at(self, data: int, width: int, height: int, pitch: int) -> Raw:
        dtype = FORMATS[self._native_format].dtype
        # The last row may end before its pitch does.
        row_items = pitch // dtype.itemsize
        size = (height - 1) * row_items + width
        flat = _view(data, size * dtype.itemsize).view(dtype)
        return np.lib.stride_tricks.as_strided(flat, (height, width), (pitch, dtype.itemsize))

    def _input_state(self, port: int, device: int, index: int, button: int) -> int:
        if port or device != abi.DEVICE_JOYPAD:
            return 0
        return self._held if button == abi.JOYPAD_MASK else (self._held >> button) & 1


class LibretroFamily:
    """Any libretro core."""

    name = "libretro"
    meaning = "libretro cores in our own process: every console, the fastest way"
    consoles = tuple(CONSOLES)
    options = NoOptions

    def capabilities(self, options: NoOptions) -> Capabilities:
        """See Family."""
        return LibretroBackend.capabilities

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        return str(find_core(console, core))

    def open(self, opening: Opening) -> LibretroBackend:
        """See Family."""
        console = CONSOLES[opening.console]
        return LibretroBackend(Path(opening.core), Path(opening.rom), console, opening.rom_sha256)


FAMILY = LibretroFamily()


def _declared_options(pointer: int) -> dict[str, str]:
    """Return a core's options and the values in force: what we choose, else their defaults."""
    options: dict[str, str] = {}
    for i in range(_MOST_OPTIONS):
        variable = abi.Variable.from_address(pointer + i * c.sizeof(abi.Variable))
        if not variable.key or not variable.value:
            break
        default = variable.value.partition(b"; ")[2].split(b"|")[0]
        in_force = _CHOSEN_OPTIONS.get(variable.key, default)
        options[variable.key.decode(errors="replace")] = in_force.decode(errors="replace")
    return options


def _joined(descriptors: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Join stretches that follow each other on the bus and in the host, as a Game Boy's banks of work memory do."""
    joined: list[tuple[int, int, int]] = []
    for address, size, pointer in sorted(descriptors):
        if joined and (address, pointer) == (joined[-1][0] + joined[-1][1], joined[-1][2] + joined[-1][1]):
            joined[-1] = (joined[-1][0], joined[-1][1] + size, joined[-1][2])
        else:
            joined.append((address, size, pointer))
    return joined


def _view(pointer: int, size: int) -> NDArray[np.uint8]:
    return np.ctypeslib.as_array((c.c_uint8 * size).from_address(pointer))
