"""The ROM `pad`: the same contract on each console, so that one suite asks all emulators the same.

Each frame it reads the pad, counts the frames that each button was held, moves a sprite by the D-pad, and draws the
frame's number, so that no picture is like the one before. What it did lies in one block of memory:

| offset | what |
|---|---|
| 0 | "PAD1" |
| 4 | u16le: frames since power-on |
| 6 | u16le: buttons held, bit i for the i-th of the console's buttons |
| 8 | 10 x u16le: frames that each button was held |
| 28, 29 | u8, u8: left and top edge of the sprite, 8 x 8 pixels |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from runtime.console import CONSOLES
from runtime.wire import Region

FOLDER = Path(__file__).parent

MAGIC = b"PAD1"
BLOCK_BYTES = 30
SPRITE_PX = 8


@dataclass(frozen=True)
class Pad:
    """The ROM on one console.

    Attributes:
        console: Its name.
        rom: The file.
        address: Of the block, as the console's processor sees it.
        width: The sprite's x ends at width - 8.
        height: The sprite's y ends at height - 8.
        top: The sprite's y begins here; above it the frame's number is drawn, one cell for each of 16 bits.
    """

    console: str
    rom: Path
    address: int
    width: int
    height: int
    top: int = 16


@dataclass(frozen=True)
class Block:
    """The block, decoded."""

    frame: int
    held: frozenset[str]
    counts: Mapping[str, int]
    x: int
    y: int


PADS = {
    pad.console: pad
    for pad in (
        Pad("gba", FOLDER / "gba" / "pad.gba", 0x0200_0000, 240, 160),
        Pad("gb", FOLDER / "gb" / "pad.gb", 0xC000, 160, 144),
        Pad("gbc", FOLDER / "gb" / "pad.gbc", 0xC000, 160, 144),
        Pad("nes", FOLDER / "nes" / "pad.nes", 0x0200, 256, 224, top=32),
    )
}


def read_block(
    console: str, regions: tuple[Region, ...], memory: Mapping[str, NDArray[np.uint8]], address: int = 0
) -> Block:
    """Decode the block.

    Args:
        console: The console's name.
        regions: The backend's.
        memory: Each region's bytes, (size,) uint8.
        address: Where the block is; 0 for the console's usual place.

    Raises:
        LookupError: No region holds the block, or there is none at its address yet.
    """
    at = address or PADS[console].address
    for region in regions:
        offset = at - region.address
        if 0 <= offset <= region.size - BLOCK_BYTES:
            return decode(console, bytes(memory[region.name][offset : offset + BLOCK_BYTES]))
    raise LookupError(f"no region of {[region.name for region in regions]} holds the address 0x{at:X}")


def decode(console: str, block: bytes) -> Block:
    """Decode the block's bytes.

    Raises:
        LookupError: They do not begin with "PAD1": the game has not started yet.
    """
    if block[: len(MAGIC)] != MAGIC:
        raise LookupError(f"the block begins with {block[: len(MAGIC)]!r}, not {MAGIC!r}: the ROM has not started")
    buttons = CONSOLES[console].buttons
    frame, held, *counts = np.frombuffer(block, "<u2", 12, offset=4).tolist()
    return Block(
        frame=frame,
        held=frozenset(button for bit, button in enumerate(buttons) if held >> bit & 1),
        counts=dict(zip(buttons, counts, strict=False)),
        x=block[28],
        y=block[29],
    )
