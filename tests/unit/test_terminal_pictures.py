"""Frames as images: exact colours, exact timing."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from dashboards.terminal.film import Pace
from dashboards.terminal.pictures import Picture, palette_images, rgb_image, save_gif
from runtime.console import GBA_RATE_HZ
from runtime.pixels import Raw, to_rgb

RNG = np.random.default_rng(7)


def shown(file: io.BytesIO, each_ms: int) -> list[NDArray[np.uint8]]:
    """Return what a viewer shows, once for each `each_ms`."""
    frames = []
    with Image.open(file) as image:
        for number in range(int(getattr(image, "n_frames"))):  # noqa: B009 - of GIFs only
            image.seek(number)
            frames += [np.asarray(image.convert("RGB"))] * (int(image.info["duration"]) // each_ms)
    return frames


def film(raws: list[Raw], pixel_format: str, scale: int = 1) -> tuple[list[NDArray[np.uint8]], int]:
    pictures = [Picture(i, raw, pixel_format) for i, raw in enumerate(raws)]
    images, reduced = palette_images(pictures, scale)
    file = io.BytesIO()
    save_gif(file, images, [30] * len(images))
    file.seek(0)
    return shown(file, 30), reduced


def colours(count: int) -> Raw:
    return RNG.choice(65536, count, replace=False).astype("<u2")


@pytest.mark.parametrize("pixel_format", ["rgb565", "gba565", "0rgb1555"])
def test_a_gif_is_exact_with_one_full_palette(pixel_format: str) -> None:
    palette = colours(256)
    raws: list[Raw] = []
    for _ in range(5):
        raw = palette.reshape(16, 16).copy()
        raw[2:5, 3:9] = RNG.choice(palette, (3, 6))
        raws.append(raw)
    frames, reduced = film(raws, pixel_format)
    assert reduced == 0
    for frame, raw in zip(frames, raws, strict=True):
        np.testing.assert_array_equal(frame, to_rgb(raw, pixel_format))


def test_a_gif_is_exact_with_a_palette_for_each_frame() -> None:
    raws: list[Raw] = [colours(256).reshape(16, 16) for _ in range(5)]
    frames, reduced = film(raws, "rgb565")
    assert reduced == 0
    for frame, raw in zip(frames, raws, strict=True):
        np.testing.assert_array_equal(frame, to_rgb(raw, "rgb565"))


def test_frames_that_repeat_keep_their_time() -> None:
    first, second = colours(4).reshape(2, 2), colours(4).reshape(2, 2)
    raws: list[Raw] = [first, second, second, second, first, first]
    frames, _ = film(raws, "rgb565")
    for frame, raw in zip(frames, raws, strict=True):
        np.testing.assert_array_equal(frame, to_rgb(raw, "rgb565"))


def test_more_colours_than_a_palette_holds_are_counted() -> None:
    raw = RNG.integers(0, 1 << 24, (32, 32)).astype("<u4")
    _, reduced = film([raw, raw[:, ::-1]], "xrgb8888")
    assert reduced == 2


def test_scale_repeats_pixels() -> None:
    raw = colours(6).reshape(2, 3)
    image = rgb_image(Picture(0, raw, "gba565"), 3)
    assert image.size == (9, 6)
    np.testing.assert_array_equal(np.asarray(image)[::3, ::3], to_rgb(raw, "gba565"))
    frames, _ = film([raw, raw[::-1]], "gba565", scale=2)
    np.testing.assert_array_equal(frames[0][1::2, 1::2], to_rgb(raw, "gba565"))


@pytest.mark.parametrize("fps", [1.0, 7.0, 12.5, 25.0, 30.0, 50.0])
def test_a_film_keeps_game_time(fps: float) -> None:
    pace = Pace(GBA_RATE_HZ, fps)
    frames: list[int] = []
    for frame in range(100, 1300):
        if not frames or pace.slot(100, frame) > pace.slot(100, frames[-1]):
            frames.append(frame)
    durations_ms = pace.durations_ms(frames, 1300)
    assert len(frames) == pytest.approx(1200 / GBA_RATE_HZ * fps, abs=1)
    assert sum(durations_ms) == pytest.approx(1200 / GBA_RATE_HZ * 1000, abs=25)
    assert min(durations_ms[:-1]) >= 20
    for i in range(len(frames)):
        assert sum(durations_ms[:i]) == pytest.approx((frames[i] - 100) / GBA_RATE_HZ * 1000, abs=25)
