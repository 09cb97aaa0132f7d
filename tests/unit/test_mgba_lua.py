"""mGBA's family without mGBA: its options, its capabilities, and pictures as its console had them."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from runtime.bridges.lua_picture import five_bit_picture
from runtime.bridges.mgba_lua import FAMILY, SCRIPT, MgbaLuaOptions
from runtime.errors import EmulatorError, UsageError
from runtime.families import family, options_of
from runtime.pixels import to_rgb


def png(rgb: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    return file.getvalue()


def test_the_family_is_found_and_its_script_is_there() -> None:
    assert family("mgba-lua") is FAMILY
    assert SCRIPT.is_file()
    assert SCRIPT.with_name("protocol.lua").is_file()


def test_at_pace_free_it_declares_what_it_cannot_do() -> None:
    lockstep, free = (FAMILY.capabilities(MgbaLuaOptions(pace=pace)) for pace in ("lockstep", "free"))
    for name in ("steps", "deterministic", "exact_input", "savestates"):
        assert (getattr(lockstep, name), getattr(free, name)) == (True, False)
    assert lockstep.remote
    assert free.reset


def test_each_session_of_a_run_listens_at_a_port_of_its_own() -> None:
    options = MgbaLuaOptions(address="127.0.0.1:9000")
    assert [options.listens_at(i) for i in range(2)] == ["127.0.0.1:9000", "127.0.0.1:9001"]
    assert MgbaLuaOptions(address="127.0.0.1:0").listens_at(3) == "127.0.0.1:0"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"address": "8889"}, "allowed is HOST:PORT"),
        ({"pace": "fast"}, "pace"),
        ({"wait_s": 0}, "more than 0 s"),
        ({"speed": 2}, "unknown field `speed`"),
    ],
)
def test_wrong_options_are_refused(table: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        options_of(FAMILY, table)


def test_a_picture_has_the_consoles_five_bits_again() -> None:
    five = np.arange(32, dtype=np.uint8)
    for widened in (five << 3, five << 3 | five >> 2):  # both ways in which emulators widen 5 bits to 8
        rgb = np.stack([widened, widened[::-1], np.roll(widened, 7)], axis=-1)[None]  # (1, 32, 3)
        raw = five_bit_picture(png(rgb), 32, 1)
        assert (raw.dtype.str, raw.shape) == ("<u2", (1, 32))
        assert (to_rgb(raw, "gba565") >> 3 == rgb >> 3).all()


def test_a_picture_of_another_size_or_none_is_refused() -> None:
    picture = png(np.zeros((224, 256, 3), np.uint8))
    with pytest.raises(EmulatorError, match="256x224 pixels, the console 160x144; is a border on"):
        five_bit_picture(picture, 160, 144)
    for damaged in (b"", b"\x89PNG", picture[:60], b"GIF89a"):
        with pytest.raises(EmulatorError, match="cannot be read"):
            five_bit_picture(damaged, 256, 224)
