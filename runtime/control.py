"""Controlling a session from outside: the operations of `wire.Control`, and the slots that savestates are kept in."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from runtime import wire
from runtime.backend import Capabilities
from runtime.bus import Bus
from runtime.clock import CLOCK_MODES
from runtime.errors import ControlError, WireError
from runtime.subjects import SessionId, subject

#: What each operation does and which field of Control it uses.
OPS: Mapping[str, str] = {
    "pause": "stop before the next frame",
    "resume": "go on",
    "step": "emulate `frames` frames, then pause; answered when done",
    "save": "keep the emulator's state in `slot`",
    "load": "go back to the state in `slot`",
    "reset": "switch the console off and on",
    "set_clock": f"run by `clock`: {', '.join(CLOCK_MODES)}",
    "refresh": "send the next frame as a key and memory as a whole image; a paused game sends its last ones again",
    "keep": "store the last seconds of a session that runs with --snapshot",
    "stop": "end the session",
}

_SLOT = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check(request: wire.Control) -> str:
    """Return what is wrong with a request; empty when nothing is."""
    if request.op not in OPS:
        return f"no operation {request.op!r}; there are {', '.join(OPS)}"
    if request.op == "step" and request.frames < 1:
        return f"step {request.frames}: allowed are 1 or more frames"
    if request.op in ("save", "load") and not _SLOT.fullmatch(request.slot):
        return f"slot {request.slot!r}: allowed are 1 to 64 letters, digits, '_' and '-'"
    if request.op == "set_clock" and request.clock not in CLOCK_MODES:
        return f"clock {request.clock!r}: allowed are {', '.join(CLOCK_MODES)}"
    return ""


def refusal(request: wire.Control, can: Capabilities) -> str:
    """Return why this emulator cannot do what is asked; empty when it can."""
    if request.op in ("save", "load") and not can.savestates:
        return f"{request.op}: this emulator has no savestates"
    if request.op == "reset" and not can.reset:
        return "reset: this emulator cannot be reset from here"
    if request.op in ("pause", "resume", "step", "set_clock") and not can.steps:
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


class Slots:
    """Savestates by name, one file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, slot: str, state: wire.Savestate) -> None:
        """Keep a state; a file is written whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{slot}.partial"
        partial.write_bytes(wire.encode(state))
        partial.replace(self._folder / f"{slot}.state")

    def load(self, slot: str) -> wire.Savestate:
        """Return a kept state.

        Raises:
            ControlError: There is none of that name, or it is damaged.
        """
        try:
            return wire.decode(wire.Savestate, (self._folder / f"{slot}.state").read_bytes())
        except FileNotFoundError as error:
            there = ", ".join(sorted(path.stem for path in self._folder.glob("*.state"))) or "none"
            raise ControlError(f"no slot {slot!r}; there are {there}") from error
        except (WireError, msgspec.DecodeError) as error:
            raise ControlError(f"slot {slot!r} is damaged: {error}") from error
