"""SkyEmu's pictures: a BMP whose pixels hide the console's whole state in the two low bits of each channel.

The picture is magnified until the state fits. Pixel i, from the top left, holds byte i as `r | g<<2 | b<<4 | a<<6`: a
header of 108 bytes, then the emulated console's structure in memory, then zeros and what the achievements need. At
byte 80 of the header stands where in the structure SkyEmu describes it ("BESS"): version 1, the registers, and where
each memory lies. SkyEmu src/main.c `se_emu_id`, `se_save_state_to_image`; src/gba.h `gba_bess_info_t`; src/gb.h
`sb_gb_bess_info_t` @ 36771a16.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.console import Console
from runtime.errors import EmulatorError
from runtime.pixels import Raw

Bytes = NDArray[np.uint8]

#: File and V4 information headers as stb_image_write makes them: 14 + 108 bytes.
BMP_HEADER = struct.Struct("<2sIHHI Iii HHIIIIII 4I")
PIXELS_AT = 122

#: `se_emu_id`: emulator's name, build, `bess_offset`, system, place and size of the achievements' buffer, padding.
STATE_HEADER = struct.Struct("<39s41s4I12x")

#: A console's number in `se_emu_id.system`, and where its description names the offset of each memory, bytes.
SYSTEMS = {
    "gba": (2, {"ewram": 38 * 4, "iwram": 39 * 4}),
    "gb": (1, {"bus": 20, "banks": 24}),
    "gbc": (1, {"bus": 20, "banks": 24}),
}

_LOW_BITS = np.uint32(0x03030303)

#: Moves the bits of blue (0), green (8), red (16) and alpha (24) into the top byte, to 28, 26, 24 and 30; no two other
#: products meet, so nothing carries into it.
_GATHER = np.uint32(1 << 28 | 1 << 18 | 1 << 8 | 1 << 6)


class Picture:
    """One BMP; it keeps the buffer that it is made of."""

    def __init__(self, body: memoryview, console: Console) -> None:
        """Look at a picture.

        Raises:
            EmulatorError: It is no picture of this console.
        """
        if len(body) < PIXELS_AT:
            raise EmulatorError(f"SkyEmu sends no picture but {bytes(body[:40])!r}")
        magic, _, _, _, start, _, width, height, _, depth, *_ = BMP_HEADER.unpack_from(body)
        scale = width // console.width if width > 0 else 0
        if (magic, start, depth) != (b"BM", PIXELS_AT, 32) or len(body) != PIXELS_AT + 4 * width * height:
            raise EmulatorError(f"SkyEmu sends no 32-bit BMP but {bytes(body[:40])!r}")
        if not scale or (width, height) != (scale * console.width, scale * console.height):
            raise EmulatorError(
                f"SkyEmu shows {width}x{height} pixels, a {console.name} has {console.width}x{console.height}"
            )
        self.body = body
        self._scale, self._console = scale, console
        bottom_up = np.frombuffer(body, dtype="<u4", offset=PIXELS_AT).reshape(height, width)
        self._pixels = bottom_up[::-1]  # (H, W) BGRA

    @property
    def state_bytes(self) -> int:
        """How many bytes its pixels hold."""
        return self._pixels.size

    def native(self) -> Raw:
        """Return the picture at the console's size, (H, W) gba565, or rgb565 of a console without 5-bit colours.

        SkyEmu shows a console's 5 bits as the upper ones of 8; the hidden state spares six.
        """
        seen = np.ascontiguousarray(self._pixels[:: self._scale, :: self._scale])
        red, blue = (seen >> 8) & 0xF800, (seen >> 3) & 0x1F
        green = (seen >> 5) & 0x7C0 if self._console.five_bit else (seen >> 5) & 0x7E0
        return (red | green | blue).astype("<u2")

    def hidden(self, first: int, size: int) -> Bytes:
        """Return some of the state's bytes, (size,) uint8.

        Raises:
            EmulatorError: It does not hold so many.
        """
        if size < 0 or first < 0 or first + size > self.state_bytes:
            raise EmulatorError(f"SkyEmu's state ends at {self.state_bytes}, wanted are {size} bytes from {first}")
        width = self._pixels.shape[1]
        row, column = divmod(first, width)
        block = self._pixels[row : -(-(first + size) // width)] & _LOW_BITS
        block *= _GATHER
        return block.view(np.uint8)[:, 3::4].reshape(-1)[column : column + size]


class Layout:
    """Where in a state the console's memory lies. It is the same in all states of one SkyEmu."""

    def __init__(self, picture: Picture, console: Console) -> None:
        """Read a state's description.

        Raises:
            EmulatorError: It has none, or is another console's.
        """
        header = picture.hidden(0, STATE_HEADER.size).tobytes()
        name, build, bess, system, *_ = STATE_HEADER.unpack(header)
        wanted, places = SYSTEMS[console.name]
        if not name.startswith(b"SkyEmu"):
            raise EmulatorError(f"SkyEmu's picture holds no state: its header begins with {name!r}")
        if system != wanted:
            raise EmulatorError(f"SkyEmu runs the system {system}; a {console.name} is {wanted}")
        self.identity = header[:80]
        description = picture.hidden(STATE_HEADER.size + bess, max(places.values()) + 4).tobytes()
        if (version := int.from_bytes(description[:4], "little")) != 1:
            raise EmulatorError(f"SkyEmu {build!r} describes its state in version {version}, we read version 1")
        self._at = {
            memory: STATE_HEADER.size + struct.unpack_from("<I", description, place)[0]
            for memory, place in places.items()
        }
        self._console = console

    def memory(self, picture: Picture) -> dict[str, Bytes]:
        """Return each area's bytes, (size,) uint8."""
        if "bus" in self._at:
            return self._game_boy(picture)
        return {area.name: picture.hidden(self._at[area.name], area.size) for area in self._console.memory}

    def _game_boy(self, picture: Picture) -> dict[str, Bytes]:
        """Return a Game Boy's areas: of the bus as far as it has no banks; 0xD000 is a bank, by 0xFF70 (Pan Docs)."""
        bus, banks = self._at["bus"], self._at["banks"]
        found = {area.name: picture.hidden(bus + area.address, area.size) for area in self._console.memory}
        bank = int(picture.hidden(bus + 0xFF70, 1)[0]) % 8 or 1
        found["wram"][0x1000:] = picture.hidden(banks + bank * 0x1000, 0x1000)
        return found


def hide(state: bytes) -> bytes:
    """Return a BMP that holds a state and shows nothing; SkyEmu loads it."""
    width = 1024
    height = -(-len(state) // width)
    held: NDArray[Any] = np.zeros(width * height, dtype=np.uint32)
    held[: len(state)] = np.frombuffer(state, dtype=np.uint8)
    blue, green, red, alpha = ((held >> 4) & 3), ((held >> 2) & 3), (held & 3), ((held >> 6) & 3)
    pixels = blue | green << 8 | red << 16 | (alpha | 0xFC) << 24
    masks = (0x00FF0000, 0x0000FF00, 0x000000FF, 0xFF000000)
    size = PIXELS_AT + 4 * pixels.size
    header = BMP_HEADER.pack(
        b"BM", size, 0, 0, PIXELS_AT, PIXELS_AT - 14, width, height, 1, 32, 3, 0, 0, 0, 0, 0, *masks
    )
    return header.ljust(PIXELS_AT, b"\0") + pixels.reshape(height, width)[::-1].astype("<u4").tobytes()
