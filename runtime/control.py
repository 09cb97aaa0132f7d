"""Controlling a session from outside: the operations of `wire.Control`. `runtime.control_desk` carries them out."""

import math
from collections.abc import Mapping

from runtime import wire
from runtime.backend import Capabilities
from runtime.bus import Bus
from runtime.clock import CLOCK_MODES
from runtime.errors import ControlError
from runtime.slots import SLOT, slot_name
from runtime.subjects import SessionId, subject

#: What each operation does and which field of Control it uses.
OPS: Mapping[str, str] = {
    "pause": "stop before the next frame",
    "resume": "go on",
    "step": "emulate `frames` frames, then pause; answered when done",
    "save": "keep the emulator's state in `slot`",
    "load": "go back to the state in `slot`, of this session or as SESSION/NAME of another",
    "reset": "switch the console off and on",
    "set_clock": f"run by `clock`: {', '.join(CLOCK_MODES)}",
    "set_rate": "run at `rate` times real time; 0 for as fast as it goes",
    "refresh": "send the next frame as a key and memory as a whole image; a paused game sends its last ones again",
    "keep": "store the last seconds of a session that runs with --snapshot",
    "stop": "end the session",
}

#: What `rate` may be, for a live session and a replay.
RATES = "numbers above 0, and 0 for as fast as it goes"


def check(request: wire.Control) -> str:
    """Return what is wrong with a request; empty when nothing is."""
    if request.op not in OPS:
        return f"no operation {request.op!r}; there are {', '.join(OPS)}"
    slot = ""
    try:
        slot_name(request.slot, SessionId(""))
    except ControlError as error:
        slot = str(error)
    if request.op == "save" and not SLOT.fullmatch(request.slot):
        slot = f"slot {request.slot!r}: allowed are 1 to 64 letters, digits, '_' and '-'"
    problems = {
        "step": "" if request.frames >= 1 else f"step {request.frames}: allowed are 1 or more frames",
        "save": slot,
        "load": slot,
        "set_clock": ""
        if request.clock in CLOCK_MODES
        else f"clock {request.clock!r}: allowed are {', '.join(CLOCK_MODES)}",
        "set_rate": "" if good_rate(request.rate) else f"set_rate {request.rate}: allowed are {RATES}",
    }
    return problems.get(request.op, "")


def good_rate(rate: float) -> bool:
    """Return whether a game or a replay can run at so many times real time; 0 is as fast as it goes."""
    return 0 <= rate < math.inf


def refusal(request: wire.Control, can: Capabilities) -> str:
    """Return why this emulator cannot do what is asked; empty when it can."""
    if request.op in ("save", "load") and not can.savestates:
        return f"{request.op}: this emulator has no savestates"
    if request.op == "reset" and not can.reset:
        return "reset: this emulator cannot be reset from here"
    if request.op in ("pause", "resume", "step", "set_clock", "set_rate") and not can.steps:
        return f"{request.op}: this emulator runs at its own speed and does not wait for us"
    return ""


async def control(bus: Bus, session: SessionId, request: wire.Control, timeout_s: float = 30.0) -> wire.ControlReply:
    """Ask a session's bridge to do something, and wait until it is done.

    Raises:
        BusError: Nobody answers.
        ControlError: The bridge refuses; the message says why.
    """
    data = await bus.request(subject(session, "in.control"), wire.encode(request), timeout_s)
    reply = wire.decode(wire.ControlReply, data)
    if reply.error:
        raise ControlError(reply.error)
    return reply
