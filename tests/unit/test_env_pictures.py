"""Pictures are what the console showed: its colours, their luma, and means of areas."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runtime.env.pictures import Pictures, resize_by_area
from runtime.pixels import FORMATS, Raw, to_rgb


def raw_of(format_name: str, height: int = 20, width: int = 30) -> Raw:
    dtype = FORMATS[format_name].dtype
    return np.random.default_rng(1).integers(0, 1 << 8 * dtype.itemsize, (height, width), dtype=dtype)


def painted(pictures: Pictures, raw: Raw) -> NDArray[np.uint8]:
    out = np.empty(pictures.shape, np.uint8)
    pictures.paint(raw, out)
    return out


@pytest.mark.parametrize("name", FORMATS)
def test_colours_are_those_of_the_console(name: str) -> None:
    raw = raw_of(name)
    pictures = Pictures(name, raw.shape, grayscale=False, resize=None)
    assert np.array_equal(painted(pictures, raw), to_rgb(raw, name))


@pytest.mark.parametrize("name", FORMATS)
def test_luma_is_of_the_rgb_colours(name: str) -> None:
    raw = raw_of(name)
    out = painted(Pictures(name, raw.shape, grayscale=True, resize=None), raw)
    assert out.shape == (20, 30, 1)
    wanted = to_rgb(raw, name).astype(np.float64) @ (0.299, 0.587, 0.114)
    assert np.abs(out[..., 0] - wanted).max() <= 0.51


def exact_means(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.float64]:
    """Resize by the definition, with exact fractions."""

    def shares(length: int, parts: int) -> list[list[Fraction]]:
        edges = [Fraction(i * length, parts) for i in range(parts + 1)]
        return [
            [max(Fraction(0), min(high, Fraction(i + 1)) - max(low, Fraction(i))) for i in range(length)]
            for low, high in itertools.pairwise(edges)
        ]

    rows, columns = (
        np.array(shares(n, parts), object) for n, parts in zip(picture.shape[:2], (height, width), strict=True)
    )
    area = Fraction(picture.shape[0] * picture.shape[1], height * width)
    means = np.einsum("ij,jkc,lk->ilc", rows, picture.astype(object), columns) / area
    exact: NDArray[np.float64] = means.astype(np.float64)
    return exact


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from((1, 3))),
    st.tuples(st.integers(1, 14), st.integers(1, 14)),
    st.integers(0, 2**32 - 1),
)
def test_each_pixel_is_the_mean_of_the_area_that_it_covers(
    shape: tuple[int, int, int], size: tuple[int, int], seed: int
) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    out = np.empty((*size, shape[2]), np.uint8)
    resize_by_area(picture, out)
    assert np.abs(out - exact_means(picture, *size)).max() <= 0.51


def test_one_colour_stays_itself_and_white_does_not_overflow() -> None:
    for value in (0, 1, 77, 254, 255):
        out = np.empty((84, 84, 3), np.uint8)
        resize_by_area(np.full((160, 240, 3), value, np.uint8), out)
        assert (out == value).all()


def test_a_core_that_changes_its_size_is_brought_to_the_pictures() -> None:
    pictures = Pictures("rgb565", (20, 30), grayscale=False, resize=None)
    assert painted(pictures, raw_of("rgb565", 40, 60)).shape == (20, 30, 3)
    assert np.array_equal(painted(pictures, raw_of("rgb565")), to_rgb(raw_of("rgb565"), "rgb565"))
