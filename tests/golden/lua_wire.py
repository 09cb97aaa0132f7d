"""One example of each reply and request of the Lua wire, for both of its sides; `python -m tests.golden.lua_wire` adds
what lua_wire.json lacks. The file holds the bytes as lua/protocol.lua wrote them, oldest first, by name.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lupa.lua54 import LuaRuntime  # type: ignore[import-untyped]  # it has no types

from runtime.bridges import lua_wire
from runtime.wire import Region

GOLDEN = Path(__file__).with_name("lua_wire.json")
PROTOCOL = Path(__file__).parents[2] / "lua" / "protocol.lua"

#: A Lua expression of `protocol`, and what Python must read in it.
REPLIES: Mapping[str, tuple[str, lua_wire.Reply]] = {
    "hello": (
        """protocol.hello {
          emulator = "mGBA", version = "0.10.1", console = "gba", title = "EMBERWOOD", code = "AGB-EMBE",
          hash = "1a2b3c4d", width = 240, height = 160, buttons = { "A", "B", "START" }, able = { "save", "reset" },
          regions = { { name = "ewram", address = 0x02000000, size = 0x40000 },
                      { name = "iwram", address = 0x03000000, size = 0x8000 } },
        }""",
        lua_wire.Hello(
            *("mGBA", "0.10.1", "gba", "EMBERWOOD", "AGB-EMBE", "1a2b3c4d", 240, 160),
            *(("A", "B", "START"), ("save", "reset")),
            (Region("ewram", 0x0200_0000, 0x4_0000), Region("iwram", 0x0300_0000, 0x8000)),
        ),
    ),
    "frame": (
        """protocol.frame(4294967295 + 70, 0x3FF, "\\x89PNG\\r\\n", {
          { region = 0, offset = 256, bytes = "\\0\\1\\255" }, { region = 1, offset = 0x7FFF, bytes = "\\128" } })""",
        lua_wire.Frame(
            69,
            0x3FF,
            b"\x89PNG\r\n",
            (lua_wire.Block(0, 256, b"\0\1\xff"), lua_wire.Block(1, 0x7FFF, b"\x80")),
        ),
    ),
    "frame alone": ('protocol.frame(1, 0, "", {})', lua_wire.Frame(1, 0, b"", ())),
    "picture": ('"\\x89PNG\\r\\n\\x1a\\n"', lua_wire.Picture(b"\x89PNG\r\n\x1a\n")),
    "state": ('protocol.state("\\0\\255 state")', lua_wire.State(b"\0\xff state")),
    "ok": ("protocol.ok()", lua_wire.Done()),
    "refused": ('protocol.refused("no state")', lua_wire.Refused("no state")),
    "bye": ('protocol.bye("the script ends")', lua_wire.Bye("the script ends")),
    "alive": ("protocol.alive(77)", lua_wire.Alive(77)),
}

#: A request's words.
REQUESTS: Mapping[str, tuple[str, ...]] = {
    "step": ("step", "3", "A,RIGHT"),
    "step without keys": ("step", "1", "-"),
    "pages": ("pages", "0:256:512", "1:0:256"),
    "all pages": ("pages", "all"),
    "pace": ("pace", "lockstep"),
    "save": ("save",),
    "load": ("load", "00ff20"),
    "reset": ("reset",),
    "show": ("show",),
    "ping": ("ping",),
    "wait": ("wait",),
    "bye": ("bye", "the", "session", "ends"),
}


def lua_protocol() -> Any:
    """Return a Lua 5.4 that holds `protocol`; its strings are bytes."""
    lua = LuaRuntime(encoding=None, unpack_returned_tuples=True)
    lua.execute(b"protocol = assert(loadfile(...))()", str(PROTOCOL).encode())
    return lua


def golden() -> dict[str, list[str]]:
    """Return the stored payloads in hex, oldest first, by name."""
    entries: dict[str, list[str]] = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    return entries


def main() -> None:
    """Write the file."""
    entries, lua = golden(), lua_protocol()
    written = {name: lua.eval(code.encode()) for name, (code, _) in REPLIES.items()}
    written |= {f"request {name}": lua_wire.request(*words) for name, words in REQUESTS.items()}
    for name, data in written.items():
        if data.hex() not in entries.setdefault(name, []):
            entries[name].append(data.hex())
    GOLDEN.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
