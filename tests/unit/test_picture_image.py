"""A picture's copy says which units changed."""

import numpy as np
import pytest

from runtime.picture_image import PictureImage, are_few, units_of


@pytest.mark.parametrize(("shape", "dtype"), [((160, 240), "<u2"), ((5, 3), "<u2"), ((7, 9), "<u4"), ((4, 6), "<u4")])
@pytest.mark.parametrize("same_array", [True, False])
def test_exactly_the_changed_units_are_told(shape: tuple[int, int], dtype: str, same_array: bool) -> None:
    rng = np.random.default_rng(5)
    pixels, kept = rng.integers(0, 1000, shape).astype(dtype), PictureImage()
    assert kept.take(pixels) is None
    for amount in (0, 1, 3, pixels.size // 2, pixels.size, 0, 2):
        before = pixels.copy()
        places = rng.choice(pixels.size, amount, replace=False)
        flat = pixels.reshape(-1)
        flat[places] += 1
        if not same_array:
            pixels = pixels.copy()
        told = kept.take(pixels)
        assert told is not None
        assert told.tolist() == np.flatnonzero(units_of(before) != units_of(pixels)).tolist()


def test_a_picture_of_another_size_or_after_forgetting_is_compared_with_none() -> None:
    kept = PictureImage()
    first, second = np.zeros((4, 8), "<u2"), np.zeros((8, 4), "<u2")
    assert kept.take(first) is None
    assert kept.take(second) is None
    assert kept.take(second.astype("<u4")) is None
    assert kept.take(second) is None
    kept.forget()
    assert kept.take(second) is None
    told = kept.take(second)
    assert told is not None
    assert told.size == 0


def test_units_are_eight_bytes_where_a_picture_is_a_multiple_of_them() -> None:
    assert units_of(np.zeros((4, 6), "<u2")).itemsize == 8
    assert units_of(np.zeros((5, 3), "<u2")).itemsize == 2
    units = np.zeros(80)
    assert are_few(np.arange(10), units)
    assert not are_few(np.arange(11), units)
