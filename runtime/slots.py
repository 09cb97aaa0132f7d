"""Slots: savestates by name, kept in the session's store. The real store is `runtime.jetstream_slots`.

A slot's name is unique in its session; `SESSION/NAME` names one of another session.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from runtime import wire
from runtime.errors import ControlError, WireError
from runtime.subjects import NAME, SessionId

#: What people may call a slot.
SLOT = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SlotFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a slot without reading its state."""

    session: str
    slot: str
    frame_index: int  # the frame that would be emulated next
    core: str  # name and version
    rom_sha256: str
    stored_bytes: int
    stored: str  # UTC, ISO 8601


class Slots(Protocol):
    """Where slots lie. Every call ends within a few seconds, or says why it cannot."""

    async def save(self, session: SessionId, slot: str, state: wire.Savestate) -> None:
        """Keep a state whole, in place of one of the same name.

        Raises:
            ControlError: It cannot be stored.
        """

    async def load(self, session: SessionId, slot: str) -> wire.Savestate:
        """Return a kept state.

        Raises:
            ControlError: There is none of that name, it is damaged, or the store does not answer.
        """

    async def list(self, session: str = "") -> Sequence[SlotFacts]:
        """Return a session's slots by name, or those of all sessions.

        Raises:
            ControlError: The store does not answer.
        """

    async def remove(self, session: SessionId, slot: str) -> None:
        """Forget a slot.

        Raises:
            ControlError: There is none of that name, or the store does not answer.
        """


class SlotName(NamedTuple):
    """Which slot."""

    session: SessionId
    slot: str


def slot_name(text: str, session: SessionId) -> SlotName:
    """Read `NAME`, a slot of this session, or `SESSION/NAME`.

    Raises:
        ControlError: It is neither.
    """
    of, mark, slot = text.rpartition("/")
    if not SLOT.fullmatch(slot) or (mark and not NAME.fullmatch(of)):
        raise ControlError(
            f"slot {text!r}: allowed are 1 to 64 letters, digits, '_' and '-', and SESSION/NAME for another session's"
        )
    return SlotName(SessionId(of) if mark else session, slot)


def no_slot(session: str, slot: str, there: Sequence[SlotFacts]) -> ControlError:
    """Return the error for a slot that does not exist."""
    names = ", ".join(facts.slot for facts in there) or "none"
    return ControlError(f"session {session!r} has no slot {slot!r}; there are {names}")


def read_state(session: str, slot: str, data: bytes) -> wire.Savestate:
    """Decode what a slot holds.

    Raises:
        ControlError: It is no savestate.
    """
    try:
        return wire.decode(wire.Savestate, data)
    except (WireError, msgspec.DecodeError) as error:
        raise ControlError(f"slot {slot!r} of session {session!r} is damaged: {error}") from error


class MemorySlots:
    """Slots that end with the process, for tests and for play without a server."""

    def __init__(self) -> None:
        self._kept: dict[SlotName, bytes] = {}

    async def save(self, session: SessionId, slot: str, state: wire.Savestate) -> None:
        """See Slots."""
        self._kept[SlotName(session, slot)] = wire.encode(state)

    async def load(self, session: SessionId, slot: str) -> wire.Savestate:
        """See Slots."""
        data = self._kept.get(SlotName(session, slot))
        if data is None:
            raise no_slot(session, slot, await self.list(session))
        return read_state(session, slot, data)

    async def list(self, session: str = "") -> Sequence[SlotFacts]:
        """See Slots."""
        return [
            slot_facts(name, read_state(*name, data), len(data), "")
            for name, data in sorted(self._kept.items())
            if session in ("", name.session)
        ]

    async def remove(self, session: SessionId, slot: str) -> None:
        """See Slots."""
        if self._kept.pop(SlotName(session, slot), None) is None:
            raise no_slot(session, slot, await self.list(session))


def slot_facts(name: SlotName, state: wire.Savestate, stored_bytes: int, stored: str) -> SlotFacts:
    """Return what is told of a stored state."""
    return SlotFacts(
        session=name.session,
        slot=name.slot,
        frame_index=state.frame_index,
        core=state.core,
        rom_sha256=state.rom_sha256,
        stored_bytes=stored_bytes,
        stored=stored,
    )
