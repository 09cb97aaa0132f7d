"""A fake SkyEmu, for machines without the real one: its HTTP server byte for byte, a libretro core in its place.

`replies` answers a request, `server` carries it over TCP, `picture` hides states in pictures, `machine` is what is
emulated. Written from SkyEmu's source (src/main.c, src/http_control_server.cpp, src/httplib.h @ 36771a16) and held to a
recording of the real program (tests/golden/skyemu.json).
"""
