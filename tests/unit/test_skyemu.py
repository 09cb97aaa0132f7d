"""SkyEmu's pictures and states, and the options, without a SkyEmu."""

import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.bridges.skyemu import FAMILY, SkyEmuOptions
from runtime.bridges.skyemu_bmp import Layout, Picture, hide
from runtime.bridges.skyemu_http import MAX_TARGET_BYTES, read_targets
from runtime.bridges.skyemu_state import SkyEmuState, Trail, decode_state
from runtime.console import CONSOLES
from runtime.errors import EmulatorError, StateError, UsageError
from runtime.families import options_of
from tests.skyemu_fake import picture as fakes

GBA, GB, GBC = (CONSOLES[name] for name in ("gba", "gb", "gbc"))
RANDOM = np.random.default_rng(7)
IDENTITY = b"SkyEmu (Linux,x64)".ljust(39, b"\0") + b"abc".ljust(41, b"\0")


def shot(rgb: np.ndarray, state: bytes, console: str = "gba") -> Picture:
    """Return what SkyEmu would send."""
    body, _ = fakes.encode(fakes.hide(rgb, state), "bmp")
    return Picture(memoryview(body), CONSOLES[console])


def blank(console: str = "gba") -> np.ndarray:
    return np.zeros((CONSOLES[console].height, CONSOLES[console].width, 3), np.uint8)


def test_every_hidden_byte_is_found() -> None:
    state = RANDOM.integers(0, 256, 700_000, np.uint8)
    picture = shot(blank(), state.tobytes())
    assert picture.state_bytes == 1200 * 800
    assert (picture.hidden(0, state.size) == state).all()
    for first, size in ((0, 1), (1199, 2), (1200, 1200), (699_999, 1), (250_007, 262_144)):
        assert (picture.hidden(first, size) == state[first : first + size]).all()
    with pytest.raises(EmulatorError, match="ends at 960000"):
        picture.hidden(959_999, 2)


def test_the_picture_comes_through_the_state_at_the_consoles_size() -> None:
    five = RANDOM.integers(0, 32, (160, 240, 3)).astype(np.uint8)
    seen = shot(five << 3, bytes(range(256)) * 2000).native()
    red, green, blue = (five[..., channel].astype(np.uint16) for channel in range(3))
    assert seen.dtype == np.dtype("<u2")
    assert (seen == (red << 11 | green << 6 | blue)).all()


def test_a_game_boys_shades_keep_six_bits_of_green() -> None:
    rgb = np.full((144, 160, 3), 0x55, np.uint8)
    assert (shot(rgb, b"", "gb").native() == (10 << 11 | 21 << 5 | 10)).all()


def structure(console: str, words: dict[int, int], size: int, bess: int, system: int) -> bytes:
    body = bytearray(RANDOM.integers(0, 256, size, np.uint8).tobytes())
    for at, word in words.items():
        struct.pack_into("<I", body, bess + at, word)
    return fakes.header(b"abc", system, bess) + bytes(body)


def test_a_gbas_memory_is_where_its_description_says() -> None:
    state = structure("gba", {0: 1, 152: 1000, 156: 300_000}, 600_000, 500_000, 2)
    picture = shot(blank(), state)
    memory = Layout(picture, GBA).memory(picture)
    assert memory["ewram"].tobytes() == state[1108 : 1108 + 0x4_0000]
    assert memory["iwram"].tobytes() == state[300_108 : 300_108 + 0x8000]


@pytest.mark.parametrize(("svbk", "bank"), [(0, 1), (1, 1), (5, 5), (7, 7), (0xF8, 1)])
def test_a_game_boys_upper_memory_is_the_bank_it_shows(svbk: int, bank: int) -> None:
    bus, banks = 5000, 100_000
    state = bytearray(structure("gbc", {0: 1, 20: bus, 24: banks}, 200_000, 150_000, 1))
    state[108 + bus + 0xFF70] = svbk
    picture = shot(blank("gbc"), bytes(state), "gbc")
    memory = Layout(picture, GBC).memory(picture)
    assert memory["wram"][:0x1000].tobytes() == state[108 + bus + 0xC000 :][:0x1000]
    assert memory["wram"][0x1000:].tobytes() == state[108 + banks + bank * 0x1000 :][:0x1000]
    assert memory["hram"].tobytes() == state[108 + bus + 0xFF80 :][:0x7F]


def test_another_consoles_state_another_version_and_no_state_are_refused() -> None:
    with pytest.raises(EmulatorError, match="runs the system 1; a gba is 2"):
        Layout(shot(blank(), structure("gba", {0: 1}, 1000, 0, 1)), GBA)
    with pytest.raises(EmulatorError, match="version 9, we read version 1"):
        Layout(shot(blank(), structure("gba", {0: 9}, 1000, 0, 2)), GBA)
    with pytest.raises(EmulatorError, match="holds no state"):
        Layout(shot(blank(), b""), GBA)
    with pytest.raises(EmulatorError, match="ends at"):
        Layout(shot(blank(), fakes.header(b"abc", 2, 4_000_000_000)), GBA)


@pytest.mark.parametrize("cut", [0, 1, 60, 122, 5000])
def test_a_picture_that_is_cut_off_is_refused(cut: int) -> None:
    body, _ = fakes.encode(fakes.opaque(blank()), "bmp")
    with pytest.raises(EmulatorError, match="SkyEmu sends no"):
        Picture(memoryview(body[:cut]), GBA)


def test_a_png_and_another_consoles_picture_are_refused() -> None:
    png, _ = fakes.encode(fakes.opaque(blank()), "png")
    with pytest.raises(EmulatorError, match="32-bit BMP"):
        Picture(memoryview(png), GBA)
    body, _ = fakes.encode(fakes.opaque(blank("gb")), "bmp")
    with pytest.raises(EmulatorError, match="160x144 pixels, a gba has 240x160"):
        Picture(memoryview(body), GBA)


@given(st.binary(max_size=400))
def test_no_bytes_make_a_picture_by_chance(body: bytes) -> None:
    with pytest.raises(EmulatorError):
        Picture(memoryview(b"BM" + body), GBA)


def test_a_hidden_state_is_read_as_skyemu_reads_it() -> None:
    state = RANDOM.integers(0, 256, 5000, np.uint8).tobytes()
    picture = fakes.decode(hide(state))
    assert picture is not None
    assert fakes.seek(picture)[:5000] == state
    assert (picture[..., 3] >= 0xFC).all(), "with alpha 0 everywhere it would be taken for a picture without alpha"


def test_requests_for_bytes_are_as_long_as_allowed_and_lose_none() -> None:
    targets = read_targets(range(0x0200_0000, 0x0200_0000 + 2000))
    assert [len(target) <= MAX_TARGET_BYTES for target in targets] == [True] * 4
    asked = [int(part.removeprefix("addr="), 16) for t in targets for part in t.partition("?")[2].split("&")]
    assert asked == list(range(0x0200_0000, 0x0200_0000 + 2000))
    assert read_targets([]) == []


def test_a_trail_is_the_way_from_its_anchor() -> None:
    trail = Trail()
    trail.begin(b"", b"saved")
    for buttons, frames in (((), 1), (("B", "A"), 2), (("A", "B"), 3), ((), 0), (("A",), 1)):
        trail.held(buttons, frames)
    assert trail.frames == 7
    assert trail.state() == SkyEmuState(b"", b"saved", (((), 1), (("A", "B"), 5), (("A",), 1)))
    trail.begin(shot(blank(), IDENTITY + b"rest"))
    assert trail.picture is not None
    state = trail.state()
    assert state.anchor.startswith(IDENTITY + b"rest")
    assert (state.battery, state.runs, trail.frames) == (b"", (), 0)
    assert decode_state(state.encode(), IDENTITY, GBA.buttons) == state


def test_a_state_of_another_build_or_none_is_refused() -> None:
    good = SkyEmuState(IDENTITY + b"x", b"", ((("A",), 2),)).encode()
    assert decode_state(good, IDENTITY, GBA.buttons).runs == ((("A",), 2),)
    with pytest.raises(StateError, match=r"is of SkyEmu \(Linux,x64\) abc, this is SkyEmu \(Linux,x64\) def"):
        decode_state(good, IDENTITY.replace(b"abc", b"def"), GBA.buttons)
    for wrong, problem in (
        (b"", "no state of SkyEmu"),
        (b"x" * 100, "no state of SkyEmu"),
        (good[: len(good) // 2], "damaged"),
        (SkyEmuState(b"", b"", ((("A",), 0),)).encode(), "damaged"),
        (SkyEmuState(b"", b"", ((("Z",), 1),)).encode(), "damaged"),
    ):
        with pytest.raises(StateError, match=problem):
            decode_state(wrong, IDENTITY, GBA.buttons)


def test_options_are_checked() -> None:
    assert options_of(FAMILY, {"url": "http://127.0.0.1:8080", "memory": "watched"}) == SkyEmuOptions(
        url="http://127.0.0.1:8080", memory="watched"
    )
    assert SkyEmuOptions(url="http://[::1]:80/").address == ("::1", 80)
    for wrong, problem in (
        ({"url": "127.0.0.1:8080"}, "http://HOST:PORT"),
        ({"url": "http://127.0.0.1"}, "http://HOST:PORT"),
        ({"url": "http://127.0.0.1:99999"}, "http://HOST:PORT"),
        ({"port": 70_000}, "0 to 65535"),
        ({"memory": "some"}, "memory"),
        ({"core": "x"}, "allowed are url"),
    ):
        with pytest.raises(UsageError, match=problem):
            options_of(FAMILY, wrong)


def test_what_is_declared() -> None:
    can = FAMILY.capabilities(SkyEmuOptions(memory="watched"))
    assert (can.scan, can.remote, can.deterministic, can.steps) == ("watched", True, True, True)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"memory": "chunked"}, SkyEmuOptions)
