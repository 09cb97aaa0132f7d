"""An emulated host, never run in EmuHawk: our scripts in real Lua 5.4 over a real core, with EmuHawk's documented ways.

What it copies was read in BizHawk's source (SocketServer, CommLuaLibrary, MemoryApi, JoypadApi, LuaLibraries, MainForm)
and in EmuHawk's list of Lua functions; nothing of it was compared with a running EmuHawk. docs/bizhawk-checklist.md is
for a person who has one.

    python -m tests.emuhawk_host ROM --lua=SCRIPT --socket_ip=127.0.0.1 --socket_port=PORT
"""
