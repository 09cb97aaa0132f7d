"""What is sent to a terminal shows the frame: the escape codes are carried out here and compared with it."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dashboards.play.blocks import BlockPainter, fit


class Screen:
    """The cells of a terminal that knows cursor moves, true colour and the half block."""

    def __init__(self, rows: int, columns: int) -> None:
        self.pixels: NDArray[np.uint8] = np.zeros((rows * 2, columns, 3), np.uint8)

    def take(self, text: str) -> None:
        row = column = 0
        colours: dict[str, Any] = {}
        for code in re.finditer(r"\x1b\[([0-9;]*)([A-Za-z])|(.)", text):
            if code[3]:
                assert code[3] == "▀"
                self.pixels[2 * row, column] = colours["38"]
                self.pixels[2 * row + 1, column] = colours["48"]
                column += 1
            elif code[2] == "H":
                row, column = (int(part) - 1 for part in code[1].split(";"))
            else:
                layer, two, *rgb = code[1].split(";")
                assert (code[2], two) == ("m", "2")
                colours[layer] = [int(part) for part in rgb]


def frame(seed: int, height: int = 12, width: int = 20) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    return generator.choice(np.array([0, 80, 255], np.uint8), (height, width, 3))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_a_terminal_that_is_sent_the_changes_shows_every_frame(seeds: list[int]) -> None:
    painter, screen = BlockPainter(), Screen(6, 20)
    for seed in seeds:
        screen.take(painter.paint(frame(seed)))
        assert np.array_equal(screen.pixels, frame(seed))


def test_only_what_changed_is_sent() -> None:
    painter, picture = BlockPainter(), frame(1)
    whole = painter.paint(picture)
    assert painter.paint(picture) == ""
    changed = picture.copy()
    changed[5, 7] = (1, 2, 3)
    part = painter.paint(changed)
    assert part.count("▀") == 1
    assert part.startswith("\x1b[3;8H")
    painter.forget()
    assert painter.paint(picture) == whole


def test_an_odd_height_ends_in_black() -> None:
    screen = Screen(2, 20)
    screen.take(BlockPainter().paint(frame(1, 3)))
    assert np.array_equal(screen.pixels[:3], frame(1, 3))
    assert not screen.pixels[3].any()


@pytest.mark.parametrize(
    ("columns", "rows", "shape"),
    [
        (240, 80, (160, 240)),
        (500, 170, (320, 480)),
        (239, 80, (80, 120)),
        (80, 23, (40, 60)),
        (130, 44, (80, 120)),
        (10, 2, (4, 7)),
    ],
)
def test_a_frame_is_scaled_by_a_whole_factor_that_fits(columns: int, rows: int, shape: tuple[int, int]) -> None:
    picture = np.full((160, 240, 3), 77, np.uint8)
    scaled = fit(picture, columns, rows)
    assert abs(scaled.shape[0] - shape[0]) <= 1
    assert abs(scaled.shape[1] - shape[1]) <= 1
    assert scaled.shape[1] <= columns
    assert scaled.shape[0] <= 2 * rows
    assert (scaled == 77).all()
