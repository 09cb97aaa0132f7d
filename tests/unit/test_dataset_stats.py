"""stats.json says what numpy says of all rows at once."""

from typing import Any

import numpy as np
import pytest

from runtime.pixels import FORMATS, to_rgb
from streams.datasets.rows import Row, StateColumn
from streams.datasets.stats import QUANTILES, Stats

RNG = np.random.default_rng(3)


def row_of(raw: Any, pixel_format: str, state: dict[str, Any], number: int, **more: Any) -> Row:
    return Row(
        session="s",
        episode_index=0,
        frame_index=number,
        raw=raw,
        pixel_format=pixel_format,
        pixels_hash=int(raw.sum()),
        held=(),
        actor="",
        plan_id="",
        model="",
        state=state,
        **{"action": (), **more},
    )


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_image_statistics_are_exact(pixel_format: str) -> None:
    stats = Stats((), ())
    pictures = RNG.integers(0, 1 << 16, (40, 6, 9)).astype(FORMATS[pixel_format].dtype)
    shown = [*range(40), *[7] * 30, 1, 2, 1, 2, *range(20)]
    for number, i in enumerate(shown):
        stats.add(row_of(pictures[i], pixel_format, {}, number))
    image = stats.result()["image"]
    rgb = np.concatenate([to_rgb(pictures[i], pixel_format).reshape(-1, 3) for i in shown])
    assert image["count"] == len(shown)
    assert image["min"] == rgb.min(0).tolist()
    assert image["max"] == rgb.max(0).tolist()
    assert image["mean"] == pytest.approx(rgb.mean(0).tolist(), rel=1e-12)
    assert image["std"] == pytest.approx(rgb.std(0).tolist(), rel=1e-12)
    for name, share in QUANTILES.items():
        assert image[name] == np.quantile(rgb, share, axis=0, method="inverted_cdf").tolist()


def test_state_statistics_are_exact_up_to_many_values_and_near_beyond() -> None:
    columns = [StateColumn("x", "s16le", ""), StateColumn("big", "u32le", ""), StateColumn("never", "u8", "")]
    stats = Stats(columns, ())
    raw = np.zeros((1, 1), dtype="<u2")
    small = RNG.integers(-300, 300, 150_000)
    big = RNG.integers(0, 1 << 32, 150_000)
    for number, (x, y) in enumerate(zip(small.tolist(), big.tolist(), strict=True)):
        stats.add(row_of(raw, "gba565", {"x": x, "big": y, "unknown": 1}, number))
    found = stats.result()
    assert "state.unknown" not in found
    assert found["state.never"] == {"count": 0}
    for name, values in (("state.x", small), ("state.big", big)):
        said = found[name]
        assert (said["count"], said["min"], said["max"]) == (150_000, values.min(), values.max())
        assert said["mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert said["std"] == pytest.approx(values.std(), rel=1e-9)
        rounded = 0 if name == "state.x" else (1 << 32) / 32_768
        for quantile, share in QUANTILES.items():
            exact = np.quantile(values, share, method="inverted_cdf")
            assert exact - rounded <= said[quantile] <= exact


def test_buttons_and_labels_are_counted() -> None:
    stats = Stats((), ("A", "B", "UP"), ("scene", "mood"))
    raw = np.zeros((1, 1), dtype="<u2")
    for number, action in enumerate([("A",), ("A", "UP"), (), None]):
        labels = {"scene": "cave" if number else "title"}
        stats.add(row_of(raw, "gba565", {}, number, action=action, labels=labels))
    found = stats.result()
    assert found["buttons"] == {"count": 3, "without_action": 1, "held": {"A": 2, "B": 0, "UP": 1}}
    assert found["label.scene"] == {"count": 4, "values": {"cave": 3, "title": 1}}
    assert found["label.mood"] == {"count": 0, "values": {}}
    assert Stats((), ()).result()["image"] == {"count": 0}
