"""EmuHawk, BizHawk's program, through lua/bizhawk.lua: a person starts it, it connects to us, and waits for us.

Tested on an emulated host, never in EmuHawk itself (docs/bizhawk-checklist.md).
"""

import dataclasses
import hashlib
import zlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from runtime.backend import Capabilities, Opening, read_rom
from runtime.bridges import lua_wire
from runtime.bridges.lua_picture import rgb_picture
from runtime.bridges.lua_server import LuaServer
from runtime.bridges.lua_state import seal, unseal
from runtime.bridges.pages import watched_regions
from runtime.console import CONSOLES, Console, MemoryArea
from runtime.errors import EmulatorError, StateError, UsageError
from runtime.game import Watch
from runtime.pixels import FORMATS, Raw
from runtime.wire import Region

log = structlog.get_logger()

#: What EmuHawk runs.
SCRIPT = Path(str(files("lua"))) / "bizhawk.lua"

#: Before a state's bytes.
_MAGIC = b"FWbh"

#: From connecting, when EmuHawk starts, to the script's first message: it loads the ROM and opens its Lua console.
_HELLO_S = 60.0

#: EmuHawk's window gets some time whenever we say that we live; twice as often as a person notices.
_ALIVE_S = 0.1

#: An answer that needs no frame. EmuHawk may read 288 KB byte by byte, and write a savestate to a disk.
_ANSWER_S = 15.0

#: A frame at a tenth of a GBA's speed.
_FRAME_S = 0.17

_DAY_S = 86_400

#: How often a request is sent that EmuHawk lost a part of.
_TRIES = 3

#: Ends each request, so that one cut off is known; and how lua/bizhawk.lua answers such a one.
_END, _AGAIN = ".", "again"

#: Of an iNES file; EmuHawk hashes what follows it (nesdev.org, "iNES").
_INES_HEADER_BYTES = 16


class BizHawkOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[game.options]` of the backend bizhawk.

    Attributes:
        address: Where we listen, an IP address; EmuHawk's --socket_ip.
        port: EmuHawk's --socket_port; further instances of one run count up from it. 0: a free one.
        memory: "chunked": one fifth of all memory is looked at each frame, and the watches' pages on every frame;
            "full": all of it, slower; "watched": only the watches' pages are published.
        pictures: "frame": a picture with each frame; "set": with every fifth, faster.
        wait_s: How long a person may take to start EmuHawk.
    """

    address: str = "127.0.0.1"
    port: int = 8770
    memory: Literal["chunked", "full", "watched"] = "chunked"
    pictures: Literal["frame", "set"] = "frame"
    wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0 <= self.port < 1 << 16:
            raise ValueError(f"port {self.port}: allowed are 0 to 65535")
        if not 0 < self.wait_s <= _DAY_S:
            raise ValueError(f"wait_s {self.wait_s:g}: allowed are more than 0 s, and at most a day")


class BizHawkBackend:
    """One EmuHawk."""

    def __init__(self, rom: Path, console: Console, opening: Opening) -> None:
        """Wait for EmuHawk to connect with the game.

        Raises:
            RomError: The ROM is missing or wrong.
            EmulatorError: Nobody connected in time, or we cannot listen.
            UsageError: Watched memory is asked for, and there is no watch.
        """
        options: BizHawkOptions = opening.options
        if options.memory == "watched" and not opening.watches:
            raise UsageError('bizhawk: memory = "watched" wants a game with watches; this one has none')
        data = read_rom(rom, console, opening.rom_sha256)
        self.capabilities = _capabilities(options)
        self.rom_sha256 = hashlib.sha256(data).hexdigest()
        self.core_options: Mapping[str, str] = {}
        self.pixel_format = "xrgb8888"  # EmuHawk's pictures are PNG files of 8 bits a channel
        self.skipped = 0
        self._server = LuaServer(
            f"{options.address}:{options.port + opening.instance if options.port else 0}",
            lambda hello: _wrong(hello, console, data),
            hello_s=_HELLO_S,
            alive_s=_ALIVE_S,
            resets=True,
        )
        try:
            self._open(rom, console, options, opening.watches)
        except BaseException:
            self.close()
            raise

    def reset(self) -> None:
        """Reboot the core.

        Raises:
            EmulatorError: EmuHawk is gone or silent.
        """
        self._expect(lua_wire.Done, "reset")
        self._look()

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held; fetch picture and memory of the last."""
        self._take(self._emulate(frames, buttons), frames)

    def frame(self) -> Raw:
        """Return the last picture that came, (H, W) xrgb8888."""
        return self._frame

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes, as they were when they were last looked at."""
        return self._memory

    def save_state(self) -> bytes:
        """Return EmuHawk's savestate, a file of its own kind.

        Raises:
            StateError: It wrote none.
        """
        reply = self._ask("save")
        if not isinstance(reply, lua_wire.State):
            raise StateError(f"{self.core} saved no state: {_said(reply)}")
        return seal(_MAGIC, reply.data)

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: It is damaged or of another emulator, or EmuHawk refuses it.
        """
        reply = self._ask("load", unseal(_MAGIC, state, self.core).hex())
        if not isinstance(reply, lua_wire.Done):
            raise StateError(f"{self.core} refuses the state ({len(state)} bytes): {_said(reply)}")
        self._look()

    def close(self) -> None:
        """Let EmuHawk go on alone."""
        self._server.close()

    def _open(self, rom: Path, console: Console, options: BizHawkOptions, watches: tuple[Watch, ...]) -> None:
        address, _, port = self._server.address.rpartition(":")
        start = f"EmuHawk --lua={SCRIPT} --socket_ip={address} --socket_port={port} {rom}"
        log.info("bizhawk.waiting", start=start, wait_s=options.wait_s)
        hello = self._server.accept(options.wait_s)
        self.core = f"{hello.emulator} {hello.version}"
        self.console = dataclasses.replace(console, width=hello.width, height=hello.height)
        self._there = hello.regions
        areas = tuple(MemoryArea(region.name, region.address, region.size) for region in hello.regions)
        pages = watched_regions(dataclasses.replace(console, memory=areas), watches)
        self.regions = pages if options.memory == "watched" else hello.regions
        self._memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in self.regions}
        self._frame: Raw = np.zeros((hello.height, hello.width), FORMATS[self.pixel_format].dtype)
        self._count = -1
        self._expect(lua_wire.Done, "scan", options.memory)
        self._expect(lua_wire.Done, "pictures", options.pictures)
        self._expect(lua_wire.Done, "pages", *(self._page(page) for page in pages))
        self._look()

    def _page(self, page: Region) -> str:
        """Return a page as the wire names it: region, offset and length."""
        for index, region in enumerate(self._there):
            offset = page.address - region.address
            if 0 <= offset <= region.size - page.size:
                return f"{index}:{offset}:{page.size}"
        raise EmulatorError(f"{self.core} has no memory {page.name}; it has {_names(self._there)}")

    def _look(self) -> None:
        """Fetch picture and memory of now; nothing is emulated."""
        frame = self._emulate(0, frozenset())
        self._count = frame.count
        self._take(frame, 0)

    def _emulate(self, frames: int, buttons: frozenset[str]) -> lua_wire.Frame:
        held = ",".join(button for button in self.console.buttons if button in buttons) or "-"
        timeout_s = _ANSWER_S + frames * _FRAME_S
        reply = self._ask("step", str(frames), held, timeout_s=timeout_s)
        if isinstance(reply, lua_wire.Picture):
            self._show(reply.data)
            reply = self._server.receive(timeout_s)
        if not isinstance(reply, lua_wire.Frame):
            raise EmulatorError(f"{self.core} answers step with no frame: {_said(reply)}")
        return reply

    def _take(self, frame: lua_wire.Frame, frames: int) -> None:
        self.skipped = (frame.count - self._count - frames) & 0xFFFF_FFFF
        self._count = frame.count
        for block in frame.blocks:
            if block.region >= len(self._there):
                raise EmulatorError(f"{self.core} sends memory of region {block.region}; it has {len(self._there)}")
            self._put(self._there[block.region].address + block.offset, block.data)

    def _put(self, address: int, data: bytes) -> None:
        """Write what a block holds of each region."""
        for region in self.regions:
            first, last = max(address, region.address), min(address + len(data), region.address + region.size)
            if first < last:
                part = np.frombuffer(data, np.uint8)[first - address : last - address]
                self._memory[region.name][first - region.address : last - region.address] = part

    def _show(self, png: bytes) -> None:
        rgb = rgb_picture(png, self.console.width, self.console.height).astype(np.uint32)
        self._frame = (rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2]).astype(self._frame.dtype)

    def _expect(self, kind: type[lua_wire.Done], *words: str) -> None:
        if not isinstance(reply := self._ask(*words), kind):
            raise EmulatorError(f"{self.core} does not {' '.join(words)[:80]}: {_said(reply)}")

    def _ask(self, *words: str, timeout_s: float = _ANSWER_S) -> lua_wire.Reply:
        for _ in range(_TRIES):
            reply = self._server.ask(*words, _END, timeout_s=timeout_s)
            if not (isinstance(reply, lua_wire.Refused) and reply.why == _AGAIN):
                return reply
            log.warning("bizhawk.again", request=words[0])
        raise EmulatorError(f"{self.core} lost {words[0]} {_TRIES} times")


class BizHawkFamily:
    """EmuHawk."""

    name = "bizhawk"
    meaning = "EmuHawk (BizHawk 2.10) by lua/bizhawk.lua: you start it, it connects; never run in a real EmuHawk by us"
    consoles = ("gba", "gb", "gbc", "nes")
    options = BizHawkOptions

    def capabilities(self, options: BizHawkOptions) -> Capabilities:
        """See Family."""
        return _capabilities(options)

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        return ""

    def open(self, opening: Opening) -> BizHawkBackend:
        """See Family."""
        return BizHawkBackend(Path(opening.rom), CONSOLES[opening.console], opening)


FAMILY = BizHawkFamily()


def _capabilities(options: BizHawkOptions) -> Capabilities:
    # Whether a run can be repeated in EmuHawk nobody has tried, so nothing relies on it.
    return Capabilities(deterministic=False, scan=options.memory, remote=True, opening_s=options.wait_s)


def _wrong(hello: lua_wire.Hello, console: Console, rom: bytes) -> str:
    """Return why an emulator is not the one wanted; empty when it is."""
    if hello.console != console.name:
        return f"{hello.emulator} runs a game of {hello.console}, wanted is one of {console.name}"
    content = rom[_INES_HEADER_BYTES:] if console.name == "nes" else rom
    told = hello.hash.rpartition(":")[2].upper()
    known = {
        digest.upper()
        for data in (rom, content)
        for digest in (
            hashlib.sha1(data, usedforsecurity=False).hexdigest(),
            hashlib.md5(data, usedforsecurity=False).hexdigest(),
            f"{zlib.crc32(data):08x}",
        )
    }
    if told and told not in known:
        return f"{hello.emulator} runs another ROM: {hello.title}, hash {hello.hash}"
    return ""


def _names(regions: tuple[Region, ...]) -> str:
    return ", ".join(region.name for region in regions) or "none"


def _said(reply: lua_wire.Reply) -> str:
    return reply.why if isinstance(reply, lua_wire.Refused) else f"a {type(reply).__name__}"
