"""ROM headers are read as the consoles' documents say, and what is wrong with them is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.console import CONSOLES
from runtime.game import BUILTIN
from runtime.rom_header import RomHeader, read_header

EMBERWOOD = (BUILTIN / "emberwood" / "emberwood.gba").read_bytes()


def facts(header: RomHeader) -> dict[str, str]:
    return dict(header.facts)


def test_the_built_in_games_header() -> None:
    header = read_header(EMBERWOOD, CONSOLES["gba"])
    assert header.title == "EMBERWOOD"
    assert facts(header)["game code"] == "AEWE"
    assert facts(header)["bytes"] == str(len(EMBERWOOD))
    assert header.problems == ()


def test_a_wrong_gba_checksum_is_said() -> None:
    rom = bytearray(EMBERWOOD)
    rom[0xBD] ^= 0xFF
    (problem,) = read_header(bytes(rom), CONSOLES["gba"]).problems
    assert problem == f"header checksum 0x{rom[0xBD]:02X}: it should be 0x{EMBERWOOD[0xBD]:02X}"


def game_boy(color: int = 0, mapper: int = 0x13, ram: int = 0x03, old_maker: int = 0x33) -> bytes:
    """Return a ROM whose checksums are worked out as Pan Docs' formulas do."""
    rom = bytearray(0x8000)
    rom[0x134:0x144] = b"POKEMON RED".ljust(16, b"\0")
    if color:
        rom[0x143] = color
    rom[0x144:0x146] = b"01"
    rom[0x147], rom[0x149], rom[0x14B] = mapper, ram, old_maker
    rom[0x14D] = (-sum(rom[0x134:0x14D]) - 0x19) & 0xFF
    rom[0x14E:0x150] = (sum(rom) & 0xFFFF).to_bytes(2, "big")
    return bytes(rom)


def test_a_game_boys_header() -> None:
    header = read_header(game_boy(), CONSOLES["gb"])
    assert header.title == "POKEMON RED"
    assert header.problems == ()
    assert facts(header) | {"bytes": "32768"} == facts(header)
    assert facts(header)["cartridge"] == "MBC3"
    assert facts(header)["cartridge RAM"] == "32768 bytes"
    assert facts(header)["maker"] == "01"
    assert facts(header)["console"] == "Game Boy"


def test_a_color_cartridge_and_unknown_chips() -> None:
    header = read_header(game_boy(color=0xC0, mapper=0x42, ram=0x09, old_maker=0x01), CONSOLES["gbc"])
    assert facts(header)["console"] == "Color only"
    assert facts(header)["cartridge"] == "unknown type 0x42"
    assert facts(header)["cartridge RAM"] == "unknown size 0x09"
    assert facts(header)["maker"] == "0x01"


@pytest.mark.parametrize(("at", "names"), [(0x134, 2), (0x14D, 2), (0x4000, 1)])
def test_wrong_game_boy_checksums_are_said(at: int, names: int) -> None:
    rom = bytearray(game_boy())
    rom[at] ^= 0x55
    assert len(read_header(bytes(rom), CONSOLES["gb"]).problems) == names


def test_an_nes_header() -> None:
    rom = b"NES\x1a" + bytes([2, 1, 0x42, 0x10]) + bytes(8) + bytes(2 * 0x4000 + 0x2000)
    header = read_header(rom, CONSOLES["nes"])
    assert header.title == ""
    assert facts(header)["program ROM"] == "32768 bytes"
    assert facts(header)["mapper"] == "20"
    assert facts(header)["battery"] == "yes"
    assert header.problems == ()
    assert read_header(rom[:-1], CONSOLES["nes"]).problems == (
        f"the file has {len(rom) - 1} bytes, its header asks for {len(rom)}",
    )


@pytest.mark.parametrize("name", ["gba", "gb", "nes", "snes"])
def test_what_has_no_header_is_said(name: str) -> None:
    header = read_header(b"\xff" * 64, CONSOLES[name])
    assert header.title == ""
    assert header.problems == ("no header that we can read",)


@given(rom=st.binary(min_size=0, max_size=0x200), name=st.sampled_from(sorted(CONSOLES)))
def test_any_bytes_give_printable_text(rom: bytes, name: str) -> None:
    header = read_header(rom, CONSOLES[name])
    for text in (header.title, *(value for _, value in header.facts)):
        assert text.isprintable()
