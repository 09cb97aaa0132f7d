"""What a ROM says of itself: title, codes, chips and checksums, by the console's header.

GBA by GBATEK, "GBA Cartridge Header"; Game Boy by Pan Docs, "The Cartridge Header"; NES by the NESdev wiki, "iNES".
"""

from dataclasses import dataclass

from runtime.console import Console

#: Pan Docs, "The Cartridge Header", 0147: what is in the cartridge beside the ROM.
_MAPPERS = {
    0x00: "ROM only",
    **dict.fromkeys((0x01, 0x02, 0x03), "MBC1"),
    **dict.fromkeys((0x05, 0x06), "MBC2"),
    **dict.fromkeys((0x08, 0x09), "ROM and RAM"),
    **dict.fromkeys((0x0B, 0x0C, 0x0D), "MMM01"),
    **dict.fromkeys((0x0F, 0x10, 0x11, 0x12, 0x13), "MBC3"),
    **dict.fromkeys((0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E), "MBC5"),
    **{0x20: "MBC6", 0x22: "MBC7", 0xFC: "Pocket Camera", 0xFD: "Bandai TAMA5", 0xFE: "HuC3", 0xFF: "HuC1"},
}

#: Pan Docs, 0149: bytes of the cartridge's RAM.
_RAM_BYTES = {0x00: 0, 0x02: 0x2000, 0x03: 0x8000, 0x04: 0x20000, 0x05: 0x10000}

#: Pan Docs, 0143: how a cartridge uses the Game Boy Color.
_COLOR = {0x80: "Color, runs on Game Boy too", 0xC0: "Color only"}


@dataclass(frozen=True)
class RomHeader:
    """A header, read.

    Attributes:
        title: As written; empty where the console's header has none.
        facts: The rest, name and value, for people.
        problems: What is not as the console's maker demands; a game may run all the same.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    problems: tuple[str, ...] = ()


def read_header(rom: bytes, console: Console) -> RomHeader:
    """Return what a ROM's header says; nothing for a console whose header is not known here, or a ROM without one."""
    readers = {"gba": _gba, "gb": _game_boy, "gbc": _game_boy, "nes": _nes}
    header = readers[console.name](rom) if console.name in readers else None
    size = ("bytes", f"{len(rom)}")
    if header is None:
        return RomHeader("", (size,), ("no header that we can read",))
    return RomHeader(header.title, (size, *header.facts), header.problems)


def _gba(rom: bytes) -> RomHeader | None:
    if len(rom) < 0xC0:
        return None
    checksum = -(sum(rom[0xA0:0xBD]) + 0x19) & 0xFF
    return RomHeader(
        _text(rom[0xA0:0xAC]),
        (
            ("game code", _text(rom[0xAC:0xB0])),
            ("maker", _text(rom[0xB0:0xB2])),
            ("version", f"1.{rom[0xBC]}"),
            ("header checksum", f"0x{rom[0xBD]:02X}"),
        ),
        _wrong("header checksum", rom[0xBD], checksum, 2),
    )


def _game_boy(rom: bytes) -> RomHeader | None:
    if len(rom) < 0x150:
        return None
    checksum = 0
    for byte in rom[0x134:0x14D]:
        checksum = (checksum - byte - 1) & 0xFF
    whole = (sum(rom) - rom[0x14E] - rom[0x14F]) & 0xFFFF
    seen = int.from_bytes(rom[0x14E:0x150], "big")
    color = rom[0x143]
    ram = _RAM_BYTES.get(rom[0x149])
    return RomHeader(
        _text(rom[0x134 : 0x143 if color & 0x80 else 0x144]),
        (
            ("console", _COLOR.get(color, "Game Boy")),
            ("cartridge", _MAPPERS.get(rom[0x147], f"unknown type 0x{rom[0x147]:02X}")),
            ("cartridge RAM", f"{ram} bytes" if ram is not None else f"unknown size 0x{rom[0x149]:02X}"),
            ("maker", _text(rom[0x144:0x146]) if rom[0x14B] == 0x33 else f"0x{rom[0x14B]:02X}"),
            ("version", f"1.{rom[0x14C]}"),
            ("header checksum", f"0x{rom[0x14D]:02X}"),
            ("global checksum", f"0x{seen:04X}"),
        ),
        (*_wrong("header checksum", rom[0x14D], checksum, 2), *_wrong("global checksum", seen, whole, 4)),
    )


def _nes(rom: bytes) -> RomHeader | None:
    if rom[:4] != b"NES\x1a" or len(rom) < 16:
        return None
    facts = (
        ("format", "NES 2.0" if rom[7] & 0x0C == 0x08 else "iNES"),
        ("program ROM", f"{rom[4] * 0x4000} bytes"),
        ("picture ROM", f"{rom[5] * 0x2000} bytes"),
        ("mapper", f"{rom[7] & 0xF0 | rom[6] >> 4}"),
        ("battery", "yes" if rom[6] & 0x02 else "no"),
    )
    least = 16 + (512 if rom[6] & 0x04 else 0) + rom[4] * 0x4000 + rom[5] * 0x2000
    short = (f"the file has {len(rom)} bytes, its header asks for {least}",) if len(rom) < least else ()
    return RomHeader("", facts, short)


def _wrong(name: str, seen: int, wanted: int, digits: int) -> tuple[str, ...]:
    return () if seen == wanted else (f"{name} 0x{seen:0{digits}X}: it should be 0x{wanted:0{digits}X}",)


def _text(field: bytes) -> str:
    """Return a header's text without its padding; what is no printable ASCII becomes a question mark."""
    kept = field.split(b"\0", 1)[0]
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in kept).strip()
