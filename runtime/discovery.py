"""Which sessions are on the bus right now."""

import asyncio

from runtime import wire
from runtime.bus import Bus
from runtime.errors import BusError, UsageError
from runtime.subjects import DISCOVERY

#: A bridge answers between two frames; at 60 Hz that is well below this.
_WAIT_S = 0.25


async def discover(bus: Bus, wait_s: float = _WAIT_S) -> list[wire.Welcome]:
    """Return the live and replayed sessions, by name."""
    replies = await bus.request_many(DISCOVERY, b"", wait_s)
    return sorted((wire.decode(wire.Welcome, reply) for reply in replies), key=lambda welcome: welcome.session)


async def find_session(bus: Bus, name: str = "", timeout_s: float = 5.0) -> wire.Welcome:
    """Return the session with this name, or the only one; wait for it up to `timeout_s`.

    Raises:
        BusError: None appeared.
        UsageError: No name was given and there are several.
    """
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        there = await discover(bus)
        found = [welcome for welcome in there if not name or welcome.session == name]
        if len(found) == 1:
            return found[0]
        names = ", ".join(welcome.session for welcome in there) or "none"
        if len(found) > 1:
            raise UsageError(f"several sessions are on the bus ({names}): name one with --session")
        if asyncio.get_running_loop().time() > deadline:
            wanted = f"session {name!r} is not" if name else "no session is"
            raise BusError(f"{wanted} on the bus; there: {names}")
