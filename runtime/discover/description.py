"""Writes the first game.toml of a game: what its ROM says of itself, and the candidates with their evidence."""

import json
import re
from dataclasses import dataclass

from runtime.discover.candidates import Candidate
from runtime.rom_header import RomHeader
from runtime.wire import Region


@dataclass(frozen=True)
class Found:
    """What goes into a description.

    Attributes:
        name: The game's.
        rom: Its path, as game.toml names it.
        console: Its console's name.
        sha256: Of the ROM.
        header: Of the ROM.
        core: What ran it.
        frames: Frames emulated.
        places: Places with trials.
        candidates: What was found.
        regions: Memory, in the order of the image in which the candidates lie.
    """

    name: str
    rom: str
    console: str
    sha256: str
    header: RomHeader
    core: str
    frames: int
    places: int
    candidates: tuple[Candidate, ...]
    regions: tuple[Region, ...]


def name_of(title: str, file_stem: str) -> str:
    """Return a game's name for subjects and files: lower case, from its title or else from its file's name."""
    for text in (title, file_stem):
        if name := re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_"):
            return name
    return "game"


def address_of(offset: int, regions: tuple[Region, ...]) -> int:
    """Return the bus address of a byte of the image.

    Raises:
        ValueError: The image is not that long, or the byte is padding.
    """
    at = 0
    for region in regions:
        if at <= offset < at + region.size:
            return region.address + offset - at
        at += -(-region.size // 8) * 8
    raise ValueError(f"no region holds byte {offset} of the image")


def description(found: Found) -> str:
    """Return the text of a game.toml."""
    lines = [
        f"# {found.header.title or found.name}: written by `runtime games new`. What it says of memory are guesses",
        f"# from {found.frames} frames of play on {found.core}, with every direction, A and B tried at",
        f"# {found.places} places: play on, look at the values (`runtime echo state`), and correct names, types and",
        "# meanings.",
        "#",
        "# The ROM's header:",
        *(f"#   {name}: {value}" for name, value in found.header.facts),
        *(f"#   {problem}" for problem in found.header.problems),
        "",
        "[game]",
        f"name = {_text(found.name)}",
        f"title = {_text(found.header.title or found.name)}",
        f"console = {_text(found.console)}",
        f"rom = {_text(found.rom)}",
        f"sha256 = {_text(found.sha256)}",
    ]
    for one in found.candidates:
        lines += [
            "",
            f"# {one.evidence}",
            "[[watch]]",
            f"name = {_text(one.name)}",
            f"address = 0x{address_of(one.offset, found.regions):08X}",
            f"type = {_text(one.type)}",
            f"meaning = {_text(one.meaning)}",
        ]
        if one.values:
            lines.append("values = { " + ", ".join(f"{value} = {_text(name)}" for value, name in one.values) + " }")
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Return a TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text.replace("\x7f", "?"))
