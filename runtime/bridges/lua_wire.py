"""The wire between the bridge and a script inside an emulator. Its Lua twin, lua/protocol.lua, says what is asked.

Both ways a message is "<length in ASCII digits> <payload>". Requests are ASCII words; replies are binary and told apart
by their first byte.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.errors import VersionError, WireError
from runtime.wire import Region

VERSION = 1

#: Longest payload, bytes: above any frame with memory.
MAX_BYTES = 1 << 24

_DIGITS = 8

#: PNG specification, "PNG signature".
PNG = b"\x89PNG"


@dataclass(frozen=True)
class Hello:
    """The first message of a connection: which emulator, which game.

    Attributes:
        emulator: Its name.
        version: Its version.
        console: Name, as in runtime.console.
        title: The ROM's title in its header.
        code: The ROM's code in its header; empty where it has none.
        hash: The ROM's CRC-32 or SHA-1 in hex, as the emulator tells it; empty when it does not.
        width: Pixels.
        height: Pixels.
        buttons: In the order of a frame's mask.
        able: Words for what the script can do.
        regions: The memory it sends; a block names one by its index.
    """

    emulator: str
    version: str
    console: str
    title: str
    code: str
    hash: str
    width: int
    height: int
    buttons: tuple[str, ...]
    able: tuple[str, ...]
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Block:
    """A stretch of a region's memory, (length,) bytes from `offset` on."""

    region: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Frame:
    """A frame.

    Attributes:
        count: The emulator's own count, modulo 2**32; it never goes back.
        keys: Mask of the buttons held during it.
        picture: A PNG file; empty when it comes as a `Picture` of its own.
        blocks: Memory.
    """

    count: int
    keys: int
    picture: bytes
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Picture:
    """A PNG file that the emulator sends by itself."""

    data: bytes


@dataclass(frozen=True)
class State:
    """A savestate."""

    data: bytes


@dataclass(frozen=True)
class Done:
    """A request was carried out."""


@dataclass(frozen=True)
class Refused:
    """A request was not carried out."""

    why: str


@dataclass(frozen=True)
class Bye:
    """The script leaves."""

    why: str


@dataclass(frozen=True)
class Alive:
    """The emulator lives but cannot answer yet."""

    count: int


Reply = Hello | Frame | Picture | State | Done | Refused | Bye | Alive


def message(payload: bytes) -> bytes:
    """Return a message that holds a payload."""
    return b"%d %s" % (len(payload), payload)


def request(*words: str) -> bytes:
    """Return a request as a message.

    Raises:
        WireError: It is longer than the other side reads.
    """
    text = " ".join(words)
    if len(text) > MAX_BYTES:
        raise WireError(f"a request of {len(text)} bytes; allowed are {MAX_BYTES}")
    return message(text.encode("ascii"))


class Reader:
    """Cuts a stream of bytes into payloads."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._held += data

    def next(self) -> bytes | None:
        """Return the next payload; None when it is not whole yet.

        Raises:
            WireError: What came is no message; nothing after it can be read.
        """
        head = bytes(self._held[: _DIGITS + 1])
        digits, space, _ = head.partition(b" ")
        if not space and len(head) <= _DIGITS and (not head or _is_number(head)):
            return None
        if not space or not _is_number(digits):
            raise WireError(f"no message: it begins with {bytes(self._held[:16])!r}, not with a length and a space")
        if (length := int(digits)) > MAX_BYTES:
            raise WireError(f"a message of {length} bytes; allowed are {MAX_BYTES}")
        first = len(digits) + 1
        if len(self._held) < first + length:
            return None
        payload = bytes(memoryview(self._held)[first : first + length])
        del self._held[: first + length]
        return payload


def _is_number(text: bytes) -> bool:
    return text.isdigit()  # of bytes: ASCII only


def decode(payload: bytes) -> Reply:
    """Read a reply.

    Raises:
        WireError: It is none of ours, or cut off.
        VersionError: A hello of a protocol that this program does not speak.
    """
    if payload.startswith(PNG):
        return Picture(payload)
    if (read := _REPLIES.get(payload[:1])) is None:
        raise WireError(f"no reply: {len(payload)} bytes that begin with {payload[:16]!r}")
    return read(payload)


class _Cursor:
    """Reads fields one after the other."""

    def __init__(self, payload: bytes) -> None:
        self._payload, self._at = payload, 1

    def take(self, layout: str) -> tuple[Any, ...]:
        size = struct.calcsize(layout)
        return struct.unpack(layout, self.bytes(size))

    def bytes(self, size: int) -> bytes:
        data = self._payload[self._at : self._at + size]
        if len(data) != size:
            raise WireError(f"a reply of type {self._payload[:1]!r} ends after {len(self._payload)} bytes, too early")
        self._at += size
        return data

    def text(self, layout: str = "<B") -> str:
        (size,) = self.take(layout)
        return self.bytes(size).decode(errors="replace")

    def end(self) -> None:
        if left := len(self._payload) - self._at:
            raise WireError(f"a reply of type {self._payload[:1]!r} has {left} bytes too many")


def _hello(payload: bytes) -> Hello:
    cursor = _Cursor(payload)
    (version,) = cursor.take("<H")
    if version != VERSION:
        raise VersionError("hello", version, VERSION)
    emulator, emulator_version, console, title, code, rom_hash = (cursor.text() for _ in range(6))
    width, height = cursor.take("<HH")
    buttons, able = (tuple(cursor.text("<H").split()) for _ in range(2))
    (count,) = cursor.take("<B")
    regions = []
    for _ in range(count):
        name = cursor.text()
        address, size = cursor.take("<II")
        regions.append(Region(name, address, size))
    cursor.end()
    return Hello(
        emulator, emulator_version, console, title, code, rom_hash, width, height, buttons, able, tuple(regions)
    )


def _frame(payload: bytes) -> Frame:
    cursor = _Cursor(payload)
    count, keys, size = cursor.take("<IHI")
    picture = cursor.bytes(size)
    (block_count,) = cursor.take("<H")
    blocks = []
    for _ in range(block_count):
        region, offset, length = cursor.take("<BII")
        blocks.append(Block(region, offset, cursor.bytes(length)))
    cursor.end()
    return Frame(count, keys, picture, tuple(blocks))


def _done(payload: bytes) -> Done:
    _Cursor(payload).end()
    return Done()


def _alive(payload: bytes) -> Alive:
    cursor = _Cursor(payload)
    (count,) = cursor.take("<I")
    cursor.end()
    return Alive(count)


_REPLIES: Mapping[bytes, Callable[[bytes], Reply]] = {
    b"H": _hello,
    b"F": _frame,
    b"S": lambda payload: State(payload[1:]),
    b"O": _done,
    b"E": lambda payload: Refused(payload[1:].decode(errors="replace")),
    b"B": lambda payload: Bye(payload[1:].decode(errors="replace")),
    b"A": _alive,
}
