"""mGBA with its window, through the script lua/mgba.lua that a person runs in it.

    step ─► request ─► mGBA's frame callback ─► keys, frames ─► picture and memory ─► frame

The script connects to us. When it goes, we wait for it, or for the next one; so mGBA and the bridge may restart.
"""

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
from runtime.bridges.lua_picture import five_bit_picture
from runtime.bridges.lua_server import LuaServer, split_address
from runtime.bridges.lua_state import seal, unseal
from runtime.bridges.pages import watched_regions
from runtime.console import CONSOLES, Console
from runtime.errors import EmulatorError, StateError, UsageError
from runtime.pixels import Raw
from runtime.wire import Region

log = structlog.get_logger()

DEFAULT_PORT = 8889

#: mGBA's script says "gb" for both; the ROM decides.
_AS_THE_SCRIPT_SAYS = {"gba": "gba", "gb": "gb", "gbc": "gb"}

#: What a person runs in mGBA.
SCRIPT = Path(str(files("lua"))) / "mgba.lua"

_STATE_MAGIC = b"FWmL"

#: How long one request may take beyond its frames: saving and loading take 50 ms.
_ANSWER_S = 10.0

#: The slowest pace that mGBA is expected to keep, frames/s.
_SLOWEST_HZ = 10.0

#: How often a request is made anew after the emulator went and came back.
_TRIES = 3


class MgbaLuaOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[game.options]` of mGBA with its window.

    Attributes:
        address: HOST:PORT where the script connects; a run's i-th session listens at the port i further.
        pace: "lockstep", mGBA waits for us between frames; "free", it runs at its own speed and we follow.
        memory: "full" sends all of it with each frame; "watched" only 256-byte pages around the game's watches.
        begin: "reset" switches the game off and on first; "as-is" goes on from where the person is.
        wait_s: How long to wait for the script, at the beginning and whenever it is gone, seconds.
    """

    address: str = f"127.0.0.1:{DEFAULT_PORT}"
    pace: Literal["lockstep", "free"] = "lockstep"
    memory: Literal["full", "watched"] = "full"
    begin: Literal["reset", "as-is"] = "reset"
    wait_s: float = 120.0

    def __post_init__(self) -> None:
        """Check the values."""
        split_address(self.address)
        if not 0 < self.wait_s <= 86_400:
            raise ValueError(f"wait_s {self.wait_s:g}: allowed are more than 0 s, and at most a day")

    def listens_at(self, instance: int) -> str:
        """Return the address of a run's i-th session."""
        host, port = split_address(self.address)
        return f"{host}:{port + instance if port else 0}"


class MgbaLuaBackend:
    """One mGBA with one game."""

    core = "mGBA Lua"

    def __init__(self, opening: Opening) -> None:
        """Wait for the script.

        Raises:
            RomError: The ROM is missing or wrong.
            EmulatorError: The port is taken, or no mGBA with this ROM connected in time.
            UsageError: Watched memory is asked for, and there is no watch.
        """
        self._options: MgbaLuaOptions = opening.options
        self.capabilities = FAMILY.capabilities(self._options)
        self.console = CONSOLES[opening.console]
        self.core_options: dict[str, str] = {}
        self.pixel_format = "gba565"
        rom = read_rom(Path(opening.rom), self.console, opening.rom_sha256)
        self.rom_sha256 = hashlib.sha256(rom).hexdigest()
        self._rom, self._rom_crc = Path(opening.rom).absolute(), f"{zlib.crc32(rom):08x}"
        self.regions = _regions(self.console, opening)
        self._picture: Raw = np.zeros((self.console.height, self.console.width), dtype="<u2")
        self._memory = {region.name: np.zeros(region.size, dtype=np.uint8) for region in self.regions}
        self._count = 0
        self._met = self._came_back = False
        self.skipped = 0
        self._server = LuaServer(self._options.listens_at(opening.instance), self._wrong)
        try:
            self._meet()
            self._power_on()
        except BaseException:
            self._server.close()
            raise

    @property
    def address(self) -> str:
        """Where the script connects."""
        return self._server.address

    def reset(self) -> None:
        """Start the game anew; what its battery held stays.

        Raises:
            EmulatorError: mGBA is gone.
        """
        self._carry_out("reset")

    def step(self, buttons: frozenset[str], frames: int = 1) -> None:
        """Emulate frames with exactly these buttons held; at pace "free", follow with them.

        Raises:
            EmulatorError: mGBA is gone, silent, or says what we do not understand.
        """
        keys = ",".join(button for button in self.console.buttons if button in buttons) or "-"
        reply = self._ask_frame("step", str(frames), keys, extra_s=frames / _SLOWEST_HZ)
        self._picture = five_bit_picture(reply.picture, self.console.width, self.console.height)
        self._note_count(reply.count, frames if self.capabilities.steps else 1)

    def frame(self) -> Raw:
        """Return the last frame, (H, W) gba565."""
        return self._picture

    def memory(self) -> Mapping[str, NDArray[np.uint8]]:
        """Return each region's bytes as they were after the last step."""
        return self._memory

    def save_state(self) -> bytes:
        """Return mGBA's state, with the cartridge's memory.

        Raises:
            StateError: mGBA gives none, or runs on meanwhile.
        """
        self._check_states()
        reply = self._ask("save")
        if not isinstance(reply, lua_wire.State):
            raise StateError(f"mGBA gives no savestate: {reply}")
        return seal(_STATE_MAGIC, reply.data)

    def load_state(self, state: bytes) -> None:
        """Go back to a state.

        Raises:
            StateError: It is damaged or of another emulator, or mGBA refuses it or runs on meanwhile.
        """
        self._check_states()
        self._carry_out("load", unseal(_STATE_MAGIC, state, self.core).hex())

    def close(self) -> None:
        """Leave mGBA, which runs on alone."""
        self._server.close()

    def _wrong(self, hello: lua_wire.Hello) -> str:
        """Return why this emulator cannot play the session; empty when it can."""
        if hello.emulator != "mGBA":
            return f"the emulator is {hello.emulator}, wanted is mGBA"
        if hello.console != _AS_THE_SCRIPT_SAYS[self.console.name]:
            return f"mGBA runs a game of the {hello.console}, wanted is one of the {self.console.name}"
        if hello.hash != self._rom_crc:
            return f"mGBA runs {hello.title!r} with CRC-32 {hello.hash}, wanted is {self._rom} with {self._rom_crc}"
        return ""

    def _meet(self) -> None:
        """Wait for the script, and tell it what we want.

        Raises:
            EmulatorError: It did not come, or does not do it.
        """
        port = split_address(self.address)[1]
        typed = f'dofile("{SCRIPT}")' if port == DEFAULT_PORT else f'FRAMEWIRE_PORT = {port} dofile("{SCRIPT}")'
        log.info(
            "mgba.awaited",
            open_in_mgba=str(self._rom),
            then="Tools > Scripting...",
            type_there=typed,
            within_s=self._options.wait_s,
        )
        hello = self._server.accept(self._options.wait_s)
        for request in (("pages", *_pages(self.regions, hello.regions)), ("pace", self._options.pace)):
            if (reply := self._server.ask(*request, timeout_s=_ANSWER_S)) != lua_wire.Done():
                raise EmulatorError(f"mGBA did not do {request[0]}: {reply}")

    def _power_on(self) -> None:
        if self._options.begin == "reset":
            self._carry_out("reset")

    def _ask(self, *words: str, extra_s: float = 0.0) -> lua_wire.Reply:
        """Ask; if mGBA is gone, wait for it and ask again.

        Raises:
            EmulatorError: It did not come back.
        """
        for _ in range(_TRIES):
            if not self._server.connected:
                self._meet()
                self._came_back = True
            try:
                return self._server.ask(*words, timeout_s=_ANSWER_S + extra_s)
            except EmulatorError:
                if self._server.closed:
                    raise
        raise EmulatorError(f"mGBA went away {_TRIES} times while it was asked to {words[0]}")

    def _carry_out(self, *words: str) -> None:
        """Ask for what may be refused.

        Raises:
            StateError: It was.
            EmulatorError: mGBA is gone.
        """
        if (reply := self._ask(*words)) != lua_wire.Done():
            raise StateError(f"mGBA did not {words[0]} the state: {reply}")
        self._ask_frame("show")

    def _ask_frame(self, *words: str, extra_s: float = 0.0) -> lua_wire.Frame:
        """Ask for a frame and take its memory.

        Raises:
            EmulatorError: mGBA is gone, or sends something else.
        """
        reply = self._ask(*words, extra_s=extra_s)
        if not isinstance(reply, lua_wire.Frame):
            raise EmulatorError(f"mGBA sent no frame when it was asked to {words[0]}: {reply}")
        sizes = [len(block.data) for block in reply.blocks]
        if sizes != (wanted := [region.size for region in self.regions]):
            raise EmulatorError(f"mGBA sent memory of {sizes} bytes; asked for were {wanted}")
        for region, block in zip(self.regions, reply.blocks, strict=True):
            self._memory[region.name] = np.frombuffer(block.data, dtype=np.uint8)
        return reply

    def _check_states(self) -> None:
        if not self.capabilities.savestates:
            raise StateError(
                "mGBA at pace 'free' has no savestates: a state would be of a later frame than the one seen"
            )

    def _note_count(self, count: int, asked: int) -> None:
        """Note how far mGBA's own count is from what was asked; it begins anew with its script."""
        made = (count - self._count) % (1 << 32)
        self._count = count
        if self._came_back:  # whatever it did meanwhile, this frame does not follow from the one before
            self._came_back, self.skipped = False, 1
        else:
            self.skipped = 0 if not self._met else made - asked
        self._met = True


class MgbaLuaFamily:
    """mGBA with its window."""

    name = "mgba-lua"
    meaning = "mGBA with its window, through a script that a person runs in it"
    consoles = ("gba", "gb", "gbc")
    options = MgbaLuaOptions

    def capabilities(self, options: MgbaLuaOptions) -> Capabilities:
        """See Family."""
        lockstep = options.pace == "lockstep"
        return Capabilities(
            deterministic=lockstep,
            savestates=lockstep,
            steps=lockstep,
            exact_input=lockstep,
            scan=options.memory,
            remote=True,
            opening_s=options.wait_s,
        )

    def find(self, console: Console, core: str) -> str:
        """See Family."""
        return ""

    def open(self, opening: Opening) -> MgbaLuaBackend:
        """See Family."""
        return MgbaLuaBackend(opening)


FAMILY = MgbaLuaFamily()


def _regions(console: Console, opening: Opening) -> tuple[Region, ...]:
    if opening.options.memory == "full":
        return tuple(Region(area.name, area.address, area.size) for area in console.memory)
    if not (watched := watched_regions(console, opening.watches)):
        raise UsageError('mgba-lua: memory = "watched" wants a game with watches; this one has none')
    return watched


def _pages(wanted: tuple[Region, ...], there: tuple[Region, ...]) -> list[str]:
    """Return the wanted memory as the script's request for pages has it, in the same order.

    Raises:
        EmulatorError: The script has no such memory.
    """
    pages = []
    for region in wanted:
        for index, held in enumerate(there):
            offset = region.address - held.address
            if 0 <= offset <= held.size - region.size:
                pages.append(f"{index}:{offset}:{region.size}")
                break
        else:
            raise EmulatorError(f"mGBA's script has no memory {region.name}; it has {[held.name for held in there]}")
    return pages
