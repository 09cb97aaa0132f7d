"""What `runtime view` sends, read back to pixels."""

import numpy as np
import pytest

from dashboards.play.blocks import block_rows
from dashboards.view.asking import Abilities, abilities_in
from dashboards.view.kitty import Kitty, cells
from dashboards.view.painter import Area, Blocks
from dashboards.view.sixel import Sixel, encode
from runtime.pixels import Rgb
from tests.graphics import block_picture, kitty_pictures, sixel_pictures

#: 101 levels a channel: no colour is farther away than half of one of them.
NEAR = 2


def noise(height: int = 21, width: int = 30, colours: int = 40, seed: int = 0) -> Rgb:
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (colours, 3), dtype=np.uint8)[random.integers(0, colours, (height, width))]


def distance(one: Rgb, other: Rgb) -> int:
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_kitty_sends_each_pixel_and_the_cells_they_take() -> None:
    painter, area = Kitty(), Area(80, 23, 10, 20)
    frame = noise(160, 240)
    (picture,) = kitty_pictures(painter.paint(frame, area))
    assert (picture.pixels == frame).all()
    assert (picture.columns, picture.rows) == (69, 23)  # 690 by 460 pixels: 3:2, as the frame
    assert painter.paint(frame, area) == ""
    painter.forget()
    again = kitty_pictures(painter.paint(frame, area))
    assert again[0].keys["i"] == picture.keys["i"], "it takes the first one's place"
    assert "a=d" in painter.leave()


@pytest.mark.parametrize(("columns", "rows", "wanted"), [(80, 100, (80, 27)), (1, 1, (1, 1)), (300, 20, (60, 20))])
def test_a_frame_keeps_its_proportions(columns: int, rows: int, wanted: tuple[int, int]) -> None:
    assert cells(noise(160, 240), Area(columns, rows, 10, 20)) == wanted


@pytest.mark.parametrize("scale", [1, 2, 5])
def test_sixel_shows_each_pixel_magnified(scale: int) -> None:
    frame = noise()
    (picture,) = sixel_pictures(encode(frame, scale))
    assert distance(picture, frame.repeat(scale, axis=0).repeat(scale, axis=1)) <= NEAR


def test_sixel_of_more_colours_than_there_are_registers_comes_near() -> None:
    frame = np.stack(np.meshgrid(np.arange(0, 256, 4), np.arange(0, 256, 4), [128]), axis=-1)[:, :, 0].astype(np.uint8)
    (picture,) = sixel_pictures(encode(frame, 1))
    assert distance(picture, frame) <= 24


def test_sixel_fits_its_room_and_is_sent_once() -> None:
    painter, frame = Sixel(), noise(160, 240)
    (picture,) = sixel_pictures(painter.paint(frame, Area(80, 23, 10, 20)))
    assert picture.shape == (320, 480, 3)
    assert painter.paint(frame, Area(80, 23, 10, 20)) == ""
    (small,) = sixel_pictures(painter.paint(frame, Area(12, 5, 10, 20)))
    assert small.shape[0] <= 100
    assert small.shape[1] <= 120


def test_blocks_in_line_are_two_pixels_a_cell() -> None:
    frame = noise(20, 30)
    assert (block_picture(block_rows(frame)) == frame).all()
    assert (block_picture(Blocks().inline(frame, Area(60, 30))) == frame.repeat(2, axis=0).repeat(2, axis=1)).all()


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;4c", Abilities(kitty=True, sixel=True, cell=(10, 20))),
        (b"\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\\x1b[?62;22c", Abilities()),
        (b"\x1b[?63;1;2;4;6;9;15;22c", Abilities(sixel=True)),
        (b"\x1b[?64;14;24c", Abilities()),
        (b"", Abilities()),
    ],
)
def test_what_a_terminal_says_of_itself(answer: bytes, wanted: Abilities) -> None:
    assert abilities_in(answer) == wanted
    assert wanted.best == ("kitty" if wanted.kitty else "sixel" if wanted.sixel else "blocks")
