"""Savestates of emulators in other programs, sealed, so that a damaged one never reaches the program.

EmuHawk may ask its user what to do about such a one, and stands still until somebody answers.
"""

import struct
import zlib

from runtime.errors import StateError

#: Magic and CRC-32 of what follows.
_SEAL = struct.Struct("<4sI")


def seal(magic: bytes, data: bytes) -> bytes:
    """Return an emulator's state with its seal; `magic`, 4 bytes, tells emulators apart."""
    return _SEAL.pack(magic, zlib.crc32(data)) + data


def unseal(magic: bytes, state: bytes, core: str) -> bytes:
    """Return the own state of an emulator, which `core` names.

    Raises:
        StateError: It is damaged, or of another emulator.
    """
    data = state[_SEAL.size :]
    if len(state) < _SEAL.size or _SEAL.unpack(state[: _SEAL.size]) != (magic, zlib.crc32(data)):
        raise StateError(f"no state of {core}, or a damaged one: {len(state)} bytes")
    return data
