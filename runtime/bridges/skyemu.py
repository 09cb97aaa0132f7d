"""SkyEmu over its HTTP control server: one that we start without a window, or one that somebody runs.

    step ─► /input (what changed) ─► /step ─► /screen (and all memory in it) ─► /read_byte (with memory = "watched")

The pace is ours: SkyEmu advances only when told to, and one with a window is paused while we play.
"""

import contextlib
import hashlib
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote, urlsplit

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime.backend import Capabilities, Opening, read_rom
from runtime.bridges.pages import watched_regions
from runtime.bridges.skyemu_bmp import Layout, Picture, hide
from runtime.bridges.skyemu_http import SkyEmuHttp, read_targets
from runtime.bridges.skyemu_process import SkyEmuProcess, find_program, free_port
from runtime.bridges.skyemu_state import Trail, decode_state
from runtime.console import CONSOLES, Console
from runtime.errors import CoreError, EmulatorError, RomError, StateError, UsageError
from runtime.pixels import Raw
from runtime.wire import Region

#: As SkyEmu names them (src/main.c, se_keybind_names).
_NAMES = {"UP": "Up", "DOWN": "Down", "LEFT": "Left", "RIGHT": "Right", "START": "Start", "SELECT": "Select"}

#: SkyEmu listens 0.2 s after it was started (measured); a machine under load takes much longer.
_START_S = 60.0

#: Frames that one request may ask for: 2 s at the 3-5 ms that a frame takes.
_MOST_FRAMES = 400

#: With watched memory a state costs a request of its own, 30 ms: it is fetched this often, if a frame has no buttons.
_ANCHOR_FRAMES = 300

_FULL_SCREEN = "/screen?embed_state=1&format=bmp"


#: What is read each frame, as Capabilities.scan.
Scan = Literal["full", "watched"]


class SkyEmuOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[game.options]` of SkyEmu.

    Attributes:
        url: A SkyEmu that runs already, as http://127.0.0.1:8080; a run's i-th session takes the port i further. Empty:
            one is started.
        port: Where one that is started listens, the i-th session i further; 0 for a free port.
        attach: Play on in the game that `url` runs, in place of starting it anew; its ROM must be the session's.
        memory: "full" reads all of it with each picture; "watched" only 256-byte pages around the game's watches,
            five times as fast.
    """

    url: str = ""
    port: int = 0
    attach: bool = False
    memory: Scan = "full"

    def __post_init__(self) -> None:
        """Check the values."""
        if self.url and self.address is None:
            raise ValueError(f"url {self.url!r}: wanted is http://HOST:PORT")
        if self.attach and not self.url:
            raise ValueError("attach wants the url of a SkyEmu that runs")
        if not 0 <= self.port < 1 << 16:
            raise ValueError(f"port {self.port}: allowed are 0 to 65535")

    @property
    def address(self) -> tuple[str, int] | None:
        """The host and port in `url`; None when it names none."""
        with contextlib.suppress(ValueError):
            parts = urlsplit(self.url)
            if parts.scheme == "http" and parts.hostname and parts.port and parts.path in ("", "/"):
                return parts.hostname, parts.port
        return None


class SkyEmuBackend:
    """One SkyEmu with one game."""

    skipped: ClassVar[int] = 0

    def __init__(self, opening: Opening) -> None:
        """Load the game.

        Raises:
            RomError: The ROM is missing, wrong, or refused.
            CoreError: SkyEmu cannot be run.
            EmulatorError: It does not answer.
            UsageError: Watched memory is asked for, and there is no watch.
        """
        self._options: SkyEmuOptions = opening.options
        self.capabilities = FAMILY.capabilities(self._options)
        self.console = CONSOLES[opening.console]
        self.core_options: dict[str, str] = {}
        self.pixel_format = "gba565" if self.console.five_bit else "rgb565"
        rom = read_rom(Path(opening.rom), self.console, opening.rom_sha256)
        self.rom_sha256 = hashlib.sha256(rom).hexdigest()
        self.regions = tuple(Region(area.name, area.address, area.size) for area in self.console.memory)
        self._targets: list[str] = []
        if self._options.memory == "watched":
            self.regions = watched_regions(self.console, opening.watches)
            self._targets = read_targets(at for r in self.regions for at in range(r.address, r.address + r.size))
            if not self._targets:
                raise UsageError('SkyEmu: memory = "watched" wants a game with watches; this one has none')
        self._folder = tempfile.TemporaryDirectory(prefix="framewire-skyemu-")
        self._rom = Path(self._folder.name) / f"game{self.console.suffixes[0]}"
        self._rom.write_bytes(rom)
        self._process: SkyEmuProcess | None = None
        self._was_running = False
        self._held: frozenset[str] = frozenset()
        self._trail = Trail()
        self._buffers: list[memoryview] = []
        self._last: Picture | None = None
        self._http = SkyEmuHttp(*self._address(opening))
        try:
            self._connect(opening.core)
            self._learn()
            if self._options.attach:
                self._begin_here()
            else:
                self._power_on()
        except BaseException:
            self.close()
            raise

    def reset(self) -> None:
        """Start the game anew; what its battery held stays."""
        self._power_on()

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held, and fetch the last one's picture and memory.

        Raises:
            EmulatorError: SkyEmu is gone, silent, or says what we do not understand.
        """
        before = None if buttons else self._anchor()
        self._advance(buttons, frames)
        if before is not None:
            self._trail.begin(before)
            frames -= 1
        self._trail.held(buttons, frames)
        self._fetch()

    def frame(self) -> Raw:
        """Return the last frame, (H, W) gba565 or rgb565."""
        return self._frame

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes as they were after the last step."""
        return self._memory

    def save_state(self) -> bytes:
        """Return the way to where SkyEmu is (runtime.bridges.skyemu_state)."""
        return self._trail.state().encode()

    def load_state(self, state: bytes) -> None:
        """Go back to a state; it takes a few milliseconds for each frame since its anchor.

        Raises:
            StateError: It is none of this SkyEmu's, or SkyEmu refuses it.
            EmulatorError: SkyEmu is gone.
        """
        wanted = decode_state(state, self._layout.identity, self.console.buttons)
        if wanted.anchor:
            file = Path(self._folder.name) / "state.bmp"
            file.write_bytes(hide(wanted.anchor))
            answer = self._http.text(f"/load?path={quote(str(file))}")
            if answer != "ok":
                raise StateError(f"SkyEmu at {self._http.url} refuses the state: {answer!r}; is it on this machine?")
        elif self._options.attach:
            raise StateError("the state begins at power-on with a battery of its own, which attach must not change")
        else:
            self._load_rom(wanted.battery)
        self._trail.begin(wanted.anchor, wanted.battery)
        for held, frames in wanted.runs:
            self._advance(frozenset(held), frames)
            self._trail.held(held, frames)
        self._fetch()

    def close(self) -> None:
        """End our SkyEmu, or leave the one that somebody runs as it was found: no button held, running or paused."""
        self._http.close()
        if self._process is not None:
            self._process.kill()
        elif self._buffers:
            self._buffers = []
            goodbye = SkyEmuHttp(*self._http.address)
            with contextlib.suppress(EmulatorError):
                goodbye.do(self._release(), limit_s=1.0)
                if self._was_running:
                    goodbye.do("/run", limit_s=1.0)
            goodbye.close()
        self._folder.cleanup()

    def _address(self, opening: Opening) -> tuple[str, int]:
        if self._options.address is not None:
            host, port = self._options.address
            return host, port + opening.instance
        return "127.0.0.1", self._options.port + opening.instance if self._options.port else free_port()

    def _connect(self, program: str) -> None:
        """Find SkyEmu running, or start it and wait until it answers."""
        if self._options.url:
            status = self._http.status()
            self._was_running = status.get("run-mode") == "RUN"
            self._http.do("/step?frames=0")
            if self._options.attach:
                self._rom = Path(str(status.get("rom-path", "")))
                read_rom(self._rom, self.console, self.rom_sha256)
            return
        if not program:
            raise CoreError("there is no SkyEmu: name its program with --core or SKYEMU_BIN, or one that runs as url")
        self._process = SkyEmuProcess(program, self._http.address[1], self._rom)
        deadline_s = time.monotonic() + _START_S
        while True:
            try:
                status = self._http.status()
                break
            except EmulatorError as error:
                if (ended := self._process.ended()) or time.monotonic() > deadline_s:
                    raise EmulatorError(f"{program}: {ended or f'no answer within {_START_S:g} s: {error}'}") from error
                time.sleep(0.02)
        if status.get("rom-path", "") != str(self._rom):
            raise EmulatorError(f"SkyEmu at {self._http.url} is another one; is the port taken?")

    def _learn(self) -> None:
        """Look at how this SkyEmu lays out its states."""
        if not self._options.attach:
            self._load_rom(b"")
        self.core = str(self._http.status()["emulator"])
        body = self._http.get(_FULL_SCREEN)
        self._layout = Layout(Picture(body, self.console), self.console)
        # Pixels begin at a multiple of four in memory: twice as fast. One picture is the last, one the anchor's.
        self._buffers = [memoryview(bytearray(len(body) + 2))[2:] for _ in range(3)]

    def _begin_here(self) -> None:
        """Make an anchor of where the game is: a frame without buttons, which nobody sees."""
        self._http.do(self._release())
        here = self._picture(_FULL_SCREEN)
        self._advance(frozenset(), 1)
        self._trail.begin(here)
        self._fetch()

    def _power_on(self) -> None:
        if self._options.attach:  # the battery is its owner's
            self._load_rom(None)
            self._begin_here()
            return
        battery = self._rom.with_suffix(".sav")
        held = battery.read_bytes() if battery.is_file() else b""
        self._load_rom(held)
        self._trail.begin(b"", held)
        self._fetch()
        self._frame = np.zeros((self.console.height, self.console.width), dtype="<u2")

    def _load_rom(self, battery: bytes | None) -> None:
        """Switch the console on, with what its battery holds; None for what it happens to hold."""
        file = self._rom.with_suffix(".sav")
        if battery:
            file.write_bytes(battery)
        elif battery is not None:
            file.unlink(missing_ok=True)
        answer = self._http.text(f"/load_rom?path={quote(str(self._rom))}&pause=1")
        if answer != "ok":
            raise RomError(f"{self._rom}: SkyEmu at {self._http.url} refuses it: {answer!r}; is it on this machine?")
        self._http.do(self._release())
        self._held = frozenset()

    def _release(self) -> str:
        return "/input?" + "&".join(f"{_name(button)}=0" for button in self.console.buttons)

    def _advance(self, buttons: frozenset[str], frames: int) -> None:
        if changed := buttons ^ self._held:
            self._http.do("/input?" + "&".join(f"{_name(b)}={int(b in buttons)}" for b in sorted(changed)))
            self._held = buttons
        for first in range(0, frames, _MOST_FRAMES):
            self._http.do(f"/step?frames={min(_MOST_FRAMES, frames - first)}")

    def _anchor(self) -> Picture | None:
        """Return the state before the next frame, which has no buttons, if it is at hand or long wanted."""
        if self._options.memory == "full":
            return self._last
        if self._trail.frames < _ANCHOR_FRAMES:
            return None
        return self._picture(_FULL_SCREEN)

    def _picture(self, target: str) -> Picture:
        """Fetch a picture into the buffer that is free."""
        taken = [held.body.obj for held in (self._trail.picture, self._last) if held]
        free = next(buffer for buffer in self._buffers if not any(buffer.obj is there for there in taken))
        return Picture(self._http.get(target, free), self.console)

    def _fetch(self) -> None:
        watched = self._options.memory == "watched"
        self._last = self._picture("/screen?format=bmp" if watched else _FULL_SCREEN)
        self._frame = self._last.native()
        if not watched:
            self._memory = self._layout.memory(self._last)
            return
        found = np.frombuffer(self._http.read_bytes(self._targets, sum(r.size for r in self.regions)), dtype=np.uint8)
        ends = np.cumsum([region.size for region in self.regions])
        self._memory = dict(zip((r.name for r in self.regions), np.split(found, ends[:-1]), strict=True))


class SkyEmuFamily:
    """SkyEmu, started by us or by somebody."""

    name = "skyemu"
    meaning = "SkyEmu by its HTTP server: one that we start (SKYEMU_BIN, --core), or one that runs (url)"
    consoles = ("gba", "gb", "gbc")
    options = SkyEmuOptions

    def capabilities(self, options: SkyEmuOptions) -> Capabilities:
        """See Family."""
        return Capabilities(scan=options.memory, remote=True)

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        return find_program(core)

    def open(self, opening: Opening) -> SkyEmuBackend:
        """See Family."""
        return SkyEmuBackend(opening)


FAMILY = SkyEmuFamily()


def _name(button: str) -> str:
    return _NAMES.get(button, button)
