"""EmuHawk's Lua libraries, as far as our scripts use them. Lua's strings are bytes here."""

import hashlib
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runtime.errors import StateError
from tests.emuhawk_host.machine import Machine
from tests.emuhawk_host.socket_server import SocketServer

#: `emu.getsystemid` (BizHawk, VSystemID).
_SYSTEMS = {"gba": b"GBA", "gb": b"GB", "gbc": b"GBC", "nes": b"NES"}

#: The events that a script may wait for.
EVENTS = ("onframestart", "onframeend", "onsavestate", "onloadstate", "onexit", "onconsoleclose")

_SPEEDS = range(1, 6400)


class Libraries:
    """What scripts call. `lua` is a LuaRuntime without an encoding.

    Attributes:
        handlers: By event, the functions that scripts registered.
        paused: Whether EmuHawk is paused.
        exit_requested: Whether a script closed it.
        speed: Percent.
    """

    def __init__(self, lua: Any, machine: Machine, server: SocketServer | None) -> None:
        self._lua, self._machine, self._server = lua, machine, server
        self.handlers: dict[str, list[Any]] = {event: [] for event in EVENTS}
        self.paused = self.exit_requested = False
        self.speed = 100
        self._states: dict[bytes, bytes] = {}
        self._domain = b"ROM"
        for name, functions in {
            "memory": self._memory(),
            "joypad": {b"get": self._joypad_get, b"set": self._joypad_set},
            "input": {b"get": self._lua.table},
            "emu": self._emu(),
            "client": self._client(),
            "savestate": {b"save": self._save, b"load": self._load},
            "memorysavestate": self._memory_savestate(),
            "gameinfo": {b"getromname": self._rom_name, b"getromhash": self._rom_hash},
            "comm": self._comm(),
            "console": {b"log": _log},
        }.items():
            self._table(name).update(functions)
        events = self._table("event")
        for event in EVENTS:
            events[event.encode()] = self._registering(event)
        lua.globals()[b"print"] = _log

    def fire(self, event: str, *arguments: bytes) -> None:
        """Call what is registered for an event; an error ends the call and is only logged."""
        try:
            for handler in list(self.handlers[event]):
                handler(*arguments)
        except Exception as error:  # EmuHawk catches everything here, too
            _log(f"error running function attached by lua function event.{event}\nError message: {error}")

    def detach(self) -> None:
        """Forget what a script that stopped has registered."""
        for handlers in self.handlers.values():
            handlers.clear()

    def _table(self, name: str) -> Any:
        tables = self._lua.globals()
        if tables[name.encode()] is None:
            tables[name.encode()] = self._lua.table()
        return _Update(tables[name.encode()])

    def _registering(self, event: str) -> Callable[..., bytes]:
        def register(function: Any, name: bytes | None = None) -> bytes:
            self.handlers[event].append(function)
            return str(uuid.uuid4()).encode()

        return register

    # --- memory --------------------------------------------------------------------------------------------------

    def _memory(self) -> dict[bytes, Callable[..., Any]]:
        return {
            b"getmemorydomainlist": lambda: self._indexed_from_0([d.encode() for d in self._machine.domains]),
            b"getmemorydomainsize": lambda name=b"": len(self._bytes_of(name)),
            b"getcurrentmemorydomain": lambda: self._domain,
            b"usememorydomain": self._use_domain,
            b"read_bytes_as_array": self._read,
            b"read_u32_le": lambda at, domain=None: int.from_bytes(self._stretch(at, 4, domain), "little"),
            b"hash_region": self._hash,
        }

    def _named(self, domain: bytes | None) -> str:
        if domain and domain.decode() in self._machine.domains:
            return domain.decode()
        if domain:
            _log(f"Unable to find domain: {domain.decode()}, falling back to current")
        return self._domain.decode()

    def _bytes_of(self, domain: bytes | None) -> Any:
        return self._machine.domains[self._named(domain)]

    def _use_domain(self, domain: bytes) -> bool:
        known = domain.decode() in self._machine.domains
        self._domain = domain if known else self._domain
        return known

    def _stretch(self, address: int, length: int, domain: bytes | None) -> bytes:
        memory = self._bytes_of(domain)
        there: bytes = memory[address : address + length].tobytes()
        if len(there) < length:
            _log(f"Warning: Attempted reads on addresses outside range of domain {self._named(domain)}")
        return there.ljust(length, b"\0")

    def _read(self, address: int, length: int, domain: bytes | None = None) -> Any:
        return self._lua.table_from(list(self._stretch(address, length, domain)))  # from 1 on

    def _hash(self, address: int, count: int, domain: bytes | None = None) -> bytes:
        return self._machine.hash_region(address, count, self._named(domain)).encode()

    def _indexed_from_0(self, items: list[bytes]) -> Any:
        return self._lua.table_from(dict(enumerate(items)))

    # --- joypad, emu, client -------------------------------------------------------------------------------------

    def _joypad_get(self, controller: int | None = None) -> Any:
        return self._lua.table_from({name.encode(): down for name, down in self._machine.joypad().items()})

    def _joypad_set(self, buttons: Any, controller: int | None = None) -> None:
        self._machine.set_joypad({name.decode(): bool(down) for name, down in buttons.items()})

    def _emu(self) -> dict[bytes, Callable[..., Any]]:
        return {
            b"framecount": lambda: self._machine.frame_count,
            b"getsystemid": lambda: _SYSTEMS[self._machine.console.name],
            b"getregister": lambda name: 0x0800_0000 if name == b"R15" else 0,
            b"minimizeframeskip": lambda enabled: None,
        }

    def _client(self) -> dict[bytes, Callable[..., Any]]:
        return {
            b"screenshot": self._screenshot,
            b"pause": lambda: self._pause(on=True),
            b"unpause": lambda: self._pause(on=False),
            b"ispaused": lambda: self.paused,
            b"speedmode": self._speedmode,
            b"frameskip": lambda frames: None,
            b"setscreenshotosd": lambda wanted: None,
            b"exit": self._exit,
            b"reboot_core": self._machine.reboot,
            b"getversion": lambda: b"2.10",
            b"bufferwidth": lambda: self._machine.core.frame().shape[1],
            b"bufferheight": lambda: self._machine.core.frame().shape[0],
        }

    def _screenshot(self, path: bytes | None = None) -> None:
        if path:
            Path(path.decode()).write_bytes(self._machine.png())

    def _pause(self, *, on: bool) -> None:
        self.paused = on

    def _speedmode(self, percent: int) -> None:
        if percent in _SPEEDS:
            self.speed = percent
        else:
            _log("Invalid speed value")

    def _exit(self) -> None:
        self.exit_requested = True

    def _rom_name(self) -> bytes:
        return self._machine.rom.stem.encode()

    def _rom_hash(self) -> bytes:
        return hashlib.sha1(self._machine.rom.read_bytes()).hexdigest().upper().encode()

    # --- states --------------------------------------------------------------------------------------------------

    def _save(self, path: bytes, quiet: bool = False) -> None:
        Path(path.decode()).write_bytes(self._machine.state())
        self.fire("onsavestate", path)

    def _load(self, path: bytes, quiet: bool = False) -> None:
        """Load a state; when that fails EmuHawk shows a line on its screen, and the script hears nothing of it."""
        try:
            self._machine.load(Path(path.decode()).read_bytes())
        except (OSError, ValueError, StateError) as error:
            _log(f"could not load the state: {error}")
            return
        self.fire("onloadstate", path)

    def _memory_savestate(self) -> dict[bytes, Callable[..., Any]]:
        return {
            b"savecorestate": self._save_core_state,
            b"loadcorestate": self._load_core_state,
            b"removestate": lambda identifier: self._states.pop(identifier, None) and None,
            b"clearstatesfrommemory": self._states.clear,
        }

    def _save_core_state(self) -> bytes:
        identifier = str(uuid.uuid4()).encode()
        self._states[identifier] = self._machine.state()
        return identifier

    def _load_core_state(self, identifier: bytes) -> None:
        if identifier in self._states:
            self._machine.load(self._states[identifier])
        else:
            _log("Unable to find the given savestate in memory")

    # --- comm ----------------------------------------------------------------------------------------------------

    def _comm(self) -> dict[bytes, Callable[..., Any]]:
        """Without --socket_port EmuHawk's sending answers -1."""
        server = self._server
        if server is None:
            return {
                b"socketServerSend": _no_server,
                b"socketServerSendBytes": _no_server,
                b"socketServerGetPort": lambda: None,
            }
        return {
            b"socketServerIsConnected": lambda: True,  # it never notices a closed peer
            b"socketServerSend": server.send_string,
            b"socketServerSendBytes": lambda table: server.send_bytes(_bytes_in(table)),
            b"socketServerScreenShot": server.send_screenshot,
            b"socketServerResponse": server.receive,
            b"socketServerSetTimeout": server.set_timeout,
            b"socketServerGetPort": lambda: server.port,
            b"socketServerSetPort": server.set_port,
        }


class _Update:
    """Sets many fields of a Lua table."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def update(self, fields: dict[bytes, Callable[..., Any]]) -> None:
        for name, value in fields.items():
            self._table[name] = value

    def __setitem__(self, name: bytes, value: Callable[..., Any]) -> None:
        self._table[name] = value


def _no_server(message: Any) -> int:
    _log("Socket server was not initialized, please initialize it via the command line")
    return -1


def _bytes_in(table: Any) -> bytes:
    return bytes(value & 0xFF for value in table.values())


def _log(*texts: object) -> None:
    shown = [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in texts]
    sys.stderr.write("\t".join(shown) + "\n")
    sys.stderr.flush()
