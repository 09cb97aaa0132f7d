"""Native pixels become the RGB that the console's screen shows."""

import numpy as np
import pytest

from runtime.errors import WireError
from runtime.pixels import FORMATS, pixel_format, to_rgb

#: Native value to RGB, computed by hand: 5 bits spread as 8 v + v / 4, 6 bits as 4 v + v / 16.
BY_HAND = {
    "rgb565": {
        0x0000: (0, 0, 0),
        0xFFFF: (255, 255, 255),
        0xF800: (255, 0, 0),
        0x07E0: (0, 255, 0),
        0x001F: (0, 0, 255),
        0x0020: (0, 4, 0),
        0x8410: (132, 130, 132),
        0x0801: (8, 0, 8),
    },
    "gba565": {
        0x0000: (0, 0, 0),
        0xFFFF: (255, 255, 255),
        0xF800: (255, 0, 0),
        0x07C0: (0, 255, 0),
        0x07E0: (0, 255, 0),
        0x001F: (0, 0, 255),
        0x0020: (0, 0, 0),
        0x8410: (132, 132, 132),
        0x0801: (8, 0, 8),
    },
    "0rgb1555": {
        0x0000: (0, 0, 0),
        0x7FFF: (255, 255, 255),
        0xFFFF: (255, 255, 255),
        0x7C00: (255, 0, 0),
        0x03E0: (0, 255, 0),
        0x001F: (0, 0, 255),
        0x4210: (132, 132, 132),
        0x0421: (8, 8, 8),
    },
    "xrgb8888": {
        0x0000_0000: (0, 0, 0),
        0xFF12_3456: (0x12, 0x34, 0x56),
        0x0012_3456: (0x12, 0x34, 0x56),
        0x00FF_0000: (255, 0, 0),
        0x0000_FF00: (0, 255, 0),
        0x0000_00FF: (0, 0, 255),
    },
}


@pytest.mark.parametrize("name", FORMATS)
def test_native_values_convert_as_computed_by_hand(name: str) -> None:
    native = np.array([list(BY_HAND[name])], dtype=FORMATS[name].dtype)
    assert to_rgb(native, name).tolist() == [[list(rgb) for rgb in BY_HAND[name].values()]]


@pytest.mark.parametrize("name", FORMATS)
def test_rows_and_columns_stay_where_they_are_also_in_a_strided_view(name: str) -> None:
    native = np.arange(60, dtype=FORMATS[name].dtype).reshape(6, 10)[::2, 1:8:3]
    rgb = to_rgb(native, name)
    assert rgb.shape == (3, 3, 3)
    assert rgb.dtype == np.uint8
    assert rgb.flags.c_contiguous
    for y in range(3):
        for x in range(3):
            assert rgb[y, x].tolist() == to_rgb(native[y : y + 1, x : x + 1].copy(), name)[0, 0].tolist()


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    with pytest.raises(WireError, match="'cmyk' is unknown; known are rgb565, gba565, 0rgb1555, xrgb8888"):
        pixel_format("cmyk")
